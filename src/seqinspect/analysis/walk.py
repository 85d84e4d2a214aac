"""Graph × rules → Report: shapes, weights and time relations of every call, without Keras."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import FormulaTooLarge, as_expr, total
from seqinspect.analysis.application import Applier, frozen, rule_of, tensor_report
from seqinspect.analysis.binding import bind, check_model_call, input_tensor, output_of
from seqinspect.analysis.masks import Trace, follow, of_model, sentence
from seqinspect.analysis.notes import sources_read
from seqinspect.analysis.remark_words import remark_words
from seqinspect.analysis.remedies import lost_steps
from seqinspect.analysis.time_report import (
    is_causal,
    reach_of_model,
    reads_of_model,
    reads_of_operation,
    time_report,
)
from seqinspect.analysis.tracing import Known, Sources, model_input, traced
from seqinspect.analysis.unsupported import (
    UNREAD,
    stand_in,
    standing_for,
    taken,
    unknown,
    unsupported_facts,
    unsupported_within,
)
from seqinspect.errors import Problem, SpecError, refuse
from seqinspect.model.facts import Facts, Part, Tensor, Weight
from seqinspect.model.graph import Graph, Layer, Node, Ref
from seqinspect.model.remarks import Peculiarity
from seqinspect.model.report import InputReport, Report, Row, TimeReport, kept
from seqinspect.model.traversal import needed
from seqinspect.rules import traits_of
from seqinspect.rules.shapes import agree, shape_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.model.facts import Reads


def analyse(graph: Graph, *, notes: bool = True, within: Row | None = None) -> Report:
    """Return all that the rules know of a model. Raises SpecError where a layer cannot be used.

    Without `notes` it has no sentences on time: a tenth faster, where nobody reads them. `within`:
    the row of a wrapper whose model this is, by itself; its rows have their paths below that.
    """
    inputs = {given.name: input_tensor(graph, given) for given in graph.inputs}
    walk = _Walk(graph, within=within, notes=notes)
    walk.run({name: model_input(name, tensor) for name, tensor in inputs.items()})
    return Report(
        model=graph.name,
        source=graph.source,
        dims=graph.dims,
        definitions=graph.definitions,
        inputs=tuple(
            InputReport(
                given.name, tensor_report(inputs[given.name]), inputs[given.name].time, given.place
            )
            for given in graph.inputs
        ),
        rows=tuple(walk.rows),
        outputs=tuple(map(str, graph.outputs)),
        causal=is_causal(map(walk.output, graph.outputs), inputs),
    )


OPENED = 3
"""So many levels are walked through to state a model within the model as one layer.

