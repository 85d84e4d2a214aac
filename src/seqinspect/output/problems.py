"""Problems → what a compiler shows: the place, the line with a caret, and the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.errors import EXCERPT_BEFORE, EXCERPT_WIDTH, Problem, excerpt
from seqinspect.output.document import Document, Excerpt, Paragraph, Span, inline
from seqinspect.output.renderers import render as rendered
from seqinspect.output.screen import FILE, Screen
from seqinspect.output.text import counted, shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.output.document import Block, Role


def render(problems: Sequence[Problem], *, screen: Screen = FILE) -> str:
    """Return every problem with what was received, what is expected, and the remedy."""
    blocks = [block for problem in problems for block in blocks_of(problem)]
    return rendered([Document("", tuple(blocks))], screen=screen) if blocks else ""


def count(number: int) -> str:
    """Return the line that ends a list of several problems; nothing for one."""
    return f"{counted(number, 'problem')} found\n" if number > 1 else ""


def blocks_of(problem: Problem, role: Role = "bad") -> Iterator[Block]:
    """Yield what is shown of a problem; its first line has the role."""
    place = Span(f"{problem.place}:", "path") if problem.place else Span("error:", "strong")
    yield Paragraph((place, Span(" "), Span(shortened(problem.what), role)))
    caret = False
    if problem.place and problem.line.strip():
        line, before = _excerpt(problem.line, problem.place.column)
        yield Excerpt(problem.place.line, line, line[:before])
        caret = bool(re.match(rf"['\"]?{re.escape(problem.received)}(?!\w)", line[before:]))
    for label, text in problem.parts:
        if not (caret and label == "received"):  # the caret shows it
            yield Paragraph((Span(f"{label}: ", "quiet"), *inline(shortened(text))), indent=1)


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """Return a line, as far as it is shown, and how many of its characters stand before a place."""
    if len(line) > EXCERPT_WIDTH + 2:
        line = excerpt(line, column)
    # An excerpt that had its begin cut off has the column at a fixed position.
    before = EXCERPT_BEFORE + 1 if column > EXCERPT_WIDTH and line.startswith("…") else column - 1
    return line.replace("\t", " "), before


def time_axis_note(inputs: Sequence[str]) -> str:
    """Say that a Keras config does not hold which axes of inputs count time steps."""
    names = visible(", ".join(inputs))
    return f"a Keras config has no place for time_axis ({names}): who reads it goes by the shape"
