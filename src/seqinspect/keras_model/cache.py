"""What Keras already confirmed, by content: a model that it agreed with is not built again.

An entry belongs to one digest: of the graph (layer types, arguments, wiring, sizes), of what a
report says of it, and of the versions of seqinspect, Keras and the backend. Comments, file names
and names of sizes are no part of it. An entry says no more than which rows were compared; shapes,
counts and versions are never read from it, so that a forged one cannot change a number.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.compare.row_facts import Fact, facts_of
from seqinspect.keras_model import backends
from seqinspect.model.graph import Graph, Layer, Ref
from seqinspect.model.report import Confirmed, Keras
from seqinspect.records import NamedTuple
from seqinspect.rules.objects import Named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seqinspect.model.report import Report

VARIABLE = "SEQINSPECT_CACHE"
"""The environment variable that names another folder; set to nothing, nothing is kept."""

MAX_ENTRIES = 4096
"""So many entries are kept; then the quarter that was not used for longest goes."""

MAX_ROWS = 100_000
"""A report of more rows is not kept: its entry would be read longer than Keras is waited for."""

HEADER = "seqinspect confirmation 1"
ENTRY = re.compile(r"[0-9a-f]{64}|\.[0-9]+-[0-9a-f]{16}\.tmp")

COMPARED: tuple[Fact, ...] = (
    "path", "depth", "type", "reuses", "shapes", "dtypes", "unknown_shapes", "weights",
)  # fmt: skip
"""The facts of a row that Keras is asked about."""

BOTH = Confirmed(shape=True, params=True)
MARKS = {"0": Confirmed(), "1": BOTH}


class Cache(NamedTuple):
    """A folder of confirmations, and the versions of seqinspect, Keras, its backend, and theirs."""

    folder: Path
    versions: tuple[str, str, str, str]


def find_cache(seqinspect: str, environment: Mapping[str, str] = os.environ) -> Cache | None:
    """Return the cache of this user and of what is installed; None where there can be none.

    None, too, where Keras was imported already by someone else, on whatever backend.
    """
    folder = _folder(environment)
    if folder is None or "keras" in sys.modules:
        return None
    versions = backends.installed(sys.path)
    return None if versions is None else Cache(folder, (seqinspect, *versions))


def recall(cache: Cache, graph: Graph, report: Report) -> Report | None:
    """Return the report with the marks that an earlier comparison gave it, None without one."""
    name = digest(cache, graph, report)
    if name is None:
        return None
    start = f"{HEADER}\n{name}\n"
    text = _read_entry(cache.folder / name, len(start) + len(report.rows) + 1)
    marks = text[len(start) : -1]
    if text != f"{start}{marks}\n" or len(marks) != len(report.rows) or set(marks) - MARKS.keys():
        return None
    rows = zip(report.rows, marks, strict=True)
    if any(mark != "1" for row, mark in rows if row.depth == 0):
        return None
    with contextlib.suppress(OSError):
        os.utime(cache.folder / name)  # the entries that were not used for longest go first
    _, version, backend, backend_version = cache.versions
    return report._replace(
        rows=tuple(
            row._replace(confirmed=MARKS[mark]) if mark == "1" else row
            for row, mark in zip(report.rows, marks, strict=True)
        ),
        keras=Keras("agrees", version, backend, backend_version, cached=True),
    )


def remember(cache: Cache, graph: Graph, report: Report) -> None:
    """Keep what Keras confirmed, if it compared every layer and agrees; silent if it cannot be."""
    keras = report.keras
    # Before Keras is loaded its version is read from a name; what loaded may be something else.
    if (keras.version, keras.backend, keras.backend_version) != cache.versions[1:]:
        return
    if keras.status != "agrees" or keras.reasons or keras.cached or len(report.rows) > MAX_ROWS:
        return
    if any(not (row.confirmed.shape and row.confirmed.params) for row in report.top):
        return
    name = digest(cache, graph, report)
    if name is None:
        return
    marks = "".join("1" if row.confirmed[:2] == BOTH[:2] else "0" for row in report.rows)
    with contextlib.suppress(OSError):
        cache.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(cache.folder, name, f"{HEADER}\n{name}\n{marks}\n")
        _remove_oldest(cache.folder)


def digest(cache: Cache, graph: Graph, report: Report) -> str | None:
    """Return the name of what Keras is asked and of what is compared; None if it has none.

    A class that is not Keras's own has none: what it does is not in the graph.
    """
    if graph.custom:
        return None
    try:
        parts = [repr(cache.versions), *_graph(graph, {}), *_compared(report)]
    except (_Unidentifiable, RecursionError):
        return None
    return hashlib.sha256("\n".join(parts).encode("utf-8", "backslashreplace")).hexdigest()


class _Unidentifiable(Exception):  # noqa: N818 - a state of the graph, no error
    """Something in a graph does not say by itself what Keras makes of it."""


def _graph(graph: Graph, written_layers: dict[int, str]) -> Iterator[str]:
    """Yield everything of a graph that Keras is told."""
    yield f"{'sequential' if graph.sequential else 'functional'} {len(graph.nodes)}"
    for model_input in graph.inputs:
        yield _value((model_input.name, model_input.shape, model_input.dtype), written_layers)
    for node in graph.nodes:
        parts = (node.name, node.layer, node.sources, node.listed, node.reuses, node.call)
        yield _value(parts, written_layers)
    yield _value(graph.outputs, written_layers)


def _value(value: object, written_layers: dict[int, str]) -> str:
    """Write a value so that different ones differ; `written_layers` were written before."""
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, Expr):
        return f"={value.value}" if value.value is not None else f"?{value.text()}"
    if isinstance(value, tuple | list):
        return f"({','.join([_value(item, written_layers) for item in value])})"
    if isinstance(value, Ref):
        return f"@{value.name!r}.{value.output}"
    if isinstance(value, Layer):
        text = written_layers.get(id(value))
        if text is None:
            text = written_layers[id(value)] = _layer(value, written_layers)
        return text
    if isinstance(value, Named):
        return f"named{_value((value.type, value.arguments), written_layers)}"
    if hasattr(value, "items"):
        entries = (f"{key!r}:{_value(item, written_layers)}" for key, item in value.items())
        return f"{{{','.join(entries)}}}"
    raise _Unidentifiable


def _layer(layer: Layer, written_layers: dict[int, str]) -> str:
    if layer.unsupported is not None:
        raise _Unidentifiable
    within = "" if layer.graph is None else "\n".join(_graph(layer.graph, written_layers))
    return f"{layer.type}{_value((layer.name, layer.arguments), written_layers)}[{within}]"


def _compared(report: Report) -> Iterator[str]:
    """Yield everything that is compared with Keras."""
    for row in report.rows:
        yield repr(facts_of(row, *COMPARED))


def _folder(environment: Mapping[str, str]) -> Path | None:
    """Return where confirmations are kept: the user's folder for caches, or the one named."""
    named = environment.get(VARIABLE)
    if named is not None:
        return Path(named) if named and "\0" not in named else None
    base = environment.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117 - text may hold anything
        home = environment.get("HOME", "") if os.name == "posix" else os.path.expanduser("~")  # noqa: PTH111
        if not os.path.isabs(home) or home == "/":  # noqa: PTH117
            return None
        base = str(Path(home, ".cache"))
    return Path(base, "seqinspect")


