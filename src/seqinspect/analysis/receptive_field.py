"""Receptive field: how far each output sees into each model input, and which layer looks ahead."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar, cast

from seqinspect.algebra.proof import is_nonnegative
from seqinspect.analysis.bounds import ends_at, kept_stride, trials
from seqinspect.analysis.tracing import size_at
from seqinspect.model.report import ReceptiveField
from seqinspect.time.extent import first_ahead, most_ahead, most_read, steps_read, widest
from seqinspect.time.reach import STEP, STEP_FROM_0
from seqinspect.time.relation import pieces_of, step_between
from seqinspect.time.work import TooManyPieces

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from seqinspect.algebra.expression import Expr
    from seqinspect.analysis.tracing import Numbers, TracedTensor
    from seqinspect.model.facts import Tensor
    from seqinspect.model.look_ahead import LookAhead
    from seqinspect.time.dependence import Dependence
    from seqinspect.time.reach import Reach
    from seqinspect.time.work import Work

Result = TypeVar("Result")

MAX_EXAMPLE = 5
"""So many steps with holes between them are named one by one."""


def receptive_fields(
    outputs: Iterable[tuple[str, TracedTensor]], inputs: Mapping[str, Tensor], order: Sequence[str]
) -> tuple[ReceptiveField, ...]:
    """Return how far every model output sees into every input that it depends on.

    `order` are the paths of all calls, in execution order.
    """
    outputs = [*outputs]
    for _, traced in outputs:
        traced.work.release()
    ranks = {path: rank for rank, path in enumerate(order)}
    times = frozenset[str]().union(*(x.steps.symbols() for x in inputs.values()))
    alike: dict[object, ReceptiveField] = {}  # what their formulas alone say, each once
    fields = []
    for output, traced in outputs:
        stepped = traced.tensor.time is not None
        for name, dependence in traced.depends.items():
            steps = inputs[name].steps
            key = (dependence, steps, traced.tensor.steps, stepped, traced.is_bound)
            if (same := alike.get(key)) is not None:
                fields.append(ReceptiveField(output, name, *same[2:]))
                continue
            field = ReceptiveField(output, name, steps, stepped)
            field = receptive_field(field, traced, ranks, times)
            if _follows_from_formulas(field, traced):
                alike[key] = field
            fields.append(field)
    return tuple(fields)


def _follows_from_formulas(field: ReceptiveField, traced: TracedTensor) -> bool:
    """Whether nothing but its formulas decided on a field: no layer on the way to it."""
    dependence = traced.depends[field.input]
    return (
        field.stepped
        and not traced.is_bound
        and dependence.is_plain
        and never_ahead(dependence.bounds[1])
        and same_steps(field.steps, traced.tensor.steps)
    )


def same_steps(one: Expr, other: Expr) -> bool:
    """Whether two numbers of steps are the same, not just equal by chance as T = 10 and S = 10."""
    if one == other:
        return True
    apart = one.symbols() and other.symbols() and one.symbols().isdisjoint(other.symbols())
    return not apart and one.equals(other) is True


def is_causal(
    outputs: Iterable[tuple[str, TracedTensor]], fields: Sequence[ReceptiveField]
) -> bool | None:
    """Whether no output step depends on a later step of an input.

    None where that is not known of an output with steps, or it counts those of no input.
    """
    counted: dict[str, list[bool | None]] = {}
    for field in fields:
        if field.counted:
            counted.setdefault(field.output, []).append(field.causal)
    verdicts: list[bool | None] = []
    for name, traced in outputs:
        if traced.tensor.unknown_time:
            verdicts.append(None)
        if traced.tensor.time is None or not traced.depends:
            continue
        verdicts += counted.get(name, [None])
    if False in verdicts:
        return False
    return True if verdicts and None not in verdicts else None


def receptive_field(
    field: ReceptiveField,
    traced: TracedTensor,
    ranks: Mapping[str, int],
    times: frozenset[str],
) -> ReceptiveField:
    """Return how far an output sees into an input; `times` are the names in numbers of steps."""
    vector, name = traced.as_vector(), field.input
    field = field._replace(counted=field.stepped and counts_steps(field, traced))
    dependence = vector.depends[name]
    unknown = sorted(_unknown_sizes(vector, dependence))
    if not unknown:
        field = _with_extent(field, vector)
    if not field.counted:
        return field
    if (dependence.exact and never_ahead(dependence.bounds[1])) or looks_back_only(traced, name):
        return field._replace(causal=True, ahead=0)
    if not unknown:
        return _with_verdict(field, traced, ranks)
    return _with_tried_verdict(field, traced, ranks, unknown, times)


def never_ahead(last: Expr) -> bool:
    """Whether a last step is proved to be t or earlier, for all sizes."""
    return is_nonnegative(STEP - last, STEP_FROM_0) is True


def looks_back_only(traced: TracedTensor, name: str) -> bool:
    """Whether each layer on the way is proved to look back only: then all of them together do.

    What is found is kept with each tensor, so that many outputs of one graph cost one walk.
    """
    pending = [traced]
    while pending:
        tensor = pending[-1]
        read = tensor.read_for(name)
        found = {source.looks_back.get(name) for _, source in read}
        missing = [source for _, source in read if name not in source.looks_back]
        if False in found or not all(_reads_back(reach, traced.work) for reach, _ in read):
            tensor.looks_back[name] = False
        elif not missing:
            tensor.looks_back[name] = True
        if name in tensor.looks_back:
            pending.pop()
        else:
            pending += missing
    return traced.looks_back[name]


def _reads_back(reach: Reach, work: Work) -> bool:
    """Whether a layer is proved to read no later step."""
    key = ("reads back", reach)
    if key not in work.found:
        work.found[key] = all(never_ahead(span.last) for span in reach.spans)
    return work.found[key] is True


def _unknown_sizes(traced: TracedTensor, dependence: Dependence) -> AbstractSet[str]:
    """Name the sizes without a number on which what a tensor depends on hangs."""
    if not dependence.exact:
        return traced.unknown_sizes()
    sizes = (*dependence.bounds, traced.tensor.steps)
    return {name for size in sizes for name in size.symbols() - size.numbers().keys()} - {"t"}


def counts_steps(field: ReceptiveField, traced: TracedTensor) -> bool:
    """Whether a tensor's steps are those of an input."""
    return same_steps(field.steps, traced.tensor.steps) or _keeps_steps(field, traced)


