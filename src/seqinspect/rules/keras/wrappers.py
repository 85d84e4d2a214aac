"""Layers around a layer: TimeDistributed and Bidirectional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Inner, Part, Reading, Tensor, Tensors, Weight
from seqinspect.model.masks import MaskUse
from seqinspect.model.remarks import Halves, Peculiarity
from seqinspect.records import replace
from seqinspect.rules.registry import find_rule, rule, traits_of
from seqinspect.rules.shapes import agree, need_min_rank, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.time.reach import Reach, each, everything, prefix

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr


@rule(
    "TimeDistributed",
    freezes=False,
    traits=Traits(applies_per_step=True, mask="passes", mask_use=MaskUse.WITHIN),
)
def time_distributed(inputs: Tensor, mask: Tensor | None = None, *, layer: Inner) -> Facts:
    """The layer on each time step by itself, with the same weights at every step.

    The layer sees (batch, …) of (batch, T, …), and its outputs get T back as axis 1.

    Source: keras.layers.TimeDistributed.
    """
    need_min_rank(inputs, 3, "(batch, time, …)")
    _check_takes_one(layer)
    batch, steps, *rest = inputs.shape
    over_time = inputs.time == 1 or not inputs.stepped
    child_time = inputs.time - 1 if inputs.time is not None and inputs.time > 1 else None
    step = inputs.to(batch, *rest, time=child_time)
    masks = {} if mask is None else _step_mask(layer, inputs, mask, child_time)
    inner = layer.facts(step, **masks)
    if len(inner.outputs) != 1:
        refuse(
            f"needs a layer with one output, and {layer.type} has {len(inner.outputs)}",
            argument="layer",
            about="value",
        )
    child = inner.outputs[0]
    output = child.to(child.shape[0], steps, *child.shape[1:])
    reads, reach = inner.reads, Reach()
    if over_time:
        output = replace(output, time=1, fold=None, time_summary=inputs.time_summary)
        # What has no steps, but has seen some, is the same at every place of axis 1.
        reads, reach = "each", each(steps) if inputs.stepped else everything(inputs.steps, steps)
        if layer.keeps_state and inputs.stepped:
            reads, reach = "prefix", prefix(inputs.steps)
        if inner.reaches[0] == Reach():  # one feature, evened: it is the same whatever it was
            reads, reach = "none", Reach()
    else:
        reach = of_first(inner.reaches[0])
        if child.time is not None:
            output = replace(output, time=child.time + 1)
    same = reads == "each" and inputs.time is not None and traits_of(layer.type).on_last_axis
    return Facts(
        outputs=(output,),
        reads=reads,
        reaches=({"inputs": reach, "mask": reach if masks else Reach()},),
        weights=tuple(weight._replace(used=weight.used * steps) for weight in inner.weights),
        applications=inner.applications * steps,
        products=inner.products * steps,
        parts=(Part(layer, inner),),
        remarks=(*[Peculiarity.SAME_AS_DENSE] * same, *inner.remarks),
    )


def _step_mask(layer: Inner, inputs: Tensor, mask: Tensor, time: int | None) -> dict[str, Tensor]:
    """The mask of one step, if the layer takes one. Refuses one that does not count the steps."""
    if mask.rank < 2 or not agree(mask.shape[1], inputs.shape[1]):
        refuse(
            f"has a mask of shape {shape_text(mask.shape)} for steps of {shape_text(inputs.shape)}",
            received=shape_text(mask.shape),
            expected=shape_text(inputs.shape[:2]),
            argument="mask",
            about="shape",
        )
    rule = find_rule(layer.type)
    if rule is None or "mask" not in rule.calls:
        return {}
    batch, _, *rest = mask.shape
    return {"mask": mask.to(batch, *rest, time=time if rest else None)}


def _check_takes_one(layer: Inner) -> None:
    rule = find_rule(layer.type)
    if rule is None:  # a model
        return
    if rule.takes_list or len(rule.required) > 1:
        refuse(
            f"gives its layer one tensor, and {layer.type} takes several",
            received=layer.type,
            expected="a layer of one input",
            argument="layer",
            about="value",
        )


def of_first(reading: Reading) -> Reach:
    """What is read of the layer's first argument, the only one that it gets here."""
    reach = reading if isinstance(reading, Reach) else next(iter(reading.values()), Reach())
    if not isinstance(reach, Reach):
        raise TypeError("a layer within TimeDistributed takes one tensor")
    return reach


