"""What a check looks at: the graph and its report together, with who reads which tensor.

A layer that a wrapper applies to each step is a call of its own here, on a slice of what the
wrapper reads; a model in a wrapper is seen as it is by itself, with the steps that its inputs have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seqinspect.analysis.binding import with_input_shapes
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.model.finding import LayerName
from seqinspect.model.graph import Graph, Input, Layer, Node, Ref, UnknownValue
from seqinspect.model.nesting import layers_within
from seqinspect.records import NamedTuple, replace
from seqinspect.rules import per_step_chain, traits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seqinspect.algebra.expression import Expr
    from seqinspect.errors import Place
    from seqinspect.lint.expectations import Expectations
    from seqinspect.model.data import Data
    from seqinspect.model.report import InputReport, Report, Row, TensorReport
    from seqinspect.rules import Traits
    from seqinspect.rules.losses import Loss


class Tensor:
    """An output of a call or a model input, and the calls that read it.

    `slice` is one step of it, as the layer of a wrapper makes or reads it, where there is one.
    """

    __slots__ = (
        "axis", "call", "index", "is_output", "name", "place", "readers", "report", "slice",
    )  # fmt: skip

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
        self.axis = axis
        self.call: Final = call
        self.index: Final = index
        self.place: Final = place
        self.readers: Final[list[Call]] = []
        self.is_output = False
        self.slice: Tensor | None = None

    @property
    def maker(self) -> Call | None:
        """The call that makes it; where a wrapper applies a layer to each step, that layer's."""
        return self.call if self.slice is None or self.slice.call is None else self.slice.maker

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
    """One call of a layer: its node, its row, and the tensors that it reads and makes.

    `states` are those that a recurrent layer starts from, where they are given. `wrapper` is the
    call that applies this layer to each step, if one does.
    """

    __slots__ = ("graph", "node", "outputs", "row", "sources", "states", "wrapper")

    def __init__(
        self,
        node: Node,
        row: Row,
        graph: Graph,
        sources: tuple[Tensor, ...],
        wrapper: Call | None = None,
    ) -> None:
        self.node: Final = node
        self.row: Final = row
        self.graph: Final = graph
        self.sources: Final = sources
        self.wrapper: Final = wrapper
        self.outputs: tuple[Tensor, ...] = ()
        self.states: tuple[Tensor, ...] = ()

    @property
    def layer(self) -> Layer:
        """The layer that is called."""
        return self.node.layer

    @property
    def type(self) -> str:
        """The Keras class of the layer."""
        return self.node.layer.type

    @property
    def traits(self) -> Traits:
        """What that class is."""
        return traits_of(self.type)

    @property
    def path(self) -> str:
        """Its path in the model."""
        return self.row.path

    @property
    def is_output(self) -> bool:
        """Whether the model that the call stands in, which may be within another, puts it out."""
        return any(ref.name == self.node.name for ref in self.graph.outputs)

    @property
    def layer_name(self) -> LayerName:
        """The call as a finding names it."""
        if self.wrapper is None:
            return LayerName((self.type,), self.node.name, self.path)
        outer = self.wrapper.layer_name
        return LayerName((self.type, *outer.classes), outer.name, self.path)


class Use(NamedTuple):
    """A layer with arguments: that of a call, or one that is wrapped in it."""

    layer: Layer
    call: Call

    def at(self, argument: str) -> Place | None:
        """The place of an argument; that of the layer where it was not written."""
        return self.layer.places.get(argument) or self.layer.place or self.call.node.place

    @property
    def traits(self) -> Traits:
        """What the class of the layer is."""
        return traits_of(self.layer.type)

    def get(self, argument: str, default: object = None) -> object:
        """The value that was given for an argument; one that is not known is not given."""
        value = self.layer.arguments.get(argument, default)
        return default if isinstance(value, UnknownValue) else value

    @property
    def layer_name(self) -> LayerName:
        """The layer as a finding names it, with the call that it is wrapped in."""
        outer = self.call.layer_name
        if self.layer is self.call.layer:
            return outer
        return outer._replace(classes=(self.layer.type, *outer.classes))


