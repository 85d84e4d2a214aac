"""Where the bytes of a spec come from: a file or standard input."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import NoReturn

from seqinspect.errors import Problem, SpecError
from seqinspect.spec.limits import Limits, shown
from seqinspect.spec.names import nearest

STANDARD_INPUT = "-"
STANDARD_INPUT_NAME = "<stdin>"


def load(source: str | Path, limits: Limits) -> bytes:
    """Return the bytes of a file or of standard input (`-`), at most one more than the limit.

    Only ordinary files are opened: a device or a named pipe could wait or write forever.
    """
    name = str(source)
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(limits.size + 1)
    if not name:
        _refuse("the name of the file is empty", "give a path, or - for standard input")
    path = Path(source)
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            _refuse(f"{name} is a directory", "name a file in it")
        if not stat.S_ISREG(kind):
            _refuse(f"{name} is not an ordinary file", "use - to read from a pipe")
        with path.open("rb") as file:
            return file.read(limits.size + 1)
    except (FileNotFoundError, NotADirectoryError):
        near = nearest(path.name, _neighbours(path))
        remedy = f"did you mean {path.with_name(near)}?" if near else "check the path"
        _refuse(f"{name} does not exist", remedy)
    except PermissionError:
        _refuse(f"{name} cannot be read: permission denied", "check who may read it")
    except (OSError, ValueError) as error:  # ValueError: the name holds NUL or half a character
        reason = getattr(error, "strerror", None) or str(error)
        _refuse(f"{name} cannot be read: {reason}", "check the path")


def source_name(source: str | Path) -> str:
    """Return what errors and reports call a source."""
    return STANDARD_INPUT_NAME if str(source) == STANDARD_INPUT else str(source)


def default_model_name(source: str) -> str:
    """Return the name of a model that its spec does not name: that of the file."""
    stem = Path(source).name.split(".")[0].strip()
    usable = stem.isprintable() and source != STANDARD_INPUT_NAME
    return stem if stem and usable else "model"


def _neighbours(path: Path) -> list[str]:
    """Return the names of the other files in a folder, as far as it can be read."""
    try:
        return sorted(entry.name for entry in path.parent.iterdir())
    except (OSError, ValueError):
        return []


def _refuse(what: str, remedy: str) -> NoReturn:
    raise SpecError(Problem(shown(what, 300), remedy=remedy, about="file"))
