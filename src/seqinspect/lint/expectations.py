"""What a spec says must hold (`expect:`), read with its places and compared with the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from seqinspect.algebra.expression import Expr, const, symbol
from seqinspect.errors import Place, Problem, SpecError
from seqinspect.lint import comparison
from seqinspect.lint.comparison import Decided, Demand, Judged
from seqinspect.model.facts import Reads
from seqinspect.model.tree import Mapping, Scalar, Sequence
from seqinspect.readers.dialect.context import is_null, written
from seqinspect.readers.dialect.names import as_list, nearest
from seqinspect.readers.source.limits import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report, Row, TensorReport
    from seqinspect.model.tree import Tree

READS = get_args(Reads)
COUNTS = ("params", "multiply_adds", "bytes")
KEYS = (*COUNTS, "output", "target", "causal", "receptive_field", "loss", "layers")
LAYER_KEYS = (*COUNTS, "output", "reads", "shared")

LOSSES = {
    "binary_crossentropy": "sigmoid",
    "binary_focal_crossentropy": "sigmoid",
    "categorical_crossentropy": "softmax",
    "categorical_focal_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
    "kl_divergence": "softmax",
    "mean_squared_error": "",
    "mean_absolute_error": "",
    "mean_absolute_percentage_error": "",
    "mean_squared_logarithmic_error": "",
    "huber": "",
    "log_cosh": "",
    "poisson": "",
    "hinge": "tanh",
    "squared_hinge": "tanh",
}
"""The losses of Keras, each with the last activation that it is made for; empty for none."""

SHORT = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}


class Expected(NamedTuple):
    """One thing that must hold, of the model or of a layer of it."""

    what: str
    layer: str
    value: Demand | tuple[Expr | None, ...] | bool | str
    text: str
    place: Place


class Expectations(NamedTuple):
    """Everything that a spec expects."""

    entries: tuple[Expected, ...] = ()

    @property
    def sparse(self) -> bool:
        """Whether the target holds numbers of classes, not a probability for each."""
        return any(str(each.value).startswith("sparse_") for each in self.of("loss"))

    def of(self, what: str) -> Iterator[Expected]:
        """Yield what is expected of the model by one name."""
        return (each for each in self.entries if each.what == what and not each.layer)


class Result(NamedTuple):
    """An expectation with what the report says: `holds` is None where that is not known."""

    expected: Expected
    actual: str
    holds: bool | None
    decided: Decided = ""
    because: str = ""


def read_expectations(graph: Graph) -> Expectations:
    """Read `expect:` of a spec. Raises SpecError with everything in it that cannot be read."""
    if graph.expect is None or is_null(graph.expect):
        return Expectations()
    reader = _Reader(graph)
    reader.model(graph.expect)
    if reader.problems:
        raise SpecError(*reader.problems)
    return Expectations(tuple(reader.entries))


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.sizes = {"batch": symbol("batch"), **graph.dims}
        self.entries: list[Expected] = []
        self.problems: list[Problem] = []

    def model(self, node: Tree) -> None:
        for key, value in self.mapping(node, KEYS, "`expect`", "expect: {params: n*(n+1)}"):
            if key.text == "layers":
                self.layers(value)
            else:
                self.entry(key.text, value, "")

    def layers(self, node: Tree) -> None:
        if not isinstance(node, Mapping):
            example = "layers: {dense: {params: n*(n+1)}}"
            self.report(node, "`layers` must be names of layers with what they must be", example)
            return
        for key, value in node.entries:
            what = f"what is expected of `{shown(key.text)}`"
            for name, inner in self.mapping(value, LAYER_KEYS, what, "{params: n*(n+1)}"):
                self.entry(name.text, inner, key.text)

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
            self.report(key, f"{what} has no `{shown(key.text)}`", ", ".join(known), remedy)

    def entry(self, what: str, node: Tree, layer: str) -> None:
        if what in ("output", "target"):
            self.shape(what, node, layer)
        elif not isinstance(node, Scalar) or is_null(node):
            self.report(node, f"`{what}` must be one value", _example(what))
        elif what in ("causal", "shared"):
            if isinstance(node.value, bool):
                self.add(what, layer, node.value, node)
            else:
                self.report(node, f"`{what}` must be true or false", "true or false")
        elif what == "reads":
            if node.text in READS:
                self.add(what, layer, node.text, node)
            else:
                self.report(node, "this is no way of reading steps", ", ".join(READS))
        elif what == "loss":
            name = SHORT.get(node.text.lower(), node.text)
            if name in LOSSES:
                self.add(what, layer, name, node)
            else:
                near = nearest(name, LOSSES)
                remedy = f"did you mean `{near}`?" if near else ""
                self.report(node, "Keras has no such loss", ", ".join(LOSSES), remedy)
        else:
            self.number(what, node, layer)

    def number(self, what: str, node: Scalar, layer: str) -> None:
        try:
            demand = comparison.read_demand(node.text, self.sizes, memory=what == "bytes")
        except SpecError as error:
            for problem in error.problems:
                text = f"`{what}`: {problem.what}"
                self.report(node, text, problem.expected or _example(what), problem.remedy)
        else:
            self.add(what, layer, demand, node)

    def shape(self, what: str, node: Tree, layer: str) -> None:
        if isinstance(node, Mapping) and not layer:
            for key, value in node.entries:
                self.shape(f"{what} {key.text}", value, layer)
            return
        if not isinstance(node, Sequence):
            text = node.text if isinstance(node, Scalar) else ""
            remedy = f"write {as_list(text)}" if "," in text else ""
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
        self.add(what, layer, tuple(sizes), node)

    def add(
        self,
        what: str,
        layer: str,
        value: Demand | tuple[Expr | None, ...] | bool | str,
        node: Tree,
    ) -> None:
        place = Place(self.graph.source, node.line, node.column)
        self.entries.append(Expected(what, layer, value, written(node), place))

    def report(self, node: Tree, what: str, expected: str = "", remedy: str = "") -> None:
        place = Place(self.graph.source, node.line, node.column)
        line = self.graph.line(place)
        self.problems.append(
            Problem(what, written(node), expected, remedy, place, line, about="expect")
        )


def _example(what: str) -> str:
    examples = {"bytes": "a number or <= 4 MiB", "reads": "each, last, all, …", "loss": "mse"}
    return examples.get(what, 'a formula, or a comparison such as "<= 1_000_000"')


def judged(expectations: Expectations, report: Report) -> Iterator[Result]:
    """Compare everything that is expected with a report."""
    rows = {row.path: row for row in report.rows}
    for expected in expectations.entries:
        if expected.layer:
            row = rows.get(expected.layer)
            if row is None:
                near = nearest(expected.layer, rows)
                hint = f", did you mean `{near}`?" if near else ""
                yield Result(expected, f"there is no layer `{shown(expected.layer)}`{hint}", False)
            else:
                yield _of_layer(expected, row)
        elif expected.what != "loss":
            yield _of_model(expected, report, sparse=expectations.sparse)


def _of_layer(expected: Expected, row: Row) -> Result:
    what, value = expected.what, expected.value
    if isinstance(value, Demand):
        if not row.complete:
            return Result(expected, "not known", None)
        return _result(expected, value.judge(_count_of_row(row, what)))
    if isinstance(value, tuple):
        return _shaped(expected, value, row.outputs[0])
    time = row.time
    if what == "reads":
        reads = time.reads if time is not None else "none"
        return Result(expected, reads, reads == value)
    shared = time.shared if time is not None else None
    if shared is None:
        return Result(expected, "it has no weights that steps could share", False)
    return Result(expected, str(shared).lower(), shared == value)


def _of_model(expected: Expected, report: Report, *, sparse: bool) -> Result:
    what, value = expected.what, expected.value
    if what == "causal":
        if report.causal is None:
            return Result(expected, "not known, or no output has time steps", None)
        return Result(expected, str(report.causal).lower(), report.causal == value)
    if isinstance(value, Demand):
        if what == "receptive_field":
            field = comparison.receptive_field(report, value.formula.value)
            if field is None:
                return Result(expected, "not known", None)
            return _result(expected, value.judge(field))
        if not report.complete:
            return Result(expected, "not known", None)
        return _result(expected, value.judge(comparison.count_of_report(report, what)))
    assert isinstance(value, tuple)
    kind, _, name = what.partition(" ")
    outputs = dict(comparison.outputs(report))
    if not name and len(outputs) > 1:
        names = ", ".join(map(shown, outputs))
        said = f"there are several outputs: {names}"
        return Result(expected, said, False, because=f"name each: {kind}: {{name: [batch, …]}}")
    tensor = outputs.get(name) if name else next(iter(outputs.values()), None)
    if tensor is None:
        return Result(expected, f"there is no output `{shown(name)}`", False)
    if kind == "target" and sparse and len(tensor.symbolic) > 1:
        tensor = _classes(tensor, value)
    return _shaped(expected, value, tensor)


def _classes(tensor: TensorReport, due: tuple[Expr | None, ...]) -> TensorReport:
    """The target of a sparse loss: the number of a class, alone or on an axis of size 1."""
    shape = tensor.symbolic[:-1]
    kept = len(due) == len(tensor.symbolic) and due[-1] == 1
    return tensor._replace(symbolic=(*shape, const(1)) if kept else shape)


def _count_of_row(row: Row, what: str) -> Expr:
    if what == "params":
        return row.formula
    return row.multiply_adds if what == "multiply_adds" else comparison.bytes_of((row,))


def _shaped(expected: Expected, sizes: tuple[Expr | None, ...], tensor: TensorReport) -> Result:
    judged = comparison.judge_shape(sizes, tensor)
    begins = bool(sizes) and sizes[0] is not None and sizes[0].symbols() == {"batch"}
    if judged.holds is False and sizes and not begins:
        whole = (symbol("batch"), *sizes[len(sizes) == len(tensor.symbolic) :])
        if comparison.judge_shape(whole, tensor).holds:
            said = ", ".join("null" if size is None else size.text() for size in whole)
            because = f"shapes under `expect` begin with the batch: [{said}]"
            judged = judged._replace(because=because)
    return _result(expected, judged)


def _result(expected: Expected, judged: Judged) -> Result:
    return Result(expected, judged.actual, judged.holds, judged.decided, judged.because)
