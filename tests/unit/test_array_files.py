"""Files with data, well made and hostile: what is read of them, and how they are refused."""

from __future__ import annotations

import io
import os
import pickle
import struct
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from seqinspect.errors import Problem, SpecError
from seqinspect.model.data import DataArray
from seqinspect.readers.source import npy, tables
from seqinspect.readers.source.array_files import read_arrays

if TYPE_CHECKING:
    from pathlib import Path


def one(path: Path) -> DataArray:
    found = read_arrays(str(path))
    assert isinstance(found, DataArray)
    return found


def refused(path: Path | str, data: bytes | None = None) -> Problem:
    if data is not None:
        with open(path, "wb") as file:  # noqa: PTH123 - a text or a path
            file.write(data)
    with pytest.raises(SpecError) as caught:
        read_arrays(str(path))
    (problem,) = caught.value.problems
    return problem


def saved(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def with_header(text: str, values: bytes = b"") -> bytes:
    header = text.encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + values


@pytest.mark.parametrize(
    ("dtype", "kind", "name"),
    [
        ("<f4", "float", "float32"), (">f8", "float", "float64"), ("<f2", "float", "float16"),
        ("|i1", "integer", "int8"), ("<u2", "integer", "uint16"), (">i8", "integer", "int64"),
        ("|b1", "bool", "bool"), ("<c8", "complex", "complex64"), ("<U3", "text", "strings"),
        ("|S2", "text", "strings"), ("<M8[s]", "time", "dates"), ("|O", "object", "object"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_has_its_shape_its_type_and_its_values(
    dtype: str, kind: str, name: str, order: Any, tmp_path: Path
) -> None:
    values = np.asarray(np.arange(6).reshape(2, 3) % 2, dtype="int64").astype(dtype)
    path = tmp_path / "a.npy"
    path.write_bytes(saved(np.asarray(values, order=order), allow_pickle=True))
    array = one(path)
    assert (array.shape, array.kind, array.dtype) == ((2, 3), kind, name)
    if kind in ("float", "integer", "bool"):
        assert array.sample is not None
        assert array.sample.complete
        assert sorted(array.sample.values) == sorted(values.ravel().tolist())
        assert bool(array.sample.rows) == (order == "C")
    else:
        assert array.sample is None


def test_of_a_large_array_the_first_and_last_values_are_read_and_some_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(saved(np.arange(3_000_000, dtype="int32").reshape(-1, 3)))
    sample = one(path).sample
    assert sample is not None
    assert not sample.complete
    assert len(sample.values) <= npy.SAMPLE
    assert (sample.values[0], sample.values[-1]) == (0, 2_999_999)
    assert all(row[0] % 3 == 0 and row[2] == row[0] + 2 for row in sample.rows)
    assert {value // 300_000 for value in sample.values} == set(range(10))


@pytest.mark.parametrize(
    "text",
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
        '{"shape":(2,3),"fortran_order":False,"descr":"<f4"}',
        "{'shape': (2L, 3L), 'descr': '<f4', 'fortran_order': False}   \n",
    ],
)
def test_headers_of_other_writers_are_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(with_header(text, bytes(24)))
    assert one(path).shape == (2, 3)


def test_records_are_no_single_type(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(saved(np.zeros(3, [("a ]", "f4"), ("b", "i4", (2,))])))
    assert (one(path).kind, one(path).shape) == ("records", (3,))


HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "neither an array of numpy nor a table"),
        (b"\x93NUMPY", "it is no .npy array"),
        (b"\x93NUMPY\x09\x00\x00\x00", "no version 9.0"),
        (b"\x93NUMPY\x01\x00\x05", "the header is cut off"),
        (b"\x93NUMPY\x01\x00\xff\x00{'descr'", "the header is cut off"),
        (b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 30), "the header is too long"),
        (with_header(HEADER, bytes(23)), "the array is cut off"),
        (with_header(HEADER.replace("(2, 3)", "(2, 999999999999999999)")), "the array is cut off"),
        (with_header(HEADER.replace("(2, 3)", "(2, 9999999999999999999)")), "cannot be read"),
        (with_header(HEADER.replace("(2, 3)", "(-1, 3)")), "cannot be read"),
        (with_header(HEADER.replace("(2, 3)", "()"), bytes(4)), "the array has no axes"),
        (with_header(HEADER.replace("(2, 3)", f"({'1, ' * 99})")), "cannot be read"),
        (with_header(HEADER.replace("False", "__import__('os')")), "cannot be read"),
        (with_header(HEADER.replace("<f4", "<f5")), "a type that numpy does not have"),
        (with_header(HEADER.replace("'<f4'", "[('a', '<f4')")), "cannot be read"),
        (with_header("{" + "[" * 60_000), "cannot be read"),
        (with_header(HEADER[:-1] + ", 'more': 1}"), "cannot be read"),
        (with_header(HEADER.replace("}", "'descr': '<f4'}")), "cannot be read"),
        (pickle.dumps(np.zeros(3)), "a pickle, which runs code"),
        (b"\x89HDF\r\n\x1a\n", "it is HDF5"),
        (b"PAR1....", "it is Parquet"),
        (b"\x1f\x8b......", "compressed by gzip"),
    ],
)
def test_a_file_that_is_no_whole_array_is_refused(data: bytes, what: str, tmp_path: Path) -> None:
    problem = refused(tmp_path / "a.npy", data)
    assert what in problem.what
    assert problem.place is not None
    assert str(problem.place) == f"{tmp_path / 'a.npy'}:1:1"
    assert problem.remedy or problem.expected


class Mark:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (sys.exit, ("it ran",))


def test_no_pickle_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(saved(np.array([Mark()], dtype=object), allow_pickle=True))
    assert one(path).kind == "object"


def archive(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return path


def test_the_arrays_of_an_archive_have_their_names_or_their_order(tmp_path: Path) -> None:
    a, b = np.zeros((4, 2)), np.zeros(4, "int64")
    path = tmp_path / "a.npz"
    np.savez(path, first=a, second=b)
    found = read_arrays(str(path))
    assert isinstance(found, dict)
    assert {name: each.shape for name, each in found.items()} == {"first": (4, 2), "second": (4,)}
    named = read_arrays(f"{path}:second")
    assert isinstance(named, DataArray)
    assert named.dtype == "int64"
    np.savez_compressed(path, a, b)
    both = read_arrays(str(path))
    assert isinstance(both, tuple)
    assert [each.shape for each in both] == [(4, 2), (4,)]
    np.savez(path, a)
    assert one(path).shape == (4, 2)


def test_a_zip_bomb_is_read_as_far_as_its_sample(tmp_path: Path) -> None:
    count = 50_000_000
    header = with_header(f"{{'descr': '|i1', 'fortran_order': False, 'shape': ({count},), }}")
    path = archive(tmp_path / "a.npz", {"arr_0.npy": header + bytes(count)})
    assert path.stat().st_size < 100_000
    array = one(path)
    assert array.shape == (count,)
    assert array.sample is not None
    assert len(array.sample.values) == npy.SAMPLE


@pytest.mark.parametrize(
    ("entries", "what"),
    [
        ({}, "holds no array"),
        ({"a.txt": b"x"}, "holds what is no array"),
        ({"a.npy": b"x"}, "it is no .npy array"),
        ({"a.npy": with_header(HEADER, bytes(3))}, "the array is cut off"),
        ({f"a{index}.npy": b"" for index in range(1001)}, "too many entries"),
    ],
)
def test_an_archive_of_something_else_is_refused(
    entries: dict[str, bytes], what: str, tmp_path: Path
) -> None:
    problem = refused(archive(tmp_path / "a.npz", entries))
    assert what in problem.what
    assert problem.place is not None


def test_a_damaged_archive_and_a_missing_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros(3))
    assert "holds no array `z`" in refused(f"{path}:z").what
    data = path.read_bytes()
    assert "archive" in refused(path, data[: len(data) // 2]).what
    assert "is no archive" in refused(_npy(tmp_path), None).what


def _npy(folder: Path) -> str:
    (folder / "b.npz").write_bytes(saved(np.zeros(3)))
    return f"{folder / 'b.npz'}:x"


@pytest.mark.parametrize(
    ("text", "shape", "kind", "values"),
    [
        ("a,b\n1,2\n3,4\n", (2, 2), "integer", (1, 2, 3, 4)),
        ("1.5;2\n3;4e1\n", (2, 2), "float", (1.5, 2, 3, 40)),
        ("\ufeffa\tb\r\n1\t2\r\n", (1, 2), "integer", (1, 2)),
        ("a\n1\n\n2\n", (2, 1), "integer", (1, 2)),
        ('"a, b",c\nTrue,false\n', (1, 2), "bool", (1, 0)),
    ],
)  # fmt: skip
def test_a_table_has_a_row_a_sample(
    text: str, shape: tuple[int, ...], kind: str, values: tuple[float, ...], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    array = one(path)
    assert array.sample is not None
    assert (array.shape, array.kind, array.sample.values) == (shape, kind, values)


def test_words_and_gaps_of_a_table_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,colour\n1,red\n,blue\n")
    assert (one(path).kind, one(path).text) == ("text", ("colour",))
    path.write_text("a,b\n1,\n")
    sample = one(path).sample
    assert sample is not None
    assert sample.values[1] != sample.values[1]  # not a number


def test_rows_of_a_large_table_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_TEXT", 1_000)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 5_000 + "3,4")
    assert one(path).shape == (5_001, 2)
    path.write_text('a,b\n"1",2\n' * 5_000)
    assert one(path).shape == (None, 2)  # a quoted line end may hide a row


@pytest.mark.parametrize(
    ("data", "place", "what"),
    [
        (b"", "1:1", "the table is empty"),
        ("a,b\n1,2\n".encode("utf-16"), "1:1", "encoded as UTF-16"),
        ("größe,b\n1,2\n".encode("latin-1"), "1:3", "not encoded as UTF-8"),
        (b"a,b\n1,2\n3\n", "3:1", "row 3 of the table has 1 cells"),
        (b"a,b\n1,\x00\n", "2:1", "bytes that are no text"),
        (b'a,b\n1,"' + b"x" * 200_000 + b"\n", "1:1", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_where_it_cannot(
    data: bytes, place: str, what: str, tmp_path: Path
) -> None:
    problem = refused(tmp_path / "a.csv", data)
    assert what in problem.what
    assert str(problem.place) == f"{tmp_path / 'a.csv'}:{place}"


def test_only_ordinary_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npy")
    assert "not an ordinary file" in refused(tmp_path / "pipe.npy").what
    assert "not an ordinary file" in refused(tmp_path).what
    assert "does not exist" in refused(tmp_path / "none.npy").what
    assert "cannot be read" in refused("a\0.npy").what