class ModelIndex:
    """A model as the checks see it."""

    def __init__(
        self,
        graph: Graph,
        report: Report,
        expectations: Expectations | None = None,
        text: Callable[[], str] = str,
        data: Data | None = None,
    ) -> None:
        self.graph: Final = graph
        self.report: Final = report
        self.expectations: Final = expectations
        self.text: Final = text
        self.data: Final = data or graph.fitted
        self.calls: Final[list[Call]] = []
        self.uses: Final[dict[str, list[Use]]] = {}
        rows = {row.path: row for row in report.rows}
        self.inputs: Final = tuple(map(_input, report.inputs))
        known = self._walk(graph, "", rows, {Ref(given.name): given for given in self.inputs})
        self.outputs: Final = tuple(known[ref] for ref in graph.outputs)
        for output in self.outputs:
            output.is_output = True
        self.traits: Final = {name: traits_of(name) for name in self.uses}

    def of(self, chosen: Callable[[Traits], object]) -> Iterator[Use]:
        """Yield the uses of layers whose class has the traits that are asked for."""
        for name, traits in self.traits.items():
            if chosen(traits):
                yield from self.uses[name]

    def is_open(self, size: Expr) -> bool:
        """Whether the model leaves a size open; code may have its number when it runs."""
        by_data = bool(self.graph.keras) and bool(size.symbols() & self.graph.dims.keys())
        return size.value is None and not by_data

    def loss(self, output: str) -> Loss | None:
        """The loss that an output is trained with, where it is known."""
        return self.expectations.loss(output) if self.expectations is not None else None

    @property
    def expects_shape(self) -> bool:
        """Whether it is said which shape an output or a target has."""
        entries = self.expectations.entries if self.expectations is not None else ()
        return any(each.key.what in ("target", "output") for each in entries)

    @property
    def top(self) -> Iterator[Call]:
        """The calls of the model itself, not those of models within it."""
        return (call for call in self.calls if call.row.depth == 0)

    def _walk(
        self,
        graph: Graph,
        prefix: str,
        rows: Mapping[str, Row],
        known: dict[Ref, Tensor],
        wrapper: Call | None = None,
    ) -> dict[Ref, Tensor]:
        """Enter the calls of a model, of which `known` are the inputs; return all its tensors."""
        for node in graph.nodes:
            sources = tuple(known[ref] for ref in node.sources)
            call = Call(node, rows[prefix + node.name], graph, sources, wrapper)
            self.calls.append(call)
            self._enter(node.layer, call)
            inner = node.layer.graph
            if inner is None:
                for source in (*sources, *_called(node.call, known)):
                    source.readers.append(call)
                call.outputs = tuple(_outputs(call))
                call.states = tuple(_initial_states(call, known))
                if not call.traits.applies_per_step or not self._walk_step(call, rows):
                    for layer in layers_within(node.layer):
                        self._enter(layer, call)
            else:
                given = {
                    Ref(given.name): source
                    for given, source in zip(inner.inputs, sources, strict=True)
                }
                found = self._walk(inner, f"{prefix}{node.name}/", rows, given)
                call.outputs = tuple(found[ref] for ref in inner.outputs)
            for index, output in enumerate(call.outputs):
                known[Ref(node.name, index)] = output
        return known

    def _enter(self, layer: Layer, call: Call) -> None:
        self.uses.setdefault(layer.type, []).append(Use(layer, call))

    def _walk_step(self, call: Call, rows: Mapping[str, Row]) -> bool:
        """Enter what a call applies to each step as calls; tell whether enough is known of it."""
        _, *applied = per_step_chain(call.layer)
        if not applied:  # code does not say which layer the wrapper applies
            return False
        *wrappers, layer = applied
        step, output = call.sources[0], call.outputs[0]
        if step.report.unknown_shape or output.report.unknown_shape:
            return False
        for _ in wrappers:
            step, output = _step_of(step), _step_of(output)
        step = _step_of(step)
        path = "/".join((call.path, *(each.name for each in wrappers)))
        within = rows.get(path if layer.graph is None else f"{path}/{layer.name}")
        if within is None:
            return False
        try:
            graph = _by_itself(layer, step, call.graph)
            report = analyse(graph, outer_row=within)
        except SpecError:
            return False
        for each in wrappers:
            self._enter(each, call)
        given = report.inputs[0]
        step.axis = given.time_axis
        wrapper = call if layer.graph is None else None
        rows = {row.path: row for row in report.rows}
        found = self._walk(graph, f"{within.path}/", rows, {Ref(given.name): step}, wrapper)
        made = found[graph.outputs[0]]
        if not made.report.masked:  # a wrapper does not pass on the mask of its layer
            output.slice = made
        return True


