"""What a call keeps between steps: states, caches, earlier steps, and what waits for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, as_expr, const, maximum
from seqinspect.algebra.proof import is_nonnegative
from seqinspect.records import NamedTuple
from seqinspect.streaming.data import COUNTER, Kept, Open, Role
from seqinspect.streaming.schedule import Newest, Once, Read, Stepwise
from seqinspect.time.reach import STEP, ZERO, Reach, moves
from seqinspect.time.reach import each as each_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.analysis.model_pass import Call
    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.streaming.schedule import Form, Schedule
    from seqinspect.time.reach import StepSpan

MAX_COUNTED = 20_000
"""Steps that are counted one by one where no formula says how many are kept."""

MAX_REPEATS = 64
"""So many output steps for one step are looked for."""

SELF_ATTENDING = ("query", "value", "key")
"""The tensors of an attention that is called on a list, in its order."""


class NotFound(Exception):  # noqa: N818 - it names a state
    """What is kept is not known, for this reason."""

    def __init__(self, why: Open) -> None:
        super().__init__(why)
        self.why = why


MASKED = {"query_mask": "query", "value_mask": "value", "key_mask": "key"}
"""The masks of an attention, each with what it is of."""


def reads(call: Call, schedule: Schedule, output: int = 0) -> list[Read]:
    """Return what an output of a call reads of each tensor."""
    reading, found = call.facts.reaches[output], []
    per_step = any(each.per_step for each in call.facts.carried)
    explicit = set(map(id, call.tensors.values()))
    forms: dict[str, Form] = {}
    for name, group in call.sources.items():
        reach = reading if isinstance(reading, Reach) else reading.get(name, Reach())
        reaches = reach if isinstance(reach, tuple) else (reach,) * len(group)
        pairs = zip(reaches, group, call.given[name], strict=True)
        for index, (own, source, traced) in enumerate(pairs):
            role = _role(name, index) if per_step else name
            form = schedule.form(source)
            if id(traced) not in explicit:  # a mask that Keras hands on comes with what it is of
                form = forms.get(MASKED.get(role, ""), next(iter(forms.values()), form))
            forms.setdefault(role, form)
            attended = any(not is_each(span) for span in own.spans)
            along = traced.tensor.time in (None, 1)
            if per_step:
                carried = role not in ("query", "query_mask") and attended and along
            else:
                carried = bool(call.facts.carried) and name in ("sequences", "mask")
            found.append(Read(role, traced, form, own, carried))
    return _as_computed(found, call.outputs[output]) if per_step else found


def _role(name: str, index: int) -> str:
    """Return what a tensor is to an attention, also to one that is called on lists."""
    if name == "inputs":
        return SELF_ATTENDING[index]
    return f"{SELF_ATTENDING[index]}_mask" if name == "mask" else name


def _as_computed(read: list[Read], output: TracedTensor) -> list[Read]:
    """Return what an attention reads, also where that changes nothing.

    A query that sees one key alone has no say, and neither has the key; they are computed.
    """
    value = next((each for each in read if each.role == "value"), None)
    steps = output.tensor.steps
    found = []
    for one in read:
        reach = one.reach
        single = bool(reach) and all(span.single for span in reach.spans)
        unread = not reach and one.traced.tensor.time is not None
        if one.role == "query" and (unread or (single and one.traced.tensor.time is not None)):
            reach = each_step(steps)
        elif one.role == "key" and value is not None:
            reach = value.reach if unread or (value.carried and one.carried) else reach
        found.append(one._replace(reach=reach))
    return found


def is_each(span: StepSpan) -> bool:
    """Whether output step t reads step t alone."""
    return span.single and span.first == STEP


def is_window(span: StepSpan) -> bool:
    """Whether output step t reads anything else than step t, or does not exist for each."""
    return not is_each(span) or span.outputs != span.steps


def kept_by(call: Call, read: list[Read], form: Form, window: int | None) -> Iterator[Kept]:
    """Yield what a call keeps whose output is ready as `form` says. Raises NotFound.

    `window` is how many steps of the input the model is made for, None where that is not known.
    """
    fed = [each for each in read if isinstance(each.form, Stepwise) and each.reach]
    carried = call.facts.carried
    if any(each.carried for each in fed) and carried and not carried[0].per_step:
        yield from _states(call)
    if any(each.per_step for each in carried):
        yield from _cache(call, read, form, window)
    for each in fed:
        if not (each.carried and any(one.per_step for one in carried)):
            yield from _earlier_steps(each, form, window)
    if not fed or isinstance(form, Newest):
        return
    if call.shared is False and not all(is_each(s) for each in fed for s in each.reach.spans):
        raise NotFound(Open.IRREGULAR)
    yield from _whole(call, read)


def counter(role: Role, name: str) -> Kept:
    """Return a number of steps that is kept."""
    return Kept(role, name, (), COUNTER)


def _states(call: Call) -> Iterator[Kept]:
    dtype = call.facts.outputs[0].dtype
    for state in call.facts.carried:
        yield Kept(Role.STATE, state.name, tuple(map(as_expr, state.shape)), dtype)
    stacked = len(call.facts.carried) > 1 and "." in call.facts.carried[0].name
    if "mask" in call.sources and (stacked or call.sources.get("initial_state")):
        output = call.facts.outputs[0]
        batch_and_time = {0} if output.time is None else {0, output.time}
        shape = tuple(s for axis, s in enumerate(output.shape) if axis not in batch_and_time)
        yield Kept(Role.OUTPUT, "output", shape, dtype)


def _cache(call: Call, read: list[Read], form: Form, window: int | None) -> Iterator[Kept]:
    """Yield the keys and values of an attention, and the masks of their steps."""
    by_role = {each.role: each for each in read}
    asks, value = by_role["query"].form, by_role.get("value")
    fed = [each for each in read if isinstance(each.form, Stepwise)]
    if any(each.traced.tensor.time != 1 for each in fed if each.role in SELF_ATTENDING):
        raise NotFound(Open.IRREGULAR)
    if not isinstance(asks, Stepwise):
        if any(each.carried for each in fed):
            raise NotFound(Open.CLOCKS)
        return
    if is_banded(call) and value is not None and value.traced.tensor.time != 1:
        raise NotFound(Open.CLOCKS)
    own = {each.name: by_role.get(each.name) or value for each in call.facts.carried}
    forms = {type(each.form) for each in own.values() if each is not None and each.carried}
    if not forms:
        return
    if len(forms) > 1:
        raise NotFound(Open.CLOCKS)
    dtype = call.facts.outputs[0].dtype
    for carried in call.facts.carried:
        source = own[carried.name]
        if source is None:
            continue
        steps, grows = _attended_steps(source, form, window)
        role = Role.CACHE if isinstance(source.form, Stepwise) else Role.WHOLE
        if steps == 0:
            continue
        shape = (steps, *map(as_expr, carried.shape))
        yield Kept(role, carried.name, shape, dtype, steps, grows)
    if any(each.carried and _counted_apart(each, form) for each in own.values() if each):
        yield counter(Role.POSITION, "position")
    for name in ("value_mask", "key_mask"):
        if name in by_role and value is not None:
            steps, grows = _attended_steps(value, form, window)
            role = Role.CACHE if isinstance(value.form, Stepwise) else Role.WHOLE
            yield Kept(role, name, (steps,), "bool", steps, grows)


def is_banded(call: Call) -> bool:
    """Whether an attention lets its queries see some steps only, by where they are."""
    sliding = "sliding_window" in call.node.layer.arguments
    return bool(sliding or call.arguments.get("use_causal_mask"))


def _counted_apart(source: Read, form: Form) -> bool:
    """Whether the steps that are kept do not tell which of them a query sees."""
    if isinstance(source.form, Once):
        return any(moves(span.last) for span in source.reach.spans)
    return leads(source.form, form)


def leads(source: Form, form: Form) -> bool:
    """Whether steps of a source come before the output steps that read them last."""
    return isinstance(source, Stepwise) and source != form


def _attended_steps(source: Read, form: Form, window: int | None) -> tuple[Expr, bool]:
    """Return how many steps of keys or values are kept, and whether one more after each step."""
    steps = source.traced.tensor.shape[1]
    if isinstance(source.form, Once):
        return steps, False
    if any(not moves(span.first) for span in source.reach.spans):
        return steps, True
    return _most_kept(source, source.reach, form, window), False


def _earlier_steps(read: Read, form: Form, window: int | None) -> Iterator[Kept]:
    """Yield the steps of a tensor that are kept: those that are read again, or wait."""
    traced, tensor = read.traced, read.traced.tensor
    if tensor.time is None or isinstance(form, Newest):
        return
    if not read.carried and any(not moves(span.first) for span in read.reach.spans):
        raise NotFound(Open.NOTHING_CARRIED)
    reach = Reach(_newest_of(span) for span in read.reach.spans) if read.carried else read.reach
    if needs_phase(read.reach) and not read.carried:
        yield counter(Role.PHASE, "phase")
    steps = _most_kept(read, reach, form, window)
    if steps == 0:
        return
    shape = tuple(steps if axis == tensor.time else s for axis, s in enumerate(tensor.shape))[1:]
    waits = all(is_each(span) for span in reach.spans)
    yield Kept(Role.WAITING if waits else Role.STEPS, traced.path, shape, tensor.dtype, steps)


def _newest_of(span: StepSpan) -> StepSpan:
    """The newest step of a span, where something stands for the others."""
    return type(span)(span.last, span.last, span.steps, span.outputs)


def _most_kept(read: Read, reach: Reach, form: Form, window: int | None) -> Expr:
    """Return how many steps of a tensor are kept at most between two steps. Raises NotFound.

    When output step t is made, with input step R(t), all steps s with r(s) ≤ R(t) − 1 had come
    before, and those from first(t) on are still read.
    """
    due = form.ready if isinstance(form, Stepwise) else None
    ready = read.form.ready if isinstance(read.form, Stepwise) else None
    if ready is None or due is None:  # by itself, as if its input came at once
        ready, due = STEP, _latest(reach)
    delay = ready - STEP
    most: Expr = ZERO
    for span in reach.spans:
        kept = due - delay - span.first
        if moves(delay) or moves(kept):
            return _counted(read, reach, ready, due, window)
        most = kept if is_nonnegative(kept - most) else maximum(most, kept)
    return most.simplified()


def _latest(reach: Reach) -> Expr:
    first, *others = (span.last for span in reach.spans)
    return maximum(first, *others) if others else first


def _counted(read: Read, reach: Reach, ready: Expr, due: Expr, window: int | None) -> Expr:
    """Count how many steps are kept at most, step by step. Raises NotFound."""
    steps, outputs = read.traced.tensor.steps.value, reach.spans[0].outputs.value
    formulas = (ready, due, *(span.first for span in reach.spans))
    numbers: dict[str, int] = {}
    for formula in formulas:
        numbers |= formula.numbers()
    known = all(formula.symbols() <= {"t", *numbers} for formula in formulas)
    if steps is None or outputs is None or not known or max(steps, outputs) > MAX_COUNTED:
        raise NotFound(Open.COUNTS)

    def at(formula: Expr, step: int) -> int:
        return formula.evaluate({**numbers, "t": step})

    came = [at(ready, step) for step in range(steps)]
    most = available = 0
    for step in range(outputs if needs_phase(reach) else outputs + 1):  # the window may go on
        before = at(due, step) - 1
        if window is not None:
            before = min(before, window - 1)
        while available < steps and came[available] <= before:
            available += 1
        needed = min(max(0, at(span.first, step)) for span in reach.spans)
        most = max(most, available - needed)
    return const(most)


class Pace(NamedTuple):
    """How the windows of output steps follow each other: `stride` input steps apart.

    `repeats` output steps have the same newest step, from the output step `shift` before the first
    on. One of the two is 1.
    """

    stride: int
    repeats: int = 1
    shift: int = 0


def pace(reach: Reach) -> Pace:
    """Return how windows follow each other. Raises NotFound where they do so in no single way."""
    last = reach.spans[0].last
    stride = (last.substitute({"t": STEP + 1}) - last).value
    if stride is not None:
        return Pace(stride)
    for repeats in range(2, MAX_REPEATS):
        if (last.substitute({"t": STEP + repeats}) - last).value != 1:
            continue
        for shift in range(repeats):
            if (STEP + shift) // repeats == last:
                return Pace(1, repeats, shift)
    raise NotFound(Open.IRREGULAR)


def needs_phase(reach: Reach) -> bool:
    """Whether the steps that are kept do not tell when the next output step is due.

    So it is with strides, where the first output step reads a later step, or none, or where output
    steps end before they have to. Raises NotFound where windows follow each other in no single way.
    """
    first, *_ = reach.spans
    found = pace(reach)
    if found.repeats > 1:
        return False
    begin, end = (bound.substitute({"t": ZERO}) for bound in (first.first, first.last))
    following = first.last.substitute({"t": first.outputs})
    usual = (-begin, end, following - first.steps)  # the next one would read beyond the end
    return found.stride != 1 or any(is_nonnegative(each) is not True for each in usual)


def _whole(call: Call, read: list[Read]) -> Iterator[Kept]:
    """Yield what is made once, and read at every step."""
    attends = any(each.per_step for each in call.facts.carried)
    for each in read:
        tensor = each.traced.tensor
        if not isinstance(each.form, Once) or not each.reach or each.role == "initial_state":
            continue
        if (attends and each.role != "query") or each.role not in call.arguments:
            continue
        steps = tensor.steps if tensor.time is not None else None
        yield Kept(Role.WHOLE, each.traced.path, tensor.shape[1:], tensor.dtype, steps)
        if steps is not None and any(moves(span.last) for span in each.reach.spans):
            yield counter(Role.POSITION, "position")
