"""The words on masks beside a layer: what it does about padding, and where a mask ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.masks import Everywhere, MaskUse, makers
from seqinspect.rules import traits_of
from seqinspect.rules.index import MODELS
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from seqinspect.model.masks import Mask, MaskReport
    from seqinspect.model.report import Row

USES = {
    MaskUse.STATE: "{steps} are skipped: the state passes them unchanged",
    MaskUse.MEAN: "{steps} are left out",
    MaskUse.KEYS: "{steps} are attended to only by masked steps, or where no other is left",
    MaskUse.LAST_KEYS: "{steps} are attended to only by masked steps, or where no other is left",
    MaskUse.STATISTICS: "in training, {steps} are left out of mean and variance",
    MaskUse.OTHERS: "where one input is masked, the others alone count",
    MaskUse.WITHIN: "the layer within gets the mask of its step",
    MaskUse.PARTS: "the mask {mask} marks parts of a step: they keep their state, and no step is"
    " skipped",
    MaskUse.LAST_AXES: "the mask lies over another axis than that of its steps",
    MaskUse.UNMARKED: "the mask marks no step: none is skipped",
    MaskUse.NOT_PASSED: "Keras passes no mask to a call on several tensors: padded steps are read"
    " as data",
    MaskUse.IMPOSSIBLE: "cannot run: the mask {mask} does not fit",
}


def mask_words(row: Row) -> str:
    """Say what a call does with a mask, also where one was lost before the steps that it makes."""
    mask = row.mask
    if mask is None or row.type in MODELS:  # the layers within a model say it
        return ""
    return "; ".join(part for part in (use_words(row, mask), _end_words(row, mask)) if part)


def use_words(row: Row, report: MaskReport) -> str:
    """Say what a call does about the padding that a mask marks; empty where it does nothing."""
    mask = report.mask
    if mask is None or report.use not in USES:
        return ""
    if report.use is MaskUse.LAST_AXES and traits_of(row.type).activation == "softmax":
        return (
            "Keras lays the mask of the input over the last axes: use Activation: softmax, which"
            " has no mask"
        )
    if mask.reversed and report.leaves_out:
        return "the wrong steps are left out: the mask was not reversed with the steps"
    return USES[report.use].format(steps=marked_steps(mask), mask=shape_text(mask.symbolic))


def marked_steps(mask: Mask) -> str:
    """Return which steps a mask marks, in words."""
    names = [f"`{name}`" for name in makers(mask.marks)]
    if not isinstance(mask.marks, Everywhere) or len(names) < 2:
        return "masked steps"
    every = "both" if len(names) == 2 else "all"
    return f"steps that {', '.join(names[:-1])} and {names[-1]} {every} mask"


def _end_words(row: Row, mask: MaskReport) -> str:
    if not mask.made:  # it marked nothing
        return ""
    if mask.ended == row.path and mask.use is MaskUse.NONE:
        silently = "" if mask.warned else " without a warning"
        kept = "but for layers that got it when the model was built, " if mask.noted else ""
        return (
            f"the mask of `{mask.made}` ends here{silently}: {kept}padded steps count from here on"
        )
    if mask.ended and mask.ended != row.path:
        return f"the mask of `{mask.made}` ended at `{mask.ended}`: padded steps count from here on"
    return ""
