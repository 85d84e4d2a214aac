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
            return _Page(
                MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
            ).complaint
    return ""


class _Page(HTMLParser):
    """A page, of which it is said what it would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.complaint = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        active = [name for name, _ in attrs if name.startswith("on") or name in ("href", "src")]
        if tag in ACTIVE or active:
            self.complaint = f"has <{tag} {' '.join(active)}>"
