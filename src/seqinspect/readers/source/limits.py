"""The limits of what is read: each has a name, and an error that hits it says how to raise it."""

from __future__ import annotations

import re
from typing import NoReturn

from seqinspect.errors import Problem, SpecError, printable
from seqinspect.records import NamedTuple

VARIABLE = "SEQINSPECT_LIMITS"
"""The environment variable that raises or lowers limits."""

UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


class Limits(NamedTuple):
    """How much is read before it is refused; an ordinary spec stays far below all of them."""

    size: int = 16 << 20
    """Bytes of one file."""

    depth: int = 100
    """Mappings and sequences inside each other, aliases expanded."""

    nodes: int = 400_000
    """Values of one file, aliases expanded: a layer with two arguments is 7 of them."""

    text: int = 64 << 20
    """Characters of all values of one file, aliases expanded."""

    scalar: int = 64 << 10
    """Characters of one value."""

    digits: int = 3_000
    """Digits of one integer."""

    expression: int = 1_000
    """Characters of the arithmetic of one size."""

    nesting: int = 50
    """Parentheses inside each other in the arithmetic of one size."""

    layers: int = 20_000
    """Layer calls of one model, repeats expanded; each 20 tensors that one reads count as another.
    """

    sizes: int = 20_000
    """Names under `dims`."""

    stack: int = 500
    """Layers that one layer is made of, such as the cells of an RNN."""

    name: int = 250
    """Characters of the name of a layer, an input or a size."""

    def exceeded(self, name: str) -> dict[str, str]:
        """Return what an error says of a limit that is exceeded, and how to raise it."""
        expected = f"at most {getattr(self, name):,} (the limit `{name}`)"
        return {"expected": expected, "remedy": raise_remedy(name), "about": "limit"}

    @classmethod
    def from_environment(cls, text: str | None) -> Limits:
        """Return the limits with those changed that a text such as `depth=200,size=64MiB` names."""
        if not text or not text.strip():
            return LIMITS
        changes: dict[str, int] = {}
        for part in text.split(","):
            entry = part.strip()
            name, equals, number = (piece.strip() for piece in entry.partition("="))
            match = re.fullmatch(r"([1-9][0-9]{0,17}) ?(|KiB|MiB|GiB)", number)
            if name not in cls._fields or not equals:
                _refuse(f"{VARIABLE} names no limit", entry, f"one of {', '.join(cls._fields)}")
            if name in changes:
                _refuse(f"{VARIABLE} names the limit `{name}` twice", entry, "each limit once")
            if match is None:
                _refuse(
                    f"{VARIABLE} gives the limit `{name}` no number",
                    entry,
                    f"{name}= and an integer above 0, or one with KiB, MiB or GiB",
                )
            changes[name] = int(match[1]) * UNITS[match[2]]
            highest = HIGHEST.get(name)
            if highest is not None and changes[name] > highest:
                _refuse(
                    f"{VARIABLE} raises the limit `{name}` too far", entry, f"at most {highest:,}"
                )
        return cls(**changes)


# Whatever walks a tree may recurse, and Python stops at 1,000 calls; a parenthesis is no reason to
# go further. Python itself turns at most 4,300 digits into a number.
HIGHEST = {"depth": 300, "nesting": 300, "digits": 4_300}

LIMITS = Limits()
"""The limits that hold where nobody changed them."""


def raise_remedy(name: str) -> str:
    """Say how to raise a limit, as the remedy of an error."""
    highest = HIGHEST.get(name)
    bound = f" (at most {highest:,})" if highest is not None else ""
    return f"raise it with {VARIABLE}={name}=NUMBER{bound} if this is meant"


def _refuse(what: str, received: str, expected: str) -> NoReturn:
    raise SpecError(
        Problem(
            what,
            received=truncate(received) or "nothing",
            expected=expected,
            remedy=f"for example {VARIABLE}=depth=200,size=64MiB",
            about="limit",
        )
    )


def truncate(text: str, length: int = 60) -> str:
    """Cut a text for an error, with escapes for what cannot be printed."""
    cut = text if len(text) <= length else f"{text[: length - 1]}…"
    return printable(cut)
