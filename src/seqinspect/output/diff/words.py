"""What changed between two models, in words: for a terminal and for Markdown."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.model.graph import Layer, Ref, UnknownValue
from seqinspect.model.report import Row
from seqinspect.output.report.summary import causality
from seqinspect.output.report.time_notes import time_note
from seqinspect.output.text import both, counted, equation, known, memory, sized, symbolic
from seqinspect.rules.objects import Named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.compare.diff import Change, Detail, Diff, InputChange
    from seqinspect.model.report import Report, TensorReport

ARROW = " → "
NOTHING = "No difference: the same layers, weights and time steps"
MARKS = {"added": "+", "removed": "-", "changed": "~", "moved": "~", "renamed": "~"}
WORDS = {
    "from": "reads from",
    "shares": "weights of",
    "output": "output shape",
    "params": "parameters",
    "multiply_adds": "multiply-adds",
    "axis": "time axis",
    "time": "time steps",
}


def whole(diff: Diff) -> str:
    """Say of a spec that is new or gone what it is."""
    report, word = (diff.new, "new") if diff.added else (diff.old, "gone")
    return f"{word}: {counted(len(report.top), 'layer')}, {_total(report)}"


def title(change: Change) -> str:
    """Return a layer's name and class, both names where it has two: `encoder → reader (LSTM)`."""
    names = [row.path for row in (change.old, change.new) if row is not None]
    types = [row.type for row in (change.old, change.new) if row is not None]
    return f"{ARROW.join(dict.fromkeys(names))} ({ARROW.join(dict.fromkeys(types))})"


def folded(changes: Sequence[Change]) -> Iterator[tuple[Change, int]]:
    """Yield every change, and how many iterations of a repeated block have it."""
    iterations = [(block, list(each)) for block, each in groupby(changes, key=_block)]
    place = 0
    while place < len(iterations):
        block, members = iterations[place]
        count = 1
        if block is not None:
            alike = [_alike(change) for change in members]
            while place + count < len(iterations):
                following, others = iterations[place + count]
                if following is None or following[:2] != (block[0], block[1] + count):
                    break
                if [_alike(change) for change in others] != alike:
                    break
                count += 1
        yield from ((change, count) for change in members)
        place += count


def lines(change: Change) -> Iterator[tuple[str, str]]:
    """Yield what changed of a layer as labels and sentences."""
    old, new = change.old, change.new
    if old is None or new is None:
        row = new or old
        if row is not None:
            yield from _whole(row)
        return
    if "moved" in change.kinds:
        yield "place", "moved among the other layers"
    for detail in change.details:
        if detail.what not in ("type", "weights"):
            yield label(detail), between(detail)
    weights = [detail for detail in change.details if detail.what == "weights"]
    if weights:
        yield "weights", "; ".join(f"{detail.name} {between(detail)}" for detail in weights)
    elif new.weights and any(detail.name == "return_sequences" for detail in change.details):
        same = f"{equation(new.formula, new.params)}, the same: return_sequences says which steps"
        yield "parameters", f"{same} are returned, not which weights there are"


def label(detail: Detail) -> str:
    """Return what a detail is about: the name of an argument, or a word."""
    return detail.name or WORDS.get(detail.what, detail.what)


def between(detail: Detail) -> str:
    """Return what it was and what it is."""
    old, new = detail.old, detail.new
    if detail.what == "output":
        return _shapes(old, new)
    if detail.what == "weights":
        return ARROW.join(_weight(shape) for shape in (old, new))
    if detail.what == "time":
        return ARROW.join(_time(each) for each in (old, new) if isinstance(each, Row))
    return ARROW.join(value(each) for each in (old, new))


def inputs(change: InputChange) -> Iterator[tuple[str, str]]:
    """Yield what changed of an input."""
    if change.old is None or change.new is None:
        given = change.new or change.old
        if given is not None:
            yield "shape", both([given.tensor])
        return
    for detail in change.details:
        yield "shape" if detail.what == "output" else label(detail), between(detail)


def totals(diff: Diff) -> Iterator[tuple[str, str]]:
    """Yield what differs of the model as a whole."""
    old, new = diff.old, diff.new
    for word, before, after in (
        ("Total", _total(old), _total(new)),
        ("Multiply-adds", value(old.multiply_adds), value(new.multiply_adds)),
        *_targets(old, new),
        ("Causal", causality(old)[0], causality(new)[0]),
    ):
        if before != after:
            yield word, before + ARROW + after


def value(given: object) -> str:
    """Return a value as a spec writes it."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if given is None:
        return "none"
    if isinstance(given, Expr):
        return sized(given)
    if isinstance(given, int):
        return f"{given:,}"
    if isinstance(given, Ref):
        return str(given)
    if isinstance(given, Layer):
        return _layer(given)
    if isinstance(given, Named):
        return _called(given.type, dict(given.arguments))
    if isinstance(given, UnknownValue):
        return f"not known ({given.text})"
    if isinstance(given, Row):
        return _params(given)
    if isinstance(given, tuple):
        return ", ".join(map(value, given)) if given else "none"
    return str(given)


def _called(name: str, arguments: Mapping[str, object]) -> str:
    said = [f"{key}={value(each)}" for key, each in arguments.items() if key != "name"]
    return f"{name}({', '.join(said)})" if said else name


def _layer(layer: Layer) -> str:
    if layer.graph is not None:
        return f"{layer.type}({', '.join(node.layer.type for node in layer.graph.nodes)})"
    return _called(layer.type, layer.arguments)


def _params(row: Row) -> str:
    if not row.complete:
        return "not known"
    if not row.weights:
        return "0"
    if row.reuses is not None:
        return f"0 (those of {row.reuses})"
    return equation(row.formula, row.params)


def _whole(row: Row) -> Iterator[tuple[str, str]]:
    yield "output shape", "; ".join(both([each]) for each in row.outputs)
    if row.weights or not row.complete:
        yield "parameters", _params(row)
    if note := time_note(row):
        yield "time steps", note


def _shapes(old: object, new: object) -> str:
    before, after = _tensors(old), _tensors(new)
    texts = ["; ".join(map(symbolic, tensors)) for tensors in (before, after)]
    if texts[0] == texts[1]:
        texts = ["; ".join(map(known, tensors)) for tensors in (before, after)]
    return ARROW.join(texts)


def _tensors(given: object) -> Sequence[TensorReport]:
    return given if isinstance(given, tuple) else ()


def _weight(shape: object) -> str:
    if not isinstance(shape, tuple):
        return "none"
    sizes = [size.text() if isinstance(size, Expr) else str(size) for size in shape]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _time(row: Row) -> str:
    if row.time is None:
        return "no time steps"
    return time_note(row) or f"reads {row.time.reads}"


def _block(change: Change) -> tuple[str, int, int] | None:
    row = change.new or change.old
    return None if row is None else row.block


def _alike(change: Change) -> object:
    row = change.new or change.old
    return (change.kinds, None if row is None else (row.type, row.depth), tuple(lines(change)))


def _total(report: Report) -> str:
    least = "" if report.complete else "at least "
    return f"{least}{equation(report.formula, report.params)} parameters, {memory(report.bytes)}"


def _targets(old: Report, new: Report) -> Iterator[tuple[str, str, str]]:
    before, after = old.targets, new.targets
    if len(before) != len(after):
        shapes = ["; ".join(both([tensor]) for _, tensor in side) for side in (before, after)]
        yield "Targets", shapes[0], shapes[1]
        return
    for (_, one), (name, two) in zip(before, after, strict=True):
        word = "Target y" if len(after) == 1 else f"Target {name}"
        yield word, both([one]), both([two])
