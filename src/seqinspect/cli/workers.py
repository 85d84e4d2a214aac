"""Where tasks are done: in this process, in several, or by workers of Dask.

What a worker does depends on nothing but its task, so that a task may be done anywhere, and again
where a worker died. Results come in the order of the tasks.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, TypeVar

from seqinspect.cli.ahead import AHEAD, ahead
from seqinspect.errors import refuse
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers(NamedTuple):
    """Who computes: the workers of a scheduler, if one is named, else so many processes."""

    jobs: int = 1
    scheduler: str = ""

    @property
    def elsewhere(self) -> bool:
        """Whether it is not this process."""
        return bool(self.scheduler) or self.jobs > 1


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], workers: Workers
) -> Iterator[Result]:
    """Yield the result of each item, in order.

    Raises SpecError where the scheduler cannot be reached or is lost.
    """
    if workers.scheduler:
        from seqinspect.cli.cluster import by_dask  # noqa: PLC0415 - only with --scheduler

        yield from by_dask(work, items, workers.scheduler)
    elif workers.jobs > 1:
        yield from _in_processes(work, items, workers.jobs)
    else:
        yield from map(work, items)


def _in_processes(
    work: Callable[[Item], Result], items: Iterable[Item], jobs: int
) -> Iterator[Result]:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only with --jobs
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415
    from multiprocessing import active_children, get_context  # noqa: PLC0415

    others = {*active_children()}
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_ignore_interrupts
    ) as pool:
        try:
            yield from ahead(lambda item: pool.submit(work, item).result, items, jobs * AHEAD)
        except BrokenProcessPool:
            refuse(
                "a process that computes was ended",
                expected="--jobs processes that run to their end",
                remedy="fewer of them, if the memory was too small: --jobs 1",
                about="jobs",
            )
        except BaseException:  # Ctrl-C: nothing that was begun is ended
            for process in {*active_children()} - others:
                process.terminate()
            pool.shutdown(cancel_futures=True)
            raise


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it ends it
