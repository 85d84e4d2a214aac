"""Archives and HDF5 files: the config alone, and nothing that pretends to be one."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from typing import TYPE_CHECKING

import pytest

from seqinspect import SpecError, analyse, read_spec
from seqinspect.readers.source.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "s",
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 8], "name": "i"}},
            {"class_name": "Dense", "config": {"units": 4, "name": "d"}},
        ],
    },
}
TEXT = json.dumps(CONFIG).encode()


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is there twice
        with zipfile.ZipFile(file, "w", method) as made:
            for name, data in entries:
                made.writestr(name, data)
    return file.getvalue()


def total(data: bytes, name: str = "model.keras") -> int | None:
    return analyse(read_spec(data, name=name)).params


def refused(data: bytes, name: str = "model.keras", **limits: int) -> str:
    with pytest.raises(SpecError) as caught:
        read_spec(data, name=name, limits=Limits(**limits))
    return str(caught.value)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_is_read_in_place(method: int, tmp_path: Path) -> None:
    data = archive(("config.json", TEXT), ("/tmp/x", b"no"), ("../y", b"no"), method=method)
    path = tmp_path / "model.keras"
    path.write_bytes(data)
    assert analyse(read_spec(path)).params == 36
    assert [each.name for each in tmp_path.iterdir()] == ["model.keras"]


def test_content_decides_where_the_name_says_nothing() -> None:
    assert total(archive(("config.json", TEXT)), "model") == 36
    assert total(TEXT, "model") == 36
    assert total(b"input: [8]\nlayers: [{Dense: 4}]", "model") == 36
    assert total(b"{input: [8], layers: [{Dense: 4}]}", "model") == 36


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (archive(("Config.json", TEXT)), "no config.json"),
        (archive(("a/config.json", TEXT)), "no config.json"),
        (archive(("config.json", TEXT), ("config.json", TEXT)), "2 times"),
        (archive(("config.json", TEXT), method=zipfile.ZIP_BZIP2), "compressed by a method"),
        (archive(("config.json", TEXT)) + b"more", "follows after the end"),
        (archive(("config.json", TEXT))[:60], "cannot be read"),
        (b"", "cannot be read"),
        (TEXT, "cannot be read"),
        (archive(("config.json", b"")), "is empty"),
        (b"\x89HDF\r\n\x1a\n", "is HDF5"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # an archive holds the time
)
def test_archives_that_are_refused(data: bytes, what: str) -> None:
    assert what in refused(data)


def test_inflated_bytes_are_counted() -> None:
    bomb = archive(("config.json", b" " * 5_000_000))
    assert len(bomb) < 10_000
    assert "too large" in refused(bomb, size=100_000)


def test_hdf5_is_known_by_its_signature() -> None:
    assert "no HDF5 file" in refused(TEXT, "model.h5")
    assert "cannot be read" in refused(b"\x89HDF\r\n\x1a\n" + b"\0" * 500, "model.h5")


def test_the_config_of_an_hdf5_file(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    for value in (TEXT, TEXT.decode()):
        path = tmp_path / "model.h5"
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = value
            file.create_dataset("kernel", data=[1.0])
        assert analyse(read_spec(path)).params == 36
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = TEXT
        file["model_weights"] = h5py.ExternalLink("other.h5", "/weights")
    assert "links to another file, which is never opened" in refused(path.read_bytes(), "model.h5")
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.4.0"
    assert "no attribute `model_config`" in refused(path.read_bytes(), "weights.h5")
