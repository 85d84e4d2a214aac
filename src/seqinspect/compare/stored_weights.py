"""Files of weights: the shapes that are stored, by place; no array is read.

`.weights.h5` files and `.keras` archives of Keras 3, and `.h5` files of Keras 1 and 2, are read by
pyfive through a window that counts, like the configs (see hdf5.py).
"""

from __future__ import annotations

import io
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqinspect.compare.checkpoint import (
    LoadResult,
    Misnamed,
    Stored,
    Version,
    load_result,
    load_result_in_order,
)
from seqinspect.compare.slots import layout
from seqinspect.readers.source.archive import HEADER, opened_archive, refuse_file
from seqinspect.readers.source.hdf5 import BoundedFile, ReadLimitExceeded, is_hdf5, opened_hdf5
from seqinspect.readers.source.limits import Limits, raise_remedy, truncate
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import BinaryIO

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

KERAS_3 = ".weights.h5"
LEGACY = (".h5", ".hdf5")
"""How the name of a file of weights ends: Keras 3 takes any other `.h5` for one of Keras 1 or 2."""

ENTRY = "model.weights.h5"
VARIABLES = "vars"
OPTIMIZER = "optimizer"
BEFORE_2_13 = "_layer_checkpoint_dependencies"
"""What Keras 2.13 called `layers`."""

MAX_GROUPS = 500_000
MAX_READS = 4_000_000
"""A small array takes 18 reads."""

MAX_DEPTH = 60


class StoredWeights(NamedTuple):
    """What a file holds. `legacy`: the groups are the layers that have weights, in their order.

    `keras1`: no version is named in it, as in files of Keras 1. `misnamed`: Keras 3 goes by the
    name, and takes it for something else.
    """

    groups: tuple[Stored, ...]
    legacy: bool = False
    keras1: bool = False
    misnamed: Misnamed | None = None

    def load_into(self, graph: Graph, report: Report) -> LoadResult:
        """Say what Keras does when it loads them into a model."""
        if self.legacy:
            found = load_result_in_order(self.groups, graph, report, keras1=self.keras1)
        else:
            found = load_result({group.path: group for group in self.groups}, layout(graph, report))
        if self.misnamed is None or not found.expected:
            return found
        return found._replace(loads="no", refused=self.misnamed._replace(loads=found.loads))


def read_stored_weights(source: str, limits: Limits) -> StoredWeights:
    """Return the shapes that a file of weights holds. Raises SpecError."""
    path = Path(source)
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            refuse_file(source, "this is no ordinary file", expected="a file of weights")
        with path.open("rb") as file:
            if source.endswith(".keras"):
                return _read_archive(file, source, limits)
            stored = _read(file, source, limits)
    except (FileNotFoundError, NotADirectoryError):
        refuse_file(source, "there is no such file", remedy="check the path")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        refuse_file(source, f"cannot be read: {truncate(reason)}", remedy="check the path")
    written: Version = "1 or 2" if stored.legacy else "3"
    return stored._replace(misnamed=_misnamed(path.name, written))


def _misnamed(name: str, written: Version) -> Misnamed | None:
    """Say as what Keras 3 takes a file by its name, where that is not what it is."""
    taken: Version | None = None
    if name.endswith(KERAS_3):
        taken = "3"
    elif name.endswith(LEGACY):
        taken = "1 or 2"
    if taken == written:
        return None
    stem = re.sub(r"[-_.]?(weights)?(\.weights\.h5|\.h5|\.hdf5)?$", "", name) or "model"
    return Misnamed(written, taken, stem + (KERAS_3 if written == "3" else "_weights.h5"))


