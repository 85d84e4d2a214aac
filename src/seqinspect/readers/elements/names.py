"""The names that sizes may have."""

from __future__ import annotations

import re
from keyword import iskeyword

from seqinspect.errors import refuse
from seqinspect.readers.source.characters import describe_character
from seqinspect.readers.source.limits import LIMITS, Limits, truncate

FUNCTIONS = {
    "min": "min(a, b, …)",
    "max": "max(a, b, …)",
    "ceil": "ceil(a / b)",
    "floor": "floor(a / b)",
    "ceil_div": "ceil_div(a, b)",
}
RESERVED = {
    "t": "`t` is the output step in every formula",
    **{name: f"`{name}` is a function in formulas" for name in FUNCTIONS},
    **{name: f"YAML reads `{name}` as a value" for name in ("null", "true", "false")},
}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_name(name: str, *, limits: Limits = LIMITS) -> None:
    """Refuse a name of a size that formulas could not hold: they are plain Python arithmetic."""
    reason = ""
    if name in RESERVED or name.lower() in ("null", "true", "false", "none"):
        reason = RESERVED.get(name) or f"YAML or Python reads `{name}` as a value"
    elif iskeyword(name):
        reason = f"`{name}` is a word of Python"
    elif name.startswith("__"):
        reason = "names that start with two underscores belong to Python"
    elif len(name) > limits.name:
        refuse(
            f"the name of a size has {len(name):,} characters",
            received=truncate(name),
            **limits.exceeded("name"),
        )
    elif not NAME.fullmatch(name):
        strange = next((c for c in name if not (c.isascii() and (c.isalnum() or c == "_"))), "")
        if not name:
            reason = "it is empty"
        elif not strange:
            reason = "it starts with a digit"
        else:
            reason = f"it holds {stray_character(strange)}"
    if reason:
        refuse(
            f"a size cannot be named `{truncate(name)}`: {reason}",
            received=truncate(name),
            expected="letters a-z, A-Z, digits and _, not starting with a digit",
            remedy="choose another name, such as `steps` or `n2`",
            about="name",
        )


def stray_character(character: str) -> str:
    """Name a character that does not belong where only ASCII letters and digits do."""
    if character == " ":
        return "a space"
    if character in "\r\n":
        return "a line break"
    if character.isascii() and character.isprintable():
        return f"`{character}`"
    return describe_character(character) + (
        ", which is not ASCII" if not character.isascii() else ""
    )
