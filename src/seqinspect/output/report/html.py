"""Report → a page of HTML that stands alone: no script, nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.report.columns import COLUMNS, DEPTH, TABLE
from seqinspect.output.report.entries import entries, structure
from seqinspect.output.report.summary import Verdict, summary, verdict
from seqinspect.output.text import encodable, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.report import Report

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}

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
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2em }}
h1 {{ font-size: 1.3em; margin: 0 }}
.source {{ opacity: .7; margin: 0 0 1em }}
.wide {{ overflow-x: auto }}
table {{ border-collapse: collapse }}
th, td {{ text-align: left; vertical-align: top; padding: .2em .8em }}
tr {{ border-bottom: 1px solid #8884 }}
.number {{ text-align: right; font-variant-numeric: tabular-nums }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em }}
dt {{ font-weight: bold }}
dd {{ margin: 0 }}
.agrees {{ color: #080 }} .disagrees {{ color: #c00; font-weight: bold }} .open {{ color: #a60 }}
</style>
</head>
<body>
"""


def render(
    reports: Sequence[Report],
    *,
    columns: Sequence[str] = TABLE,
    encoding: str = "utf-8",
    depth: int | None = DEPTH,
) -> str:
    """Return one page with a section for every report."""
    title = escaped(", ".join(dict.fromkeys(report.model for report in reports)) or "seqinspect")
    lines = [line for report in reports for line in _section(report, columns, depth)]
    page = "\n".join([HEAD.format(title=title) + lines[0], *lines[1:], "</body>", "</html>", ""])
    held = encoding if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else "ascii"
    return encodable(page, held, lambda character: f"&#{ord(character)};")


def escaped(text: str) -> str:
    """Return text in which no character means anything to HTML, in an attribute or outside."""
    return "".join(ENTITIES.get(character, character) for character in visible(text))


def _section(report: Report, columns: Sequence[str], depth: int | None) -> Iterator[str]:
    names = [name for name in columns if name != "time"]
    noted = "time" in columns
    classes = [' class="number"' if COLUMNS[name].number else "" for name in names]
    yield "<section>"
    yield f"<h1>{escaped(report.model)}</h1>"
    yield f'<p class="source">{escaped(report.source)}</p>'
    yield '<div class="wide"><table>'
    heading = [
        f"<th{kind}>{COLUMNS[name].heading}</th>" for name, kind in zip(names, classes, strict=True)
    ]
    heading += [f"<th>{COLUMNS['time'].heading}</th>"] if noted else []
    yield f"<thead><tr>{''.join(heading)}</tr></thead>"
    yield "<tbody>"
    for entry in entries(report, columns, depth):
        kinds = list(classes)
        if kinds and entry.depth:
            kinds[0] += f' style="padding-left: {entry.depth * 1.5 + 0.8:g}em"'
        cells = [
            f"<td{kind}>{escaped(cell)}</td>" for kind, cell in zip(kinds, entry.cells, strict=True)
        ]
        cells += [f"<td>{escaped(entry.note)}</td>"] if noted else []
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody>"
    yield "</table></div>"
    for sentence in structure(report, depth):
        yield f"<p>{escaped(sentence)}</p>"
    yield "<dl>"
    for label, text in summary(report, columns):
        if text:
            yield f"<dt>{escaped(label)}</dt><dd>{escaped(text)}</dd>"
    yield "</dl>"
    said, sentence, differences = verdict(report)
    yield f'<p class="{CLASSES[said]}">{escaped(sentence)}</p>'
    if differences:
        yield f"<ul>{''.join(f'<li>{escaped(each)}</li>' for each in differences)}</ul>"
    yield "</section>"


CLASSES = {Verdict.AGREES: "agrees", Verdict.DISAGREES: "disagrees", Verdict.OPEN: "open"}
