"""One error type: where it happened, what was received, what was expected, and the remedy."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from seqinspect.records import NamedTuple, dataclass, replace

EXCERPT_WIDTH = 160
"""Columns of a source line that an error shows."""

EXCERPT_BEFORE = 60
"""Columns that it shows before the place where the line is longer."""


def printable(text: str) -> str:
    """Write what cannot be printed as escapes: control characters, line ends, odd spaces."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class Place(NamedTuple):
    """A position in a file that someone wrote; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(slots=True, unsafe_hash=True)
class Problem:
    """One thing that cannot be used, said so that its author can fix it.

    `argument` names the layer argument at fault, for whoever knows its place.
    `about` is a word for programs: what kind of problem this is ("rank", "shape", …). `renamed` is
    today's name of what was received under an older one, `undefined` a size that has no value.
    """

    what: Final[str]
    received: Final[str] = ""
    expected: Final[str] = ""
    remedy: Final[str] = ""
    place: Final[Place | None] = None
    line: Final[str] = ""
    argument: Final[str] = ""
    about: Final[str] = ""
    renamed: Final[str] = ""
    undefined: Final[str] = ""

    def __post_init__(self) -> None:
        for name in ("what", "received", "expected", "remedy"):
            text = getattr(self, name)
            if not text.isprintable():
                object.__setattr__(self, name, printable(text))

    def says(self, text: str) -> bool:
        """Whether `what` already names this, so that nobody needs to read it twice."""
        return re.search(rf"(?<!\w){re.escape(text)}(?!\w)", self.what) is not None

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """What is said of it below its first line, as labels and texts."""
        named = (("received", self.received), ("expected", self.expected))
        said = [(label, text) for label, text in named if text and not self.says(text)]
        return (*said, ("remedy", self.remedy)) if self.remedy else tuple(said)

    @property
    def headline(self) -> str:
        """The place, where there is one, and what is wrong."""
        return f"{self.place}: {self.what}" if self.place else self.what

    def __str__(self) -> str:
        parts = [self.headline]
        parts += [f"received {self.received}"] if self.received else []
        parts += [f"expected {self.expected}"] if self.expected else []
        parts += [self.remedy] if self.remedy else []
        return "; ".join(parts)


class SpecError(Exception):
    """An input that cannot be used: one problem or, for a file, all that were found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback: every problem, part by part."""
        lines: list[str] = []
        for problem in self.problems:
            lines.append(f"{type(self).__name__}: {problem.headline}")
            if problem.place and problem.line.strip():
                lines.append(f"  {problem.place.line} | {problem.line}")
            lines += (f"  {label}: {text}" for label, text in problem.parts)
        return lines

    def at(self, place: Place | None, places: dict[str, Place] | None = None) -> SpecError:
        """The same error with a place for every problem that has none yet."""
        return SpecError(
            *(
                problem
                if problem.place
                else replace(problem, place=(places or {}).get(problem.argument, place))
                for problem in self.problems
            )
        )


def refuse(
    what: str,
    *,
    received: object = "",
    expected: str = "",
    remedy: str = "",
    argument: str = "",
    about: str = "",
    undefined: str = "",
) -> NoReturn:
    """Raise a SpecError with one problem that has no place yet: its reader knows the place."""
    raise SpecError(
        Problem(
            what,
            received=str(received),
            expected=expected,
            remedy=remedy,
            argument=argument,
            about=about,
            undefined=undefined,
        )
    )


def first_line(error: BaseException) -> str:
    """Return the first line of what an error of other people's code says."""
    return next(iter(str(error).splitlines()), "")[:200]


def excerpt(line: str, column: int) -> str:
    """Cut a line to what an error can show; where its begin is cut off, it starts with an ellipsis.

    Then the character at `column` is at `EXCERPT_BEFORE + 1`, counted from 0.
    """
    return cut(line, 0, len(line), column)


def cut(text: str, start: int, end: int, column: int) -> str:
    """Cut what stands between two places of a text, without a copy of the rest."""
    left = ""
    if column > EXCERPT_WIDTH:
        start, left = start + column - 1 - EXCERPT_BEFORE, "…"
    stop = min(end, start + EXCERPT_WIDTH)
    return f"{left}{text[start:stop]}{'…' if stop < end else ''}"
