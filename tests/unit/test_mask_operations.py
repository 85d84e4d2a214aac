"""Masks that Keras 3 writes into functional configs; the configs are as Keras 3.15.1 wrote them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.output.report.time_notes import time_note
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph

Config = dict[str, Any]


def tensor(name: str) -> Config:
    config = {"shape": [None], "dtype": "float32", "keras_history": [name, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def layer(kind: str, name: str, *sources: str, mask: str = "", **config: Any) -> Config:
    args: Any = [tensor(each) for each in sources]
    kwargs = {"mask": tensor(mask)} if mask else {}
    return {
        "module": "keras.layers", "class_name": kind, "registered_name": None, "name": name,
        "config": {"name": name, "trainable": True, **config},
        "inbound_nodes": [{"args": [args] if len(args) > 1 else args, "kwargs": kwargs}],
    }  # fmt: skip


def operation(kind: str, name: str, *args: Any, **kwargs: Any) -> Config:
    given = [tensor(each) if isinstance(each, str) else each for each in args]
    return {
        "module": "keras.src.ops.numpy", "class_name": kind, "registered_name": kind, "name": name,
        "config": {"name": name, **kwargs},
        "inbound_nodes": [{"args": given, "kwargs": {}}],
    }  # fmt: skip


def concatenate(*sources: str) -> Config:
    call = {"args": [[tensor(each) for each in sources]], "kwargs": {}}
    found = operation("Concatenate", "beside", axis=-1)
    return {**found, "inbound_nodes": [call]}


def graph_of(inputs: Config, *layers: Config) -> Graph:
    entries = [
        {
            "module": "keras.layers", "class_name": "InputLayer", "name": name,
            "config": {"batch_shape": [None, *shape], "dtype": dtype, "name": name},
            "inbound_nodes": [],
        }
        for name, (shape, dtype) in inputs.items()
    ]  # fmt: skip
    config = {
        "name": "m",
        "layers": [*entries, *layers],
        "input_layers": [[name, 0, 0] for name in inputs],
        "output_layers": [[layers[-1]["name"], 0, 0]],
    }
    model = {"module": "keras", "class_name": "Functional", "config": config}
    return read_spec(json.dumps(model).encode(), name="model.json")


IDS = {"x": ([7], "int32")}
TWO = {"x": ([7], "int32"), "y": ([7], "int32")}
NUMBERS = {"x": ([7, 3], "float32")}


def embedding(name: str, source: str, *, mask_zero: bool = True) -> Config:
    return layer("Embedding", name, source, input_dim=9, output_dim=4, mask_zero=mask_zero)


def rnn(*sources: str, mask: str) -> Config:
    return layer("GRU", "rnn", *sources, mask=mask, units=2)


def sequences(name: str, source: str, mask: str) -> Config:
    return layer("LSTM", name, source, mask=mask, units=3, return_sequences=True)


E, F = embedding("e", "x"), embedding("f", "y")
ZERO, ZERO_Y = operation("NotEqual", "zero", "x", 0), operation("NotEqual", "zero_y", "y", 0)
ANY = operation("Any", "any", "zero", axis=-1, keepdims=False)


@pytest.mark.parametrize(
    ("inputs", "layers", "left"),
    [
        (IDS, [E, ZERO, rnn("e", mask="zero")], ["e", "rnn"]),
        (IDS, [E, ZERO, operation("ConvertToTensor", "same", "zero"), rnn("e", mask="same")],
         ["e", "rnn"]),
        (IDS, [E, ZERO, sequences("s", "e", "zero"), layer("Dropout", "d", "s", rate=0.1),
               rnn("d", mask="zero")], ["e", "s", "d", "rnn"]),
        (NUMBERS, [operation("NotEqual", "zero", "x", 2.0),
                   layer("Masking", "m", "x", mask_value=2.0), ANY, rnn("m", mask="any")],
         ["m", "rnn"]),
        (TWO, [E, F, ZERO, ZERO_Y, layer("Add", "add", "e", "f"),
               operation("LogicalOr", "or", "zero", "zero_y"), rnn("add", mask="or")],
         ["e", "f", "add", "rnn"]),
        ({**IDS, "z": ([7, 2], "float32")},
         [E, ZERO, layer("Concatenate", "c", "z", "e", axis=-1),
          operation("OnesLike", "ones", "z", dtype="bool"),
          operation("ExpandDims", "wide", "zero", axis=-1),
          operation("ZerosLike", "zeros", "e", dtype="bool"),
          operation("LogicalOr", "or", "wide", "zeros"), concatenate("ones", "or"),
          operation("Any", "any", "beside", axis=-1, keepdims=False), rnn("c", mask="any")],
         ["e", "c", "rnn"]),
        # The author's own masks stay: of another number, of no mask, of a mask that was lost.
        (IDS, [E, operation("NotEqual", "five", "x", 5), rnn("e", mask="five")],
         ["e", "five", "rnn"]),
        (IDS, [embedding("e", "x", mask_zero=False), ZERO, rnn("e", mask="zero")],
         ["e", "zero", "rnn"]),
        (IDS, [E, ZERO, layer("RMSNormalization", "r", "e"), rnn("r", mask="zero")],
         ["e", "zero", "r", "rnn"]),
        (TWO, [E, F, ZERO_Y, rnn("e", mask="zero_y")], ["e", "f", "zero_y", "rnn"]),
    ],
)  # fmt: skip
def test_masks_that_keras_makes_by_itself(
    inputs: Config, layers: list[Config], left: list[str]
) -> None:
    graph = graph_of(inputs, *layers)
    names = {node.name for node in graph.nodes}
    assert names == set(left)
    operations = any(node.layer.unsupported for node in graph.nodes)
    assert ("mask" in graph.nodes[-1].call) == operations


def test_multiply_adds_and_time_are_those_of_the_model_without_them() -> None:
    """A GRU of 2 units on 4 features over 7 steps: 7×3×2×(4+2)."""
    report = analyse(graph_of(IDS, E, ZERO, rnn("e", mask="zero")))
    assert report.multiply_adds.value == 7 * 3 * 2 * (4 + 2)
    assert time_note(report.rows[-1]).endswith("the state passes them unchanged")


def test_work_does_not_grow_with_the_square_of_shared_masks() -> None:
    """Each Add has the mask of both its sources: written out they would be 2^60 operations."""
    layers, mask, last = [E, ZERO], "zero", "e"
    for index in range(60):
        layers.append(layer("Add", f"a{index}", last, last))
        layers.append(operation("LogicalOr", f"o{index}", mask, mask))
        last, mask = f"a{index}", f"o{index}"
    graph = graph_of(IDS, *layers, rnn(last, mask=mask))
    assert len(graph.nodes) == 62
