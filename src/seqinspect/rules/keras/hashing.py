"""Preprocessing without a vocabulary: whatever it is given falls into one of so many bins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import as_expr
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Tensor, Tensors
from seqinspect.model.remarks import Peculiarity
from seqinspect.records import replace
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import (
    agree,
    every_step,
    over_axes,
    replace_axis,
    shape_text,
    summary_of,
)
from seqinspect.rules.traits import Traits
from seqinspect.rules.wrong_values import show
from seqinspect.time.reach import everything

if TYPE_CHECKING:
    from seqinspect.rules.arguments import DType, Numbers, Size, Whole

FAMILY = "preprocessing"


@rule("Hashing", casts=False, traits=Traits(weightless=True, indexes_below=("num_bins",)))
def hashing(
    inputs: Tensor,
    *,
    num_bins: Whole,
    mask_value: int | str | None = None,
    salt: Numbers | None = None,
    output_mode: Literal["int", "one_hot", "multi_hot", "count"] = "int",
    sparse: bool = False,
    dtype: DType | None = None,
) -> Facts:
    """The hash of x, one of num_bins numbers, or that number as a vector.

    Source: keras.layers.Hashing.
    """
    _check_salt(salt)
    if output_mode == "int":
        if sparse:
            refuse(
                "`sparse` needs vectors, and `output_mode` int makes none",
                received="sparse: true",
                expected="output_mode: one_hot, multi_hot or count",
                argument="sparse",
                about="value",
            )
        if dtype not in (None, "int32", "int64"):
            refuse(
                f"returns integers, and its dtype is {dtype}",
                received=str(dtype),
                expected="int32 or int64",
                argument="dtype",
                about="value",
            )
        return every_step(inputs, replace(inputs, dtype=dtype or "int64"))
    last = inputs.rank - 1
    # Keras takes away a last axis of 1, and where another one comes before it, that too.
    if output_mode == "one_hot" and (
        inputs.rank < 2
        or not agree(inputs.features, 1)
        or (inputs.rank > 2 and inputs.shape[-2].value == 1)
    ):
        refuse(
            "makes one vector of its last axis, and Keras states another shape than it returns",
            received=shape_text(inputs.shape),
            expected="(batch, …, 1)",
            about="shape",
        )
    reads, reach = over_axes(inputs, (last,))
    floats = (dtype or "float32").removeprefix("mixed_")
    variable = "float32" if str(dtype).startswith("mixed_") else floats
    output = replace(replace_axis(inputs, last, num_bins), dtype=variable)
    if output_mode == "one_hot" or inputs.rank < 3:
        return Facts((output,), reads, (reach,))
    return Facts(
        outputs=(output.to(*output.shape, time=None, fold=None, time_summary=summary_of(inputs)),),
        reads="all",
        reaches=(everything(inputs.steps),),
        remarks=(Peculiarity.RUNS_ON_AXIS_1,),
    )


@rule("HashedCrossing", casts=False, traits=Traits(weightless=True, indexes_below=("num_bins",)))
def hashed_crossing(
    inputs: Tensors,
    *,
    num_bins: Size,
    output_mode: Literal["int", "one_hot"] = "int",
    sparse: bool = False,
    dtype: DType | None = None,
) -> Facts:
    """The hash of two features together, one of num_bins numbers, or that number as a vector.

    Source: keras.layers.HashedCrossing.
    """
    first = inputs[0]
    if len(inputs) != 2:
        refuse(
            f"crosses 2 features, and receives {len(inputs)}",
            received=f"{len(inputs)} tensors",
            expected="from: [a, b]",
            about="shape",
        )
    for x in inputs:
        wrong = x.rank == 2 and (
            not agree(x.features, 1) or x.features.value != first.features.value
        )
        if x.rank != first.rank or x.rank > 2 or wrong:
            refuse(
                f"crosses features of one number each, and receives {shape_text(x.shape)}",
                received=shape_text(x.shape),
                expected="(batch, 1), or (batch,)",
                about="shape",
            )
        if not x.dtype.startswith(("int", "uint")):
            refuse(
                f"crosses integers, and receives {x.dtype}",
                received=x.dtype,
                expected="int32 or int64",
                about="dtype",
            )
    compute = (dtype or ("int64" if output_mode == "int" else "float32")).removeprefix("mixed_")
    shape = first.shape
    if output_mode == "one_hot":
        shape = (first.shape[0], as_expr(num_bins))
    output = first.to(*shape, dtype=compute, time=None, fold=None, time_summary=summary_of(first))
    reading = tuple(everything(x.steps) for x in inputs)
    return Facts((output,), "all", ({"inputs": reading},))


def _check_salt(salt: Numbers | None) -> None:
    wrong = isinstance(salt, float) or (
        isinstance(salt, tuple) and (len(salt) != 2 or not all(isinstance(x, int) for x in salt))
    )
    if wrong:
        refuse(
            f"`salt` cannot be {show(salt)}",
            received=show(salt),
            expected="an integer, or a list of two",
            argument="salt",
            about="value",
        )
