"""Recurrent layers: LSTM, GRU, SimpleRNN. One set of weights, applied at every time step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.errors import refuse
from seqinspect.model.facts import Carried, Facts, Tensor, Tensors, TimeSummary, Weight
from seqinspect.model.masks import MaskUse
from seqinspect.model.remarks import Peculiarity
from seqinspect.rules.keras.core import GLOROT, ORTHOGONAL, ZEROS
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import agree, need_known, need_rank, shape_text
from seqinspect.rules.traits import STATE_NAMES, Traits
from seqinspect.time.reach import Reach, everything, prefix, reversed_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.remarks import Remark
    from seqinspect.rules.arguments import (
        Activation,
        Constraint,
        Initializer,
        Rate,
        Regularizer,
        Size,
    )


@rule(
    "LSTM",
    traits=Traits(
        axes=3,
        recurrent=True,
        states=2,
        weights_by_features=True,
        gates=("input", "forget", "cell", "output"),
        fused_kernel={"recurrent_activation": "sigmoid", "use_bias": True, "unroll": False},
        weights_in_cell=True,
        mask="sequences",
        mask_use=MaskUse.STATE,
    ),
)
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
    """4 gates, each of x·kernel + h·recurrent_kernel + bias; c = f·c + i·g, h = o·tanh(c).

    (batch, T, features) gives h at the last step, (batch, units), or with return_sequences at
    every step, (batch, T, units); with return_state also the last h and c. The columns of both
    kernels are i, f, g, o.

    Source: keras.layers.LSTM; Hochreiter and Schmidhuber (1997), with the forget gate of Gers
    et al. (2000).
    """
    steps, features = sequence(sequences)
    return recurrent(
        sequences,
        initial_state,
        mask,
        lstm_weights(features, units, use_bias=use_bias, used=steps),
        output=(units,),
        states=((units,), (units,)),
        return_sequences=return_sequences,
        return_state=return_state,
        go_backwards=go_backwards,
        stateful=stateful,
        unroll=unroll,
    )


@rule(
    "GRU",
    traits=Traits(
        axes=3,
        recurrent=True,
        states=1,
        weights_by_features=True,
        gates=("update", "reset", "candidate"),
        fused_kernel={
            "recurrent_activation": "sigmoid",
            "use_bias": True,
            "unroll": False,
            "reset_after": True,
        },
        weights_in_cell=True,
        mask="sequences",
        mask_use=MaskUse.STATE,
    ),
)
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
    """3 gates z, r, g, each of x·kernel + h·recurrent_kernel + bias; h = z·h + (1−z)·g.

    In g the reset gate r multiplies h. With reset_after (the default since TensorFlow 2) it
    multiplies h·recurrent_kernel + bias instead, and there is one bias for x and one for h.
    (batch, T, features) gives h at the last step, (batch, units), or with return_sequences at
    every step, (batch, T, units); with return_state also the last h. The columns of both
    kernels are z, r, g.

    Source: keras.layers.GRU; Cho et al. (2014).
    """
    steps, features = sequence(sequences)
    return recurrent(
        sequences,
        initial_state,
        mask,
        gru_weights(features, units, use_bias=use_bias, reset_after=reset_after, used=steps),
        output=(units,),
        states=((units,),),
        return_sequences=return_sequences,
        return_state=return_state,
        go_backwards=go_backwards,
        stateful=stateful,
        unroll=unroll,
    )


@rule(
    "SimpleRNN",
    traits=Traits(
        axes=3,
        recurrent=True,
        states=1,
        weights_by_features=True,
        gates=("state",),
        weights_in_cell=True,
        mask="sequences",
        mask_use=MaskUse.STATE,
        label="RNN",
    ),
)
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
    """h = tanh(x·kernel + h·recurrent_kernel + bias).

    (batch, T, features) gives h at the last step, (batch, units), or with return_sequences at
    every step, (batch, T, units); with return_state also the last h.

    Source: keras.layers.SimpleRNN; Elman (1990).
    """
    steps, features = sequence(sequences)
    return recurrent(
        sequences,
        initial_state,
        mask,
        simple_rnn_weights(features, units, use_bias=use_bias, used=steps),
        output=(units,),
        states=((units,),),
        return_sequences=return_sequences,
        return_state=return_state,
        go_backwards=go_backwards,
        stateful=stateful,
        unroll=unroll,
    )


def lstm_weights(
    features: Size, units: Size, *, use_bias: bool, used: Size = 1
) -> tuple[Weight, ...]:
    """Weights of 4 gates; one sample multiplies with them `used` times."""
    return _weights(features, units, 4 * units, (4 * units,) if use_bias else None, used)


def gru_weights(
    features: Size, units: Size, *, use_bias: bool, reset_after: bool, used: Size = 1
) -> tuple[Weight, ...]:
    """Weights of 3 gates; with reset_after there is one bias for x and one for h."""
    bias = (2, 3 * units) if reset_after else (3 * units,)
    return _weights(features, units, 3 * units, bias if use_bias else None, used)


def simple_rnn_weights(
    features: Size, units: Size, *, use_bias: bool, used: Size = 1
) -> tuple[Weight, ...]:
    """Weights without gates."""
    return _weights(features, units, units, (units,) if use_bias else None, used)


def _weights(
    features: Size, units: Size, columns: Size, bias: tuple[Size, ...] | None, used: Size
) -> tuple[Weight, ...]:
    return (
        Weight("kernel", (features, columns), used),
        Weight("recurrent_kernel", (units, columns), used),
        *([Weight("bias", bias)] if bias is not None else []),
    )


def sequence(sequences: Tensor) -> tuple[Expr, Expr]:
    """The steps and the features of (batch, time, features); refused where it is none."""
    need_rank(sequences, 3, "(batch, time, features)")
    _, steps, features = sequences.shape
    need_known(features, "the number of features")
    return steps, features


def recurrent(
    sequences: Tensor,
    initial_state: Tensors | None,
    mask: Tensor | None,
    weights: tuple[Weight, ...],
    *,
    output: tuple[Size, ...],
    states: tuple[tuple[Size, ...], ...],
    return_sequences: bool,
    return_state: bool,
    go_backwards: bool,
    stateful: bool,
    unroll: bool,
    summary: Reach | None = None,
    names: tuple[str, ...] = STATE_NAMES,
) -> Facts:
    """What all recurrent layers have in common, once their weights are known.

    `output` and `states` are shapes of one sample, without its batch; `names` are those of the
    states. `summary` is what the last output reads: all steps unless stated.
    """
    batch, steps = sequences.shape[:2]
    if stateful:
        _check_batch(sequences)
    if mask is not None:
        _check_mask(mask, sequences, (output, *states), unroll=unroll)
        if unroll:
            _check_mask_steps(mask, sequences)
    _check_states(initial_state, tuple((batch, *state) for state in states))
    along = along_time(sequences)
    time_summary: TimeSummary = ("first" if go_backwards else "last") if along else "all"
    whole = everything(sequences.steps) if summary is None else summary
    last, *ends = (
        sequences.to(batch, *shape, time=None, fold=None, time_summary=time_summary)
        for shape in (output, *(states if return_state else ()))
    )
    first, reads, reach = last, "all", whole
    if return_sequences:
        first = sequences.to(
            batch,
            steps,
            *output,
            time=1 if along else None,
            fold=None,
            time_summary="" if along else "all",
        )
        if along:
            reads, reach = _running(sequences, go_backwards=go_backwards)
    return Facts(
        outputs=(first, *ends),
        reads=reads,  # type: ignore[arg-type]  # one of the words of Reads
        reaches=tuple(
            {
                "sequences": reading,
                "mask": reading,
                "initial_state": tuple(everything(state.steps) for state in initial_state or ()),
            }
            for reading in (reach, *[whole] * len(ends))
        ),
        weights=weights,
        applications=steps,
        remarks=tuple(
            _remarks(
                sequences,
                backwards=go_backwards and return_sequences,
                stateful=stateful,
                unroll=unroll,
            )
        ),
        carried=tuple(map(Carried, names, states)) if along else (),
    )


def _check_states(initial_state: Tensors | None, expected: tuple[tuple[Size, ...], ...]) -> None:
    if initial_state is None:
        return
    for state, shape in zip(initial_state, expected, strict=False):
        if state.rank != len(shape) or not all(map(agree, state.shape[1:], shape[1:])):
            refuse(
                f"needs states of shape {_words(shape)} and receives {shape_text(state.shape)}",
                received=shape_text(state.shape),
                expected=shape_text(shape),
                argument="initial_state",
                about="shape",
            )
    if len(initial_state) != len(expected):
        received, count = len(initial_state), len(expected)
        shapes = " and ".join(dict.fromkeys(map(_words, expected)))
        refuse(
            f"has {count} state{'s' * (count > 1)}, and `initial_state` gives {received}",
            received=f"{received} tensor{'s' * (received != 1)}",
            expected=f"{count} of shape {shapes}",
            argument="initial_state",
            about="shape",
        )


def _words(shape: tuple[Size, ...]) -> str:
    """The shape of a state in words, where it is the usual one."""
    return "(batch, units)" if len(shape) == 2 else shape_text(shape)


def along_time(sequences: Tensor) -> bool:
    """Whether the axis that it recurs along counts time steps, or begins to count them."""
    return sequences.time == 1 or not sequences.stepped


def _check_mask(
    mask: Tensor, sequences: Tensor, shapes: tuple[tuple[Size, ...], ...], *, unroll: bool
) -> None:
    """A mask says which steps count; further axes say which parts of an output and of a state.

    Keras repeats the mask of a step along the axes that it lacks; unrolled, along all of them.
    """

    def fits(size: Size, due: Size) -> bool:
        return agree(size, 1) or (not unroll and agree(size, due))

    parts = mask.shape[2:]
    if mask.rank < 2 or not all(
        len(parts) <= len(shape) and all(map(fits, parts, shape)) for shape in shapes
    ):
        refuse(
            f"needs a mask of shape (batch, time) and receives {shape_text(mask.shape)}",
            received=shape_text(mask.shape),
            expected=shape_text(sequences.shape[:2]),
            argument="mask",
            about="shape",
        )


def _check_mask_steps(mask: Tensor, sequences: Tensor) -> None:
    """Refuse a mask that ends before the steps do: an unrolled layer asks for each of them."""
    has, due = mask.shape[1].value, sequences.shape[1].value
    if has is not None and due is not None and has < due:
        refuse(
            f"has {due} steps, and its mask has {has}",
            received=shape_text(mask.shape),
            expected=shape_text(sequences.shape[:2]),
            argument="mask",
            about="shape",
        )


def _check_batch(sequences: Tensor) -> None:
    if sequences.shape[0].is_unfixed:
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


def _remarks(
    sequences: Tensor, *, backwards: bool, stateful: bool, unroll: bool
) -> Iterator[Remark]:
    if not along_time(sequences):
        yield Peculiarity.OTHER_AXIS_RECURS
    if backwards:
        yield Peculiarity.REVERSED
    if stateful:
        yield Peculiarity.STATEFUL
    if unroll and sequences.shape[1].is_unfixed:
        yield Peculiarity.UNROLLED
