"""Specs whose texts differ in the numbers of their sizes alone: one check speaks for several.

What reading, analysing and looking for findings ask of the numbers is observed, as for a space of
sizes (`algebra/questions.py`). It is the same program for each of these specs, so that where all
questions have the same answers, it finds the same. What was found is taken over where it is nothing
at all: a finding names places and numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import FormulaTooLarge, observing
from seqinspect.algebra.questions import Recorder, in_names
from seqinspect.errors import SpecError
from seqinspect.lint.run import Checked, check_data, data_of, look_at
from seqinspect.lint.settings_file import settings_for
from seqinspect.model.report import Keras
from seqinspect.model.tree import Mapping, Scalar
from seqinspect.readers.source.files import YAML_ENDINGS, default_model_name
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.algebra.questions import Answer, Question
    from seqinspect.lint.outcome import Outcome
    from seqinspect.lint.run import Plan
    from seqinspect.lint.settings import Settings
    from seqinspect.model.report import Report

NUMBER = re.compile(rb"(?<![\w.+-])([1-9][0-9]{0,5})(?![\w.])")
"""A number in a text, by itself and not large: other digits in its place leave all else as it is.
"""

OTHER_MEANING = re.compile(rb"[#&\r\x80-\xff]")
"""A comment may hold any number, an anchor takes one elsewhere; the rest moves what is counted."""

MAX_TEXT = 20_000
"""So many bytes a text may have that is kept to be compared with others."""

MAX_TEXTS = 4096
"""So many texts are kept."""

MAX_REGIONS = 64
"""So many outcomes of a text are kept, which hold for different numbers."""

MAX_SIZE = 200
"""Formulas of a larger size (`Expr.size`) may pass the limits of formulas at other numbers."""


class Text(NamedTuple):
    """A text without its numbers, and which of these are sizes: their positions, by name.

    `named`: the spec says what its model is called.
    """

    sizes: dict[str, int]
    named: bool


class Region(NamedTuple):
    """What was found for some numbers: an outcome without findings, wherever `answers` hold.

    `params` is the number of parameters as a formula in the sizes, None where it is not known.
    """

    settings: Settings
    answers: tuple[tuple[Question, Answer], ...]
    outcome: Outcome
    params: Expr | None

    def holds(self, sizes: dict[str, int]) -> bool:
        """Tell whether all questions have the same answers for sizes by name."""
        try:
            return all(question.answer(sizes) == answer for question, answer in self.answers)
        except ZeroDivisionError:
            return False

    def at(self, sizes: dict[str, int], source: str, model: str) -> Outcome:
        """Return the outcome of another spec, with sizes by name, where this region holds."""
        params = None if self.params is None else self.params.evaluate(sizes)
        return self.outcome._replace(source=source, model=model, params=params)


class Family:
    """What is known of one text, by the sizes whose numbers it asked for and by these numbers."""

    def __init__(self) -> None:
        self.count = 0
        self.regions: dict[tuple[str, ...], dict[tuple[int, ...], list[Region]]] = {}

    def enter(self, region: Region, sizes: dict[str, int], fixed: set[str]) -> None:
        """Keep what was found at some sizes, unless much is kept already."""
        if self.count < MAX_REGIONS:
            self.count += 1
            names = tuple(name for name in sizes if name in fixed)
            known = self.regions.setdefault(names, {})
            known.setdefault(tuple([sizes[name] for name in names]), []).append(region)

    def find(self, sizes: dict[str, int], settings: Settings) -> Region | None:
        """Return a region that sizes lie in; None where none is known."""
        for names, known in self.regions.items():
            for region in known.get(tuple([sizes[name] for name in names]), ()):
                if region.settings is settings and region.holds(sizes):
                    return region
        return None


class Families:
    """Checks specs by one plan, without Keras; what one check says of others is kept for them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.texts: dict[tuple[bytes, ...], Text | None] = {}
        self.families: dict[object, Family] = {}

    def check(self, source: str) -> Outcome:
        """Check a spec that is a file or an object, as `run.check` does."""
        data = data_of(source, self.plan)
        settings = self.plan.settings or settings_for(source)
        if data is None or not self.comparable(source, data, settings):
            return check_data(source, data, self.plan)
        parts = NUMBER.split(data)
        key, numbers = tuple(parts[::2]), parts[1::2]
        if key not in self.texts:
            if len(self.texts) < MAX_TEXTS:
                self.texts[key] = None  # nothing more before there is a second one
            return check_data(source, data, self.plan)
        text = self.texts[key] = self.texts[key] or _text_of(source, data, parts)
        if not text.sizes:
            return check_data(source, data, self.plan)
        sizes = {name: int(numbers[at]) for name, at in text.sizes.items()}
        others = [number for at, number in enumerate(numbers) if at not in text.sizes.values()]
        family = self.families.setdefault((key, *others), Family())
        region = family.find(sizes, settings)
        if region is not None:
            model = default_model_name(source)
            return region.at(sizes, source, region.outcome.model if text.named else model)
        recorder = Recorder([*sizes])
        with observing(recorder):
            found = look_at(source, data, self.plan)
        if not isinstance(found, Checked):
            return found
        outcome = found.outcome()
        if _speaks_for_others(found, outcome):
            answers = tuple(recorder.path.items())
            region = Region(settings, answers, outcome, _params(found.report, recorder.names))
            if region.at(sizes, source, outcome.model) == outcome:
                family.enter(region, sizes, recorder.fixed)
        return outcome

    def comparable(self, source: str, data: bytes, settings: Settings) -> bool:
        """Tell whether nothing but its text decides what is found in a spec."""
        plan = self.plan
        return (
            source.endswith(tuple(YAML_ENDINGS))
            and len(data) <= MAX_TEXT
            and not (plan.lock or plan.locks or plan.objects or plan.data)
            and not (settings.budgets or settings.per_path_ignores)
            and OTHER_MEANING.search(data) is None
        )


