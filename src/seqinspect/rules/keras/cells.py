"""Recurrent cells, one step each, and the layers around them: RNN and StackedRNNCells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import as_expr
from seqinspect.errors import refuse
from seqinspect.model.facts import FLOATS, Facts, Inner, Part, Tensor, Tensors, Weight
from seqinspect.model.masks import MaskUse
from seqinspect.records import replace
from seqinspect.rules.cell_stacks import (
    check_nesting,
    check_stack_of_one,
    check_state_dtypes,
    state_names,
    state_sizes,
)
from seqinspect.rules.keras.core import GLOROT, ORTHOGONAL, ZEROS
from seqinspect.rules.keras.recurrent import (
    gru_weights,
    lstm_weights,
    recurrent,
    sequence,
    simple_rnn_weights,
)
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import agree, need_known, need_rank, over_axes, shape_text, summary_of
from seqinspect.rules.traits import Traits
from seqinspect.time.reach import Reach, everything

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Reading as Readings
    from seqinspect.rules.arguments import (
        Activation,
        Constraint,
        Initializer,
        Inners,
        Rate,
        Regularizer,
        Size,
    )

FAMILY = "recurrent"


@rule("LSTMCell", traits=Traits(states=2))
def lstm_cell(
    inputs: Tensor,
    states: Tensors,
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
    kernel_constraint: Constraint = None,
    recurrent_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    seed: int | None = None,
) -> Facts:
    """One step of an LSTM: from x and the states h, c it makes h, and passes on h and c.

    x is (batch, features), h and c are (batch, units).

    Source: keras.layers.LSTMCell; Hochreiter and Schmidhuber (1997).
    """
    features = _step(inputs)
    _check_scaled(states[1:])
    weights = lstm_weights(features, units, use_bias=use_bias)
    return _cell(inputs, states, units, weights, count=2)


@rule("GRUCell", traits=Traits(states=1))
def gru_cell(
    inputs: Tensor,
    states: Tensors,
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
    kernel_constraint: Constraint = None,
    recurrent_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    reset_after: bool = True,
    seed: int | None = None,
) -> Facts:
    """One step of a GRU: from x and the state h it makes the next h.

    x is (batch, features), h is (batch, units).

    Source: keras.layers.GRUCell; Cho et al. (2014).
    """
    features = _step(inputs)
    _check_scaled(states[:1])
    weights = gru_weights(features, units, use_bias=use_bias, reset_after=reset_after)
    return _cell(inputs, states, units, weights, count=1)


@rule("SimpleRNNCell", traits=Traits(states=1))
def simple_rnn_cell(
    sequence: Tensor,
    states: Tensors,
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
    kernel_constraint: Constraint = None,
    recurrent_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    seed: int | None = None,
) -> Facts:
    """One step of a SimpleRNN: the next h = tanh(x·kernel + h·recurrent_kernel + bias).

    x is (batch, features), h is (batch, units).

    Source: keras.layers.SimpleRNNCell; Elman (1990).
    """
    features = _step(sequence)
    _check_dropout(sequence, states, dropout=dropout, recurrent_dropout=recurrent_dropout)
    weights = simple_rnn_weights(features, units, use_bias=use_bias)
    return _cell(sequence, states, units, weights, count=1, name="sequence")


@rule("StackedRNNCells", freezes=False, casts=False)
def stacked_rnn_cells(inputs: Tensor, states: Tensors, *, cells: Inners) -> Facts:
    """Cells one after another in one step: each reads what the one before it returns.

    Its states are those of its cells, one after another.

    Source: keras.layers.StackedRNNCells.
    """
    sizes = state_sizes(cells, "cells")
    _check_count(states, len(sizes), "states")
    return _stacked(cells, inputs, states)


@rule(
    "RNN",
    freezes=False,
    traits=Traits(
        axes=3,
        recurrent=True,
        makes_of_list="StackedRNNCells",
        mask="sequences",
        mask_use=MaskUse.STATE,
    ),
)
def rnn(
    sequences: Tensor,
    initial_state: Tensors | None = None,
    mask: Tensor | None = None,
    *,
    cell: Inner | Inners,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
) -> Facts:
    """The cell at each time step, with the same weights: its states pass from step to step.

    A list of cells is a stack of them. With return_state, the states follow the output, those
    of a stack one after another. (batch, T, features) gives the cell's output at the last step,
    or with return_sequences at every step.

    Source: keras.layers.RNN.
    """
    steps, features = sequence(sequences)
    sizes = state_sizes(cell, "cell")
    check_nesting(cell, return_state=return_state)
    masked = mask is not None
    if masked != unroll and (masked or not steps.equals(1)):
        check_stack_of_one(cell, masked=masked)
    x = sequences.to(sequences.shape[0], features, time=None, fold=None, time_summary="")
    states = tuple(x.to(x.shape[0], size, dtype="float32") for size in sizes)
    inner = _stacked(cell, x, states) if isinstance(cell, tuple) else cell.facts(x, states)
    if masked or not unroll:
        check_state_dtypes(cell, inner.outputs[1:])
    facts = recurrent(
        sequences,
        initial_state,
        mask,
        tuple(weight._replace(used=weight.used * steps) for weight in inner.weights),
        output=(inner.outputs[0].features,),
        states=tuple((size,) for size in sizes),
        return_sequences=return_sequences,
        return_state=return_state,
        go_backwards=go_backwards,
        stateful=stateful,
        unroll=unroll,
        names=state_names(cell),
    )
    return facts._replace(
        reaches=tuple(map(_of_states, facts.reaches, inner.reaches)),
        parts=inner.parts if isinstance(cell, tuple) else (Part(cell, inner),),
    )


def _of_states(reading: Readings, in_one: Readings) -> Readings:
    """What an output reads after all steps: of the initial states those that it reads in one."""
    if isinstance(reading, Reach) or isinstance(in_one, Reach):
        return reading
    initial, read = reading["initial_state"], in_one["states"]
    if isinstance(initial, Reach) or isinstance(read, Reach):
        return reading
    return {
        **reading,
        "initial_state": tuple(
            reach if once else Reach() for reach, once in zip(initial, read, strict=False)
        ),
    }


def _step(inputs: Tensor) -> Expr:
    """The features of one step; refused where it is none."""
    need_rank(inputs, 2, "(batch, features)")
    need_known(inputs.features, "the number of features")
    return inputs.features


def _cell(
    inputs: Tensor,
    states: Tensors,
    units: Size,
    weights: tuple[Weight, ...],
    *,
    count: int,
    name: str = "inputs",
) -> Facts:
    """What all cells have in common: every output and state reads the input and all states."""
    _check_count(states, count, "states")
    due = (inputs.shape[0], as_expr(units))
    for state in states:
        if state.rank != 2 or state.features.shown is None or not agree(state.features, units):
            refuse(
                f"needs states of shape (batch, units) and receives {shape_text(state.shape)}",
                received=shape_text(state.shape),
                expected=shape_text(due),
                argument="states",
                about="shape",
            )
    output = inputs.to(*due, time=None, fold=None, time_summary=summary_of(inputs))
    reads, _ = over_axes(inputs, (1,))
    return Facts(
        outputs=(output,) * (1 + count),
        reads=reads,
        reaches=(_reading(name, inputs, states),) * (1 + count),
        weights=weights,
    )


Reading = dict[str, Reach | tuple[Reach, ...]]


def _reading(name: str, inputs: Tensor, states: Tensors) -> Reading:
    """All of the input and of the states."""
    read = tuple(everything(state.steps) for state in states)
    return {name: everything(inputs.steps), "states": read}


def _passed(inputs: Tensor, before: Tensors, own: object, *, unread: int) -> Reading:
    """What a cell in a stack reads: the input and all states through the cells before it."""
    states = own["states"] if isinstance(own, Mapping) else ()
    earlier = (everything(state.steps) for state in before)
    later = (Reach(),) * unread
    return {"inputs": everything(inputs.steps), "states": (*earlier, *states, *later)}


def _stacked(cells: Inners, inputs: Tensor, states: Tensors) -> Facts:
    """Cells one after another, on as many states as they have."""
    x, rest = inputs, states
    ends: list[Tensor] = []
    reaches: list[Reading] = []
    weights: list[Weight] = []
    parts: list[Part] = []
    for cell in cells:
        own = len(state_sizes(cell, "cells"))
        facts = cell.facts(x, rest[:own])
        x, rest = facts.outputs[0], rest[own:]
        ends += facts.outputs[1:]
        before = states[: len(states) - own - len(rest)]
        reaches += [
            _passed(inputs, before, reading, unread=len(rest)) for reading in facts.reaches[1:]
        ]
        weights += [w._replace(name=f"{cell.name}/{w.name}") for w in facts.weights]
        parts.append(Part(cell, facts))
    reads, _ = over_axes(inputs, (1,))
    return Facts(
        outputs=(replace(x, time_summary=summary_of(inputs)), *ends),
        reads=reads,
        reaches=(_reading("inputs", inputs, states), *reaches),
        weights=tuple(weights),
        parts=tuple(parts),
    )


def _check_scaled(states: Tensors) -> None:
    """Refuse integers in a state that a gate scales."""
    wrong = next((state.dtype for state in states if state.dtype not in FLOATS), "")
    if wrong:
        refuse(
            f"scales its state with decimal numbers, and receives {wrong}",
            received=wrong,
            expected="float32 or another float",
            argument="states",
            about="dtype",
        )


def _check_dropout(
    inputs: Tensor, states: Tensors, *, dropout: float, recurrent_dropout: float
) -> None:
    """Refuse to drop integers: Keras draws the masks of this cell also in inference."""
    for rate, argument, tensors in (
        (dropout, "dropout", (inputs,)),
        (recurrent_dropout, "recurrent_dropout", states),
    ):
        wrong = next((x.dtype for x in tensors if x.dtype not in FLOATS), "")
        if rate > 0 and wrong:
            refuse(
                f"drops decimal numbers, and receives {wrong}",
                received=wrong,
                expected="float32 or another float",
                remedy=f"leave out `{argument}`",
                argument=argument,
                about="dtype",
            )


def _check_count(states: Tensors, count: int, argument: str) -> None:
    if len(states) != count:
        received = len(states)
        refuse(
            f"has {count} state{'s' * (count > 1)}, and `{argument}` gives {received}",
            received=f"{received} tensor{'s' * (received != 1)}",
            expected=f"{count} of shape (batch, units)",
            argument=argument,
            about="shape",
        )
