"""Why Keras did not confirm something, or no experiment was made, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.unconfirmed import (
    AheadNotShown,
    BeyondKeras,
    InnerUnbuilt,
    InputWithoutShape,
    KerasAbsent,
    MaskNotShown,
    NoKeras3Class,
    NoNumbersFit,
    NotCalled,
    NotCompared,
    NotProved,
    Refused,
    RefusedNow,
    SourceUnbuilt,
    TooLargeToTry,
    TooManyCalls,
    Unbuilt,
    Untried,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seqinspect.model.unconfirmed import UnbuiltReason, Unconfirmed, UntriedReason

MAX_NAMES = 4
"""So many sizes without a number are named."""

UNBUILT: Mapping[Unbuilt, str] = {
    Unbuilt.OPERATION: "its operation is not one of Keras's own",
    Unbuilt.SAID_BY_KERAS: "its numbers are Keras's own",
    Unbuilt.NOT_RUN: "no rule states it, and nothing of it is run",
}

UNTRIED: Mapping[Untried, str] = {
    Untried.NO_TIME: "no time step reaches it",
    Untried.NO_ROW: "it was not tried out",
    Untried.NO_SMALLER: "no smaller model of the same form was found, and it is too large itself",
    Untried.NOT_SHOWN: "fewer steps moved it in all draws, which shows nothing",
    Untried.MAY_BE_HIDDEN: "fewer steps move it, as its layers may well hide the others",
    Untried.NOT_CARRIED_OVER: "what holds in a smaller model does not carry over to it",
}


def unconfirmed_text(reasons: Iterable[Unconfirmed]) -> str:
    """Return why Keras was not asked, or not for everything."""
    return "; ".join(map(_unconfirmed, reasons))


def _unconfirmed(reason: Unconfirmed) -> str:
    match reason:
        case KerasAbsent(text, installed):
            return text if installed else "it is not installed; pip install tensorflow brings it"
        case NoNumbersFit(names):
            return f"no numbers were found for {', '.join(names[:MAX_NAMES])} that Keras accepts"
        case InputWithoutShape(name):
            remedy = "say it without the batch: --input 10,8 (input_shape=(10, 8) in Python)"
            return f"nothing says the shape of `{name}`; {remedy}"
        case NotCompared(path, why):
            return f"{path} is not compared: {unbuilt_text(why)}"
        case NotProved(path, others, why):
            more = f" and {others:,} more" if others else ""
            return f"the time steps of {path}{more} are not proved: {untried_text(why)}"
        case NotCalled(why):
            return f"the model was not called on data: {untried_text(why)}"
        case MaskNotShown(path, others):
            more = f" and {others:,} more" if others else ""
            return f"what {path}{more} does about masked steps was not shown by experiment"
        case AheadNotShown(output, step, name, by):
            return (
                f"that step {step} of {output} sees step {by} of {name} was not shown by experiment"
            )


def unbuilt_text(reason: UnbuiltReason) -> str:
    """Return why Keras built nothing of a call that could be compared."""
    match reason:
        case Unbuilt():
            return UNBUILT[reason]
        case NoKeras3Class(name):
            return f"Keras 3 has no {name} among its layers"
        case BeyondKeras(text):
            return text
        case RefusedNow(text):
            return f"Keras refuses it now: {text}"
        case InnerUnbuilt(name, why):
            return f"{name} within it: {unbuilt_text(why)}"
        case SourceUnbuilt(name, why):
            return f"it reads `{name}`: {unbuilt_text(why)}"


def untried_text(reason: UntriedReason) -> str:
    """Return why an experiment shows nothing."""
    match reason:
        case Untried():
            return UNTRIED[reason]
        case TooManyCalls(most):
            return f"it has more than {most} calls"
        case TooLargeToTry(received, expected):
            return f"it is too large for an experiment: {received}, {expected}"
        case Refused(text):
            return text
        case KerasAbsent(text, _):
            return f"Keras cannot be asked: {text}"
