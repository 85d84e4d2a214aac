"""Whether the values of arrays are what a loss and an Embedding take, as far as they were read."""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seqinspect.lint.fitting import Facts, Fit, Given
    from seqinspect.lint.model_index import Call, Tensor
    from seqinspect.model.data import Sample
    from seqinspect.rules.losses import Loss

TOLERANCE = 1e-2
"""Probabilities add up to 1 within this, in 16 bits, too."""

INTEGERS = ("int", "uint")

REFUSED = ("SEQ601", "SEQ602")
"""Of arrays with these, the values are not looked at."""


def check_values(fit: Fit) -> None:
    """Look at the values of every array that were read."""
    broken = {each.facts.get("array") for each in fit.troubles if each.code in REFUSED}
    expectations = fit.model.expectations
    for given in (*fit.x, *fit.y):
        sample = given.array.sample
        if sample is None or given.word in broken:
            continue
        bad = next((value for value in sample.values if not isfinite(value)), None)
        if bad is not None:
            fit.add(
                "SEQ607",
                "nan" if isnan(bad) else "infinite",
                {"array": given.word, "which": given.named},
                place=fit.place(given),
            )
    for given in fit.x:
        if given.array.sample is not None and given.word not in broken:
            _check_indexes(fit, given, given.array.sample)
    for given in fit.y:
        loss = expectations.loss(given.tensor_name) if expectations is not None else None
        sample = given.array.sample
        if loss is not None and sample is not None and given.word not in broken:
            _check_labels(fit, given, loss, sample)


def _check_indexes(fit: Fit, given: Given, sample: Sample) -> None:
    values = [value for value in sample.values if isfinite(value)]
    tables = list(_tables(given.tensor))
    whole = given.tensor.report.dtype.startswith(INTEGERS)
    facts: Facts = {"array": given.word, "which": given.named}
    place = fit.place(given)
    if tables or whole:
        fraction = next((value for value in values if value != int(value)), None)
        if fraction is not None:
            fit.add(
                "SEQ605",
                "fraction",
                {**facts, "value": fraction, "what": "words"},
                remedy="words",
                place=place,
            )
    for call, size in tables:
        numbers = [int(value) for value in values]
        above = max((value for value in numbers if value >= size), default=None)
        below = min((value for value in numbers if value < -size), default=None)
        wrong = above if above is not None else below
        if wrong is not None:
            remedy = "words above" if wrong > 0 else "words below"
            fit.add(
                "SEQ604",
                "words",
                {
                    **facts,
                    "value": wrong,
                    "layer": call.layer_name,
                    "size": size,
                    "rows": wrong + 1,
                },
                remedy=remedy,
                place=place,
            )
            return
        negative = next((value for value in numbers if value < 0), None)
        if negative is not None:
            fit.add(
                "SEQ605",
                "negative",
                {**facts, "value": negative, "layer": call.layer_name, "row": size + negative},
                place=place,
            )
            return


def _tables(tensor: Tensor) -> Iterator[tuple[Call, int]]:
    """Yield the layers that look up what an input holds, and how many rows their tables have."""
    for call in tensor.readers:
        if call.traits.looks_up and tensor in call.sources:
            rows = call.layer.arguments.get("input_dim")
            size = rows.value if isinstance(rows, Expr) else rows
            if isinstance(size, int) and call.node.call.get("reverse") is not True:
                yield call, size
        elif call.traits.passes_on and call.outputs:
            yield from _tables(call.outputs[0])


def _check_labels(fit: Fit, given: Given, loss: Loss, sample: Sample) -> None:
    values = [value for value in sample.values if isfinite(value)]
    facts: Facts = {"array": given.word, "which": given.named, "loss": str(loss)}
    place = fit.place(given)
    shape = fit.shapes.get(given.tensor_name)
    match loss.labels:
        case "classes":
            _check_classes(fit, given, loss, values, shape[-1] if shape else None)
        case "unit":
            wrong = _first(value for value in values if not 0 <= value <= 1)
            if wrong is not None:
                remedy = "signs of bce" if set(values) <= {-1, 1} else "binary"
                fit.add("SEQ605", "unit", {**facts, "value": wrong}, remedy=remedy, place=place)
            elif _are_scaled(values):
                fit.add(
                    "SEQ605", "scaled", {**facts, "value": float(f"{max(values):.4g}")}, place=place
                )
        case "distribution":
            wrong = _first(value for value in values if not 0 <= value <= 1)
            uneven = _first(
                total for total in map(sum, sample.rows) if total and abs(total - 1) > TOLERANCE
            )
            if wrong is not None:
                fit.add(
                    "SEQ605", "unit", {**facts, "value": wrong}, remedy="distribution", place=place
                )
            elif uneven is not None and given.array.shape[-1] == (shape[-1] if shape else 0):
                fit.add("SEQ605", "total", {**facts, "value": round(uneven, 3)}, place=place)
        case "positive":
            wrong = _first(value for value in values if value < 0)
            if wrong is not None:
                fit.add("SEQ605", "negative target", {**facts, "value": wrong}, place=place)
        case "signs":
            wrong = _first(value for value in values if value not in (-1, 0, 1))
            if wrong is not None or len({-1, 0} & set(values)) == 2:
                fit.add(
                    "SEQ605",
                    "signs",
                    {**facts, "value": 0 if wrong is None else wrong},
                    place=place,
                )
        case "":
            pass


def _check_classes(
    fit: Fit, given: Given, loss: Loss, values: list[float], classes: int | None
) -> None:
    facts: Facts = {"array": given.word, "which": given.named, "loss": str(loss)}
    place = fit.place(given)
    labels = [value for value in values if value != loss.ignore_class]
    fraction = _first(value for value in labels if value != int(value))
    numbers = [int(value) for value in labels]
    if classes is not None:
        wrong = max((each for each in numbers if each >= classes), default=None)
        if wrong is None:
            wrong = min((each for each in numbers if each < 0), default=None)
        if wrong is not None:
            remedy = (
                "labels below" if wrong < 0
                else "labels from 1" if wrong == classes and min(numbers) == 1
                else "labels above"
            )  # fmt: skip
            fit.add(
                "SEQ604",
                "labels",
                {
                    **facts,
                    "value": wrong,
                    "classes": classes,
                    "last": classes - 1,
                    "rows": wrong + 1,
                },
                remedy=remedy,
                place=place,
            )
            return
    if fraction is not None:
        fit.add(
            "SEQ605",
            "fraction",
            {**facts, "value": fraction, "what": "classes"},
            remedy="labels",
            place=place,
        )


def _are_scaled(values: list[float]) -> bool:
    """Whether these look like small integers that were divided by 255, as pictures are."""
    steps = [value * 255 for value in values]
    return 0 < max(steps, default=0) < 128 and all(abs(each - round(each)) < 1e-3 for each in steps)


def _first(values: Iterable[float]) -> float | None:
    """Return the first of some values, as an integer where it is one."""
    found = next(iter(values), None)
    if found is None:
        return None
    return int(found) if found == int(found) else float(f"{found:.4g}")
