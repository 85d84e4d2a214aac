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
    from collections.abc import Iterator, Mapping

    from benchmarks.measure import Cost

    Results = Mapping[str, Mapping[str, Cost]]

MEGABYTE = 1024**2


class Target(NamedTuple):
    """What was aimed at: `most` is a bound from above, else from below."""

    what: str
    found: float
    bound: float
    unit: str = ""
    most: bool = True

    @property
    def met(self) -> bool:
        """Whether the bound holds."""
        return self.found <= self.bound if self.most else self.found >= self.bound


def targets(found: Results) -> Iterator[Target]:
    """Yield every target of the project with what was found."""
    question, many, gpt3 = found["Question"], found["Different specs"], found["GPT-3"]
    script = question["Keras summary script"].wall
    static, earlier = question["describe --static"], question["describe, confirmed earlier"]
    yield Target("`describe --static` ÷ Keras summary script", static.wall / script, 0.06)
    yield Target("`describe --static`, memory", static.memory / MEGABYTE, 45, "MB")
    yield Target(
        "`describe`, confirmed earlier ÷ Keras summary script", earlier.wall / script, 0.06
    )
    yield Target("`describe`, confirmed earlier, memory", earlier.memory / MEGABYTE, 45, "MB")
    yield Target(
        "`describe`, the first time ÷ `import keras`",
        question["describe, the first time"].wall / question["import keras"].wall,
        1.10,
    )
    loop = many["loop in Keras"].wall
    yield Target(
        "loop in Keras ÷ different specs, static",
        loop / many["describe --static"].wall, 50, "times", most=False,
    )  # fmt: skip
    yield Target(
        "loop in Keras ÷ different specs, confirmed",
        loop / many["describe, confirmed"].wall, 3, "times", most=False,
    )  # fmt: skip
    yield Target("10,000 layers, static", found["Chain"]["10,000 layers"].wall, 1, "s")
    yield Target(
        "GPT-3 size, confirmed, beyond the import",
        gpt3["describe, the first time"].wall - gpt3["import keras"].wall,
        2.5,
        "s",
    )
    yield Target("growth with layers (1 is linear)", growth(found["Chain"]), 1.1)
    yield Target("growth with files (1 is linear)", growth(found["Files"]), 1.1)


def growth(costs: Mapping[str, Cost]) -> float:
    """Return the exponent of the cost beyond the start: its slope over sizes, both as logarithms.

    Sizes double: differences between them cancel the start, and for size**p each is 2**p times
    the one before.
    """
    sizes = [int(name.split()[0].replace(",", "")) for name in costs]
    seconds = [cost.processor for cost in costs.values()]
    steps = [
        (math.log(size), math.log(max(later - earlier, 1e-6)))
        for size, earlier, later in zip(sizes[1:], seconds, seconds[1:], strict=False)
    ]
    middle = sum(x for x, _ in steps) / len(steps)
    height = sum(y for _, y in steps) / len(steps)
    above = sum((x - middle) * (y - height) for x, y in steps)
    return above / sum((x - middle) ** 2 for x, _ in steps)


def render(found: Results, *, rounds: int, files: int, peers: Mapping[str, str], note: str) -> str:
    """Return the page."""
    return "\n".join(_lines(found, rounds, files, peers, note)) + "\n"


def _lines(
    found: Results, rounds: int, files: int, peers: Mapping[str, str], note: str
) -> Iterator[str]:
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
    yield f"- {rounds} rounds (fewer for what takes long); {files:,} different specs"
    if note:
        yield f"- {note}"
    yield from _targets(found)
    for title, costs in found.items():
        yield from _table(title, costs)


def _targets(found: Results) -> Iterator[str]:
    yield from ("", "## Targets", "", "| what | found | target | |", "|---|---:|---:|---|")
    for target in targets(found):
        sign = "≤" if target.most else "≥"
        unit = f" {target.unit}" if target.unit else ""
        missed = target.found / target.bound if target.most else target.bound / target.found
        verdict = "met" if target.met else f"missed, {missed:.2f} times the bound"
        yield (
            f"| {target.what} | {target.found:.3g}{unit} | {sign} {target.bound:g}{unit}"
            f" | {verdict} |"
        )


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
