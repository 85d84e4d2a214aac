"""`seqinspect.lock`: what every spec of a project makes, so that a change of it is seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.model.json_text import json_text
from seqinspect.readers.source.files import read_text_file
from seqinspect.readers.source.limits import truncate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOCK_NAME = "seqinspect.lock"
SCHEMA = "seqinspect.lock/2"

OLDER = ("seqinspect.lock/1",)
"""Versions that lack what a change is told by: arguments, calls, shared layers, masks."""

LockEntry = dict[str, Any]


def render(entries: Mapping[str, LockEntry]) -> str:
    """Return the text of a lock: sorted by path, a fact a line, a layer a line."""
    models = []
    for path, model in sorted(entries.items()):
        lines = []
        for key, value in model.items():
            if key == "layers" and value:
                layers = ",\n".join(
                    f"        {json_text(k)}: {json_text(v)}" for k, v in value.items()
                )
                lines.append(f'      "layers": {{\n{layers}\n      }}')
            else:
                lines.append(f"      {json_text(key)}: {json_text(value)}")
        body = ",\n".join(lines)
        models.append(f"    {json_text(path)}: {{\n{body}\n    }}")
    joined = ",\n".join(models)
    inner = f"{{\n{joined}\n  }}" if models else "{}"
    return f'{{\n  "schema": {json_text(SCHEMA)},\n  "models": {inner}\n}}\n'


def read_lock(path: Path, file: str) -> dict[str, LockEntry] | None:
    """Read a lock that errors call `file`; None where there is none. Raises SpecError."""
    try:
        text = read_text_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        _refuse("the lock cannot be read: it is not UTF-8", file, 1)
    except (OSError, ValueError) as error:  # ValueError: the name holds NUL
        reason = getattr(error, "strerror", None) or str(error)
        _refuse(f"the lock cannot be read: {reason}", file, 1)
    return parse_lock(text, file)


def parse_lock(text: str, file: str) -> dict[str, LockEntry]:
    """Return what the text of a lock says of every spec. Raises SpecError where it is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        _refuse("the lock is no JSON", file, line)
    if isinstance(data, dict) and data.get("schema") in OLDER:
        _refuse("an earlier seqinspect made this lock, without arguments and calls", file, 1)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        _refuse(f"this is no lock of version {SCHEMA}", file, 1)
    models = data.get("models")
    if not isinstance(models, dict) or not all(isinstance(each, dict) for each in models.values()):
        _refuse("the lock names no models", file, 1)
    for path, model in models.items():
        layers = model.get("layers")
        rows = layers.values() if isinstance(layers, dict) else (None,)
        if not all(isinstance(row, dict) for row in rows):
            lines = enumerate(text.splitlines(), 1)
            line = next((number for number, each in lines if json_text(path) in each), 1)
            _refuse(f"the model of {truncate(path)} has no table of layers", file, line)
    return models


def _refuse(what: str, file: str, line: int) -> NoReturn:
    raise SpecError(
        Problem(
            what, remedy="create it again: seqinspect lock PATH…", place=Place(file, line, 1),
            about="lock",
        )
    )  # fmt: skip
