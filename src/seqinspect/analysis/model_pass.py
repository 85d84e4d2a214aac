"""One pass through a graph: each call by its rule, each output traced to the model inputs."""

from __future__ import annotations

from functools import cached_property, partial
from math import inf
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import FormulaTooLarge
from seqinspect.analysis.application import (
    Applier,
    apply_trainable,
    features_of,
    holds_steps,
    mark_steps,
    rule_of,
)
from seqinspect.analysis.binding import adjusted_rank, bind, check_model_call, traced_output
from seqinspect.analysis.equal_calls import Finished
from seqinspect.analysis.masks import (
    NO_MASK,
    MaskTracker,
    bound_masks,
    mask_of_model,
    masked_itself,
    returning_0,
    with_masks_read,
)
from seqinspect.analysis.rows import path_of, row_again, row_of
from seqinspect.analysis.time_report import reads_of_operation, time_report
from seqinspect.analysis.tracing import Sources, TracedTensor, trace_input, trace_output
from seqinspect.analysis.unsupported import (
    output_counts,
    placeholder,
    unknown_tensor,
    unsupported_facts,
    without_unknown_sizes,
)
from seqinspect.errors import Problem, SpecError
from seqinspect.model.facts import Facts, Tensor
from seqinspect.model.graph import Graph, Layer, Node, Ref
from seqinspect.model.masks import ATTENDING, UNMARKED
from seqinspect.model.reasons import Unstated
from seqinspect.model.remarks import Peculiarity
from seqinspect.model.traversal import needed
from seqinspect.records import NamedTuple, replace
from seqinspect.rules import traits_of
from seqinspect.time.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.analysis.equal_calls import Outcome
    from seqinspect.analysis.masks import Received
    from seqinspect.model.facts import Reads
    from seqinspect.model.report import Row, TensorReport, TimeReport


class Call(NamedTuple):
    """A call of a layer, traced: what it was called on by name, and what it returned.

    `sources` are what it reads of that: where it leaves out masked steps, unmasked steps alone.
    `given` is what it was called on, and the masks that it receives. `arguments` are those of its
    call without what their tensors depend on; empty where no rule states it. `shared`: whether all
    steps share its weights, None where it has none. `owners` are the names of the models within the
    model that it is in, `tensors` what it reads as its graph names it.
    """

    path: str
    node: Node
    facts: Facts
    sources: Sources
    outputs: tuple[TracedTensor, ...]
    given: Sources
    arguments: Mapping[str, object] = {}
    shared: bool | None = None
    owners: tuple[str, ...] = ()
    tensors: Mapping[Ref, TracedTensor] = {}


SUBMODEL_DEPTH = 3
"""So many levels are walked through to state a model within the model as one layer.

To walk through all of them would cost the square of the levels.
"""


