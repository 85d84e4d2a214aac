"""Specs checked by the workers of a scheduler, which get their texts and see no files.

What is more than a text is checked by this process when it is its turn: code, which may import
files beside it, what Keras saves, standard input, objects of Python, and specs whose settings or
lock go by their paths.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from seqinspect.cli.workers import Workers, in_order
from seqinspect.lint.parallel import CHUNK, Job, one, one_text
from seqinspect.lint.run import data_of
from seqinspect.lint.settings_file import settings_for
from seqinspect.readers.source.files import YAML_ENDINGS
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.lint.outcome import Outcome
    from seqinspect.lint.settings import Settings


class CheckTask(NamedTuple):
    """Specs as they go to a worker: names, texts (None: it could not be read), what is done."""

    sources: tuple[str, ...]
    texts: tuple[bytes | None, ...]
    job: Job


def by_scheduler(sources: Sequence[str], job: Job, scheduler: str) -> Iterator[Outcome]:
    """Yield an outcome for every spec, in order. Raises SpecError, as `in_order` does."""
    parts = list(_parts(sources, job))
    tasks = (_task(part, settings, job) for part, settings in parts if settings is not None)
    results = in_order(check_texts, tasks, Workers(scheduler=scheduler))
    confirm = job.load() if job.load is not None else None
    for part, settings in parts:
        found = [None] * len(part) if settings is None else next(results)
        for source, outcome in zip(part, found, strict=True):
            yield one(source, job, confirm) if outcome is None else outcome


def check_texts(task: CheckTask) -> list[Outcome | None]:
    """Check the texts of a task; None where there is none."""
    job = task.job
    confirm = job.load() if job.load is not None else None
    return [
        None if text is None else one_text(source, text, job, confirm)
        for source, text in zip(task.sources, task.texts, strict=True)
    ]


def _parts(sources: Sequence[str], job: Job) -> Iterator[tuple[list[str], Settings | None]]:
    """Yield some specs at once in order, with the settings of all; None: they stay here."""

    def settings_of(source: str) -> Settings | None:
        settings = job.plan.settings or settings_for(source)
        by_path = settings.per_path_ignores or settings.budgets or source in job.plan.locks
        here = by_path or job.plan.data is not None or not source.lower().endswith(YAML_ENDINGS)
        return None if here else settings

    for settings, group in groupby(sources, key=settings_of):
        together = list(group)
        for at in range(0, len(together), CHUNK):
            yield together[at : at + CHUNK], settings


def _task(sources: Sequence[str], settings: Settings | None, job: Job) -> CheckTask:
    texts = tuple(data_of(source, job.plan) for source in sources)
    plan = job.plan._replace(settings=settings, objects={}, locks={})
    return CheckTask(tuple(sources), texts, job._replace(plan=plan))
