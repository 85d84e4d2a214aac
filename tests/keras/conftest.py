"""Graphs and reports made by hand, without the reader and without the rules."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from seqinspect.algebra.expression import Expr, const, symbol
from seqinspect.errors import Place
from seqinspect.keras_model.build import runtime
from seqinspect.model.graph import Graph, Input, Layer, Node, Ref
from seqinspect.model.report import Report, Row, TensorReport, WeightReport

if TYPE_CHECKING:
    from collections.abc import Iterator


def expr(value: Any) -> Any:
    """Integers as Expr, None as a size that is not known, within tuples too."""
    if isinstance(value, tuple):
        return tuple(map(expr, value))
    return const(value) if isinstance(value, int) and not isinstance(value, bool) else value


def make_shape(*shape: int | None) -> tuple[Expr, ...]:
    return tuple(symbol(f"N{i}") if s is None else const(s) for i, s in enumerate(shape))


def make_layer(kind: str, name: str, graph: Graph | None = None, **arguments: Any) -> Layer:
    typed = {key: expr(value) for key, value in arguments.items()}
    return Layer(kind, name, typed, graph=graph)


def make_graph(
    inputs: dict[str, Any], *nodes: Node, outputs: tuple[str, ...] = (), **options: Any
) -> Graph:
    """Inputs by name (shape with the batch, or with a dtype), calls, names of outputs."""
    given = []
    for name, shape in inputs.items():
        dtype = "float32"
        if shape and isinstance(shape[-1], str):
            dtype, shape = shape[-1], shape[:-1]  # noqa: PLW2901
        given.append(Input(name, None if shape is None else make_shape(*shape), dtype))
    names = outputs or (nodes[-1].name,)
    return Graph("m", "m.yaml", {}, tuple(given), nodes, tuple(map(Ref, names)), **options)


def make_node(layer: Layer, *sources: str, **options: Any) -> Node:
    """A call; `x.1` is the second output of x, and it stands on the line of its name's length."""
    options.setdefault("place", Place("m.yaml", 7, 5))
    return Node(options.pop("name", layer.name), layer, tuple(map(make_ref, sources)), **options)


def make_ref(text: str) -> Ref:
    name, _, output = text.partition(".")
    return Ref(name, int(output or 0))


def make_chain(shape: tuple[Any, ...], *layers: Layer) -> Graph:
    names = ["input", *(layer.name for layer in layers)]
    nodes = [make_node(layer, before) for layer, before in zip(layers, names, strict=False)]
    return make_graph({"input": shape}, *nodes)


def make_report(*rows: Row) -> Report:
    return Report("m", "m.yaml", {}, {}, (), rows, (rows[-1].name,), None)


def make_row(
    path: str, kind: str, *outputs: tuple[int | None, ...], dtype: str = "float32", **weights: Any
) -> Row:
    """One row; weights by name (`__` for a slash) with their shapes."""
    found = tuple(
        WeightReport(name.replace("__", "/"), make_shape(*shape), True, "float32")
        for name, shape in weights.items()
    )
    return Row(
        name=path.rpartition("/")[2],
        path=path,
        depth=path.count("/"),
        type=kind,
        place=None,
        sources=(),
        reuses=None,
        outputs=tuple(TensorReport(make_shape(*shape), dtype) for shape in outputs),
        weights=found,
        formula=const(0),
        multiply_adds=const(0),
        time=None,
    )


class Hand:
    """What the tests make by hand."""

    shape = staticmethod(make_shape)
    layer = staticmethod(make_layer)
    graph = staticmethod(make_graph)
    node = staticmethod(make_node)
    ref = staticmethod(make_ref)
    chain = staticmethod(make_chain)
    report = staticmethod(make_report)
    row = staticmethod(make_row)


@contextmanager
def noting_calls() -> Iterator[list[Any]]:
    """Note every Keras layer that is called in the block, one for each call."""
    layers: list[Any] = []
    layer = runtime.load().layers.Layer
    call = layer.__call__

    def noted(self: Any, *arguments: Any, **options: Any) -> Any:
        layers.append(self)
        return call(self, *arguments, **options)

    with patch.object(layer, "__call__", noted):
        yield layers


@pytest.fixture
def called() -> Iterator[list[Any]]:
    """The Keras layers that the test calls, one for each call."""
    with noting_calls() as layers:
        yield layers


@pytest.fixture(scope="session")
def hand() -> type[Hand]:
    return Hand
