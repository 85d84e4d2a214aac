"""What a config wants that is never done for it: code to be run, a file to be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import Problem
from seqinspect.model.nesting import layers_of
from seqinspect.model.reasons import CodeArgument
from seqinspect.rules.reason_text import reason_text, translation_text

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph, Layer

MAX_PROBLEMS = 20
"""So many layers of one model are named."""

REMEDY = "write it with Keras's own layers, or load it only if you trust its author"


def unsafe_problems(graph: Graph) -> list[Problem]:
    """Return a problem for each layer that wants code run or a file opened."""
    problems = []
    for layer in layers_of(graph):
        reason, place = unsafe_reason(layer), layer.place
        if reason:
            problems.append(
                Problem(
                    f"{layer.type} `{layer.name}` {reason}",
                    expected="layers that their config states alone",
                    remedy=REMEDY,
                    place=place,
                    line=graph.line(place) if place is not None else "",
                    about="unsafe",
                )
            )
    return problems[:MAX_PROBLEMS]


def unsafe_reason(layer: Layer) -> str:
    """Say what a layer wants that is never done; empty if nothing."""
    if layer.unsupported is not None and layer.unsupported.unsafe:
        return reason_text(layer.unsupported.reason)
    code = [each for each in layer.translated if isinstance(each, CodeArgument)]
    return f"has an argument that is code: {translation_text(code)}" if code else ""
