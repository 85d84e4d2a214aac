"""Core layers: Dense, Embedding, Masking, Activation, Identity."""

from __future__ import annotations

from dataclasses import replace

from seqinspect.errors import refuse
from seqinspect.facts import Facts, Tensor, Weight
from seqinspect.reach import each
from seqinspect.rules.arguments import (
    Activation,
    Constraint,
    Initializer,
    Real,
    Regularizer,
    Size,
)
from seqinspect.rules.common import (
    every_step,
    need_known,
    need_min_rank,
    over_axes,
    positions,
    replace_axis,
)
from seqinspect.rules.objects import Named
from seqinspect.rules.registry import rule

GLOROT = Named("GlorotUniform")
ZEROS = Named("Zeros")
ONES = Named("Ones")
ORTHOGONAL = Named("Orthogonal")
UNIFORM = Named("RandomUniform")


@rule("Dense")
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
    """y = x·kernel + bias on the last axis, the same kernel and bias at every position."""
    need_min_rank(inputs, 2, "(batch, …, features)")
    features = inputs.features
    need_known(features, "the number of features")
    used = positions(inputs)
    weights = [Weight("kernel", (features, units), used, trainable=not lora_rank)]
    weights += [Weight("bias", (units,))] if use_bias else []
    if lora_rank:
        weights.append(Weight("lora_kernel_a", (features, lora_rank), used))
        weights.append(Weight("lora_kernel_b", (lora_rank, units), used))
    reads, reach = over_axes(inputs, (inputs.rank - 1,))
    return Facts(
        outputs=(replace_axis(inputs, inputs.rank - 1, units),),
        reads=reads,
        reaches=(reach,),
        weights=tuple(weights),
        applications=used,
    )


@rule("Embedding")
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
    """Row inputs[i] of a table: a look-up, without a multiplication."""
    table = [Weight("embeddings", (input_dim, output_dim), trainable=not lora_rank)]
    if lora_rank:
        table.append(Weight("lora_embeddings_a", (input_dim, lora_rank)))
        table.append(Weight("lora_embeddings_b", (lora_rank, output_dim), inputs.steps))
    return Facts(
        outputs=(
            replace(
                inputs, shape=(*inputs.shape, output_dim), masked=inputs.masked or mask_zero
            ),
        ),
        reads="each",
        reaches=(each(inputs.steps),),
        weights=tuple(table),
        applications=positions(inputs) * inputs.features,
        remark="index 0 is masked: recurrent layers skip such steps" if mask_zero else "",
    )


@rule("Masking")
def masking(inputs: Tensor, *, mask_value: Real = 0.0) -> Facts:
    """Passes x on; steps whose features all equal mask_value are masked."""
    need_min_rank(inputs, 2, "(batch, time, …)")
    return every_step(
        inputs,
        replace(inputs, masked=True),
        remark=f"steps whose features all equal {mask_value:g} are skipped by layers that use masks",
    )


@rule("Activation")
def activation(inputs: Tensor, *, activation: Activation) -> Facts:
    """y = f(x), element by element (softmax: over the last axis)."""
    if activation is None:
        refuse("`activation` cannot be null", expected="the name of a Keras activation",
               argument="activation", about="value")
    if activation in ("softmax", "log_softmax", "sparsemax"):
        reads, reach = over_axes(inputs, (inputs.rank - 1,))
        return Facts((inputs,), reads, (reach,), applications=positions(inputs))
    return every_step(inputs, inputs)


@rule("Identity")
def identity(inputs: Tensor) -> Facts:
    """y = x."""
    return every_step(inputs, inputs)
