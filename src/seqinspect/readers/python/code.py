"""Bytes of a script, a notebook or a document → one syntax tree whose lines know where they stand.

Code of Python 2, notebook commands and lines that cannot be parsed are passed over: a line that is
no Python costs itself, not the file.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import tokenize
import warnings
from functools import cached_property
from textwrap import dedent
from typing import TYPE_CHECKING

from seqinspect.errors import Place, Problem, SpecError, excerpt
from seqinspect.model.tree import Document, Source, Tree
from seqinspect.readers.source.limits import raise_remedy
from seqinspect.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.readers.found import CodeSource
    from seqinspect.readers.source.limits import Limits

FENCE = re.compile(r"^(\s*)(```+|~~~+)\s*\{?\.?(\w*)")
PYTHON_FENCES = frozenset({"", "python", "py", "python3", "python2", "ipython", "pycon", "text"})
PROMPT = re.compile(r"^\s*(>>>|\.\.\.|In \[\d*\]:) ?")
STATEMENT = re.compile(r"^(\s*)(print|exec)\b(?!\s*[(=.\[])")
MAGIC = re.compile(r"^(\s*)([%!?]|\w+\?{1,2}\s*$|(?:\w+\s*=\s*)[%!])")
HANDLER = re.compile(r"^(\s*except\b[^:,(]*),\s*\w+\s*:")
RAISE = re.compile(r"^(\s*)raise\s+[\w.]+\s*,")
OCTAL = re.compile(r"(?<![\w.])0+([1-7][0-7]*)[lL]?\b(?!\.)")
LONG = re.compile(r"(?<![\w.])(\d+)[lL]\b")

MOST_LINES = 20_000
MOST_CHARACTERS = 1_000_000
"""No file has more code, with the modules that it imports."""

ENCODINGS = re.compile(
    r"(?:utf|latin|iso|cp|windows|koi8|gb|big5|euc|shift|ascii|us-ascii|mac)[\w-]*", re.IGNORECASE
)
"""What a cookie may name: the encodings of text."""

MOST_REPAIRS = 300
"""So many lines that are no Python are passed over in one file."""


@dataclass
class Code:
    """The joined source: its syntax tree, its lines, and where each line stands.

    `origin` gives for each line the file (in a notebook with its cell) and the line there;
    `skipped` are the lines that were passed over since they are no Python, by number. `path` is the
    real path of the source, empty where it is no file: modules beside it are joined when they are
    imported.
    `python2`: it has statements that only Python 2 has.
    """

    file: str
    tree: ast.Module
    lines: list[str]
    origin: list[tuple[str, int]]
    skipped: Mapping[int, str] = field(default_factory=dict)
    path: str = ""
    python2: bool = False
    bodies: dict[str, list[ast.stmt]] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The real path of the folder that the source is in; empty where it is no file."""
        return os.path.dirname(self.path)  # noqa: PTH120 - text, as it is compared

    def place(self, line: int, column: int) -> Place:
        """Return where a position of the joined source stands: in a notebook, in its cell."""
        file, number = self.origin[line - 1] if 0 < line <= len(self.origin) else (self.file, line)
        return Place(file, number, column)

    def line(self, line: int, column: int = 1) -> str:
        """Return a line of the joined source as an error shows it."""
        return excerpt(self.lines[line - 1], column) if 0 < line <= len(self.lines) else ""

    @cached_property
    def numbers(self) -> dict[tuple[str, int], int]:
        """The lines of the joined source by where they stand."""
        return {origin: number for number, origin in enumerate(self.origin)}

    def line_at(self, place: Place) -> str:
        """Return the line at a place; empty where there is none."""
        number = self.numbers.get((place.file, place.line))
        return self.lines[number] if number is not None else ""

    def column(self, node: ast.AST) -> int:
        """Return the column of a node, in characters from 1 (the parser counts bytes)."""
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return 1 + (
            offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))
        )

    def module(self, path: str) -> list[ast.stmt]:
        """Join a module beside the source to it, once; return its statements.

        Raises OSError and SpecError where it cannot be read, or where both are too large together.
        """
        if path not in self.bodies:
            self.bodies[path] = []  # one that cannot be read is not tried again
            with open(path, "rb") as opened:  # noqa: PTH123 - likewise
                text = _decoded(opened.read(MOST_CHARACTERS + 1), "python", path)
            within = os.path.relpath(path, self.folder)
            file = os.path.join(os.path.dirname(self.file), within)  # noqa: PTH118, PTH120 - likewise
            lines = text.split("\n")
            _check_size([*self.lines, *lines], self.file)
            lines = list(map(_readable, lines))
            tree, _ = _parsed(lines, file)
            self.bodies[path] = ast.increment_lineno(tree, len(self.lines)).body
            self.lines += lines
            self.origin += [(file, number) for number in range(1, len(lines) + 1)]
            vars(self).pop("numbers", None)
        return self.bodies[path]


