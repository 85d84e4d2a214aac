"""Remarks in words: what a layer's rule has to say of it, a few words each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.remarks import (
    AttendsNear,
    AttendsTo,
    FittedSizes,
    FoundByExperiment,
    Halves,
    MaskedValue,
    OwnWeights,
    Peculiarity,
    SecondInput,
    StartsFrom,
    UnreadSteps,
)
from seqinspect.output.text import listed, size_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.model.remarks import Remark

WORDS: Mapping[Peculiarity, str] = {
    Peculiarity.INPUT_HAS_NO_SAY: (
        "it takes one number at a time, or copies of it: the output does not depend on the input"
    ),
    Peculiarity.TAKEN_FROM_ITSELF: (
        "both inputs have the same values: the output is 0 and does not depend on them"
    ),
    Peculiarity.ONE_INPUT_AFTER_THE_OTHER: "the steps of its inputs come one after the other",
    Peculiarity.AT_MOST: "at most these: which of them is not known",
    Peculiarity.STEPS_LEFT_OUT: "steps between them are left out",
    Peculiarity.OTHER_AXIS_RECURS: "time is not axis 1 here: it recurs along another axis",
    Peculiarity.OTHER_AXIS_SLIDES: (
        "its windows slide along another axis: time lies where it expects the channels"
    ),
    Peculiarity.REVERSED: "reads from the end: outputs come in reversed order",
    Peculiarity.STATEFUL: "stateful: the state continues from the batch before",
    Peculiarity.NO_LATER_STEP: "no step attends to a later one",
    Peculiarity.ATTENDS_OVER_SAMPLES: "attends over the samples of the batch",
    Peculiarity.SAME_AS_DENSE: "the same as Dense without TimeDistributed",
    Peculiarity.NO_RELATION_FITS: (
        "time steps: tried by experiment, and no relation that can be stated fits"
    ),
    Peculiarity.NOT_TRIED: "time steps: not known, they could not be tried by experiment",
    Peculiarity.NOT_FOLLOWED: "time steps: not known, from here on they are not followed:"
    " the layers before depend on too many inputs",
    Peculiarity.MASKS_INDEX_0: "index 0 is masked",
    Peculiarity.MASKED_ATTEND_TO_ALL: "where the mask leaves a step nothing to attend to,"
    " Keras lets it attend to all, later ones too",
    Peculiarity.BATCH_STATISTICS: (
        "in training the mean and variance are those of the batch, over all steps"
    ),
    Peculiarity.ADAPTED: "mean and variance come from adapt()",
    Peculiarity.SAME_NOISE_AT_EVERY_STEP: "in training the same numbers are dropped at every step",
    Peculiarity.WHOLE_FEATURES_DROPPED: (
        "in training a feature is dropped at every step, or at none"
    ),
    Peculiarity.NOISE_HAS_MORE_AXES: "noise_shape has more axes than x: training fails",
    Peculiarity.LOUDEST_OF_BATCH: (
        "the loudest moment of the batch decides how quiet others are cut off"
    ),
    Peculiarity.UNROLLED: "unrolled: it runs only on batches whose number of steps is fixed",
    Peculiarity.OUTPUT_TOO_SHORT: (
        "TensorFlow cannot run it: with padding same and an even kernel, output_padding 0 leaves"
        " the output a step too short"
    ),
    Peculiarity.SCALE_ON_LAST_AXES: "Keras lays scale along the last axes, not along `axis`",
    Peculiarity.RUNS_ON_AXIS_1: (
        "Keras states this shape, and when it runs makes vectors of all numbers on axis 1"
    ),
    Peculiarity.RUNS_WIDER: (
        "Keras states this shape, and when it runs as many numbers as given replace a size of 1"
    ),
    Peculiarity.SCORES_OF_QUERY_ONLY: (
        "the scores have another shape than Keras states: both their sides are the query's axis 1"
    ),
}


def remark_words(remark: Remark) -> str:
    """Return a remark in words."""
    match remark:
        case Peculiarity():
            return WORDS[remark]
        case StartsFrom(names):
            return f"starts from the state of {listed(names)}"
        case OwnWeights(names):
            return f"every step has its own {listed(names)}"
        case UnreadSteps(between, after):
            found = [f"{_steps(between)} between two windows"] if between else []
            if after:
                found.append(f"the last {_steps(after)}" if after > 1 else "the last step")
            return f"no output reads {' and '.join(found)}"
        case SecondInput(steps):
            return f"with all {steps.text()} steps of the second input"
        case MaskedValue(value):
            return f"steps whose features all equal {value:g} are masked"
        case Halves():
            return _halves(remark)
        case AttendsNear(width, of):
            near = f"attends to steps fewer than {size_text(width)} away"
            return near if of is None else f"{near}, of the value's {size_text(of)}"
        case FittedSizes(ranges, unfitted):
            tried = listed([f"{name} = {low:,} to {high:,}" for name, low, high in ranges])
            others = "; where none fits, the number at hand stands" if unfitted else ""
            return f"formulas of sizes fitted with {tried}{others}"
        case FoundByExperiment():
            return _experiment(remark)
        case AttendsTo(of, causal):
            all_steps = size_text(of)
            if causal:
                return f"each attends to steps 0…t of the value's {all_steps}"
            return f"each attends to all {all_steps} of the value"


def _experiment(found: FoundByExperiment) -> str:
    steps = listed([f"{each:,}" for each in found.steps])
    parts = [f"found by experiment with {steps} step{'s' * (found.steps[-1] > 1)}"]
    if found.some:
        parts.append("of many steps some were changed")
    if found.fades:
        parts.append("what it reads of steps far away fades below what can be seen")
    if found.alone:
        parts.append("with other numbers of steps it reads others")
    if not found.at_hand:
        parts.append("more were not tried")
    return "; ".join(parts)


def _halves(halves: Halves) -> str:
    end = size_text(halves.last)
    if halves.sequences:
        return f"the forward half has seen steps 0…t, the backward half steps t…{end}"
    ends = [f"step {end}", "step 0"]
    if halves.backwards:
        ends.reverse()
    return f"the forward half ends at {ends[0]}, the backward half at {ends[1]}"


def _steps(count: int) -> str:
    return f"{count} steps" if count > 1 else "the one step"
