"""Dependence on model inputs, judged by sets of steps that are followed one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqinspect.algebra.expression import Expr, as_expr, ceil_div, const, maximum, symbol
from seqinspect.analysis.bounds import bounds_of
from seqinspect.analysis.receptive_field import receptive_fields
from seqinspect.analysis.tracing import TracedTensor, trace_input, trace_output
from seqinspect.model.facts import Tensor
from seqinspect.time.dependence import Dependence
from seqinspect.time.reach import (
    STEP,
    Reach,
    StepSpan,
    at_step,
    each,
    everything,
    prefix,
    reversed_prefix,
    shifted,
    suffix,
    window,
)
from seqinspect.time.work import Work
from tests.sampling import examples

if TYPE_CHECKING:
    from collections.abc import Callable

Sets = list[set[int]]
Move = tuple[str, int, int, int]
"""A kind of layer with up to three small numbers."""


def test_spans_that_differ_in_length_alone_are_told_apart_by_their_hashes() -> None:
    """Layers whose windows have grown to all steps are looked up among thousands of their kind."""
    steps = const(100)
    hashes = {hash(StepSpan(0, 99, steps, length=const(length))) for length in range(1000)}
    assert len(hashes) > 990


def convolution(
    steps: Expr, kernel: int, stride: int, dilation: int, padding: str
) -> tuple[Reach, Expr]:
    """A convolution over time as TensorFlow pads it."""
    span = (kernel - 1) * dilation
    before: Expr = const(0)
    if padding == "valid":
        outputs = (steps - span - 1) // stride + 1
    elif padding == "causal":
        outputs, before = (steps - 1) // stride + 1, const(span)
    else:
        outputs = ceil_div(steps, stride)
        before = maximum(0, (outputs - 1) * stride + span + 1 - steps) // 2
    first = STEP * stride - before
    return window(first, first + span, steps, outputs, every=dilation), outputs


def convolved(steps: int, kernel: int, stride: int, dilation: int, padding: str) -> Sets:
    """The same by counting: which inputs each output multiplies with."""
    span = (kernel - 1) * dilation
    if padding == "valid":
        before, outputs = 0, (steps - span - 1) // stride + 1
    elif padding == "causal":
        before, outputs = span, (steps - 1) // stride + 1
    else:
        outputs = -(-steps // stride)
        before = max(0, (outputs - 1) * stride + span + 1 - steps) // 2
    return [
        {s for j in range(kernel) if 0 <= (s := t * stride - before + j * dilation) < steps}
        for t in range(outputs)
    ]


def late() -> Expr:
    """The query of an attention that looks back: at step 0 there is one key, and it is hidden."""
    return STEP - maximum(0, 1 - STEP)


PADDINGS = ("valid", "same", "causal")


def move(steps: Expr, kind: Move) -> tuple[Reach, Expr]:
    """A layer's reach and its number of output steps."""
    name, a, b, c = kind
    table: dict[str, Callable[[], tuple[Reach, Expr]]] = {
        "each": lambda: (each(steps), steps),
        "all": lambda: (everything(steps), steps),
        "prefix": lambda: (prefix(steps), steps),
        "suffix": lambda: (suffix(steps), steps),
        "backwards": lambda: (reversed_prefix(steps), steps),
        "reversed": lambda: (each(steps).reversed(), steps),
        "both ways": lambda: (prefix(steps) | reversed_prefix(steps).reversed(), steps),
        "step": lambda: (at_step(0, steps, as_expr(a)), as_expr(a)),
        "pad": lambda: (shifted(-a, steps, steps + a + b), steps + a + b),
        "crop": lambda: (shifted(a, steps, steps - a), steps - a),
        "none at 0": lambda: (window(late(), late(), steps, steps), steps),
        "repeat": lambda: (window(STEP // a, STEP // a, steps, steps * a), steps * a),
    }
    if name in PADDINGS:
        return convolution(steps, a, 1 if c > 1 else b, c, name)
    return table[name]()


def moved(steps: int, kind: Move) -> Sets:
    """The same by counting."""
    name, a, b, c = kind
    whole = range(steps)
    if name in PADDINGS:
        return convolved(steps, a, 1 if c > 1 else b, c, name)
    table: dict[str, Callable[[], Sets]] = {
        "each": lambda: [{t} for t in whole],
        "all": lambda: [set(whole) for _ in whole],
        "prefix": lambda: [set(range(t + 1)) for t in whole],
        "suffix": lambda: [set(range(t, steps)) for t in whole],
        "backwards": lambda: [set(range(steps - 1 - t, steps)) for t in whole],
        "reversed": lambda: [{steps - 1 - t} for t in whole],
        "both ways": lambda: [set(whole) for _ in whole],
        "step": lambda: [{0} for _ in range(a)],
        "pad": lambda: [{t - a} & set(whole) for t in range(steps + a + b)],
        "crop": lambda: [{t + a} for t in range(steps - a)],
        "none at 0": lambda: [{t} if t else set() for t in whole],
        "repeat": lambda: [{t // a} for t in range(steps * a)],
    }
    return table[name]()


kinds = st.tuples(
    st.sampled_from([
        "each", "all", "prefix", "suffix", "backwards", "reversed", "both ways", "step",
        "pad", "crop", "repeat", "none at 0", *PADDINGS * 3,
    ]),
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 4),
)  # fmt: skip


def compose(outer: Sets, inner: Sets) -> Sets:
    return [set().union(*(inner[s] for s in steps)) for steps in outer]


def ends(sets: Sets) -> list[tuple[int, int] | None]:
    return [(min(steps), max(steps)) if steps else None for steps in sets]


def followed(known: TracedTensor, count: int) -> Sets:
    """The steps that each output step depends on."""
    pieces = known.relation("x")
    assert pieces is not None
    return [{step for piece in pieces for step in piece.at(t)} for t in range(count)]


def claimed(known: TracedTensor, counted: Sets) -> list[tuple[int, int] | None]:
    """First and last step by the formulas; None where they say that there is none.

    Where no short formula was found, nothing is claimed.
    """
    bounds = bounds_of(known, "x")
    if bounds is None:
        return ends(counted)
    found: list[tuple[int, int] | None] = []
    for t in range(len(counted)):
        first, last = (bound.evaluate({**bound.numbers(), "t": t}) for bound in bounds[:2])
        found.append((first, last) if first <= last else None)
    return found


def bounds(known: TracedTensor) -> tuple[Expr, Expr]:
    found = bounds_of(known, "x")
    assert found is not None
    return found.first, found.last


def causal(known: TracedTensor, steps: Expr) -> bool | None:
    tensor = Tensor((symbol("batch"), steps, const(1)), time=1)
    (field,) = receptive_fields([("y", known)], {"x": tensor}, [])
    return field.causal


def apply(known: TracedTensor, counted: Sets, kind: Move) -> tuple[TracedTensor, Sets] | None:
    """Apply a layer both ways; None where it leaves no step."""
    reach, outputs = move(known.tensor.steps, kind)
    if outputs.value is None or not 1 <= outputs.value <= 40:
        return None
    tensor = Tensor((symbol("batch"), outputs, const(1)), time=1)
    return trace_output(tensor, reach, {"inputs": (known,)}), compose(
        moved(known.tensor.steps.value or 0, kind), counted
    )


def source(steps: int) -> tuple[TracedTensor, Sets]:
    tensor = Tensor((symbol("batch"), symbol("T", steps), const(1)), time=1)
    return trace_input("x", tensor, Work()), [{t} for t in range(steps)]


@settings(max_examples=examples(400))
@given(st.integers(1, 12), st.lists(kinds, min_size=1, max_size=5))
def test_a_chain_of_layers_depends_on_exactly_these_steps(steps: int, chain: list[Move]) -> None:
    known, counted = source(steps)
    for kind in chain:
        found = apply(known, counted, kind)
        if found is None:
            continue
        known, counted = found
        assert followed(known, len(counted)) == counted, (steps, chain)
        assert claimed(known, counted) == ends(counted), (steps, chain)


@settings(max_examples=examples(100))
@given(st.integers(1, 9), st.lists(kinds, max_size=3), st.lists(kinds, max_size=3), kinds)
def test_branches_that_are_merged_depend_on_what_either_does(
    steps: int, left: list[Move], right: list[Move], after: Move
) -> None:
    one, other = source(steps), source(steps)
    for kind in left:
        one = apply(*one, kind) or one
    for kind in right:
        other = apply(*other, kind) or other
    count = min(len(one[1]), len(other[1]))
    tensor = Tensor((symbol("batch"), const(count), const(1)), time=1)
    cut = {
        "inputs": (
            shifted(0, one[0].tensor.steps, const(count)),
            shifted(0, other[0].tensor.steps, const(count)),
        )
    }
    known = trace_output(tensor, cut, {"inputs": (one[0], other[0])})
    counted = [one[1][t] | other[1][t] for t in range(count)]
    assert followed(known, count) == counted
    assert claimed(known, counted) == ends(counted)
    known, counted = apply(known, counted, after) or (known, counted)
    assert followed(known, len(counted)) == counted
    assert claimed(known, counted) == ends(counted)


def test_branches_of_several_widths_see_as_far_as_the_widest() -> None:
    steps = symbol("T", 64)
    itself = Dependence.identity(steps)
    seen = [itself.through(window(STEP - width, STEP, steps, steps)) for width in (1, 4, 2, 7)]
    union = Dependence.union([part for part in seen if part is not None])
    assert union.exact
    assert union.bounds == (maximum(0, STEP - 7), STEP)


def test_a_causal_stack_that_doubles_its_dilation_has_a_plain_receptive_field() -> None:
    known = trace_input("x", Tensor((symbol("batch"), symbol("T", 32), const(1)), time=1), Work())
    for dilation in (1, 2, 4, 8):
        reach, outputs = convolution(known.tensor.steps, 2, 1, dilation, "causal")
        tensor = Tensor((symbol("batch"), outputs, const(1)), time=1)
        known = trace_output(tensor, reach, {"inputs": (known,)})
    first, last = bounds(known)
    assert (first.python(), last.python()) == ("max(0, t - 15)", "t")
    assert causal(known, symbol("T", 32)) is True


def test_dilations_with_branches_over_any_number_of_steps_have_a_plain_window() -> None:
    """Each block sees 5 × dilation steps to both sides, twice: 10 × (1+4+4+10+10+25+25) = 790."""
    known = trace_input("x", Tensor((symbol("batch"), symbol("T"), const(1)), time=1), Work())
    for dilation in (1, 4, 4, 10, 10, 25, 25):
        branch = known
        for _ in range(2):
            reach, outputs = convolution(branch.tensor.steps, 11, 1, dilation, "same")
            branch = trace_output(branch.tensor, reach, {"inputs": (branch,)})
        tensor = Tensor((symbol("batch"), outputs, const(1)), time=1)
        known = trace_output(tensor, each(outputs), {"inputs": (known, branch)})
    found = bounds_of(known, "x")
    assert found is not None
    assert (found.first.python(), found.last.python()) == ("max(0, t - 790)", "min(t + 790, T - 1)")
    assert not found.proved  # it was tried at many sizes


def test_valid_convolutions_need_no_edges() -> None:
    known = trace_input("x", Tensor((symbol("batch"), symbol("T"), const(1)), time=1), Work())
    for _ in range(2):
        reach, outputs = convolution(known.tensor.steps, 3, 2, 1, "valid")
        tensor = Tensor((symbol("batch"), outputs, const(1)), time=1)
        known = trace_output(tensor, reach, {"inputs": (known,)})
    assert [bound.python() for bound in bounds(known)] == ["4*t", "2*(2*t + 3)"]
    assert causal(known, symbol("T")) is not True


@pytest.mark.parametrize(
    ("chain", "every"),
    [
        ([(2, 4)], 4),  # {t−4, t}
        ([(3, 2), (2, 6)], 2),  # {t−10, t−8, …, t}
        ([(2, 1), (2, 2)], 1),
        ([(2, 1), (2, 4)], 0),  # {t−5, t−4, t−1, t}
    ],
)
def test_holes_are_known(chain: list[tuple[int, int]], every: int) -> None:
    dependence = Dependence.identity(symbol("T", 32))
    for kernel, dilation in chain:
        reach, _ = convolution(symbol("T", 32), kernel, 1, dilation, "causal")
        through = dependence.through(reach)
        assert through is not None
        dependence = through
    assert dependence.every == every


def test_taps_that_fill_a_stride_do_not_where_the_edge_cuts_them() -> None:
    """Steps t, t+3, t+6, read by windows of three: of those that begin before step 0, by fewer."""
    steps = symbol("T", 9)
    reach, outputs = convolution(steps, 3, 1, 3, "valid")
    inner = Dependence.identity(steps).through(reach)
    assert inner is not None
    for padding, every in (("causal", 0), ("valid", 1)):
        outer, _ = convolution(outputs, 3, 1, 1, padding)
        dependence = inner.through(outer)
        assert dependence is not None
        assert dependence.every == every