def read_code(source: CodeSource, limits: Limits) -> Code:
    """Parse a script (`python`), a notebook or a document with code (`markdown`).

    Raises SpecError where nothing of it is Python, or where a limit is hit.
    """
    data, kind, file, path = source
    if len(data) > limits.size:
        raise _limit(
            file, f"{len(data):,} bytes", f"at most {limits.size:,} bytes (the limit `size`)"
        )
    text = _decoded(data, kind, file)
    if kind == "notebook":
        lines, origin = _cells(text, file)
    elif kind == "markdown":
        lines, origin = _fences(text, file)
    else:
        lines = text.split("\n")
        origin = [(file, number) for number in range(1, len(lines) + 1)]
        first = next((line for line in lines if line.strip()), "")
        if first[:1].isspace():
            lines = dedent(text).split("\n")
    _check_size(lines, file)
    python2 = any(map(STATEMENT.match, lines))
    lines = list(map(_readable, lines))
    tree, skipped = _parsed(lines, file)
    return Code(file, tree, lines, origin, skipped, path, python2)


def _check_size(lines: list[str], file: str) -> None:
    """Refuse code that is too large: the syntax tree of a line takes a hundred times its room."""
    if len(lines) > MOST_LINES:
        raise _limit(file, f"{len(lines):,} lines", f"at most {MOST_LINES:,} lines")
    if sum(map(len, lines)) > MOST_CHARACTERS:
        raise _limit(file, "too many characters", f"at most {MOST_CHARACTERS:,} characters")


def _readable(line: str) -> str:
    return _as_python3(PROMPT.sub("", line) if PROMPT.match(line) else line)


def _decoded(data: bytes, kind: str, file: str) -> str:
    """Return the text; a script may name its encoding in a cookie."""
    encoding = "utf-8"
    if kind == "python":
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data[:1000]).readline)
        except (SyntaxError, UnicodeDecodeError):
            encoding = "utf-8"
    if not ENCODINGS.fullmatch(encoding):
        encoding = "utf-8"
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except (ValueError, LookupError):
        text = data.decode("latin-1")
    if "\0" in text:
        raise SpecError(
            Problem(
                "the file is not text",
                received="NUL characters",
                expected="Python source",
                place=Place(file, 1 + text[: text.index("\0")].count("\n"), 1),
                about="encoding",
            )
        )
    return text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(8)


def _cells(text: str, file: str) -> tuple[list[str], list[tuple[str, int]]]:
    """Return the code cells of a notebook, one after another."""
    try:
        book = json.loads(text)
    except (ValueError, RecursionError):
        book = None
    cells = book.get("cells") if isinstance(book, dict) else None
    if isinstance(book, dict) and cells is None:  # version 3
        sheets = book.get("worksheets")
        sheet = sheets[0] if isinstance(sheets, list) and sheets else None
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
    if not isinstance(cells, list):
        raise SpecError(
            Problem(
                "this is no notebook",
                expected="JSON with `cells`, as Jupyter writes it",
                place=Place(file, 1, 1),
                about="root",
            )
        )
    lines: list[str] = []
    origin: list[tuple[str, int]] = []
    number = 0
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        number += 1
        source = cell.get("source", cell.get("input", ""))
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if source.lstrip().startswith("%%") and not source.lstrip().startswith(
            ("%%time", "%%capture")
        ):
            continue
        own = source.replace("\r\n", "\n").expandtabs(8).split("\n")
        lines += own
        origin += [(f"{file}:cell {number}", at) for at in range(1, len(own) + 1)]
    return lines, origin


def _fences(text: str, file: str) -> tuple[list[str], list[tuple[str, int]]]:
    """Return the fenced Python code of a document; other lines are empty."""
    lines = text.split("\n")
    found = [""] * len(lines)
    fence, start, python, margin = "", 0, False, ""
    for number, line in enumerate([*lines, "```"]):
        match = FENCE.match(line)
        if match and not fence:
            fence, start, margin = match[2][:3], number + 1, match[1]
            python = match[3].lower() in PYTHON_FENCES
        elif match and fence == match[2][:3] and not match[3]:
            block = [each.removeprefix(margin) for each in lines[start:number]]
            if python and _is_python(block):
                found[start:number] = block
            fence = ""
    if not any(FENCE.match(line) for line in lines):
        indented = [line if line.startswith("    ") else "" for line in lines]
        found = dedent("\n".join(indented)).split("\n")
        found = found if any(line.strip() for line in found) else lines
    return found, [(file, number) for number in range(1, len(lines) + 1)]


