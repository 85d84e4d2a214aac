"""What a terminal shows while somebody waits, and no longer: rich's status and progress."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from seqinspect.output.screen import is_terminal, screen_of
from seqinspect.output.text import encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from rich.console import Console

Item = TypeVar("Item")


@contextmanager
def status(text: str) -> Iterator[None]:
    """Say what happens while the block runs, if standard error is a terminal."""
    with _console() as console:
        if console is None:
            yield
            return
        from rich.text import Text  # noqa: PLC0415 - only for a terminal

        from seqinspect.output.renderers.terminal import style  # noqa: PLC0415 - it imports rich

        spinner = "dots" if console.encoding.startswith("utf") else "line"
        said = Text(encoded(text, console.encoding))
        with console.status(said, spinner=spinner, spinner_style=style("formula")):
            yield


def watched(
    items: Iterable[Item], total: int, name: Callable[[Item], str], first: str = ""
) -> Generator[Item, None, None]:
    """Yield items, and show how many of them are done; `first` is said until one is."""
    with _console() if total > 1 else _nothing() as console:
        if console is None:
            yield from items
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - only for a terminal

        from seqinspect.output.renderers.terminal import style  # noqa: PLC0415 - it imports rich

        columns = (
            BarColumn(complete_style=style("formula"), finished_style=style("formula")),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(encoded(first, console.encoding), total=total)
            for item in items:
                shown = encoded(name(item), console.encoding)
                progress.update(task, advance=1, description=shown)
                yield item


@contextmanager
def _console() -> Iterator[Console | None]:
    """Give a console on the terminal that standard error is; None where it is none.

    It writes past `sys.stderr`, which is diverted while TensorFlow loads.
    """
    if not is_terminal(sys.stderr) or os.environ.get("TERM") == "dumb":
        yield None
        return
    from seqinspect.output.renderers.terminal import console_of  # noqa: PLC0415 - it imports rich

    screen = screen_of(sys.stderr)
    with os.fdopen(
        os.dup(sys.stderr.fileno()), "w", encoding=screen.encoding, errors="replace"
    ) as file:
        yield console_of(screen._replace(terminal=True), file)


@contextmanager
def _nothing() -> Iterator[None]:
    yield None
