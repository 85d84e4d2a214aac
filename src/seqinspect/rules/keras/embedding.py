"""ReversibleEmbedding: a table that is read by index, or multiplied with to find the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Tensor, Weight
from seqinspect.records import replace
from seqinspect.rules.keras.core import UNIFORM, embedding
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import (
    agree,
    need_min_rank,
    over_axes,
    positions,
    replace_axis,
    shape_text,
)
from seqinspect.rules.traits import Traits

if TYPE_CHECKING:
    from seqinspect.rules.arguments import Constraint, DType, Initializer, Real, Regularizer, Size

FAMILY = "core"


@rule("ReversibleEmbedding", traits=Traits(looks_up=True, one_kernel=True, makes_mask=True))
def reversible_embedding(
    inputs: Tensor,
    reverse: bool = False,
    *,
    input_dim: Size,
    output_dim: Size,
    tie_weights: bool = True,
    embeddings_initializer: Initializer = UNIFORM,
    embeddings_regularizer: Regularizer = None,
    embeddings_constraint: Constraint = None,
    mask_zero: bool = False,
    reverse_dtype: DType | None = None,
    logit_soft_cap: Real | None = None,
    lora_rank: Size | None = None,
    lora_alpha: Real | None = None,
    quantization_config: None = None,
) -> Facts:
    """Row inputs[i] of a table; with `call: {reverse: true}`, x·tableᵀ: a score for each row.

    tie_weights: false gives the way back a table of its own.

    Source: keras.layers.ReversibleEmbedding; Press and Wolf (2017).
    """
    found = embedding(
        inputs,
        input_dim=input_dim,
        output_dim=output_dim,
        embeddings_constraint=embeddings_constraint,
        mask_zero=mask_zero,
        lora_rank=lora_rank,
    )
    table, *others = found.weights
    if lora_rank is not None and not tie_weights:
        refuse(
            "cannot have both `lora_rank` and weights that are not tied",
            received="`tie_weights: false` with `lora_rank`",
            expected="one of the two",
            argument="lora_rank",
            about="value",
        )
    if not tie_weights:
        others.append(Weight("reverse_embeddings", (output_dim, input_dim)))
    if not reverse:
        return found._replace(weights=(table, *others))
    need_min_rank(inputs, 2, "(batch, …, features)")
    if not agree(inputs.features, output_dim):
        refuse(
            f"multiplies with rows of {found.outputs[0].features.text()} numbers"
            f" and receives {shape_text(inputs.shape)}",
            received=shape_text(inputs.shape),
            expected=f"{found.outputs[0].features.text()} features",
            argument="output_dim",
            about="shape",
        )
    used = positions(inputs)
    if tie_weights:
        table = table._replace(used=used)
    else:
        others[-1] = others[-1]._replace(used=used)
    reads, reach = over_axes(inputs, (inputs.rank - 1,))
    return Facts(
        outputs=(replace(replace_axis(inputs, inputs.rank - 1, input_dim)),),
        reads=reads,
        reaches=(reach,),
        weights=(table, *others),
        applications=used,
        products=found.products if tie_weights else 0,
    )
