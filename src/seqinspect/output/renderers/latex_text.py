"""Text for LaTeX: signs, formulas, where a line may end, and how wide that will be."""

from __future__ import annotations

import re
from itertools import pairwise

from seqinspect.output.text import visible

MATHEMATICS = {
    "×": r"\times", "−": "-", "∗": "*", "·": r"\cdot", "÷": r"\div", "±": r"\pm", "√": r"\surd",
    "⌈": r"\lceil", "⌉": r"\rceil", "⌊": r"\lfloor", "⌋": r"\rfloor",
    "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≡": r"\equiv",
    "→": r"\rightarrow", "←": r"\leftarrow", "↓": r"\downarrow", "⋮": r"\vdots",
    "●": r"\bullet", "Σ": r"\Sigma", "Π": r"\Pi", "ᵀ": "^T",
}  # fmt: skip
DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
LINES = {"─": "-", "│": "|", "▏": "|", **dict.fromkeys("┌┐└┘├┤┬┴┼", "+")}
"""Lines of pictures that are made of signs."""

SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    "…": r"\ldots{}", "–": "--", "—": "---", '"': "''", "’": "'", "“": "``", "”": "''",
    "-": "-{}", "[": "{[}", "]": "{]}", "*": "{*}", "\N{NO-BREAK SPACE}": "~",
    **{character: f"\\{character}" for character in "{}$&#_%"},
    **{character: f"\\ensuremath{{{command}}}" for character, command in MATHEMATICS.items()},
    **{character: f"\\ensuremath{{^{digit}}}" for digit, character in enumerate(DIGITS)},
}  # fmt: skip
SPECIAL |= {line: SPECIAL.get(sign, sign) for line, sign in LINES.items()}

LETTERS = frozenset("äöüßÄÖÜàâãåæçèéêëìíîïñòóôõøùúûÀÂÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØÙÚÛœŒ")
"""What every LaTeX has besides ASCII."""

BREAK = r"\allowbreak{}"
BREAKABLE = "+×−_/.,:=("
LONG = 12
"""In a word that is longer, such as a name, a formula or a path, a line may end after these signs,
and before a capital letter."""

UNBREAKABLE = 16
"""A piece that is longer may be broken anywhere."""

TOKEN = re.compile(rf"[A-Za-z_][A-Za-z_0-9]*|[0-9]+(?:,[0-9]{{3}})*|[{DIGITS}]+|[×+−·÷=()⌈⌉⌊⌋≤≥, ]")
FUNCTIONS = ("max", "min")

NARROW, WIDE, OPERATORS = "iljtfI.,:;'!|()[] ", "mwMW@%", "×+−=·"
"""Signs that are narrower, and wider, than a letter: half as wide as the font is high."""


def escaped(text: str) -> str:
    """Return text in which no character means anything to LaTeX, nor two to a log reader."""
    return " ".join(map(_word, visible(text).split(" "))).replace("::", ":{}:")


def _word(word: str) -> str:
    return BREAK.join("".join(map(_sign, piece)) for piece in pieces(word))


def pieces(word: str) -> list[str]:
    """Return the parts of a word between which a line may end."""
    if len(word) <= LONG:
        return [word]
    found: list[str] = []
    start = 0
    for at in range(1, len(word)):
        if word[at - 1] in BREAKABLE or (word[at].isupper() and word[at - 1].islower()):
            found.append(word[start:at])
            start = at
    found.append(word[start:])
    return [part for each in found for part in (each if len(each) > UNBREAKABLE else [each])]


def _sign(sign: str) -> str:
    """Return a sign; of one that not every LaTeX has, its number where it is not there."""
    if sign.isascii() or sign in SPECIAL or sign in LETTERS:
        return SPECIAL.get(sign, sign)
    return rf"\ifdefined\Umathcode {sign}\else U+{ord(sign):04X}\fi{{}}"


def mathematics(text: str) -> str | None:
    """Return a formula as LaTeX sets one; None of a text that is none."""
    tokens = TOKEN.findall(text)
    words = [token for token in tokens if token != " "]
    names = [token.isidentifier() for token in words]
    prose = any(one and other for one, other in pairwise(names))
    if "".join(tokens) != text or prose or not words:
        return None
    return rf"\({''.join(map(_token, tokens))}\)"


def _token(token: str) -> str:
    if token in FUNCTIONS:
        return rf"\{token}"
    if token[0] in DIGITS:
        return f"^{{{''.join(str(DIGITS.index(digit)) for digit in token)}}}"
    if token.isidentifier():
        parts = (piece.replace("_", r"\_") for piece in pieces(token))
        return token if len(token) == 1 else BREAK.join(rf"\mathit{{{part}}}" for part in parts)
    if token[0].isdigit():
        return token.replace(",", "{,}")
    sign = MATHEMATICS.get(token, token)
    return f"{sign} " if sign.startswith("\\") else sign


def verbatim(line: str) -> str:
    """Return a line in a type of one width, with the spaces that it has."""
    return "".join(map(_fixed, visible(line))).replace("::", ":{}:")


def _fixed(sign: str) -> str:
    if sign == " ":
        return "~"
    if sign in MATHEMATICS or sign in DIGITS:
        return rf"\makebox[.5em]{{{SPECIAL[sign]}}}"
    return r"\makebox[.5em]{\tiny\rmfamily ...}" if sign == "…" else _sign(sign)


def width(text: str) -> float:
    """Return how wide a text will be, in letters, or a little more."""
    return sum(map(_width, text))


def _width(sign: str) -> float:
    if sign in NARROW:
        return 0.65
    if sign in OPERATORS:
        return 2.4
    return 1.8 if sign in WIDE else 1.5 if sign.isupper() else 1.05


def least(text: str, *, formula: bool = False) -> float:
    """Return how wide the widest part is that stays in one line: of formulas, between signs."""
    if formula:
        text = re.sub("[×+−=]", r"\g<0> ", text)
    parts = (piece for word in text.split(" ") for piece in pieces(word))
    return max(map(width, parts), default=0)
