"""What a spec says must hold (`expect:`), read with its places and compared with the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, get_args

from seqinspect.algebra.expression import Expr, const, symbol
from seqinspect.errors import Place, Problem, SpecError
from seqinspect.lint import comparison
from seqinspect.lint.comparison import Comparison, Demand
from seqinspect.model.facts import Reads
from seqinspect.model.finding import ExpectKey, Missing, as_shape
from seqinspect.model.tree import Mapping, Scalar, Sequence
from seqinspect.readers.elements.context import format_node, is_null
from seqinspect.readers.elements.losses import read_losses
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import as_yaml_list, nearest
from seqinspect.records import NamedTuple
from seqinspect.rules.losses import LOSSES, Loss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report, Row, TensorReport
    from seqinspect.model.tree import Document, Tree

READS = get_args(Reads)
COUNTS = ("params", "multiply_adds", "bytes")
FIELDS = ("receptive_field", "steps_read")
KEYS = (*COUNTS, "output", "target", "causal", *FIELDS, "loss", "layers")
LAYER_KEYS = (*COUNTS, "output", "reads", "shared")

Value: TypeAlias = Demand | Loss | tuple[Expr | None, ...] | bool | str


class Expected(NamedTuple):
    """One thing that must hold, of the model or of a layer of it."""

    key: ExpectKey
    value: Value
    text: str
    place: Place


class Expectations(NamedTuple):
    """Everything that a spec expects."""

    entries: tuple[Expected, ...] = ()

    def loss(self, output: str) -> Loss | None:
        """Return the loss of an output: its own, or that of all."""
        found = {e.key.output: e.value for e in self.entries if isinstance(e.value, Loss)}
        return found.get(output, found.get(""))

    def of(self, what: str) -> Iterator[Expected]:
        """Yield what is expected of the model by one name."""
        return (each for each in self.entries if each.key == ExpectKey(what))


class Result(NamedTuple):
    """An expectation, and how it compares with what the report says."""

    expected: Expected
    comparison: Comparison


def read_expectations(graph: Graph) -> Expectations:
    """Read `expect:` of a spec. Raises SpecError with everything in it that cannot be read."""
    if graph.expect is None or is_null(graph.expect.root):
        return Expectations()
    reader = _Reader(graph, graph.expect)
    reader.model(graph.expect.root)
    if reader.problems:
        raise SpecError(*reader.problems)
    return Expectations(tuple(reader.entries))


class _Reader:
    def __init__(self, graph: Graph, document: Document) -> None:
        self.graph = graph
        self.document = document
        self.sizes = {"batch": symbol("batch"), **graph.dims}
        self.entries: list[Expected] = []
        self.problems: list[Problem] = []

    def model(self, node: Tree) -> None:
        for key, value in self.mapping(node, KEYS, "`expect`", "expect: {params: n*(n+1)}"):
            if key.text == "layers":
                self.layers(value)
            else:
                self.entry(ExpectKey(key.text), value)

    def layers(self, node: Tree) -> None:
        if not isinstance(node, Mapping):
            example = "layers: {dense: {params: n*(n+1)}}"
            self.report(node, "`layers` must be names of layers with what they must be", example)
            return
        for key, value in node.entries:
            what = f"what is expected of `{truncate(key.text)}`"
            for name, inner in self.mapping(value, LAYER_KEYS, what, "{params: n*(n+1)}"):
                self.entry(ExpectKey(name.text, layer=key.text), inner)

    def mapping(
        self, node: Tree, known: tuple[str, ...], what: str, example: str
    ) -> Iterator[tuple[Scalar, Tree]]:
        if not isinstance(node, Mapping):
            self.report(node, f"{what} must be names with values", example)
            return
        for key, value in node.entries:
            if key.text in known:
                yield key, value
                continue
            near = nearest(key.text, known)
            remedy = f"did you mean `{near}`?" if near else ""
            self.report(key, f"{what} has no `{truncate(key.text)}`", ", ".join(known), remedy)

    def entry(self, key: ExpectKey, node: Tree) -> None:
        what = key.what
        if what in ("output", "target"):
            self.shape(key, node)
        elif what == "loss":
            self.losses(key, node)
        elif not isinstance(node, Scalar) or is_null(node):
            self.report(node, f"`{what}` must be one value", _example(what))
        elif what in ("causal", "shared"):
            if isinstance(node.value, bool):
                self.add(key, node.value, node)
            else:
                self.report(node, f"`{what}` must be true or false", "true or false")
        elif what == "reads":
            if node.text in READS:
                self.add(key, node.text, node)
            else:
                self.report(node, "this is no way of reading steps", ", ".join(READS))
        else:
            self.number(key, node)

    def losses(self, key: ExpectKey, node: Tree) -> None:
        for each in read_losses(node, tuple(map(str, self.graph.outputs))):
            if each.loss is not None:
                self.add(key._replace(output=each.output), each.loss, each.node)
                continue
            near = nearest(each.name, LOSSES)
            remedy = f"did you mean `{near}`?" if near else ""
            self.report(each.node, "Keras has no such loss", ", ".join(LOSSES), remedy)

    def number(self, key: ExpectKey, node: Scalar) -> None:
        what = key.what
        try:
            demand = comparison.read_demand(node.text, self.sizes, memory=what == "bytes")
        except SpecError as error:
            for problem in error.problems:
                text = f"`{what}`: {problem.what}"
                self.report(node, text, problem.expected or _example(what), problem.remedy)
        else:
            self.add(key, demand, node)

    def shape(self, key: ExpectKey, node: Tree) -> None:
        what = f"{key.what} {key.output}" if key.output else key.what
        if isinstance(node, Mapping) and not key.layer and not key.output:
            for name, value in node.entries:
                self.shape(key._replace(output=name.text), value)
            return
        if not isinstance(node, Sequence):
            text = node.text if isinstance(node, Scalar) else ""
            remedy = f"write {as_yaml_list(text)}" if "," in text else ""
            self.report(node, f"`{what}` must be a shape", "a list of sizes: [batch, T, n]", remedy)
            return
        sizes: list[Expr | None] = []
        for item in node.items:
            if not isinstance(item, Scalar):
                self.report(item, "a shape is a list of sizes", "[batch, T, n]")
            elif is_null(item):
                sizes.append(None)
            else:
                try:
                    sizes.append(comparison.read_size(item.text, self.sizes))
                except SpecError as error:
                    for problem in error.problems:
                        text = f"`{what}`: {problem.what}"
                        self.report(item, text, problem.expected, problem.remedy)
        self.add(key, tuple(sizes), node)

    def add(self, key: ExpectKey, value: Value, node: Tree) -> None:
        self.entries.append(Expected(key, value, format_node(node), self.document.place(node)))

    def report(self, node: Tree, what: str, expected: str = "", remedy: str = "") -> None:
        place = self.document.place(node)
        line = self.graph.line(place)
        self.problems.append(
            Problem(what, format_node(node), expected, remedy, place, line, about="expect")
        )


def _example(what: str) -> str:
    examples = {"bytes": "a number or <= 4 MiB", "reads": "each, last, all, …", "loss": "mse"}
    return examples.get(what, 'a formula, or a comparison such as "<= 1_000_000"')


def compared(expectations: Expectations, report: Report) -> Iterator[Result]:
    """Compare everything that is expected with a report."""
    rows = {row.path: row for row in report.rows}
    for expected in expectations.entries:
        layer = expected.key.layer
        if layer in rows:
            yield Result(expected, _of_layer(expected, rows[layer]))
        elif layer:
            near = nearest(layer, rows)
            facts = (("near", near),) if near else ()
            yield Result(expected, Comparison(Missing("no layer", (layer,)), False, facts=facts))
        elif expected.key.what != "loss":
            yield Result(expected, compare_model(expected, report))


def _of_layer(expected: Expected, row: Row) -> Comparison:
    what, value = expected.key.what, expected.value
    if isinstance(value, Demand):
        if not row.complete:
            return Comparison(Missing("unknown"), None)
        return value.compare(_count_of_row(row, what))
    if isinstance(value, tuple):
        return _of_shape(value, row.outputs[0])
    time = row.time
    if what == "reads":
        reads = time.reads if time is not None else "none"
        return Comparison(reads, reads == value)
    shared = time.shared if time is not None else None
    if shared is None:
        return Comparison(Missing("no weights"), False)
    return Comparison(shared, shared == value)


def compare_model(expected: Expected, report: Report) -> Comparison:
    """Compare what is expected of a model, or of an output of it, with a report."""
    what, output, _ = expected.key
    value = expected.value
    if what == "causal":
        if report.causal is None:
            return Comparison(Missing("no steps"), None)
        return Comparison(report.causal, report.causal == value)
    if isinstance(value, Demand):
        if what == "receptive_field":
            count = comparison.receptive_field(report, value.formula.value)
        elif what == "steps_read":
            count = comparison.steps_read(report)
        else:
            count = comparison.count_of_report(report, what) if report.complete else None
        return Comparison(Missing("unknown"), None) if count is None else value.compare(count)
    assert isinstance(value, tuple)
    outputs = dict(report.output_tensors)
    if not output and len(outputs) > 1:
        return Comparison(Missing("many outputs", tuple(outputs)), False)
    tensor = outputs.get(output) if output else next(iter(outputs.values()), None)
    if tensor is None:
        return Comparison(Missing("no output", (output,)), False)
    name = output or next(iter(outputs))
    if what == "target" and name in report.sparse:
        whole = len(tensor.symbolic)
        tensor = dict(report.targets)[name]
        if len(value) == whole > 1 and value[-1] == 1:  # an axis of size 1 may remain
            tensor = tensor._replace(symbolic=(*tensor.symbolic, const(1)))
    return _of_shape(value, tensor)


def _count_of_row(row: Row, what: str) -> Expr:
    if what == "params":
        return row.formula
    return row.multiply_adds if what == "multiply_adds" else comparison.bytes_of((row,))


def _of_shape(sizes: tuple[Expr | None, ...], tensor: TensorReport) -> Comparison:
    found = comparison.compare_shape(sizes, tensor)
    begins = bool(sizes) and sizes[0] is not None and sizes[0].symbols() == {"batch"}
    if found.holds is False and sizes and not begins:
        whole = (symbol("batch"), *sizes[len(sizes) == len(tensor.symbolic) :])
        if comparison.compare_shape(whole, tensor).holds:
            facts = (("whole", as_shape(whole)),)
            return found._replace(reason="no batch", facts=facts)
    return found
