"""Files of other formats, by their first bytes and by what stands in them; SavedModel folders.

The bytes are those that the libraries write; the messages of Protocol Buffers are made by hand.
"""

from __future__ import annotations

import io
import json
import pickle
from typing import TYPE_CHECKING
from zipfile import ZipFile

import numpy
import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = {
    "class_name": "Functional",
    "config": {
        "name": "model",
        "layers": [
            {
                "class_name": "InputLayer",
                "config": {"batch_input_shape": {"class_name": "__tuple__", "items": [None, 10, 8]},
                           "dtype": "float32", "name": "x"},
                "name": "x",
                "inbound_nodes": [],
            },
            {
                "class_name": "Conv1D",
                "config": {"name": "c", "filters": 4,
                           "kernel_size": {"class_name": "__tuple__", "items": [3]}},
                "name": "c",
                "inbound_nodes": [[["x", 0, 0, {}]]],
            },
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["c", 0, 0]],
    },
}  # fmt: skip


def field(number: int, content: bytes) -> bytes:
    """A field with a length: its number and kind 2, the length seven bits a byte, the bytes."""
    length, size = b"", len(content)
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


NUMBERS = bytes([2 << 3, 0x96, 0x01, 6 << 3 | 1]) + bytes(8) + bytes([7 << 3 | 5]) + bytes(4)
"""Fields of the other kinds: a number of 150, and eight and four bytes."""


def metadata(identifier: bytes = b"_tf_keras_network") -> bytes:
    layer = field(4, b"_tf_keras_layer") + field(5, b"{}")
    model = NUMBERS + field(3, b"root") + field(4, identifier)
    return field(1, layer) + field(1, model + field(5, json.dumps(CONFIG).encode()))


def graph() -> bytes:
    """What tf.keras before 2.5 wrote: MetaGraph, object graph, objects, user objects."""
    user_object = field(1, b"_tf_keras_network") + field(3, json.dumps(CONFIG).encode())
    objects = field(1, NUMBERS) + field(1, field(4, user_object))
    return field(2, field(1, b"info") + field(7, objects))


def refused(source: Path) -> str:
    with pytest.raises(SpecError) as error:
        read_spec(source)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "data"), [("keras_metadata.pb", metadata()), ("saved_model.pb", graph())]
)
def test_a_saved_model_of_tf_keras(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    report = analyse(read_spec(tmp_path))
    assert report.params == 4 * (3 * 8 + 1)
    assert report.rows[0].outputs[0].shape == (None, 8, 4)


def test_a_saved_model_without_layers(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(field(2, field(1, b"info")))
    assert "it is a SavedModel, and holds no Keras layers" in refused(tmp_path)


def test_a_damaged_saved_model(tmp_path: Path) -> None:
    whole = metadata()
    for end in range(1, len(whole), 7):
        (tmp_path / "keras_metadata.pb").write_bytes(whole[:end])
        assert refused(tmp_path)
    for broken in (b"\xff" * 20, b"\x0b", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x01"):
        (tmp_path / "keras_metadata.pb").write_bytes(broken)
        assert "the file is damaged" in refused(tmp_path)


def test_a_folder(tmp_path: Path) -> None:
    assert "is a directory" in refused(tmp_path)
    core_ml = tmp_path / "a.mlpackage"
    core_ml.mkdir()
    assert "is a Core ML model" in refused(core_ml)


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return file.getvalue()


def arrays() -> bytes:
    file = io.BytesIO()
    numpy.savez(file, numpy.zeros(3))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("unnamed", b"\x1c\0\0\0TFL3" + bytes(20), "a TensorFlow Lite model"),
        ("a.onnx", b"\x08\x07\x12\x07pytorch", "an ONNX model"),
        ("a.mlmodel", b"\x08\x01", "a Core ML model"),
        ("unnamed", zipped("m/data.pkl", "m/version"), "a PyTorch file"),
        ("a.pth", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "a PyTorch file"),
        ("unnamed", pickle.dumps([1]), "a Python pickle"),
        ("unnamed", arrays(), "arrays of numpy"),
        ("a.safetensors", b"\x10\0\0\0\0\0\0\0{}", "safetensors"),
        ("frozen.pb", b"\x0a\x01", "a TensorFlow graph"),
        ("a.h5", b"\x20\0\0\0TFL3", "a TensorFlow Lite model"),
        ("a/checkpoint", b"model_checkpoint_path: x", "a checkpoint of TensorFlow"),
        ("unnamed.zip", zipped("m/saved_model.pb"), "an archive of a SavedModel"),
    ],
)
def test_a_file_is_named(name: str, data: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    assert f"is {kind}" in refused(tmp_path / "a" if "/" in name else path)


def test_what_is_read_all_the_same(tmp_path: Path) -> None:
    """The bytes say what a file is, before its name does."""
    path = tmp_path / "a.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(CONFIG))
        archive.writestr("extra.npy", b"")
    assert analyse(read_spec(path)).params == 100
