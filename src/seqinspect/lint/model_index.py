"""What a check looks at: the graph and its report together, with who reads which tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from seqinspect.model.graph import Layer, Ref
from seqinspect.rules.index import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seqinspect.algebra.expression import Expr
    from seqinspect.errors import Place
    from seqinspect.lint.expectations import Expectations
    from seqinspect.model.graph import Graph, Node
    from seqinspect.model.report import InputReport, Report, Row, TensorReport

PLAIN = frozenset(
    "Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout"
    " GaussianNoise Identity LayerNormalization LeakyReLU Masking PReLU RMSNormalization ReLU"
    " Rescaling Softmax SpatialDropout1D UnitNormalization".split()
)
"""Layers that keep the shape of what they read."""


class Tensor:
    """An output of a call or a model input, and the calls that read it."""

    __slots__ = ("axis", "call", "index", "is_output", "name", "place", "readers", "report")

    def __init__(
        self,
        name: str,
        report: TensorReport,
        axis: int | None,
        call: Call | None,
        *,
        index: int = 0,
        place: Place | None = None,
    ) -> None:
        self.name: Final = name
        self.report: Final = report
        self.axis: Final = axis
        self.call: Final = call
        self.index: Final = index
        self.place: Final = place
        self.readers: Final[list[Call]] = []
        self.is_output = False

    @property
    def steps(self) -> Expr | None:
        """How many time steps it has, on its time axis."""
        return None if self.axis is None else self.report.symbolic[self.axis]

    @property
    def features(self) -> int | None:
        """The number on its last axis; None where it is not known."""
        return self.report.symbolic[-1].value if self.report.symbolic else None

    @property
    def rank(self) -> int:
        """The number of its axes, the batch included; 0 where nothing is known of it."""
        return len(self.report.symbolic)


class Call:
    """One call of a layer: its node, its row, and the tensors that it reads and makes."""

    __slots__ = ("graph", "node", "outputs", "row", "sources")

    def __init__(self, node: Node, row: Row, graph: Graph, sources: tuple[Tensor, ...]) -> None:
        self.node: Final = node
        self.row: Final = row
        self.graph: Final = graph
        self.sources: Final = sources
        self.outputs: tuple[Tensor, ...] = ()

    @property
    def layer(self) -> Layer:
        """The layer that is called."""
        return self.node.layer

    @property
    def type(self) -> str:
        """The Keras class of the layer."""
        return self.node.layer.type

    @property
    def path(self) -> str:
        """Its path in the model."""
        return self.row.path

    def __str__(self) -> str:
        return f"{self.type} `{self.node.name}`"


class Use(NamedTuple):
    """A layer with arguments: that of a call, or one that is wrapped in it."""

    layer: Layer
    call: Call

    def at(self, argument: str) -> Place | None:
        """The place of an argument; that of the layer where it was not written."""
        return self.layer.places.get(argument) or self.layer.place or self.call.node.place

    def get(self, argument: str, default: object = None) -> object:
        """The value that was given for an argument."""
        return self.layer.arguments.get(argument, default)

    def __str__(self) -> str:
        if self.layer is self.call.layer:
            return str(self.call)
        return f"{self.layer.type} in {self.call}"


class Subject:
    """A model as the checks see it."""

    def __init__(
        self,
        graph: Graph,
        report: Report,
        expectations: Expectations | None = None,
        text: Callable[[], str] = str,
    ) -> None:
        self.graph: Final = graph
        self.report: Final = report
        self.expectations: Final = expectations
        self.text: Final = text
        self.calls: Final[list[Call]] = []
        self.uses: Final[dict[str, list[Use]]] = {}
        rows = {row.path: row for row in report.rows}
        self.inputs: Final = tuple(map(_input, report.inputs))
        known = self._walk(graph, "", rows, {Ref(given.name): given for given in self.inputs})
        self.outputs: Final = tuple(known[ref] for ref in graph.outputs)
        for output in self.outputs:
            output.is_output = True
        self.types: Final = self.uses.keys()

    def of(self, *types: str) -> Iterator[Use]:
        """Yield the uses of layers of these classes."""
        for name in types:
            yield from self.uses.get(name, ())

    @property
    def top(self) -> Iterator[Call]:
        """The calls of the model itself, not those of models within it."""
        return (call for call in self.calls if call.row.depth == 0)

    def _walk(
        self, graph: Graph, prefix: str, rows: Mapping[str, Row], known: dict[Ref, Tensor]
    ) -> dict[Ref, Tensor]:
        for node in graph.nodes:
            sources = tuple(known[ref] for ref in node.sources)
            call = Call(node, rows[prefix + node.name], graph, sources)
            self.calls.append(call)
            inner = node.layer.graph
            if inner is None:
                for source in (*sources, *_called(node.call, known)):
                    source.readers.append(call)
                call.outputs = tuple(_outputs(call))
                self._enter(node.layer, call)
            else:
                given = {
                    Ref(given.name): source
                    for given, source in zip(inner.inputs, sources, strict=True)
                }
                found = self._walk(inner, f"{prefix}{node.name}/", rows, given)
                call.outputs = tuple(found[ref] for ref in inner.outputs)
                self.uses.setdefault(node.layer.type, []).append(Use(node.layer, call))
            for index, output in enumerate(call.outputs):
                known[Ref(node.name, index)] = output
        return known

    def _enter(self, layer: Layer, call: Call) -> None:
        self.uses.setdefault(layer.type, []).append(Use(layer, call))
        for value in layer.arguments.values():
            if isinstance(value, Layer):
                self._enter(value, call)


def _input(given: InputReport) -> Tensor:
    return Tensor(given.name, given.tensor, given.time_axis, None, place=given.place)


def _outputs(call: Call) -> Iterator[Tensor]:
    time = call.row.time
    for index, report in enumerate(call.row.outputs):
        axis = time.axis if time is not None and index == 0 else None
        yield Tensor(call.node.name, report, axis, call, index=index, place=call.node.place)


def _called(arguments: Mapping[str, object], known: Mapping[Ref, Tensor]) -> Iterator[Tensor]:
    """Yield the tensors among the further arguments of a call."""
    for value in arguments.values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Ref):
                yield known[each]


def behind(tensor: Tensor) -> Tensor:
    """The tensor that was made, before layers that only keep its shape."""
    while tensor.call is not None and tensor.call.type in PLAIN:
        tensor = tensor.call.sources[0]
    return tensor


def recurrent(call: Call) -> Layer | None:
    """The recurrent layer that is called, also within a Bidirectional."""
    if call.type in RECURRENT:
        return call.layer
    inner = call.layer.arguments.get("layer")
    if call.type == "Bidirectional" and isinstance(inner, Layer):
        return inner
    return None


def count(report: TensorReport) -> int | None:
    """How many numbers of one sample a tensor holds; None where a size is not known."""
    number = 1
    if report.unknown_shape or not report.symbolic:
        return None
    for size in report.symbolic[1:]:
        if size.value is None:
            return None
        number *= size.value
    return number
