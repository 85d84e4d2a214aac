"""What a call does about masked steps: they are changed behind their mask, and nothing may move.

Padding in the input of a model is one value, so that what stands at a padded step cannot be changed
there. It is changed where a call reads it: the model runs on data with padding, and each call that
receives a mask is made again, with other numbers at the steps that the mask marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seqinspect.analysis.call_arguments import call_arguments, flatten_outputs
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import make_layer
from seqinspect.keras_model.experiment.perturbation import (
    in_float64,
    trial_inputs,
    with_random_weights,
)
from seqinspect.keras_model.experiment.trials import TOLERANCE, padded_inputs
from seqinspect.model.facts import Tensor
from seqinspect.model.graph import Layer, Ref
from seqinspect.model.masks import MaskUse
from seqinspect.records import dataclass
from seqinspect.rules import traits_of
from seqinspect.rules.index import FUNCTIONAL, MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.model.graph import Graph, Node
    from seqinspect.model.report import Report, Row

SAMPLES = 24
"""So many samples go through the model, each with padding of its own."""

KEYS = ("value", "key")
"""What an attention attends to, where it takes no list."""

MASKS = frozenset({"mask", "attention_mask", "query_mask", "value_mask", "key_mask"})
"""Masks that a call may be given beside those of its tensors: these are not tried."""


READ_AS_DATA = frozenset({MaskUse.UNMARKED, MaskUse.NOT_PASSED})
"""No step is left out: the mask marks none, or Keras does not pass it."""


def says_what_is_skipped(row: Row) -> bool:
    """Whether a row says of masked steps what an experiment can show, or deny."""
    mask = row.mask
    if mask is None or row.type in MODELS:  # the layers within a model say it
        return False
    return mask.leaves_out or mask.use in READ_AS_DATA


def masked_steps(graph: Graph, report: Report, seed: int = 0) -> dict[str, bool]:
    """Return by path whether a call does what its row says of masked steps.

    `graph` has no models within it. A call is left out where its row says nothing that could be
    tried, or where no step was masked, or where nothing moved although steps that are not masked
    were changed, too. Raises SpecError where the model is too large.
    """
    rows = {row.path: row for row in report.rows if says_what_is_skipped(row)}
    if not rows:
        return {}
    exact = in_float64(Layer(FUNCTIONAL, "model", {}, graph=graph))
    assert exact.graph is not None
    tensors = [
        Tensor(each.tensor.symbolic, each.tensor.dtype, each.time_axis) for each in report.inputs
    ]
    arrays = padded_inputs(trial_inputs(exact, tensors), SAMPLES, seed)
    with runtime.weightless():
        runtime.load().config.set_dtype_policy("float64")
        return _MaskTrial(exact.graph, rows, seed).run(arrays)


class _MaskTrial:
    """A model whose calls are made again on other numbers."""

    def __init__(self, graph: Graph, rows: Mapping[str, Row], seed: int) -> None:
        self.keras: Any = runtime.load()
        self.graph, self.rows, self.seed = graph, rows, seed
        self.random = np.random.default_rng(seed)
        self.layers = {node.name: make_layer(node.layer) for node in graph.nodes if not node.reuses}
        self.found: dict[str, bool] = {}

    def run(self, arrays: Sequence[Any]) -> dict[str, bool]:
        """Build the layers, give them random weights, and run the model on data."""
        keras = self.keras
        self.call([keras.KerasTensor(x.shape, dtype=str(x.dtype)) for x in arrays], tried=False)
        layers = self.layers.values()
        weights = [pair for layer in layers for pair in with_random_weights(layer, self.seed)]
        with keras.StatelessScope(weights):
            for layer in layers:
                runtime.compute_statistics(layer)
            self.call([keras.ops.convert_to_tensor(each) for each in arrays], tried=True)
        return self.found

    def call(self, inputs: Sequence[Any], *, tried: bool) -> None:
        tensors: dict[Ref, Any] = {
            Ref(model_input.name): tensor
            for model_input, tensor in zip(self.graph.inputs, inputs, strict=True)
        }
        for node in self.graph.nodes:
            first, others = call_arguments(node, tensors.__getitem__)
            layer, row = self.layers[node.reuses or node.name], self.rows.get(node.name)
            read = _MaskedArguments.of(node, first, others) if tried and row is not None else None
            outputs = flatten_outputs(layer(first, **others))
            tensors |= {Ref(node.name, index): output for index, output in enumerate(outputs)}
            if row is not None and read is not None:
                verdict = self.verdict(row, layer, read, outputs)
                if verdict is not None:
                    self.found[node.name] = verdict

    def verdict(
        self, row: Row, layer: Any, read: _MaskedArguments, outputs: Sequence[Any]
    ) -> bool | None:
        """Call a layer again, on other numbers at masked steps and at steps that are not."""
        masked = read.masked
        use = MaskUse.NONE if row.mask is None else row.mask.use
        if use is MaskUse.UNMARKED:
            return not masked.any()
        if not masked.any() or masked.all():
            return None
        moved = self.moves(layer, read, masked, outputs)
        if use is MaskUse.NOT_PASSED:
            return moved or None
        if moved:
            return False
        return True if self.moves(layer, read, ~masked, outputs) else None

    def moves(self, layer: Any, read: _MaskedArguments, at: Any, outputs: Sequence[Any]) -> bool:
        """Whether an output moves, where it counts, with other numbers at some steps."""
        first, others = read.changed(at, self.random)
        again = flatten_outputs(layer(first, **others))
        for one, other in zip(outputs, again, strict=True):
            a, b = (np.asarray(self.keras.ops.convert_to_numpy(x)) for x in (one, other))
            change = abs(a - b) / np.maximum(1, np.maximum(abs(a), abs(b)))
            if read.counting is not None and change.shape[:2] == read.counting.shape:
                change = change[read.counting]
            if np.nan_to_num(change).max(initial=0) > TOLERANCE:
                return True
        return False


@dataclass
class _MaskedArguments:
    """The arguments of a call before it is made, which may take masks off them.

    `masked` are the steps of each sample that are masked, and `changing` the arguments that hold
    them: the first one, or value and key of an attention. At output steps that are not `counting`
    something may move: a query that is left with nothing but masked steps attends to all of them.
    """

    first: Any
    others: Mapping[str, Any]
    masks: dict[int, Any]
    changing: frozenset[int]
    masked: Any
    counting: Any

    @classmethod
    def of(cls, node: Node, first: Any, others: Mapping[str, Any]) -> _MaskedArguments | None:
        """Find them; None where they cannot be told apart, or nothing is masked there."""
        listed = isinstance(first, list | tuple)
        tensors = [*first] if listed else [first]
        attention = traits_of(node.layer.type).attention
        if attention and not listed:
            tensors += [others[name] for name in KEYS if name in others]
        if not MASKS.isdisjoint(others) or (listed and not attention):
            return None
        reading = tensors[1:] if attention else tensors
        # Of an Attention that takes a list, the mask of the value is that of the keys, too.
        having = reading[:1] if listed else reading
        masks = [np.asarray(x._keras_mask) for x in having if _mask(x) is not None]
        steps = {tuple(x.shape[:2]) for x in reading if "float" in str(x.dtype)}
        if not masks or {mask.shape for mask in masks} != steps:
            return None
        masked = np.logical_or.reduce([~mask for mask in masks])
        return cls(
            first=first,
            others=others,
            masks={id(x): _mask(x) for x in tensors},
            changing=frozenset(range(len(tensors) - len(reading), len(tensors))),
            masked=masked,
            counting=_counting(node, ~masked, tensors[0]) if attention else None,
        )

    def changed(self, at: Any, random: np.random.Generator) -> tuple[Any, dict[str, Any]]:
        """Return the arguments with other numbers at some steps, and with the masks they had."""
        others = {
            name: self.copy(x, at if name in KEYS else None, random) if id(x) in self.masks else x
            for name, x in self.others.items()
        }
        if isinstance(self.first, list | tuple):
            pairs = enumerate(self.first)
            return [
                self.copy(x, at if i in self.changing else None, random) for i, x in pairs
            ], others
        return self.copy(self.first, at if 0 in self.changing else None, random), others

    def copy(self, tensor: Any, at: Any, random: np.random.Generator) -> Any:
        """Return a tensor with other numbers at some steps, if any, and with the mask it had."""
        ops = runtime.load().ops
        array = np.array(ops.convert_to_numpy(tensor))
        if at is not None:
            shape = array[at].shape
            array[at] += random.choice([-1.0, 1.0], shape) * (1 + random.random(shape))
        other = ops.convert_to_tensor(array, dtype=tensor.dtype)
        if self.masks[id(tensor)] is not None:
            other._keras_mask = self.masks[id(tensor)]
        return other


def _mask(tensor: Any) -> Any:
    return getattr(tensor, "_keras_mask", None)


def _counting(node: Node, kept: Any, query: Any) -> Any:
    """Return at which steps, that are not masked, a query has a key that is not, either."""
    steps = np.arange(kept.shape[1])
    causal = node.call.get("use_causal_mask") is True
    some = np.stack(
        [(kept & ((steps <= t) | (not causal))).any(axis=1) for t in range(query.shape[1])], axis=1
    )
    return some if _mask(query) is None else some & np.asarray(_mask(query))
