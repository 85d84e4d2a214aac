"""A witness that a model is not causal: an output step that depends on a later input step."""

from __future__ import annotations

from seqinspect.records import NamedTuple


class Moved(NamedTuple):
    """An output step of a real model that moved when a later input step was changed.

    `steps` is how many of them the model had.
    """

    step: int
    by: int
    steps: int


class LookAhead(NamedTuple):
    """The first output step that depends on a later one, and the last that it depends on.

    `layer` is the first that looks ahead, `path` the layers between the two steps, the input first.
    `numbers` are those at which it was tried, for sizes that have none. `moved` is what an
    experiment showed of it.
    """

    step: int
    last: int
    layer: str
    path: tuple[str, ...]
    numbers: tuple[tuple[str, int], ...] = ()
    moved: Moved | None = None
