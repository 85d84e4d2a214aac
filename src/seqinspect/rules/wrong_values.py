"""Refusals of a value: what was received, as its author wrote it, and which word was meant."""

from __future__ import annotations

from collections.abc import Mapping

from seqinspect.algebra.expression import Expr
from seqinspect.errors import printable, refuse


def show(value: object) -> str:
    """A received value as its author wrote it, short enough for one line."""
    if isinstance(value, Expr):
        text = value.text()
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, list | tuple):
        text = f"[{', '.join(map(show, value[:8]))}{', …' if len(value) > 8 else ''}]"
    elif isinstance(value, Mapping):
        text = f"{{{', '.join(f'{key}: …' for key in list(value)[:4])}}}"
    else:
        text = str(value) or '""'
    text = text if len(text) <= 60 else f"{text[:57]}…"
    return printable(text)


def wrong(name: str, value: object, expected: str, remedy: str = "") -> None:
    """Refuse a value: says the argument, what was received and what was expected."""
    refuse(
        f"`{name}` cannot be {show(value)}",
        received=show(value),
        expected=expected,
        remedy=remedy,
        argument=name,
        about="value",
    )


def close_word(value: object, known: list[str]) -> str:
    """Return the known word that was probably meant; empty if none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    text = value if isinstance(value, str) and len(value) <= 60 else ""
    same = [word for word in known if word.lower() == text.lower()]
    return next(iter(same or get_close_matches(text, known, 1, 0.5)), "") if text else ""


def unknown_name(name: str, value: str, family: str, known: list[str]) -> None:
    """Refuse a name that Keras does not know among the known ones of a family."""
    near = close_word(value, known)
    refuse(
        f"`{name}`: unknown {family} {show(value)}",
        received=show(value),
        expected=f"the name of a Keras {family}" if near else f"one of {', '.join(known)}",
        remedy=f"did you mean {near}?" if near else "",
        argument=name,
        about="value",
    )