def _keeps_steps(field: ReceptiveField, traced: TracedTensor) -> bool:
    """Whether a tensor's steps are those of an input since all layers on a way to it keep them.

    So they do if there are fewer or more at the ends: a valid convolution, a slice or padding keep
    them; a stride, a pool or RepeatVector does not.
    """

    def keeps(tensor: TracedTensor, found: Mapping[TracedTensor, bool]) -> bool:
        return tensor.tensor.time is not None and (
            same_steps(field.steps, tensor.tensor.steps)
            or any(
                found[source]
                and (same_steps(source.tensor.steps, tensor.tensor.steps) or _step_by_step(reach))
                for reach, source in tensor.read_for(field.input)
            )
        )

    return _from_sources(traced, field.input, "keeps steps", keeps)


def _from_sources(
    traced: TracedTensor,
    name: str,
    what: Hashable,
    find: Callable[[TracedTensor, Mapping[TracedTensor, Result]], Result],
) -> Result:
    """Return what follows for a tensor from the same of its sources that depend on an input.

    It is kept, so that many outputs of one graph cost one walk.
    """
    found = cast("dict[TracedTensor, Result]", traced.work.found.setdefault((what, name), {}))
    pending = [traced]
    while pending:  # no recursion: a model may be 10,000 layers deep
        tensor = pending[-1]
        missing = [source for _, source in tensor.read_for(name) if source not in found]
        if tensor in found or not missing:
            pending.pop()
            if tensor not in found:
                found[tensor] = find(tensor, found)
        else:
            pending += missing
    return found[traced]


def _step_by_step(reach: Reach) -> bool:
    """Whether what is read moves on by one step with t."""
    return any(
        (bound.substitute({"t": STEP + 1}) - bound).value == 1
        for span in reach.spans
        for bound in (span.first, span.last)
    )


def _with_extent(field: ReceptiveField, traced: TracedTensor) -> ReceptiveField:
    """Enter how many steps are seen, at known sizes."""
    ends = ends_at(traced, field.input)
    if ends is None:
        return field._replace(size=_constant_width(traced, field.input))
    count = size_at(traced.tensor.steps, ())
    try:
        size, full = widest(ends, traced.work)
        field = field._replace(size=size, first_full=full)
        if kept_stride(traced, field.input) == 1:
            return field._replace(reads=size)
        pieces = traced.relation(field.input)
        if pieces is None or count is None:
            return field
        reads = most_read(pieces, count, traced.work)
        read = steps_read(pieces, full, traced.work)
    except TooManyPieces:
        return field
    few = reads < size and reads <= MAX_EXAMPLE
    example = tuple(step for each in read for step in each) if few else ()
    return field._replace(reads=reads, example=example)


