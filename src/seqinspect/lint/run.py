"""One spec → its outcome: read, analysed, asked of Keras, compared with all that must hold."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.compare.lock_changes import LockChange, lock_changes
from seqinspect.compare.lock_entry import lock_entry
from seqinspect.compare.stored_layers import with_stored_weights
from seqinspect.errors import Place, Problem, SpecError
from seqinspect.lint.comparison import (
    Comparison,
    count_of_report,
    read_demand,
    receptive_field,
)
from seqinspect.lint.expectations import Expectations, Result, compared, read_expectations
from seqinspect.lint.findings import basics, decisions
from seqinspect.lint.findings.data import look_at_data
from seqinspect.lint.ignores import Comment, comment_on, comments_in, of_comments
from seqinspect.lint.model_index import ModelIndex
from seqinspect.lint.outcome import CheckedExpectation, Outcome, Suppressed
from seqinspect.lint.registry import Level, find, find_in_problem
from seqinspect.lint.settings import Selection, Settings, chosen, chosen_codes, relative
from seqinspect.lint.settings_file import settings_for
from seqinspect.model.finding import Missing
from seqinspect.readers.dialect.custom_classes import refuse_imports
from seqinspect.readers.dialect.input_shapes import without_places
from seqinspect.readers.source.files import STANDARD_INPUT, STANDARD_INPUT_NAME, standard_input
from seqinspect.readers.source.limits import LIMITS
from seqinspect.readers.spec import read_spec, split_model
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seqinspect.compare.lock import LockEntry
    from seqinspect.lint.shape_changes import ShapeChange
    from seqinspect.model.data import Data
    from seqinspect.model.finding import Finding
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report, Row


Confirm: TypeAlias = "Callable[[Graph, Report], Report]"

BINARY = (".keras", ".h5", ".hdf5", ".hdf", ".json")


class Lock(NamedTuple):
    """The lock that specs are compared with, and the folder that its paths are below."""

    file: str
    folder: str
    entries: Mapping[str, LockEntry]


class Plan(NamedTuple):
    """What the command line says of every spec; None leaves it to the settings."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    fail_on: Level | None = None
    static: bool = False
    lock: Lock | None = None
    """The lock of every spec that `locks` does not name."""
    locks: Mapping[str, Lock] = {}
    """The lock of each spec, where they are to be compared with one."""
    settings: Settings | None = None
    formulas: bool = False
    objects: Mapping[str, bytes] = {}
    """The configs of Python objects, by what names them."""
    allow_imports: bool = False
    stdin_name: str = STANDARD_INPUT_NAME
    """What standard input is called, and by whose settings it is checked."""
    data: Data | None = None
    """What every spec is to be fitted on."""


def check(source: str, plan: Plan, confirm: Confirm | None = None) -> Outcome:
    """Check one spec, given as a path or as `-`. `confirm` asks Keras; it is None for --static."""
    if source == STANDARD_INPUT:
        return check_data(plan.stdin_name, standard_input(LIMITS), plan, confirm)
    return check_data(source, data_of(source, plan), plan, confirm)


def data_of(source: str, plan: Plan) -> bytes | None:
    """Return what is in a file or an object; None where reading says what is wrong, or how."""
    return plan.objects.get(source) or _read(split_model(source)[0])


def _read(source: str) -> bytes | None:
    """Return what is in a text file; None for another one, or where reading says what is wrong."""
    if source.lower().endswith(BINARY):
        return None
    try:
        known = os.stat(source)  # noqa: PTH116 - a thousand paths are slow
        if not stat.S_ISREG(known.st_mode) or known.st_size > LIMITS.size:
            return None
        with open(source, "rb") as file:  # noqa: PTH123 - likewise
            return file.read()
    except (OSError, ValueError):
        return None


def check_data(
    source: str, data: bytes | None, plan: Plan, confirm: Confirm | None = None
) -> Outcome:
    """Check a spec that is already read, or the file `source` where `data` is None."""
    found = look_at(source, data, plan, confirm)
    return found.outcome() if isinstance(found, Checked) else found


def look_at(
    source: str, data: bytes | None, plan: Plan, confirm: Confirm | None = None
) -> Checked | Outcome:
    """Look for everything in a spec; the outcome itself where it is not usable."""
    settings = plan.settings or settings_for(source)
    spec_check = _SpecCheck(source, data, plan, settings)
    try:
        graph = (
            read_spec(source, infer=output_shape)
            if data is None
            else read_spec(data, name=source, infer=output_shape)
        )
    except SpecError as error:
        return spec_check.unusable(error, None)
    if source in plan.objects:
        graph = without_places(graph)
    try:
        if graph.custom and not plan.allow_imports:
            refuse_imports(graph)
        report = analyse(graph)
        if not report.complete:
            report = with_stored_weights(graph, report)
        expectations = read_expectations(graph)
    except SpecError as error:
        return spec_check.unusable(error, graph)
    asked = confirm is not None and not settings.static
    if asked and confirm is not None:
        try:
            report = confirm(graph, report)
        except SpecError as error:
            refusals = tuple(
                finding._replace(line=problem.line)
                for problem in error.problems
                for finding in basics.refused(problem)
            )
            return spec_check.outcome(graph, report, refusals, usable=False)
    return _checked(spec_check, graph, report, expectations)


