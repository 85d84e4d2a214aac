"""The one walk over layers within layers, and the one rewrite of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.model.graph import Graph, Layer, Node, Ref
from seqinspect.model.nesting import (
    layers_of,
    layers_within,
    models_of,
    rewritten,
    rewritten_layer,
    wrapper_chain,
)
from seqinspect.readers.spec import read_spec
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = b"""
input: [6, 5, 4]
layers:
  - TimeDistributed:
      Sequential:
        name: inner
        layers:
          - Bidirectional: {LSTM: {units: 3, return_sequences: true}}
          - TimeDistributed: {Dense: {units: 2, name: deepest}}
  - Sequential:
      name: other
      layers:
        - Reshape: [6, 10]
        - RNN: {cell: [{GRUCell: 4}, {LSTMCell: 5}], return_sequences: true}
  - Dense: {units: 10, name: again}
  - reuse: again
"""
TYPES = [
    "TimeDistributed", "Sequential", "Bidirectional", "LSTM", "TimeDistributed", "Dense",
    "Sequential", "Reshape", "RNN", "GRUCell", "LSTMCell", "Dense",
]  # fmt: skip
DEEP = 5_000


@pytest.fixture(scope="module")
def graph() -> Graph:
    return read_spec(SPEC, name="nested.yaml")


def wrapped(layer: Layer) -> Layer:
    return Layer("TimeDistributed", "wrapper", {"layer": layer})


def modelled(layer: Layer) -> Layer:
    node = Node("only", layer, (Ref("input"),))
    inner = Graph("model", "deep.yaml", {}, (), (node,), (Ref("only"),))
    return Layer("Sequential", "model", {}, graph=inner)


def deep(around: Callable[[Layer], Layer]) -> Layer:
    layer = Layer("LSTM", "deepest", {})
    for _ in range(DEEP):
        layer = around(layer)
    return layer


def test_every_layer_is_met_once_in_order(graph: Graph) -> None:
    assert [layer.type for layer in layers_of(graph)] == TYPES


def test_layers_of_models_can_be_left_out(graph: Graph) -> None:
    first = graph.nodes[0].layer
    assert [layer.type for layer in layers_within(first)] == TYPES[1:6]
    assert [layer.type for layer in layers_within(first, models=False)] == ["Sequential"]


def test_models_in_wrappers_are_models_too(graph: Graph) -> None:
    assert [model.name for model in models_of(graph)] == [graph.name, "inner", "other"]


def test_a_chain_of_wrappers_ends_at_what_wraps_nothing() -> None:
    chain = wrapper_chain(wrapped(wrapped(Layer("LSTM", "lstm", {}))))
    assert [layer.type for layer in chain] == ["TimeDistributed", "TimeDistributed", "LSTM"]


@pytest.mark.parametrize("around", [wrapped, modelled])
def test_the_walk_and_the_rewrite_go_as_deep_as_there_are_layers(
    around: Callable[[Layer], Layer],
) -> None:
    layer = deep(around)
    assert sum(1 for _ in layers_within(layer)) == DEEP
    changed = rewritten_layer(layer, of_layer=lambda each: replace(each, place=None, name="new"))
    assert {each.name for each in layers_within(changed)} == {"new"}


def test_a_rewrite_changes_what_is_within_before_what_it_is_in(graph: Graph) -> None:
    order: list[str] = []

    def of_layer(layer: Layer) -> Layer:
        order.append(layer.type)
        return layer

    assert rewritten(graph, of_layer=of_layer) is graph
    assert order == [
        "LSTM", "Bidirectional", "Dense", "TimeDistributed", "Sequential", "TimeDistributed",
        "Reshape", "GRUCell", "LSTMCell", "RNN", "Sequential", "Dense", "Dense",
    ]  # fmt: skip


def test_a_rewrite_reaches_lists_of_layers_and_models_in_wrappers(graph: Graph) -> None:
    def of_layer(layer: Layer) -> Layer:
        if "units" not in layer.arguments:
            return layer
        return replace(layer, arguments={**layer.arguments, "dtype": "float16"})

    def of_graph(model: Graph) -> Graph:
        return replace(model, source="changed")

    changed = rewritten(graph, of_layer=of_layer, of_graph=of_graph)
    dtypes = {layer.name: layer.arguments.get("dtype") for layer in layers_of(changed)}
    halved = {name for name, dtype in dtypes.items() if dtype == "float16"}
    assert halved == {"lstm", "deepest", "gru_cell", "lstm_cell", "again"}
    assert {model.source for model in models_of(changed)} == {"changed"}


def test_every_call_of_a_layer_is_changed(graph: Graph) -> None:
    def of_layer(layer: Layer) -> Layer:
        return replace(layer, name=f"{layer.name}_2")

    first, second = rewritten(graph, of_layer=of_layer).nodes[-2:]
    assert first.layer == second.layer
    assert first.layer.name == "again_2"


def test_a_model_in_two_places_stays_one() -> None:
    spec = b"""
input: [6, 4]
layers:
  - Sequential: {name: shared, layers: [{Dense: 4}]}
  - reuse: shared
"""
    graph = read_spec(spec, name="shared.yaml")
    changed = rewritten(graph, of_graph=lambda model: replace(model, source="changed"))
    first, second = changed.nodes
    assert first.layer.graph is second.layer.graph
    assert first.layer.graph is not graph.nodes[0].layer.graph
