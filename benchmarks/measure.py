"""Whole processes, timed in alternation: wall time, processor time and peak memory."""

from __future__ import annotations

import os
import subprocess
import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class Cost(NamedTuple):
    """Seconds on the wall and of the processor, and the most memory held at once, in bytes."""

    wall: float
    processor: float
    memory: float

    def scaled(self, factor: float, *, beyond: Cost) -> Cost:
        """Return the cost of so many times the work, where what it costs `beyond` this is work."""
        return Cost(
            beyond.wall + factor * (self.wall - beyond.wall),
            beyond.processor + factor * (self.processor - beyond.processor),
            self.memory,
        )


class Failed(Exception):  # noqa: N818 - the message says what failed
    """A command that is to be measured does not do its work."""


def once(
    command: Sequence[str], environment: Mapping[str, str], codes: Collection[int] = (0,)
) -> Cost:
    """Run a command to its end and return what it cost. Raises Failed at another exit code."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stderr is not None
        noise = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        last = noise.decode(errors="replace").strip().splitlines()[-1:]
        raise Failed(f"{' '.join(command)[:200]}: exit code {process.returncode}: {last}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def alternate(
    commands: Mapping[str, Sequence[str]],
    rounds: int,
    environment: Mapping[str, str],
    *,
    warm: bool = True,
    codes: Collection[int] = (0,),
) -> dict[str, Cost]:
    """Return the medians of every command; each round runs every one of them once.

    To be `warm`, one run before is not counted: it reads files from disk, and Python compiles what
    it imports.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(rounds + warm):
        for name, command in commands.items():
            cost = once(command, environment, codes)
            if turn or not warm:
                costs[name].append(cost)
    return {
        name: Cost(*(median(values) for values in zip(*found, strict=True)))
        for name, found in costs.items()
    }
