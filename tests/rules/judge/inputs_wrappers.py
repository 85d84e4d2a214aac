"""Hints for layers around a layer."""

from __future__ import annotations

from seqinspect.algebra.expression import symbol
from seqinspect.rules import COMMON, RULES
from tests.rules.judge.draw import DRAWINGS, Draft, Draw, draw_any, draws
from tests.rules.judge.inputs_recurrent import STATES, mask, states

WRAPPED = (
    "Dense",
    "Activation",
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Embedding",
    "Bidirectional",
    "TimeDistributed",
    "Identity",
    "Masking",
)
"""What TimeDistributed is tried around."""


@draws("TimeDistributed")
def time_distributed(draw: Draw, layer: str) -> Draft:
    inner = draw.choice(WRAPPED)
    draft = DRAWINGS.get(inner, draw_any)(draw, inner)
    (first, *_) = draft.tensors()
    x = first[2]
    shape = (x.shape[0], draw.steps(4), *x.shape[1:])
    time = draw.choice([1, 1, 1, *range(2, len(shape)), None])
    given = x.to(*shape, time=time, fold=None, time_summary="")
    options: dict[str, object] = {"layer": {inner: draft.options}}
    return Draft(layer, options | draw.common(), {"inputs": given}, below=draft.below)


@draws("Bidirectional")
def bidirectional(draw: Draw, layer: str) -> Draft:
    if draw.chance(0.2):
        draw.batch = symbol("batch", 3)
    inner = draw.choice(list(STATES))
    options = draw.options(layer, layer=lambda: None, backward_layer=lambda: None)
    halves = [draw.options(inner, never=("use_cudnn", "stateful")) for _ in range(2)]
    if draw.batch.value is not None and draw.chance(0.3):
        halves[0]["stateful"] = halves[1]["stateful"] = True
    if not draw.wrong(0.05):
        halves[0].pop("go_backwards", None)
    options["layer"] = {inner: halves[0]}
    if "backward_layer" in options:
        if not draw.wrong():
            for name in ("return_sequences", "return_state", "stateful", "units"):
                halves[1].pop(name, None)
                if name in halves[0]:
                    halves[1][name] = halves[0][name]
            halves[1]["go_backwards"] = not halves[0].get("go_backwards", False)
        other = draw.choice(list(STATES)) if draw.chance(0.2) and not draw.real else inner
        known = {k: v for k, v in halves[1].items() if k in COMMON | dict(RULES[other].options)}
        options["backward_layer"] = {other: known}
    if draw.wrong(0.03):
        options["layer"] = {"Dense": {"units": 2}}
    x = draw.sequence(time=draw.choice([1, 1, 1, 2, None]))
    inputs: dict[str, object] = {"sequences": x}
    spoiled = ""
    if draw.chance(0.25):
        backward = options.get("backward_layer") or {inner: {}}
        if not isinstance(backward, dict) or STATES.get(*backward) != STATES[inner]:
            spoiled = "the value of initial_state"  # GRU does not look at a second state
        given, unfit = states(draw, 2 * STATES[inner], halves[0]["units"])
        inputs["initial_state"] = given
        spoiled = spoiled or unfit
    if draw.chance(0.15):
        inputs["mask"] = mask(draw, x, halves[0]["units"])
    loose = "initial_state" in inputs
    return Draft(layer, options, inputs, spoiled=spoiled, loose=loose)  # type: ignore[arg-type]  # tensors only
