"""Masks through a model: which call makes one, who receives it, and where it is lost.

A mask travels in two ways. Where Keras builds a model it notes masks as arguments of the layers
that take one (`noted`); where the model runs, tensors carry them (`running`). A layer receives the
noted mask or, where there was none to note, the one that its tensor carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqinspect.analysis.mask_order import cleared_masks
from seqinspect.analysis.mask_relation import (
    attention_fits,
    carried,
    check_joined,
    fits_steps,
    join_use,
    made_mask,
    mask_use,
    masked_outputs,
    output_mask,
    scores_mask,
)
from seqinspect.analysis.tracing import TracedTensor
from seqinspect.model.graph import Layer, Ref
from seqinspect.model.masks import UNMARKED, Beside, Made, Mask, MaskReport, MaskUse, makers
from seqinspect.model.remarks import Peculiarity
from seqinspect.records import NamedTuple
from seqinspect.rules import find_rule, per_step_chain, traits_of
from seqinspect.rules.signature import NO_ENTRIES
from seqinspect.time.reach import STEP, Reach, each, everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seqinspect.analysis.mask_relation import CarriedMask, Masks
    from seqinspect.analysis.tracing import Sources
    from seqinspect.model.facts import Facts, Reading
    from seqinspect.model.graph import Graph, Node
    from seqinspect.model.masks import Marks
    from seqinspect.model.report import Row, TimeReport
    from seqinspect.rules import Rule

ROLES = ("query_mask", "value_mask", "key_mask")
"""Whose masks an Attention takes, in the order of its tensors."""


class Lost(NamedTuple):
    """A mask that is no more: the call that made it, and the call where it ended."""

    made: str
    ended: str


class TensorMask(NamedTuple):
    """The mask of a tensor while Keras builds the model, and while the model runs."""

    noted: CarriedMask | None = None
    running: CarriedMask | None = None
    lost: Lost | None = None


NO_MASK = TensorMask()


class Unmasked(NamedTuple):
    """What the steps of a tensor that these marks leave depend on, where that is less."""

    marks: Marks
    traced: TracedTensor


class Received(NamedTuple):
    """The masks that a call receives, by argument, and those of its first argument's tensors.

    `running` is what its outputs inherit where the model runs, `noted` where it is built.
    `not_passed`: the layer takes a mask, and Keras gives it none.
    """

    arguments: Mapping[str, CarriedMask] = NO_ENTRIES
    running: Masks = ()
    noted: Masks = ()
    not_passed: bool = False

    @property
    def marks_a_part(self) -> bool:
        """Whether some steps are never marked: those of a tensor that had no mask, laid beside."""
        every = (each.mask.marks for each in self.arguments.values())
        return any(isinstance(marks, Beside) and UNMARKED in marks.marks for marks in every)

    def mask(self) -> Mask | None:
        """The mask that a report speaks of: what arrives, or what its first tensors carry."""
        found = (*self.arguments.values(), *self.running)
        return next((each.mask for each in found if each is not None), None)


NOTHING = Received()


class MaskTracker:
    """The masks of all tensors of one model, call by call."""

    def __init__(self, graph: Graph) -> None:
        self.masks: dict[Ref, TensorMask] = {}
        self.made: dict[tuple[TracedTensor, object], Marks] = {}  # by tensor and value looked for
        self.cleared = cleared_masks(graph)
        self.unmasked: dict[Ref, Unmasked] = {}

    def enter_inputs(self, graph: Graph, outer: MaskTracker, node: Node) -> None:
        """Enter the masks of what a model within the model is called on: there when it runs."""
        self.made = outer.made
        for model_input, ref in zip(graph.inputs, node.sources, strict=True):
            found = outer.find(node, ref)
            if found != NO_MASK:
                self.masks[Ref(model_input.name)] = TensorMask(
                    None, found.noted or found.running, found.lost
                )
            if ref in outer.unmasked:
                self.unmasked[Ref(model_input.name)] = outer.unmasked[ref]

    def find(self, node: Node, ref: Ref) -> TensorMask:
        """Return the mask that a call finds on a tensor that it reads."""
        found = self.masks.get(ref, NO_MASK)
        return found._replace(running=None) if (node.name, ref) in self.cleared else found

    def receive(self, node: Node, bound: Mapping[str, object]) -> Received:
        """Return the masks that Keras gives a call whose arguments are bound to their names."""
        if not self.masks and not node.call:
            return NOTHING
        rule = find_rule(node.layer.type)
        explicit = _explicit_masks(node, bound)
        if rule is None or not (self.masks or explicit):
            return NOTHING
        count = len(node.sources) if rule.takes_list else 1
        found = [self.find(node, ref) for ref in node.sources[:count]]
        running = tuple(each.running for each in found)
        noted = tuple(each.noted for each in found)
        if explicit:
            first = explicit.get("mask") or explicit.get("query_mask") if "mask" in bound else None
            if first is not None:
                running, noted = (first, *running[1:]), (first, *noted[1:])
            return Received({**self._by_role(node, rule, bound), **explicit}, running, noted)
        if "mask" not in rule.calls:
            return Received(self._by_role(node, rule, bound), running, noted)
        if rule.takes_list:  # the mask of a key of its own counts nothing
            return Received(_present(ROLES[:2], running), running, noted)
        if sum(name in rule.tensors for name in bound) > 1:
            return Received(NO_ENTRIES, running, noted, not_passed=running[0] is not None)
        arrives = noted[0] if noted[0] is not None and _is_noted(node, bound) else running[0]
        return Received(_present(("mask",), (arrives,)), (arrives,), noted)

    def _by_role(
        self, node: Node, rule: Rule, bound: Mapping[str, object]
    ) -> dict[str, CarriedMask]:
        """Return the masks of query, value and key, where a layer takes each by itself."""
        named = dict(zip(rule.tensors, node.sources, strict=False))
        named |= {name: each for name, each in node.call.items() if isinstance(each, Ref)}
        roles = [name for name in named if f"{name}_mask" in rule.calls and name in bound]
        masks = tuple(self.find(node, named[name]).running for name in roles)
        return _present([f"{name}_mask" for name in roles], masks)

    def pass_on(
        self,
        node: Node,
        path: str,
        facts: Facts,
        received: Received,
        sources: Sequence[TracedTensor],
        *,
        fits: bool = True,
    ) -> MaskReport | None:
        """Enter the masks of a call's outputs; return what it does with masks.

        `sources` are the tensors of its first argument. Not `fits`, its rule refuses the mask.
        """
        makes_mask = len(facts.outputs) > 1 or traits_of(node.layer.type).makes_mask
        if not self.masks and not makes_mask and not received.running:
            return None
        use = _use(node, received, sources) if fits else MaskUse.IMPOSSIBLE
        if use is MaskUse.KEYS and Peculiarity.MASKED_ATTEND_TO_ALL in facts.remarks:
            use = MaskUse.KEYS if _attends_to_itself(received) else MaskUse.LAST_KEYS
        made, running, noted = self._inherited(node.layer, path, received, sources, use)
        if made is not None:
            looked_for = node.layer.arguments.get("mask_value", 0)
            marks = self.made.setdefault((sources[0], looked_for), made.mask.marks)
            made = running = made._replace(mask=made.mask._replace(marks=marks))
            noted = made if noted is not None else None
        lost = self._loss(node, path, received, running)
        masked = masked_outputs(node.layer, len(facts.outputs))
        for index in range(len(facts.outputs)):
            entry = TensorMask(noted, running, lost) if index in masked else TensorMask(lost=lost)
            if index not in masked and running is not None:
                entry = TensorMask(lost=Lost(_maker(running.mask), path))
            if entry != NO_MASK:
                self.masks[Ref(node.name, index)] = entry
        if len(facts.outputs) > 1:
            scores = scores_mask(node, path, facts.outputs[1], received.arguments)
            if scores is not None:
                self.masks[Ref(node.name, 1)] = TensorMask(None, scores)
        mask = received.mask()
        output = None if running is None else running.mask
        if mask is None and output is None and not (lost and _makes_steps(facts, sources)):
            return None
        return MaskReport(
            made=path if made is not None else _maker(mask) or (lost.made if lost else ""),
            use=use,
            mask=mask,
            output=output,
            ended=lost.ended if lost is not None else "",
            warned=traits_of(node.layer.type).mask == "stops",
            taken=any((node.name, ref) in self.cleared and self._marked(ref) for ref in node.refs),
            noted=running is None and noted is not None,
        )

    def _marked(self, ref: Ref) -> bool:
        return self.masks.get(ref, NO_MASK).running is not None

    def _inherited(
        self,
        layer: Layer,
        path: str,
        received: Received,
        sources: Sequence[TracedTensor],
        use: MaskUse,
    ) -> tuple[CarriedMask | None, CarriedMask | None, CarriedMask | None]:
        """Return the mask that a call makes, and those of its output as it runs and is built."""
        traits, inner = traits_of(layer.type), layer.arguments.get("layer")
        if traits.makes_mask:
            made = made_mask(layer, path, sources[0])
            return made, made, made
        if traits.mask == "within" and isinstance(inner, Layer):
            made, running, _ = self._inherited(inner, path, received, sources, use)
            return made, running, None
        tensors = [source.tensor for source in sources]
        noted = output_mask(layer, tensors, received.noted)
        if use is MaskUse.IMPOSSIBLE:
            return None, None, noted
        return None, output_mask(layer, tensors, received.running), noted

    def _loss(
        self, node: Node, path: str, received: Received, running: CarriedMask | None
    ) -> Lost | None:
        """Return where the mask of an output without one was lost, if there ever was one."""
        if running is not None:
            return None
        mask = received.mask()
        if mask is not None:
            return Lost(_maker(mask), path)
        before = (self.masks.get(ref, NO_MASK).lost for ref in node.refs)
        return next((each for each in before if each is not None), None)


def mask_of_model(
    found: TensorMask, graph: Graph, within: MaskTracker, rows: Mapping[str, Row]
) -> MaskReport | None:
    """Return what a model within the model does with a mask, from the rows of its calls by name.

    `within` are the masks in it.
    """
    mask = None if found.running is None else found.running.mask
    inputs = (Ref(model_input.name) for model_input in graph.inputs)
    masked = {ref for ref in inputs if within.masks.get(ref, NO_MASK).running is not None}
    uses = _uses_within(graph, masked, rows)
    if mask is None and found.lost is None and not uses:
        return None
    use, maker = uses[0] if uses else (MaskUse.NONE, "")
    made, ended = found.lost or (_maker(mask) or maker, "")
    return MaskReport(made, use, output=mask, ended=ended)


def _uses_within(
    graph: Graph, masked: Iterable[Ref], rows: Mapping[str, Row]
) -> list[tuple[MaskUse, str]]:
    """Return what the layers that read other steps first do with masks, and whose these are.

    None where one of them reads masked steps; `masked` are the inputs that have some.
    """
    unread, uses = set(masked), []
    for node in graph.nodes:
        row = rows.get(node.name)
        if traits_of(per_step_chain(node.layer)[-1].type).makes_mask:
            unread.update(node.refs)
        if unread.isdisjoint(node.refs) or (row is not None and not row.used):
            continue
        if row is not None and row.mask is not None and row.mask.leaves_out:
            uses.append((row.mask.use, row.mask.made))
        elif row is not None and Peculiarity.ONE_INPUT_AFTER_THE_OTHER in row.remarks:
            return []  # a masked step is one of its output's, at another place
        elif row is not None and row.time is not None and _reads_each(row.time):
            unread |= {Ref(node.name, index) for index in range(len(row.outputs))}
        else:
            return []
    return uses


def _reads_each(time: TimeReport) -> bool:
    """Whether step t reads step t, by its rule or by the numbers behind its names."""
    ends = [end for span in time.windows for end in (span.first, span.last)]
    numbers = [end.substitute(end.numbers()) for end in ends]
    return time.reads == "each" or (bool(ends) and all(end == STEP for end in numbers))


def bound_masks(received: Received, layer: Layer) -> dict[str, object]:
    """Return the arguments that a rule gets for the masks that its call receives.

    What a mask depends on is in what its tensor depends on, unless the layer lays it over other
    steps than those it was made for, or reads the mask of a step and not the step.
    """
    inner = layer.arguments.get("layer")
    mirrored = isinstance(inner, Layer) and inner.arguments.get("unroll") is True
    elsewhere = mirrored or layer.arguments.get("go_backwards") is True
    elsewhere = elsewhere or traits_of(layer.type).mask_use in {
        MaskUse.MEAN, MaskUse.LAST_AXES, MaskUse.KEYS,
    }  # fmt: skip
    arguments = {
        name: each.traced
        if elsewhere or each.mask.reversed
        else TracedTensor(each.traced.tensor, {})
        for name, each in received.arguments.items()
    }
    rule = find_rule(layer.type)
    if rule is None or "mask" in arguments:
        return dict(arguments)
    if any(each.tensor.rank != 2 for each in arguments.values()):
        return {}
    if not rule.takes_list:
        return dict(arguments)
    if "value_mask" not in arguments:
        return {}
    value = arguments["value_mask"]
    return {"mask": (arguments.get("query_mask", TracedTensor(value.tensor, {})), value)}


def masked_itself(received: Received) -> bool:
    """Whether a step that may attend to nothing is masked itself, and returns 0."""
    query, value = (received.arguments.get(name) for name in ROLES[:2])
    return query is not None and value is not None and _repeats(query.mask, value.mask)


def _repeats(query: Mask, value: Mask) -> bool:
    """Whether a step of a query is masked just as the step of the value that it is a copy of.

    A query of the same steps over and over comes to each at that step or after it; a value may
    begin with the steps of the query.
    """
    begins = value.marks.marks[0] if isinstance(value.marks, Beside) else value.marks
    if query.marks in (value.marks, begins):
        return True
    return isinstance(query.marks, Beside) and set(query.marks.marks) == {value.marks}


def returning_0(plain: Facts, masked: Facts) -> Facts:
    """Return what an Attention that is `masked_itself` states, of that without and with masks.

    Only its scores, which are not set to 0, show the steps that attend to nothing.
    """
    reading = plain.reaches[0]
    if not isinstance(reading, Mapping) or not isinstance(read := reading["inputs"], tuple):
        return masked
    own = {**reading, "mask": (each(plain.outputs[0].steps), read[1])}
    return plain._replace(reaches=(own, *masked.reaches[1:]))


def with_masks_read(
    layer: Layer, facts: Facts, groups: Sources, received: Received
) -> tuple[Facts, Sources]:
    """Let outputs read the masks that no rule reads.

    An Attention returns 0 at the masked steps of its query. Masks that lie in another order than
    the steps are read step by step where several tensors become one, else as a whole.
    """
    (first, *others) = groups[next(iter(groups))]
    if traits_of(layer.type).idempotent and all(other is first for other in others):
        return facts, groups
    read = _masks_read(layer, received)
    if not read or not {"mask", *ROLES}.isdisjoint(groups):
        return facts, groups

    def with_masks(index: int) -> Reading:
        reading, steps = facts.reaches[index], facts.outputs[index].steps
        own = dict(reading) if isinstance(reading, Mapping) else dict.fromkeys(groups, reading)
        at_step = Reach() if index else each(steps)  # no score of a masked query is 0
        reaches = (
            at_step if by_step else everything(mask.tensor.steps, steps) for mask, by_step in read
        )
        return {**own, "masks": tuple(reaches)}

    reaches = tuple(map(with_masks, range(len(facts.outputs))))
    return facts._replace(reaches=reaches), {**groups, "masks": tuple(mask for mask, _ in read)}


def _masks_read(layer: Layer, received: Received) -> list[tuple[TracedTensor, bool]]:
    """Return masks that no rule reads, each with whether it is read step by step."""
    if traits_of(layer.type).mask_use is MaskUse.OTHERS:
        return [(x.traced, True) for x in received.running if x is not None and x.mask.reversed]
    if mask_use(layer, received.arguments) is MaskUse.NONE:
        return []
    rule = find_rule(layer.type)
    listed = rule is not None and rule.takes_list
    return [
        (x.traced, listed and role == "query_mask")
        for role, x in received.arguments.items()
        if x.mask.reversed or (listed and role == "query_mask")
    ]


def _use(node: Node, received: Received, sources: Sequence[TracedTensor]) -> MaskUse:
    layer, causal = node.layer, node.call.get("use_causal_mask") is True
    if received.not_passed:
        return MaskUse.NOT_PASSED
    tensors = [source.tensor for source in sources]
    if traits_of(layer.type).mask in ("joins", "lays beside"):
        check_joined(layer, tensors, received.noted)
        return join_use(layer, tensors, received.running)
    if not fits_steps(layer, tensors[0], received.arguments):
        return MaskUse.IMPOSSIBLE
    if not attention_fits(layer, tensors[0], received.arguments, causal=causal):
        return MaskUse.IMPOSSIBLE
    return mask_use(layer, received.arguments)


def _attends_to_itself(received: Received) -> bool:
    """Whether a step of the query that is not masked is left to attend to: the value's own."""
    masks = {name: each.mask for name, each in received.arguments.items()}
    query, value = masks.pop("query_mask", None), masks.get("value_mask")
    if query is None or value is None or not _repeats(query, value):
        return False
    return {each.marks for each in masks.values()} == {value.marks}


