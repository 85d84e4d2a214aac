"""`docs/performance.md`: what was measured, where, and which targets are met."""

from __future__ import annotations

import math
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.measure import Cost

    Results = Mapping[str, Mapping[str, Cost]]
    Time = Callable[[Cost], float]

MEGABYTE = 1024**2

SCRIPT = "Keras summary script"
IDLE = 2.35
"""Seconds that the script took when the targets were set, on this kind of machine, idle."""


RATIOS = (
    ("describe --static --format plain", "plain", "import click, yaml", 1.2),
    ("describe --static, a table", "table", "import click, yaml, rich.console, rich.table", 1.4),
    ("explain --static ÷ describe --static", "explain", "table", 1.5),
    ("convert ÷ describe --static, GPT-3", "GPT-3, converted", "GPT-3", 1.3),
    ("10,000 layers, static", "10,000 layers", "pass", 45),
)
"""What costs how many times as much as something else, by the names of two commands."""


REASONS = """\
Where a target is missed:

- `describe --static --format plain` is imports: 113 modules of ours take 95 of 358 million
  instructions, more than a third of that to find and open them.
- A layer of 10,000 costs half a million instructions: a fifth to read it as YAML, a quarter to make
  a call of it, a third to analyse it though an equal one was, a quarter to find blocks and add up.

A thousand specs are checked as fast as this because they are of two structures: where specs differ
in the numbers of their sizes alone, one check speaks for all that give the same answers to what it
asks of these. Specs that differ otherwise take 11 million instructions each, as before: little in
one of them is equal.
"""
"""Why targets are missed or met, as the last profile says."""


class Setting(NamedTuple):
    """How it was measured: `built` specs in the loop in Keras; `shared` with other work."""

    rounds: int
    files: int
    built: int
    peers: Mapping[str, str]
    note: str
    shared: bool


class Target(NamedTuple):
    """What was aimed at: `most` is a bound from above, else from below."""

    what: str
    found: float
    bound: float
    unit: str = ""
    most: bool = True

    def shown(self) -> str:
        """Return what was found, to three digits."""
        digits = f"{self.found:.0f}" if abs(self.found) >= 100 else f"{self.found:.3g}"
        return f"{digits} {self.unit}".rstrip()

    @property
    def met(self) -> bool:
        """Whether the bound holds."""
        return self.found <= self.bound if self.most else self.found >= self.bound


def targets(found: Results, files: int, time: Time, *, paced: bool = False) -> Iterator[Target]:
    """Yield every target of the project with what was found, by one measure of time.

    Where it is `paced`, seconds are those of an idle machine: they are divided by how much longer
    than there the Keras summary script took in the same rounds.
    """
    question, many, gpt3 = found["Question"], found["Different specs"], found["GPT-3"]
    script = time(question[SCRIPT])

    def seconds(group: Mapping[str, Cost], name: str) -> float:
        return time(group[name]) * (IDLE / time(group[SCRIPT]) if paced else 1)

    keras = question["import keras"]
    for name in ("describe --static", "describe, confirmed earlier"):
        yield Target(f"{name} ÷ Keras summary script", time(question[name]) / script, 0.06)
        yield Target(f"{name}: memory", question[name].memory / MEGABYTE, 45, "MB")
    first = time(question["describe, the first time"]) / time(keras)
    yield Target("describe, the first time ÷ import keras", first, 1.10)
    loop = time(many["loop in Keras"])
    for name, bound in (("describe --static", 50), ("describe, confirmed", 3)):
        ratio = loop / time(many[name])
        yield Target(f"{files:,} specs: loop in Keras ÷ {name}", ratio, bound, "times", most=False)
    static = files / seconds(found["Check"], "check --static")
    yield Target(f"{files:,} specs: check --static", static, 2500, "specs/s", most=False)
    each = (seconds(many, "check, confirmed") - seconds(many, "import keras")) / files * 1000
    yield Target(f"{files:,} specs: check, beyond the import", each, 12, "ms/spec")
    ratios = found["Ratios"]
    for what, one, other, bound in RATIOS:
        base = "" if "÷" in what else f" ÷ python -c {other!r}"
        yield Target(what + base, time(ratios[one]) / time(ratios[other]), bound)
    held = ratios["10,000 layers as JSON"].memory / MEGABYTE
    yield Target("10,000 layers as JSON: memory", held, 80, "MB")
    yield Target("10,000 layers, static", seconds(found["Chain"], "10,000 layers"), 1, "s")
    beyond = seconds(gpt3, "describe, the first time") - seconds(gpt3, "import keras")
    yield Target("GPT-3 size, confirmed, beyond the import", beyond, 2.5, "s")
    hostile = found["Hostile inputs"]
    inputs = hostile.keys() - {SCRIPT}
    slowest = max(seconds(hostile, name) for name in inputs)
    yield Target("hostile inputs: the slowest", slowest, 2, "s")
    largest = max(hostile[name].memory for name in inputs)
    yield Target("hostile inputs: the most memory", largest / MEGABYTE, 200, "MB")
    yield Target("growth with layers (1 is linear)", growth(found["Chain"]), 1.1)
    yield Target("growth with files (1 is linear)", growth(found["Files"]), 1.1)


