"""300 hostile inputs: each ends in a clear error with its place, or in a harmless table.

Each has 200 MB and a bounded amount of work; `python -m benchmarks` measures the promise of 2 s.
They run in a few processes, which are killed past 1 GiB of address space; how much memory a process
holds is counted anew for each input, and what exceeds a bound is tried again in a process of its
own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli import hostile_code, hostile_data
from tests.cli.hostile_inputs import Hostile, everything
from tests.inert import complaint
from tests.sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.limited import Ended, Server

UNITS = 200
"""2 seconds of processor time are about 100; the others are room for a busy machine."""

MEGABYTES = 200
PLACE = re.compile(r"input\.\w+(:\d+:\d+)?")
INPUTS = [*everything(), *hostile_code.everything(), *hostile_data.everything()]
BATCHES = 14


def test_there_are_enough() -> None:
    assert len({hostile.name for hostile in INPUTS}) == len(INPUTS) >= 200


@pytest.mark.parametrize("at", sampled(range(BATCHES), 2))
def test_they_end_well(at: int, tmp_path: Path, server: Server) -> None:
    batch = INPUTS[at::BATCHES]
    commands = []
    for number, hostile in enumerate(batch):
        path = tmp_path / f"{number}" / f"input{hostile.suffix}"
        path.parent.mkdir()
        path.write_bytes(hostile.content)
        commands.append(("describe", "--static", path.relative_to(tmp_path)))
    before = sorted(tmp_path.rglob("*"))
    runs = server.ask(tmp_path, commands)
    wrong = []
    for hostile, command, run in zip(batch, commands, runs, strict=False):
        if run.megabytes > MEGABYTES or run.units > UNITS:
            run = server.ask(tmp_path, [command])[0]  # noqa: PLW2901 - judged alone
        wrong += [(hostile.name, said) for said in judged(hostile, run)]
    assert not wrong
    assert len(runs) == len(batch)
    assert sorted(tmp_path.rglob("*")) == before


def test_code_is_read_and_nothing_of_it_happens(tmp_path: Path, server: Server) -> None:
    inputs = list(hostile_code.actions())
    for number, hostile in enumerate(inputs):
        (tmp_path / f"{number}.py").write_bytes(hostile.content)
    commands = [("describe", "--static", f"{number}.py") for number in range(len(inputs))]
    for number, run in enumerate(server.ask(tmp_path, commands, watched=True)):
        events = [event for event in run.events if event[0] != "compile"]  # it is parsed
        assert events == [["read", str((tmp_path / f"{number}.py").resolve())]]


def judged(hostile: Hostile, run: Ended) -> Iterator[str]:
    """Yield what is wrong with how an input ended."""
    said = run.out + run.err
    if run.code != hostile.code and not (hostile.code == -1 and run.code in (0, 2)):
        yield f"ends with {run.code}: {said[-2000:]}"
    if "Traceback" in said or "defect" in said or len(run.err) > 50_000:
        yield f"says {said[-2000:]}"
    if complaint("text", said):
        yield complaint("text", said)
    if hostile.said not in said:
        yield f"does not say {hostile.said}: {said[-2000:]}"
    if run.units > UNITS or run.megabytes > MEGABYTES:
        yield f"takes {run.units:.0f} units of work and {run.megabytes:.0f} MB"
    several = hostile.suffix == ".py"  # a model of several may be read
    if run.code == 2 and ((run.out and not several) or not PLACE.search(run.err)):
        yield f"is no clear error: {said[-2000:]}"
    if run.code == 0 and run.err:
        yield f"complains: {run.err}"