def _is_python(block: list[str]) -> bool:
    """Tell whether lines are Python, or so nearly that something of Keras can be read."""
    text = dedent("\n".join(map(_as_python3, block)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return bool(
            re.search(r"^[ \t]*(from \S+ import|import \w|\w+\.add\(|\w+ = \w+\()", text, re.M)
        )
    return True


def _as_python3(line: str) -> str:
    """Return a line of Python 2 or of a notebook as Python 3, its code where it was."""
    if MAGIC.match(line) or STATEMENT.match(line):
        return " " * (len(line) - len(line.lstrip())) + "pass"
    if "except" in line:
        line = HANDLER.sub(r"\1:", line)
    if "raise" in line and RAISE.match(line):
        return " " * (len(line) - len(line.lstrip())) + "raise"
    if "<>" in line and '"' not in line and "'" not in line:
        line = line.replace("<>", "!=")
    return line


def _parsed(lines: list[str], file: str) -> tuple[ast.Module, dict[int, str]]:
    """Parse the lines; those that are no Python become `pass`, and are returned."""
    skipped: dict[int, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(MOST_REPAIRS):
            try:
                return ast.parse("\n".join(lines)), skipped
            except SyntaxError as error:
                wrong = min(max(error.lineno or 1, 1), len(lines))
                if not _repair(lines, wrong, skipped, str(error.msg)):
                    raise _no_python(file, wrong, lines, str(error.msg)) from None
            except (RecursionError, MemoryError):
                raise _limit(file, "code that is nested too deeply", "fewer levels") from None
            except ValueError as error:
                raise _no_python(file, 1, lines, str(error)) from None
    raise _no_python(file, next(iter(skipped), 1), lines, "too many lines are no Python")


def _repair(lines: list[str], wrong: int, skipped: dict[int, str], message: str) -> bool:
    """Pass over what stands at a line that cannot be parsed; tell whether there is something."""
    old = lines[wrong - 1]
    changed = LONG.sub(r"\1", OCTAL.sub(r"0o\1", old))
    if changed != old:
        lines[wrong - 1] = changed
        return True
    if "expected an indented block" in message:
        before = next((at for at in range(wrong - 2, -1, -1) if lines[at].strip()), -1)
        if before >= 0 and lines[before].rstrip().endswith(":"):
            lines[before] = f"{lines[before].rstrip()} pass"
            return True
    if "unindent" in message or "unexpected indent" in message:
        before = next((at for at in range(wrong - 2, -1, -1) if lines[at].strip()), -1)
        margin = len(lines[before]) - len(lines[before].lstrip()) if before >= 0 else 0
        text = old.lstrip()
        if old.strip() and " " * margin + text != old:
            lines[wrong - 1] = " " * margin + text
            skipped.setdefault(wrong, old)
            return True
    at = wrong
    while at > 0 and lines[at - 1].strip() in ("", "pass"):
        at -= 1
    if at == 0:
        return False
    margin = len(lines[at - 1]) - len(lines[at - 1].lstrip())
    skipped.setdefault(at, lines[at - 1])
    lines[at - 1] = " " * margin + "pass"
    if "was never closed" in message:  # the lines that belonged to it cannot stand alone
        for after in range(at, len(lines)):
            inner = len(lines[after]) - len(lines[after].lstrip())
            if (
                lines[after].strip()
                and inner <= margin
                and not lines[after].lstrip().startswith((")", "]", "}"))
            ):
                break
            lines[after] = ""
    return True


def _no_python(file: str, line: int, lines: list[str], why: str) -> SpecError:
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return SpecError(
        Problem(
            "this is not Python code that can be read",
            received=why,
            expected="Python source that builds a Keras model",
            place=Place(file, line, 1),
            line=excerpt(text, 1),
            about="syntax",
        )
    )


def _limit(file: str, received: str, expected: str) -> SpecError:
    return SpecError(
        Problem(
            "the code is too large to be read",
            received=received,
            expected=expected,
            remedy=raise_remedy("size") if "`size`" in expected else "",
            place=Place(file, 1, 1),
            about="limit",
        )
    )


class CodeDocument(Document):
    """The source behind the trees that are made of code: it knows cells of notebooks."""

    __slots__ = ("code",)

    def __init__(self, root: Tree, code: Code) -> None:
        super().__init__(root, Source("\n".join(code.lines), code.file))
        self.code = code

    def place(self, node: Tree) -> Place:
        """Say where a value stands."""
        return self.code.place(node.line, node.column)

    def line_at(self, place: Place) -> str:
        """Return the line of the source at a place; empty where there is none."""
        return self.code.line_at(place)

    def excerpt(self, place: Place) -> str:
        """Return the line at a place, cut to what an error can show."""
        return excerpt(self.code.line_at(place), place.column)
