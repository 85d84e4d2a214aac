"""What follows from a report as a whole, in words: below the table, and in every other document."""

from __future__ import annotations

from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

from seqinspect.model.reasons import SourceNote
from seqinspect.model.remarks import Peculiarity
from seqinspect.output.report.time_notes import each_step, mentions_step
from seqinspect.output.text import (
    CONVENTION,
    both,
    counted,
    engine,
    equation,
    legend,
    listed,
    memory,
    size_text,
    sized,
)
from seqinspect.time.reach import STEP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.look_ahead import LookAhead
    from seqinspect.model.report import InputReport, Keras, ReceptiveField, Report, Row

NAMES = "Names"
SOURCE_NOTES = {
    SourceNote.LAST_DUMP: "several dumps stand in this file; the last is read, as PyYAML does",
}

MAX_WAY = 6
"""Of more layers on the way to a step that looks ahead, those between are left out."""

WORK = frozenset({"multiply_adds", "multiply_adds_formula"})
"""Columns that count multiply-adds."""


class Verdict(Enum):
    """What Keras said of the numbers."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    OPEN = "open"


def summary(report: Report, columns: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield what follows from a report and is asked for by its columns, as labels and texts."""
    for note in report.notes:
        yield "Read", SOURCE_NOTES[note]
    yield NAMES, "; ".join(_names(report))
    yield "Total", _parameters(report)
    if not WORK.isdisjoint(columns):
        yield "Work", _work(report)
    for name, shape in _targets(report):
        yield "Target y" if not name else f"Target {name}", shape
    yield "Causal", ": ".join(filter(None, causality(report)))
    if report.memory is not None:
        from seqinspect.output.report import memory as report_memory  # noqa: PLC0415 - only where it was asked for

        yield from report_memory.lines(report)


def verdict(report: Report) -> tuple[Verdict, str, tuple[str, ...]]:
    """Return whether the numbers were compared with Keras, as a sentence with its differences."""
    keras = report.keras
    if keras.status == "agrees":
        rest = (*_cannot_run(report), *([_reasons(keras)] if keras.reasons else []))
        confirmed = "confirmed earlier" if keras.cached else "confirmed"
        said = f"{confirmed} by {engine(keras)}{_at_numbers(report)}: {_compared(report)}"
        return Verdict.AGREES, said, rest
    if keras.status == "disagrees":
        from seqinspect.output.fact_text import difference_text  # noqa: PLC0415 - seldom

        differences = tuple(f"{each.path}: {difference_text(each)}" for each in keras.differences)
        return Verdict.DISAGREES, f"{engine(keras)} disagrees:", differences
    reason = f": {_reasons(keras)}" if keras.reasons else " (--static)"
    return Verdict.OPEN, f"not compared with Keras{reason}", ()


def _cannot_run(report: Report) -> Iterator[str]:
    """Say which calls fail as soon as the model gets data, whatever Keras says of their shapes."""
    for row in report.rows:
        if row.mask is not None and not row.mask.runs:
            yield f"{row.path} cannot be called on data: its mask does not fit"


def _reasons(keras: Keras) -> str:
    from seqinspect.output.unconfirmed_words import unconfirmed_text  # noqa: PLC0415 - seldom

    return unconfirmed_text(keras.reasons)


def _at_numbers(report: Report) -> str:
    """Say at which numbers Keras was asked, for sizes that are not known: at n = 5, 7 and 11."""
    keras = report.keras
    if not keras.numbers:
        return ""
    names = list(keras.numbers[0])
    if len(names) > 2:
        sets = counted(len(keras.numbers), "set")
        return f" at {sets} of numbers for the {len(names)} sizes that are not known"
    parts = []
    for name in names:
        values = [str(numbers[name]) for numbers in keras.numbers]
        last = f" and {values[-1]}" if len(values) > 1 else values[-1]
        shown = report.dims[name].text() if name in report.dims else name
        parts.append(f"{shown} = {', '.join(values[:-1])}{last}")
    return f" at {', '.join(parts)}"


def names_within(report: Report, rows: Sequence[Row], inputs: Sequence[InputReport]) -> str:
    """Return what the names stand for that are met in some rows and inputs, and in nothing else."""
    part = report._replace(rows=tuple(rows), inputs=tuple(inputs), dims={})
    used = {*part.sizes}
    for name, definition in reversed([*report.definitions.items()]):
        used |= definition.symbols() if name in used else set()
    dims = {name: size for name, size in report.dims.items() if size.symbols() & used}
    return "; ".join(_names(part._replace(dims=dims)))


