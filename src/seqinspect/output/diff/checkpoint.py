"""The verdict on a checkpoint in words: whether it loads, what does not, and what to do then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.compare.checkpoint import Misnamed, OtherWeights
from seqinspect.output.diff.words import ARROW, value
from seqinspect.output.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.compare.checkpoint import LoadedSlot, LoadResult, Loads, Refusal, Stored
    from seqinspect.compare.diff import Diff, Swap
    from seqinspect.compare.legacy_arrays import LegacyOrder
    from seqinspect.model.report import WeightReport

MOST_TOLD = 8
"""So many layers of a checkpoint are told of one by one."""

MOST_BESIDE = 200
"""So many weights are listed beside what a file holds."""

LOADS = {"fully": "yes", "partially": "only in part", "no": "no", "unknown": "not known"}

IF_RENAMED: dict[Loads, str] = {
    "fully": "it loads",
    "partially": "it loads in part, with skip_mismatch=True",
    "no": "it does not load either",
    "unknown": "it may load",
}

CONVERTED: dict[LegacyOrder, str] = {
    "gates": "joins the arrays of the gates",
    "kernels": "transposes kernels of Keras 1 or of Theano's order",
    "biases": "converts the two biases of cuDNN",
}


def of_diff(diff: Diff) -> Iterator[str]:
    """Yield whether a checkpoint of the old model loads into the new one."""
    yield from sentences(diff.load_result, diff.crossed, diff.fitting)
    yield from map(_swap, diff.swapped)


def sentences(
    verdict: LoadResult,
    crossed: Sequence[LoadedSlot] = (),
    fitting: Sequence[tuple[str, str]] = (),
    *,
    file: bool = False,
) -> Iterator[str]:
    """Yield whether a checkpoint loads, then what does not, and what to do about it."""
    yield f"{LOADS[verdict.loads]}: {_summary(verdict)}"
    if isinstance(verdict.refused, Misnamed):
        yield f"called {verdict.refused.name}, {IF_RENAMED[verdict.refused.loads]}"
    failures = verdict.failures
    for fit in failures[:MOST_TOLD]:
        yield _failure(fit, file=file)
    if len(failures) > MOST_TOLD:
        yield f"and {len(failures) - MOST_TOLD:,} more"
    if verdict.converted:
        done = [CONVERTED[order] for order in CONVERTED if order in verdict.converted]
        yield f"tf_keras (Keras 2) loads it: it {listed(done)}"
    for fit in crossed[:MOST_TOLD]:
        yield (
            f"{fit.slot.layer} is given the weights of the old {_whose(fit.stored)}:"
            " Keras goes by class and order, not by name"
        )
    if len(crossed) > MOST_TOLD:
        yield f"and so are {len(crossed) - MOST_TOLD:,} more"
    if verdict.unused and verdict.loads in ("fully", "partially"):
        unused = verdict.unused[:MOST_TOLD]
        names = ", ".join(each.path if file else _whose(each) for each in unused)
        more = ", …" if len(verdict.unused) > MOST_TOLD else ""
        yield f"stored and not read: {names}{more}"
    if fitting:
        pairs = [new if new == old else f"{old} → {new}" for new, old in fitting[:MOST_TOLD]]
        more = ", …" if len(fitting) > MOST_TOLD else ""
        yield (f"set_weights(get_weights()), layer by layer, copies: {', '.join(pairs)}{more}")


def _swap(swap: Swap) -> str:
    """Say which weights load, and meet what stood elsewhere."""
    before, after = (", ".join(map(value, side)) for side in (swap.old, swap.new))
    verb, whose = ("meet", "their") if len(swap.weights) > 1 else ("meets", "its")
    return (
        f"{listed(swap.weights)} {verb} the sources of {swap.path} in another order, although"
        f" {whose} weights load: {before}{ARROW}{after}"
    )


def beside(verdict: LoadResult) -> Iterator[tuple[str, str, str, str]]:
    """Yield every weight of a model, its shape, and beside it what a file holds and where."""
    rows = [
        (f"{fit.slot.layer}/{weight.name}", str(weight.shape), _stored(fit, index), fit.slot.path)
        for fit in verdict.slots
        for index, weight in enumerate(fit.slot.weights)
    ]
    yield from rows[:MOST_BESIDE]
    if len(rows) > MOST_BESIDE:
        yield (f"and {len(rows) - MOST_BESIDE:,} more (--format json has all)", "", "", "")


def _stored(fit: LoadedSlot, index: int) -> str:
    shape = None if fit.stored is None else fit.stored.shapes.get(str(index))
    return "nothing" if shape is None else str(shape)


def refusal(found: Refusal) -> str:
    """Say why Keras looks at no array of a file."""
    if isinstance(found, Misnamed):
        if found.taken is None:
            return f"Keras {found.written} wrote it, and Keras loads no file of such a name"
        return (
            f"Keras {found.written} wrote it, and by its name Keras takes it for one of Keras"
            f" {found.taken}"
        )
    if isinstance(found, OtherWeights):
        return f"{found.layer} has another number of weights than {found.stored}"
    layers = counted(found.stored, "layer")
    return f"it holds {layers} with weights, and the model has {found.expected:,}"


def _summary(verdict: LoadResult) -> str:
    wanted = counted(verdict.expected, "weight")
    if verdict.loads == "unknown":
        some = ", ".join(verdict.unknown[:MOST_TOLD])
        return f"the weights of {some}, or where they are stored"
    if verdict.refused:
        return f"load_weights refuses the file: {refusal(verdict.refused)}"
    if not verdict.expected and not verdict.failures:
        return "the new model has no weights"
    layers = len({fit.slot.layer.partition("/")[0] for fit in verdict.slots})
    if verdict.loads == "fully":
        every = f"all {wanted}" if verdict.expected > 1 else "its one weight"
        return f"load_weights loads {every}, of {counted(layers, 'layer')}"
    if verdict.loads == "partially":
        return (
            "load_weights refuses the file; with skip_mismatch=True"
            f" it loads {verdict.loaded:,} of {wanted}"
        )
    return f"load_weights refuses the file, and none of {wanted} fits"


def _failure(fit: LoadedSlot, *, file: bool) -> str:
    slot, weight = fit.slot, fit.weight
    there = _whose(fit.stored)
    of = f" of {there}" if there and there != slot.layer and not file else ""
    if fit.reason == "missing":
        return (
            f"{slot.layer}: nothing is stored at {slot.path}, where {slot.type} looks for"
            f" {_names(slot.weights)}"
        )
    if fit.reason == "count":
        stored = 0 if fit.stored is None else len(fit.stored.shapes)
        return (
            f"{slot.layer}: {counted(stored, 'array')}{of} {'is' if stored == 1 else 'are'} stored"
            f" at {slot.path}, and {_names(slot.weights)} wanted"
        )
    name = "" if weight is None else f"{weight.name} is {weight.shape}"
    return f"{slot.layer}: {name}, stored at {slot.path}{of} is {fit.shape}"


def _names(weights: Sequence[WeightReport]) -> str:
    if not weights:
        return "none is"
    many = len(weights) >= 6
    return counted(len(weights), "weight") if many else listed([each.name for each in weights])


def _whose(stored: Stored | None) -> str:
    return "" if stored is None else stored.layer or stored.path
