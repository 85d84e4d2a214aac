"""The questions that people really ask: their list, and an answer with what its commands print."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.cli.failures import INTERRUPTED
from seqinspect.cli.run import run
from seqinspect.explain.questions import COMMAND, SPEC, Question, question, questions
from seqinspect.model.json_text import json_escape, json_text
from seqinspect.output.explanation.question import Piece, answer, listing
from seqinspect.output.renderers import render
from seqinspect.output.screen import PROSE, Screen, for_prose
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterator


def listed(kind: str, screen: Screen) -> str:
    """Return the list of all questions."""
    all_questions = questions()
    if kind == "json":
        data = [{"number": each.number, "question": each.title} for each in all_questions]
        return encodable(json_text(data, indent=1) + "\n", screen.encoding, json_escape)
    return render([listing(all_questions)], kind, screen=screen)


def answered(number: int, kind: str, screen: Screen) -> tuple[int, str]:
    """Return an exit code and the answer to a question; its commands are really run."""
    asked = question(number)
    screen = for_prose(screen)
    width = screen.width if kind == "text" else PROSE
    pieces = list(_answer_parts(asked, width or PROSE))
    if any(piece.code == INTERRUPTED for piece in pieces):
        return INTERRUPTED, ""
    if kind == "json":
        return 0, encodable(_json(asked, pieces), screen.encoding, json_escape)
    return 0, render([answer(asked, pieces)], kind, screen=screen)


def _answer_parts(asked: Question, width: int) -> Iterator[Piece]:
    with _question_folder(asked):
        for block in asked.text.split("\n\n"):
            if block.startswith(SPEC):
                name = block.removeprefix(SPEC).strip()
                yield Piece("spec", name, asked.specs[name])
            elif block.startswith(COMMAND):
                yield _run_command(block, width)
            else:
                yield Piece("text", block)


@contextlib.contextmanager
def _question_folder(asked: Question) -> Iterator[None]:
    """Go to a folder with the specs of a question, so that its commands name them as they stand."""
    previous = os.getcwd()  # noqa: PTH109 - nothing else is done with it
    with tempfile.TemporaryDirectory() as folder:
        for name, text in asked.specs.items():
            Path(folder, name).write_text(text, "utf-8", newline="\n")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(previous)


def _run_command(command: str, width: int) -> Piece:
    """Run a command in this process, as it would run by itself, and keep what it prints."""
    stdout, stderr = sys.stdout, sys.stderr
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)
    environment = {name: os.environ.pop(name, None) for name in ("COLUMNS", "FORCE_COLOR")}
    os.environ["COLUMNS"] = str(width)
    sys.stdout = sys.stderr = printed
    try:
        code = run(shlex.split(command)[2:])
    finally:
        sys.stdout, sys.stderr = stdout, stderr
        os.environ.pop("COLUMNS")
        os.environ.update({name: value for name, value in environment.items() if value is not None})
    printed.seek(0)
    return Piece("command", command.removeprefix("$ "), printed.read(), code)


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
    return json_text(data, indent=1) + "\n"
