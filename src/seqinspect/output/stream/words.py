"""What is known of feeding a model step by step, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.text import counted, factor, listed, size_text, sized
from seqinspect.streaming.data import Open, Role, Why

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seqinspect.streaming.data import Kept, LayerStream, OutputStream, Reason, Streaming

REASONS: Mapping[Reason, str] = {
    Why.BACKWARDS: "begins with the last step",
    Why.BOTH_DIRECTIONS: "has a half that begins with the last step",
    Why.ATTENDS_AHEAD: "lets every step attend to all steps, also to later ones",
    Why.ONE_OF_ALL: "makes one output of all steps",
    Why.OF_NEWEST: "makes all of its steps of what the last step left",
    Why.ALL_STEPS: "makes every output step of all steps",
    Open.NO_RULE: "is stated by no rule: which steps it reads is not known",
    Open.BOUND: "reads steps of which only a bound is known",
    Open.NOTHING_CARRIED: "reads all earlier steps, and what could stand for them is not known",
    Open.FIXED_STEP: "reads some fixed steps",
    Open.COUNTS: "keeps a number of steps that is not found at these sizes",
    Open.IRREGULAR: "reads windows that change from step to step",
    Open.MASKED: "makes masked steps of all steps, which what comes behind it leaves out",
    Open.MASK_LOST: "needs the mask of steps that wait, and none is kept with them",
    Open.STATE_LEFT: "is stateful, and begins with the state that its call before has left",
    Open.CLOCKS: "reads keys and values of which one comes step by step, and the other as a whole",
}

ANSWERS = {
    "yes": "Yes: fed step by step, it gives what the whole window gives.",
    "no": "No: it cannot be fed step by step.",
    "not known": "Not known: nothing proves that it can be fed step by step, or that it cannot.",
    "once": "No input counts time steps that it could be fed one by one.",
}


def whole(found: Streaming) -> Iterator[str]:
    """Yield sentences on the whole model: the answer, what is fed, and why not."""
    yield ANSWERS[found.answer]
    if found.answer == "once":
        return
    fed = listed([f"`{name}`" for name in found.fed])
    if found.once and found.fed:
        given = listed([f"`{name}`" for name in found.once])
        verb = "is" if len(found.once) == 1 else "are"
        yield f"{given} {verb} given as a whole first, {fed} one step at a time."
    if found.reason is not None:
        yield f"`{found.at}` {REASONS[found.reason]}."
    if found.witness is not None:
        seen = found.witness
        what = "The output" if seen.step is None else f"Output step {seen.step}"
        step = sized(seen.last.plain())
        yield f"{what} changes with step {step} of `{seen.input}`, the last one."


def ready(output: OutputStream) -> str:
    """Say when a model output is there."""
    if output.newest:
        lag = output.delay
        if lag is not None and lag != 0:
            return f"that of the window up to {sized(lag.plain())} steps before the newest one"
        return "that of the window up to the newest step"
    if output.answer != "yes" or output.ready is None:
        return {"once": "made once", "no": "not before the end"}.get(output.answer, "not known")
    if output.delay == 0:
        return "step t with input step t: no delay"
    text = f"step t with input step {size_text(output.ready)}"
    delay = output.delay
    if delay is None:
        return text
    if delay.value is not None:
        later = counted(abs(delay.value), "step")
        return f"{text}: {later} {'later' if delay.value > 0 else 'before'}"
    return f"{text}: {size_text(delay)} later"


def layer_ready(layer: LayerStream) -> str:
    """Say with which input step an output step of a layer is ready."""
    return "" if layer.ready is None else size_text(layer.ready)


def kept(each: Kept) -> str:
    """Say what is kept: h (u), last 2 steps of input (2×n)."""
    numbers = each.numbers.text()
    steps = "" if each.steps is None else _steps(each)
    match each.role:
        case Role.STATE:
            return f"{each.name} ({numbers})"
        case Role.OUTPUT:
            return f"its last output ({numbers})"
        case Role.STEPS:
            return f"last {steps} of {each.name} ({numbers})"
        case Role.WAITING:
            return f"{steps} of {each.name} that wait ({numbers})"
        case Role.CACHE:
            which = "all steps" if each.grows else f"last {steps}"
            return f"{_plural(each.name)} of {which} ({numbers})"
        case Role.WHOLE:
            return f"{_plural(each.name)} as a whole ({numbers})"
        case Role.PHASE:
            return "a counter of steps (1)"
        case Role.POSITION:
            return "the number of the step (1)"


def _plural(name: str) -> str:
    return {"key": "keys", "value": "values"}.get(name, name.replace("_", " of "))


def _steps(each: Kept) -> str:
    steps = each.steps
    if steps is None or steps == 1:
        return "step"
    text = size_text(steps)
    return f"{text if '×' in text else factor(text)} steps"


def reason(layer: LayerStream) -> str:
    """Say why a layer cannot be fed step by step, or why that is not known."""
    if layer.reason is None:
        return ""
    said = f"It {REASONS[layer.reason]}."
    seen = layer.witness
    if seen is None:
        return said
    what = "its output" if seen.step is None else f"its step {seen.step}"
    return f"{said} So {what} reads step {size_text(seen.last)}, the last one."
