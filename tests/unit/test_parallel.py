"""Many specs at once: what needs no Keras first, then as many processes as the rest is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.errors import Problem
from seqinspect.lint import parallel
from seqinspect.lint.parallel import Job, Later, run
from seqinspect.lint.run import Confirm, Plan
from seqinspect.model.report import Keras

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from seqinspect.lint.outcome import Outcome
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

SPEC = "input: [4, 2]\nlayers:\n  - LSTM: 3\n"


def defect(error: BaseException) -> Problem:
    return Problem(str(error))


def job(load: parallel.Load | None) -> Job:
    return Job(Plan(), load, fix="", defect=defect)


class Asked:
    """Keras as a fake: it knows the models named `known` from earlier, and is imported at most."""

    def __init__(self) -> None:
        self.imports = 0
        self.asked: list[str] = []

    def __call__(self, *, later: bool = False) -> Confirm:
        self.imports += not later

        def confirm(graph: Graph, report: Report) -> Report:
            if graph.name.startswith("known"):
                return report._replace(keras=Keras("agrees", "1.0", cached=True))
            if later:
                raise Later
            self.asked.append(graph.name)
            return report._replace(keras=Keras("agrees", "1.0"))

        return confirm


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / f"{name}.yaml").write_text("layers:" if name.startswith("broken") else SPEC)
    return [f"{name}.yaml" for name in names]


def test_keras_is_not_imported_for_what_is_known_or_unusable(folder: Path) -> None:
    load = Asked()
    outcomes = list(run(written(folder, "known_1", "broken", "known_2"), job(load), 2))
    assert [outcome.usable for outcome in outcomes] == [True, False, True]
    assert (load.imports, load.asked) == (0, [])


def test_few_new_specs_are_asked_about_in_this_process_and_come_in_order(folder: Path) -> None:
    load = Asked()
    names = written(folder, "new_1", "known", "broken", "new_2")
    assert [outcome.source for outcome in run(names, job(load), 8)] == names
    assert (load.imports, load.asked) == (1, ["new_1", "new_2"])


@pytest.mark.parametrize(
    ("new", "processes", "expected"), [(200, 8, 0), (201, 8, 2), (450, 8, 3), (450, 2, 2)]
)
def test_there_are_no_more_processes_than_new_specs_are_worth(
    folder: Path, monkeypatch: pytest.MonkeyPatch, new: int, processes: int, expected: int
) -> None:
    started = []

    def side_by_side(sources: Sequence[str], job: Job, workers: int) -> Iterator[Outcome]:
        started.append(workers)
        return parallel._one_by_one(sources, job)

    monkeypatch.setattr(parallel, "_side_by_side", side_by_side)
    names = written(folder, "known", "new") + ["new.yaml"] * (new - 1)
    assert [outcome.source for outcome in run(names, job(Asked()), processes)] == names
    assert started == [expected] * (expected > 0)


def test_processes_find_what_one_process_finds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = written(folder, "one", "broken", "two")
    alone = list(run(names, job(None)))
    monkeypatch.setattr(parallel, "SHARE", 1)
    monkeypatch.setattr(parallel, "CHUNK", 1)
    assert list(run(names, job(None), 2)) == alone
