"""Measure everything in one run, print it, and write `docs/performance.md`.

    python -m benchmarks                     all of it, as the page was written
    python -m benchmarks --rounds 3          sooner, and less certain
    python -m benchmarks --peer torchinfo=PATH/bin/python --peer flax=PATH/bin/python

A peer is an interpreter with `torch torchinfo` or `flax` installed; without it, it is left out.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks import page, work
from benchmarks.measure import Cost, alternate, once

ENDS = (0, 2)
"""How a hostile input may end."""

PEERS = {"torchinfo": "torch_summary.py", "flax": "flax_tabulate.py"}
Results = dict[str, dict[str, Cost]]


def main() -> int:
    """Run the benchmarks as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=int, default=7, help="runs of each command")
    parser.add_argument("--files", type=int, default=1000, help="how many different specs")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument(
        "--built", type=int, metavar="N",
        help="build the first N of the specs in the loop in Keras, and scale its cost to all",
    )  # fmt: skip
    parser.add_argument("--shared", action="store_true", help="judge by an idle machine's pace")
    parser.add_argument("--note", default="", help="a remark on the machine, for the page")
    parser.add_argument("-o", "--output", default="docs/performance.md")
    options = parser.parse_args()
    peers = dict(each.split("=", 1) for each in options.peer)
    unknown = peers.keys() - PEERS.keys()
    built = options.built or options.files
    if unknown or options.rounds < 1 or not 8 <= built <= options.files <= 4000:
        parser.error("peers are torchinfo and flax; at least 1 round; 8 to 4000 files")
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), options.rounds, options.files, built, peers)
    text = page.render(
        found,
        page.Setting(options.rounds, options.files, built, peers, options.note, options.shared),
    )
    Path(options.output).write_text(text, "utf-8")
    sys.stdout.write(text)
    return 0


def measured(folder: Path, rounds: int, files: int, built: int, peers: dict[str, str]) -> Results:
    """Do all the work, each piece in every way, and return the medians."""
    work.write(folder, files)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "SEQINSPECT_CACHE": str(folder / "cache"), "COLUMNS": "120"}
    describe = [sys.executable, "-m", "seqinspect", "describe"]
    check = [sys.executable, "-m", "seqinspect", "check", "--exit-zero"]
    python = [sys.executable]
    script = [*python, str(work.PEERS / "keras_summary.py")]
    many = sorted(str(path) for path in (folder / "many").iterdir())
    results: Results = {}

    def run(
        title: str,
        commands: dict[str, list[str]],
        turns: int,
        *,
        warm: bool = True,
        codes: tuple[int, ...] = (0,),
    ) -> None:
        sys.stderr.write(f"{title} …\n")
        results[title] = alternate(commands, turns, environment, warm=warm, codes=codes)

    run("Start", {"python -c pass": [*python, "-c", "pass"],
                  "import keras": [*python, "-c", "import keras"]}, rounds)  # fmt: skip
    for name in ("question", "autoencoder"):
        spec = str(folder / f"{name}.yaml")
        commands = {
            "describe --static": [*describe, "--static", spec],
            "describe, confirmed earlier": [*describe, spec],
            "describe, the first time": [*describe, "--no-cache", spec],
            "import keras": [*python, "-c", "import keras"],
            page.SCRIPT: [*script, name],
        }
        for peer, interpreter in peers.items():
            commands[peer] = [interpreter, str(work.PEERS / PEERS[peer]), name]
        run(name.capitalize(), commands, rounds)
    few = max(1, min(rounds, 3))
    run("Different specs", {
        page.SCRIPT: [*script, "question"],
        "import keras": [*python, "-c", "import keras"],
        "describe --static": [*describe, "--static", *many],
        "describe, confirmed": [*describe, "--no-cache", *many],
        "check, confirmed": [*check, "--no-cache", str(folder / "many")],
        "loop in Keras": [*python, str(work.PEERS / "keras_loop.py"), str(built)],
    }, few - 1 or 1, warm=False)  # fmt: skip
    many_costs = results["Different specs"]
    many_costs["loop in Keras"] = many_costs["loop in Keras"].scaled(
        files / built, beyond=many_costs["import keras"]
    )
    run("Check", {
        page.SCRIPT: [*script, "question"],
        "check --static": [*check, "--static", str(folder / "many")],
    }, rounds)  # fmt: skip
    run("Ratios", ratio_commands(folder), rounds)
    run("GPT-3", {
        page.SCRIPT: [*script, "question"],
        "import keras": [*python, "-c", "import keras"],
        "describe --static": [*describe, "--static", str(folder / "gpt3.yaml")],
        "describe, the first time": [*describe, "--no-cache", str(folder / "gpt3.yaml")],
    }, few)  # fmt: skip
    run("Chain", {
        page.SCRIPT: [*script, "question"],
        **{
            f"{layers:,} layers": [*describe, "--static", str(folder / f"chain_{layers}.yaml")]
            for layers in (1250, 2500, 5000, 10_000)
        },
    }, rounds)  # fmt: skip
    run("Files", {
        f"{count:,} files": [*describe, "--static", *many[:count]]
        for count in (files // 8, files // 4, files // 2, files)
    }, rounds)  # fmt: skip
    # What this process holds once counts as held by each process that it starts afterwards.
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        inputs = elsewhere.submit(work.write_hostile, folder).result()
    hostile = {name: [*describe, "--static", str(path)] for name, path in inputs.items()}
    run("Hostile inputs", {
        page.SCRIPT: [*script, "question"], **_dearest(hostile, environment)
    }, few, codes=ENDS)  # fmt: skip
    return results


def ratio_commands(folder: Path) -> dict[str, list[str]]:
    """Return the commands of `page.RATIOS`, on specs in a folder."""
    python = [sys.executable]
    describe, explain, convert = (
        [*python, "-m", "seqinspect", name] for name in ("describe", "explain", "convert")
    )
    question, gpt3 = str(folder / "question.yaml"), str(folder / "gpt3.yaml")
    chain = str(folder / "chain_10000.yaml")
    imports = ("pass", "import click, yaml", "import click, yaml, rich.console, rich.table")
    return {
        **{code: [*python, "-c", code] for code in imports},
        "plain": [*describe, "--static", "--format", "plain", question],
        "table": [*describe, "--static", question],
        "explain": [*explain, "--static", question],
        "GPT-3": [*describe, "--static", gpt3],
        "GPT-3, converted": [*convert, gpt3],
        "10,000 layers": [*describe, "--static", chain],
        "10,000 layers as JSON": [*describe, "--static", "--format", "json", chain],
    }


def _dearest(commands: dict[str, list[str]], environment: dict[str, str]) -> dict[str, list[str]]:
    """Run each command once, and return the five that take longest and the one that takes most."""
    costs = {name: once(command, environment, ENDS) for name, command in commands.items()}
    slowest = sorted(costs, key=lambda name: costs[name].processor, reverse=True)[:5]
    largest = max(costs, key=lambda name: costs[name].memory)
    return {name: commands[name] for name in dict.fromkeys([*slowest, largest])}


if __name__ == "__main__":
    raise SystemExit(main())
