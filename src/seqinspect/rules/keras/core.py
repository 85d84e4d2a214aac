"""Core layers: Dense, Embedding, Masking, Activation, Identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import as_expr, prod
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Tensor, Weight
from seqinspect.model.remarks import MaskedValue, Peculiarity
from seqinspect.records import replace
from seqinspect.rules.objects import Named
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import (
    every_step,
    need_known,
    need_min_rank,
    over_axes,
    positions,
    replace_axis,
)
from seqinspect.rules.traits import Traits
from seqinspect.time.reach import everything

if TYPE_CHECKING:
    from seqinspect.rules.arguments import (
        Activation,
        Constraint,
        Initializer,
        Real,
        Regularizer,
        Size,
    )

GLOROT = Named("GlorotUniform")
ZEROS = Named("Zeros")
ONES = Named("Ones")
ORTHOGONAL = Named("Orthogonal")
UNIFORM = Named("RandomUniform")


@rule(
    "Dense",
    traits=Traits(
        weights_by_features=True, one_kernel=True, dense=True, on_last_axis=True, mask="passes"
    ),
)
def dense(
    inputs: Tensor,
    *,
    units: Size,
    activation: Activation = None,
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    bias_initializer: Initializer = ZEROS,
    kernel_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    lora_rank: Size | None = None,
    lora_alpha: Real | None = None,
    quantization_config: None = None,
) -> Facts:
    """y = x·kernel + bias on the last axis, the same kernel and bias at every position.

    (batch, …, features) gives (batch, …, units). The number of features must be known.

    Source: keras.layers.Dense.
    """
    need_min_rank(inputs, 2, "(batch, …, features)")
    features = inputs.features
    need_known(features, "the number of features")
    used = positions(inputs)
    weights = [Weight("kernel", (features, units), used, trainable=lora_rank is None)]
    weights += [Weight("bias", (units,))] if use_bias else []
    products: Size = 0
    if lora_rank is not None:
        _no_constraint_with_lora("kernel_constraint", kernel_constraint)
        weights += _lora("lora_kernel", features, lora_rank, units)
        products = features * lora_rank * units
    reads, reach = over_axes(inputs, (inputs.rank - 1,))
    return Facts(
        outputs=(replace_axis(inputs, inputs.rank - 1, units),),
        reads=reads,
        reaches=(reach,),
        weights=tuple(weights),
        applications=used,
        products=products,
    )


@rule("Embedding", traits=Traits(looks_up=True, one_kernel=True, makes_mask=True, label="Embed"))
def embedding(
    inputs: Tensor,
    *,
    input_dim: Size,
    output_dim: Size,
    embeddings_initializer: Initializer = UNIFORM,
    embeddings_regularizer: Regularizer = None,
    embeddings_constraint: Constraint = None,
    mask_zero: bool = False,
    weights: None = None,
    lora_rank: Size | None = None,
    lora_alpha: Real | None = None,
    quantization_config: None = None,
) -> Facts:
    """Row inputs[i] of a table: a look-up, without a multiplication.

    Integers (batch, T), all below input_dim, give (batch, T, output_dim).

    Source: keras.layers.Embedding.
    """
    table = [Weight("embeddings", (input_dim, output_dim), trainable=lora_rank is None)]
    products: Size = 0
    if lora_rank is not None:
        _no_constraint_with_lora("embeddings_constraint", embeddings_constraint)
        table += _lora("lora_embeddings", input_dim, lora_rank, output_dim)
        products = input_dim * lora_rank * output_dim
    output = replace(
        inputs,
        shape=(*inputs.shape, as_expr(output_dim)),
        fold=None,
    )
    reads, reach = over_axes(inputs, ())
    if inputs.fold is not None:
        if inputs.fold.outer == inputs.fold.inner == 1:
            output = replace(output, time=inputs.rank - 1, time_summary="")
        else:
            output = replace(output, time_summary="all")
            reads, reach = "all", everything(inputs.steps)
    return Facts(
        outputs=(output,),
        reads=reads,
        reaches=(reach,),
        weights=tuple(table),
        applications=prod(inputs.shape[1:]),
        products=products,
        remarks=(Peculiarity.MASKS_INDEX_0,) if mask_zero else (),
    )


def _lora(name: str, rows: Size, rank: Size, columns: Size) -> list[Weight]:
    """Two factors whose product Keras adds to the frozen weight, once a call; never in float16."""
    return [
        Weight(f"{name}_a", (rows, rank), dtype="float32"),
        Weight(f"{name}_b", (rank, columns), dtype="float32"),
    ]


def _no_constraint_with_lora(argument: str, constraint: Constraint) -> None:
    if constraint is not None:
        refuse(
            f"cannot have both `lora_rank` and `{argument}`",
            received=constraint.type,
            expected="one of the two",
            remedy=f"leave out `{argument}`",
            argument=argument,
            about="value",
        )


@rule("Masking", traits=Traits(keeps_shape=True, weightless=True, passes_on=True, makes_mask=True))
def masking(inputs: Tensor, *, mask_value: Real = 0.0) -> Facts:
    """Passes x on; steps whose features all equal mask_value are masked.

    The mask is (batch, T); the layers after it that take a mask leave these steps out.

    Source: keras.layers.Masking.
    """
    return every_step(
        inputs,
        inputs,
        remarks=(MaskedValue(mask_value),),
    )


@rule("Activation", traits=Traits(keeps_shape=True, weightless=True, mask="passes"))
def activation(inputs: Tensor, *, activation: Activation) -> Facts:
    """y = f(x), element by element (softmax: over the last axis).

    Source: keras.layers.Activation.
    """
    if activation in ("softmax", "log_softmax", "sparsemax"):
        reads, reach = over_axes(inputs, (inputs.rank - 1,))
        return Facts((inputs,), reads, (reach,), applications=positions(inputs))
    return every_step(inputs, inputs)


@rule(
    "Identity",
    keeps_dtype=True,
    traits=Traits(keeps_shape=True, weightless=True, passes_on=True, mask="passes"),
)
def identity(inputs: Tensor) -> Facts:
    """y = x.

    Source: keras.layers.Identity.
    """
    return every_step(inputs, inputs)