@rule(
    "Bidirectional",
    freezes=False,
    traits=Traits(both_directions=True, mask="sequences", mask_use=MaskUse.STATE),
)
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
    """Two recurrent layers, one over the steps forward and one backward, merged.

    At step t stand what both read up to it, from step 0 and from step T−1. Without
    return_sequences the forward layer has read all steps at T−1, the backward layer at 0.
    concat has the features of both.

    Source: keras.layers.Bidirectional; Schuster and Paliwal (1997).
    """
    forward, backward = _halves(layer, backward_layer)
    states = initial_state or ()
    half = len(states) // 2
    ahead = forward.facts(sequences, states[:half] or None, mask)
    back = backward.facts(sequences, states[half:] or None, mask)
    if len(ahead.outputs) != len(back.outputs):
        refuse(
            "cannot return the states of two layers that have not equally many",
            received=f"{len(ahead.outputs) - 1} of {forward.type},"
            f" {len(back.outputs) - 1} of {backward.type}",
            expected="the same class in both",
            argument="backward_layer",
            about="value",
        )
    _check_units(ahead.outputs[0].features, back.outputs[0].features, merge_mode)
    sequence = bool(forward.argument("return_sequences", False))
    read = [_padded(reading, 0, len(states) - half) for reading in ahead.reaches]
    read_back = [_padded(reading, half, 0) for reading in back.reaches]
    mirrored = mask is not None and sequence
    for one, (own, *_) in ((forward, read), (backward, read_back)):
        if mirrored and one.argument("unroll", False) and one.argument("go_backwards", False):
            # Keras sets outputs to 0 by the mask of the steps as they came in.
            own["mask"] = _joined(own["mask"], each(sequences.steps))
    parts = (
        Part(forward, ahead._replace(reaches=tuple(read)), same_input=True),
        Part(backward, back._replace(reaches=tuple(read_back)), same_input=True),
    )
    if sequence:
        read_back[0] = {name: _reversed(reading) for name, reading in read_back[0].items()}
    merged = ahead.outputs[0]
    if merge_mode is None:
        outputs: Tensors = (merged, back.outputs[0])
        reading = [read[0], read_back[0]]
    else:
        merged = merged if sequence else replace(merged, time_summary="ends")
        outputs = (_doubled(merged) if merge_mode == "concat" else merged,)
        reading = [_both(read[0], read_back[0])]
    return Facts(
        outputs=(*outputs, *ahead.outputs[1:], *back.outputs[1:]),
        reads=ahead.reads if merge_mode is None else "all",
        reaches=(*reading, *read[1:], *read_back[1:]),
        weights=(*_prefixed(forward, ahead), *_prefixed(backward, back)),
        applications=ahead.applications * 2,
        products=ahead.products + back.products,
        parts=parts,
        remarks=(
            Halves(sequences.steps - 1, sequence, bool(forward.argument("go_backwards", False))),
        ),
    )


def _halves(layer: Inner, backward_layer: Inner | None) -> tuple[Inner, Inner]:
    """Forward and backward layer, as Keras makes them from the one that is given."""
    for half, argument in ((layer, "layer"), (backward_layer, "backward_layer")):
        if half is not None and not traits_of(half.type).recurrent:
            refuse(
                f"wraps recurrent layers, and {half.type} is none",
                received=half.type,
                expected="LSTM, GRU, SimpleRNN or another layer with `go_backwards`",
                remedy="use TimeDistributed to apply a layer to every step"
                if not traits_of(half.type).both_directions
                else "",
                argument=argument,
                about="value",
            )
    forward = layer.changed(f"forward_{layer.name.removeprefix('forward_')}")
    backward = backward_layer or layer.changed(
        f"backward_{layer.name.removeprefix('backward_')}", go_backwards=True
    )
    if bool(forward.argument("go_backwards", False)) == bool(
        backward.argument("go_backwards", False)
    ):
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
    if forward.argument("stateful", False) and forward.argument("return_state", False):
        refuse(
            "cannot be stateful and return its state: Keras fails on the states' masks",
            received="`stateful: true` with `return_state: true`",
            expected="one of the two",
            argument="layer",
            about="value",
        )
    return forward, backward


def _check_units(ahead: Expr, back: Expr, merge_mode: str | None) -> None:
    if merge_mode in ("sum", "mul", "ave") and not (agree(ahead, back) or 1 in (ahead, back)):
        refuse(
            f"cannot merge {ahead.text()} and {back.text()} units with merge_mode {merge_mode}",
            received=f"units {ahead.text()} and {back.text()}",
            expected="the same `units` in both of its layers",
            argument="backward_layer",
            about="shape",
        )


Half = dict[str, Reach | tuple[Reach, ...]]
"""What one half reads, with nothing for the initial states of the other."""


def _padded(reading: Reading, before: int, after: int) -> Half:
    if isinstance(reading, Reach):
        reading = {"sequences": reading, "mask": reading}
    own = reading.get("initial_state", ())
    states = own if isinstance(own, tuple) else (own,)
    return {**reading, "initial_state": (*[Reach()] * before, *states, *[Reach()] * after)}


def _reversed(reach: Reach | tuple[Reach, ...]) -> Reach | tuple[Reach, ...]:
    return tuple(one.reversed() for one in reach) if isinstance(reach, tuple) else reach.reversed()


def _both(one: Half, other: Half) -> Half:
    return {name: _joined(reach, other[name]) for name, reach in one.items()}


def _joined(
    one: Reach | tuple[Reach, ...], other: Reach | tuple[Reach, ...]
) -> Reach | tuple[Reach, ...]:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return tuple(a | b for a, b in zip(one, other, strict=True))
    if isinstance(one, Reach) and isinstance(other, Reach):
        return one | other
    raise TypeError("both halves read their inputs alike")


def _doubled(x: Tensor) -> Tensor:
    return x.to(*x.shape[:-1], x.shape[-1] * 2)


def _prefixed(layer: Inner, facts: Facts) -> list[Weight]:
    return [weight._replace(name=f"{layer.name}/{weight.name}") for weight in facts.weights]
