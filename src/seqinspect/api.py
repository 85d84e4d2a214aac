"""What Python code asks: describe, check, compare, feed step by step, find a size."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.walk import analyse, analyse_costs
from seqinspect.errors import refuse
from seqinspect.given import NOTHING, bytes_of_mapping, config_of, graph_of, opened_of
from seqinspect.model.report import Report
from seqinspect.readers.spec import TEXT_NAME, names_object, split_model, text_as_bytes
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.compare.diff import Diff
    from seqinspect.lint.outcome import Outcome
    from seqinspect.lint.run import Plan
    from seqinspect.model.data import Data
    from seqinspect.model.graph import Graph
    from seqinspect.output.document import Document
    from seqinspect.output.findings.shared import FindingView
    from seqinspect.output.notebook import Picture, Shown
    from seqinspect.readers.dialect.dims import Overrides
    from seqinspect.space.largest import FoundSize
    from seqinspect.space.rows import SweepRows
    from seqinspect.streaming.data import Streaming

NO_TIES: Mapping[str, str] = {}


class Description(Report):
    """A Report that can show itself; what it counts is said at `Report`.

    A notebook shows it as a table. Made by `describe`, it also has its graph, to be drawn.
    """

    graph: Graph | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON report, version 1, as Python data."""
        from seqinspect import __version__  # noqa: PLC0415
        from seqinspect.output.report.json import as_data  # noqa: PLC0415

        return as_data(self, __version__)

    def to_markdown(self) -> str:
        """Return the table as Markdown."""
        from seqinspect.output.renderers import render  # noqa: PLC0415

        return render([self._document()], "markdown")

    def draw(self) -> Picture:
        """Return a picture of the model, a column a time step; a notebook shows it.

        Its `svg` is text, to be written to a file.
        """
        from seqinspect.output.drawing.grid import scene  # noqa: PLC0415
        from seqinspect.output.drawing.svg import svg  # noqa: PLC0415
        from seqinspect.output.notebook import Picture  # noqa: PLC0415

        return Picture(self.model, svg([scene(self._own_graph(), self)]))

    def explain(self, layer: str = "", *, short: bool = False) -> Shown:
        """Return the long answer on the model, or on a layer by name or path; `print` shows it.

        `short`: only the answers to what people ask first. Nothing is tried on a real model:
        `seqinspect explain` does. Raises SpecError where there is no such layer.
        """
        from seqinspect.explain import explain  # noqa: PLC0415
        from seqinspect.output.explanation.document import document  # noqa: PLC0415
        from seqinspect.output.notebook import Shown  # noqa: PLC0415

        explanation = explain(self._own_graph(), self, layer, short=short)
        return Shown(document(explanation, short=short))

    def _own_graph(self) -> Graph:
        if self.graph is None:
            refuse("this report was changed and has no graph", remedy="ask describe for another")
        return self.graph

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        from seqinspect.output.notebook import cell_html  # noqa: PLC0415

        return cell_html(self._document())

    def __rich__(self) -> object:
        """Return what rich shows: the table, at the width of its console."""
        from seqinspect.output.renderers.terminal import View  # noqa: PLC0415 - it imports rich

        return View(self._document())

    def _document(self) -> Document:
        from seqinspect.output.report.document import document  # noqa: PLC0415

        return document(self)


