"""Steps that no mask marks: what they depend on, where masked steps depend on more.

At a masked step a causal MultiHeadAttention attends to everything. A layer that leaves out masked
steps reads none of that: an LSTM behind it looks back only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqinspect.analysis.masks import NO_MASK, Unmasked, masked_itself
from seqinspect.analysis.tracing import trace_output
from seqinspect.model.graph import Ref
from seqinspect.model.masks import ATTENDING, MaskUse
from seqinspect.model.remarks import Peculiarity
from seqinspect.rules import traits_of
from seqinspect.time.reach import Reach, each

if TYPE_CHECKING:
    from seqinspect.analysis.masks import MaskTracker, Received
    from seqinspect.analysis.tracing import Sources, TracedTensor
    from seqinspect.model.facts import Facts, Reading
    from seqinspect.model.graph import Node
    from seqinspect.model.masks import Marks, MaskReport

    Tensors = Mapping[Ref, TracedTensor]


def with_unmasked_steps(
    masks: MaskTracker, node: Node, groups: Sources, received: Received, tensors: Tensors
) -> Sources:
    """Return what a call reads, with unmasked steps alone where it leaves out the masked ones.

    `tensors` are all that there are so far.
    """
    mask = received.arguments.get("mask")
    if mask is not None and traits_of(node.layer.type).mask_use is MaskUse.STATE:
        whole = len(mask.mask.symbolic) == 2 and not mask.mask.reversed
        return _replaced(masks, node, groups, mask.mask.marks, tensors) if whole else groups
    if traits_of(node.layer.type).mask_use is MaskUse.OTHERS:
        return _merged(masks, node, groups, received, tensors)
    of_queries = received.arguments.get("query_mask")
    if of_queries is None:
        return groups
    found = _replaced(masks, node, groups, of_queries.mask.marks, tensors)
    if "mask" in groups and masked_itself(received):
        return found
    return {**groups, "query": found["query"]} if "query" in groups else groups


def note_unmasked_steps(  # noqa: PLR0917 - a call, and all that is known of it
    masks: MaskTracker,
    node: Node,
    facts: Facts,
    plain: Facts,
    groups: Sources,
    report: MaskReport | None,
    tensors: Tensors,
) -> None:
    """Enter what the unmasked steps of a call's output depend on, where that is less.

    The scores of an attention have the steps of its query, as its first output has. `plain` is what
    its rule states without the masks.
    """
    ref = Ref(node.name)
    marks = _marks_of(masks, node)
    if marks is None:
        return
    own = _replaced(masks, node, groups, marks, tensors)
    readings: list[Reading]
    if (
        report is not None
        and report.use in ATTENDING
        and (Peculiarity.MASKED_ATTEND_TO_ALL in facts.remarks or len(facts.outputs) > 1)
    ):
        readings = list(map(_of_unmasked_query, plain.reaches, facts.reaches))
    elif own is not groups and _reads_each_step(facts):
        readings = [facts.reaches[0]]
    else:
        return
    for index, (output, reading) in enumerate(zip(facts.outputs, readings, strict=False)):
        if output.stepped:
            traced = trace_output(output, reading, own, tensors[ref].path)
            masks.unmasked[Ref(node.name, index)] = Unmasked(marks, traced)


def _marks_of(masks: MaskTracker, node: Node) -> Marks | None:
    """Return which steps of an output the masked ones are: by its mask, or by what it reads."""
    own = masks.masks.get(Ref(node.name), NO_MASK)
    carried = own.running or own.noted
    if carried is not None:
        return carried.mask.marks
    return next((masks.unmasked[ref].marks for ref in node.refs if ref in masks.unmasked), None)


def _replaced(
    masks: MaskTracker, node: Node, groups: Sources, marks: Marks, tensors: Tensors
) -> Sources:
    """Return the tensors that a call reads, each with what its unmasked steps depend on."""
    found = {
        id(tensors[ref]): masks.unmasked[ref].traced
        for ref in node.refs
        if ref in masks.unmasked and masks.unmasked[ref].marks == marks
    }
    if not found:
        return groups
    return {
        name: tuple(found.get(id(traced), traced) for traced in group)
        for name, group in groups.items()
    }


def _merged(
    masks: MaskTracker, node: Node, groups: Sources, received: Received, tensors: Tensors
) -> Sources:
    """Return what a Maximum or Minimum reads: a masked step of its first input, if of any.

    That counts where the step is masked in all of them.
    """
    (name, group), *others = groups.items()
    found = list(group)
    for index, (ref, mask) in enumerate(zip(node.sources, received.running, strict=True)):
        left = masks.unmasked.get(ref)
        read = not index and all(received.running)
        if not read and left is not None and mask is not None and left.marks == mask.mask.marks:
            found[index] = left.traced
    return {name: tuple(found), **dict(others)}


def _of_unmasked_query(reading: Reading, masked: Reading) -> Reading:
    """Return what a step of the query reads that is left to attend to: its band, of masks too.

    `reading` is that without masks, `masked` with them.
    """
    if not isinstance(reading, Mapping) or not isinstance(masked, Mapping):
        return masked
    if "value" in reading:
        return {**dict.fromkeys(masked, reading["value"]), **reading}
    tensors = reading["inputs"]  # query, value and it may be key, which has the mask of the value
    return {**reading, "mask": (Reach(), tensors[-1] if isinstance(tensors, tuple) else tensors)}


def _reads_each_step(facts: Facts) -> bool:
    """Whether an output step reads the same step of all that is read at all."""
    reading = facts.reaches[0]
    found: list[Reach] = []
    for reach in [reading] if isinstance(reading, Reach) else reading.values():
        found += [reach] if isinstance(reach, Reach) else reach
    return all(reach == each(facts.outputs[0].steps) for reach in found if reach)