def _read_archive(file: BinaryIO, source: str, limits: Limits) -> StoredWeights:
    """Read the weights in a `.keras` archive in place: Keras does not compress them."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED  # noqa: PLC0415 - 10 ms

    with opened_archive(file, source) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename == ENTRY]
        if len(entries) != 1 or entries[0].flag_bits & 0x1:
            refuse_file(
                source, f"the archive has no readable {ENTRY}", expected="an archive of Keras 3"
            )
        entry = entries[0]
        if entry.compress_type == ZIP_STORED:
            file.seek(entry.header_offset + HEADER - 4)
            lengths = file.read(4)
            extra = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            part = FileSection(file, entry.header_offset + HEADER + extra, entry.file_size)
            return _read(part, source, limits)
        most = limits.size * 4
        if entry.compress_type != ZIP_DEFLATED or entry.file_size > most:
            refuse_file(source, f"{ENTRY} is compressed, which Keras does not do",
                        expected=f"stored as it is, or at most {most:,} bytes",
                        remedy=raise_remedy("size"))  # fmt: skip
        with archive.open(entry) as stream:
            data = stream.read(most + 1)
    return _read(io.BytesIO(data[:most]), source, limits)


def _read(file: Any, source: str, limits: Limits) -> StoredWeights:
    if not is_hdf5(file):
        expected = ".weights.h5 or .keras of Keras 3, or .h5 of Keras 1 and 2"
        refuse_file(source, "this is no file of weights", expected=expected)
    with opened_hdf5(BoundedFile(file, limits.size * 16, MAX_READS), source) as root:
        top = _legacy_top(root)
        if top is not None:
            keras1 = "keras_version" not in top.attrs
            return StoredWeights(tuple(_legacy_groups(top)), legacy=True, keras1=keras1)
        groups = tuple(_groups(root))
    if not groups:
        refuse_file(source, "it holds no weights of Keras", expected="groups named `vars`",
                    remedy="save them by model.save_weights")  # fmt: skip
    return StoredWeights(groups)


def _groups(root: Any) -> Iterator[Stored]:
    """Yield what stands in every group `vars`, but for the state of the optimizer."""
    waiting: list[tuple[str, Any]] = [("", root)]
    visited = {id(root._dataobjects)}
    while waiting:
        path, group = waiting.pop()
        for key in group:
            if group._links.get(key).__class__ is str:
                raise ValueError(f"{path}/{key} is a link, which Keras refuses to follow")
            item = group.get_lazy_view(key)
            if not hasattr(item, "keys"):
                continue
            below = f"{path}/{key}" if path else key
            if key == VARIABLES and path:
                object_group = _group(path, item)
                if object_group.shapes:
                    yield object_group
            elif below != OPTIMIZER:
                if id(item._dataobjects) in visited or below.count("/") > MAX_DEPTH:
                    raise ReadLimitExceeded
                visited.add(id(item._dataobjects))
                if len(visited) > MAX_GROUPS:
                    raise ReadLimitExceeded
                waiting.append((below, item))


def _group(path: str, variables: Any) -> Stored:
    items = {str(key): variables.get_lazy_view(key) for key in variables}
    arrays = {key: item for key, item in items.items() if hasattr(item, "shape")}
    name = _text(variables.attrs.get("name", ""))
    return _stored(path.replace(BEFORE_2_13, "layers"), name, arrays)


def _stored(path: str, layer: str, arrays: Mapping[str, Any], names: Sequence[str] = ()) -> Stored:
    return Stored(
        path,
        layer,
        {key: tuple(int(size) for size in array.shape) for key, array in arrays.items()},
        {key: str(array.dtype) for key, array in arrays.items()},
        dict(zip(arrays, names, strict=False)),
    )


def _legacy_top(root: Any) -> Any:
    """Return where the layers stand, if Keras 1 or 2 wrote the file; None if not."""
    top = root
    if "layer_names" not in root.attrs and "model_weights" in root:
        top = root.get_lazy_view("model_weights")
    return None if _names(top, "layer_names") is None else top


def _legacy_groups(top: Any) -> Iterator[Stored]:
    """Yield the layers that have weights, in their order."""
    for name in _names(top, "layer_names") or ():
        group = top.get_lazy_view(name)
        weights = _names(group, "weight_names") or []
        arrays = {str(index): group.get_lazy_view(each) for index, each in enumerate(weights)}
        if arrays:
            yield _stored(name, name, arrays, weights)


def _names(group: Any, attribute: str) -> list[str] | None:
    """Return the names in an attribute; Keras cuts a long one into `layer_names0` and so on."""
    attributes = group.attrs
    if attribute in attributes:
        return [_text(name) for name in attributes[attribute]]
    names: list[str] | None = None
    for index in range(len(attributes)):
        if f"{attribute}{index}" not in attributes:
            break
        names = [*(names or []), *map(_text, attributes[f"{attribute}{index}"])]
    return names


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)


class FileSection:
    """A stretch of an open file, read as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self.file = file
        self.start = start
        self.size = size
        self.place = 0

    def read(self, size: int = -1) -> bytes:
        """Read what is left of it, or so many bytes."""
        left = max(self.size - self.place, 0)
        self.file.seek(self.start + self.place)
        data = self.file.read(left if size < 0 else min(size, left))
        self.place += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move within it."""
        base = (0, self.place, self.size)[whence]
        self.place = max(base + offset, 0)
        return self.place

    def tell(self) -> int:
        """Say where the next read begins."""
        return self.place