def _speaks_for_others(found: Checked, outcome: Outcome) -> bool:
    """Tell whether nothing was found that names a place or a number."""
    graph = found.graph
    return not (
        found.findings
        or found.tested
        or graph.custom
        or graph.expect
        or graph.keras
        or outcome.findings
        or outcome.ignored
        or outcome.keras != Keras()
        or any(formula.size > MAX_SIZE for formula in _formulas(found.report))
    )


def _params(report: Report, names: frozenset[str]) -> Expr | None:
    """Return the number of parameters as a formula in sizes; None where they are not known."""
    try:
        formula = in_names(report.formula, names)
    except FormulaTooLarge:
        return None
    return formula if report.complete and formula.symbols() <= names else None


def _formulas(report: Report) -> Iterator[Expr]:
    for row in report.rows:
        yield row.multiply_adds
        for output in row.outputs:
            yield from output.symbolic


def _text_of(source: str, data: bytes, parts: Sequence[bytes]) -> Text:
    """Find the sizes among the numbers of a text: those that stand for themselves under `dims`."""
    from seqinspect.readers.source.yaml_text import read_yaml  # noqa: PLC0415 - the reader is heavy

    try:
        root = read_yaml(data, source).root
    except SpecError:
        return Text({}, named=False)
    dims = root.get("dims") if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or not isinstance(dims, Mapping):
        return Text({}, named=False)
    positions, at = {}, 0
    for index, part in enumerate(parts):
        if index % 2:
            positions[at] = index // 2
        at += len(part)
    begins = [0]
    for line in data.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    sizes = {}
    for key, value in dims.entries:
        if isinstance(value, Scalar) and isinstance(value.value, int) and not value.quoted:
            position = positions.get(begins[value.line - 1] + value.column - 1)
            if position is not None and parts[2 * position + 1].decode() == value.text:
                sizes[key.text] = position
    return Text(sizes, named=root.get("name") is not None)
