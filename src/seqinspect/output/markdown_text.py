"""Text → Markdown that shows it as it is: no emphasis, no link, no HTML, no column of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SPECIAL = re.compile(r"[\\`*_{}\[\]#!|~^$@]")
OPENING = re.compile(r"^(\d*)([-+=.)])")
LINKED = re.compile(r"(?i)(?<=www)\.|:(?=//)")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: str) -> str:
    """Return text in which no character means anything to Markdown, in a cell or in a sentence."""
    shown = SPECIAL.sub(r"\\\g<0>", visible(text).lstrip())
    shown = OPENING.sub(r"\1\\\2", shown)
    shown = "".join(ENTITIES.get(character, character) for character in shown)
    return LINKED.sub(lambda match: f"&#{ord(match[0])};", shown)


def table(
    heading: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool] = ()
) -> Iterator[str]:
    """Yield the lines of a table of finished cells; `right` says which columns are numbers."""
    sides = (*right, *(False,) * (len(heading) - len(right)))
    yield _line(heading)
    yield _line("--:" if side else "---" for side in sides)
    yield from map(_line, rows)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
