"""The twin of a model as a graph, where layers of Keras can say it: states come in and go out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import const, symbol
from seqinspect.errors import refuse
from seqinspect.model.graph import Graph, Input, Layer, Node, Ref
from seqinspect.records import replace
from seqinspect.rules import traits_of
from seqinspect.rules.index import CONCATENATE, CROPPING
from seqinspect.rules.registry import find_rule
from seqinspect.streaming.data import Role
from seqinspect.streaming.one_step import runs_on_one_step
from seqinspect.streaming.schedule import Newest, Stepwise
from seqinspect.time.reach import STEP
from seqinspect.writers.twin.source import require_yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Tensor
    from seqinspect.streaming.analyse import Plan, PlannedCall
    from seqinspect.streaming.data import Kept


def twin_graph(graph: Graph, plan: Plan) -> Graph:
    """Return the twin of a model: one step and what is kept come in, and both go out.

    Its layers have the names and weights of the model's. Raises SpecError where layers of Keras
    alone cannot say it.
    """
    require_yes(plan)
    if plan.found.given:
        _refuse("the model", f"{plan.found.given[0]} is given as a whole")
    twin = _Twin(graph)
    for planned in plan.calls:
        twin.call(planned)
    fed = tuple(_one_step(each, plan.model.inputs[each.name].tensor) for each in graph.inputs)
    outputs = (*graph.outputs, *twin.outputs)
    return replace(
        graph,
        name=f"{graph.name}_step",
        inputs=(*fed, *twin.inputs),
        nodes=tuple(twin.nodes),
        outputs=outputs,
        sequential=False,
        expect=None,
    )


def _refuse(what: str, why: str) -> None:
    refuse(
        f"the twin of {what} cannot be written as a spec: {why}",
        received=why,
        expected="recurrent layers, causal convolutions and layers of each step",
        remedy="write it as Python: --twin -o FILE.py",
    )


def _one_step(model_input: Input, tensor: Tensor) -> Input:
    """Return an input of one step."""
    if tensor.time != 1:
        _refuse(model_input.name, "its steps are not on axis 1")
    shape = (tensor.shape[0], const(1), *tensor.shape[2:])
    return replace(model_input, shape=shape, time_axis=1, says_time=True)


class _Twin:
    """The nodes of a twin that is being made, with its further inputs and outputs."""

    def __init__(self, graph: Graph) -> None:
        self.nodes: list[Node] = []
        self.inputs: list[Input] = []
        self.outputs: list[Ref] = []
        self.taken = {*(each.name for each in graph.inputs), *(each.name for each in graph.nodes)}

    def name(self, base: str) -> str:
        """Return a name that nothing else has."""
        name, number = base.replace(".", "_"), 1
        while name in self.taken:
            number += 1
            name = f"{base}_{number}"
        self.taken.add(name)
        return name

    def state(self, name: str, sizes: Sequence[Expr], dtype: str, *, timed: bool) -> Ref:
        """Add an input for what is kept."""
        batch = symbol("batch", unfixed=True)
        time = 1 if timed else None
        self.inputs.append(Input(name, (batch, *sizes), dtype, time, says_time=True))
        return Ref(name)

    def call(self, planned: PlannedCall) -> None:
        """Add a call. Raises SpecError where it cannot be said."""
        call, form = planned.call, planned.forms[0] if planned.forms else None
        node, path = call.node, call.path
        if call.owners:
            _refuse(path, "it is in a model within the model")
        if isinstance(form, Stepwise) and form.ready != STEP:
            _refuse(path, "its output step t is not ready with input step t")
        if isinstance(form, Newest) and form.delay != 0:
            _refuse(path, "its output is late")
        roles = {each.role for each in planned.kept}
        masked = any("mask" in each.role for each in planned.read)
        if roles == {Role.STATE} and not call.sources.get("initial_state") and not masked:
            self.recurrent(node, planned.kept)
        elif roles == {Role.STEPS} and traits_of(node.layer.type).convolves:
            self.convolution(node, planned.kept[0])
        elif roles or (isinstance(form, Stepwise) and not self.alone(planned)):
            _refuse(path, "what it keeps has no place in a spec")
        else:
            self.nodes.append(node)

    @staticmethod
    def alone(planned: PlannedCall) -> bool:
        """Whether a layer can be called on one step."""
        from seqinspect.analysis.application import Applier  # noqa: PLC0415 - with the rules

        def no_model(_applier: Applier, _graph: Graph, _tensors: object) -> None:
            return None

        return runs_on_one_step(Applier(no_model), planned.call, planned.read)  # type: ignore[arg-type]  # no models are within

    def recurrent(self, node: Node, kept: Sequence[Kept]) -> None:
        """Add a recurrent layer whose states come in and go out."""
        options = find_rule(node.layer.type)
        if node.reuses is not None or options is None or "cell" in options.options:
            _refuse(node.name, "its states cannot be named")
        names = [self.name(f"{node.name}_{each.name}") for each in kept]
        refs = tuple(
            self.state(name, each.shape, each.dtype, timed=False)
            for name, each in zip(names, kept, strict=True)
        )
        arguments = {**node.layer.arguments, "return_state": True}
        arguments.pop("stateful", None)
        layer = replace(node.layer, arguments=arguments)
        self.nodes.append(replace(node, layer=layer, call={**node.call, "initial_state": refs}))
        self.outputs += [Ref(node.name, index + 1) for index in range(len(kept))]

    def convolution(self, node: Node, kept: Kept) -> None:
        """Add a convolution on the steps that are kept and the new one."""
        if node.reuses is not None:
            _refuse(node.name, "it is called again")
        steps = self.state(self.name(f"{node.name}_steps"), kept.shape, kept.dtype, timed=True)
        window, rest = self.name(f"{node.name}_window"), self.name(f"{node.name}_kept")
        join = Layer(CONCATENATE, window, {"axis": 1})
        self.nodes.append(Node(window, join, (steps, *node.sources), listed=True))
        arguments = {**node.layer.arguments, "padding": "valid"}
        layer = replace(node.layer, arguments=arguments)
        self.nodes.append(replace(node, layer=layer, sources=(Ref(window),)))
        cut = Layer(CROPPING, rest, {"cropping": (const(1), const(0))})
        self.nodes.append(Node(rest, cut, (Ref(window),)))
        self.outputs.append(Ref(rest))
