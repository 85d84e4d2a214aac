"""Problems → text as a compiler shows it: the place, the line with a caret, and the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from seqinspect.errors import EXCERPT_BEFORE, EXCERPT_WIDTH, excerpt
from seqinspect.output.screen import FILE, Screen
from seqinspect.output.text import counted, encodable, inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.errors import Problem

BOLD, RED, BLUE, RESET = "\x1b[1m", "\x1b[1;31m", "\x1b[34m", "\x1b[0m"


def render(problems: Sequence[Problem], *, screen: Screen = FILE) -> str:
    """Return every problem with what was received, what is expected, and the remedy."""
    return "".join(
        f"{encodable(line, screen.encoding)}\n"
        for problem in problems
        for line in _lines(problem, colour=screen.colour)
    )


def count(number: int) -> str:
    """Return the line that ends a list of several problems; nothing for one."""
    return f"{counted(number, 'problem')} found\n" if number > 1 else ""


def _lines(problem: Problem, *, colour: bool) -> Iterator[str]:
    place = visible(f"{problem.place}: ") if problem.place else "error: "
    what = visible(problem.what)
    if colour:
        yield f"{BOLD}{place}{RESET}{RED}{what}{RESET}"
    else:
        yield inert(place + what)
    received = problem.received
    if problem.place and problem.line.strip():
        line, before = _excerpt(problem.line, problem.place.column)
        yield from _source(problem.place.line, line, before, colour=colour)
        if re.match(rf"['\"]?{re.escape(received)}(?!\w)", line[before:]):
            received = ""  # the caret shows it
    for label, text in (("received", received), ("expected", problem.expected)):
        if text and not problem.says(text):
            yield f"  {label}: {visible(text)}"
    if problem.remedy:
        yield f"  remedy: {visible(problem.remedy)}"


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """Return a line, as far as it is shown, and how many of its characters stand before a place."""
    if len(line) > EXCERPT_WIDTH + 2:
        line = excerpt(line, column)
    # An excerpt that had its begin cut off has the column at a fixed position.
    before = EXCERPT_BEFORE + 1 if column > EXCERPT_WIDTH and line.startswith("…") else column - 1
    return line.replace("\t", " "), before


def _source(number: int, line: str, before: int, *, colour: bool) -> Iterator[str]:
    """Yield a line of the source with its number, and a caret below the place."""
    gutter = str(number)
    caret = " " * _cells(visible(line[:before])) + "^"
    yield f"  {gutter} | {visible(line)}".rstrip()
    yield f"  {' ' * len(gutter)} | {BLUE + caret + RESET if colour else caret}"


def _cells(text: str) -> int:
    return sum(
        2 if east_asian_width(character) in "WF" else 0 if combining(character) else 1
        for character in text
    )
