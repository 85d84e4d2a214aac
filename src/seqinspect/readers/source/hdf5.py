"""`.h5` files: the attribute `model_config` alone; weights stay where they are.

HDF5's own library crashes and hangs on damaged files (2 segfaults and 14 hangs in 2,044 with a bit
flipped), so the file is read by pyfive, which is Python, through a window that counts its reads.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from seqinspect.errors import SpecError
from seqinspect.readers.source.archive import refuse_file
from seqinspect.readers.source.limits import Limits, raise_remedy, truncate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

SIGNATURE = b"\x89HDF\r\n\x1a\n"
OFFSETS = (0, 512, 1024, 2048, 4096)
"""Where the signature may stand: a user block before it is 512 bytes, or twice as many, …"""

CONFIG, TRAINING = "model_config", "training_config"
"""Attributes of the file."""

LINK_HAS_TYPE, EXTERNAL_LINK = 8, 64
"""Of a link's message: the flag that its type stands there, and the type of one to another file."""

MAX_READS = 200_000
DAMAGED = "the HDF5 file cannot be read"


def is_hdf5(file: BinaryIO) -> bool:
    """Tell whether an open file is HDF5."""
    for offset in OFFSETS:
        file.seek(offset)
        if file.read(len(SIGNATURE)) == SIGNATURE:
            return True
    return False


def config_of_hdf5(file: BinaryIO, name: str, limits: Limits) -> bytes:
    """Return the JSON that Keras 1 and 2 put into attributes of the file.

    Beside the config stands what the model was compiled with, if that is JSON. Raises SpecError
    where there is no config.
    """
    with opened_hdf5(BoundedFile(file, limits.size * 4), name) as root:
        value, training = root.attrs.get(CONFIG), root.attrs.get(TRAINING)
    if value is None:
        refuse_file(
            name,
            f"the HDF5 file has no attribute `{CONFIG}`",
            expected="a model saved whole",
            remedy="a file of weights alone does not say what the layers are",
        )
    config = _text(value)
    if config is None:
        refuse_file(
            name,
            f"the attribute `{CONFIG}` is no text",
            received=truncate(type(value).__name__),
            expected="the JSON that Keras writes",
        )
    compiled = _text(training)
    if compiled is None or not _is_json(compiled):
        return config
    return b'{"%s": %s, "%s": %s}' % (CONFIG.encode(), config, TRAINING.encode(), compiled)


def _text(value: object) -> bytes | None:
    if isinstance(value, str):
        return str(value).encode("utf-8", "surrogatepass")
    return bytes(value) if isinstance(value, bytes) else None  # numpy's own bytes are bytes too


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


@contextmanager
def opened_hdf5(window: BoundedFile, name: str) -> Iterator[Any]:
    """Open an HDF5 file. Raises SpecError for whatever is wrong with it while it is read."""
    try:
        yield _open_bounded(window)
    except SpecError:
        raise
    except ImportError as error:
        refuse_file(name, "reading HDF5 needs pyfive", received=str(error), remedy="install pyfive")
    except ExternalLink:
        refuse_file(
            name,
            "the HDF5 file links to another file, which is never opened",
            expected="a file that holds all that it says, as Keras itself asks for",
            remedy="save the model again, into one file",
        )
    except ReadLimitExceeded:
        refuse_file(
            name,
            f"{DAMAGED}: it leads in circles, or its tables are too large",
            expected=f"at most {window.most:,} bytes beside arrays, a multiple of the limit `size`",
            remedy=raise_remedy("size"),
        )
    except (MemoryError, RecursionError, Exception) as error:
        received = truncate(f"{type(error).__name__}: {error}")
        refuse_file(name, DAMAGED, received=received, remedy="save it again")


def _open_bounded(window: BoundedFile) -> Any:
    """Open an HDF5 file in which no attribute has more values than its message has bytes.

    pyfive makes room for as many as the file names before it looks for them. Raises ImportError
    where there is no pyfive, and ExternalLink where the file links to another one.
    """
    from pyfive import File  # noqa: PLC0415 - it imports numpy: only such files need it

    class Bounded(File):  # type: ignore[misc]  # pyfive has no types
        """A file as pyfive reads it, but for the bound."""

        def _get_dataobjects(self, address: int) -> Any:
            found = super()._get_dataobjects(address)
            read = type(found)._attr_value

            def values(kind: Any, message: bytes, count: int, offset: int) -> Any:
                if count > len(message):
                    raise ReadLimitExceeded
                return read(found, kind, message, count, offset)

            found._attr_value = values
            read_link = found._decode_link_msg

            def link(message: bytes, start: int) -> Any:
                has_type = message[start + 1] & LINK_HAS_TYPE
                if has_type and message[start + 2] == EXTERNAL_LINK:
                    raise ExternalLink
                return read_link(message, start)

            found._decode_link_msg = link
            return found

    return Bounded(window)


class ExternalLink(Exception):  # noqa: N818 - it names a state
    """A group links to another file; it never leaves the readers of HDF5."""


class ReadLimitExceeded(Exception):  # noqa: N818 - it names a state
    """More was read than an honest file needs; it never leaves the readers of HDF5."""


class BoundedFile:
    """An open file that can be read only so often, and so much."""

    def __init__(self, file: BinaryIO, most: int, most_reads: int = MAX_READS) -> None:
        self.file = file
        self.most = most
        self.most_reads = most_reads
        self.bytes = 0
        self.reads = 0

    def read(self, size: int = -1) -> bytes:
        """Read, and count it."""
        self.reads += 1
        left = self.most - self.bytes
        if self.reads > self.most_reads or left < 0:
            raise ReadLimitExceeded
        data = self.file.read(left + 1 if size < 0 else min(size, left + 1))
        self.bytes += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move within the file."""
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        """Say where the next read begins."""
        return self.file.tell()
