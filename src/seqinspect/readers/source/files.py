"""Where the bytes of a spec come from: a file or standard input."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from io import BytesIO
from typing import TYPE_CHECKING, NoReturn

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.readers.source.formats import CHECKPOINT, NO_LAYERS, REMEDY, format_of
from seqinspect.readers.source.limits import LIMITS, Limits, raise_remedy, truncate
from seqinspect.readers.source.names import nearest

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

STANDARD_INPUT = "-"
STANDARD_INPUT_NAME = "<stdin>"

ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06")
HDF5 = b"\x89HDF\r\n\x1a\n"
START = 16
"""So many bytes say what a file is."""

HDF5_ENDINGS = (".h5", ".hdf5", ".hdf")
SAVED_MODEL = ("keras_metadata", "saved_model")
"""Files in a SavedModel folder that stand for the whole of it."""

YAML_ENDINGS = (".yaml", ".yml")
CODE_ENDINGS = {".py": "python", ".ipynb": "notebook", ".md": "markdown", ".markdown": "markdown",
                ".rst": "markdown", ".txt": "markdown"}  # fmt: skip
"""Files with Keras code in them, and of what kind they are."""

CODE_KINDS = frozenset(CODE_ENDINGS.values())
CODE_SIGNS = (
    rb"(?m)^[ \t]*(?:(?:from\s+[\w.]+\s+)?import\s+\w|class\s+\w+.*:\s*$|def\s+\w+\(|@\w+"
    rb"|[\w.]+(?:\s*,\s*[\w.]+)*\s*=\s*[\w.]*[A-Z]\w*\(|[\w.]+\.add\s*\(|```)"
)
"""Lines that are Python, or a document with Python in it, and no YAML.

A line begins with spaces, not with other lines: from each of many empty ones all would be read.
It is compiled where it is searched: to start takes less than that.
"""


def read_bytes(source: str | Path, limits: Limits) -> tuple[bytes, str]:
    """Return the text of a file or of standard input (`-`), and its kind.

    The kinds are `yaml`, `json`, and of code `python`, `notebook` and `markdown`.

    At most one byte more than the limit is read. Of an archive or an HDF5 file it is the config.
    Only ordinary files are opened: a device or a named pipe could wait or write forever. Raises
    SpecError where nothing can be read.
    """
    name = str(source)
    if name == STANDARD_INPUT:
        return content_of(standard_input(limits), STANDARD_INPUT_NAME, limits)
    if not name:
        _refuse("the name of the file is empty", "give a path, or - for standard input")
    path, shown = name.rstrip("/") or name, truncate(name, 200)
    # No pathlib: with what it imports, it takes a thirtieth of what a small spec takes.
    stem, ending = os.path.splitext(os.path.basename(path))  # noqa: PTH119, PTH122
    try:
        kind = os.stat(path).st_mode  # noqa: PTH116
        if stat.S_ISDIR(kind):
            return _config_of_folder(path, name, limits), "json"
        if ending.lower() == ".pb" and stem in SAVED_MODEL:
            return _config_of_folder(os.path.dirname(path), name, limits), "json"  # noqa: PTH120
        if not stat.S_ISREG(kind):
            _refuse(f"{shown} is not an ordinary file", "use - to read from a pipe")
        with open(path, "rb") as file:  # noqa: PTH123
            return _content_of_file(file, name, limits)
    except (FileNotFoundError, NotADirectoryError):
        _refuse(f"{shown} does not exist", _remedy_of_missing(name))
    except PermissionError:
        _refuse(f"{shown} cannot be read: permission denied", "check who may read it")
    except (OSError, ValueError) as error:  # ValueError: the name holds NUL or half a character
        reason = getattr(error, "strerror", None) or str(error)
        _refuse(f"{shown} cannot be read: {reason}", "check the path")


def _remedy_of_missing(name: str) -> str:
    from pathlib import Path  # noqa: PLC0415 - only an error needs it

    from seqinspect.rules.index import MODULES  # noqa: PLC0415

    path = Path(name)
    near = nearest(path.name, _neighbours(path))
    if name in MODULES:
        return f"for a class of Keras: seqinspect layers {name}"
    return f"did you mean {path.with_name(near)}?" if near else "check the path"


def standard_input(limits: Limits) -> bytes:
    """Return what is on standard input, and at most one byte more than the limit.

    Raises SpecError where it is closed.
    """
    if sys.stdin is None:
        _refuse("standard input is closed", "name a file, or give it something to read")
    return sys.stdin.buffer.read(limits.size + 1)


def read_text_file(path: Path) -> str:
    """Return the text of a file that stands beside specs, such as settings.

    Raises OSError, also where it is no ordinary file: a named pipe could wait forever.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not an ordinary file")
        data = file.read(LIMITS.size + 1)
    if len(data) > LIMITS.size:
        raise OSError(errno.EFBIG, "it is too large")
    return data.decode("utf-8")


