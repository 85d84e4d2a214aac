"""Bytes → text: UTF-8 without control characters, or an error that says where it is not."""

from __future__ import annotations

import re

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.model.tree import Source

# What no value and no line of a spec may hold: control characters, other line breaks (NEL, LS,
# PS), marks that turn the direction of text around, half surrogate pairs, and non-characters.
# It takes 5 ms to compile, so only a text that has such a character is searched with it.
FORBIDDEN = (
    "[^\t\n\r -~\u00a0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]"
)

CONTROLS = {"\0": "NUL", "\x1b": "ESCAPE", "\x7f": "DELETE", "\x85": "NEXT LINE"}

BOMS = {b"\xff\xfe": "UTF-16 or UTF-32", b"\xfe\xff": "UTF-16", b"\0\0\xfe\xff": "UTF-32"}
AS_UTF8 = "save the file as UTF-8"


def decode(data: bytes, file: str) -> str:
    """Return the text of a file, if it is UTF-8 and holds nothing but text.

    Raises SpecError, with the place of the first character that is not.
    """
    for mark, encoding in BOMS.items():
        if data.startswith(mark):
            raise SpecError(
                Problem(
                    f"the file is written in {encoding}",
                    expected="UTF-8",
                    remedy=AS_UTF8,
                    place=Place(file, 1, 1),
                    about="encoding",
                )
            )
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", errors="replace")
        start = len(data[: error.start].decode("utf-8"))
        what = "the file is not UTF-8 text"
        received, remedy = f"the byte 0x{data[error.start]:02X}", AS_UTF8
    else:
        match = first_forbidden(text)
        if match is None:
            return text
        start = match.start()
        what = "a spec cannot hold this character"
        received = describe_character(match[0])
        if match[0] == "\0" and b"\0" in data[:4]:
            remedy = f"{AS_UTF8}, if this is UTF-16; a file of another kind cannot be read as YAML"
        else:
            remedy = "remove the character; a file that is not text cannot be read as YAML"
    text_before = text[:start].replace("\r\n", "\n").replace("\r", "\n")
    place = Place(file, text_before.count("\n") + 1, _column(text_before))
    line = Source(re.sub(FORBIDDEN, "\ufffd", text), file).excerpt(place)
    raise SpecError(
        Problem(
            what,
            received=received,
            expected="UTF-8 text",
            remedy=remedy,
            place=place,
            line=line,
            about="encoding",
        )
    )


def first_forbidden(text: str) -> re.Match[str] | None:
    """Find the first character that a spec cannot hold."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return None
    return None if all(map(_allowed, set(text))) else re.search(FORBIDDEN, text)


def _allowed(character: str) -> bool:
    if character <= "~":
        return character >= " " or character in "\t\n\r"
    return (
        "\u00a0" <= character <= "\u2027"
        or "\u202f" <= character <= "\u2065"
        or "\u206a" <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufefe"
        or "\uff00" <= character <= "\ufffd"
        or character >= "\U00010000"
    )


def _column(before: str) -> int:
    """Return the column of what follows a text."""
    return len(before) - before.rfind("\n")


def describe_character(character: str) -> str:
    """Name a character that cannot be shown, or that looks like another one."""
    from unicodedata import name  # noqa: PLC0415 - only an error needs it

    number = f"U+{ord(character):04X}"
    unicode_name = CONTROLS.get(character) or name(character, "")
    return f"{number} ({unicode_name})" if unicode_name else number