def describe(
    x: object,
    *,
    set: Overrides = NOTHING,  # noqa: A002 - as on the command line
    static: bool = False,
    input_shape: object = None,
    allow_imports: bool = False,
    dims: Mapping[str, int] | None = None,
) -> Description:
    """Return all that is known of a model, confirmed by Keras unless `static`.

    `x` is a path, the text of a spec or of Keras code (a string of several lines, read and never
    run), a mapping (a spec as Python data, or a Keras config), a Keras model, or a Keras layer with
    `input_shape`: the sizes of one sample, without the batch. `package.module:attribute` names a
    model, or a function that returns one; it runs code, so it needs `allow_imports`. A model of a
    custom class is opened: its `call` is run with symbolic tensors, of the shape that it was built
    on, or of `input_shape` (a list where it takes several, or by name).
    `set` gives sizes of a spec's `dims` other values; `dims` names the sizes of a model that has
    only numbers, so that formulas and shapes are in these names: steps and features apart. `static`
    does not ask Keras. Raises SpecError where `x` is no model or cannot be used; without Keras,
    `keras.status` is "unavailable" instead.

    >>> spec = {"dims": {"T": 10, "n": 8}, "input": ["T", "n"], "layers": [{"LSTM": "n"}]}
    >>> report = describe(spec, static=True)
    >>> report.params, str(report.formula)
    (544, '4×n×(2×n+1)')
    >>> describe(spec, set={"n": 16}, static=True).rows[0].outputs[0].shape
    (None, 16)
    >>> numbers = {"input": [10, 8], "layers": [{"LSTM": 8}]}
    >>> str(describe(numbers, dims={"T": 10, "n": 8}, static=True).formula)
    '4×n×(2×n+1)'
    """
    graph, live = graph_of(text_as_bytes(x), set, input_shape, allow_imports=allow_imports)
    if dims:
        from seqinspect.writers.name_dims import with_names  # noqa: PLC0415

        graph = with_names(graph, dims)
    report = analyse(graph)
    if live is not None:
        from seqinspect.keras_model.custom.live import with_live_weights  # noqa: PLC0415

        report = with_live_weights(report, live)
    elif not report.complete:
        from seqinspect.compare.stored_layers import with_stored_weights  # noqa: PLC0415

        report = with_stored_weights(graph, report)
    if not static:
        from seqinspect.keras_model.build.compare import confirm  # noqa: PLC0415 - it imports Keras

        report = confirm(graph, report)
    description = Description(*report)
    description.graph = graph
    return description


class CheckResult(NamedTuple):
    """What `check` found: each finding with its code, its message, its remedy and its place."""

    outcome: Outcome
    findings: tuple[FindingView, ...]

    @property
    def failing(self) -> bool:
        """Whether `seqinspect check` would not end with 0."""
        return self.outcome.failing


def check(
    x: object,
    *,
    static: bool = False,
    allow_imports: bool = False,
    data: Mapping[str, object] | None = None,
    batch_size: int | None = None,
) -> CheckResult:
    """Return what is wrong or surprising in a model, as `seqinspect check` finds it.

    `x` is what `describe` takes, without `input_shape`. `data` is what it is to be fitted on, by
    name: x, y, sample_weight, or an input or output; arrays, lists or mappings of them, or paths of
    .npy, .npz and .csv files. `batch_size` is that of `fit`. A model that cannot be used is a
    finding (SEQ001). Raises SpecError where `x` is no model at all or data cannot be read, OSError
    where a file cannot be read.

    >>> spec = {"input": [10, 8], "layers": [{"Dense": 8}], "expect": {"params": 71}}
    >>> found = check(spec, static=True)
    >>> found.failing, [finding.message for finding in found.findings]
    (True, ['`params` is 72; expected 71, compared by numbers'])
    """
    from seqinspect.lint.run import Plan  # noqa: PLC0415
    from seqinspect.output.findings.shared import views_of  # noqa: PLC0415

    plan = Plan(static=static, data=_data(data, batch_size) if data else None)
    outcome = _outcome(text_as_bytes(x), plan, allow_imports=allow_imports)
    return CheckResult(outcome, tuple(views_of(outcome)))


def _data(named: Mapping[str, object], batch_size: int | None) -> Data:
    from seqinspect.lint.given_data import data_of  # noqa: PLC0415
    from seqinspect.readers.arrays import arrays_of  # noqa: PLC0415

    return data_of([(name, arrays_of(each, name)) for name, each in named.items()], batch_size)


