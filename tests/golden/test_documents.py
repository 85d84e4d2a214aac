"""CSV, Markdown, LaTeX and HTML: no text of a spec breaks out of them."""

from __future__ import annotations

import csv as standard_csv
import io
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from seqinspect.output.document import Document, Pairs, inline
from seqinspect.output.renderers import render
from seqinspect.output.report import csv
from seqinspect.output.screen import Screen
from seqinspect.output.text import visible
from tests.golden.test_harmless import NAMES, is_harmless, named
from tests.inert import complaint
from tests.rendered import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.report import Report

HOSTILE = [
    *NAMES, "=cmd|'/c calc'!A1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1",
    'a"b', "a,b", "a;b", "a|b", "a\\|b", "`a`", "``` a", "*a* _b_ ~~c~~", "# a", "- a", "1. a",
    "[a](javascript:x)", "![a](http://x)", "<img src=x onerror=x>", "&lt;b&gt;", "https://x.org",
    "www.x.org", "\\input{/etc/passwd}", "\\\\", "a & b", "50%", "$x$", "a^b~c{d}", "[1pt]", "*",
    "{{7*7}}", "a' onload='x", "-->", "<!--", "]]>",
]  # fmt: skip

CSV = (
    "name,type,depth,shape,sizes,formula,params,trainable,reads,time,source\r\n"
    'lstm,LSTM,0,"(batch, T, n)","(None, 10, 8)",4×n×(2×n+1),544,544,prefix,'
    "step t has seen steps 0…t,q.yaml\r\n"
    'dense,Dense,0,"(batch, T, n)","(None, 10, 8)",n×(n+1),72,72,each,'
    '"every step: one n×n kernel, shared by all T steps",q.yaml\r\n'
)

MARKDOWN = """\
# question

q.yaml

| Layer | Type | Output shape | Parameters | Count | Time steps |
| --- | --- | --- | --- | --: | --- |
| input | Input | (batch, T, n) |  |  | T steps, on axis 1 |
| lstm | LSTM | (batch, T, n) | 4×n×(2×n+1) | 544 | step t has seen steps 0…t |
| dense | Dense | (batch, T, n) | n×(n+1) | 72 | every step: one n×n kernel, shared by all T steps |

- Names: T = 10, n = 8; batch = any number; t = output step, from 0
- Total: n×(9×n+5) = 616 parameters, all trainable; 2,464 bytes (2.4 KiB)
- Target y: (batch, T, n) = (batch, 10, 8): a target for each of the T steps
- Causal: yes: no output step depends on a later input step

confirmed by Keras 3.15.1 on TensorFlow 2.21.0: 2 layers, shapes and counts
"""

LATEX = r"""% Text is UTF-8: \input it into a document that has \usepackage{longtable}.
\begingroup\sloppy\raggedright
\subsection*{question}
\noindent q.yaml

{\footnotesize\setlength{\tabcolsep}{4pt}
\begin{longtable}[l]{@{}lllr@{}}
\hline
Layer & Output shape & Parameters & Count \tabularnewline
\hline\endhead
input & (batch, T, n) &  &  \tabularnewline
lstm & (batch, T, n) & \(4\times n\times (2\times n+1)\) & 544 \tabularnewline
time\_distributed & (batch, T, n) & \(n\times (n+1)\) & 72 \tabularnewline
\hspace*{1em}dense & (batch, n) & \(n\times (n+1)\) & 72 \tabularnewline
\hline
\end{longtable}}
\noindent Indented layers are parts of the line above, counted in it.
"""
"""But for where lines may be broken."""

BREAK = "\\allowbreak{}"

HTML_ROWS = """\
<tr><td class="name">time_distributed</td><td>(batch, T, n)</td><td class="right">72</td></tr>
<tr><td class="name" style="padding-left: 2.3em">dense</td><td>(batch, n)</td>\
<td class="right">72</td></tr>
</tbody>
</table></div>
<p>Indented layers are parts of the line above, counted in it.</p>
"""


def test_csv(question: Report) -> None:
    assert csv.render([question]) == CSV


def test_markdown(question: Report) -> None:
    assert described(question, kind="markdown") == MARKDOWN


def test_latex(wrapped: Report) -> None:
    text = described(wrapped, kind="latex", columns=("name", "shape", "formula", "params"))
    assert text.replace(BREAK, "").startswith(LATEX)
    assert "\\item[{Target y}] (batch, T, n) = (batch, 10, 8): a target" in text.replace(BREAK, "")


