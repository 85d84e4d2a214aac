"""Document → Markdown, as GitHub, GitLab, notebooks and others show it: text of a spec is text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.output.document import (
    Code,
    Excerpt,
    Gap,
    Items,
    Pairs,
    Paragraph,
    Section,
    Table,
    plain,
)
from seqinspect.output.text import encodable, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seqinspect.output.document import Block, Document, Inline, Role, Span
    from seqinspect.output.screen import Screen

INDENT = "&nbsp;&nbsp;"
DEEPEST = 6
MARKS: dict[Role, str] = {"strong": "**", "emphasis": "*"}

SPECIAL = re.compile(r"[\\`*_{}\[\]|^]|(?<!\w)~|~(?!\w)|#(?!\w)|!(?!\w)")
"""What begins a mark of Markdown, and is a sign of its own after a backslash."""

ACTIVE = re.compile(
    r"[@$]|[#!%~](?=\w)|:(?=//)|:(?=[\w+-]*[A-Za-z+-][\w+-]*:|100:|1234:)"
    r"|(?i:(?<=\bwww)\.|(?<=\bGH)-(?=\d))"
)
"""What GitHub and GitLab look for in the finished page, where no backslash is left: a mention, a
formula, a reference, an address, an emoji. With a sign in an element of its own it is none."""

OPENING = re.compile(r"^(\d*)([-+=.):])")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def render(documents: Sequence[Document], screen: Screen) -> str:
    """Return documents one after another, in characters that the encoding has."""
    texts = ("\n".join(_lines(document.blocks, 1)).rstrip("\n") + "\n" for document in documents)
    return encodable("\n".join(texts), screen.encoding, lambda sign: f"&#{ord(sign)};")


def escaped(text: str) -> str:
    """Return text in which no character means anything to Markdown, in a cell or in a sentence."""
    return OPENING.sub(r"\1\\\2", _inner(visible(text).lstrip()))


def _inner(shown: str) -> str:
    """Return text that stands after other text."""
    parts, done = [], 0
    for match in ACTIVE.finditer(shown):
        parts += [_escaped(shown[done : match.start()]), f"<span>\\{match[0]}</span>"]
        done = match.end()
    return "".join([*parts, _escaped(shown[done:])])


def _escaped(text: str) -> str:
    shown = SPECIAL.sub(r"\\\g<0>", text)
    return "".join(ENTITIES.get(character, character) for character in shown)


def _lines(blocks: Iterable[Block], depth: int) -> Iterator[str]:
    """Yield blocks with an empty line after each."""
    for block in blocks:
        match block:
            case Section(heading, inner, aside, _):
                yield f"{'#' * min(depth, DEEPEST)} {_inline(heading)}"
                yield ""
                if aside:
                    yield from (escaped(aside), "")
                yield from _lines(inner, depth + 1)
            case Gap():
                continue
            case _:
                yield from _block(block)
                yield ""


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield _inline(text)
        case Items(items):
            yield from (f"- {_inline(item)}" for item in items)
        case Table(columns, rows):
            yield _row(escaped(column.heading) for column in columns)
            yield _row("--:" if column.right else "---" for column in columns)
            for row in rows:
                first, *others = map(_inline, row.cells)
                yield _row([INDENT * row.depth + first, *others])
        case Pairs(entries):
            for label, text in entries:
                named = escaped(f"{label}:")  # with its colon, which may end an emoji
                yield f"- {named} {_inline(text)}" if label else f"  - {_inline(text)}"
        case Code(lines, language):
            yield from _fenced(lines, language)
        case Excerpt():
            yield from _fenced(block.lines(lambda before: len(visible(before))), "text")


def _fenced(lines: Sequence[str], language: str) -> Iterator[str]:
    """Yield lines as they are, between fences that none of them can be."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield fence + language
    yield from map(visible, lines)
    yield fence


def _inline(text: Inline) -> str:
    """Return a line; what follows from its roles is strong, code or a link."""
    if all(span.role not in ("code", *MARKS) and not span.target for span in text):
        return escaped(plain(text))
    first, *others = text
    return _span(first, escaped) + "".join(_span(span, _inner) for span in others)


def _span(span: Span, escape: Callable[[str], str]) -> str:
    shown = _code(span.text) if span.role == "code" else escape(visible(span.text))
    if span.target:
        return f"[{shown}]({span.target})"
    mark = MARKS.get(span.role, "") if shown.strip() == shown else ""
    return f"{mark}{shown}{mark}"


def _code(text: str) -> str:
    """Return text as code, in which nothing but a bar of a table means anything."""
    shown = visible(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    edge = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
