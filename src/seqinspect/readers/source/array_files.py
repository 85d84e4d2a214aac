"""Files with data: what each is, decided by its content, and the arrays in it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NoReturn

from seqinspect.errors import Problem, SpecError
from seqinspect.readers.source.files import ARCHIVES
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.npy import MAGIC, read_npy, refuse_array

if TYPE_CHECKING:
    from typing import BinaryIO

    from seqinspect.model.data import Arrays

TABLES = (".csv", ".tsv", ".txt")
UNNAMED = "arr_"
"""How numpy.savez calls arrays that nobody names: arr_0, arr_1, …"""

OTHERS = {
    b"\x80": "a pickle, which runs code when it is read",
    b"\x89HDF": "HDF5",
    b"PAR1": "Parquet",
    b"\x1f\x8b": "compressed by gzip",
    b"MATLAB": "a file of MATLAB",
    b"ARROW1": "Arrow",
}
"""What else data is kept in, by its first bytes."""

REMEDY = "save the arrays as .npy or .npz: numpy.save(FILE, array)"


def read_arrays(path: str) -> Arrays:
    """Return the arrays of a file: one, several by name, or in order where they have no names.

    FILE.npz:NAME is one array of an archive. Raises SpecError where they cannot be read.
    """
    file, _, wanted = path.partition(".npz:") if ".npz:" in path else (path, "", "")
    if wanted:
        file += ".npz"
    name = truncate(file, 300)
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):  # noqa: PTH116 - as specs are looked at
            _refuse(f"{name} is not an ordinary file", REMEDY)
        with open(file, "rb") as stream:  # noqa: PTH123
            return _read(stream, name, wanted)
    except FileNotFoundError:
        _refuse(f"{name} does not exist", "check the path")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        _refuse(f"{name} cannot be read: {reason}", "check the path")


def _read(stream: BinaryIO, name: str, wanted: str) -> Arrays:
    start = stream.read(8)
    size = stream.seek(0, 2)
    stream.seek(0)
    if start.startswith(ARCHIVES):
        from seqinspect.readers.source.npz import read_npz  # noqa: PLC0415 - only for archives

        found = read_npz(stream, name, wanted)
        if wanted:
            return found[wanted]
        if all(key == f"{UNNAMED}{index}" for index, key in enumerate(found)):
            arrays = tuple(found.values())
            return arrays[0] if len(arrays) == 1 else arrays
        return found
    if wanted:
        refuse_array(name, f"it is no archive, and holds no `{truncate(wanted)}`", remedy=REMEDY)
    if start.startswith(MAGIC):
        return read_npy(stream, size, name)
    ending = os.path.splitext(name)[1].lower()  # noqa: PTH122
    other = next((what for magic, what in OTHERS.items() if start.startswith(magic)), "")
    if other or ending not in TABLES:
        refuse_array(
            name,
            f"it is {other}" if other else "it is neither an array of numpy nor a table",
            received=truncate(repr(start)[1:]),
            expected=".npy, .npz or .csv",
            remedy=REMEDY,
        )
    from seqinspect.readers.source.tables import read_table  # noqa: PLC0415 - only for tables

    return read_table(stream, name)


def _refuse(what: str, remedy: str) -> NoReturn:
    raise SpecError(Problem(what, remedy=remedy, about="file"))