def check_report(graph: Graph, report: Report) -> Outcome:
    """Check a model that is read and analysed already, by the settings of its file."""
    source = report.source
    data = _read(split_model(source)[0])
    spec_check = _SpecCheck(source, data, Plan(), settings_for(source))
    try:
        expectations = read_expectations(graph)
    except SpecError as error:
        return spec_check.unusable(error, graph)
    return _checked(spec_check, graph, report, expectations).outcome()


class Checked(NamedTuple):
    """A usable spec with all that was looked for in it."""

    spec_check: _SpecCheck
    graph: Graph
    report: Report
    findings: tuple[Finding, ...]
    tested: tuple[CheckedExpectation, ...]

    def outcome(self) -> Outcome:
        """Return what comes of it: findings that count, in order, and what was counted."""
        outcome = self.spec_check.outcome(self.graph, self.report, self.findings)
        return outcome._replace(tested=self.tested)


def _checked(
    spec_check: _SpecCheck, graph: Graph, report: Report, expectations: Expectations
) -> Checked:
    """Look for everything in a model, with what Keras said of it."""
    results = tuple(compared(expectations, report)) if expectations.entries else ()
    if graph.keras:  # what code does not say of its data need not hold
        results = tuple(each for each in results if each.comparison.holds is not None)
    findings = (
        *_disagreements(report),
        *(
            finding
            for result in results
            if not result.comparison.holds
            for finding in decisions.unexpected(result, _change(graph, report, result, results))
        ),
        *_over_budget(spec_check.source, report, spec_check.settings),
        *spec_check.unlocked(graph, report),
        *spec_check.found(graph, report, expectations),
    )
    tested = tuple(
        CheckedExpectation(expected.key, expected.text, found.actual, found.holds, found.decided)
        for expected, found in results
    )
    return Checked(spec_check, graph, report, findings, tested)


def failed(source: str, problem: Problem) -> Outcome:
    """Return the outcome of a spec that could not be checked at all."""
    place = Place(source, 1, 1)
    findings = tuple(finding._replace(place=place) for finding in basics.unusable(problem))
    return Outcome(source, usable=False, findings=findings).judged()


