"""EinsumDense: a kernel multiplied with any axes of its input, as an equation says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from seqinspect.algebra.expression import Expr, as_expr, prod, symbol
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Tensor, Weight
from seqinspect.records import replace
from seqinspect.rules.keras.core import GLOROT, ZEROS
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import agree, need_known, on_axes, shape_text, summary_of
from seqinspect.rules.traits import Traits
from seqinspect.time.reach import each, everything

if TYPE_CHECKING:
    from seqinspect.rules.arguments import (
        Activation,
        Constraint,
        Initializer,
        Real,
        Regularizer,
        Shape,
        Size,
    )

FAMILY = "core"

EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")
OVER_THE_LAST = ("softmax", "log_softmax", "sparsemax")


@rule("EinsumDense", traits=Traits(one_kernel=True, dense=True))
def einsum_dense(
    inputs: Tensor,
    *,
    equation: str,
    output_shape: Shape,
    activation: Activation = None,
    bias_axes: str | None = None,
    kernel_initializer: Initializer = GLOROT,
    bias_initializer: Initializer = ZEROS,
    kernel_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    lora_rank: Size | None = None,
    lora_alpha: Real | None = None,
    gptq_unpacked_column_size: None = None,
    quantization_config: None = None,
) -> Facts:
    """y = einsum(equation, x, kernel) + bias: sums over the letters that y does not have.

    output_shape: the sizes of y's letters without the batch; null where x has the letter too.
    The size of every letter of the kernel must be known.

    Source: keras.layers.EinsumDense.
    """
    before, own, after, kernel, made = _letters(equation)
    names = _names(inputs, before, own, after)
    elided = tuple(name for name in names if name.isdigit())
    result = (*elided, *made) if before else (*made, *elided)
    known = dict(zip(names, inputs.shape, strict=True))
    if before:
        _check_order([known[name].value for name in elided[1:]])
    shape = _output(equation, known, result, output_shape)
    sizes = {**known, **dict(zip(result, shape, strict=True))}
    # A letter of both is a size of the input, under its name, wherever the output says its number.
    sizes |= {name: size for name, size in known.items() if sizes[name].value == size.value}
    for name in kernel:
        if name not in sizes:
            _wrong(equation, f"the kernel's `{name}` is neither in its input nor in its output")
        need_known(sizes[name], f"the size of `{name}`")
    for name in made:
        if name not in names and name not in kernel:
            _wrong(equation, f"the output's `{name}` is neither in its input nor in its kernel")
    used = prod(known[name] for name in result[1:] if name not in kernel)
    table = tuple(sizes[name] for name in kernel)
    weights = [Weight("kernel", table, used, trainable=lora_rank is None)]
    if bias_axes is not None:
        weights.append(Weight("bias", _bias(bias_axes, made, sizes, () if before else elided)))
    products: Size = 0
    if lora_rank is not None:
        _no_constraint(kernel_constraint)
        weights.append(Weight("lora_kernel_a", (*table[:-1], lora_rank), dtype="float32"))
        weights.append(Weight("lora_kernel_b", (lora_rank, table[-1]), dtype="float32"))
        products = prod(table) * lora_rank
    output = _timed(inputs, names, result, shape)
    keeps_steps = output.stepped or inputs.steps == 1
    if keeps_steps and activation in OVER_THE_LAST and on_axes(output, (output.rank - 1,)):
        keeps_steps = False
    return Facts(
        outputs=(output,),
        reads="each" if keeps_steps else "all",
        reaches=(each(inputs.steps) if keeps_steps else everything(inputs.steps),),
        weights=tuple(weights),
        applications=used,
        products=products,
    )


def _letters(equation: str) -> tuple[bool, str, bool, str, str]:
    """The parts of an equation: `...` before, letters of x, `...` after, of the kernel, of y."""
    found = EQUATION.fullmatch(equation)
    if found is None:
        _wrong(equation, "this is no equation of an input and a kernel")
    before, own, after, kernel, made_before, made, made_after = found.groups()
    if (before, after) != (made_before, made_after) or (before and after):
        _wrong(equation, "`...` must stand in input and output alike, on one side")
    if after and len(own) < 2:
        _wrong(equation, "`...` after a single letter is not understood by Keras")
    for letters in (own, kernel, made):
        twice = next((letter for letter in letters if letters.count(letter) > 1), "")
        if twice:
            _wrong(equation, f"`{twice}` stands twice in `{letters}`")
    return bool(before), own, bool(after), kernel, made


def _wrong(equation: str, what: str) -> NoReturn:
    refuse(
        f"`equation`: {what}",
        received=equation,
        expected="such as abc,cd->abd, ...x,xy->...y or ab...,bc->ac...",
        argument="equation",
        about="value",
    )


def _names(inputs: Tensor, before: bool, own: str, after: bool) -> tuple[str, ...]:
    """The letter of each axis of the input; numbers for those that `...` stands for."""
    count = inputs.rank - len(own)
    if count < 0 or (count > 0 and not before and not after):
        refuse(
            f"has an equation for {len(own)} axes and receives {inputs.rank}:"
            f" {shape_text(inputs.shape)}",
            received=shape_text(inputs.shape),
            expected=f"{'at least ' * (before or after)}{len(own)} axes",
            argument="equation",
            about="rank",
        )
    elided = tuple(map(str, range(count)))
    return (*elided, *own) if before else (*own, *elided)


def _check_order(sizes: list[int | None]) -> None:
    if sizes != sizes[::-1]:
        refuse(
            "has several axes in `...`, and Keras states their sizes in reversed order",
            received=f"`...` for the batch and {len(sizes)} axes",
            expected="a letter for each axis",
            argument="equation",
            about="value",
        )


def _output(
    equation: str, known: dict[str, Expr], result: tuple[str, ...], output_shape: Shape
) -> tuple[Expr, ...]:
    """The sizes of the output; `output_shape` has those of its letters, without the batch."""
    batch = next(iter(known))
    if result[0] != batch:
        _wrong(equation, "the batch must come first in the output too")
    letters = [name for name in result[1:] if not name.isdigit()]
    if len(output_shape) != len(letters):
        refuse(
            f"has {len(letters)} axes beside the batch in its output, and"
            f" {len(output_shape)} sizes",
            received=str(len(output_shape)),
            expected=f"one size for each of {', '.join(letters)}",
            argument="output_shape",
            about="value",
        )
    stated = dict(zip(letters, output_shape, strict=True))
    shape = [known[batch]]
    for name in result[1:]:
        if name.isdigit():
            shape.append(known[name])
            continue
        size = stated[name]
        if size == -1:
            refuse(
                "`output_shape` has a size to infer, and Keras infers none",
                received="-1",
                expected="a number, or null",
                argument="output_shape",
                about="value",
            )
        if size is None:  # Keras leaves it open, even where the input has a number
            open_size = symbol(f"size_{name}", unfixed=True)
            shape.append(known[name] if name in known and known[name].value is None else open_size)
            continue
        if name in known and (known[name].value is None or not agree(known[name], size)):
            refuse(
                f"`{name}` is {known[name].text()} in its input and {as_expr(size).text()}"
                " in its output",
                received=as_expr(size).text(),
                expected=known[name].text(),
                argument="output_shape",
                about="shape",
            )
        shape.append(as_expr(size))
    return tuple(shape)


def _timed(
    inputs: Tensor, names: tuple[str, ...], result: tuple[str, ...], shape: tuple[Expr, ...]
) -> Tensor:
    """The output: its steps lie where the letter of the time axis went, if it has one."""
    output = inputs.to(*shape, time=None, fold=None, time_summary=summary_of(inputs))
    if inputs.time is not None and names[inputs.time] in result:
        time = result.index(names[inputs.time])
        return replace(output, time=time, time_summary=inputs.time_summary)
    if inputs.fold is not None and names[-1] == result[-1]:
        return replace(output, fold=inputs.fold, time_summary=inputs.time_summary)
    return output


def _bias(
    axes: str, made: str, sizes: dict[str, Expr], elided: tuple[str, ...]
) -> tuple[Size, ...]:
    """The shape of the bias: the axes of the output from the first of its letters on."""
    if not axes or any(letter not in made for letter in axes):
        refuse(
            f"`bias_axes` {axes or 'is empty'}{' is no part of the output' if axes else ''}",
            received=axes,
            expected=f"letters out of {made}",
            argument="bias_axes",
            about="value",
        )
    first = min(made.find(letter) for letter in axes)
    for letter in axes:
        need_known(sizes[letter], f"the size of `{letter}`")
    return (*(sizes[name] if name in axes else 1 for name in made[first:]), *(1,) * len(elided))


def _no_constraint(constraint: Constraint) -> None:
    if constraint is not None:
        refuse(
            "cannot have both `lora_rank` and `kernel_constraint`",
            received=constraint.type,
            expected="one of the two",
            argument="kernel_constraint",
            about="value",
        )
