"""Hints for the recurrent layers: states as a second input, statefulness with a fixed batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, literal, symbol
from tests.rules.judge.draw import Draft, Draw, draws

if TYPE_CHECKING:
    from seqinspect.model.facts import Tensor

STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}


@draws("LSTM", "GRU", "SimpleRNN")
def recurrent(draw: Draw, layer: str) -> Draft:
    if draw.chance(0.2):
        draw.batch = symbol("batch", 3)
    options = draw.options(layer, use_cudnn=lambda: draw.choice(["auto", False]))
    if draw.batch.value is None and not draw.wrong():
        options.pop("stateful", None)
    x = draw.sequence(time=draw.choice([1, 1, 1, 2, None]))
    inputs: dict[str, Tensor | tuple[Tensor, ...]] = {"sequences": x}
    spoiled = ""
    if draw.chance(0.3):
        count = STATES[layer]
        if draw.wrong():  # GRU does not look at a second state
            count, spoiled = count + 1, "the value of initial_state"
        inputs["initial_state"], unfit = states(draw, count, options["units"])
        spoiled = spoiled or unfit
    if draw.chance(0.15):
        inputs["mask"] = mask(draw, x, options["units"])
    return Draft(layer, options, inputs, spoiled=spoiled, loose="initial_state" in inputs)


def mask(draw: Draw, x: Tensor, units: object) -> Tensor:
    """Which steps count: (batch, time), or seldom one with a third axis."""
    shape = [x.shape[1]]
    if draw.chance(0.2):
        shape.append(literal(draw.choice([1, units if isinstance(units, int) else 1])))
    return draw.tensor(*shape, time=1 if x.time == 1 else None, dtype="bool")


def states(draw: Draw, count: int, units: object) -> tuple[tuple[Tensor, ...], str]:
    """Initial states; now and then one of another size, and then the words for it."""
    size: Expr = literal(units if isinstance(units, int) else 1)
    found = [draw.tensor(size) for _ in range(count)]
    if not draw.wrong():
        return tuple(found), ""
    found[-1] = draw.tensor(size + 1)
    return tuple(found), "the size of a state"
