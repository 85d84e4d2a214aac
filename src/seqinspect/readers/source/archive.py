"""`.keras` archives: the config alone, read in place; nothing is extracted, no weight is read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from seqinspect.errors import Problem, SpecError
from seqinspect.readers.source.formats import NO_LAYERS, REMEDY, format_of_archive
from seqinspect.readers.source.limits import Limits, raise_remedy, truncate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO
    from zipfile import ZipFile, ZipInfo

CONFIG = "config.json"
MAX_ENTRIES = 100_000
ENCRYPTED = 0x1 | 0x40 | 0x2000
HEADER = 30
"""Bytes of a local header before the name."""


def config_of_archive(file: BinaryIO, name: str, limits: Limits) -> bytes:
    """Return the bytes of the one config.json at the root of a `.keras` archive.

    Raises SpecError where it has none, or could mislead another reader.
    """
    with opened_archive(file, name) as archive:
        entry = _config(archive, name)
        _check(file, archive, entry, name, limits)
        with archive.open(entry) as stream:
            # No more than the size that was checked is inflated, and its checksum compared.
            return stream.read(limits.size + 1)


@contextmanager
def opened_archive(file: BinaryIO, name: str) -> Iterator[ZipFile]:
    """Open an archive. Raises SpecError for whatever is wrong with it while it is read."""
    from zipfile import BadZipFile, ZipFile  # noqa: PLC0415 - 10 ms, only archives need it

    try:
        with ZipFile(file) as archive:
            yield archive
    except SpecError:
        raise
    except (BadZipFile, EOFError, ValueError, RuntimeError, NotImplementedError, OSError) as error:
        refuse_file(name, "the archive cannot be read", received=truncate(str(error)))
    except Exception as error:  # zlib.error and whatever else a broken archive raises
        received = truncate(f"{type(error).__name__}: {error}")
        refuse_file(name, "the archive is damaged", received=received)


def _config(archive: ZipFile, name: str) -> ZipInfo:
    """Find the config; names are compared as they are, so `./config.json` is another one."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        refuse_file(name, "the archive has too many entries", received=f"{len(entries):,}")
    configs = [entry for entry in entries if entry.filename == CONFIG]
    if len(configs) > 1:
        refuse_file(name, f"the archive holds {CONFIG} {len(configs)} times", expected="one")
    if not configs:
        other_format = format_of_archive([entry.filename for entry in entries])
        if other_format:
            refuse_file(name, f"it is {other_format}, and {NO_LAYERS}", remedy=REMEDY)
        near = [
            entry.filename
            for entry in entries
            if entry.filename.replace("\\", "/").rpartition("/")[2].lower() == CONFIG
        ]
        refuse_file(
            name,
            f"the archive holds no {CONFIG}",
            received=truncate(", ".join(near[:3])) if near else f"{len(entries):,} other entries",
            expected=f"{CONFIG} at its root, as Keras 3 writes it",
        )
    return configs[0]


def _check(file: BinaryIO, archive: ZipFile, entry: ZipInfo, name: str, limits: Limits) -> None:
    """Refuse an entry that is not plainly what the archive's table says."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED  # noqa: PLC0415

    if entry.flag_bits & ENCRYPTED:
        refuse_file(name, f"{CONFIG} in the archive is encrypted", expected="an archive of Keras")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        refuse_file(
            name,
            f"{CONFIG} in the archive is compressed by a method that Keras does not use",
            received=f"method {entry.compress_type}",
            expected="stored or deflated",
        )
    if entry.file_size > limits.size:
        refuse_file(
            name,
            f"{CONFIG} in the archive is too large",
            received=f"{entry.file_size:,} bytes",
            expected=f"at most {limits.size:,} bytes (the limit `size`)",
            remedy=raise_remedy("size"),
        )
    starts = sorted(other.header_offset for other in archive.infolist())
    doubled = starts.count(entry.header_offset) > 1
    after = [start for start in starts if start > entry.header_offset]
    end = entry.header_offset + HEADER + len(entry.filename) + entry.compress_size
    if doubled or (after and end > after[0]):
        refuse_file(name, "entries of the archive overlap", expected="each with bytes of its own")
    file.seek(0, 2)
    comment = len(archive.comment)
    file.seek(-min(22 + comment, file.tell()), 2)
    if file.read(4) != b"PK\x05\x06":
        refuse_file(name, "something follows after the end of the archive", expected="nothing")


def refuse_file(
    name: str, what: str, *, received: str = "", expected: str = "", remedy: str = ""
) -> NoReturn:
    """Refuse what a file holds. Raises SpecError."""
    raise SpecError(
        Problem(f"{truncate(name, 300)}: {what}", received, expected, remedy, about="content")
    )
