"""Comments that ignore findings: on a line, or in a whole file, and those that ignore nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.errors import Place
from seqinspect.lint.findings import basics
from seqinspect.lint.registry import all_kinds, matching
from seqinspect.model.finding import Edit
from seqinspect.readers.source.names import nearest
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seqinspect.model.finding import Finding

COMMENT = re.compile(
    r"(?:^|\s)(#\s*seqinspect:\s*ignore(-file)?\b(?:\[([^\]\n]*)\])?)", re.IGNORECASE
)
MARKS = ("seqinspect:", "ignore")
"""What a text with such a comment has in it."""

LEAST = 3
"""So many characters of a code name those that begin so."""


class Comment(NamedTuple):
    """A comment: where its sign stands, what it names, and the text that says so.

    `names` is empty where it ignores everything; `whole_file`: on all lines.
    """

    line: int
    column: int
    whole_file: bool
    names: tuple[str, ...]
    text: str

    def ignores(self, code: str) -> bool:
        """Tell whether it is about findings of a code."""
        return not self.names or any(_names(name, code) for name in self.names)


def comment_on(line: str, number: int = 0) -> Comment | None:
    """Return the comment on a line; None where there is none, or it stands within a string."""
    found = COMMENT.search(line)
    if found is None:
        return None
    before = line[: found.start(1)]
    if before.count('"') % 2 or before.count("'") % 2:
        return None
    names = tuple(name.strip() for name in (found[3] or "").split(",") if name.strip())
    return Comment(number, found.start(1) + 1, found[2] is not None, names, found[1])


def comments_in(text: str) -> tuple[Comment, ...]:
    """Return all comments of a text, in order."""
    if not all(mark in text for mark in MARKS):
        return ()
    lines = enumerate(text.splitlines(), 1)
    found = (comment_on(line, number) for number, line in lines if MARKS[0] in line)
    return tuple(comment for comment in found if comment is not None)


def of_comments(
    comments: Iterable[Comment], used: set[tuple[int, str]], file: str, codes: frozenset[str]
) -> Iterator[Finding]:
    """Yield what is wrong with comments: they ignore nothing, or do not say what.

    `used` are the lines and codes of the findings that comments ignored; `codes` are looked for.
    """
    for comment in comments:
        place = Place(file, comment.line, comment.column)
        here = {code for line, code in used if comment.whole_file or line == comment.line}
        ignored = sorted(code for code in here if comment.ignores(code))
        known = [name for name in comment.names if _codes_of(name)]
        spare = tuple(
            name
            for name in known
            if not any(_names(name, code) for code in ignored) and _codes_of(name) & codes
        )
        if unknown := tuple(name for name in comment.names if name not in known):
            yield from basics.unclear_ignore(unknown, _near(unknown[0]), place)
        if spare or not (ignored or comment.names):
            yield from basics.unused_ignore(spare, place, whole_file=comment.whole_file)
        elif ignored and not comment.names:
            kind = "ignore-file" if comment.whole_file else "ignore"
            named = f"# seqinspect: {kind}[{', '.join(ignored)}]"
            edits = (Edit(place, comment.text, named),)
            yield from basics.unclear_ignore((), named, place, edits)


def with_ignores(text: str, codes: Mapping[int, set[str]]) -> str:
    """Return a text whose lines ignore these codes too, in a comment at their end."""
    lines = text.splitlines(keepends=True)
    for number, wanted in codes.items():
        line = lines[number - 1]
        body = line.rstrip("\r\n")
        end = line[len(body) :]
        comment = comment_on(body)
        if comment is not None and not comment.whole_file:
            start = comment.column - 1
            named = f"# seqinspect: ignore[{', '.join(sorted({*comment.names, *wanted}))}]"
            lines[number - 1] = body[:start] + named + body[start + len(comment.text) :] + end
        else:
            comment_text = f"# seqinspect: ignore[{', '.join(sorted(wanted))}]"
            lines[number - 1] = f"{body.rstrip()}  {comment_text}{end}"
    return "".join(lines)


def _near(name: str) -> str:
    """Return the code or the name that was probably meant; empty if none is near."""
    kinds = all_kinds()
    text = name.upper() if name.upper().startswith("SEQ") else name
    return nearest(text, [*kinds, *(kind.name for kind in kinds.values())]) or ""


def _codes_of(name: str) -> set[str]:
    return matching([name], all_kinds().values())[0]


def _names(name: str, code: str) -> bool:
    kind = all_kinds().get(code)
    return (len(name) >= LEAST and code.startswith(name.upper())) or (
        kind is not None and name == kind.name
    )
