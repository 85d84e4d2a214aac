"""Small cases with right values: what seqinspect says of each, key by key, is what stands there.

The values are judged by Keras, an experiment or arithmetic: every case has its `ground`.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.lint.findings.masks import mask_destroyed, mask_does_not_fit, mask_lost
from seqinspect.lint.model_index import ModelIndex
from seqinspect.model.masks import Everywhere
from seqinspect.output.report.json import as_data
from seqinspect.output.report.summary import summary
from seqinspect.output.text import size_text
from seqinspect.readers.spec import read_spec
from seqinspect.writers.conversion import convert_graph, timed_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seqinspect.model.report import Depends, ReceptiveField, Report, Row, TensorReport

DATA = Path(__file__).parent / "data"

NEEDS_KERAS = {"mz_a", "sel_a"}
"""What is said of them is what Keras computes."""


class Case:
    """One line of a file of cases; `name` is its id, or that of its file."""

    def __init__(self, line: str) -> None:
        self.line: dict[str, Any] = json.loads(line)
        self.name: str = self.line.get("id") or Path(self.line["file"]).stem
        self.expect: Mapping[str, Any] | str = self.line["expect"]

    @property
    def path(self) -> Path:
        """The file of a case that has one."""
        return DATA.joinpath(self.line["file"])

    @cached_property
    def report(self) -> Report:
        source = self.line["spec"].encode() if "spec" in self.line else str(self.path)
        return analyse(read_spec(source))

    @property
    def field(self) -> ReceptiveField:
        """How far the only output sees into the only input."""
        (field,) = self.report.fields
        return field

    def row(self, name: str) -> Row:
        """The row with a path or, where there is none, the only one of a class."""
        rows = {row.path: row for row in self.report.rows}
        if name in rows:
            return rows[name]
        (row,) = (row for row in self.report.rows if row.type == name)
        return row

    def depends(self, name: str) -> Depends:
        """What a row's output depends on of the only input."""
        time = self.row(name).time
        assert time is not None
        (depends,) = time.depends
        return depends

    def each(self, key: str, value: Callable[[str], object]) -> dict[str, object]:
        """What a function says of every layer that is asked for under a key."""
        assert isinstance(self.expect, dict)
        return {name: value(name) for name in self.expect[key]}


def cases() -> Iterator[Case]:
    for file in ("time.jsonl", "judged.jsonl"):
        yield from map(Case, (DATA / file).read_text(encoding="utf-8").splitlines())


def reads(case: Case, name: str) -> object:
    time = case.row(name).time
    return None if time is None else time.reads


def last_at_seven_steps(case: Case) -> list[int]:
    _, bound = case.depends("b").ends
    return [bound.evaluate({"T": 7, "t": step}) for step in range(7)]


def first_to_last(case: Case, name: str) -> str:
    return "…".join(map(size_text, case.depends(name).ends))


def not_said(case: Case, name: str) -> object:
    """The words that are not to be said of a layer, where they are not."""
    assert isinstance(case.expect, dict)
    words: str = case.expect["not_said"][name]
    rows = {row["path"]: row for row in as_data(case.report, "0")["layers"]}
    return words if words not in rows[name]["time"]["note"] else None


def in_plain_arithmetic(tensor: TensorReport) -> str:
    """A shape with `//` where people read the brackets of a floor."""
    return f"({', '.join(size.python().replace('*', '×') for size in tensor.symbolic)})"


def skips(case: Case, name: str) -> object:
    """Whether a layer skips masked steps, or which."""
    mask = case.row(name).mask
    if mask is None or mask.mask is None or not mask.leaves_out:
        return False
    if isinstance(mask.mask.marks, Everywhere) and len(case.report.inputs) == 2:
        return "only where both inputs are 0"
    return True


def finding_at(case: Case) -> object:
    """The calls with a finding on masks: those that are expected, where one of them has it."""
    assert isinstance(case.expect, dict)
    graph = read_spec(case.line["spec"].encode())
    model = ModelIndex(graph, case.report)
    kinds = [mask_lost, mask_destroyed, mask_does_not_fit]
    found = {each.place for kind in kinds for each in kind(model)}
    names = {row.path for row in case.report.rows if row.place in found}
    expected = case.expect["finding_at"]
    return expected if names & set(expected) or not (names or expected) else sorted(names)


