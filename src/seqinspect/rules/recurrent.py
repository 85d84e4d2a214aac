"""Recurrent layers: LSTM, GRU, SimpleRNN. One set of weights, applied at every time step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from seqinspect.errors import refuse
from seqinspect.facts import Facts, Tensor, Tensors, Weight
from seqinspect.reach import Reach, everything, prefix, reversed_prefix
from seqinspect.rules.arguments import (
    Activation,
    Constraint,
    Initializer,
    Rate,
    Regularizer,
    Size,
)
from seqinspect.rules.common import agree, need_known, need_rank, shape_text
from seqinspect.rules.core import GLOROT, ORTHOGONAL, ZEROS
from seqinspect.rules.registry import rule

Weights = Callable[[Size], list[Weight]]


@rule("LSTM")
def lstm(
    sequences: Tensor,
    initial_state: Tensors | None = None,
    mask: Tensor | None = None,
    *,
    units: Size,
    activation: Activation = "tanh",
    recurrent_activation: Activation = "sigmoid",
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    recurrent_initializer: Initializer = ORTHOGONAL,
    bias_initializer: Initializer = ZEROS,
    unit_forget_bias: bool = True,
    kernel_regularizer: Regularizer = None,
    recurrent_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    recurrent_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    seed: int | None = None,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
    use_cudnn: Literal["auto", True, False] = "auto",
) -> Facts:
    """4 gates, each of x·kernel + h·recurrent_kernel + bias; c = f·c + i·g, h = o·tanh(c)."""

    def weights(features: Size, steps: Size) -> list[Weight]:
        return [
            Weight("kernel", (features, 4 * units), used=steps),
            Weight("recurrent_kernel", (units, 4 * units), used=steps),
            *([Weight("bias", (4 * units,))] if use_bias else []),
        ]

    return recurrent(
        sequences,
        initial_state,
        mask,
        weights,
        units=units,
        states=2,
        return_sequences=return_sequences,
        return_state=return_state,
        go_backwards=go_backwards,
        stateful=stateful,
        unroll=unroll,
    )


@rule("GRU")
def gru(
    sequences: Tensor,
    initial_state: Tensors | None = None,
    mask: Tensor | None = None,
    *,
    units: Size,
    activation: Activation = "tanh",
    recurrent_activation: Activation = "sigmoid",
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    recurrent_initializer: Initializer = ORTHOGONAL,
    bias_initializer: Initializer = ZEROS,
    kernel_regularizer: Regularizer = None,
    recurrent_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    recurrent_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    seed: int | None = None,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
    reset_after: bool = True,
    use_cudnn: Literal["auto", True, False] = "auto",
) -> Facts:
    """3 gates, each of x·kernel + h·recurrent_kernel + bias; h = z·h + (1−z)·g.

    With reset_after (the default since Keras 2.1) there is one bias for x and one for h.
    """

    def weights(features: Size, steps: Size) -> list[Weight]:
        bias = (2, 3 * units) if reset_after else (3 * units,)
        return [
            Weight("kernel", (features, 3 * units), used=steps),
            Weight("recurrent_kernel", (units, 3 * units), used=steps),
            *([Weight("bias", bias)] if use_bias else []),
        ]

    return recurrent(
        sequences,
        initial_state,
        mask,
        weights,
        units=units,
        states=1,
        return_sequences=return_sequences,
        return_state=return_state,
        go_backwards=go_backwards,
        stateful=stateful,
        unroll=unroll,
    )


@rule("SimpleRNN")
def simple_rnn(
    sequences: Tensor,
    initial_state: Tensors | None = None,
    mask: Tensor | None = None,
    *,
    units: Size,
    activation: Activation = "tanh",
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    recurrent_initializer: Initializer = ORTHOGONAL,
    bias_initializer: Initializer = ZEROS,
    kernel_regularizer: Regularizer = None,
    recurrent_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    recurrent_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
    seed: int | None = None,
) -> Facts:
    """H = tanh(x·kernel + h·recurrent_kernel + bias)."""

    def weights(features: Size, steps: Size) -> list[Weight]:
        return [
            Weight("kernel", (features, units), used=steps),
            Weight("recurrent_kernel", (units, units), used=steps),
            *([Weight("bias", (units,))] if use_bias else []),
        ]

    return recurrent(
        sequences,
        initial_state,
        mask,
        weights,
        units=units,
        states=1,
        return_sequences=return_sequences,
        return_state=return_state,
        go_backwards=go_backwards,
        stateful=stateful,
        unroll=unroll,
    )


def recurrent(
    sequences: Tensor,
    initial_state: Tensors | None,
    mask: Tensor | None,
    weights: Callable[[Size, Size], list[Weight]],
    *,
    units: Size,
    states: int,
    return_sequences: bool,
    return_state: bool,
    go_backwards: bool,
    stateful: bool,
    unroll: bool,
) -> Facts:
    """What all recurrent layers have in common, once their weights are known."""
    need_rank(sequences, 3, "(batch, time, features)")
    batch, steps, features = sequences.shape
    need_known(features, "the number of features")
    if stateful:
        _check_batch(sequences)
    if mask is not None:
        _check_mask(mask, sequences, units)
    for state in initial_state or ():
        if state.rank != 2 or not agree(state.features, units):
            refuse(
                f"needs states of shape (batch, units) and receives {shape_text(state.shape)}",
                received=shape_text(state.shape),
                expected=shape_text((batch, units)),
                argument="initial_state",
                about="shape",
            )
    if initial_state is not None and len(initial_state) != states:
        given = len(initial_state)
        refuse(
            f"has {states} state{'s' * (states > 1)}, and `initial_state` gives {given}",
            received=f"{given} tensor{'s' * (given != 1)}",
            expected=f"{states} of shape (batch, units)",
            argument="initial_state",
            about="shape",
        )
    along = _along_time(sequences)
    end = sequences.to(batch, units, time=None, fold=None, masked=False, holds="all")
    if along:
        end = replace(end, holds="first" if go_backwards else "last")
    output, reads, reach = end, "all", everything(sequences.steps)
    if return_sequences:
        output = sequences.to(
            batch, steps, units, time=1 if along else None, fold=None, holds="" if along else "all"
        )
        if along:
            reads, reach = _running(sequences, go_backwards=go_backwards)
    ends = (end,) * states if return_state else ()
    return Facts(
        outputs=(output, *ends),
        reads=reads,  # type: ignore[arg-type]  # one of the words of Reads
        reaches=tuple(
            {
                "sequences": reading,
                "mask": reading,
                "initial_state": tuple(everything(state.steps) for state in initial_state or ()),
            }
            for reading in (reach, *[everything(sequences.steps)] * len(ends))
        ),
        weights=tuple(weights(features, steps)),
        applications=steps,
        remark=_remark(sequences, backwards=go_backwards, stateful=stateful, unroll=unroll),
    )


def _along_time(sequences: Tensor) -> bool:
    """Whether the axis that it recurs along counts time steps, or begins to count them."""
    return sequences.time == 1 or (sequences.time is None and sequences.fold is None)


def _check_mask(mask: Tensor, sequences: Tensor, units: Size) -> None:
    fits = mask.rank == 2 or (mask.rank == 3 and agree(mask.features, units))
    if not fits:
        refuse(
            f"needs a mask of shape (batch, time) and receives {shape_text(mask.shape)}",
            received=shape_text(mask.shape),
            expected=shape_text(sequences.shape[:2]),
            argument="mask",
            about="shape",
        )


def _check_batch(sequences: Tensor) -> None:
    if sequences.shape[0].value is None:
        refuse(
            "is stateful, and the batch size is not fixed: Keras keeps one state for each sample",
            received="batch size not known",
            expected="a fixed batch size",
            remedy="write the input as {shape: […], batch: 32}, or set stateful: false",
            argument="stateful",
            about="batch",
        )


def _running(sequences: Tensor, *, go_backwards: bool) -> tuple[str, Reach]:
    reads = "suffix" if go_backwards else "prefix"
    if sequences.time is None:
        return reads, everything(sequences.steps)
    return reads, (reversed_prefix if go_backwards else prefix)(sequences.steps)


def _remark(sequences: Tensor, *, backwards: bool, stateful: bool, unroll: bool) -> str:
    remarks = []
    if not _along_time(sequences):
        remarks.append("time is not axis 1 here: it recurs along another axis")
    if backwards:
        remarks.append("reads from the end: outputs come in reversed order")
    if sequences.masked:
        remarks.append("masked steps are skipped: the state passes them unchanged")
    if stateful:
        remarks.append("stateful: the state continues from the batch before")
    if unroll and sequences.shape[1].value is None:
        remarks.append("unrolled: it runs only on batches whose number of steps is fixed")
    return "; ".join(remarks)
