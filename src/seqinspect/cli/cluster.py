"""Tasks done by the workers of a Dask scheduler, and what is said where it has none."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from seqinspect import __version__
from seqinspect.cli.ahead import AHEAD, ahead
from seqinspect.errors import Problem, SpecError, first_line, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")

CONNECT_SECONDS = 10
"""So long a scheduler may take to answer."""

WORKERLESS_SECONDS = 30
"""So long a scheduler may be without a worker, which may be on its way."""

POLL_SECONDS = 5


def by_dask(
    work: Callable[[Item], Result], items: Iterable[Item], scheduler: str
) -> Iterator[Result]:
    """Yield the result of each item, in order, from the workers of a scheduler.

    Raises SpecError where it cannot be reached, is lost, has no worker, or loses all of them to one
    item.
    """
    distributed = _distributed()
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise SpecError(_unreachable(scheduler, error)) from None
    try:
        _require_version(client)
        under_way = AHEAD * max(1, len(client.scheduler_info()["workers"]))

        def submit(item: Item) -> Callable[[], Result]:
            future = client.submit(work, item, pure=False)
            return partial(_result, distributed, client, future)

        yield from ahead(submit, items, under_way)
    except distributed.KilledWorker as error:
        refuse(
            "workers died one after the other at the same part of the work",
            received=first_line(error),
            expected="workers that do it",
            remedy="more memory for each of them, if it was too small",
            about="dask",
        )
    except (OSError, distributed.core.CommClosedError, distributed.CancelledError) as error:
        raise SpecError(_unreachable(scheduler, error)) from None
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=2)


def _distributed() -> Any:  # Any: it is an extra
    try:
        distributed = import_module("distributed")
    except ImportError:
        refuse(
            "a scheduler is asked through dask.distributed, which is not installed",
            expected="distributed",
            remedy="pip install 'seqinspect[dask]', or do without --scheduler",
            about="dask",
        )
    import logging  # noqa: PLC0415 - only with Dask

    logging.disable()  # each of its loggers has a handler of its own
    return distributed


def _require_version(client: Any) -> None:
    """Refuse workers that have another version, or none. Raises SpecError."""
    try:
        versions = {*client.run(_version).values()}
    except ImportError as error:
        versions = {first_line(error)}
    if versions != {__version__}:
        refuse(
            "the workers do not have this version of seqinspect" if versions else _NO_WORKER,
            received=", ".join(sorted(versions)),
            expected=__version__ if versions else "one at least",
            remedy=f"pip install seqinspect=={__version__} where the workers run"
            if versions
            else _START,
            about="dask",
        )


def _version() -> str:
    return __version__


_NO_WORKER = "the scheduler has no worker"
_START = "start workers with `dask worker`"


def _result(distributed: Any, client: Any, future: Any) -> Any:
    """Wait for a result, as long as there is somebody to compute it. Raises SpecError."""
    alone_since: float | None = None
    while True:
        try:
            return future.result(timeout=POLL_SECONDS)
        except distributed.TimeoutError:
            if client.scheduler_info()["workers"]:
                alone_since = None
                continue
        now = time.monotonic()
        alone_since = now if alone_since is None else alone_since
        if now - alone_since >= WORKERLESS_SECONDS:
            refuse(
                f"{_NO_WORKER} any more",
                received=f"none for {WORKERLESS_SECONDS} s",
                expected="one at least",
                remedy=_START,
                about="dask",
            )


def _unreachable(scheduler: str, error: BaseException) -> Problem:
    return Problem(
        f"the scheduler at {scheduler} does not answer",
        received=first_line(error),
        expected="a Dask scheduler with workers, such as tcp://host:8786",
        remedy="start it with `dask scheduler`, and workers with `dask worker`",
        about="dask",
    )