To walk through all of them would cost the square of the levels.
"""


class _Walk:
    """One pass through a graph, in execution order; `within` is the row of the model around it.

    `opens`: so many models within models are walked through; those below count as one layer each.
    """

    def __init__(
        self,
        graph: Graph,
        applier: Applier | None = None,
        within: Row | None = None,
        *,
        notes: bool = True,
        opens: float = inf,
    ) -> None:
        self.graph = graph
        self.within = within
        self.notes = notes
        self.opens = opens
        self.known: dict[Ref, Known] = {}
        self.rows: list[Row] = []
        self.made: dict[str, tuple[Facts, int]] = {}
        self.masks: dict[Ref, Trace] = {}
        self.stated: list[tuple[Node, Facts]] = []
        self.needed = needed(graph)
        self.types = {node.name: node.layer.type for node in graph.nodes}
        self.applier = applier or Applier(self.facts_of_model)
        self.taken = taken(graph) if graph.keras or graph.custom else {}

    def run(self, inputs: Mapping[str, Known]) -> None:
        """Call every node."""
        self.known.update({Ref(name): known for name, known in inputs.items()})
        for node in self.graph.nodes:
            try:
                self.call(node)
            except SpecError as error:
                raise self.explained(error, node) from None
            except FormulaTooLarge as error:
                what = Problem(
                    f"cannot be described: {error}",
                    expected="formulas within that limit, which is fixed",
                    remedy="fewer axes, or sizes that are plain numbers",
                    about="limit",
                )
                raise self.explained(SpecError(what), node) from None

    def call(self, node: Node) -> None:
        """Call one layer or model."""
        sources = [self.output(ref) for ref in node.sources]
        if node.layer.graph is not None:
            self.call_model(node, node.layer.graph, sources)
            return
        if self.call_unsupported(node, sources):
            return
        bound = bind(node, sources, self.known)
        groups: Sources = {
            name: value if isinstance(value, tuple) else (value,)
            for name, value in bound.items()
            if isinstance(value, Known | tuple)
        }
        plain = {name: _bare(value) for name, value in bound.items()}
        facts = self.applier.apply(node.layer, plain)
        if any(known.tensor.unknown_time for group in groups.values() for known in group):
            self.enter_unsupported(node, facts)
            return
        self.check_weights(node, facts, sources[0].tensor.rank)
        self.enter(node, facts, groups)
        first = next(iter(groups.values()))[0].tensor
        shared = self.applier.shared(node.layer, plain, facts)
        known = self.known[Ref(node.name)]
        source = self.origin(node)
        time = time_report(
            node.layer, facts, first, known, shared=shared, source=source, notes=self.notes
        )
        row = self.masked(node, facts, self.row(node, facts, time))
        self.rows.append(row)
        self.add_parts(facts.parts, row, first, groups)

    def enter(self, node: Node, facts: Facts, groups: Sources) -> None:
        """Enter what the outputs of a call depend on."""
        for index, (output, reading) in enumerate(zip(facts.outputs, facts.reaches, strict=True)):
            self.known[Ref(node.name, index)] = traced(output, reading, groups)

    def masked(self, node: Node, facts: Facts, row: Row) -> Row:
        """Follow the masks of what a call reads; return its row with what becomes of them."""
        if not self.masks and not facts.outputs[0].masked:
            return row
        incoming = [(self.output(ref).tensor, self.masks.get(ref)) for ref in node.refs]
        mask, traces = follow(row.path, node.layer, facts, incoming)
        for index, trace in enumerate(traces):
            if trace is not None:
                self.masks[Ref(node.name, index)] = trace
        if mask is None:
            return row
        said = sentence(mask, row.path)
        if said and row.time is not None:
            note = "; ".join(part for part in (row.time.note, said) if part)
            row = row._replace(time=row.time._replace(note=note))
        return row._replace(mask=mask)

    def origin(self, node: Node) -> tuple[str, str]:
        """Return name and class of the layer whose output a call reads first."""
        name = node.sources[0].name
        return name, self.types.get(name, "")

    def output(self, ref: Ref) -> Known:
        """Return what is known of an output; of an unsupported layer there may be any number."""
        found = self.known.get(ref)
        if found is None:
            first = self.known.get(Ref(ref.name))
            if first is not None and first.tensor.unknown_shape:
                return Known(unknown(), {})
            return output_of(self.known, ref)
        return found

    def call_unsupported(self, node: Node, sources: Sequence[Known]) -> bool:
        """Call a layer that no rule can state; tell whether it is one."""
        read = [self.output(ref) for ref in node.refs] if node.call else sources
        tensors = [known.tensor for known in read]
        facts = unsupported_facts(node.layer, tensors, self.taken.get(node.name, 1))
        if facts is None:
            return False
        instead = stand_in(node.layer, tensors)
        if instead is not None and facts.unsupported == UNREAD:
            facts = standing_for(self.applier.apply(node.layer, _first(node.layer, instead)))
        self.enter_unsupported(node, facts, read)
        return True

    def enter_unsupported(self, node: Node, facts: Facts, read: Sequence[Known] = ()) -> None:
        """Enter a call whose place in time is not known, or only where it is an operation."""
        facts = frozen(facts, node.layer.arguments)
        through = bool(read) and not any(known.tensor.unknown_time for known in read)
        for index, output in enumerate(facts.outputs):
            if through and not output.unknown_time:
                groups: Sources = {"inputs": tuple(read)}
                known = traced(output, facts.reaches[index], groups)
            else:
                known = Known(replace(output, unknown_time=True), {})
            self.known[Ref(node.name, index)] = known
        time = None
        tensors = [known.tensor for known in read]
        several: list[Reads] = []
        if through and facts.reads is None and not facts.outputs[0].unknown_time:  # an operation
            several = reads_of_operation(facts.outputs[0], facts.reaches[0], tensors)
            facts = facts._replace(reads=several[0])
        if through and facts.reads is not None:  # or a custom class, by experiment
            known = self.known[Ref(node.name)]
            time = time_report(
                node.layer, facts, tensors[0], known, shared=None, source=self.origin(node),
                notes=self.notes,
            )  # fmt: skip
        unlike = len(set(several)) > 1 or (len(several) > 1 and "window" in several)
        if time is not None and unlike and self.notes:
            time = time._replace(note=sources_read(several, [ref.name for ref in node.refs]))
        self.rows.append(self.row(node, facts, time))

    def check_weights(self, node: Node, facts: Facts, rank: int) -> None:
        """Refuse to call a layer again on a tensor that does not fit what was made for the first.

        Where weights fit or there are none, BatchNormalization keeps the rank that it was made for,
        and Reshape the sizes.
        """
        first, first_rank = self.made.setdefault(node.reuses or node.name, (facts, rank))
        if node.reuses is None or first is facts:
            return
        wrong = next(
            (
                (f"whose {made.name} is {shape_text(made.shape)}", shape_text(needed.shape))
                for made, needed in zip(first.weights, facts.weights, strict=False)
                if len(made.shape) != len(needed.shape)
                or not all(map(agree, made.shape, needed.shape))
            ),
            None,
        )
        shape, first_shape = facts.outputs[0].shape[1:], first.outputs[0].shape[1:]
        made_for = traits_of(node.layer.type).made_for
        if wrong is None and made_for == "rank" and rank != first_rank:
            wrong = (f"which was made for {first_rank} axes", f"{rank} axes")
        elif made_for == "shape" and not all(map(agree, shape, first_shape)):
            wrong = (f"which was made to return {shape_text(first_shape)}", shape_text(shape))
        if wrong is not None:
            refuse(
                f"calls `{node.reuses}` again, {wrong[0]}",
                received=f"a tensor that would need {wrong[1]}",
                expected=f"a tensor that fits, as the one that `{node.reuses}` reads",
                remedy="make it a layer of its own, without `reuse`",
                argument="from",
                about="shape",
            )

    def call_model(self, node: Node, graph: Graph, sources: Sequence[Known]) -> None:
        """Call a model within the model: its rows follow the row of the whole."""
        if any(known.tensor.unknown_shape for known in sources):
            sources = [
                Known(Tensor(given.shape, given.dtype, unknown_time=True), {})
                if known.tensor.unknown_shape and given.shape is not None
                else known
                for given, known in zip(graph.inputs, sources, strict=False)
            ]
        facts = self.facts_of_model(graph, [known.tensor for known in sources])
        facts = frozen(facts, node.layer.arguments)
        self.check_weights(node, facts, sources[0].tensor.rank)
        row = self.row(node, facts, None)
        if not self.opens:
            self.rows.append(row)
            groups = {
                given.name: (known,) for given, known in zip(graph.inputs, sources, strict=True)
            }
            self.enter(node, facts, groups)
            return
        inner = _Walk(graph, self.applier, row, notes=self.notes, opens=self.opens - 1)
        inner.masks = {
            Ref(given.name): self.masks[ref]
            for given, ref in zip(graph.inputs, node.sources, strict=True)
            if ref in self.masks
        }
        inner.run(dict(zip((given.name for given in graph.inputs), sources, strict=True)))
        for index, ref in enumerate(graph.outputs):
            self.known[Ref(node.name, index)] = inner.output(ref)
            if ref in inner.masks:
                self.masks[Ref(node.name, index)] = inner.masks[ref]
        known, first = self.known[Ref(node.name)], sources[0].tensor
        shared = True if facts.weights else None
        source = self.origin(node)
        time = time_report(
            node.layer, facts, first, known, shared=shared, source=source, notes=self.notes
        )
        mask = of_model(self.masks.get(Ref(node.name)), inner.rows)
        self.rows += [row._replace(time=time, mask=mask), *inner.rows]

    def facts_of_model(self, graph: Graph, tensors: Sequence[Tensor]) -> Facts:
        """Return what a model within the model states as one layer."""
        check_model_call(graph, tensors)
        key = (id(graph), *tensors)
        if key not in self.applier.facts:
            self.applier.facts[key] = self.asked_model(graph, tensors)
        return self.applier.facts[key]

    def asked_model(self, graph: Graph, tensors: Sequence[Tensor]) -> Facts:
        """Walk through a model within the model by itself."""
        walk = _Walk(graph, self.applier, notes=False, opens=OPENED)
        inputs = zip(graph.inputs, tensors, strict=True)
        walk.run({given.name: model_input(given.name, tensor) for given, tensor in inputs})
        outputs = [walk.output(ref) for ref in graph.outputs]
        top = kept([row for row in walk.rows if row.depth == 0])
        reads = reads_of_model(graph.inputs[0].name, tensors[0], outputs[0])
        holes = any(not i.every for d in outputs[0].depends.values() for i in d.intervals)
        return Facts(
            outputs=tuple(known.tensor for known in outputs),
            reads=reads,
            reaches=tuple(reach_of_model(known) for known in outputs),
            weights=tuple(
                Weight(f"{row.name}/{w.name}", w.symbolic, trainable=w.trainable, dtype=w.dtype)
                for row in top
                if row.reuses is None
                for w in row.weights
            ),
            products=total(row.multiply_adds for row in top),
            parts=tuple(
                Part(replace(self.applier.inner(node.layer), name=node.name), facts)
                for node, facts in walk.stated
                if node.reuses is None
            ),
            remarks=(Peculiarity.STEPS_LEFT_OUT,) if holes and reads == "window" else (),
            unsupported=next((row.unsupported for row in top if not row.complete), ""),
        )

    def row(self, node: Node, facts: Facts, time: TimeReport | None) -> Row:
        """Return the row of a call."""
        outer, shown = self.within, self.applier.shown(facts)
        self.stated.append((node, facts))
        reuses = node.reuses or (outer.reuses if outer is not None else None)
        return Row(
            name=node.name,
            path=f"{outer.path}/{node.name}" if outer is not None else node.name,
            depth=outer.depth + 1 if outer is not None else 0,
            type=node.layer.type,
            place=node.place,
            sources=tuple(map(str, node.sources)),
            reuses=reuses,
            outputs=shown.outputs,
            weights=shown.weights,
            formula=as_expr(0) if reuses else shown.formula,
            multiply_adds=shown.multiply_adds,
            time=time,
            block=(node.block.name, node.block.index, node.block.count)
            if node.block
            else outer.block
            if outer is not None
            else None,
            unsupported=_reason(node.layer, facts),
            complete=not facts.unsupported or reuses is not None,
            translated=node.layer.translated,
            used=node.name in self.needed,
        )

    def add_parts(self, parts: Sequence[Part], parent: Row, first: Tensor, groups: Sources) -> None:
        """Add the rows of the layers within a wrapper."""
        for part in parts:
            facts, time = part.facts, None
            shown = self.applier.shown(facts)
            if part.same_input:
                layer = Layer(part.layer.type, part.layer.name, part.layer.arguments)
                known = traced(facts.outputs[0], facts.reaches[0], groups)
                shared = True if facts.weights else None
                time = time_report(layer, facts, first, known, shared=shared, notes=self.notes)
            row = Row(
                name=part.layer.name,
                path=f"{parent.path}/{part.layer.name}",
                depth=parent.depth + 1,
                type=part.layer.type,
                place=parent.place,
                sources=parent.sources if part.same_input else (),
                reuses=parent.reuses,
                outputs=shown.outputs,
                weights=shown.weights,
                formula=as_expr(0) if parent.reuses else shown.formula,
                multiply_adds=shown.multiply_adds,
                time=time,
                block=parent.block,
            )
            self.rows.append(row)
            self.add_parts(facts.parts, row, first, groups)

    def explained(self, error: SpecError, node: Node) -> SpecError:
        """Return the error with its layer, its place and, for lost steps, the layer to fix."""
        problems = []
        for problem in error.at(node.place, dict(node.layer.places)).problems:
            what = problem.what
            if not what.startswith(f"{node.layer.type} `"):
                join = ": " if what.startswith("`") else " "
                what = f"{node.layer.type} `{node.name}`{join}{what}"
            remedy = problem.remedy
            if problem.about == "rank" and not remedy:
                remedy = lost_steps(self.graph, node)
            line = problem.line
            if not line and problem.place is not None:
                line = self.graph.line(problem.place)
            problems.append(replace(problem, what=what, remedy=remedy, line=line))
        return SpecError(*problems)


def _first(layer: Layer, tensor: Tensor) -> dict[str, object]:
    """Return a tensor as the first argument of a layer's call."""
    return {next(iter(rule_of(layer).calls)): tensor}


def _reason(layer: Layer, facts: Facts) -> str:
    """Say why a call is not stated by a rule; empty where it is."""
    if layer.unsupported is not None:
        remarks = () if facts.reads else facts.remarks  # with what it reads, the note has them
        return "; ".join((layer.unsupported.reason, *map(remark_words, remarks)))
    inside = unsupported_within(layer) if facts.outputs[0].unknown_shape else ""
    return facts.unsupported or inside


def _bare(value: object) -> object:
    if isinstance(value, Known):
        return value.tensor
    if isinstance(value, tuple):
        return tuple(known.tensor for known in value)
    return value
