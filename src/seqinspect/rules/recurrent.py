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
    """h = tanh(x·kernel + h·recurrent_kernel + bias)."""

    def weights(features: Size, steps: Size) -> list[Weight]:
        return [
            Weight("kernel", (features, units), used=steps),
            Weight("recurrent_kernel", (units, units), used=steps),
            *([Weight("bias", (units,))] if use_bias else []),
        ]

    return recurrent(
        sequences,
        initial_state,
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
    _check_options(sequences, stateful=stateful, unroll=unroll)
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
        refuse(
            f"has {states} state{'s' * (states > 1)}, and `initial_state` gives {len(initial_state)}",
            received=f"{len(initial_state)} tensors",
            expected=f"{states} of shape (batch, units)",
            argument="initial_state",
            about="shape",
        )
    over_time = sequences.time in (None, 1)
    end = sequences.to(
        batch, units, time=None, holds=("first" if go_backwards else "last"), masked=False
    )
    if not over_time:
        end = replace(end, holds="all")
    output, reads, reach = end, "all", everything(sequences.steps)
    if return_sequences:
        output = sequences.to(batch, steps, units, time=1 if over_time else None)
        if over_time:
            reads, reach = _running(sequences, go_backwards=go_backwards)
    ends = (end,) * states if return_state else ()
    return Facts(
        outputs=(output, *ends),
        reads=reads,  # type: ignore[arg-type]  # one of the words of Reads
        reaches=(reach, *[everything(sequences.steps)] * len(ends)),
        weights=tuple(weights(features, steps)),
        applications=steps,
        remark=_remark(sequences, over_time=over_time, backwards=go_backwards, stateful=stateful),
    )


def _check_options(sequences: Tensor, *, stateful: bool, unroll: bool) -> None:
    if stateful and sequences.shape[0].value is None:
        refuse(
            "is stateful, and the batch size is not fixed: Keras keeps one state for each sample",
            received="batch size not known",
            expected="a fixed batch size",
            remedy="write the input as {shape: […], batch: 32}, or set stateful: false",
            argument="stateful",
            about="batch",
        )
    if unroll and sequences.shape[1].value is None:
        refuse(
            "cannot be unrolled: the number of time steps is not known",
            received=shape_text(sequences.shape),
            expected="a fixed number of steps",
            remedy="fix the number of steps in the input, or set unroll: false",
            argument="unroll",
            about="unknown size",
        )


def _running(sequences: Tensor, *, go_backwards: bool) -> tuple[str, Reach]:
    if go_backwards:
        return "suffix", reversed_prefix(sequences.steps)
    return "prefix", prefix(sequences.steps)


def _remark(sequences: Tensor, *, over_time: bool, backwards: bool, stateful: bool) -> str:
    remarks = []
    if not over_time:
        remarks.append("time is not axis 1 here: it recurs along another axis")
    if backwards:
        remarks.append("reads from the end: outputs come in reversed order")
    if sequences.masked:
        remarks.append("masked steps are skipped: the state passes them unchanged")
    if stateful:
        remarks.append("stateful: the state continues from the batch before")
    return "; ".join(remarks)