def _step_of(tensor: Tensor) -> Tensor:
    """Return one step of a tensor along axis 1."""
    if tensor.slice is None:
        batch, _, *sizes = tensor.report.symbolic
        report = tensor.report._replace(symbolic=(batch, *sizes), masked=False)
        axis = None if tensor.axis is None or tensor.axis < 2 else tensor.axis - 1
        tensor.slice = Tensor(tensor.name, report, axis, None, place=tensor.place)
    return tensor.slice


def _by_itself(layer: Layer, step: Tensor, around: Graph) -> Graph:
    """Return the model that a layer is, or that holds it alone, on one step of a tensor."""
    known = step.call is not None or step.axis is not None
    if layer.graph is not None:
        graph = with_input_shapes(layer.graph, (step.report,))
        given = graph.inputs[0]
        timed = replace(given, time_axis=step.axis, says_time=True)
        return replace(graph, inputs=(timed if known and not given.says_time else given,))
    given = Input("", step.report.symbolic, step.report.dtype, step.axis, says_time=known)
    node = Node(layer.name, layer, (Ref(given.name),), place=layer.place)
    outputs = (Ref(node.name),)
    return replace(around, inputs=(given,), nodes=(node,), outputs=outputs, expect=None)


def _input(given: InputReport) -> Tensor:
    return Tensor(given.name, given.tensor, given.time_axis, None, place=given.place)


def _outputs(call: Call) -> Iterator[Tensor]:
    time = call.row.time
    for index, report in enumerate(call.row.outputs):
        axis = time.axis if time is not None and index == 0 else None
        yield Tensor(call.node.name, report, axis, call, index=index, place=call.node.place)


def _initial_states(call: Call, known: Mapping[Ref, Tensor]) -> Iterator[Tensor]:
    """Yield the states that a recurrent layer starts from: a call argument, or further sources."""
    if call.traits.step_by_step:
        yield from call.sources[1:]
        given = call.node.call.get("initial_state")
        if given is not None:
            yield from _called({"initial_state": given}, known)


def _called(arguments: Mapping[str, object], known: Mapping[Ref, Tensor]) -> Iterator[Tensor]:
    """Yield the tensors among the further arguments of a call."""
    for value in arguments.values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Ref):
                yield known[each]


def skip_shape_preserving(tensor: Tensor) -> Tensor:
    """The tensor that was made, before layers that only keep its shape."""
    while tensor.call is not None and tensor.call.traits.keeps_shape:
        tensor = tensor.call.sources[0]
    return tensor


def inputs_of(tensor: Tensor) -> set[str]:
    """The names of the model inputs that a tensor depends on."""
    pending, seen, names = [tensor], set[int](), set[str]()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each.call is None:
            names.add(each.name)
        else:
            pending += each.call.sources
    return names


def recurrent(call: Call) -> Layer | None:
    """The recurrent layer that is called, also within a Bidirectional."""
    if call.traits.recurrent:
        return call.layer
    inner = call.layer.arguments.get("layer")
    return inner if call.traits.both_directions and isinstance(inner, Layer) else None


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
