"""Files of weights: the shapes that are stored, by place; no array is read.

`.weights.h5` files and `.keras` archives of Keras 3, and `.h5` files of Keras 1 and 2, are read by
pyfive through a window that counts, like the configs (see hdf5.py).
"""

from __future__ import annotations

import io
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from seqinspect.errors import Problem, SpecError
from seqinspect.readers.source.hdf5 import (
    DAMAGED,
    BoundedFile,
    ReadLimitExceeded,
    is_hdf5,
    open_bounded,
)
from seqinspect.readers.source.limits import Limits, raise_remedy, truncate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

Shape = tuple[int, ...]

ENTRY = "model.weights.h5"
VARIABLES = "vars"
OPTIMIZER = "optimizer"
BEFORE_2_13 = "_layer_checkpoint_dependencies"
"""What Keras 2.13 called `layers`."""

MAX_GROUPS = 500_000
MAX_READS = 4_000_000
"""A small array takes 18 reads."""

MAX_DEPTH = 60


class WeightGroup(NamedTuple):
    """The arrays of one object, by key; `name` is what its layer was called."""

    path: str
    name: str
    shapes: dict[str, Shape]


class StoredWeights(NamedTuple):
    """What a file holds. `legacy`: the groups are the layers that have weights, in their order."""

    groups: tuple[WeightGroup, ...]
    legacy: bool = False


def read_stored_weights(source: str, limits: Limits) -> StoredWeights:
    """Return the shapes that a file of weights holds. Raises SpecError."""
    path = Path(source)
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            _refuse(source, "this is no ordinary file", expected="a file of weights")
        with path.open("rb") as file:
            if source.endswith(".keras"):
                return _read_archive(file, source, limits)
            stored = _read(file, source, limits)
    except (FileNotFoundError, NotADirectoryError):
        _refuse(source, "there is no such file", remedy="check the path")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        _refuse(source, f"cannot be read: {truncate(reason)}", remedy="check the path")
    if stored.legacy == source.endswith("weights.h5"):
        version, ending = ("1 or 2", ".h5") if stored.legacy else ("3", ".weights.h5")
        _refuse(source, f"Keras {version} wrote this file, and Keras 3 goes by its name",
                expected=f"a name that ends in {ending}", remedy="call it so")  # fmt: skip
    return stored


def _read_archive(file: BinaryIO, source: str, limits: Limits) -> StoredWeights:
    """Read the weights in a `.keras` archive in place: Keras does not compress them."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile  # noqa: PLC0415 - 10 ms

    try:
        with ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename == ENTRY]
            if len(entries) != 1 or entries[0].flag_bits & 0x1:
                _refuse(
                    source, f"the archive has no readable {ENTRY}", expected="an archive of Keras 3"
                )
            entry = entries[0]
            if entry.compress_type == ZIP_STORED:
                file.seek(entry.header_offset + 26)
                lengths = file.read(4)
                extra = int.from_bytes(lengths[:2], "little") + int.from_bytes(
                    lengths[2:], "little"
                )
                part = FileSection(file, entry.header_offset + 30 + extra, entry.file_size)
                return _read(part, source, limits)
            most = limits.size * 4
            if entry.compress_type != ZIP_DEFLATED or entry.file_size > most:
                _refuse(source, f"{ENTRY} is compressed, which Keras does not do",
                        expected=f"stored as it is, or at most {most:,} bytes",
                        remedy=raise_remedy("size"))  # fmt: skip
            with archive.open(entry) as stream:
                data = stream.read(most + 1)
    except SpecError:
        raise
    except (BadZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        _refuse(source, "the archive cannot be read", received=truncate(str(error)))
    except Exception as error:  # zlib.error and whatever else a broken archive raises
        _refuse(
            source, "the archive is damaged", received=truncate(f"{type(error).__name__}: {error}")
        )
    return _read(io.BytesIO(data[:most]), source, limits)


def _read(file: Any, source: str, limits: Limits) -> StoredWeights:
    if not is_hdf5(file):
        _refuse(source, "this is no file of weights",
                expected=".weights.h5 or .keras of Keras 3, or .h5 of Keras 1 and 2")  # fmt: skip
    window = BoundedFile(file, limits.size * 16, MAX_READS)
    try:
        root = open_bounded(window)
        legacy = _legacy_groups(root)
        if legacy is not None:
            return StoredWeights(tuple(legacy), legacy=True)
        groups = tuple(_groups(root))
    except SpecError:
        raise
    except ImportError as error:
        _refuse(source, "reading HDF5 needs pyfive", received=str(error), remedy="install pyfive")
    except ReadLimitExceeded:
        _refuse(source, f"{DAMAGED}: it leads in circles, or its tables are too large",
                expected=f"at most {window.most:,} bytes beside arrays, 16 times the limit `size`",
                remedy=raise_remedy("size"))  # fmt: skip
    except (MemoryError, RecursionError, Exception) as error:
        _refuse(source, DAMAGED, received=truncate(f"{type(error).__name__}: {error}"),
                remedy="save the weights again")  # fmt: skip
    if not groups:
        _refuse(source, "the file holds no weights of Keras", expected="groups named `vars`",
                remedy="save them by model.save_weights")  # fmt: skip
    return StoredWeights(groups)


def _groups(root: Any) -> Iterator[WeightGroup]:
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


def _group(path: str, variables: Any) -> WeightGroup:
    shapes = {}
    for key in variables:
        item = variables.get_lazy_view(key)
        if hasattr(item, "shape"):
            shapes[str(key)] = _shape(item)
    name = variables.attrs.get("name", "")
    return WeightGroup(path.replace(BEFORE_2_13, "layers"), _text(name), shapes)


def _legacy_groups(root: Any) -> list[WeightGroup] | None:
    """Return the layers that have weights, if Keras 1 or 2 wrote the file; None if not."""
    top = root
    if "layer_names" not in root.attrs and "model_weights" in root:
        top = root.get_lazy_view("model_weights")
    names = _names(top, "layer_names")
    if names is None:
        return None
    groups = []
    for name in names:
        group = top.get_lazy_view(name)
        shapes = {
            str(index): _shape(group.get_lazy_view(weight))
            for index, weight in enumerate(_names(group, "weight_names") or [])
        }
        if shapes:
            groups.append(WeightGroup(name, name, shapes))
    return groups


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


def _shape(item: Any) -> Shape:
    return tuple(int(size) for size in item.shape)


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)


class FileSection(io.RawIOBase):
    """A stretch of an open file, read as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        super().__init__()
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

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be moved within."""
        return True


def _refuse(
    name: str, what: str, *, received: str = "", expected: str = "", remedy: str = ""
) -> NoReturn:
    raise SpecError(
        Problem(f"{truncate(name, 300)}: {what}", received, expected, remedy, about="weights")
    )
