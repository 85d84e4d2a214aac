"""Layers around a layer: TimeDistributed and Bidirectional."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from seqinspect.errors import refuse
from seqinspect.facts import Facts, Inner, Part, Tensor, Tensors, Weight
from seqinspect.reach import Reach, each, everything
from seqinspect.rules.arguments import Real
from seqinspect.rules.common import need_min_rank
from seqinspect.rules.registry import rule

RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})


@rule("TimeDistributed")
def time_distributed(inputs: Tensor, mask: Tensor | None = None, *, layer: Inner) -> Facts:
    """The layer on each time step by itself, with the same weights at every step."""
    need_min_rank(inputs, 3, "(batch, time, …)")
    batch, steps, *rest = inputs.shape
    child_time = inputs.time - 1 if inputs.time is not None and inputs.time > 1 else None
    inner = layer.facts(inputs.to(batch, *rest, time=child_time))
    if len(inner.outputs) != 1:
        refuse(f"needs a layer with one output, and {layer.type} has {len(inner.outputs)}",
               argument="layer", about="value")
    child = inner.outputs[0]
    over_time = inputs.time in (None, 1)
    time = 1 if over_time else (None if child.time is None else child.time + 1)
    output = child.to(child.shape[0], steps, *child.shape[1:], time=time)
    return Facts(
        outputs=(replace(output, holds=inputs.holds if over_time else child.holds),),
        reads="each" if over_time else inner.reads,
        reaches=(each(steps),) if over_time else inner.reaches,
        weights=tuple(replace(weight, used=weight.used * steps) for weight in inner.weights),
        applications=inner.applications * steps,
        products=inner.products * steps,
        parts=(Part(layer, inner),),
        remark=inner.remark,
    )


@rule("Bidirectional")
def bidirectional(
    sequences: Tensor,
    initial_state: Tensors | None = None,
    mask: Tensor | None = None,
    *,
    layer: Inner,
    merge_mode: Literal["concat", "sum", "mul", "ave", None] = "concat",
    weights: None = None,
    backward_layer: Inner | None = None,
) -> Facts:
    """Two recurrent layers, one over the steps forward and one backward, merged."""
    forward, backward = _halves(layer, backward_layer)
    half = len(initial_state) // 2 if initial_state else 0
    ahead = forward.facts(sequences, initial_state[:half] if initial_state else None)
    back = backward.facts(sequences, initial_state[half:] if initial_state else None)
    sequence = bool(forward.argument("return_sequences", False))
    merged, *_ = ahead.outputs
    if sequence:
        reaches = (_whole(ahead.reaches[0]), _whole(back.reaches[0]).reversed())
    else:
        reaches = (_whole(ahead.reaches[0]), _whole(back.reaches[0]))
        merged = replace(merged, holds="ends")
    states = (*ahead.outputs[1:], *back.outputs[1:])
    if merge_mode is None:
        outputs: Tensors = (ahead.outputs[0], back.outputs[0])
        reading = reaches
    else:
        outputs = (_doubled(merged) if merge_mode == "concat" else merged,)
        reading = (reaches[0] | reaches[1],)
    return Facts(
        outputs=(*outputs, *states),
        reads="all",
        reaches=(*reading, *[everything(sequences.steps)] * len(states)),
        weights=(*_prefixed(forward, ahead), *_prefixed(backward, back)),
        applications=ahead.applications * 2,
        products=ahead.products + back.products,
        parts=(Part(forward, ahead, same_input=True), Part(backward, back, same_input=True)),
        remark=_remark(forward, sequence=sequence),
    )


def _halves(layer: Inner, backward_layer: Inner | None) -> tuple[Inner, Inner]:
    """Forward and backward layer, as Keras makes them from the one that is given."""
    for half, argument in ((layer, "layer"), (backward_layer, "backward_layer")):
        if half is not None and half.type not in RECURRENT:
            refuse(
                f"wraps recurrent layers, and {half.type} is none",
                received=half.type,
                expected="LSTM, GRU, SimpleRNN or another layer with `go_backwards`",
                remedy="use TimeDistributed to apply a layer to every step"
                if half.type != "Bidirectional" else "",
                argument=argument,
                about="value",
            )
    forward = layer.changed(f"forward_{layer.name.removeprefix('forward_')}")
    backward = backward_layer or layer.changed(
        f"backward_{layer.name.removeprefix('backward_')}", go_backwards=True
    )
    if bool(forward.argument("go_backwards", False)) == bool(backward.argument("go_backwards", False)):
        refuse(
            "needs one layer that goes forward and one that goes backward",
            received="the same `go_backwards` in both",
            expected="`go_backwards: false` in `layer`, true in `backward_layer`",
            argument="layer",
            about="value",
        )
    for option in ("stateful", "return_sequences", "return_state"):
        if forward.argument(option, False) != backward.argument(option, False):
            refuse(
                f"needs the same `{option}` in both of its layers",
                argument="backward_layer",
                about="value",
            )
    return forward, backward


def _whole(reading: object) -> Reach:
    if not isinstance(reading, Reach):
        raise TypeError("a recurrent layer reads its sequences in one way")
    return reading


def _doubled(x: Tensor) -> Tensor:
    return x.to(*x.shape[:-1], x.shape[-1] * 2)


def _prefixed(layer: Inner, facts: Facts) -> list[Weight]:
    return [replace(weight, name=f"{layer.name}/{weight.name}") for weight in facts.weights]


def _remark(forward: Inner, *, sequence: bool) -> str:
    backwards = bool(forward.argument("go_backwards", False))
    if sequence:
        return "the forward half has seen steps 0…t, the backward half steps t…T−1"
    ends = ("step 0", "step T−1") if backwards else ("step T−1", "step 0")
    return f"the forward half ends at {ends[0]}, the backward half at {ends[1]}"
