"""Fitting: what Keras makes of a layer at several numbers → formulas that hold at others, too."""

from __future__ import annotations

from itertools import permutations
from random import Random
from typing import TYPE_CHECKING

from seqinspect.keras_model.custom.sizes import DENSE_POINTS, MIN_POINTS, formula
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.keras_model.custom.layer_probe import LayerProbe, ProbeResult

    ProbeResults = list[tuple[dict[str, int], ProbeResult]]

ROUNDS = 3
"""So many times formulas are fitted again to numbers that they did not hold for."""

HELD_OUT = 3
"""So many times several names get other numbers at once, to see whether formulas hold there."""


class FittedFormulas(NamedTuple):
    """Every size of a result as a formula, None where none was found; and what they were fitted to.

    `ranges` are the least and the greatest number of each name for which they hold.
    """

    sizes: list[Expr | None]
    ranges: tuple[tuple[str, int, int], ...]


def fitted_formulas(
    probe: LayerProbe,
    numbers: dict[str, int],
    base: ProbeResult,
    names: Mapping[str, Expr],
) -> FittedFormulas:
    """Return formulas in the names that give all that Keras gives, also where they were not fitted.

    A formula that fails at numbers that were held out is fitted again to these as well.
    """
    results = _probe_other_numbers(probe, numbers, base, names)
    tried = {name: sorted({point[name] for point, _ in results}) for name in names}
    formulas = _fit_formulas(results, base, names, dense=False)
    random = Random(0)
    for _ in range(ROUNDS):
        held_out = _hold_out(probe, base, tried, results, random)
        wrong = [
            index
            for index, each in enumerate(formulas)
            if not _holds(each, index, [*results[:1], *held_out])
        ]
        results += held_out
        if not wrong:
            break
        for name in _moving(wrong, results, names):
            start = numbers[name]
            for other in (*range(start + 1, start + DENSE_POINTS + 1), 5 * start + 3, start + 50):
                _add_result(results, probe, {**numbers, name: other}, base)
        refitted = _fit_formulas(results, base, names, dense=True)
        formulas = [
            refitted[index] if index in wrong else each for index, each in enumerate(formulas)
        ]
    else:
        formulas = [
            each if _holds(each, index, results) else None for index, each in enumerate(formulas)
        ]
    ranges = tuple((name, each[0], each[-1]) for name, each in tried.items())
    return FittedFormulas(formulas, ranges)


def _holds(size: Expr | None, index: int, results: ProbeResults) -> bool:
    """Tell whether a formula gives what Keras gives; where Keras gives none there is none to be."""
    values = [result.sizes[index] for _, result in results]
    if None in values:
        return size is None
    return size is not None and all(
        size.evaluate(point) == value for (point, _), value in zip(results, values, strict=True)
    )


def _moving(indices: Sequence[int], results: ProbeResults, names: Mapping[str, Expr]) -> list[str]:
    """Return the names without which the sizes with these indices would not be what they are."""
    numbers, base = results[0]
    return [
        name
        for name in names
        if any(
            result.sizes[index] != base.sizes[index]
            for index in indices
            for point, result in results
            if all(point[other] == numbers[other] for other in numbers if other != name)
        )
    ]


def _hold_out(
    probe: LayerProbe,
    base: ProbeResult,
    tried: Mapping[str, Sequence[int]],
    results: ProbeResults,
    random: Random,
) -> ProbeResults:
    """Probe numbers that no formula was fitted to, among those that were tried and between them."""
    numbers, held_out = results[0][0], results[:1]
    points = []
    for name, others in tried.items():
        points.append({**numbers, name: random.randint(others[0], others[-1])})
    for _ in range(HELD_OUT):
        between = {name: random.randint(others[0], others[-1]) for name, others in tried.items()}
        points.append({**numbers, **between})
        doubled = {name: random.choice((1, 2)) for name in tried}  # where others do not divide
        points.append({**numbers, **{name: numbers[name] * by for name, by in doubled.items()}})
    for point in points:
        if all(point != known for known, _ in results):
            _add_result(held_out, probe, point, base)
    return held_out[1:]


def _probe_other_numbers(
    probe: LayerProbe, numbers: dict[str, int], base: ProbeResult, names: Mapping[str, Expr]
) -> ProbeResults:
    """Probe other numbers of every name, and some of several names at once."""
    results: ProbeResults = [(numbers, base)]
    numbers_tried: dict[str, list[int]] = {}
    for name in names:
        start = numbers[name]
        usual = (start + 1, start + 2, 2 * start, 2 * start + 1, max(1, start // 2))
        rarely = (3 * start, 4 * start, start + 4, start + 8, start + 12)
        for count, other in enumerate((*usual, *rarely)):
            if count >= len(usual) and len(numbers_tried.get(name, ())) >= MIN_POINTS - 1:
                break
            if _add_result(results, probe, {**numbers, name: other}, base):
                numbers_tried.setdefault(name, []).append(other)
            elif count < len(usual):
                for each in (each for each in names if each != name):  # it may have to divide it
                    _add_result(results, probe, {**numbers, name: other, each: 1}, base)
    for lower, higher in permutations(numbers_tried, 2):  # which of the two is larger may count
        low, high = min(numbers_tried[lower]), max(numbers_tried[higher])
        _add_result(results, probe, {**numbers, lower: low, higher: high}, base)
    return results


def _add_result(
    results: ProbeResults, probe: LayerProbe, numbers: dict[str, int], base: ProbeResult
) -> bool:
    """Probe further numbers, unless that was done; tell whether Keras took them."""
    if any(point == numbers for point, _ in results):
        return False
    result = probe.try_run(numbers, base)
    if result is not None:
        results.append((numbers, result))
    return result is not None


def _fit_formulas(
    results: ProbeResults, base: ProbeResult, names: Mapping[str, Expr], *, dense: bool
) -> list[Expr | None]:
    formulas: list[Expr | None] = []
    fitted: dict[tuple[int, ...], Expr | None] = {}
    for index in range(len(base.sizes)):
        values = tuple(size for _, result in results if (size := result.sizes[index]) is not None)
        if len(values) < len(results):  # not even Keras says it
            formulas.append(None)
            continue
        if values not in fitted:
            points = [point for point, _ in results]
            fitted[values] = formula(points, values, names, dense=dense)
        formulas.append(fitted[values])
    return formulas