def _outcome(x: object, plan: Plan, *, allow_imports: bool) -> Outcome:
    from seqinspect.lint.run import check_data  # noqa: PLC0415

    confirm = None
    if not plan.static:
        from seqinspect.keras_model.build.compare import confirm  # type: ignore[assignment]  # noqa: PLC0415
    if isinstance(x, bytes):
        return check_data(TEXT_NAME, x, plan, confirm)
    if isinstance(x, str | os.PathLike) and not names_object(x):
        from pathlib import Path  # noqa: PLC0415

        file, _ = split_model(os.fspath(x))
        return check_data(os.fspath(x), Path(file).read_bytes(), plan, confirm)
    if isinstance(x, Mapping):
        return check_data("model", bytes_of_mapping(x), plan, confirm)
    source = x if isinstance(x, str) else str(getattr(x, "name", "model"))
    return check_data(source, config_of(x, allow_imports=allow_imports), plan, confirm)


def diff(old: object, new: object, *, allow_imports: bool = False) -> Diff:
    """Return what changed between two models, and whether a checkpoint of the old one still loads.

    Both are what `describe` takes, without `input_shape`. Keras is not asked. Raises SpecError
    where one of them cannot be used.

    >>> old = {"input": [10, 8], "layers": [{"LSTM": 8}]}
    >>> new = {"input": [10, 8], "layers": [{"GRU": 8}]}
    >>> diff(old, old).same, diff(old, new).same
    (True, False)
    """
    from seqinspect.compare.diff import Side, differences  # noqa: PLC0415

    graphs = [graph_of(text_as_bytes(x), allow_imports=allow_imports)[0] for x in (old, new)]
    first, second = (Side(graph, analyse(graph)) for graph in graphs)
    return differences(first, second)


def stream(
    x: object,
    *,
    set: Overrides = NOTHING,  # noqa: A002 - as on the command line
    once: Sequence[str] = (),
    allow_imports: bool = False,
) -> Streaming:
    """Return whether a model can be fed step by step with the result of the whole window.

    `x` is what `describe` takes, without `input_shape`. `once` are inputs that are given as a whole
    before the steps of the others; without it, those that cannot come step by step are found. What
    is kept between steps is `kept_bytes`, a formula of the sizes, in bytes of one stream; Keras is
    not asked. Raises SpecError where `x` is no model or cannot be used.

    >>> spec = {"dims": {"T": 10, "n": 8}, "input": ["T", "n"], "layers": [{"LSTM": "n"}]}
    >>> found = stream(spec)
    >>> found.answer, found.kept_bytes.text(), found.kept_bytes.value
    ('yes', '8×n', 64)
    """
    from seqinspect.streaming.analyse import streaming  # noqa: PLC0415

    graph, _ = graph_of(text_as_bytes(x), set, allow_imports=allow_imports)
    return streaming(graph, analyse(graph), once)


