"""Hostile folders: SavedModels that are damaged or lie, and folders that go round or hold pipes."""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

METADATA, GRAPH = "keras_metadata.pb", "saved_model.pb"
MODEL = json.dumps(
    {"class_name": "Sequential", "config": {"name": "m", "layers": [
        {"class_name": "LSTM", "config": {"units": 8, "batch_input_shape": [None, 10, 8]}}]}}
)  # fmt: skip


def varint(number: int) -> bytes:
    """Return a number as Protocol Buffers write it."""
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, content: bytes) -> bytes:
    """Return a field that has a length."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def metadata(config: bytes) -> bytes:
    """Return `keras_metadata.pb` of one model with such a config."""
    node = field(3, b"root") + field(4, b"_tf_keras_sequential") + field(5, config)
    return field(1, node)


def nested(depth: int) -> bytes:
    """Return messages in messages."""
    content = b""
    for _ in range(depth):
        content = field(2, content)
    return content


def deep(depth: int) -> bytes:
    return b'{"class_name": "Sequential", "config": ' + b"[" * depth + b"]" * depth + b"}"


GOOD = metadata(MODEL.encode())
NOISE = random.Random(1).randbytes(100_000)

SAVED: Mapping[str, Mapping[str, bytes]] = {
    "cut off": {METADATA: GOOD[:-1]},
    "cut within a number": {METADATA: GOOD[:2] + b"\xff"},
    "empty": {METADATA: b"", GRAPH: b""},
    "noise": {METADATA: NOISE},
    "noise as a graph": {GRAPH: NOISE},
    "a number without an end": {METADATA: b"\x0a" + b"\xff" * 100_000},
    "a length beyond all": {METADATA: b"\x0a" + b"\xff" * 9 + b"\x01" + GOOD},
    "numbers alone": {METADATA: b"\x08\x01" * 500_000},
    "a million fields": {METADATA: field(1, b"") * 500_000},
    "a million models": {METADATA: field(1, field(4, b"_tf_keras_model")) * 30_000},
    "messages in messages": {GRAPH: nested(20_000)},
    "groups": {METADATA: b"\x0b" * 1000},
    "a config that is none": {METADATA: metadata(b"\xff\xfe{")},
    "a deep config": {METADATA: metadata(deep(100_000))},
    "a config of digits": {METADATA: metadata(b"1" * 1_000_000)},
    "a config of spaces": {METADATA: metadata(MODEL.encode() + b" " * 1_000_000)},
    "a config for a terminal": {METADATA: metadata(MODEL.replace(
        '"m"', r'"\u001b[2J\n::error::[red]\u202e"').encode())},
    "a config that wants code run": {METADATA: metadata(MODEL.replace(
        '"LSTM"', '"Lambda"').replace('"units": 8', '"function": ["4wE=", null, null]').encode())},
}  # fmt: skip
"""SavedModel folders, by the files in them."""


def round_and_round(folder: Path) -> None:
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "itself.yaml").symlink_to("itself.yaml")
    (folder / METADATA).symlink_to(METADATA)


def pipes(folder: Path) -> None:
    for name in (METADATA, GRAPH, "pipe.yaml", "pipe.py", "pipe.npy"):
        os.mkfifo(folder / name)


def devices(folder: Path) -> None:
    (folder / METADATA).symlink_to("/dev/zero")
    (folder / "endless.yaml").symlink_to("/dev/zero")


def folders_as_files(folder: Path) -> None:
    for name in (METADATA, GRAPH, "a.yaml", "b.py"):
        (folder / name).mkdir()


def depths(folder: Path) -> None:
    for _ in range(60):
        folder = folder / "d"
    folder.mkdir(parents=True)
    (folder / "deep.yaml").write_text("input: [2]\nlayers: [Flatten]\n")


def names(folder: Path) -> None:
    for name in (
        "\x1b[2J",
        "a\n::error::b",
        "[red]",
        "\u202e",
        "<script>",
        "=1+1",
        "--static",
        "*",
    ):
        (folder / f"{name}.yaml").write_text("input: [2]\nlayers: [Flatten]\n")


OTHERS: Mapping[str, Callable[[Path], None]] = {
    "nothing": lambda _: None,
    "round and round": round_and_round,
    "pipes": pipes,
    "devices": devices,
    "folders as files": folders_as_files,
    "deep": depths,
    "names": names,
}
"""Folders that are no SavedModel, and what makes them."""


def make(parent: Path) -> dict[str, Path]:
    """Make every folder below a parent, and return them by name."""
    made = {}
    for number, (name, files) in enumerate(SAVED.items()):
        folder = made[f"SavedModel: {name}"] = parent / f"saved{number}"
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content)
    for number, (name, fill) in enumerate(OTHERS.items()):
        folder = made[f"folder: {name}"] = parent / f"folder{number}"
        folder.mkdir()
        fill(folder)
    return made
