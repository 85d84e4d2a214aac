"""Pipeline: layers one after another, as one layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Part, Reads, Tensor, Weight
from seqinspect.rules.keras.wrappers import of_first
from seqinspect.rules.registry import rule
from seqinspect.time.dependence import Dependence
from seqinspect.time.reach import Reach

if TYPE_CHECKING:
    from seqinspect.model.facts import Reading
    from seqinspect.rules.arguments import Inners

FAMILY = "preprocessing"


@rule(
    "Pipeline",
    freezes=False,
    casts=False,
    lacks=("trainable", "dtype", "activity_regularizer"),
)
def pipeline(inputs: Tensor, mask: Tensor | None = None, *, layers: Inners) -> Facts:
    """The layers one after another: each reads what the one before it returns.

    Source: keras.layers.Pipeline.
    """
    if not layers:
        refuse(
            "has no layers",
            received="[]",
            expected="layers: with one entry a layer",
            argument="layers",
            about="value",
        )
    x, chain = inputs, list[tuple[Tensor, Facts]]()
    weights: list[Weight] = []
    for layer in layers:
        facts = layer.facts(x)
        if len(facts.outputs) != 1 and layer is not layers[-1]:
            refuse(
                f"passes on one tensor, and {layer.type} returns {len(facts.outputs)}",
                received=layer.type,
                expected="layers of one output",
                argument="layers",
                about="value",
            )
        chain.append((x, facts))
        x = facts.outputs[0]
        weights += [w._replace(name=f"{layer.name}/{w.name}") for w in facts.weights]
    last = chain[-1][1]
    before = [(each, facts.reaches[0]) for each, facts in chain[:-1]]
    return Facts(
        outputs=last.outputs,
        reads=_reads([facts.reads for _, facts in chain]),
        reaches=tuple(
            _composed([*before, (chain[-1][0], reading)], output)
            for output, reading in zip(last.outputs, last.reaches, strict=True)
        ),
        weights=tuple(weights),
        applications=last.applications,
        products=sum((facts.products for _, facts in chain), 0),
        parts=tuple(Part(layer, facts) for layer, (_, facts) in zip(layers, chain, strict=True)),
    )


def _reads(words: list[Reads | None]) -> Reads | None:
    """The word of the one layer that reads more than the same step; all steps if several do."""
    more = [word for word in words if word != "each"]
    return "each" if not more else more[0] if len(more) == 1 else "all"


def _composed(chain: list[tuple[Tensor, Reading]], output: Tensor) -> Reach:
    """What the last output reads of the first input."""
    found: Dependence | None = Dependence.identity(chain[0][0].steps)
    for x, reading in chain:
        stepped = x.stepped
        if found is not None and stepped:
            found = found.through(of_first(reading))
    return Reach() if found is None else found.reach(output.steps)
