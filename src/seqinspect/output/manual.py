"""Manual pages → blocks: the Markdown in which docstrings and answers of this project are written.

Paragraphs, headings, lists, code between fences; and `code`, **strong** and *emphasis* in a line.
It is text of our own, never that of a spec.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.output.document import GAP, Code, Items, Paragraph, Section, Span, inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.output.document import Block, Inline, Role

HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARKED = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*")
ROLES: tuple[Role, ...] = ("code", "strong", "emphasis")


def blocks_of(text: str) -> Iterator[Block]:
    """Yield a page: what stands before the first heading, then a section for each."""
    before, *parts = HEADING.split(text)
    yield from _body(before)
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        yield GAP
        yield Section(line_of(heading), tuple(_body(body)))


def _body(text: str) -> Iterator[Block]:
    """Yield paragraphs, lists and code."""
    pieces = FENCE.split(text)
    for prose, language, code in zip(
        pieces[::3], [*pieces[1::3], ""], [*pieces[2::3], ""], strict=True
    ):
        paragraphs = [each.strip() for each in prose.split("\n\n") if each.strip()]
        for index, paragraph in enumerate(paragraphs):
            if index:
                yield GAP
            if paragraph.startswith("- "):
                items = re.split(r"^- ", paragraph, flags=re.MULTILINE)[1:]
                yield Items(tuple(map(line_of, items)))
            else:
                yield Paragraph(line_of(paragraph))
        if code:
            yield Code(tuple(code.rstrip("\n").split("\n")), language, indent=1)


def line_of(text: str) -> Inline:
    """Return a paragraph as one line, with its code and what is stressed."""
    spans: list[Span] = []
    flat, end = " ".join(text.split()), 0
    for match in MARKED.finditer(flat):
        spans += inline(flat[end : match.start()])
        marked = next(index for index, group in enumerate(match.groups()) if group)
        spans.append(Span(match[marked + 1], ROLES[marked]))
        end = match.end()
    return (*spans, *inline(flat[end:]))
