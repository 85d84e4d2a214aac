"""The options that say how a model is run, for commands that compute its memory in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seqinspect.cli.options import IntegerInRange
from seqinspect.space.quantities import OPTIMIZERS, Running

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_STREAMS = 10**12


def running_options(
    memory: str, training: str
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command --batch and --optimizer, as it names the memory that hangs on each."""

    def decorated(command: Callable[..., int]) -> Callable[..., int]:
        batch = click.option(
            "--batch", type=IntegerInRange(1, 10**18), default=Running().batch, show_default=True,
            metavar="N", help=f"Samples at once, for {memory}.",
        )  # fmt: skip
        optimizer = click.option(
            "--optimizer", type=click.Choice(OPTIMIZERS), default=Running().optimizer,
            show_default=True, help=f"What trains it, for {training}.",
        )  # fmt: skip
        return batch(optimizer(command))

    return decorated


def streams_option(kept: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command --streams, as it names what they keep."""
    return click.option(
        "--streams", type=IntegerInRange(1, MAX_STREAMS), default=Running().streams, metavar="N",
        help=f"Streams at once, for {kept}.",
    )  # fmt: skip
