"""What output of the command must never hold, whatever a spec says; a judge for each format."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Sequence

HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
COMMAND = re.compile(r"\s*(::|##\w*\[)")
GITHUB = re.compile(r"::(error|warning|notice) file=[^:,]*(,\w+=[^:,]*)*::([^%]|%25|%0D|%0A)*")
ACTIVE = set("a base embed form iframe img input link object script svg textarea".split())
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def complaint(kind: str, text: str) -> str:
    """Say what harm a text of a format could do, or how it is no text of that format; "" if none.

    `kind` is a format of `describe` or of `check`; anything else is text for a terminal.
    """
    found = HARMFUL.search(text.replace("\r\n", "\n") if kind == "csv" else text)
    if found:
        return f"holds {found[0]!a}"
    for line in text.splitlines():
        if COMMAND.match(line) and not (kind == "github" and GITHUB.fullmatch(line)):
            return f"is a command to the machine that runs it: {line}"
    try:
        return _ill_formed(kind, text)
    except (ValueError, ElementTree.ParseError, csv.Error) as error:
        return f"is no {kind}: {error}"


def _ill_formed(kind: str, text: str) -> str:
    match kind:
        case "json" | "sarif" | "gitlab":
            json.loads(text)
        case "jsonl":
            for line in text.splitlines():
                json.loads(line)
        case "junit":
            ElementTree.fromstring(text.encode())
        case "csv":
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
            if len({len(row) for row in rows}) > 1:
                return "has rows of different lengths"
            cells = [cell for row in rows for cell in row if cell.lstrip(" ").startswith(FORMULA)]
            return f"has a formula: {cells[0]}" if cells else ""
        case "plain":
            if len({line.count("\t") for line in text.splitlines()}) > 1:
                return "has rows of different lengths"
        case "html":
            return _Page(text).complaint
        case "markdown":
            parser = MarkdownIt("commonmark", {"html": True}).enable("table")
            return _Page(parser.render(text), LIVE).complaint
        case "latex":
            return _latex(text)
    return ""


LIVE = re.compile(
    r"(?<!\w)@\w|\w@\w|(?<!\w)[#!%~]\d|\bGH-\d|:[\w+-]*[a-z][\w+-]*:|\$|://|\bwww\.", re.IGNORECASE
)
"""What GitHub, GitLab or a notebook make more of, where it stands in one piece of text."""


class _Page(HTMLParser):
    """A page, of which it is said what it would load or run, or make live of a text."""

    def __init__(self, text: str, live: re.Pattern[str] | None = None) -> None:
        super().__init__()
        self.complaint = ""
        self.live = live
        self.code = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.code += tag in ("code", "pre", "span")
        active = [name for name, _ in attrs if name.startswith("on") or name in ("href", "src")]
        if tag in ACTIVE or active:
            self.complaint = f"has <{tag} {' '.join(active)}>"

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag in ("code", "pre", "span")

    def handle_data(self, data: str) -> None:
        found = self.live.search(data) if self.live is not None and not self.code else None
        if found:
            self.complaint = f"has a live {found[0]} in {data!r}"


COMMANDS = set(
    "subsection subsubsection paragraph subparagraph begin end hline item input noindent"
    " raggedright tabularnewline linewidth hspace allowbreak ensuremath times cdot lceil rceil"
    " lfloor rfloor leq geq rightarrow leftarrow div ldots textbackslash textasciitilde"
    " textasciicircum textless"
    " textgreater textbar textasciigrave textbf texttt emph mbox makebox ttfamily rmfamily small"
    " footnotesize scriptsize tiny begingroup endgroup sloppy par raggedleft dimexpr relax"
    " setlength tabcolsep endhead mathit max min ifdefined Umathcode else fi surd pm neq equiv"
    " downarrow vdots bullet Sigma Pi".split()
)
"""The commands of LaTeX that a document is made of."""


def _latex(text: str) -> str:
    body = text.partition("\n")[2]
    unknown = set(re.findall(r"\\([A-Za-z]+)", body)) - COMMANDS
    if unknown:
        return f"has \\{min(unknown)}"
    bare = re.sub(r"\\[^A-Za-z]|\^[\dT]|\^\{\d+\}", "", body)  # an exponent stands in \ensuremath
    if bare.count("{") != bare.count("}"):
        return "has braces that are not closed"
    return "has a sign that means something" if re.search(r"[$#_%^]", bare) else ""