def size(
    x: object,
    name: str,
    *,
    smallest: bool = False,
    tied: Mapping[str, str] = NO_TIES,
    set: Overrides = NOTHING,  # noqa: A002 - as on the command line
    batch: int = 32,
    optimizer: str = "adam",
    streams: int = 1,
    allow_imports: bool = False,
    **budgets: str | int,
) -> FoundSize:
    """Return the largest size `name` of a model within budgets, or the smallest.

    Keras is not asked. `x` is what `describe` takes, with names for its sizes. `budgets` are
    amounts by what they are of: params, bytes (of the weights), multiply_adds (of one sample),
    memory (bytes of a forward pass at `batch`), training_memory (with `optimizer`), stream_bytes
    (that `streams` keep between steps where it is fed step by step); as integers, which are upper
    bounds, or as texts: "<= 1M", ">= 64KiB". `tied` are sizes that follow from it:
    {"u": "2*n"}. What is found has `best`, `next` and `binding`; the model is analysed at both
    sizes. Raises SpecError where there is no such size, no size keeps the budgets, or nothing
    limits it.

    >>> spec = {"dims": {"T": 10, "n": 8}, "input": ["T", "n"], "layers": [{"LSTM": "n"}]}
    >>> found = size(spec, "n", params="1M")
    >>> found.best.size, found.best.numbers["params"], found.next.numbers["params"]
    (353, 998284, 1003944)
    """
    from seqinspect.space.amounts import BUDGETED, budget  # noqa: PLC0415
    from seqinspect.space.largest import Wish, find_size  # noqa: PLC0415
    from seqinspect.space.quantities import Running  # noqa: PLC0415

    if not budgets or not budgets.keys() <= {*BUDGETED}:
        named = ", ".join(budgets) or "nothing"
        refuse("this is no budget", received=named, expected=", ".join(BUDGETED))
    source = text_as_bytes(x)

    def counted(sizes: Mapping[str, int]) -> tuple[Graph, Report]:
        graph, _ = graph_of(source, {**set, **sizes}, allow_imports=allow_imports)
        return graph, analyse_costs(graph)

    limits = (budget(each, str(budgets[each])) for each in BUDGETED if each in budgets)
    running = Running(batch, optimizer, streams)
    return find_size(counted, Wish(name, tuple(limits), tied, smallest, running))


def sweep(
    x: object,
    axes: Mapping[str, object],
    *,
    columns: Sequence[str] = (),
    where: str = "",
    pareto: str = "",
    sort: str = "",
    first: int | None = None,
    batch: int = 32,
    optimizer: str = "adam",
    allow_imports: bool = False,
) -> SweepRows:
    """Return what a spec makes at every point of a space, a row a point, computed as they are read.

    `x` is a path, a text or a mapping, as `describe` takes it. `axes` gives values to names of
    sizes and choices: integers or words in a list or a range, or a text such as "8:256:8". The
    other arguments are those of `seqinspect sweep`; custom classes need `allow_imports`. Going
    through the rows yields a `SweepRow` each; `to_pandas()` returns a DataFrame. Keras is not
    asked. Raises SpecError where `x` cannot be used or has no such name.

    >>> spec = {"dims": {"T": 10, "n": 8}, "input": ["T", "n"], "layers": [{"LSTM": "n"}]}
    >>> [(row.point, row.params) for row in sweep(spec, {"n": [8, 16]})]
    [({'n': 8}, 544), ({'n': 16}, 2112)]
    """
    from seqinspect.space.axes import space_of  # noqa: PLC0415
    from seqinspect.space.quantities import Running  # noqa: PLC0415
    from seqinspect.space.rows import SweepRows  # noqa: PLC0415
    from seqinspect.space.selection import Selection, goals  # noqa: PLC0415
    from seqinspect.space.sweep import DEFAULT, Sweep  # noqa: PLC0415

    source = bytes_of_mapping(x) if isinstance(x, Mapping) else text_as_bytes(x)
    name = "model" if isinstance(x, Mapping) else TEXT_NAME if isinstance(source, bytes) else ""
    opened = opened_of(
        source if isinstance(source, bytes) else os.fspath(source),  # type: ignore[call-overload]  # a path
        name,
        allow_imports=allow_imports,
    )
    space = space_of([(each, _axis_text(values)) for each, values in axes.items()])
    space = space.for_names(name or str(source), opened.names, opened.choices)
    wanted = tuple(columns) or DEFAULT
    names = (*space.names, *wanted)
    selection = Selection(
        names, where, goals(pareto, names), goals(sort, names, sort=True), first
    ).checked()
    return SweepRows(Sweep(space, opened.read, wanted, Running(batch, optimizer)), selection)


def _axis_text(values: object) -> str:
    if isinstance(values, range) and values.step > 0:
        return f"{values.start}:{values.stop - 1}:{values.step}"
    if isinstance(values, str | int):
        return str(values)
    return ",".join(map(str, values))  # type: ignore[call-overload]  # a list, or an error
