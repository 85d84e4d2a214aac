"""A limit that is hit makes an answer not known, and never another answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect import SpecError, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.api import Description

pytestmark = pytest.mark.keras  # Keras decides which models are drawn

LIMITS = {
    "time.relation.MAX_PIECES": 2,
    "time.envelope.MAX_GRIDS": 1,
    "time.work.MAX_WORK": 200,
    "time.work.MAX_FORMULAS": 20,
    "time.dependence.MAX_SPANS": 1,
    "time.dependence.MAX_SIZE": 16,
    "time.dependence.MAX_GUARDS": 0,
    "time.formulas.MAX_PARTS": 1,
    "time.formulas.MAX_POINTS": 1,
    "algebra.lines.MAX_LINES": 1,
    "algebra.proof.MAX_CASES": 2,
    "algebra.proof.MAX_COMPOUNDS": 0,
    "algebra.proof.MAX_EXPANSION": 3,
    "analysis.features.MOST_PLACES": 0,
}
OF_FORMULAS = {
    "algebra.polynomial.MAX_TERMS": 4,
    "algebra.polynomial.MAX_DEGREE": 2,
    "algebra.polynomial.MAX_DEPTH": 1,
    "algebra.polynomial.MAX_ATOM": 12,
    "algebra.polynomial.MAX_WORK": 4,
    "algebra.polynomial.MAX_BITS": 8,
}
"""What a longer formula meets: the spec is refused, or nothing is said."""

MODELS = 60
SIZES = (1, 2, 3, 7, 20)
"""Numbers of steps at which formulas are compared, where T has none."""


@pytest.fixture(scope="module")
def specs() -> list[dict[str, Any]]:
    """Models as the judge draws them, every third without a number of steps."""
    from tests.keras.time_judge.drawing import draw  # it imports Keras

    found = [draw(f"limits {index}") for index in range(MODELS)]
    found = [spec for spec in found if not any(_is_operator(each) for each in spec["layers"])]
    for spec in found[::3]:
        spec["dims"] |= {name: None for name in ("T", "S") if name in spec["dims"]}
    return found


@pytest.mark.parametrize("limit", [*LIMITS, *OF_FORMULAS, "all"])
def test_a_limit_that_is_hit_never_turns_an_answer(
    limit: str, specs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = known = 0
    for spec in specs:
        _forget()
        right = _answers(spec)
        with monkeypatch.context() as patch:
            for each in LIMITS if limit == "all" else [limit]:
                patch.setattr(f"seqinspect.{each}", (LIMITS | OF_FORMULAS)[each])
            _forget()
            limited = _answers(spec)
        for name, answer in limited.items():
            assert answer in (None, right[name]), (name, answer, right[name], spec)
        given += sum(answer is not None for answer in right.values())
        known += sum(answer is not None for answer in limited.values())
    _forget()
    assert 0 < known <= given


def _is_operator(entry: dict[str, Any]) -> bool:
    return bool(entry.keys() & {"GetItem", "operator"})


def _forget() -> None:
    """Forget what was computed under other limits."""
    for name, module in list(sys.modules.items()):
        for each in list(vars(module).values()) if name.startswith("seqinspect.") else ():
            if hasattr(each, "cache_clear"):
                each.cache_clear()


def _answers(spec: dict[str, Any]) -> dict[object, object]:
    """Return all that is said of time, by what it is said of; None where it is not known."""
    try:
        report = describe(spec, static=True)
    except SpecError:
        return {}
    return dict(_of_report(report))


def _of_report(report: Description) -> Iterator[tuple[object, object]]:
    yield "causal", report.causal
    for field in report.fields:
        key = field.output, field.input
        yield (*key, "size"), field.size
        yield (*key, "reads"), field.reads
        yield (*key, "first full"), field.first_full
        yield (*key, "ahead"), field.ahead
        yield (*key, "causal"), field.causal
    for row in report.rows:
        for each in row.time.depends if row.time is not None else ():
            sizes = {name: size.value for name, size in report.dims.items()}
            unknown = [name for name, size in sizes.items() if size is None]
            for number in SIZES if unknown else (1,):
                env = {**sizes, **dict.fromkeys(unknown, number)}
                yield (row.path, each.input, number), _steps_at(each, row.time, env)


def _steps_at(depends: Any, time: Any, sizes: dict[str, Any]) -> object:
    """Return first and last step at every output step; None where no formula is given."""
    if not depends.ends:
        return None
    count = 1 if time.steps is None else time.steps.evaluate({**time.steps.numbers(), **sizes})
    found = []
    for step in range(max(0, count)):
        first, last = (
            bound.evaluate({**bound.numbers(), **sizes, "t": step}) for bound in depends.ends
        )
        found.append((first, last) if first <= last else None)
    return found