def content_of(data: bytes, name: str, limits: Limits) -> tuple[bytes, str]:
    """Return the text in the bytes of a file, and its kind."""
    return _content_of_file(BytesIO(data), name, limits)


def _content_of_file(file: BinaryIO, name: str, limits: Limits) -> tuple[bytes, str]:
    """Read an open file: what it is decides its content, what it should be its name."""
    ending = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a thousand paths are slow
    start = file.read(START)
    if start.startswith(ARCHIVES) or ending == ".keras":
        if start.startswith(HDF5):
            _refuse(f"{name} is HDF5 and no archive of Keras 3", "call it .h5, as Keras 2 did")
        from seqinspect.readers.source.archive import config_of_archive  # noqa: PLC0415

        return config_of_archive(file, name, limits), "json"
    if start.startswith(HDF5) or ending in HDF5_ENDINGS:
        from seqinspect.readers.source.hdf5 import config_of_hdf5, is_hdf5  # noqa: PLC0415

        if not is_hdf5(file):
            other_format = format_of("", start)
            if other_format:
                _refuse(f"{name} is {other_format}, and {NO_LAYERS}", REMEDY)
            _refuse(f"{name} is no HDF5 file", "check how it was written, or call it by its kind")
        return config_of_hdf5(file, name, limits), "json"
    other_format = format_of(ending, start)
    if other_format:
        _refuse(f"{name} is {other_format}, and {NO_LAYERS}", REMEDY)
    data = start + file.read(max(0, limits.size + 1 - len(start)))
    if ending in CODE_ENDINGS:
        return data, CODE_ENDINGS[ending]
    if ending == ".json":
        return data, "json"
    text = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    looks_like_json = ending not in YAML_ENDINGS and re.match(rb'\{\s*["}]|\[\s*[\[{"\]]', text)
    if looks_like_json:
        return data, "notebook" if b'"nbformat"' in data else "json"
    if ending not in YAML_ENDINGS and re.search(CODE_SIGNS, data[:100_000]):
        return data, "markdown" if b"```" in data else "python"
    return data, "yaml"


def _config_of_folder(path: str, name: str, limits: Limits) -> bytes:
    from pathlib import Path  # noqa: PLC0415 - only a folder needs it

    from seqinspect.readers.source.saved_model import config_of_saved_model, is_saved_model  # noqa: PLC0415

    folder = Path(path)
    if not is_saved_model(folder):
        other_format = format_of(folder.suffix.lower(), b"")
        if (folder / "checkpoint").is_file():
            other_format = CHECKPOINT
        if other_format:
            _refuse(f"{name} is {other_format}, and {NO_LAYERS}", REMEDY)
        _refuse(f"{name} is a directory", "name a file in it")
    return config_of_saved_model(folder, limits)


def check_size(size: int, file: str, limits: Limits) -> None:
    """Refuse a text that has more bytes than the limit."""
    if size > limits.size:
        raise SpecError(
            Problem(
                "the file is too large",
                received=f"{size:,} bytes",
                expected=f"at most {limits.size:,} bytes (the limit `size`)",
                remedy=raise_remedy("size"),
                place=Place(file, 1, 1),
                about="limit",
            )
        )


def source_name(source: str | Path) -> str:
    """Return what errors and reports call a source."""
    return STANDARD_INPUT_NAME if str(source) == STANDARD_INPUT else str(source)


def default_model_name(source: str) -> str:
    """Return the name of a model that its spec does not name: that of the file."""
    stem = os.path.basename(source.rstrip("/")).split(".")[0].strip()  # noqa: PTH119 - likewise
    usable = stem.isprintable() and not source.startswith("<")
    return stem if stem and usable else "model"


def _neighbours(path: Path) -> list[str]:
    """Return the names of the other files in a folder, as far as it can be read."""
    try:
        return sorted(entry.name for entry in path.parent.iterdir())
    except (OSError, ValueError):
        return []


def _refuse(what: str, remedy: str) -> NoReturn:
    raise SpecError(Problem(truncate(what, 300), remedy=remedy, about="file"))
