"""Hints for EinsumDense and ReversibleEmbedding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import literal
from seqinspect.model.facts import Fold
from seqinspect.records import replace
from tests.rules.judge.draw import Draft, Draw, draws

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr

EQUATIONS = (
    "ab,bc->ac",
    "abc,cd->abd",
    "abc,cde->abde",
    "abc,bcd->abd",
    "abcd,cde->abe",
    "abc,cd->adb",
    "abc,bd->adc",
    "abc,bd->abcd",
    "abc,cd->ad",
    "abc,c->ab",
    "abc,b->abc",
    "...x,xy->...y",
    "...xy,yz->...xz",
    "...xy,xyz->...z",
    "ab...,bc->ac...",
    "ab...,bcd->adc...",
    "abc...,cd->abd...",
)
WRONG = (
    "ab, bc->ac",
    "abc,cd",
    "ab,bce->ac",
    "ab,bc->acd",
    "...a,ab->b",
    "aa,ab->ab",
    "abc,cd->bad",
)


@draws("EinsumDense")
def einsum_dense(draw: Draw, layer: str) -> Draft:
    wrong = draw.wrong(0.06)
    equation = draw.choice(WRONG if wrong else EQUATIONS)
    left, _, output = equation.partition("->")
    own, _, kernel = left.partition(",")
    letters = {name: draw.size() for name in dict.fromkeys(own + kernel) if name.isalpha()}
    elided = [draw.spatial(4) for _ in range(draw.integer(0, 2))] if "..." in own else []
    axes = [letters[name] for name in own if name.isalpha()]
    sizes: list[Expr] = [*elided, *axes] if own.startswith("...") else [*axes, *elided]
    if elided or not own.startswith("..."):  # otherwise the batch is what `...` stands for
        sizes = sizes[1:]
    free = [name for name in output if name.isalpha()]
    given = [
        letters[name].value
        for name in (free if output.startswith("...") else free[1:])
        if name in letters
    ]
    open_sizes = [
        None if name in own and name not in kernel and draw.chance(0.3) and not draw.real else size
        for name, size in zip(free[-len(given) :] if given else [], given, strict=True)
    ]
    if draw.wrong(0.05):
        open_sizes = [*open_sizes, 3] if draw.chance(0.5) else open_sizes[1:]
    shape: object = open_sizes
    options = draw.options(
        layer,
        equation=equation,
        output_shape=shape,
        bias_axes=lambda: "".join(draw.random.sample(free, min(len(free), draw.integer(1, 2)))),
    )
    if draw.chance(0.2):
        options["lora_rank"] = draw.number()
    if options.get("lora_rank") and not draw.wrong():
        options.pop("kernel_constraint", None)
    rank = len(sizes) + 1
    time = draw.choice([*range(1, rank), None]) if rank > 1 else None
    x = draw.tensor(*sizes, time=time)
    if time is None and draw.chance(0.5):
        x = replace(x, fold=Fold(literal(1), x.features, literal(1)), time_summary="folded")
    spoiled = "the value of equation" if wrong else ""
    # Keras states the axes that `...` stands for in reversed order, where they are several.
    return Draft(layer, options, {"inputs": x}, spoiled=spoiled, loose="..." in equation)


@draws("ReversibleEmbedding")
def reversible_embedding(draw: Draw, layer: str) -> Draft:
    options = draw.options(layer, reverse_dtype=lambda: draw.choice([None, "float32"]))
    if draw.real:
        options.pop("reverse_dtype", None)
    if draw.chance(0.2):
        options["lora_rank"] = draw.number()
    if options.get("lora_rank") and not draw.wrong():
        options.pop("embeddings_constraint", None)
    if draw.chance(0.5):
        features = options["output_dim"]
        x = draw.any_tensor(low=2, high=4)
        if x.fold is None and isinstance(features, int):
            x = x.to(
                *x.shape[:-1], draw.named(features), time=x.time if x.time != x.rank - 1 else None
            )
        return Draft(layer, options, {"inputs": x, "reverse": True})
    x = draw.any_tensor(low=1, high=4, dtype="int32")
    below = options["input_dim"]
    return Draft(layer, options, {"inputs": x}, below=below if isinstance(below, int) else 2)
