"""SavedModel folders: the Keras config that tf.keras noted beside the graph; no graph is read.

tf.keras 2.5 to 2.15 wrote `keras_metadata.pb`, earlier ones put the same texts into
`saved_model.pb`; Keras 3 exports functions of TensorFlow and notes no layers. Of the wire format of
Protocol Buffers these few fields are read, each once, without TensorFlow:

    SavedMetadata    {repeated Node nodes = 1}
    Node             {string node_path = 3; string identifier = 4; string metadata = 5}
    SavedModel       {repeated MetaGraph meta_graphs = 2}
    MetaGraph        {ObjectGraph object_graph_def = 7}
    ObjectGraph      {repeated Object nodes = 1}
    Object           {UserObject user_object = 4}
    UserObject       {string identifier = 1; string metadata = 3}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.readers.source.archive import refuse_file
from seqinspect.readers.source.formats import NO_LAYERS, REMEDY
from seqinspect.readers.source.limits import Limits, raise_remedy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METADATA, GRAPH = "keras_metadata.pb", "saved_model.pb"
IDENTIFIERS = (b"_tf_keras_model", b"_tf_keras_network", b"_tf_keras_sequential")
"""What tf.keras calls an object that is a model; the first one in a file is the model saved."""

MAX_VARINT = 10
"""Bytes of a number; the last of them has no continuation bit."""


class _Damaged(Exception):  # noqa: N818 - it names a state
    """The bytes are no message; it never leaves this module."""


def is_saved_model(folder: Path) -> bool:
    """Tell whether a folder is a SavedModel."""
    return any((folder / name).is_file() for name in (METADATA, GRAPH))


def config_of_saved_model(folder: Path, limits: Limits) -> bytes:
    """Return the JSON of the Keras model in such a folder. Raises SpecError, OSError."""
    file = folder / METADATA
    if not file.is_file():
        file = folder / GRAPH
    size = file.stat().st_size
    if size > limits.size:
        refuse_file(
            str(file),
            "the file is too large",
            received=f"{size:,} bytes",
            expected=f"at most {limits.size:,} bytes (the limit `size`)",
            remedy=raise_remedy("size"),
        )
    data = memoryview(file.read_bytes())
    try:
        found = next(_models_of_metadata(data) if file.name == METADATA else _models(data), None)
    except _Damaged:
        refuse_file(str(file), "the file is damaged", expected="a message of Protocol Buffers")
    if found is None:
        refuse_file(str(folder), f"it is a SavedModel, and {NO_LAYERS}", remedy=REMEDY)
    return found


def _models_of_metadata(data: memoryview) -> Iterator[bytes]:
    for node in _messages(data, 1):
        fields = dict(_fields(node))
        if bytes(fields.get(4, b"")) in IDENTIFIERS:
            yield bytes(fields.get(5, b""))


def _models(data: memoryview) -> Iterator[bytes]:
    for graph in _messages(data, 2):
        for objects in _messages(graph, 7):
            for node in _messages(objects, 1):
                for user_object in _messages(node, 4):
                    fields = dict(_fields(user_object))
                    if bytes(fields.get(1, b"")) in IDENTIFIERS:
                        yield bytes(fields.get(3, b""))


def _messages(data: memoryview, number: int) -> Iterator[memoryview]:
    """Yield the messages in a field that may be repeated."""
    return (value for field, value in _fields(data) if field == number)


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield number and bytes of every field with a length; others are passed over."""
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        match tag & 7:
            case 0:
                _, place = _varint(data, place)
            case 1:
                place += 8
            case 2:
                length, place = _varint(data, place)
                yield tag >> 3, data[place : place + length]
                place += length
            case 5:
                place += 4
            case _:
                raise _Damaged
    if place > len(data):
        raise _Damaged


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    """Return a number, seven bits a byte, the lowest first, and where it ends."""
    number = 0
    for shift in range(MAX_VARINT):
        if place >= len(data):
            raise _Damaged
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return number, place
    raise _Damaged
