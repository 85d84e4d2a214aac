"""What Keras says when it refuses a layer, in words for the author of a spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.analysis.remedies import lost_steps_remedy
from seqinspect.errors import Problem, SpecError
from seqinspect.records import replace

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph, Node

MAX_CHARACTERS = 300
"""Characters of Keras's own reason that are passed on."""

TOO_LARGE = re.compile(r"int too large|more than 2\*\*63")

INCOMPATIBLE = re.compile(
    r"Input \d+ (?:with name '.*?' )?of layer ['\"](.*?)['\"] is incompatible with the layer: "
)
RANK = re.compile(
    r"expected (min_|max_|)ndim=(\d+), found ndim=(\d+)(?:\. Full shape received: (\(.*?\)))?"
)
RECEIVED = re.compile(r"\. Received:? ")
BOUNDS = {"": "", "min_": "at least ", "max_": "at most "}


def beyond_keras(error: Exception) -> bool:
    """Whether Keras cannot compute with these sizes; its error is no refusal then.

    TensorFlow counts in 64 bits. What does not fit there is no mistake in the spec: its rows are
    not compared, nor are those that depend on them.
    """
    limits = OverflowError | MemoryError | RecursionError
    return isinstance(error, limits) or TOO_LARGE.search(str(error)) is not None


def refused(error: Exception, node: Node, graph: Graph) -> SpecError:
    """Return Keras's refusal of a call as our error, with its place and, if known, the remedy."""
    about = f"{node.layer.type} `{node.name}`"
    if isinstance(error, SpecError):
        problems = error.at(node.place, dict(node.layer.places)).problems
        return SpecError(
            *(
                replace(
                    problem,
                    what=problem.what if about in problem.what else f"{about} {problem.what}",
                    line=problem.line or (graph.line(problem.place) if problem.place else ""),
                )
                for problem in problems
            )
        )
    text = one_line_reason(error)
    layer = INCOMPATIBLE.match(text)
    inner = layer[1] if layer and layer[1] != node.name.replace("/", "_") else ""
    text = INCOMPATIBLE.sub(f"its layer `{inner}`: " if inner else "", text)
    rank = RANK.search(text)
    text, received = RECEIVED.split(text, 1) if RECEIVED.search(text) else (text, "")
    expected = remedy = ""
    if rank is not None:
        bound, due, found, shape = rank.groups()
        received, expected = shape or f"{found} axes", f"{BOUNDS[bound]}{due} axes"
        who = f"its layer `{inner}`" if inner else "it"
        text = f"{who} needs {expected} and receives {found}"
        remedy = lost_steps_remedy(graph, node) if int(found) < int(due) else ""
    named = (where for name, where in node.layer.places.items() if f"`{name}`" in text)
    place = next(named, node.place)
    return SpecError(
        Problem(
            f"{about} is refused by Keras, though its rule accepts it: {text}",
            received=received,
            expected=expected,
            remedy=remedy,
            place=place,
            line=graph.line(place) if place else "",
            about="keras" if rank is None else "rank",
        )
    )


def one_line_reason(error: Exception) -> str:
    """Return an error of Keras or TensorFlow in one line, without what only its developers need."""
    text = str(error)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = text.rpartition("Error encountered:")[2]
    text = re.sub(r"^\s*Exception encountered when calling .*?\n", "", text)
    text = re.split(r"\n\s*(?:Arguments received by|Call arguments received by)", text)[0]
    text = re.sub(r"\{\{.*?\}\}|\[Op:\w+\]( name:.*)?|\(of type <[^>]*>\)", "", text)
    text = re.sub(r"<(?:KerasTensor|Variable)[^>]*?(shape=\([^)]*\))[^>]*>", r"\1", text)
    text = re.sub(r"(?<![\w.])(?:[A-Za-z]:)?(?:[/\\][\w.+-]+){2,}[/\\]?", "…", text)
    text = " ".join(text.split())
    if not text:
        return type(error).__name__
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"
