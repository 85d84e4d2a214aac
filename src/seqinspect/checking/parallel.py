"""Many specs: one after another, or in several processes; the outcomes come in order."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seqinspect.checking.mending import mended
from seqinspect.checking.run import Confirm, Plan, check, failed
from seqinspect.checking.settings import settings_for
from seqinspect.errors import Problem, SpecError
from seqinspect.spec.source import STANDARD_INPUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seqinspect.checking.outcome import Outcome

GENERATION = 5000
"""So many specs leave enough behind to look for what is not used any more."""

CHUNK = 16
"""So many specs go to a process at once."""


class Job(NamedTuple):
    """What every process does with a spec. `load` makes what asks Keras; None for --static."""

    plan: Plan
    load: Callable[[], Confirm] | None
    mend: bool
    defect: Callable[[BaseException], Problem]


def run(sources: Sequence[str], job: Job, processes: int = 1) -> Iterator[Outcome]:
    """Yield an outcome for every spec, in the order in which they are given."""
    for source in sources if job.plan.settings is None else ():
        settings_for(source)  # a broken settings file is told before anything is checked
    if processes <= 1 or len(sources) < 2:
        confirm = job.load() if job.load is not None else None
        for number, source in enumerate(sources, 1):
            yield one(source, job, confirm)
            if number % GENERATION == 0 and not gc.isenabled():
                gc.collect()
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only with --jobs
    from multiprocessing import get_context  # noqa: PLC0415

    chunks = [list(sources[at : at + CHUNK]) for at in range(0, len(sources), CHUNK)]
    workers = min(processes, len(chunks))
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(job,)
    ) as pool:
        try:
            for outcomes in pool.map(_several, chunks):
                yield from outcomes
        except BaseException:  # Ctrl-C: what nobody has begun is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def one(source: str, job: Job, confirm: Confirm | None) -> Outcome:
    """Check one spec; an error that nobody foresaw is one of its findings."""
    data = None
    if job.mend and source != STANDARD_INPUT:
        try:
            data = Path(source).read_bytes()
        except OSError:
            data = None
    try:
        outcome = check(source, job.plan, confirm)
        return mended(outcome, data, job.plan) if data is not None else outcome
    except SpecError:
        raise
    except Exception as error:  # the other specs are checked all the same
        return failed(source, job.defect(error))


_STATE: dict[str, object] = {}


def _begin(job: Job) -> None:
    """Prepare a process: Keras is imported once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it ends it
    gc.disable()
    _STATE["job"] = job
    _STATE["confirm"] = job.load() if job.load is not None else None
    if job.load is not None:
        gc.enable()


def _several(sources: list[str]) -> list[Outcome]:
    job, confirm = _STATE["job"], _STATE["confirm"]
    return [one(source, job, confirm) for source in sources]  # type: ignore[arg-type]  # set by _begin


def cores() -> int:
    """How many processes --jobs 0 means."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
