"""How many tensors a layer returns: with its states, of both directions, of a model within."""

from __future__ import annotations

from seqinspect.errors import SpecError
from seqinspect.model.graph import Layer
from seqinspect.rules import find_rule, traits_of

RETURNED = {
    "ConvLSTM1D": 3,
    "ConvLSTM2D": 3,
    "ConvLSTM3D": 3,
    "CuDNNGRU": 2,
    "CuDNNLSTM": 3,
    "GRU": 2,
    "LSTM": 3,
    "RNN": 2,
    "SimpleRNN": 2,
}
"""How many tensors a layer returns with `return_state`; an RNN, where its cell has one state."""


def output_count(layer: Layer) -> int:
    """Return how many tensors a layer returns; of one without a rule, one is known."""
    if layer.graph is not None:
        return len(layer.graph.outputs)
    inner = layer.arguments.get("layer")
    if traits_of(layer.type).both_directions and isinstance(inner, Layer):
        apart = "merge_mode" in layer.arguments and layer.arguments["merge_mode"] is None
        backward = layer.arguments.get("backward_layer")
        other = backward if isinstance(backward, Layer) else inner
        return (2 if apart else 1) + _states(inner) + _states(other)
    return 1 + _states(layer)


def _states(layer: Layer) -> int:
    """Return how many states a recurrent layer returns."""
    rule = find_rule(layer.type)
    if rule is None or not layer.arguments.get("return_state"):
        return 0
    cell = layer.arguments.get("cell")
    if isinstance(cell, Layer | tuple):
        from seqinspect.rules.cell_stacks import state_sizes  # noqa: PLC0415 - few layers have cells

        try:
            return len(state_sizes(cell, "cell"))
        except SpecError:  # no cell: the rule refuses it
            return 0
    return RETURNED.get(rule.name, 1) - 1