def growth(costs: Mapping[str, Cost]) -> float:
    """Return the exponent of the cost beyond the start: its slope over sizes, both as logarithms.

    Sizes double: differences between them cancel the start, and for size**p each is 2**p times
    the one before.
    """
    growing = {name: cost for name, cost in costs.items() if name[0].isdigit()}
    sizes = [int(name.split()[0].replace(",", "")) for name in growing]
    seconds = [cost.processor for cost in growing.values()]
    steps = [
        (math.log(size), math.log(max(later - earlier, 1e-6)))
        for size, earlier, later in zip(sizes[1:], seconds, seconds[1:], strict=False)
    ]
    middle = sum(x for x, _ in steps) / len(steps)
    height = sum(y for _, y in steps) / len(steps)
    above = sum((x - middle) * (y - height) for x, y in steps)
    return above / sum((x - middle) ** 2 for x, _ in steps)


def render(found: Results, setting: Setting) -> str:
    """Return the page."""
    return "\n".join(_lines(found, setting)) + "\n"


def _lines(found: Results, setting: Setting) -> Iterator[str]:
    peers = setting.peers
    yield "# Performance"
    yield ""
    yield "This page is written by `python -m benchmarks`, which runs every command as a process of"
    yield "its own, in alternation, and takes medians. Compare the ratios: seconds belong to a"
    yield "machine, and to what else it was doing."
    yield ""
    yield f"- {datetime.now(UTC):%d %B %Y}; {_machine()}; {cpu_count()} processors;"
    yield f"  Python {platform.python_version()}"
    names = ("seqinspect", "keras", "tensorflow")
    yield "- " + ", ".join(f"{name} {version(name)}" for name in names)
    for peer, interpreter in peers.items():
        yield f"- {_peer(peer, interpreter)}"
    if not {"torchinfo", "flax"} <= peers.keys():
        absent = sorted({"torchinfo", "flax"} - peers.keys())
        yield f"- not installed, and left out: {', '.join(absent)}"
    yield f"- {setting.rounds} rounds, fewer for what takes long; {setting.files:,} different specs"
    if setting.built < setting.files:
        yield f"- the loop in Keras built {setting.built:,} of them; its cost beyond the import is"
        yield "  scaled to all"
    if setting.note:
        yield f"- {setting.note}"
    yield from _targets(found, setting.files, shared=setting.shared)
    for title, costs in found.items():
        yield from _table(title, costs)


def _targets(found: Results, files: int, *, shared: bool) -> Iterator[str]:
    yield from ("", "## Targets", "")
    yield "By the clock, by processor time, and at the pace of an idle machine of this kind: there"
    yield f"the Keras summary script takes {IDLE} s, and the processor time is divided by how much"
    yield "longer it took in the same rounds."
    if shared:
        yield "Other work shared the processors, so that what is met is judged by the last."
    yield from ("", "| what | clock | processor | idle pace | target | |")
    yield "|---|---:|---:|---:|---:|---|"
    measures = (
        targets(found, files, lambda cost: cost.wall),
        targets(found, files, lambda cost: cost.processor),
        targets(found, files, lambda cost: cost.processor, paced=True),
    )
    for row in zip(*measures, strict=True):
        judged = row[-1] if shared else row[0]
        sign = "≤" if judged.most else "≥"
        missed = judged.found / judged.bound if judged.most else judged.bound / judged.found
        verdict = "met" if judged.met else f"missed, {missed:.2f} times the bound"
        bound = f"{sign} {judged.bound:g} {judged.unit}".rstrip()
        shown = " | ".join(each.shown() for each in row)
        yield f"| {judged.what} | {shown} | {bound} | {verdict} |"
    yield from ("", *REASONS.splitlines())


def _table(title: str, costs: Mapping[str, Cost]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield "| command | wall | processor | memory | wall ÷ the longest |"
    yield "|---|---:|---:|---:|---:|"
    longest = max(cost.wall for cost in costs.values())
    for name, cost in costs.items():
        yield (
            f"| {name} | {cost.wall:.3f} s | {cost.processor:.3f} s"
            f" | {cost.memory / MEGABYTE:.0f} MB | {cost.wall / longest:.3f} |"
        )


def _machine() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    model = next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), ""
    )
    return f"{platform.system()} on {platform.machine()}{', ' if model else ''}{model}"


def _peer(peer: str, interpreter: str) -> str:
    packages = ("torch", "torchinfo") if peer == "torchinfo" else ("flax", "jax")
    code = (
        "from importlib.metadata import version;"
        f"print(', '.join(f'{{n}} {{version(n)}}' for n in {packages!r}))"
    )
    done = subprocess.run(
        [interpreter, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout.strip() or peer