def _names(report: Report) -> Iterator[str]:
    dims = report.dims
    if any(size.value is None for size in dims.values()):
        named = report.sizes
        dims = {name: size for name, size in dims.items() if name in named}
    names = legend(dims, report.definitions, report.size_texts)
    if names:
        yield ", ".join(names)
    shapes = [given.tensor for given in report.inputs]
    shapes += [output for row in report.rows for output in row.outputs]
    sizes = {size for shape in shapes for size in shape.symbolic}
    if any("batch" in size.symbols() for size in sizes if size.value is None):
        yield "batch = any number"
    if any(map(mentions_step, report.rows)):
        yield "t = output step, from 0"


def _parameters(report: Report) -> str:
    params, trainable = report.params, report.trainable
    if params == 0:
        return "no parameters" if report.complete else f"not known: {_missing(report)}"
    if report.stored:
        trained = "how many are trainable is not known"
    elif all(weight.trainable for row in report.counted for weight in row.weights):
        trained = "all trainable"
    elif trainable == 0:
        trained = "none trainable"
    elif params is None or trainable is None:
        trained = "some of them trainable"
    else:
        trained = f"{trainable:,} trainable, {params - trainable:,} non-trainable"
    text = f"{equation(report.formula, params)} parameters, {trained}; {memory(report.bytes)}"
    text += _left_out(report)
    return text if report.complete else f"at least {text}; {_missing(report)}"


def _work(report: Report) -> str:
    text = sized(report.multiply_adds)
    known = all(row.work_known for row in report.top if row.used)
    least = "" if known else "at least "
    left_out = "biases, activations and normalisations are not counted"
    return f"{least}{text} multiply-adds {CONVENTION}; {left_out}"


def _left_out(report: Report) -> str:
    """Name the layers that are shown and not counted."""
    counted_rows = report.counted
    if len(counted_rows) == len(report.top):
        return ""
    names = [f"`{row.name}`" for row in report.top if row not in counted_rows]
    some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"; without {some}, on which no output depends: Keras leaves it out"


def _missing(report: Report) -> str:
    count = sum(not row.complete for row in report.counted)
    has = "has" if count == 1 else "have"
    return f"{counted(count, 'layer')} {has} weights that are not known (? in the table)"


def _targets(report: Report) -> Iterator[tuple[str, str]]:
    found = report.targets
    rows = {row.name: row for row in report.top}
    for name, tensor in found:
        row = rows.get(name) or rows.get(name.rpartition(".")[0])
        steps = None if row is None else _steps_of(row, name)
        number = "the number of a class" if name in report.sparse else ""
        text = both([tensor])
        if steps is not None:
            text += f": {number or 'a target'} for {each_step(steps)}"
        elif row is not None and row.time is not None:
            text += f": {number or 'one target'} for the whole sequence"
        yield name if len(found) > 1 else "", text


def _steps_of(row: Row, name: str) -> Expr | None:
    """Return the steps of an output; a state, which is another of its layer's, has none."""
    time = row.time
    if time is None or time.axis is None:
        return None
    if name == row.name:
        return time.steps
    output = row.outputs[int(name.rpartition(".")[2])]
    return time.steps if output.symbolic == row.outputs[0].symbolic else None


def causality(report: Report) -> tuple[str, str]:
    """Return whether output steps depend on later input steps, in a word or two, and why."""
    if report.causal is not None:
        if report.causal:
            tried = _only_tried(report)
            seen = _window(report.fields)
            return "yes", "no output step depends on a later input step" + seen + tried
        return "no", _looks_ahead(report.fields, report.size_texts)
    if any(Peculiarity.NOT_FOLLOWED in row.remarks for row in report.rows):
        return "not known", "the layers depend on too many inputs to follow them all"
    if any(tensor.unknown_time for _, tensor in report.output_tensors):
        return "not known", "a layer that no rule states stands before an output"
    untried = [row.path for row in report.rows if row.used and row.untried]
    if untried:
        return "not known", f"{listed(untried)} {_was(untried)} not tried with so many steps"
    rows = {row.name: row for row in report.top}
    times = [rows[name].time for name in report.outputs if name in rows]
    if any(time is not None and time.axis is not None for time in times):
        return _uncounted(report)
    return "does not apply", "no output has time steps"