class _SpecCheck:
    """What is looked for in one spec, by settings and command line."""

    def __init__(self, source: str, data: bytes | None, plan: Plan, settings: Settings) -> None:
        self.source = source
        self.file, self.model = split_model(source)
        self.data = data
        self.plan = plan
        self.settings = settings
        ignored = [
            code
            for pattern, codes in settings.per_path_ignores
            if pattern.matches(source)
            for code in codes
        ]
        selected = selections(plan, settings), tuple(ignored)
        self.kinds = chosen(*selected)
        self.codes = chosen_codes(*selected)
        self.levels = settings.levels()
        self.fail_on = plan.fail_on or settings.fail_on

    def text(self) -> str:
        """The text of the spec; empty where it is no text, or JSON, which has no comments."""
        return (self.data or b"").decode("utf-8", errors="replace").removeprefix("\ufeff")

    def found(
        self, graph: Graph, report: Report, expectations: Expectations
    ) -> tuple[Finding, ...]:
        model = ModelIndex(graph, report, expectations, self.text, self.plan.data)
        return (*look_at_data(model), *find(model, self.kinds))

    def unusable(self, error: SpecError, graph: Graph | None) -> Outcome:
        findings = []
        for problem in error.problems:
            known = find_in_problem(problem, graph)
            for finding in (known,) if known is not None else basics.unusable(problem):
                place = finding.place or Place(self.file, 1, 1)
                findings.append(finding._replace(place=place, line=problem.line))
        model = graph.name if graph is not None else ""
        return Outcome(
            self.source, model, usable=False, findings=tuple(findings), fail_on=self.fail_on
        ).judged()

    def unlocked(self, graph: Graph, report: Report) -> Iterator[Finding]:
        lock = self.plan.locks.get(self.source, self.plan.lock)
        if lock is None:
            return
        top = Place(report.source, 1, 1)
        locked = lock.entries.get(relative(self.source, lock.folder))
        if locked is None:
            change = LockChange("not locked", path=self.source)
            yield from decisions.architecture_changed(change, lock.file, top)
            return
        places = {row.path: row.place for row in report.rows}
        found: dict[object, tuple[LockChange, Place]] = {}
        for change in lock_changes(locked, lock_entry(graph, report)):
            place = places.get(change.path)
            key = (place, change.of, change.cause) if place is not None else len(found)
            if key in found:  # of another iteration of a block, where it is written once
                first, at = found[key]
                effects = (*first.effects, change.path, *change.effects)
                found[key] = first._replace(effects=effects), at
            else:
                found[key] = change, place or top
        for change, place in found.values():
            yield from decisions.architecture_changed(change, lock.file, place)

    def outcome(
        self, graph: Graph, report: Report, findings: tuple[Finding, ...], *, usable: bool = True
    ) -> Outcome:
        lines = graph.lines if not self.source.lower().endswith(BINARY) and usable else None
        comments = comments_in(self.text()) if lines is not None else ()
        kept: list[Finding] = []
        suppressed: list[Finding] = []
        for finding in findings:
            if finding.code in self.codes:
                comment = self.comment(finding, comments, lines)
                (kept if comment is None else suppressed).append(finding)
        used = {(each.place.line, each.code) for each in suppressed if each.place is not None}
        if not self.model:
            about = of_comments(comments, used, self.file, self.codes)
            kept += (each for each in about if each.code in self.codes)
        return Outcome(
            source=self.source,
            model=report.model,
            usable=usable,
            findings=self.placed_in_order(kept, graph),
            ignored=len(used),
            params=report.params if report.complete else None,
            formula=report.formula.text() if self.plan.formulas else "",
            keras=report.keras._replace(differences=()),
            suppressed=tuple(
                Suppressed(each, "comment") for each in self.placed_in_order(suppressed, graph)
            ),
            levels=self.levels,
            fail_on=self.fail_on,
            unknown_layers=sum(map(_is_unknown, report.rows)) if usable else 0,
        ).judged()

    def comment(
        self,
        finding: Finding,
        comments: tuple[Comment, ...],
        lines: Callable[[Place], str] | None,
    ) -> Comment | None:
        """Return the comment that ignores a finding: one on its line, or one of the file."""
        place = finding.place
        if place is None or lines is None:
            return None
        on_line = comment_on(lines(place), place.line)
        for comment in (on_line, *(each for each in comments if each.whole_file)):
            if comment is not None and comment.ignores(finding.code):
                return comment
        return None

    def placed_in_order(self, findings: list[Finding], graph: Graph) -> tuple[Finding, ...]:
        return tuple(self.placed(finding, graph) for finding in sorted(findings, key=_position))

    def placed(self, finding: Finding, graph: Graph) -> Finding:
        """A finding with its place, and with the line that stands there."""
        place = finding.place or Place(self.file, 1, 1)
        return finding._replace(place=place, line=finding.line or graph.line(place))


def selections(plan: Plan, settings: Settings) -> tuple[Selection, ...]:
    """Return what settings and then the command line say of the codes to look for."""
    return (*settings.selections, Selection(plan.select, plan.ignore, plan.extend_select))


def _disagreements(report: Report) -> Iterator[Finding]:
    rows = {row.path: row for row in report.rows}
    for difference in report.keras.differences:
        yield from basics.disagrees(difference, rows[difference.path])


def _over_budget(source: str, report: Report, settings: Settings) -> Iterator[Finding]:
    for pattern, budgets in settings.budgets:
        if not pattern.matches(source):
            continue
        for budget in budgets:
            found = _within_budget(budget.what, budget.limit, report)
            if isinstance(found, Problem) or not found.holds:
                yield from decisions.over_budget(budget, found, pattern.text, Place(source, 1, 1))


def _within_budget(what: str, text: str, report: Report) -> Comparison | Problem:
    """Compare a count of a model with a budget; a budget that cannot be read is a problem."""
    try:
        demand = read_demand(text, report.dims, memory=what == "bytes")
    except SpecError as error:
        return error.problems[0]
    if what == "receptive_field":
        actual = receptive_field(report)
    else:
        actual = count_of_report(report, what) if report.complete else None
    return Comparison(Missing("unknown"), None) if actual is None else demand.compare(actual)


def _is_unknown(row: Row) -> bool:
    """Whether shapes or weights of a layer are not known: findings cannot look at it."""
    return not row.complete or any(output.unknown_shape for output in row.outputs)


def _change(
    graph: Graph, report: Report, result: Result, results: tuple[Result, ...]
) -> ShapeChange | None:
    """Find the single change after which a shape is as expected, and what holds still does."""
    expected = result.expected
    shape = expected.key.what in ("output", "target") and not expected.key.layer
    if not shape or result.comparison.reason not in ("axes", "axis"):
        return None
    from seqinspect.lint.shape_changes import fitting_change  # noqa: PLC0415 - where something is wrong

    kept = [
        other
        for other, comparison in results
        if comparison.holds and other.key.what in ("output", "target") and not other.key.layer
    ]
    return fitting_change(graph, report, expected, kept)


def _position(finding: Finding) -> tuple[int, int, str]:
    place = finding.place
    return (place.line, place.column, finding.code) if place else (1, 1, finding.code)
