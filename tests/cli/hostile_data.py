"""Hostile files of data, each made on the spot: arrays, archives of arrays, tables, and others.

Nobody can use them as specs, and as `--data` they end in an error, or in what their header says.
"""

from __future__ import annotations

import io
import pickle
import struct
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING

from tests.cli.hostile_inputs import Hostile, archive

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 10, 8), }"


class Attack:
    """What makes a file where its pickle is read."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, ("made", "w")


def npy(
    header: str | bytes = HEADER, values: bytes = bytes(640), version: bytes = b"\1\0"
) -> bytes:
    """Return an array with such a header."""
    raw = header.encode("utf-8") if isinstance(header, str) else header
    length = struct.pack("<H" if version == b"\1\0" else "<I", len(raw))
    return b"\x93NUMPY" + version + length + raw + values


def described(descr: str, shape: str = "(2, 10, 8)", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def arrays() -> Iterator[Hostile]:
    """Yield `.npy` files that are cut off, lie about themselves, or want code run."""
    whole = npy()
    contents = {
        "nothing but a magic word": b"\x93NUMPY",
        "cut within the length": whole[:9],
        "cut within the header": whole[:40],
        "cut within the values": whole[:-1],
        "version 9": b"\x93NUMPY\x09\x00" + whole[8:],
        "header of 4 GiB": b"\x93NUMPY\2\0\xff\xff\xff\xff" + whole[10:],
        "header of spaces": npy(b" " * 65_535),
        "no header": npy(""),
        "header of code": npy("{'descr': __import__('os').system('touch made'), 'shape': (1,)}"),
        "header that calls": npy(described("(lambda: open('made', 'w'))()")),
        "header of brackets": npy("(" * 60_000),
        "header of a deep list": npy(described("[" * 30_000)),
        "header of open strings": npy(described("'" + "\\'" * 30_000)),
        "header with a key twice": npy(HEADER[:-2] + "'shape': (1,), }"),
        "header with null bytes": npy(HEADER.replace("f4", "f\0")),
        "header with escapes": npy(described("'\x1b]0;x\x07\x1b[2J'")),
        "header with markup": npy(described("'[red]<script>::error::'")),
        "header that is no UTF-8": npy(b"{'descr': '\xff\xfe'}", version=b"\3\0"),
        "shape of digits": npy(described("'<f4'", f"({'1' * 40}x)")),
        "shape of many digits": npy(described("'<f4'", f"({'1' * 5000},)")),
        "shape of many axes": npy(described("'<f4'", f"({'1, ' * 20_000})")),
        "shape of spaces": npy(described("'<f4'", f"({' ' * 50_000}x)")),
        "shape of commas": npy(described("'<f4'", f"({'1,' * 30_000}x)")),
        "negative shape": npy(described("'<f4'", "(-1, 10, 8)")),
        "shape beyond 64 bits": npy(described("'<f4'", f"({', '.join(['9' * 18] * 60)})")),
        "no samples, each enormous": npy(described("'<f4'", f"(0, {'9' * 18})")),
        "type of a million bytes": npy(described("'|V999999'", "(999999999,)")),
        "type without a width": npy(described("'<f'")),
        "type that there is not": npy(described("'<x4'")),
        "pickle": npy(described("'|O'"), pickle.dumps(Attack())),
        "pickle without a shape": npy(described("'|O'", "()"), pickle.dumps(Attack())),
        "records with pickles": npy(described("[('a', '|O')]"), pickle.dumps(Attack())),
        "numbers that are none": npy(HEADER, b"\xff" * 640),
    }  # fmt: skip
    for name, content in contents.items():
        yield Hostile(f"array: {name}", content, suffix=".npy")
    yield Hostile("array: pickle alone", pickle.dumps(Attack()), suffix=".npy")
    yield Hostile("array: pickle by its name", pickle.dumps(Attack()), suffix=".pkl")
    yield Hostile("array: text", b"x" * 1000, suffix=".npy")


def bombed(header: bytes, size: int) -> bytes:
    """Return an archive of one array: a header and zeros, compressed a thousandfold."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
        made.open("x.npy", "w", force_zip64=True) as entry,
    ):
        entry.write(header)
        for _ in range(size >> 20):
            entry.write(bytes(1 << 20))
    return file.getvalue()


def lying(content: bytes, size: int) -> bytes:
    """Return an archive whose list of entries says another size than there is."""
    at = content.index(b"PK\1\2")
    return content[: at + 24] + struct.pack("<I", size) + content[at + 28 :]


