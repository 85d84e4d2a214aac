"""Text that every output shares: what a spec says, made harmless; shapes, numbers and names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from seqinspect.algebra.printing import tuple_text
from seqinspect.errors import printable
from seqinspect.model.report import BACKENDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import Keras, TensorReport

ASCII = {
    "×": "*", "−": "-", "–": "-", "—": "-", "…": "...", "·": "*", "→": "->", "←": "<-",
    "≤": "<=", "≥": ">=", "⌈": "ceil(", "⌉": ")", "⌊": "floor(", "⌋": ")",
    "─": "-", "▏": "|", "’": "'", "“": '"', "”": '"', "\N{NO-BREAK SPACE}": " ",
}  # fmt: skip
"""What stands for a character where the output's encoding has no such character."""

COMMAND = re.compile(r"^((?:\s|\x1b\[[0-9;]*m)*)(?=::|##)")
"""The begin of a line that a log reader takes for a command, coloured or not."""


MAX_END = 800
"""Characters at each end of a message that are shown in any case."""


def shortened(message: str) -> str:
    """Leave out the middle of a message with a long argument: its ends say what is wrong."""
    if len(message) <= 2 * MAX_END:
        return message
    return f"{message[:MAX_END]} … {message[-MAX_END:]}"


def visible(text: str) -> str:
    r"""Return text of a spec as data: what is not printed as itself is escaped (\x1b, \u202e).

    That holds for control characters, line breaks, marks that turn the direction of text around,
    spaces other than the ordinary one, and halves of surrogate pairs.
    """
    return text if text.isprintable() else printable(text)


def inert(line: str) -> str:
    r"""Return a line that no log reader takes for a command: `::error::…` becomes `\::error::…`."""
    return COMMAND.sub(r"\1\\", line)


def encodable(text: str, encoding: str, escape: Callable[[str], str] | None = None) -> str:
    r"""Return text that the encoding can hold: × becomes *, … becomes ..., another one \u6f22.

    `escape` says what becomes of a character that the encoding lacks, where it is not that.
    """
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        replaced: dict[str, str | int | None] = {
            c: (escape or _replaced)(c) for c in set(text) if not _holds(encoding, c)
        }
        return text.translate(str.maketrans(replaced))
    return text


@lru_cache(maxsize=1024)
def encoded(text: str, encoding: str) -> str:
    """Return text of a spec as data that the encoding can hold; many cells of a table are equal."""
    return encodable(visible(text), encoding)


def _holds(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _replaced(character: str) -> str:
    return ASCII.get(character) or character.encode("ascii", "backslashreplace").decode("ascii")


def size_text(size: Expr) -> str:
    """Return a size or a bound as a sentence has it: 10, T−1, ⌊t÷2⌋."""
    return size.plain().text()


def symbolic(tensor: TensorReport) -> str:
    """Return a shape in the user's names: (batch, T, n); ? where nothing is known of it."""
    if tensor.unknown_shape:
        return f"(…, {tensor.symbolic[-1].text()})" if tensor.symbolic else "?"
    return tuple_text(size.text() for size in tensor.symbolic)


def sizes(tensor: TensorReport) -> str:
    """Return a shape in numbers, None where a size is not known: (None, 10, 8)."""
    if tensor.unknown_shape:
        return "?"
    return tuple_text(map(str, tensor.shape))


def known(tensor: TensorReport) -> str:
    """Return a shape in numbers, with the name where the number is not known: (batch, 10, 8)."""
    if tensor.unknown_shape:
        return symbolic(tensor)
    return tuple_text(
        size.text() if size.value is None else str(size.value) for size in tensor.symbolic
    )


def both(tensors: Sequence[TensorReport], between: str = " = ") -> str:
    """Return shapes in the user's names and, where they say more, in numbers."""
    names, numbers = "; ".join(map(symbolic, tensors)), "; ".join(map(known, tensors))
    return names if names == numbers else f"{names}{between}{numbers}"


def listed(texts: Sequence[str], word: str = "and") -> str:
    """Return texts as a sentence has them: a, b and c."""
    return f" {word} ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))


def factor(text: str) -> str:
    """Return a formula as one of several factors: in parentheses where it is a sum or a product."""
    return f"({text})" if any(sign in text for sign in "+−×") else text


@lru_cache(maxsize=4096)
def cell_count(text: str) -> int:
    """Return how many cells of a line a text takes: two for each wide character."""
    if text.isascii():
        return len(text)
    return sum(
        2 if east_asian_width(character) in "WF" else 0 if combining(character) else 1
        for character in text
    )


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: 1 layer, 2,000 layers."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def memory(count: int | None) -> str:
    """Return bytes for people: 2,464 bytes (2.4 KiB)."""
    if count is None:
        return "? bytes"
    if count < 1024:
        return counted(count, "byte")
    power = min((count.bit_length() - 1) // 10, 8)
    unit = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")[power - 1]
    tenths = (count * 10 + (1 << (10 * power - 1))) >> (10 * power)
    return f"{count:,} bytes ({tenths // 10:,}.{tenths % 10} {unit})"


CONVENTION = "for one sample; one multiply and one add count as one"
"""What a number of multiply-adds is."""


def equation(formula: Expr, number: int | None) -> str:
    """Return a formula with its number: n×(9×n+5) = 616; only the number where there is no more.

    A number that hangs on a size that is not known is ?.
    """
    text = formula.text()
    if number is None:
        return f"{text} = ?"
    return f"{number:,}" if text == str(number) else f"{text} = {number:,}"


def sized(formula: Expr) -> str:
    """Return a formula with its number where it has one: T = 10, 10, T."""
    return formula.text() if formula.value is None else equation(formula, formula.value)


def legend(
    dims: Mapping[str, Expr], definitions: Mapping[str, Expr], texts: Mapping[str, str]
) -> tuple[str, ...]:
    """Return what each name stands for: T = 10, u = 2×n = 16, S not known.

    `texts` is what code has for a name; it stands there where it was too long to be the name.
    """
    entries = []
    for name, size in dims.items():
        definition = definitions.get(name)
        shown = size.text()
        parts = [visible(shown)]
        if definition is not None and definition.symbols():
            parts.append(definition.text())
        if size.value is not None:
            parts.append(f"{size.value:,}")
        text = texts.get(name, "")
        long = f" (`{visible(text)}`)" if shown == name and len(text) > len(name) else ""
        entries.append((" = ".join(parts) if len(parts) > 1 else f"{parts[0]} not known") + long)
    return tuple(entries)


def engine(keras: Keras) -> str:
    """Return the Keras that was asked, with its backend."""
    backend = BACKENDS.get(keras.backend or "", keras.backend or "")
    on = f" on {backend} {keras.backend_version or ''}".rstrip() if backend else ""
    return f"Keras {keras.version or ''}".rstrip() + on