def _was(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"


def _only_tried(report: Report) -> str:
    """Name the layers of which an experiment says it, and no rule."""
    found = [row.path for row in report.rows if row.used and row.experiments]
    return f"; for {listed(found)}, by experiment" if found else ""


def _uncounted(report: Report) -> tuple[str, str]:
    """Return why it is not known whether outputs with steps look ahead."""
    rows = {row.name: row for row in report.top}
    for each in report.fields:
        if each.counted and each.causal is None:
            return "not known", f"what the steps of {each.output} depend on takes too many cases"
    for each in report.fields:
        time = rows[each.output].time if each.output in rows else None
        if each.counted or time is None or time.steps is None:
            continue
        counts = f"the {size_text(time.steps)} steps of {each.output}"
        others = f"the {size_text(each.steps)} of {each.input}"
        if time.steps.value is None or each.steps.value is None:
            return "not known", f"{counts} may not be {others}"
        return "does not apply", f"{counts} are not {others}"
    return "not known", ""


def _window(seen: Sequence[ReceptiveField]) -> str:
    """Say how many steps an output step sees, where that is a window of a fixed size."""
    tried = "" if all(each.proved for each in seen) else "; tried at several sizes, not proved"
    if len(seen) != 1 or not seen[0].size or seen[0].size == seen[0].steps.value:
        return tried
    if seen[0].size == 1:
        return tried
    return f"; each sees up to {seen[0].size} steps{_holes(seen[0]) or _edge(seen[0])}{tried}"


def _holes(field: ReceptiveField) -> str:
    """Say how many steps are read, where those are fewer than there are from first to last."""
    if field.size is None or field.reads is None or field.reads == field.size:
        return ""
    text = f", {field.reads} of them read"
    if field.example and field.first_full is not None:
        steps = [size_text(STEP + step - field.first_full) for step in field.example]
        text += f": {', '.join(steps[:-1])} and {steps[-1]}"
    return text


def _edge(field: ReceptiveField) -> str:
    return f" (all of them from step {field.first_full} on)" if field.first_full else ""


def _looks_ahead(seen: Sequence[ReceptiveField], texts: Mapping[str, str]) -> str:
    """Say which step sees which later one, through which layers, and which looks ahead first."""
    field = next(each for each in seen if each.looks_ahead is not None)
    ahead = field.looks_ahead
    assert ahead is not None
    of = f" of {field.output}" if len({each.output for each in seen}) > 1 else ""
    already = "already " if ahead.step == 0 else ""
    at_most = ""
    if field.ahead is not None and field.ahead != ahead.last - ahead.step:
        at_most = f", up to {counted(field.ahead, 'step')} ahead"
    last = field.step_formula(ahead.last)
    at = "".join(f", at {texts.get(name, name)} = {number}" for name, number in ahead.numbers)
    seen_step = f"sees step {size_text(last)}{at_most}{at}"
    return f"output step {ahead.step}{of} {already}{seen_step} ({ahead.layer}){_way(ahead)}"


def _way(ahead: LookAhead) -> str:
    """Say through which layers, where there are several: the ends and the one that looks ahead."""
    path = list(ahead.path)
    if len(path) < 3:
        return ""
    if len(path) > MAX_WAY:
        shown = dict.fromkeys((0, 1, len(path) - 1))
        shown |= {path.index(ahead.layer): None} if ahead.layer in path else {}
        path = [path[index] for index in sorted(shown)]
        gaps = [b - a > 1 for a, b in pairwise(sorted(shown))]
        path = [
            path[0],
            *(f"… → {name}" if gap else name for gap, name in zip(gaps, path[1:], strict=True)),
        ]
    return f", by way of {' → '.join(path)}"


def _compared(report: Report) -> str:
    top = report.top
    marks = [row.confirmed for row in top]
    parts = {
        "shapes": [mark.shape for mark in marks],
        "counts": [mark.params for mark in marks],
    }
    kinds = [kind for kind, found in parts.items() if any(found)]
    compared = sum(any((mark.shape, mark.params)) for mark in marks)
    layers = counted(len(top), "layer")
    if compared < len(top):
        layers = f"{compared:,} of {layers}"
    said = ", ".join(part for part in (layers, " and ".join(kinds)) if part)
    proved = sum(mark.time is True for mark in marks)
    timed = sum(row.time is not None for row in top)
    if proved:
        some = f"{proved:,} of {counted(timed, 'layer')}"
        shown = counted(proved, "layer") if proved == timed else some
        said += f"; time proved by experiment: {shown}"
    masks = sum(row.confirmed.mask is True for row in top)
    if masks:
        said += f"; masked steps tried by experiment: {counted(masks, 'layer')}"
    return said + _moved(report)


def _moved(report: Report) -> str:
    """Say which look-ahead the experiment showed: the one that is named, or another pair."""
    shown = [
        each.looks_ahead.moved
        for each in report.fields
        if each.looks_ahead is not None and each.looks_ahead.moved is not None
    ]
    if report.causal is not False or not shown:
        return ""
    first = shown[0]
    return (
        f"; causal: no, shown by experiment: in a model of {first.steps} steps, step {first.by}"
        f" moved output step {first.step}"
    )