class ModelPass:
    """One pass through a graph, in execution order; `within` is the row of the model around it.

    `opens`: so many models within models are walked through; those below count as one layer each.
    `tells_shared`: whether calls say if they share weights, as they do where time is reported.
    """

    submodels: tuple[ModelPass, ...] = ()
    """The passes through the models within it."""
    owners: tuple[str, ...] = ()
    """The names of the models around it, the outermost first."""

    def __init__(
        self,
        graph: Graph,
        applier: Applier | None = None,
        outer_row: Row | None = None,
        *,
        max_depth: float = inf,
        reports_time: bool = True,
    ) -> None:
        self.graph = graph
        self.reports_time = self.tells_shared = reports_time
        self.outer_row = outer_row
        self.max_depth = max_depth
        self.traced: dict[Ref, TracedTensor] = {}
        self.rows: list[Row] = []
        self.calls: list[Call] | None = None  # unless they are asked for
        self.first_facts: dict[str, tuple[Facts, int]] = {}
        self.first_shapes: dict[str, Sequence[tuple[Expr, ...] | None]] = {}  # of models, by call
        self.masks = MaskTracker(graph)
        self.node_facts: list[tuple[Node, Facts]] = []
        self.needed = needed(graph)
        self.types = {node.name: node.layer.type for node in graph.nodes}
        self.applier = applier or Applier(facts_of_model)
        self.output_counts = output_counts(graph) if graph.keras or graph.custom else {}

    def run(self, inputs: Mapping[str, TracedTensor]) -> None:
        """Call every node."""
        self.traced.update({Ref(name): traced for name, traced in inputs.items()})
        for node in self.graph.nodes:
            try:
                self.call(node)
            except SpecError as error:
                raise self.located(error, node) from None
            except FormulaTooLarge as error:
                what = Problem(
                    f"cannot be described: {error}",
                    expected="formulas within that limit, which is fixed",
                    remedy="fewer axes, or sizes that are plain numbers",
                    about="limit",
                )
                raise self.located(SpecError(what), node) from None

    def all_traced(self) -> dict[str, tuple[TracedTensor, ...]]:
        """Return every tensor by the path of its call, also those within models within it."""
        prefix = f"{self.outer_row.path}/" if self.outer_row is not None else ""
        found: dict[str, tuple[TracedTensor, ...]] = {}
        for ref, traced in self.traced.items():  # the outputs of a call follow each other
            path = f"{prefix}{ref.name}"
            found[path] = (*found.get(path, ()), traced)
        for inner in self.submodels:
            found |= inner.all_traced()
        return found

    def located(self, error: SpecError, node: Node) -> SpecError:
        """Return the error of a call with its layer and its place."""
        from seqinspect.analysis.remedies import located_error  # noqa: PLC0415 - only an error needs it

        return located_error(self.graph, error, node)

    def call(self, node: Node) -> None:
        """Call one layer or model."""
        sources = [self.output(ref) for ref in node.sources]
        if node.layer.graph is not None:
            self.call_model(node, node.layer.graph, sources)
            return
        key = self.key_among_equals(node, sources)
        outcome = None if key is None else self.applier.equal_calls.find(key)
        if outcome is not None:
            self.repeat(node, sources, outcome)
            return
        if self.call_unsupported(node, sources):
            return
        given = bind(node, sources, self.traced)
        received = self.masks.receive(node, given)
        bound, facts, fits = self.apply_with_masks(node.layer, given, received)
        groups: Sources = {
            name: value if isinstance(value, tuple) else (value,)
            for name, value in bound.items()
            if isinstance(value, TracedTensor | tuple)
        }
        if traits_of(node.layer.type).subtracts and self.reads_twice(node):
            facts = facts._replace(
                reaches=(Reach(),), remarks=(*facts.remarks, Peculiarity.TAKEN_FROM_ITSELF)
            )
        with_masks = groups
        if received.running:
            facts, with_masks = with_masks_read(node.layer, facts, groups, received)
            groups = self.unmasked_groups(node, with_masks, received)
        plain = _plain(bound)
        read = [traced.tensor for group in groups.values() for traced in group]
        if self.leaves_time_open(node, facts, read):
            return
        self.check_weights(node, facts, sources[0].tensor.rank)
        self.record_outputs(node, facts, groups, bound)
        if Peculiarity.MASKED_ATTEND_TO_ALL in facts.remarks and received.marks_a_part:
            facts = facts._replace(remarks=(*facts.remarks, Peculiarity.AT_MOST))
            for traced in self.outputs(node, facts):
                traced.partial = True  # the others attend to no more than without masks
        first_group = next(iter(groups.values()))
        first = first_group[0].tensor
        shared = (
            self.applier.shares_weights(node.layer, plain, facts) if self.tells_shared else None
        )
        row = self.row(node, facts, self.time_of(node, facts, first, shared=shared))
        if self.calls is not None:
            self.calls.append(
                Call(
                    row.path, node, facts, groups, self.outputs(node, facts), with_masks, plain,
                    shared, self.owners, {ref: self.output(ref) for ref in node.refs},
                )
            )  # fmt: skip
        mask = self.masks.pass_on(node, row.path, facts, received, first_group, fits=fits)
        if self.masks.unmasked or (mask is not None and mask.use in ATTENDING):
            from seqinspect.analysis.unmasked_steps import note_unmasked_steps  # noqa: PLC0415 - few models need it

            stated = self.applier.apply(node.layer, _plain(given))
            note_unmasked_steps(self.masks, node, facts, stated, groups, mask, self.traced)
        row = row._replace(mask=mask, outputs=self.masked_outputs(node, row))
        rows = [row]
        if facts.parts:
            from seqinspect.analysis.parts import part_rows  # noqa: PLC0415 - few layers need it

            masked = mask is not None and mask.mask is not None
            report = self.applier.facts_report
            rows += part_rows(facts.parts, row, first, groups, report, masked=masked)
        self.rows += rows
        if key is not None and mask is None and not self.masks.masks:
            call = Finished(node, facts, rows, groups, self.outputs(node, facts))
            self.applier.equal_calls.enter(key, call)

    def key_among_equals(self, node: Node, sources: Sequence[TracedTensor]) -> object:
        """Return what decides the outcome of a call; None where the whole graph may."""
        if node.call or node.reuses is not None or self.masks.masks or self.calls is not None:
            return None
        if self.outer_row is not None and self.outer_row.reuses is not None:
            return None
        if traits_of(node.layer.type).subtracts:
            return None  # the same tensor twice leaves nothing
        key = self.applier.equal_calls.key(node, sources)
        return None if key is None else (self.reports_time, key)

    def repeat(self, node: Node, sources: Sequence[TracedTensor], outcome: Outcome) -> None:
        """Enter a call that is equal to one before it."""
        time = outcome.row.time
        path, facts = self.path(node), outcome.facts_of(node.layer)
        self.check_weights(node, facts, sources[0].tensor.rank)
        for index, traced in enumerate(outcome.outputs_on(sources, path)):
            self.traced[Ref(node.name, index)] = traced
        if time is not None and outcome.same_time:
            name, kind = self.origin(node)
            time = time._replace(source=time.source._replace(name=name, type=kind))
        elif time is not None:
            time = self.time_of(node, facts, sources[0].tensor, shared=time.shared)
        self.node_facts.append((node, facts))
        used = node.name in self.needed
        row = row_again(outcome.row, node, time, self.outer_row, graph=self.graph, used=used)
        self.rows += outcome.rows_of(row, node.layer) if outcome.parts else [row]

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """The calls of the graph by name."""
        return {node.name: node for node in self.graph.nodes}

    def reads_twice(self, node: Node) -> bool:
        """Whether the two tensors that a call reads always have the same values."""
        from seqinspect.analysis.reuse import returns_same  # noqa: PLC0415 - few models need it

        return not self.masks.cleared and returns_same(self.nodes, self.traced, *node.sources)

    def unmasked_groups(self, node: Node, groups: Sources, received: Received) -> Sources:
        """Return what a call reads, without the masked steps that it leaves out."""
        if not self.masks.unmasked:
            return groups
        from seqinspect.analysis.unmasked_steps import with_unmasked_steps  # noqa: PLC0415 - few models need it

        return with_unmasked_steps(self.masks, node, groups, received, self.traced)

    def record_outputs(
        self, node: Node, facts: Facts, groups: Sources, bound: Mapping[str, object]
    ) -> None:
        """Enter what the outputs of a call depend on."""
        path, apply = self.path(node), self.applier.apply
        for index, (output, reading) in enumerate(zip(facts.outputs, facts.reaches, strict=True)):
            features = partial(features_of, node.layer, output, index)
            reads_all = partial(_reads_all_features, apply, node.layer, bound, index)
            traced = trace_output(output, reading, groups, path, features, reads_all)
            self.traced[Ref(node.name, index)] = traced
            self.applier.work.traced -= len(traced.depends)

    def outputs(self, node: Node, facts: Facts) -> tuple[TracedTensor, ...]:
        """Return what a call returned, traced."""
        return tuple(self.traced[Ref(node.name, index)] for index in range(len(facts.outputs)))

    def apply_with_masks(
        self, layer: Layer, bound: Mapping[str, object], received: Received
    ) -> tuple[Mapping[str, object], Facts, bool]:
        """Apply a layer with the masks that its call receives; tell whether they fit.

        Keras finds out when the layer is called on data, so the model can still be described.
        """
        masks = bound_masks(received, layer) if received.arguments else {}
        fits = masks.keys() <= bound.keys()
        if not fits:
            masked = {**bound, **masks, **bound}
            try:
                facts = self.applier.apply(layer, _plain(masked))
                if all(each.mask.marks == UNMARKED for each in received.arguments.values()):
                    return bound, self.applier.apply(layer, _plain(bound)), True
                if "mask" in masks and masked_itself(received):
                    facts = returning_0(self.applier.apply(layer, _plain(bound)), facts)
                return masked, facts, True
            except SpecError:
                pass  # of the mask or of something else: then it is refused without one, too
        return bound, self.applier.apply(layer, _plain(bound)), fits

    def masked_outputs(self, node: Node, row: Row) -> tuple[TensorReport, ...]:
        """Return what is reported of a call's outputs, with whether they carry a mask."""
        if not self.masks.masks:
            return row.outputs
        return tuple(
            output._replace(masked=True)
            if self.masks.masks.get(Ref(node.name, index), NO_MASK).running is not None
            else output
            for index, output in enumerate(row.outputs)
        )

    def time_of(
        self, node: Node, facts: Facts, first: Tensor, *, shared: bool | None
    ) -> TimeReport | None:
        """Return what is said of a call in time; None where nothing is asked of it."""
        if not self.reports_time:
            return None
        traced = self.traced[Ref(node.name)]
        return time_report(facts, first, traced, shared=shared, source=self.origin(node))

    def origin(self, node: Node) -> tuple[str, str]:
        """Return name and class of the layer whose output a call reads first."""
        name = node.sources[0].name
        return name, self.types.get(name, "")

    def output(self, ref: Ref) -> TracedTensor:
        """Return a traced output; of an unsupported layer there may be any number."""
        traced = self.traced.get(ref)
        if traced is None:
            first = self.traced.get(Ref(ref.name))
            if first is not None and first.tensor.unknown_shape:
                return TracedTensor(unknown_tensor(), {})
            return traced_output(self.traced, ref)
        return traced

    def call_unsupported(self, node: Node, sources: Sequence[TracedTensor]) -> bool:
        """Call a layer that no rule can state; tell whether it is one."""
        tensors_read = [self.output(ref) for ref in node.refs] if node.call else sources
        tensors = [traced.tensor for traced in tensors_read]
        facts = unsupported_facts(node.layer, tensors, self.output_counts.get(node.name, 1))
        if facts is None:
            return False
        substitute = placeholder(node.layer, tensors)
        if substitute is not None and facts.unsupported is Unstated.UNKNOWN_INPUT_SHAPE:
            facts = without_unknown_sizes(
                self.applier.apply(node.layer, _first_argument(node.layer, substitute))
            )
        self.record_unsupported(node, facts, tensors_read)
        return True

    def leaves_time_open(self, node: Node, facts: Facts, read: Sequence[Tensor]) -> bool:
        """Enter a call whose place in time is not known, or too much to follow, if it is one."""
        unknown = any(tensor.unknown_time for tensor in (*read, *facts.outputs))
        if not unknown and self.applier.work.traced >= 0:
            return False
        if not unknown:
            facts = facts._replace(remarks=(*facts.remarks, Peculiarity.NOT_FOLLOWED))
        self.record_unsupported(node, facts)
        return True

    def record_unsupported(
        self, node: Node, facts: Facts, sources: Sequence[TracedTensor] = ()
    ) -> None:
        """Enter a call whose place in time is not known, or only where it is an operation."""
        facts = apply_trainable(facts, node.layer.arguments)
        through = bool(sources) and not any(traced.tensor.unknown_time for traced in sources)
        for index, output in enumerate(facts.outputs):
            if through and not output.unknown_time:
                groups: Sources = {"inputs": tuple(sources)}
                traced = trace_output(
                    output,
                    facts.reaches[index],
                    groups,
                    self.path(node),
                    partial(features_of, node.layer, output, index),
                    partial(_reads_all_features, self.applier.apply, node.layer, groups, index),
                )
            else:
                traced = TracedTensor(replace(output, unknown_time=True), {})
            self.traced[Ref(node.name, index)] = traced
        time = None
        tensors = [traced.tensor for traced in sources]
        operands: list[Reads] = []
        if through and facts.reads is None and not facts.outputs[0].unknown_time:  # an operation
            work = self.applier.work
            operands = reads_of_operation(facts.outputs[0], facts.reaches[0], tensors, work)
            facts = facts._replace(reads=operands[0])
        if through and facts.reads is not None:  # or a custom class, by experiment
            time = self.time_of(node, facts, tensors[0], shared=None)
        unlike = len(set(operands)) > 1 or (len(operands) > 1 and "window" in operands)
        if time is not None and unlike:
            names = (ref.name for ref in node.refs)
            time = time._replace(operands=tuple(zip(names, operands, strict=True)))
        if self.calls is not None:
            groups = {"inputs": tuple(sources)}
            outputs = self.outputs(node, facts)
            given = (self.path(node), node, facts, groups, outputs, groups)
            self.calls.append(Call(*given, owners=self.owners))
        self.rows.append(self.row(node, facts, time))

    def check_weights(self, node: Node, facts: Facts, rank: int) -> None:
        """Refuse to call a layer again on a tensor that its weights do not fit."""
        first = self.first_facts.setdefault(node.reuses or node.name, (facts, rank))
        if node.reuses is not None and first[0] is not facts:
            from seqinspect.analysis.reuse import check_reuse  # noqa: PLC0415 - few models need it

            check_reuse(node, first, (facts, rank))

    def call_model(self, node: Node, graph: Graph, sources: Sequence[TracedTensor]) -> None:
        """Call a model within the model: its rows follow the row of the whole."""
        if any(traced.tensor.unknown_shape for traced in sources):
            sources = [
                TracedTensor(Tensor(model_input.shape, model_input.dtype, unknown_time=True), {})
                if traced.tensor.unknown_shape and model_input.shape is not None
                else traced
                for model_input, traced in zip(graph.inputs, sources, strict=False)
            ]
        called = node.reuses or node.name
        if len(sources) == len(graph.inputs):
            first_shapes = self.first_shapes.get(called) or [each.shape for each in graph.inputs]
            sources = [*map(adjusted_rank, first_shapes, sources)]
        self.first_shapes.setdefault(called, [traced.tensor.shape for traced in sources])
        facts = facts_of_model(self.applier, graph, [traced.tensor for traced in sources])
        facts = apply_trainable(facts, node.layer.arguments)
        self.check_weights(node, facts, sources[0].tensor.rank)
        row = self.row(node, facts, None)
        if not self.max_depth:
            self.rows.append(row)
            groups = {
                model_input.name: (traced,)
                for model_input, traced in zip(graph.inputs, sources, strict=True)
            }
            self.record_outputs(node, facts, groups, groups)
            return
        inner = ModelPass(
            graph, self.applier, row, max_depth=self.max_depth - 1, reports_time=self.reports_time
        )
        inner.tells_shared = self.tells_shared
        self.submodels, inner.calls = (*self.submodels, inner), self.calls
        inner.owners = (*self.owners, node.layer.name)
        inner.masks.enter_inputs(graph, self.masks, node)
        inner.run(
            dict(zip((model_input.name for model_input in graph.inputs), sources, strict=True))
        )
        for index, ref in enumerate(graph.outputs):
            self.traced[Ref(node.name, index)] = inner.output(ref)
            if ref in inner.masks.masks:
                found = inner.masks.masks[ref]
                self.masks.masks[Ref(node.name, index)] = found._replace(noted=None)
            if ref in inner.masks.unmasked:
                self.masks.unmasked[Ref(node.name, index)] = inner.masks.unmasked[ref]
        own = any(each.time is not None and each.time.shared is False for each in inner.rows)
        own = own or self.holds_folded_steps(graph, [traced.tensor for traced in sources])
        shared = not own if facts.weights else None
        time = self.time_of(node, facts, sources[0].tensor, shared=shared)
        within = {each.name: each for each in inner.rows if each.depth == row.depth + 1}
        own_mask = self.masks.masks.get(Ref(node.name), NO_MASK)
        mask = mask_of_model(own_mask, graph, inner.masks, within)
        outputs = self.masked_outputs(node, row)
        self.rows += [row._replace(time=time, mask=mask, outputs=outputs), *inner.rows]

    def holds_folded_steps(self, graph: Graph, tensors: Sequence[Tensor]) -> bool:
        """Whether a weight of a model has as many rows as steps lie side by side in what it reads.

        Its own layers may see them as the features of steps that it makes itself.
        """
        if all(x.fold is None and x.time != x.rank - 1 for x in tensors):
            return False
        return holds_steps(facts_of_model(self.applier, graph, [*map(mark_steps, tensors)]).weights)

    def path(self, node: Node) -> str:
        """Return the path of a call."""
        return path_of(node, self.outer_row)

    def row(self, node: Node, facts: Facts, time: TimeReport | None) -> Row:
        """Return the row of a call."""
        self.node_facts.append((node, facts))
        stated, used = self.applier.facts_report(facts), node.name in self.needed
        return row_of(node, stated, time, self.outer_row, graph=self.graph, used=used)