def _read_entry(path: Path, most: int) -> str:
    """Return an entry's text, "" if it is no regular file of exactly the size that it must have."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        file = os.open(path, flags)
    except (OSError, ValueError):
        return ""
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size != most:
            return ""
        return os.read(file, most).decode("ascii", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)


def _write(folder: Path, name: str, text: str) -> None:
    """Write an entry as a whole or not at all: it gets its name when it is complete."""
    temporary = folder / f".{os.getpid()}-{os.urandom(8).hex()}.tmp"
    try:
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "w", encoding="ascii") as stream:  # noqa: PTH123 - a descriptor
            stream.write(text)
        temporary.replace(folder / name)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _remove_oldest(folder: Path) -> None:
    """Remove the oldest quarter where there are too many entries; nothing but entries."""
    names = [name for name in os.listdir(folder) if ENTRY.fullmatch(name)]  # noqa: PTH208
    if len(names) <= MAX_ENTRIES:
        return
    ages: list[tuple[float, str]] = []
    for name in names:
        with contextlib.suppress(OSError):  # another process may have removed it
            ages.append(((folder / name).lstat().st_mtime, name))
    for _, name in sorted(ages)[: len(names) - MAX_ENTRIES * 3 // 4]:
        with contextlib.suppress(OSError):
            (folder / name).unlink()