def _constant_width(traced: TracedTensor, name: str) -> int | None:
    """Return how many steps a window spans that is as wide at every step; None if it is not so."""
    dependence = traced.depends[name]
    if traced.is_bound or not dependence.exact:
        return None
    first, last = dependence.bounds
    width = last - first + 1
    return None if "t" in width.symbols() else width.value


def _with_verdict(
    field: ReceptiveField, traced: TracedTensor, ranks: Mapping[str, int]
) -> ReceptiveField:
    """Enter whether a step looks ahead, at known sizes."""
    ends = ends_at(traced, field.input)
    if ends is None:
        return field
    ahead = most_ahead(ends)
    if ahead <= 0:
        return field._replace(causal=True, ahead=0)
    return field._replace(causal=False, ahead=ahead, looks_ahead=_witness(field, traced, ranks, ()))


def _with_tried_verdict(
    field: ReceptiveField,
    traced: TracedTensor,
    ranks: Mapping[str, int],
    unknown: Sequence[str],
    times: frozenset[str],
) -> ReceptiveField:
    """Enter whether a step looks ahead, at some numbers for the sizes that have none.

    A number of steps is any, so that one at which a step looks ahead will do; another size, as that
    of a kernel, is one that is not known: it must look ahead at all that are tried.
    """
    seen: list[Numbers] = []
    tried = 0
    for numbers in trials(unknown):
        if (size_at(traced.tensor.steps, numbers) or 0) < 2:
            continue
        ends = ends_at(traced, field.input, numbers)
        if ends is None:
            return field
        tried += 1
        if most_ahead(ends) > 0:
            seen.append(numbers)
    if not seen:
        return field._replace(causal=True, proved=False) if tried else field
    if times.issuperset(unknown) or len(seen) == tried:
        witness = _witness(field, traced, ranks, seen[0])
        return field._replace(causal=False, looks_ahead=witness)
    return field


def _witness(
    field: ReceptiveField, traced: TracedTensor, ranks: Mapping[str, int], numbers: Numbers
) -> LookAhead | None:
    """Return the first step that sees a later one, and the layers between the two."""
    ends = ends_at(traced, field.input, numbers)
    if ends is None:
        return None
    from seqinspect.model.look_ahead import LookAhead  # noqa: PLC0415 - few models look ahead

    step, last = first_ahead(ends)
    path = _path(traced, field.input, numbers, step, last)
    layer = _first_layer_ahead(field, traced, ranks, numbers)
    return LookAhead(step, last, layer, path, numbers)


def _first_layer_ahead(
    field: ReceptiveField, traced: TracedTensor, ranks: Mapping[str, int], numbers: Numbers
) -> str:
    """Return the first layer before an output that looks ahead, in execution order."""

    def first(tensor: TracedTensor, found: Mapping[TracedTensor, str]) -> str:
        before = [found[source] for _, source in tensor.read_for(field.input) if found[source]]
        if before:
            return min(before, key=lambda path: ranks.get(path, -1))
        if not _keeps_steps(field, tensor):
            return ""
        ends = ends_at(tensor, field.input, numbers)
        return tensor.path if ends is not None and most_ahead(ends) > 0 else ""

    return _from_sources(traced, field.input, ("looks ahead", numbers), first)


def _path(
    traced: TracedTensor, name: str, numbers: Numbers, step: int, last: int
) -> tuple[str, ...]:
    """Return the layers from a step of an input to the step of a tensor that depends on it."""
    path = [traced.path]
    while traced.sources:
        for reach, source in traced.read_for(name):
            between, inner = None, ends_at(source, name, numbers)
            if inner is not None:
                outputs, steps = (size_at(x.tensor.steps, numbers) or 0 for x in (traced, source))
                with suppress(TooManyPieces):  # the path is named as far as it is known
                    read = pieces_of(reach, numbers, outputs, steps, traced.work)
                    between = step_between(read, step, inner.last, last)
            if between is not None:
                traced, step = source, between
                break
        else:
            break
        if traced.path != path[-1]:
            path.append(traced.path)
    return tuple(reversed(path))
