"""How much some work is, whatever the machine: lines run, or units of a reference piece of work."""

from __future__ import annotations

import gc
import math
import sys
from time import process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from _typeshed import TraceFunction

HANG = 1800
"""Seconds after which what a test waits for is taken to wait forever, however busy the machine."""


def lines(work: Callable[[], object]) -> int:
    """Count the lines of Python that some work runs, when it is done again; a loop's each time."""
    work()
    count = 0

    def on_event(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return on_event

    before = sys.gettrace()
    sys.settrace(on_event)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def growth(cost: Callable[[int], int], size: int) -> float:
    """Return the exponent by which a cost grows with a size: 1 is linear, 2 is its square.

    The difference of two sizes takes out what any size costs.
    """
    one, two, four = (cost(size * factor) for factor in (1, 2, 4))
    return math.log2((four - two) / (two - one))


def units(work: Callable[[], object]) -> float:
    """Return the processor time of some work, divided by that of `reference` around it.

    It also counts what runs below Python: the parser of YAML, products of long numbers. As other
    processes take from caches and memory now and then, a bound needs room: a few times what was
    measured.
    """
    before = _seconds(reference)
    taken = _seconds(work)
    return min(taken / before, units_of(taken))


def units_of(seconds: float) -> float:
    """Return processor time that some work just took in units of what `reference` takes now."""
    return seconds / _seconds(reference)


def reference() -> None:
    """Make, look up, sort and join small objects, as the command does all the time.

    A unit of work: 2 s of processor time are about 100 where import of Keras takes 2.4 s.
    """
    words = {f"layer_{at}": (at * 7919 % 40_009, str(at)) for at in range(32_000)}
    ordered = sorted(words, key=lambda name: words[name][0])
    assert len(", ".join(ordered)) > len(words)


def _seconds(work: Callable[[], object]) -> float:
    """Return the processor time of some work, with no garbage collector: so the command runs."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        begun = process_time()
        work()
        return process_time() - begun
    finally:
        if collecting:
            gc.enable()
