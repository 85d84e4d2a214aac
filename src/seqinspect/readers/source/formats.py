"""Files that hold no Keras layers: what each is called, by its first bytes or by its name."""

from __future__ import annotations

import re

TENSORFLOW_LITE = "a TensorFlow Lite model"
PYTORCH = "a PyTorch file"
GRAPH_MODEL = "a graph model of TensorFlow.js"
TENSORFLOW_GRAPH = "a TensorFlow graph"
CHECKPOINT = "a checkpoint of TensorFlow"
PICKLE = "a Python pickle"
ARRAYS = "arrays of numpy"

BY_ENDING = {
    ".bin": "weights alone",
    ".ckpt": CHECKPOINT,
    ".gguf": "a GGUF model",
    ".index": CHECKPOINT,
    ".joblib": PICKLE,
    ".lite": TENSORFLOW_LITE,
    ".mlmodel": "a Core ML model",
    ".mlpackage": "a Core ML model",
    ".npy": ARRAYS,
    ".npz": ARRAYS,
    ".onnx": "an ONNX model",
    ".ort": "an ONNX model",
    ".pb": TENSORFLOW_GRAPH,
    ".pbtxt": TENSORFLOW_GRAPH,
    ".pickle": PICKLE,
    ".pkl": PICKLE,
    ".pt": PYTORCH,
    ".pt2": PYTORCH,
    ".pte": "an ExecuTorch model",
    ".pth": PYTORCH,
    ".safetensors": "safetensors, weights alone",
    ".tflite": TENSORFLOW_LITE,
}

BY_START = (
    (4, b"TFL3", TENSORFLOW_LITE),
    (0, b"GGUF", "a GGUF model"),
    (0, b"\x93NUMPY", ARRAYS),
    (0, b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", PYTORCH),
    *((0, bytes((0x80, protocol)), PICKLE) for protocol in range(2, 6)),
)
"""Bytes at an offset. A pickle begins with its protocol; torch.save wrote a number of its own
first, before 1.6."""

BY_ENTRY = (
    (r"(.*/)?(data|constants)\.pkl", PYTORCH),
    (r".*\.npy", ARRAYS),
    (r"(.*/)?Manifest\.json|.*\.mlmodel", "a Core ML model"),
    (r"(.*/)?saved_model\.pb", "an archive of a SavedModel"),
)
"""What stands in an archive."""

NO_LAYERS = "holds no Keras layers"

REMEDY = "describe the Keras model that it was made from: its .keras or .h5 file, or its code"


def format_of(ending: str, start: bytes) -> str:
    """Return what a file is that holds no Keras layers, with its article; empty where it may."""
    by_start = next((name for at, sign, name in BY_START if start.startswith(sign, at)), "")
    return by_start or BY_ENDING.get(ending, "")


def format_of_archive(names: list[str]) -> str:
    """Return what an archive is that Keras did not write, by what stands in it, if that says it."""
    return next(
        (kind for entry, kind in BY_ENTRY if any(re.fullmatch(entry, name) for name in names)), ""
    )
