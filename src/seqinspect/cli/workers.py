"""Where blocks of a sweep are computed: in this process, in several, or by workers of Dask.

What a worker does depends on nothing but its task, so that a task may be done anywhere, and again
where a worker died. Results come in the order of the tasks.
"""

from __future__ import annotations

import contextlib
import signal
from collections import deque
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from seqinspect import __version__
from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.errors import Problem, SpecError, first_line, refuse
from seqinspect.readers.opened import open_spec
from seqinspect.readers.source.files import STANDARD_INPUT, read_bytes, standard_input
from seqinspect.readers.source.limits import LIMITS
from seqinspect.readers.spec import split_model
from seqinspect.records import NamedTuple
from seqinspect.space.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seqinspect.space.axes import Space
    from seqinspect.space.quantities import Running
    from seqinspect.space.sweep import Block

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 4
"""So many tasks for each worker are under way: results that nobody has read stay few."""

CONNECT_SECONDS = 10


class SweepTask(NamedTuple):
    """A sweep, as it goes to a worker: the text of the spec, what errors call it, and its space."""

    text: bytes
    name: str
    space: Space
    columns: tuple[str, ...]
    running: Running


class Part(NamedTuple):
    """So many points of a sweep, from the first one on."""

    task: SweepTask
    first: int
    size: int


def spec_text(spec: str) -> bytes:
    """Return what stands in the file of a spec, or on standard input. Raises SpecError."""
    if spec == STANDARD_INPUT:
        return standard_input(LIMITS)
    file, _ = split_model(spec)
    read_bytes(file, LIMITS)  # which says what is wrong with a path
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise SpecError(Problem(f"{file} cannot be read", received=first_line(error))) from None


@lru_cache(maxsize=2)
def _sweep(task: SweepTask) -> Sweep:
    read = open_spec(task.text, task.name, infer=output_shape).read
    return Sweep(task.space, read, task.columns, task.running)


def compute_part(part: Part) -> Block:
    """Return the columns of a part of a sweep."""
    (block,) = _sweep(part.task).blocks(part.first, part.size)
    return block


def confirm_point(part: Part) -> str | None:
    """Return what Keras says of the model at a point; None where there is no model."""
    from seqinspect.cli.loading import load_keras  # noqa: PLC0415 - heavy

    load_keras()
    from seqinspect.keras_model.build.compare import confirm  # noqa: PLC0415 - it imports Keras

    try:
        graph = _sweep(part.task).read(part.task.space.point(part.first))
        return confirm(graph, analyse(graph)).keras.status
    except SpecError:
        return None


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
        yield from _by_dask(work, items, workers.scheduler)
    elif workers.jobs > 1:
        yield from _in_processes(work, items, workers.jobs)
    else:
        yield from map(work, items)


def _in_processes(
    work: Callable[[Item], Result], items: Iterable[Item], jobs: int
) -> Iterator[Result]:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only with --jobs
    from multiprocessing import get_context  # noqa: PLC0415

    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_ignore_interrupts
    ) as pool:
        try:
            yield from _ahead(lambda item: pool.submit(work, item), items, jobs * AHEAD)
        except BaseException:  # Ctrl-C: what nobody has begun is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it ends it


def _by_dask(
    work: Callable[[Item], Result], items: Iterable[Item], scheduler: str
) -> Iterator[Result]:
    try:
        distributed: Any = import_module("distributed")  # an extra
    except ImportError:
        refuse(
            "a scheduler is asked through dask.distributed, which is not installed",
            expected="distributed",
            remedy="pip install 'seqinspect[dask]', or do without --scheduler",
            about="dask",
        )
    import logging  # noqa: PLC0415 - only with Dask

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise SpecError(_unreachable(scheduler, error)) from None
    try:
        versions = {*client.run(_version).values()}
        if versions != {__version__}:
            found = ", ".join(sorted(versions)) or "no worker"
            refuse(
                "the workers do not have this version of seqinspect",
                received=found,
                expected=__version__,
                remedy=f"pip install seqinspect=={__version__} where the workers run",
                about="dask",
            )
        ahead = AHEAD * max(1, len(client.scheduler_info()["workers"]))
        yield from _ahead(lambda item: client.submit(work, item, pure=False), items, ahead)
    except (OSError, distributed.core.CommClosedError, distributed.KilledWorker) as error:
        raise SpecError(_unreachable(scheduler, error)) from None
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=2)


def _version() -> str:
    return __version__


def _unreachable(scheduler: str, error: BaseException) -> Problem:
    return Problem(
        f"the scheduler at {scheduler} does not answer",
        received=first_line(error),
        expected="a Dask scheduler with workers, such as tcp://host:8786",
        remedy="start it with `dask scheduler`, and workers with `dask worker`",
        about="dask",
    )


def _ahead(submit: Callable[[Item], Any], items: Iterable[Item], ahead: int) -> Iterator[Any]:
    """Yield results in order, with so many items under way."""
    under_way: deque[Any] = deque()
    for item in items:
        under_way.append(submit(item))
        if len(under_way) >= ahead:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()