def test_html(wrapped: Report) -> None:
    assert HTML_ROWS in described(wrapped, kind="html", columns=("name", "shape", "params"))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_csv_is_read_back_and_runs_nothing(question: Report, name: str) -> None:
    text = csv.render([named(question, name)], columns=("name", "params", "type"))
    assert is_harmless(text.replace("\r\n", "\n"))
    records = list(standard_csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [len(record) for record in records] == [3, 3, 3]
    cell, params, kind = records[2]
    assert cell == kind
    assert params == "72"
    assert cell.removeprefix("'") == visible(name)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_markdown_shows_a_name_as_text(question: Report, name: str) -> None:
    text = described(named(question, name), kind="markdown", columns=("name", "type", "time"))
    assert is_harmless(text)
    parser = MarkdownIt("commonmark", {"linkify": True, "html": True}).enable(["table"])
    page = _Page(parser.render(text))
    assert page.tags <= {"h1", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "span"}
    rows = [row for row in page.rows if row]
    assert [len(row) for row in rows] == [3] * 4
    shown = " ".join(visible(name).split())
    assert rows[3] == [shown, shown, f"step t reads step t of {shown} and all steps of b"]


def test_the_colon_behind_a_label_makes_no_emoji_of_it() -> None:
    text = render([Document("", (Pairs((("error::pwned", inline("step t")),)),))], "markdown")
    assert complaint("markdown", text) == ""
    assert "error::pwned: step t" in re.sub("<.*?>", "", MarkdownIt("commonmark").render(text))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_html_shows_a_name_as_text(question: Report, name: str) -> None:
    for encoding in ("utf-8", "ascii"):
        text = described(
            named(question, name),
            kind="html",
            columns=("name", "type", "time"),
            screen=Screen(encoding=encoding),
        )
        assert is_harmless(text)
        text.encode(encoding)
        page = _Page(text)
        assert page.attributes <= {"lang", "charset", "name", "content", "http-equiv", "class"}
        assert "script" not in page.tags
        assert "img" not in page.tags
        rows = [row for row in page.rows if row]
        shown = " ".join(visible(name).split())
        assert rows[3] == [shown, shown, f"step t reads step t of {shown} and all steps of b"]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_latex_shows_a_name_as_text(question: Report, name: str) -> None:
    text = described(named(question, name), kind="latex", columns=("name", "type"))
    assert is_harmless(text)
    known = (
        r"\\(subsection\*|begin|end|hline|item|input it|ensuremath|times|ldots|textbackslash"
        r"|textasciitilde|textasciicircum|textless|textgreater|textbar|textasciigrave|hspace\*"
        r"|allowbreak|noindent|tabularnewline|raggedright|raggedleft|linewidth|dimexpr|relax"
        r"|begingroup|endgroup|sloppy|par|footnotesize|setlength|tabcolsep|endhead"
        r"|ifdefined|Umathcode|else|fi|[{}$&#_%\\()])"
    )
    body = text.partition("\n")[2]
    assert "\\" not in re.sub(known, "", body)
    lines = body.splitlines()
    start = lines.index("\\hline\\endhead")
    ours = next(line for line in lines[start:] if " & " in line and "LSTM" not in line)
    assert re.sub(r"\\&", "", ours).count("&") == 1
    assert body.count("{") - body.count("\\{") == body.count("}") - body.count("\\}")


def test_what_an_encoding_lacks_stays_readable(question: Report) -> None:
    report = named(question, "漢")
    assert "&#28450;" in described(report, kind="html", screen=Screen(encoding="ascii"))
    assert "&#28450;" in described(report, kind="markdown", screen=Screen(encoding="ascii"))
    assert "U+6F22" in described(report, kind="latex", screen=Screen(encoding="ascii"))
    assert "\\u6f22" in csv.render([report], encoding="ascii")
    assert "4*n*(2*n+1)" in csv.render([report], encoding="ascii")


def test_several_reports_are_several_tables_and_one_csv(question: Report) -> None:
    assert csv.render([question, question]).count("name,type") == 1
    assert described(question, question, kind="markdown").count("# question") == 2
    page = described(question, question, kind="html")
    assert page.count("<section>") == 2
    assert page.count("<title>question</title>") == 1


class _Page(HTMLParser):
    """The tags, attributes and table rows of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.inside = False
            self.rows[-1][-1] = " ".join(self.rows[-1][-1].split())

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data
