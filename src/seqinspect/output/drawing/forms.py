"""Forms: how each call of a model is drawn, found from what its steps read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.tracing import size_at
from seqinspect.explain.lookup import backwards
from seqinspect.output.drawing.joins import Join, join_of, probes
from seqinspect.records import NamedTuple
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.output.drawing.calls import Call, Calls, Operand
    from seqinspect.output.drawing.scene import Anchor, Flow, Form, Tensor, Way


class Read(NamedTuple):
    """How a call reads one of its tensors; of one that has to do with no step, `join` is None."""

    operand: Operand
    way: Way
    join: Join | None = None

    @property
    def stepped(self) -> bool:
        """Whether what is read has steps."""
        return self.join is not None and self.way != "whole"


class Drawn(NamedTuple):
    """How a call is drawn.

    `cells` is how many steps its boxes stand at, `steps` how many come out; 0 for those of a
    vector. `turned`: what comes out is in reversed order.
    """

    form: Form
    anchor: Anchor
    cells: int
    steps: int
    reads: tuple[Read, ...]
    flow: Flow = ""
    turned: bool = False


def drawn(calls: Calls, call: Call, anchors: Mapping[Tensor, Anchor]) -> Drawn:
    """Return how a call is drawn; `anchors` says where the tensors before it are found."""
    traced = calls.traced.get(call.row.path, (None,))[0]
    if traced is None or traced.tensor.unknown_time:
        reads = tuple(Read(each, "unknown") for each in call.operands)
        return Drawn("unknown", "middle", 0, 0, reads)
    chain = _chain(calls, call, traced)
    if chain is not None:
        return chain
    reads = tuple(_read(calls, call, traced, each) for each in call.operands)
    first = next((each for each in reads if each.stepped), None)
    count = size_at(traced.tensor.steps, calls.numbers) or 0
    if traced.stepped:
        form: Form = "slots" if traced.tensor.time is None else "boxes"
        return Drawn(form, "steps", count, count, reads)
    if first is None or first.join is None:
        return _vector(reads, anchors)
    join = first.join
    if join.only(join.inputs - 1):
        return Drawn("point", "last", 0, 0, reads)
    if join.only(0):
        return Drawn("point", "first", 0, 0, reads)
    folded = first.operand.traced
    own = call.row.time is not None and call.row.time.shared is False
    stepped = [each for each in reads if each.stepped]
    slots = own or (len(stepped) == 1 and folded is not None and folded.tensor.time is None)
    return Drawn("slots" if slots else "wide", "middle", join.inputs, 0, reads)


def _vector(reads: tuple[Read, ...], anchors: Mapping[Tensor, Anchor]) -> Drawn:
    """Return how a call on vectors is drawn: below the first that has to do with steps."""
    anchor: Anchor = "side"
    for each in reads:
        found = anchors.get(each.operand.tensor, "side")
        if found != "side" and not each.operand.masks:
            anchor = "middle" if found == "steps" else found
            break
    if anchor == "ends":
        return Drawn("wide", "middle", 0, 0, reads)
    return Drawn("point", anchor, 0, 0, reads)


def _read(calls: Calls, call: Call, traced: TracedTensor, operand: Operand) -> Read:
    source = operand.traced
    if source is None or source.tensor.unknown_time:
        return Read(operand, "unknown")
    if not source.stepped and (operand.masks or not source.depends):
        return Read(operand, "whole")
    join = join_of(traced, source, calls.numbers, calls.drawn)
    if not source.stepped:  # some steps may read it, and others not
        return Read(operand, "none" if join.nothing else "whole", None if join.nothing else join)
    if operand.masks:
        return Read(operand, "mask", join)
    if join.nothing:
        return Read(operand, "none", join)
    if join.pieces is None:
        return Read(operand, "unknown", join)
    lines = join.each or not traced.stepped or join.inputs == 1
    if not lines and not traits_of(call.row.type).attention:
        lines = join.local
    return Read(operand, "steps" if lines else "matrix", join)


def _chain(calls: Calls, call: Call, traced: TracedTensor) -> Drawn | None:
    """Return how a layer is drawn that hands a state on; None where it does no such thing."""
    row = call.row
    traits = traits_of(row.type)
    main = call.operands[0] if call.operands else None
    source = main.traced if main is not None else None
    if not traits.step_by_step or source is None or main is None or source.tensor.time is None:
        return None
    flow: Flow = "forward"
    if traits.both_directions:
        flow = "both"
    elif backwards(calls.model, row):
        flow = "backward"
    join = join_of(traced, source, calls.numbers, calls.drawn)
    sequences = traced.tensor.time is not None
    if not _hands_on(join, flow, sequences=sequences):
        return None
    ends: dict[Flow, Anchor] = {"forward": "last", "backward": "first", "both": "ends"}
    anchor: Anchor = "steps" if sequences else ends[flow]
    reads = [Read(main, "steps", join)]
    for operand in call.operands[1:]:
        state = operand.argument == "initial_state" or not (operand.argument or operand.masks)
        read = _read(calls, call, traced, operand)
        way: Way = "state" if state and not read.stepped else read.way
        reads.append(read._replace(way=way))
    count = join.outputs if sequences else 0
    turned = sequences and flow == "backward"
    return Drawn("chain", anchor, join.inputs, count, tuple(reads), flow, turned)


def _hands_on(join: Join, flow: Flow, *, sequences: bool) -> bool:
    """Whether a state that is handed on from step to step explains what is read."""
    steps = join.inputs
    if not sequences:
        return join.read(0) == [range(steps)]
    if join.outputs != steps:
        return False
    for step in probes(steps):
        expected = {
            "forward": range(step + 1),
            "backward": range(steps - 1 - step, steps),
        }.get(flow, range(steps))
        if join.read(step) != [expected]:
            return False
    return True