def facts_of_model(applier: Applier, graph: Graph, tensors: Sequence[Tensor]) -> Facts:
    """Return what a model within the model states as one layer."""
    check_model_call(graph, tensors)
    key = (id(graph), *tensors)
    if key not in applier.facts:
        applier.facts[key] = _submodel_facts(applier, graph, tensors)
    return applier.facts[key]


def _submodel_facts(applier: Applier, graph: Graph, tensors: Sequence[Tensor]) -> Facts:
    """Walk through a model within the model by itself."""
    walk = ModelPass(graph, applier, max_depth=SUBMODEL_DEPTH, reports_time=False)
    inputs = zip(graph.inputs, tensors, strict=True)
    walk.run({each.name: trace_input(each.name, tensor, applier.work) for each, tensor in inputs})
    from seqinspect.analysis.parts import facts_as_layer  # noqa: PLC0415 - few models need it

    calls = [
        (replace(applier.inner_layer(node.layer), name=node.name), facts)
        for node, facts in walk.node_facts
        if node.reuses is None
    ]
    top = [row for row in walk.rows if row.depth == 0]
    return facts_as_layer(graph, tensors, list(map(walk.output, graph.outputs)), top, calls)


def _reads_all_features(
    apply: Callable[[Layer, Mapping[str, object]], Facts],
    layer: Layer,
    bound: Mapping[str, object],
    output: int,
) -> bool:
    from seqinspect.analysis.features import reads_all_features  # noqa: PLC0415 - few models need it

    return reads_all_features(apply, layer, bound, output)


def _first_argument(layer: Layer, tensor: Tensor) -> dict[str, object]:
    """Return a tensor as the first argument of a layer's call."""
    return {next(iter(rule_of(layer).calls)): tensor}


def _plain(bound: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments of a call without what their tensors depend on."""
    return {name: _untraced(value) for name, value in bound.items()}


def _untraced(value: object) -> object:
    if isinstance(value, TracedTensor):
        return value.tensor
    if isinstance(value, tuple):
        return tuple(traced.tensor for traced in value)
    return value