def archives() -> Iterator[Hostile]:
    """Yield `.npz` files that grow, lie, hold pickles, or have entries named to do harm."""
    whole = archive({"x.npy": npy()})
    giant = npy(described("'<f4'", "(26214400,)"), b"")
    contents = {
        "bomb": bombed(giant, 100 << 20),
        "bomb without an end": bombed(npy(described("'|O'"), b""), 100 << 20),
        "header of zeros": bombed(b"\x93NUMPY\1\0\xff\xff", 20 << 20),
        "cut off": whole[: len(whole) // 2],
        "without its list": whole[: whole.index(b"PK\1\2")],
        "a list alone": whole[whole.index(b"PK\1\2") :],
        "says less than it holds": lying(whole, 3),
        "says more than it holds": lying(whole, 4_000_000_000),
        "damaged": whole.replace(zlib.compress(npy())[2:-4][8:20], bytes(12)),
        "names that climb": archive({"../../made.npy": npy(), "/made.npy": npy()}),
        "names to a terminal": archive({"\x1b[2J\n::error::[red]\u202e.npy": npy()}),
        "long name": archive({"x" * 65_000 + ".npy": npy()}),
        "no name": archive({".npy": npy()}),
        "many entries": archive({f"{at}.npy": b"" for at in range(2000)}),
        "an archive within": archive({"x.npy": whole}),
        "pickle": archive({"x.npy": npy(described("'|O'"), pickle.dumps(Attack()))}),
        "pickle beside": archive({"x.npy": npy(), "data.pkl": pickle.dumps(Attack())}),
        "nothing": archive({}),
        "lzma": archive({"x.npy": npy()}, zipfile.ZIP_LZMA),
    }  # fmt: skip
    for name, content in contents.items():
        yield Hostile(f"arrays: {name}", content, suffix=".npz")
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as made:
        warnings.simplefilter("ignore")
        made.writestr("x.npy", npy())
        made.writestr("x.npy", npy())
    yield Hostile("arrays: a name twice", file.getvalue(), suffix=".npz")
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    encrypted[whole.index(b"PK\1\2") + 8] |= 1
    yield Hostile("arrays: encrypted", bytes(encrypted), suffix=".npz")


def tables() -> Iterator[Hostile]:
    """Yield tables that are large, ragged, or hold what is no number."""
    contents = {
        "empty": b"",
        "line ends": b"\n" * 1_000_000,
        "open quotes": b'"' + b"1,2\n" * 100_000,
        "quotes": b'"' * 500_000,
        "wide": b"1," * 200_000 + b"1\n",
        "one long cell": b"1" * 1_000_000 + b"\n1\n",
        "long names": b"x" * 1_000_000 + b",y\n1,2\n",
        "ragged": b"1,2\n1,2,3\n",
        "long": b"1,2\n" * 500_000,
        "null bytes": b"1,2\n\x00,3\n",
        "no UTF-8": b"a,b\n\xff\xfe,1\n",
        "UTF-16": "a,b\n1,2\n".encode("utf-16"),
        "formulas": b"=cmd|' /C calc'!A0,@x\n+1,-2\n",
        "to a terminal": "\x1b[2J\x07,\u202e[red]\n::error::x,1\n".encode(),
        "carriage returns": b"1,2\r3,4\r" * 1000,
        "numbers beyond all": b"1e400,-1e400\nnan,inf\n",
        "other digits": "١,２\n٣,４\n".encode(),
        "superscripts": "²,³\n1,2\n".encode(),
        "separators": b";,\t;,\t" * 50_000 + b"\n",
    }
    for name, content in contents.items():
        yield Hostile(f"table: {name}", content, -1, suffix=".csv")


def others() -> Iterator[Hostile]:
    """Yield files of other kinds, or what pretends to be one."""
    for suffix, magic in ((".parquet", b"PAR1"), (".h5", b"\x89HDF\r\n\x1a\n"), (".mat", b"MATLAB"),
                          (".arrow", b"ARROW1"), (".gz", b"\x1f\x8b\x08"), (".feather", b"FEA1"),
                          (".xlsx", b"PK\3\4"), (".tfrecord", b"\0" * 12)):  # fmt: skip
        yield Hostile(f"data: {suffix}, cut off", magic, suffix=suffix)
        yield Hostile(f"data: {suffix}, noise", magic + bytes(range(256)) * 40, suffix=suffix)


def everything() -> list[Hostile]:
    """Return every hostile file of data."""
    return [*arrays(), *archives(), *tables(), *others()]
