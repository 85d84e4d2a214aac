"""Memory of a model: weights, gradients, the optimizer's state, and activations, in bytes.

What is counted, and what is not:

- Weights have the dtype that their layer's dtype policy gives them (float32 in `mixed_float16`).
- Training keeps a gradient for each trained weight, in its dtype, and what the optimizer keeps for
  each of them, in its dtype too, beside a step counter (int64) and a learning rate (float32); under
  the policy mixed_float16 Keras scales the loss, with two counters and two numbers more.
- Activations are what layers return and what the model reads, in their dtypes. In a forward pass
  a tensor is kept until the last layer that reads it has run; in training all are kept.
- Not counted: what a layer needs within itself (gates of an LSTM, scores of an attention), seeds
  of random layers, and what the backend adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, prod, summed, symbol
from seqinspect.model.graph import Graph, Ref
from seqinspect.model.report import BYTES, Activations, Memory
from seqinspect.rules.index import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.model.report import Report, TensorReport, WeightReport

SLOTS = {"sgd": 0, "sgd-momentum": 1, "adam": 2, "adamw": 2}
"""How many numbers an optimizer of Keras keeps for each trained weight."""

COUNTER = 8 + 4
"""Bytes of every optimizer's own: its step counter (int64) and its learning rate (float32)."""

SCALER = 8 + 4 + 8 + 4
"""Bytes of the LossScaleOptimizer in which Keras wraps it under the policy mixed_float16."""

BATCH = 32
"""The batch where nobody says, as in Keras's `fit`."""

Tensor = tuple[str, int]
"""A tensor by the path of the call that makes it, and the number of the output."""

Call = tuple[str, tuple[Tensor, ...], tuple[Tensor, ...]]
"""A call of one layer: its path, what it reads and what it makes."""


def measured(
    graph: Graph,
    report: Report,
    *,
    batch: int = BATCH,
    optimizer: str = "adam",
    policy: str | None = None,
) -> Report:
    """Return the report with its memory at a batch size, and with an optimizer of Keras.

    `policy`: the global dtype policy, if one is set.
    """
    weights = [w for row in report.counted if row.reuses is None for w in row.weights]
    trained = [weight for weight in weights if weight.trainable]
    dtypes = dict.fromkeys(weight.dtype for weight in weights)
    gradients = summed(map(_weight_bytes, trained))
    sizes = {
        path: [_bytes(output) for output in outputs] for path, outputs in _tensors(report).items()
    }
    every = [size for each in sizes.values() for size in each]
    made = [size for size in every if size is not None]
    own = COUNTER + (SCALER if policy == "mixed_float16" else 0)
    fixed = _fixed_batch(report)
    batch = batch if fixed is None else fixed
    memory = Memory(
        batch=batch,
        optimizer=optimizer,
        weights=tuple(
            (dtype, summed(_weight_bytes(w) for w in weights if w.dtype == dtype))
            for dtype in dtypes
        ),
        gradients=gradients,
        state=gradients * SLOTS[optimizer] + own,
        forward=_forward(graph, sizes, batch),
        training=Activations(summed(made)) if len(made) == len(every) else None,
    )
    return report._replace(memory=memory)


def at(formula: Expr, batch: int) -> int | None:
    """Return the number of bytes at a batch size; None where another size is not known."""
    return formula.substitute({"batch": symbol("batch", batch)}).value


def _weight_bytes(weight: WeightReport) -> Expr:
    return prod(size.plain() for size in weight.symbolic) * BYTES[weight.dtype]


def _bytes(tensor: TensorReport) -> Expr | None:
    """Return the bytes of a tensor; None where nothing is known of it."""
    if tensor.unknown_shape or tensor.dtype not in BYTES:
        return None
    return prod(size.plain() for size in tensor.symbolic) * BYTES[tensor.dtype]


def _fixed_batch(report: Report) -> int | None:
    """Return the batch that the model's inputs fix, if they do."""
    return next((given.tensor.shape[0] for given in report.inputs if given.tensor.shape), None)


def _tensors(report: Report) -> dict[str, tuple[TensorReport, ...]]:
    """Return the model's inputs, and the outputs of every call of a layer that is no model.

    Layers within wrappers are left out: what they return is part of what the wrapper does.
    """
    found: dict[str, tuple[TensorReport, ...]] = {
        given.name: (given.tensor,) for given in report.inputs
    }
    wrapper = ""
    for row in report.rows:
        if wrapper and row.path.startswith(wrapper):
            continue
        wrapper = ""
        if row.type not in MODELS:
            wrapper = f"{row.path}/"
            found[row.path] = row.outputs
    return found


def _forward(
    graph: Graph, sizes: Mapping[str, Sequence[Expr | None]], batch: int
) -> Activations | None:
    """Return the most that is kept at once, and while which call; None where no number is known."""
    known = {Ref(given.name): (given.name, 0) for given in graph.inputs}
    inputs = tuple(known.values())
    calls = list(_calls(graph, "", known, sizes))
    numbers: dict[Tensor, int] = {}
    for path, outputs in sizes.items():
        for index, size in enumerate(outputs):
            number = None if size is None else at(size, batch)
            if number is None:
                return None
            numbers[path, index] = number
    last = {tensor: index for index, (_, read, made) in enumerate(calls) for tensor in made + read}
    last |= {known[ref]: len(calls) for ref in graph.outputs if ref in known}
    alive = dict.fromkeys(tensor for tensor in inputs if tensor in last)
    now = sum(numbers[tensor] for tensor in alive)
    most, peak, where = now, tuple(alive), ""
    for index, (path, read, made) in enumerate(calls):
        now += sum(numbers[tensor] for tensor in made)
        alive |= dict.fromkeys(made)
        if now > most:
            most, peak, where = now, tuple(alive), path
        for tensor in dict.fromkeys(read + made):
            if last[tensor] == index:
                now -= numbers[tensor]
                del alive[tensor]
    kept = [sizes[path][index] for path, index in peak]
    return Activations(summed(size for size in kept if size is not None), where)


def _calls(
    graph: Graph, path: str, known: dict[Ref, Tensor], sizes: Mapping[str, Sequence[Expr | None]]
) -> Iterator[Call]:
    """Yield every call of a layer in execution order, those of models within too."""
    for node in graph.nodes:
        name = path + node.name
        read = tuple(known[ref] for ref in node.refs if ref in known)
        if node.layer.graph is not None:
            inner = node.layer.graph
            given = zip(inner.inputs, node.sources, strict=True)
            within = {Ref(each.name): known[ref] for each, ref in given if ref in known}
            yield from _calls(inner, f"{name}/", within, sizes)
            outputs = tuple(within[ref] for ref in inner.outputs if ref in within)
        else:
            outputs = tuple((name, index) for index in range(len(sizes[name])))
            yield name, read, outputs
        known |= {Ref(node.name, index): tensor for index, tensor in enumerate(outputs)}
