"""The row of a call: its shapes, weights and counts, where it stands, and its remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import as_expr
from seqinspect.analysis.unsupported import unsupported_within
from seqinspect.model.graph import Ref
from seqinspect.model.nesting import translations_of
from seqinspect.model.remarks import StartsFrom
from seqinspect.model.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.analysis.application import FactsReport
    from seqinspect.model.facts import Facts
    from seqinspect.model.graph import Graph, Layer, Node
    from seqinspect.model.reasons import Reason
    from seqinspect.model.report import TimeReport


def row_of(
    node: Node,
    stated: FactsReport,
    time: TimeReport | None,
    outer: Row | None,
    *,
    graph: Graph,
    used: bool,
) -> Row:
    """Return the row of a call; `outer` is that of the model around it, if there is one."""
    facts = stated.facts
    reuses = node.reuses or (outer.reuses if outer is not None else None)
    return Row(
        name=node.name,
        path=path_of(node, outer),
        depth=0 if outer is None else outer.depth + 1,
        type=node.layer.type,
        place=node.place,
        sources=tuple(map(str, node.sources)),
        reuses=reuses,
        outputs=stated.outputs,
        weights=stated.weights,
        formula=as_expr(0) if reuses else stated.formula,
        multiply_adds=stated.multiply_adds,
        time=time,
        block=block_of(node, outer),
        unsupported=_unsupported_reason(node.layer, facts),
        complete=facts.unsupported is None or reuses is not None,
        translated=translations_of(node.layer) if graph.keras else (),
        used=used,
        remarks=(*facts.remarks, *_initial_state(node)),
        call=tuple(_tensors_of_call(node)),
    )


def row_again(
    row: Row, node: Node, time: TimeReport | None, outer: Row | None, *, graph: Graph, used: bool
) -> Row:
    """Return the row of a call that is equal to one before it."""
    return row._replace(
        name=node.name,
        path=path_of(node, outer),
        depth=0 if outer is None else outer.depth + 1,
        place=node.place,
        sources=tuple(map(str, node.sources)),
        time=time,
        block=block_of(node, outer),
        translated=translations_of(node.layer) if graph.keras else (),
        used=used,
    )


def path_of(node: Node, outer: Row | None) -> str:
    """Return the path of a call."""
    return node.name if outer is None else f"{outer.path}/{node.name}"


def block_of(node: Node, outer: Row | None) -> tuple[str, int, int] | None:
    """Return where a call, or the model that it is in, stands in a `repeat`."""
    if node.block is not None:
        return node.block.name, node.block.index, node.block.count
    return None if outer is None else outer.block


def _tensors_of_call(node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the call arguments that are tensors, with the outputs that they name."""
    for argument, value in node.call.items():
        entries = value if isinstance(value, tuple) else (value,)
        names = tuple(str(each) for each in entries if isinstance(each, Ref))
        if names:
            yield argument, names


def _initial_state(node: Node) -> tuple[StartsFrom, ...]:
    """Return whose states a recurrent layer starts from instead of zeros, if any's."""
    given = node.call.get("initial_state")
    states = given if isinstance(given, tuple) else (given,)
    names = dict.fromkeys(state.name for state in states if isinstance(state, Ref))
    return (StartsFrom(tuple(names)),) if names else ()


def _unsupported_reason(layer: Layer, facts: Facts) -> Reason | None:
    """Return why a call is not stated by a rule; None where it is."""
    if layer.unsupported is not None:
        return layer.unsupported.reason
    inside = unsupported_within(layer) if facts.outputs[0].unknown_shape else None
    return facts.unsupported or inside
