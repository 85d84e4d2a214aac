"""Hints for the recurrent layers: states as a second input, statefulness with a fixed batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra import Expr, literal, symbol
from tests.rules.judge.draw import Draft, Draw, draws

if TYPE_CHECKING:
    from seqinspect.facts import Tensor

STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}


@draws("LSTM", "GRU", "SimpleRNN")
def recurrent(draw: Draw, layer: str) -> Draft:
    if draw.chance(0.2):
        draw.batch = symbol("batch", 3)
    options = draw.options(layer, never=("use_cudnn",))
    if draw.batch.value is None and not draw.wrong():
        options.pop("stateful", None)
    x = draw.sequence(time=draw.choice([1, 1, 1, 2, None]))
    inputs: dict[str, Tensor | tuple[Tensor, ...]] = {"sequences": x}
    if draw.chance(0.3):
        inputs["initial_state"] = states(draw, STATES[layer], options["units"])
    return Draft(layer, options, inputs)


def states(draw: Draw, count: int, units: object) -> tuple[Tensor, ...]:
    """Initial states; now and then one too many or one of another size."""
    size: Expr = literal(units if isinstance(units, int) else 1)
    found = [draw.tensor(size) for _ in range(count)]
    if draw.wrong():
        if draw.chance(0.5):
            found.append(draw.tensor(size))
        else:
            found[-1] = draw.tensor(size + 1)
    return tuple(found)
