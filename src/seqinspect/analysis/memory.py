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

from seqinspect.algebra.expression import Expr, const, prod, symbol, total, total_to_show
from seqinspect.model.graph import Graph, Ref
from seqinspect.model.memory import Activations, Memory
from seqinspect.model.report import BYTES, sum_known
from seqinspect.records import NamedTuple
from seqinspect.rules.index import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from seqinspect.model.report import Report, TensorReport, WeightReport

OPTIMIZER_SLOTS = {"sgd": 0, "sgd-momentum": 1, "adam": 2, "adamw": 2}
"""How many numbers an optimizer of Keras keeps for each trained weight."""

OPTIMIZER_BYTES = 8 + 4
"""Bytes of every optimizer's own: its step counter (int64) and its learning rate (float32)."""

LOSS_SCALER_BYTES = 8 + 4 + 8 + 4
"""Bytes of the LossScaleOptimizer in which Keras wraps it under the policy mixed_float16."""

DEFAULT_BATCH = 32
"""The batch where nobody says, as in Keras's `fit`."""

BATCH = symbol("batch", unfixed=True)
"""The number of samples at once, in shapes."""

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
    gradients = total_to_show(bytes_of_weights(trained))
    sizes = _activation_bytes(report)
    all_sizes = [size for each in sizes.values() for size in each]
    known = [size for size in all_sizes if size is not None]
    optimizer_bytes = OPTIMIZER_BYTES + (LOSS_SCALER_BYTES if policy == "mixed_float16" else 0)
    fixed_batch = _fixed_batch(report)
    batch = batch if fixed_batch is None else fixed_batch
    memory = Memory(
        batch=batch,
        optimizer=optimizer,
        weights=tuple(
            (dtype, total_to_show(bytes_of_weights(w for w in weights if w.dtype == dtype)))
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


def bytes_of_weights(weights: Iterable[WeightReport]) -> Iterator[Expr]:
    """Yield the bytes of each weight, as a formula."""
    for weight in weights:
        yield prod(size.plain() for size in weight.symbolic) * BYTES[weight.dtype]


def _bytes(tensor: TensorReport) -> Expr | None:
    """Return the bytes of a tensor; None where nothing is known of it."""
    if tensor.unknown_shape or tensor.dtype not in BYTES:
        return None
    return prod(size.plain() for size in tensor.symbolic) * BYTES[tensor.dtype]


def _activation_bytes(report: Report) -> dict[str, list[Expr | None]]:
    """Return the bytes of what every call returns, by its path, and of the model's inputs."""
    return {
        path: [_bytes(output) for output in outputs]
        for path, outputs in _activations(report).items()
    }


def _fixed_batch(report: Report) -> int | None:
    """Return the batch that the model's inputs fix, if they do."""
    return next(
        (each.tensor.symbolic[0].shown for each in report.inputs if each.tensor.symbolic),
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


class _Moment(NamedTuple):
    """A call of a layer in a forward pass: what it makes, and what nobody reads after it."""

    path: str
    made: tuple[TensorKey, ...]
    dropped: tuple[TensorKey, ...]


def _forward_pass(graph: Graph, sizes: Mapping[str, Sequence[object]]) -> Iterator[_Moment]:
    """Yield what a forward pass makes and drops: first the inputs that are read, then each call."""
    tensors = {Ref(model_input.name): (model_input.name, 0) for model_input in graph.inputs}
    inputs = tuple(tensors.values())
    calls = list(_layer_calls(graph, "", tensors, sizes))
    last = {
        tensor: index for index, (_, read, outputs) in enumerate(calls) for tensor in outputs + read
    }
    last |= {tensors[ref]: len(calls) for ref in graph.outputs if ref in tensors}
    yield _Moment("", tuple(tensor for tensor in inputs if tensor in last), ())
    for index, (path, read, outputs) in enumerate(calls):
        dropped = (tensor for tensor in dict.fromkeys(read + outputs) if last[tensor] == index)
        yield _Moment(path, outputs, tuple(dropped))


def forward_activations(graph: Graph, report: Report) -> tuple[Expr, ...] | None:
    """Return the bytes that are kept at once in a forward pass, for each call that differs.

    The most of them is what it needs, whatever the sizes; `batch` is a name in them. None where a
    tensor is not known.
    """
    sizes = _activation_bytes(report)
    if any(size is None for each in sizes.values() for size in each):
        return None

    def added(tensors: Sequence[TensorKey]) -> Expr:
        return total(size for path, at in tensors if (size := sizes[path][at]) is not None)

    now, found = const(0), dict[Expr, None]()
    for moment in _forward_pass(graph, sizes):
        now += added(moment.made)
        found[now] = None
        now -= added(moment.dropped)
    return tuple(found)


def training_bytes(report: Report, optimizer: str) -> tuple[Expr, ...] | None:
    """Return the bytes that training keeps beside the weights: their sum is in `Memory` in parts.

    None where a tensor is not known. The policy is that of the model's layers alone.
    """
    activations = [size for each in _activation_bytes(report).values() for size in each]
    known = [size for size in activations if size is not None]
    if len(known) < len(activations):
        return None
    trained = (
        weight
        for row in report.counted
        if row.reuses is None
        for weight in row.weights
        if weight.trainable
    )
    slots = OPTIMIZER_SLOTS[optimizer] + 1
    return (*(size * slots for size in bytes_of_weights(trained)), const(OPTIMIZER_BYTES), *known)


def _forward_peak(
    graph: Graph, sizes: Mapping[str, Sequence[Expr | None]], batch: int
) -> Activations | None:
    """Return the most that is kept at once, and while which call; None where no number is known."""
    numbers = {
        path: [None if size is None else bytes_at_batch(size, batch) for size in each]
        for path, each in sizes.items()
    }
    peak = _peak(graph, numbers)
    if peak is None:
        return None
    peak_sizes = [sizes[path][index] for path, index in peak.tensors]
    return Activations(total_to_show(size for size in peak_sizes if size is not None), peak.call)


class _Peak(NamedTuple):
    """The most that is kept at once: how many bytes, of which tensors, and while which call."""

    bytes: int
    tensors: tuple[TensorKey, ...]
    call: str


def _peak(graph: Graph, numbers: Mapping[str, Sequence[int | None]]) -> _Peak | None:
    """Return the most that is kept at once, of bytes by call; None where one is not known."""
    known: dict[TensorKey, int] = {}
    for path, bytes_of_call in numbers.items():
        for index, number in enumerate(bytes_of_call):
            if number is None:
                return None
            known[path, index] = number
    alive: dict[TensorKey, None] = {}
    peak, now = _Peak(-1, (), ""), 0
    for moment in _forward_pass(graph, numbers):
        now += sum(known[tensor] for tensor in moment.made)
        alive |= dict.fromkeys(moment.made)
        if now > peak.bytes:
            peak = _Peak(now, tuple(alive), moment.path)
        for tensor in moment.dropped:
            now -= known[tensor]
            del alive[tensor]
    return peak


def forward_bytes(graph: Graph, report: Report, batch: int) -> int | None:
    """Return the most bytes that a forward pass keeps at once; None where that is not known."""
    numbers = {
        path: [_bytes_in_numbers(output, batch) for output in outputs]
        for path, outputs in _activations(report).items()
    }
    peak = _peak(graph, numbers)
    return None if peak is None else peak.bytes


def training_bytes_in_numbers(report: Report, optimizer: str, batch: int) -> int | None:
    """Return the bytes that training keeps beside the weights; None where that is not known."""
    tensors = (tensor for each in _activations(report).values() for tensor in each)
    activations = sum_known(_bytes_in_numbers(tensor, batch) for tensor in tensors)
    trained = sum_known(
        number_of_bytes(weight.symbolic, weight.dtype)
        for row in report.counted
        if row.reuses is None
        for weight in row.weights
        if weight.trainable
    )
    if activations is None or trained is None:
        return None
    return trained * (OPTIMIZER_SLOTS[optimizer] + 1) + OPTIMIZER_BYTES + activations


def _bytes_in_numbers(tensor: TensorReport, batch: int) -> int | None:
    """Return the bytes of a tensor; None where they are not known."""
    if tensor.unknown_shape or tensor.dtype not in BYTES:
        return None
    return number_of_bytes(tensor.symbolic, tensor.dtype, batch)


def number_of_bytes(shape: Iterable[Expr], dtype: str, batch: int = 1) -> int | None:
    """Return the bytes of numbers in a shape; None where a size is not known."""
    found = BYTES[dtype]
    for size in shape:
        number = size.shown
        if number is None and size == BATCH:
            number = batch
        elif number is None:
            number = size.substitute({"batch": const(batch)}).shown
        if number is None:
            return None
        found *= number
    return found


def _layer_calls(
    graph: Graph,
    path: str,
    tensors: dict[Ref, TensorKey],
    sizes: Mapping[str, Sequence[object]],
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
