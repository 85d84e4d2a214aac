"""A graph in another form, read again before anybody else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.compare.row_facts import facts_of
from seqinspect.errors import SpecError, refuse
from seqinspect.readers.dialect.input_shapes import without_places
from seqinspect.readers.spec import read_spec
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

FORMS = ("yaml", "json", "python")


def convert_graph(graph: Graph, form: str, note: str = "") -> str:
    """Return a model as YAML, Keras JSON or Python source; JSON has the note, if there is one.

    What can be read again is: it must have the same counts, shapes and time relations, but for the
    axes of time that a spec names and a Keras config has no place for (`timed_inputs`). Raises
    SpecError where a form cannot hold the model. Operations of a config become layers of Keras.
    """
    from seqinspect.writers.operations import with_layers  # noqa: PLC0415 - with the writers

    graph = with_layers(graph)
    if form == "python":
        from seqinspect.writers.python_source import python_source  # noqa: PLC0415

        return python_source(graph)
    report = analyse(graph if form == "yaml" else _without_time_axes(graph))
    for text in _texts(graph, form, note):
        if _reads_as_same(graph, report, text, named=form == "yaml"):
            return text
    refuse(
        f"{graph.source} cannot be written as {form} so that it reads as the same model",
        remedy="please report it, with the spec",
    )
    return ""


def timed_inputs(graph: Graph) -> tuple[str, ...]:
    """Return the inputs whose axis of time a spec names."""
    return tuple(each.name for each in graph.inputs if each.says_time)


def _without_time_axes(graph: Graph) -> Graph:
    """Return the graph with the axes of time that its shapes suggest."""
    inputs = tuple(replace(each, time_axis=None, says_time=False) for each in graph.inputs)
    return replace(graph, inputs=inputs)


def _texts(graph: Graph, form: str, note: str) -> Iterator[str]:
    """Yield the text, and then plainer ones."""
    if form == "json":
        from seqinspect.writers.keras_json import keras_json  # noqa: PLC0415

        yield keras_json(graph, note)
        return
    from seqinspect.writers.yaml_spec import yaml_spec  # noqa: PLC0415

    yield yaml_spec(graph)
    yield yaml_spec(graph, repeat=False)


def _reads_as_same(graph: Graph, report: Report, text: str, *, named: bool) -> bool:
    """Whether a text reads as a graph with this report; only another graph is analysed, too."""
    try:
        again = read_spec(text.encode(), name="converted")
        if named and _is_same(graph, again):
            return True
        report_again = analyse(again)
    except SpecError:
        return False
    return _facts(report, named=named) == _facts(report_again, named=named)


def _is_same(graph: Graph, again: Graph) -> bool:
    """Whether two graphs are one, wherever they stand; equal formulas have equal names only."""
    if {name: size.value for name, size in graph.dims.items()} != {
        name: size.value for name, size in again.dims.items()
    }:
        return False
    placed = replace(without_places(again), source=graph.source)
    return without_places(graph) == placed


def _facts(report: Report, *, named: bool = True) -> object:
    """Return what must not change; whether steps are a prefix or all may hang on `named` sizes.

    A config orders branches in its own way, has no names for further calls of a layer, and holds
    no call that no output depends on.
    """
    of: dict[str, str] = {"": ""}  # the path of the layer that a call calls
    calls = []
    for row in report.rows:
        above, mark, name = row.path.rpartition("/")
        if row.used and above in of:
            of[row.path] = f"{of[above]}{mark}{row.reuses or name}"
            reads = facts_of(row, "reads") if named else ()
            facts = facts_of(row, "type", "shapes", "time_axis", "inputs_read")
            calls.append((of[row.path], *facts, *reads))
    called_paths = {call[0] for call in calls}
    layers = [
        facts_of(row, "path", "params", "trainable")
        for row in report.rows
        if row.reuses is None and row.path in called_paths
    ]
    totals = (report.params, report.trainable)
    inputs = [(model_input.tensor.shape, model_input.tensor.dtype) for model_input in report.inputs]
    unordered = sorted(layers, key=repr), sorted(calls, key=repr)
    return unordered, totals, inputs, report.causal, len(report.outputs)
