"""Document → a page of HTML that stands alone: no script, nothing from elsewhere."""

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
)
from seqinspect.output.text import encodable, visible
from seqinspect.output.theme import LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seqinspect.output.document import Block, Column, Document, Inline, Role, Span
    from seqinspect.output.screen import Screen

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
DEEPEST = 6

HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2em; max-width: 90em; \
background: light-dark(#fff, #000); color: light-dark(#000, #fff) }}
h1 {{ font-size: 1.3em; margin: 0 }} h2 {{ font-size: 1.1em; margin: 1.5em 0 0 }}
h3, h4, h5, h6 {{ font-size: 1em; margin: 1em 0 0 }}
p, ul {{ margin: .3em 0; max-width: 60em }}
.aside {{ margin: 0 0 1em }}
.wide {{ overflow-x: auto; margin: .6em 0 }}
pre {{ overflow-x: auto; padding: .6em 1em; border: 1px solid #8884 }}
table {{ border-collapse: collapse }}
th, td {{ text-align: left; vertical-align: top; padding: .2em .8em }}
tr {{ border-bottom: 1px solid #8884 }}
.right {{ text-align: right; font-variant-numeric: tabular-nums }}
td {{ white-space: nowrap }} .folds {{ white-space: normal }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em }}
dt {{ font-weight: bold }} dd {{ margin: 0; max-width: 60em }}
code, pre {{ font-family: ui-monospace, monospace }}
a {{ color: inherit }}
{looks}
</style>
</head>
<body>
"""


def render(documents: Sequence[Document], screen: Screen) -> str:
    """Return one page with all documents."""
    titles = dict.fromkeys(document.title for document in documents if document.title)
    head = HEAD.format(title=escaped(", ".join(titles)) or "seqinspect", looks=looks())
    body = "".join(map(fragment, documents))
    name = screen.encoding.lower().replace("_", "-")
    held = name if name in ("utf-8", "utf8") else "ascii"
    page = f"{head}{body}</body>\n</html>\n"
    return encodable(page, held, lambda character: f"&#{ord(character)};")


def fragment(document: Document, *, level: int = 1) -> str:
    """Return a document as a part of a page; its first heading is of this level."""
    return "".join(f"{line}\n" for line in lines(document.blocks, level))


def looks() -> str:
    """Return how what has a role looks, as rules of CSS."""
    return "\n".join(f".{_class(role)} {{ {look.css} }}" for role, look in LOOKS.items())


def escaped(text: str) -> str:
    """Return text in which no character means anything to HTML, in an attribute or outside."""
    return "".join(ENTITIES.get(character, character) for character in visible(text))


def lines(
    blocks: Iterable[Block], depth: int, table: Callable[[Table], Iterator[str]] | None = None
) -> Iterator[str]:
    """Yield blocks as elements; headings are of level `depth`, tables are made by `table`."""
    for block in blocks:
        match block:
            case Section(heading, inner, aside, anchor):
                named = f' id="{escaped(anchor)}"' if anchor else ""
                level = f"h{min(depth, DEEPEST)}"
                yield "<section>"
                yield f"<{level}{named}>{inline(heading)}</{level}>"
                if aside:
                    yield f'<p class="aside quiet">{escaped(aside)}</p>'
                yield from lines(inner, depth + 1, table)
                yield "</section>"
            case Paragraph(text):
                yield f"<p>{inline(text)}</p>"
            case Items(items):
                yield f"<ul>{''.join(f'<li>{inline(item)}</li>' for item in items)}</ul>"
            case Table():
                yield from (table or plain_table)(block)
            case Pairs(entries):
                yield "<dl>"
                for label, text in entries:
                    yield f"<dt>{escaped(label)}</dt><dd>{inline(text)}</dd>"
                yield "</dl>"
            case Code(shown):
                yield _shown(shown)
            case Excerpt():
                yield _shown(block.lines(lambda before: len(visible(before))))
            case Gap():
                continue


def plain_table(table: Table) -> Iterator[str]:
    """Yield a table as it stands in every document."""
    classes = [cell_class(column) for column in table.columns]
    sides = [_classes("right" if column.right else "") for column in table.columns]
    heads = (
        f"<th{side}>{escaped(column.heading)}</th>"
        for side, column in zip(sides, table.columns, strict=True)
    )
    yield '<div class="wide"><table>'
    yield f"<thead><tr>{''.join(heads)}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        kinds = list(classes)
        if row.depth:
            kinds[0] += f' style="padding-left: {row.depth * 1.5 + 0.8:g}em"'
        cells = zip(kinds, row.cells, strict=True)
        yield f"<tr>{''.join(f'<td{kind}>{inline(cell)}</td>' for kind, cell in cells)}</tr>"
    yield "</tbody>"
    yield "</table></div>"


def _shown(lines: Iterable[str]) -> str:
    return "<pre>{}</pre>".format("\n".join(map(escaped, lines)))


def inline(text: Inline) -> str:
    """Return a line of text."""
    return "".join(map(_span, text))


def _span(span: Span) -> str:
    shown = escaped(span.text)
    if span.role == "code":
        shown = f"<code>{shown}</code>"
    elif span.role in LOOKS:
        shown = f'<span class="{_class(span.role)}">{shown}</span>'
    return f'<a href="{escaped(span.target)}">{shown}</a>' if span.target else shown


def cell_class(column: Column) -> str:
    """Return the class of what stands in a column, as an attribute."""
    folds = "folds" if column.below in ("long", "always") and not column.whole else ""
    return _classes("right" if column.right else "", _class(column.role), folds)


def _class(role: Role) -> str:
    return re.sub(" ", "-", role) if role in LOOKS else ""


def _classes(*names: str) -> str:
    found = " ".join(filter(None, names))
    return f' class="{found}"' if found else ""
