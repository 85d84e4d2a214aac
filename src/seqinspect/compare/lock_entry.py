"""A model → its entry in a lock: all that says what it computes and how its checkpoint loads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import Expr
from seqinspect.compare.argument_diff import is_default, without_neutral_arguments
from seqinspect.compare.slots import storage_places
from seqinspect.model.graph import Layer, Ref, UnknownValue
from seqinspect.rules import COMMON, find_rule
from seqinspect.rules.objects import Named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.compare.lock import LockEntry
    from seqinspect.model.graph import Graph, Node
    from seqinspect.model.report import Depends, Report, Row, TensorReport, WeightReport

LONGEST_LIST = 200
"""So many characters of a list are written; a longer one is told from others by its digest."""


def lock_entry(graph: Graph, report: Report) -> LockEntry:
    """Return what the lock says of one model."""
    nodes = dict(_nodes(graph, ""))
    places = dict(storage_places(graph))
    read_as_time = {each.name for each in graph.inputs if each.says_time}
    return {
        "model": report.model,
        "dims": {name: size.value for name, size in report.dims.items()},
        "inputs": {
            each.name: _tensor(each.tensor)
            + (f", time axis {each.time_axis}" if each.name in read_as_time else "")
            for each in report.inputs
        },
        "outputs": list(report.outputs),
        "params": report.params if report.complete else None,
        "trainable": report.trainable if report.complete else None,
        "formula": report.formula.python() if report.complete else None,
        "multiply_adds": report.multiply_adds.value if report.complete else None,
        "bytes": report.bytes if report.complete else None,
        "causal": report.causal,
        "layers": {
            row.path: {
                "type": row.type,
                **_configuration(row, nodes.get(row.path)),
                **({"stored": places[row.path]} if row.path in places else {}),
                **_facts(row),
            }
            for row in report.rows
        },
    }


def _nodes(graph: Graph, path: str) -> Iterator[tuple[str, Node]]:
    """Yield every call of a model by its path, and those of the models within it."""
    for node in graph.nodes:
        yield path + node.name, node
        yield from _nodes_within(node.layer, f"{path}{node.name}/")


def _nodes_within(layer: Layer, path: str) -> Iterator[tuple[str, Node]]:
    if layer.graph is not None:
        yield from _nodes(layer.graph, path)
    for value in layer.arguments.values():
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Layer):
                yield from _nodes_within(inner, f"{path}{inner.name}/")


def _configuration(row: Row, node: Node | None) -> LockEntry:
    """Return what was written of a call; a layer within another one stands in its arguments."""
    if node is None:
        return {}
    unsupported = node.layer.unsupported
    arguments = dict(_arguments(node.layer, ""))
    if unsupported is not None:
        arguments |= {name: _value(value) for name, value in unsupported.constants.items()}
    further = {
        "class": unsupported.target if unsupported is not None else "",
        "call": {name: _value(value) for name, value in node.call.items()},
        "reuses": node.reuses,
        "arguments": arguments,
    }
    sources = row.sources or map(str, node.sources)
    return {"from": list(sources)} | {key: value for key, value in further.items() if value}


def _arguments(layer: Layer, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the arguments that are not the default, those of layers within it below their name."""
    rule = find_rule(layer.type)
    options = {**COMMON, **(rule.options if rule is not None else {})}
    for name, value in sorted(layer.arguments.items()):
        if name == "name" or (name in options and is_default(options[name], value)):
            continue
        if isinstance(value, Layer):
            yield from _inner(value, f"{prefix}{name}")
        elif isinstance(value, tuple) and any(isinstance(each, Layer) for each in value):
            for number, each in enumerate(value):
                if isinstance(each, Layer):
                    yield from _inner(each, f"{prefix}{name}.{number}")
        else:
            yield prefix + name, _value(value)


def _inner(layer: Layer, name: str) -> Iterator[tuple[str, Any]]:
    yield name, layer.type
    if layer.graph is None:  # the layers of a model within have rows of their own
        yield from _arguments(layer, f"{name}.")


def _value(value: object) -> Any:
    """Return the value of an argument as JSON has it, a size as "units = 16"."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Expr):
        if value.is_constant or value.value is None:
            return value.text() if value.value is None else value.value
        return f"{value.text()} = {value.value}"
    if isinstance(value, Ref):
        return str(value)
    if isinstance(value, Named):
        said = [f"{name}={_value(each)}" for name, each in _said(value)]
        return f"{value.type}({', '.join(said)})" if said else value.type
    if isinstance(value, UnknownValue):
        return f"not known ({value.text})"
    if isinstance(value, tuple):
        return _list([_value(each) for each in value])
    if isinstance(value, Mapping):
        return {str(name): _value(each) for name, each in value.items()}
    return str(value)


def _said(named: Named) -> tuple[tuple[str, object], ...]:
    return without_neutral_arguments(named).arguments


def _list(values: list[Any]) -> Any:
    """Return a list, or of a long one (a vocabulary, a table of means) how it is recognised."""
    text = json.dumps(values)
    if len(text) <= LONGEST_LIST:
        return values
    return {"count": len(values), "sha256": sha256(text.encode()).hexdigest()[:16]}


def _facts(row: Row) -> LockEntry:
    """Return what follows from the arguments and what the call reads."""
    time, mask = row.time, row.mask
    facts: LockEntry = {
        "output": [_tensor(output) for output in row.outputs],
        "params": row.params if row.complete else None,
        "weights": {
            weight.name: f"{_sizes(weight) or '1'} {weight.dtype}"
            + (", not trained" if weight.trainable is False else "")
            for weight in row.weights
        }
        if row.complete
        else None,
    }
    if mask is not None:
        passes = ", passed on" if mask.carries else ""
        facts["mask"] = f"{mask.use.name.lower().replace('_', ' ')} of {mask.made}{passes}"
    return facts | {
        "reads": None if time is None else time.reads,
        "depends": None if time is None else {each.input: _steps(each) for each in time.depends},
    }


def _sizes(weight: WeightReport) -> str:
    """The sizes of a weight; one that is not known as its formula: (2×n)×4."""
    sizes = [
        size.text() if number is None else str(number)
        for number, size in zip(weight.shape, weight.symbolic, strict=True)
    ]
    if len(sizes) == 1:
        return sizes[0]
    return "×".join(size if size.isalnum() else f"({size})" for size in sizes)


def _steps(depends: Depends) -> str:
    if depends.first is None or depends.last is None:
        return "not known"
    return f"{depends.first.text()}…{depends.last.text()}"


def _tensor(tensor: TensorReport) -> str:
    if tensor.unknown_shape:
        return "not known"
    names = ", ".join(size.text() for size in tensor.symbolic)
    numbers = ", ".join("null" if size is None else str(size) for size in tensor.shape)
    return f"({names}) = ({numbers}) {tensor.dtype}"
