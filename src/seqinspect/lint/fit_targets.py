"""Whether targets and sample weights fit outputs, as the loss compares them in each batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.lint.fit_inputs import permutation
from seqinspect.lint.fitting import MANY, as_sizes
from seqinspect.model.finding import ArrayName
from seqinspect.records import NamedTuple
from seqinspect.rules.targets import Meeting, broadcast, compare, weigh

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.lint.fitting import Facts, Fit, Given, Sizes
    from seqinspect.model.data import DataArray
    from seqinspect.model.finding import Fact
    from seqinspect.rules.losses import Loss
    from seqinspect.rules.targets import Shape

FARTHEST = 1_000
"""So many layers are looked through for the steps that a model reads."""

CODES = {"refused": "SEQ601", "broadcast": "SEQ602"}


def check_targets(fit: Fit) -> None:
    """Compare every target with its output, and the losses with the weights of the samples."""
    expectations = fit.model.expectations
    unknown = []
    for index, given in enumerate(fit.y if fit.same_samples else ()):
        output = fit.shapes.get(given.tensor_name)
        if output is None or given.array.kind not in ("bool", "integer", "float", "complex"):
            continue
        loss = expectations.loss(given.tensor_name) if expectations is not None else None
        if loss is None:
            unknown.append(given)
            continue
        met = _met(fit, loss, given.array.shape, output)
        if met is None:
            continue
        made = Made(loss, output, _mask(fit, given, output))
        weights = fit.weights[index] if index < len(fit.weights) else None
        known = made.mask != () and (weights is None or None not in weights.shape[1:])
        own = None if weights is None else weights.shape
        weighed = known and loss.meets != "sum" and met.verdict != "refused"
        laid = _weighed(fit, made, given.array.shape, own) if weighed else None
        if met.verdict != "fits":
            _refuse_target(fit, given, made, met, laid)
        elif laid is not None:
            _refuse_weights(fit, given, made, weights, laid)
    if unknown and fit.data is not fit.model.graph.fitted:
        fit.add("SEQ606", "loss", {"array": unknown[0].word}, place=fit.place(unknown[0]))


def _met(fit: Fit, loss: Loss, target: Sizes, output: Sizes) -> Meeting | None:
    """Return how they meet in the batch that says most; None where that is not known."""
    if None in target[1:] or None in output[1:] or not target:
        return None
    found = [compare(loss, _batch(target, size), _batch(output, size)) for size in _sizes(fit)]
    meetings = [each for each in found if each is not None]
    if fit.samples is None and any(each.verdict == "fits" for each in meetings):
        return next(each for each in meetings if each.verdict == "fits")
    order = ("refused", "broadcast", "fits")
    return min(meetings, key=lambda each: order.index(each.verdict), default=None)


def _sizes(fit: Fit) -> tuple[int, ...]:
    return fit.batches if fit.samples is not None else (fit.size, MANY)


def _batch(shape: Sizes, size: int) -> Shape:
    return (size, *(each or 0 for each in shape[1:]))


def _refuse_target(fit: Fit, given: Given, made: Made, met: Meeting, laid: Laid | None) -> None:
    loss, output, _ = made
    shape, due = given.array.shape, output
    if loss.meets == "sparse":
        due = output[:-1]
    facts: Facts = {
        "array": given.word, "which": given.named, "shape": as_sizes(shape),
        "output": given.tensor_name, "made": as_sizes((None, *output[1:])), "loss": str(loss),
        "due": as_sizes((shape[0], *due[1:])), "first": as_sizes(met.first),
        "second": as_sizes(met.second), "result": as_sizes(broadcast(met.first, met.second) or ()),
        "classes": output[-1] or 0, "columns": shape[-1] or 0,
    }  # fmt: skip
    remedy, more = _remedy(given, output, loss, due)
    code, variant = CODES[met.verdict], "target"
    if laid is not None and laid.met.verdict == "refused":
        code, variant = CODES["refused"], "target and weights"
        more |= {"losses": as_sizes(laid.met.second), "over": as_sizes(laid.met.first)}
    fit.add(code, variant, {**facts, **more}, remedy=f"target {remedy}", place=fit.place(given))


def _remedy(
    given: Given, output: Sizes, loss: Loss, due: Sizes
) -> tuple[str, dict[str, Fact | Expr]]:
    """Return what mends a target, by the name of the remedy, and the facts that it needs."""
    shape, classes = given.array.shape, output[-1] or 0
    if loss.meets == "sparse" and len(shape) == len(output) and shape[-1] == classes:
        return "one-hot", {}
    if loss.labels == "distribution" and classes > 1 and _alike(shape[1:], due[1:-1]):
        return "numbers", {}
    order = permutation(shape, due)
    if order:
        return "order", {"order": order}
    steps = len(shape) > 1 and _steps_of_model(given, shape[1])
    if (steps or len(shape) > len(output)) and _fits(loss, (MANY, *shape[2:]), output):
        return "last step", {}
    if len(output) > 2 and (_alike(shape[1:], due[2:]) or shape[1:] in ((), (1,), (1, *due[2:]))):
        return "every step", {}
    if loss.meets != "sparse" and len(shape) == len(due) > 1 and shape[1:-1] == due[1:-1]:
        return "units", {}
    return "shape", {}


def _alike(shape: Sizes, due: Sizes) -> bool:
    """Whether two shapes are the same, but for a last axis of size 1."""
    return shape in (due, (*due, 1))


def _fits(loss: Loss, target: Sizes, output: Sizes) -> bool:
    met = compare(loss, _batch(target, MANY), _batch(output, MANY))
    return met is not None and met.verdict == "fits"


def _steps_of_model(given: Given, size: int | None) -> bool:
    """Whether the model reads so many steps before its output, which has none."""
    tensor, seen = given.tensor, 0
    while tensor.call is not None and tensor.call.sources and seen < FARTHEST:
        tensor, seen = tensor.call.sources[0], seen + 1
        if tensor.axis is not None:
            return tensor.report.shape[tensor.axis] in (None, size)
    return False


class Made(NamedTuple):
    """An output with its loss, its shape, and that of its mask, if it has one."""

    loss: Loss
    output: Sizes
    mask: Sizes | None


class Laid(NamedTuple):
    """How the weights of the samples, or the mask of the output, meet the losses of a batch."""

    what: str
    met: Meeting


def _refuse_weights(
    fit: Fit, given: Given, made: Made, weights: DataArray | None, laid: Laid
) -> None:
    """Note that the weights of the samples, or the mask of the output, do not fit the losses."""
    own = None if weights is None else weights.shape
    remedy, spread = "weights", ("-1", *["1"] * (len(laid.met.second) - 1))
    longer = (*given.array.shape, 1)
    if len(longer) == len(made.output) and _weighed(fit, made, longer, own) is None:
        remedy = "axis"
    elif own is not None and len(own) == 1 and len(spread) > 1:
        one_each = (own[0], *[1] * (len(spread) - 1))
        if _weighed(fit, made, given.array.shape, one_each) is None:
            remedy = "sample"
    array = weights if weights is not None and laid.what == "weights" else given.array
    facts: Facts = {
        "array": given.word, "which": ArrayName("sample_weight", array.source),
        "shape": as_sizes(array.shape), "losses": as_sizes(laid.met.second),
        "target": as_sizes(given.array.shape), "over": as_sizes(laid.met.first),
        "output": given.tensor_name, "spread": spread,
    }  # fmt: skip
    code = "SEQ601" if laid.met.verdict == "refused" else "SEQ603"
    fit.add(code, laid.what, facts, remedy=remedy, place=fit.place(given))


def _weighed(fit: Fit, made: Made, target: Sizes, weights: Sizes | None) -> Laid | None:
    """Return how weights or mask do not fit the losses; None where they do, or there are none."""
    found: list[Laid | None] = []
    mask = made.mask
    for size in _sizes(fit):
        met = compare(made.loss, _batch(target, size), _batch(made.output, size))
        if met is None:
            return None
        over, what = None if mask is None else _batch(mask, size), "mask"
        if weights is not None:
            own, what = (1,) * fit.nested_weights + _batch(weights, size), "weights"
            joined = None if over is None else weigh(own, over, batch=size)
            if joined is not None and joined.verdict != "fits":
                found.append(Laid(what, joined))
                continue
            over = own if joined is None else joined.result
        laid = None if over is None else weigh(over, met.result, batch=size)
        found.append(None if laid is None or laid.verdict == "fits" else Laid(what, laid))
    bad = [each for each in found if each is not None]
    if not bad or (fit.samples is None and len(bad) < len(found)):
        return None
    return next((each for each in bad if each.met.verdict == "refused"), bad[0])


def _mask(fit: Fit, given: Given, output: Sizes) -> Sizes | None:
    """Return the shape of the mask that an output has; () where it has one of unknown shape."""
    report = dict(fit.model.report.output_tensors)[given.tensor_name]
    if not report.masked:
        return None
    rows = {row.path: row for row in fit.model.report.rows}
    row = rows.get(given.tensor_name)
    mask = row.mask.output if row is not None and row.mask is not None else None
    if mask is None:
        return ()
    known = dict(zip(report.symbolic, output, strict=True))
    sizes = [size.value if size.value is not None else known.get(size) for size in mask.symbolic]
    return () if None in sizes[1:] else tuple(sizes)