FOUND: dict[str, Callable[[Case], object]] = {
    "causal": lambda case: case.report.causal,
    "receptive_field": lambda case: case.field.size,
    "steps_read": lambda case: case.field.reads,
    "looks_ahead": lambda case: case.field.looks_ahead and case.field.looks_ahead.layer,
    "ahead": lambda case: case.field.ahead,
    "last": lambda case: case.each("last", lambda name: size_text(case.depends(name).ends[1])),
    "last of b at T=7": last_at_seven_steps,
    "time_distributed": lambda case: first_to_last(case, "TimeDistributed"),
    "reads": lambda case: case.each("reads", lambda name: reads(case, name)),
    "not_said": lambda case: case.each("not_said", lambda name: not_said(case, name)),
    "formula": lambda case: case.each("formula", lambda name: case.row(name).formula.python()),
    "total": lambda case: case.report.params,
    "total_formula": lambda case: case.report.formula.python(),
    "time_axis": lambda case: case.report.inputs[0].time_axis,
    "output": lambda case: in_plain_arithmetic(case.report.targets[0][1]),
    "outputs": lambda case: len(case.report.targets),
    "target": lambda case: dict(summary(case.report))["Target y"].partition(":")[0],
    "dims": lambda case: as_data(case.report, "0")["dims"],
    "skips_steps": lambda case: case.each("skips_steps", lambda name: skips(case, name)),
    "runs": lambda case: all(row.mask is None or row.mask.runs for row in case.report.rows),
    "finding_at": finding_at,
    "name": lambda case: case.row("GroupQueryAttention").name,
}
"""What seqinspect says of a case, by the key of its `expect`."""


def written_without_its_axis_of_time(case: Case) -> bool:
    graph = read_spec(str(case.path))
    again = analyse(read_spec(convert_graph(graph, "json").encode()))
    return timed_inputs(graph) == ("input",) and again.params == case.report.params


def counted_and_written(case: Case) -> bool:
    """A Dense of 3 units for each of 4 gates, on 4 features and 3 of the state, over 7 steps."""
    again = analyse(read_spec(convert_graph(read_spec(str(case.path)), "yaml").encode()))
    counts = [report.multiply_adds.value for report in (case.report, again)]
    return counts == [4 * 3 * (4 + 3) * 7] * 2 == [588] * 2


def unequal(case: Case) -> bool:
    from seqinspect.keras_model.experiment.equal import compare_functions

    other = case.path.with_name("mz_b.yaml")
    return not compare_functions(read_spec(str(case.path)), read_spec(str(other))).equal


def equal_to_itself_and_proved(case: Case) -> bool:
    from seqinspect.keras_model.experiment.equal import compare_functions
    from seqinspect.keras_model.experiment.prove import prove

    graph = read_spec(str(case.path))
    marks = [row.confirmed.time for row in prove(graph, case.report).rows if row.depth == 0]
    return compare_functions(graph, graph).equal and all(marks)


SAID: dict[str, Callable[[Case], bool]] = {
    "gap2": lambda case: any(row.mask and not row.mask.runs for row in case.report.rows),
    "mz_a": unequal,
    "sel_a": equal_to_itself_and_proved,
    "json_time_axis": written_without_its_axis_of_time,
    "mask_lstm": counted_and_written,
    "td_mask": lambda case: case.row("time_distributed").time is not None,
}
"""Whether what a case expects in words holds, by its name."""


def parameters() -> Iterator[object]:
    for case in cases():
        marks: list[pytest.MarkDecorator] = []
        if case.name in NEEDS_KERAS:
            marks.append(pytest.mark.keras)
        yield pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", [*parameters()])
def test_what_is_said_is_right(case: Case) -> None:
    if isinstance(case.expect, str):
        assert SAID[case.name](case)
        return
    for key, value in case.expect.items():
        assert FOUND[key](case) == value, key
