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

from seqinspect.algebra.expression import Expr, prod, symbol, total_to_show
from seqinspect.model.graph import Graph, Ref
from seqinspect.model.memory import Activations, Memory
from seqinspect.model.report import BYTES
from seqinspect.rules.index import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.model.report import Report, TensorReport, WeightReport

OPTIMIZER_SLOTS = {"sgd": 0, "sgd-momentum": 1, "adam": 2, "adamw": 2}
"""How many numbers an optimizer of Keras keeps for each trained weight."""

OPTIMIZER_BYTES = 8 + 4
"""Bytes of every optimizer's own: its step counter (int64) and its learning rate (float32)."""

LOSS_SCALER_BYTES = 8 + 4 + 8 + 4
"""Bytes of the LossScaleOptimizer in which Keras wraps it under the policy mixed_float16."""

DEFAULT_BATCH = 32
"""The batch where nobody says, as in Keras's `fit`."""

TensorKey = tuple[str, int]
"""A tensor by the path of the call that makes it, and the number of the output."""

LayerCall = tuple[str, tuple[TensorKey, ...], tuple[TensorKey, ...]]
"""A call of one layer: its path, what it reads and what it makes."""


def with_memory(
    graph: Graph,
    report: Report,
    *,
    batch: int = DEFAULT_BATCH,
    optimizer: str = "adam",
    policy: str | None = None,
) -> Report:
    """Return the report with its memory at a batch size, and with an optimizer of Keras.

    `policy`: the global dtype policy, if one is set.
    """
    weights = [w for row in report.counted if row.reuses is None for w in row.weights]
    trained = [weight for weight in weights if weight.trainable]
    dtypes = dict.fromkeys(weight.dtype for weight in weights)
    gradients = total_to_show(map(_weight_bytes, trained))
    sizes = {
        path: [_bytes(output) for output in outputs]
        for path, outputs in _activations(report).items()
    }
    all_sizes = [size for each in sizes.values() for size in each]
    known = [size for size in all_sizes if size is not None]
    optimizer_bytes = OPTIMIZER_BYTES + (LOSS_SCALER_BYTES if policy == "mixed_float16" else 0)
    fixed_batch = _fixed_batch(report)
    batch = batch if fixed_batch is None else fixed_batch
    memory = Memory(
        batch=batch,
        optimizer=optimizer,
        weights=tuple(
            (dtype, total_to_show(_weight_bytes(w) for w in weights if w.dtype == dtype))
            for dtype in dtypes
        ),
        gradients=gradients,
        state=gradients * OPTIMIZER_SLOTS[optimizer] + optimizer_bytes,
        forward=_forward_peak(graph, sizes, batch),
        training=Activations(total_to_show(known)) if len(known) == len(all_sizes) else None,
    )
    return report._replace(memory=memory)


def bytes_at_batch(formula: Expr, batch: int) -> int | None:
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
    return next(
        (model_input.tensor.shape[0] for model_input in report.inputs if model_input.tensor.shape),
        None,
    )


def _activations(report: Report) -> dict[str, tuple[TensorReport, ...]]:
    """Return the model's inputs, and the outputs of every call of a layer that is no model.

    Layers within wrappers are left out: what they return is part of what the wrapper does.
    """
    tensors: dict[str, tuple[TensorReport, ...]] = {
        model_input.name: (model_input.tensor,) for model_input in report.inputs
    }
    wrapper = ""
    for row in report.rows:
        if wrapper and row.path.startswith(wrapper):
            continue
        wrapper = ""
        if row.type not in MODELS:
            wrapper = f"{row.path}/"
            tensors[row.path] = row.outputs
    return tensors


def _forward_peak(
    graph: Graph, sizes: Mapping[str, Sequence[Expr | None]], batch: int
) -> Activations | None:
    """Return the most that is kept at once, and while which call; None where no number is known."""
    tensors = {Ref(model_input.name): (model_input.name, 0) for model_input in graph.inputs}
    inputs = tuple(tensors.values())
    calls = list(_layer_calls(graph, "", tensors, sizes))
    numbers: dict[TensorKey, int] = {}
    for path, sizes_of_call in sizes.items():
        for index, size in enumerate(sizes_of_call):
            number = None if size is None else bytes_at_batch(size, batch)
            if number is None:
                return None
            numbers[path, index] = number
    last = {
        tensor: index for index, (_, read, outputs) in enumerate(calls) for tensor in outputs + read
    }
    last |= {tensors[ref]: len(calls) for ref in graph.outputs if ref in tensors}
    alive = dict.fromkeys(tensor for tensor in inputs if tensor in last)
    now = sum(numbers[tensor] for tensor in alive)
    most, peak, peak_call = now, tuple(alive), ""
    for index, (path, read, outputs) in enumerate(calls):
        now += sum(numbers[tensor] for tensor in outputs)
        alive |= dict.fromkeys(outputs)
        if now > most:
            most, peak, peak_call = now, tuple(alive), path
        for tensor in dict.fromkeys(read + outputs):
            if last[tensor] == index:
                now -= numbers[tensor]
                del alive[tensor]
    peak_sizes = [sizes[path][index] for path, index in peak]
    return Activations(total_to_show(size for size in peak_sizes if size is not None), peak_call)


def _layer_calls(
    graph: Graph,
    path: str,
    tensors: dict[Ref, TensorKey],
    sizes: Mapping[str, Sequence[Expr | None]],
) -> Iterator[LayerCall]:
    """Yield every call of a layer in execution order, those of models within too."""
    for node in graph.nodes:
        name = path + node.name
        read = tuple(tensors[ref] for ref in node.refs if ref in tensors)
        if node.layer.graph is not None:
            inner = node.layer.graph
            pairs = zip(inner.inputs, node.sources, strict=True)
            inner_tensors = {Ref(each.name): tensors[ref] for each, ref in pairs if ref in tensors}
            yield from _layer_calls(inner, f"{name}/", inner_tensors, sizes)
            outputs = tuple(inner_tensors[ref] for ref in inner.outputs if ref in inner_tensors)
        else:
            outputs = tuple((name, index) for index in range(len(sizes[name])))
            yield name, read, outputs
        tensors |= {Ref(node.name, index): tensor for index, tensor in enumerate(outputs)}