def _explicit_masks(node: Node, bound: Mapping[str, object]) -> dict[str, CarriedMask]:
    """Return the masks among the arguments that a model gives itself."""
    found: dict[str, CarriedMask] = {}
    for name, given in node.call.items():
        tensors = bound.get(name)
        if name == "mask" or name in ROLES:
            refs = given if isinstance(given, tuple) else (given,)
            traced = tensors if isinstance(tensors, tuple) else (tensors,)
            names = ROLES if isinstance(given, tuple) else (name,)
            found |= {
                role: carried(Mask(x.tensor.shape, Made(str(ref))), x)
                for role, ref, x in zip(names, refs, traced, strict=False)
                if isinstance(x, TracedTensor)
            }
    return found


def _is_noted(node: Node, bound: Mapping[str, object]) -> bool:
    """Whether Keras notes the mask of a call: one tensor, of the dtype that the layer computes in.

    It converts all else first, and notes the arguments as they were before.
    """
    tensor = next(iter(bound.values()))
    policy = str(node.layer.arguments.get("dtype") or "float32").removeprefix("mixed_")
    return not node.call and isinstance(tensor, TracedTensor) and tensor.tensor.dtype == policy


def _present(names: Sequence[str], masks: Masks) -> dict[str, CarriedMask]:
    pairs = zip(names, masks, strict=False)
    return {name: mask for name, mask in pairs if mask is not None}


def _maker(mask: Mask | None) -> str:
    """The path of the call that made a mask, or the first of several."""
    return next(iter(makers(mask.marks)), "") if mask is not None else ""


def _makes_steps(facts: Facts, sources: Sequence[TracedTensor]) -> bool:
    """Whether the output counts steps and nothing that is read does (RepeatVector)."""
    return facts.outputs[0].time is not None and all(x.tensor.time is None for x in sources)
