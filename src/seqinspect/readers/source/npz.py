"""`.npz` archives: the arrays in them, each read as far as its header and its first values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.readers.source.archive import ENCRYPTED, opened_archive
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.npy import read_npy, refuse_array

if TYPE_CHECKING:
    from typing import BinaryIO

    from seqinspect.model.data import DataArray

MAX_ARRAYS = 1_000
SUFFIX = ".npy"


def read_npz(file: BinaryIO, name: str, wanted: str = "") -> dict[str, DataArray]:
    """Return the arrays of an archive by name, or only the one that is wanted.

    Of a compressed one no more is inflated than its header and the values that are looked at.
    Raises SpecError where one of them cannot be read.
    """
    from zipfile import ZIP_DEFLATED, ZIP_STORED  # noqa: PLC0415 - as `opened_archive` has it

    found: dict[str, DataArray] = {}
    with opened_archive(file, name) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ARRAYS:
            refuse_array(
                name,
                "the archive has too many entries",
                received=f"{len(entries):,}",
                expected=f"at most {MAX_ARRAYS:,} arrays",
                remedy="save the arrays that are needed into a file of their own",
            )
        for entry in entries:
            key = entry.filename.removesuffix(SUFFIX)
            if wanted and key != wanted:
                continue
            shown = f"{name}:{truncate(key)}"
            if key in found:
                refuse_array(name, f"the archive holds `{truncate(key)}` twice", expected="once")
            if not entry.filename.endswith(SUFFIX):
                refuse_array(
                    name,
                    "the archive holds what is no array",
                    received=truncate(entry.filename),
                    expected="entries that end in .npy",
                    remedy="save it again: numpy.savez(FILE, x=x, y=y)",
                )
            if entry.flag_bits & ENCRYPTED or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                refuse_array(
                    name,
                    f"`{truncate(key)}` in the archive is encrypted, or compressed as numpy never"
                    " does it",
                    remedy="save it again: numpy.savez(FILE, x=x, y=y)",
                )
            with archive.open(entry) as stream:
                array = read_npy(stream, entry.file_size, shown, jumps=False)
            found[key] = array
    if wanted and wanted not in found:
        refuse_array(
            name,
            f"the archive holds no array `{truncate(wanted)}`",
            expected=truncate(
                ", ".join(each.filename.removesuffix(SUFFIX) for each in entries), 200
            ),
        )
    if not found:
        refuse_array(name, "the archive holds no array", remedy="numpy.savez(FILE, x=x, y=y)")
    return found
