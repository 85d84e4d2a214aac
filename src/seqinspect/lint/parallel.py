"""Many specs: one after another, or in several processes; the outcomes come in order."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from seqinspect.errors import Problem, SpecError
from seqinspect.lint.edits import SCRIPT
from seqinspect.lint.families import Families
from seqinspect.lint.fixes import apply_fixes
from seqinspect.lint.run import Confirm, Plan, check, check_data, failed
from seqinspect.lint.settings_file import settings_for
from seqinspect.readers.source.files import STANDARD_INPUT, standard_input
from seqinspect.readers.source.limits import LIMITS
from seqinspect.readers.spec import is_code
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seqinspect.lint.outcome import Outcome
    from seqinspect.lint.registry import Fixable

MOST_OBJECTS = 2_000_000
"""So many objects may wait to be collected between two specs: a few hundred megabytes."""

CHUNK = 16
"""So many specs go to a process at once."""

SHARE = 200
"""So many specs take as long as it takes to start one more process, with Keras and without."""


class Later(Exception):  # noqa: N818 - it is no error
    """Keras must be asked about a spec, and is not to be imported yet."""


class Load(Protocol):
    """Makes what asks Keras; with `later`, what raises Later instead of importing it."""

    def __call__(self, *, later: bool = False) -> Confirm:
        """Return what confirms a report."""


class Job(NamedTuple):
    """What every process does with a spec. `load` makes what asks Keras; None for --static.

    `fix` says which fixes are applied; empty for none.
    """

    plan: Plan
    load: Load | None
    fix: Fixable
    defect: Callable[[BaseException], Problem]


def run(sources: Sequence[str], job: Job, processes: int = 1) -> Iterator[Outcome]:
    """Yield an outcome for every spec, in the order in which they are given.

    With several processes, all that can be said without Keras is said first: each of them imports
    TensorFlow once, and there are no more than the specs that are left are worth.
    """
    for source in sources if job.plan.settings is None else ():
        settings_for(source)  # a broken settings file is reported before anything is checked
    if processes <= 1 or STANDARD_INPUT in sources:  # which only this process can read
        yield from _one_by_one(sources, job)
        return
    done = {} if job.load is None else _without_keras(sources, job, job.load(later=True))
    left = [source for source in sources if source not in done]
    workers = min(processes, -(-len(left) // SHARE))
    found = _one_by_one(left, job) if workers <= 1 else _side_by_side(left, job, workers)
    for source in sources:
        yield done[source] if source in done else next(found)
    if left:
        next(found, None)  # at its end, it ends the processes


def _without_keras(sources: Sequence[str], job: Job, confirm: Confirm) -> dict[str, Outcome]:
    """Check the specs that need no Keras: unusable, confirmed earlier, static by the settings."""
    done = {}
    for source in sources:
        with contextlib.suppress(Later):
            done[source] = one(source, job, confirm)
        _tidy()
    return done


def _one_by_one(sources: Sequence[str], job: Job) -> Iterator[Outcome]:
    confirm = job.load() if job.load is not None else None
    families = _families(job)
    for source in sources:
        yield one(source, job, confirm, families)
        _tidy()


def _tidy() -> None:
    if not gc.isenabled() and gc.get_count()[0] > MOST_OBJECTS:
        gc.collect()


def _side_by_side(sources: Sequence[str], job: Job, workers: int) -> Iterator[Outcome]:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only with --jobs
    from multiprocessing import get_context  # noqa: PLC0415

    chunks = [list(sources[at : at + CHUNK]) for at in range(0, len(sources), CHUNK)]
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(job,)
    ) as pool:
        try:
            for outcomes in pool.map(_several, chunks):
                yield from outcomes
        except BaseException:  # Ctrl-C: what nobody has begun is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    del pool
    gc.collect()  # what processes share is given back


def _fixed_input(job: Job, confirm: Confirm | None) -> Outcome:
    """Check what stands on standard input; its outcome has the text, fixed where that helps."""
    data = standard_input(LIMITS)
    outcome = check_data(job.plan.stdin_name, data, job.plan, confirm)
    fixed = apply_fixes(outcome, data, job.plan, unsafe=job.fix == "unsafe")
    if fixed.fixed_text is None:
        return outcome._replace(fixed_text=data.decode("utf-8", "replace"))
    after = check_data(job.plan.stdin_name, fixed.fixed_text.encode(), job.plan, confirm)
    return after._replace(fixed_text=fixed.fixed_text, fixed=fixed.fixed)


def _families(job: Job) -> Families | None:
    """Return what checks specs that are alike; None where Keras is asked, or files are fixed."""
    return Families(job.plan) if job.load is None and not job.fix else None


def one(
    source: str, job: Job, confirm: Confirm | None, families: Families | None = None
) -> Outcome:
    """Check one spec; an error that nobody foresaw is one of its findings."""
    data = None
    if job.fix and source == STANDARD_INPUT:
        return _fixed_input(job, confirm)
    if job.fix and (not is_code(source) or source.endswith(SCRIPT)):
        try:
            data = Path(source).read_bytes()
        except OSError:
            data = None
    try:
        if families is not None and source != STANDARD_INPUT:
            return families.check(source)
        outcome = check(source, job.plan, confirm)
        if data is None:
            return outcome
        return apply_fixes(outcome, data, job.plan, unsafe=job.fix == "unsafe")
    except (SpecError, Later):
        raise
    except Exception as error:  # the other specs are checked all the same
        return failed(source, job.defect(error))


def one_text(source: str, text: bytes, job: Job, confirm: Confirm | None) -> Outcome:
    """Check the text of a spec, as `one` does a file."""
    try:
        return check_data(source, text, job.plan, confirm)
    except SpecError:
        raise
    except Exception as error:  # likewise
        return failed(source, job.defect(error))


_STATE: dict[str, object] = {}


def _begin(job: Job) -> None:
    """Prepare a process: Keras is imported once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it ends it
    gc.disable()
    _STATE["job"] = job
    _STATE["confirm"] = job.load() if job.load is not None else None
    _STATE["families"] = _families(job)
    if job.load is not None:
        gc.enable()


def _several(sources: list[str]) -> list[Outcome]:
    state = _STATE["job"], _STATE["confirm"], _STATE["families"]
    outcomes = []
    for source in sources:
        outcomes.append(one(source, *state))  # type: ignore[arg-type]  # set by _begin
        _tidy()
    return outcomes


def cores() -> int:
    """How many processes --jobs 0 means."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
