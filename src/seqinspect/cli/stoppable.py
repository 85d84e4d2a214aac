"""Long computations that Ctrl-C or an error ends: what was computed before it is kept."""

from __future__ import annotations

import gc
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from seqinspect.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

Item = TypeVar("Item")


class Stoppable(Generic[Item]):
    """Items, up to the first Ctrl-C or SpecError; `reason` is that, None where there was none.

    `done` is how many there were. Ctrl-C while somebody works on an item ends them after it; a
    second one ends everything.
    """

    def __init__(self, items: Generator[Item, None, None]) -> None:
        self.items = items
        self.reason: KeyboardInterrupt | SpecError | None = None
        self.done = 0
        self.computing = False

    def __iter__(self) -> Iterator[Item]:
        with self._heeding_interrupts():
            try:
                yield from self._until_stopped()
            finally:
                self.items.close()
                gc.collect()  # what processes share is given back

    def _until_stopped(self) -> Iterator[Item]:
        while self.reason is None:
            try:
                self.computing = True
                item = next(self.items)
            except StopIteration:
                return
            except (KeyboardInterrupt, SpecError) as error:
                self.reason = error.with_traceback(None)  # its frames hold what computed
                return
            finally:
                self.computing = False
            self.done += 1
            yield item

    @property
    def is_whole(self) -> bool:
        """Whether nothing ended it before its end."""
        return self.reason is None

    @contextmanager
    def _heeding_interrupts(self) -> Iterator[None]:
        before = signal.getsignal(signal.SIGINT)
        heeds = before is signal.default_int_handler  # not under nohup, nor in a program's own way
        if heeds:
            signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            if heeds:
                signal.signal(signal.SIGINT, before)

    def _interrupt(self, _number: int, _frame: object) -> None:
        if self.computing or self.reason is not None:
            raise KeyboardInterrupt
        self.reason = KeyboardInterrupt()
