"""Hints for cells, stacks of them, and the RNN layer around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import literal, symbol
from seqinspect.records import replace
from tests.rules.judge.draw import Draft, Draw, draws

if TYPE_CHECKING:
    from seqinspect.model.facts import Tensor

Options = dict[str, object]

STATES = {"LSTMCell": 2, "GRUCell": 1, "SimpleRNNCell": 1}


@draws(*STATES)
def cell(draw: Draw, layer: str) -> Draft:
    options = draw.options(layer)
    units = options["units"]
    sizes = [units if isinstance(units, int) else 1] * STATES[layer]
    first = "sequence" if layer == "SimpleRNNCell" else "inputs"
    return _step(draw, layer, options, sizes, first)


@draws("StackedRNNCells")
def stack(draw: Draw, layer: str) -> Draft:
    cells, sizes = _cells(draw, depth=2)
    if draw.wrong(0.05):
        cells = [*cells, {"Dense": {"units": 2}}]
    options = {"cells": cells, **draw.common()}
    return _step(draw, layer, options, sizes, "inputs")


@draws("RNN")
def rnn(draw: Draw, layer: str) -> Draft:
    if draw.chance(0.2):
        draw.batch = symbol("batch", 3)
    one, sizes = _cell(draw, depth=2)
    given: object = one
    if draw.chance(0.1 if draw.real else 0.4):  # a list is a stack in float32
        given, sizes = _cells(draw, depth=1)
    if draw.wrong(0.05):
        wrong = [{"Dense": {"units": 2}}, {"LSTM": {"units": 2}}, [], [one, {"GRU": {"units": 2}}]]
        given = draw.choice(wrong)
    options = draw.options(layer, cell=given)
    if draw.batch.value is None and not draw.wrong():
        options.pop("stateful", None)
    x = draw.sequence(time=draw.choice([1, 1, 1, 2, None]))
    inputs: dict[str, Tensor | tuple[Tensor, ...]] = {"sequences": x}
    spoiled = ""
    if draw.chance(0.3):
        inputs["initial_state"], spoiled = _states(draw, sizes)
    if draw.chance(0.15):
        inputs["mask"] = draw.tensor(x.shape[1], time=1 if x.time == 1 else None, dtype="bool")
    return Draft(layer, options, inputs, spoiled=spoiled, loose="initial_state" in inputs)


def _step(draw: Draw, layer: str, options: Options, sizes: list[int], first: str) -> Draft:
    """A cell called on one step and its states."""
    x = draw.tensor(draw.size(), time=draw.choice([None, None, 1]))
    x = draw.folded(x) if draw.chance(0.2) else x
    states, spoiled = _states(draw, sizes)
    return Draft(layer, options, {first: x, "states": states}, spoiled=spoiled, loose=True)


def _states(draw: Draw, sizes: list[int]) -> tuple[tuple[Tensor, ...], str]:
    """States of these sizes; now and then another number of them, or one of another size."""
    states = [draw.tensor(literal(size), time=draw.choice([None, None, 1])) for size in sizes]
    if states and draw.wrong(0.07):
        last = states[-1]
        states[-1] = replace(last, shape=(last.shape[0], last.shape[1] + 1))
        return tuple(states), "the size of a state"
    if states and draw.wrong(0.07):  # Keras does not look at the states that it does not need
        more = draw.chance(0.5) or len(states) == 1
        return tuple([*states, states[0]] if more else states[:-1]), "the value of the states"
    return tuple(states), ""


def _cell(draw: Draw, depth: int) -> tuple[Options, list[int]]:
    """A random cell, and the sizes of its states."""
    if depth and draw.chance(0.25):
        cells, sizes = _cells(draw, depth - 1)
        return {"StackedRNNCells": {"cells": cells, **draw.common()}}, sizes
    kind = draw.choice(list(STATES))
    options = draw.options(kind)
    units = options["units"]
    return {kind: options}, [units if isinstance(units, int) else 1] * STATES[kind]


def _cells(draw: Draw, depth: int) -> tuple[list[Options], list[int]]:
    """One to three random cells, and the sizes of all of their states."""
    found = [_cell(draw, depth - 1 if depth else 0) for _ in range(draw.integer(1, 3))]
    return [one for one, _ in found], [size for _, sizes in found for size in sizes]
