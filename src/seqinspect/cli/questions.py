"""The questions that people really ask: their list, and an answer with what its commands print."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.cli.failures import INTERRUPTED
from seqinspect.cli.run import run
from seqinspect.explain.questions import COMMAND, SPEC, Question, question, questions
from seqinspect.output.layout import wrap
from seqinspect.output.screen import screen_of
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 80
MARGIN = "    "


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer: a paragraph, a spec by its file name, or a command with its output."""

    kind: str
    text: str
    output: str = ""
    code: int = 0


def listing(kind: str) -> str:
    """Return the list of all questions."""
    found = questions()
    if kind == "json":
        data = [{"number": each.number, "question": each.title} for each in found]
        return json.dumps(data, indent=1) + "\n"
    if kind == "markdown":
        return "".join(f"{q.number}. [{q.title}]({q.name}.md)\n" for q in found)
    lines = [f"{each.number:>3}  {each.title}\n" for each in found]
    last = "\nOne of them, with a spec and its real output: seqinspect explain --question N\n"
    return encodable("".join(lines) + last, screen_of(sys.stdout).encoding)


def answer(number: int, kind: str) -> tuple[int, str]:
    """Return an exit code and the answer to a question; its commands are really run."""
    asked = question(number)
    screen = screen_of(sys.stdout)
    width = min(screen.width or WIDTH, 100) if kind == "text" else WIDTH
    pieces = list(_pieces(asked, width))
    if any(piece.code == INTERRUPTED for piece in pieces):
        return INTERRUPTED, ""
    if kind == "json":
        return 0, _json(asked, pieces)
    if kind == "markdown":
        return 0, "\n".join(_markdown(asked, pieces))
    return 0, encodable("\n".join(_text(asked, pieces, width)) + "\n", screen.encoding)


def _pieces(asked: Question, width: int) -> Iterator[Piece]:
    with _folder(asked):
        for block in asked.text.split("\n\n"):
            if block.startswith(SPEC):
                name = block.removeprefix(SPEC).strip()
                yield Piece("spec", name, asked.specs[name])
            elif block.startswith(COMMAND):
                yield _ran(block, width)
            else:
                yield Piece("text", block)


@contextlib.contextmanager
def _folder(asked: Question) -> Iterator[None]:
    """Go to a folder with the specs of a question, so that its commands name them as they stand."""
    before = os.getcwd()  # noqa: PTH109 - nothing else is done with it
    with tempfile.TemporaryDirectory() as folder:
        for name, text in asked.specs.items():
            Path(folder, name).write_text(text, "utf-8", newline="\n")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _ran(command: str, width: int) -> Piece:
    """Run a command in this process, as it would run by itself, and keep what it prints."""
    stdout, stderr = sys.stdout, sys.stderr
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)
    kept = {name: os.environ.pop(name, None) for name in ("COLUMNS", "FORCE_COLOR")}
    os.environ["COLUMNS"] = str(width)
    sys.stdout = sys.stderr = printed
    try:
        code = run(shlex.split(command)[2:])
    finally:
        sys.stdout, sys.stderr = stdout, stderr
        os.environ.pop("COLUMNS")
        os.environ.update({name: value for name, value in kept.items() if value is not None})
    printed.seek(0)
    return Piece("command", command.removeprefix("$ "), printed.read(), code)


def _text(asked: Question, pieces: list[Piece], width: int) -> Iterator[str]:
    yield f"{asked.number}. {asked.title}"
    for piece in pieces:
        yield ""
        if piece.kind == "text":
            yield from wrap(piece.text.replace("\n", " ").replace("`", ""), width)
        elif piece.kind == "spec":
            yield f"{piece.text}:"
            yield from (f"{MARGIN}{line}" for line in piece.output.splitlines())
        else:
            yield f"$ {piece.text}"
            yield from piece.output.splitlines()


def _markdown(asked: Question, pieces: list[Piece]) -> Iterator[str]:
    yield f"# {asked.number}. {asked.title}"
    yield ""
    for piece in pieces:
        if piece.kind == "text":
            yield piece.text
        elif piece.kind == "spec":
            yield f"[`{piece.text}`]({piece.text}):"
            yield ""
            yield f"```yaml\n{piece.output.rstrip()}\n```"
        else:
            yield f"```console\n$ {piece.text}\n{piece.output.rstrip()}\n```"
        yield ""


def _json(asked: Question, pieces: list[Piece]) -> str:
    data = {
        "number": asked.number,
        "question": asked.title,
        "answer": [piece.text.replace("\n", " ") for piece in pieces if piece.kind == "text"],
        "specs": asked.specs,
        "commands": [
            {"command": piece.text, "output": piece.output, "code": piece.code}
            for piece in pieces
            if piece.kind == "command"
        ],
    }
    return json.dumps(data, indent=1) + "\n"
