"""Every command on every hostile input: `python -m tests.every_command` tries all, and counts.

`tests/cli/test_every_command.py` tries some commands on each input. What is counted: an exit code
that is none of 0, 1 and 2, a defect or a traceback, silence where nothing can be used, control
characters and commands to a log reader, output that is ill-formed, too much work or memory, and
whatever an audit hook sees besides the files that the command names.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import seqinspect
from seqinspect.cli import check, describe, diff, explain, size, stream
from seqinspect.lint.settings_file import OWN, SHARED
from tests.cli import hostile_code, hostile_data, hostile_folders, hostile_inputs
from tests.inert import complaint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.limited import Ended, Server

HOSTILE = Path(__file__).resolve().parents[2] / "shared" / "hostile"
UNITS, MEGABYTES = 400, 200
"""2 seconds of processor time are about 100 units; sweep takes them at each of its three points."""

FILE, GOOD, MADE = "@", "good.yaml", "made.html"
SPEC = """\
dims: {T: 10, n: 8}
input: [T, n]
layers: [{LSTM: {units: n, return_sequences: true}}, {Dense: n}]
"""
SWEEP = ("sweep", "--set", "n=1:3")
SIZE = ("size", "--static", "--for", "n", "--params", "1M")
DATA = ("check", "--static", "--data", f"x={FILE}", GOOD)


def in_formats(formats: Sequence[str], *command: str) -> Iterator[tuple[str, ...]]:
    for kind in formats:
        yield (*command, "--format", kind)


COMMANDS: tuple[tuple[str, ...], ...] = (
    *in_formats(describe.FORMATS, "describe", "--static", FILE),
    *in_formats(explain.FORMATS, "explain", "--static", FILE),
    *in_formats(check.FORMATS, "check", "--static", FILE),
    *in_formats(diff.FORMATS, "diff", "--static", GOOD, FILE),
    *in_formats(stream.FORMATS, "stream", FILE),
    *in_formats(size.FORMATS, *SIZE, FILE),
    *in_formats(("text", "csv", "jsonl", "json"), *SWEEP, FILE),
    *in_formats(("svg", "text", "dot", "mermaid"), "draw", "--static", FILE),
    *(("convert", "--to", kind, FILE) for kind in ("yaml", "json", "python")),
    ("convert", "--name-dims", FILE),
    ("describe", "--static", "--memory", "--depth", "all", "--sort", "params", FILE),
    ("describe", "--static", "--set", "n=12", "--mixes-time", "--top", "3", FILE),
    ("describe", "--static", "-o", MADE, FILE),
    ("explain", "--static", "--short", FILE),
    ("check", "--static", "--diff", "--unsafe-fixes", FILE),
    ("check", "--static", "--data", "x=x.csv", FILE),
    DATA,
    ("check", "--static", "--config", FILE, GOOD),
    ("check", "--static", "--lock", FILE, GOOD),
    ("check", "--static", "--baseline", FILE, GOOD),
    ("lock", "-o", "-", FILE),
    ("diff", "--static", FILE, FILE),
    ("diff", "--static", "--weights", FILE, GOOD),
    ("draw", "--static", "--compare", "return_sequences", "--format", "svg", FILE),
    ("size", "--static", "--for", "T", "--training-memory", "1GiB", "--smallest", FILE),
    (*SWEEP, "--columns", "findings,stream_bytes,causal", "--where", "causal", FILE),
)
"""Every command that reads a file, in each format of text that it has."""


class Input(NamedTuple):
    """A hostile file and what it is called."""

    name: str
    path: Path


def inputs(folder: Path) -> list[Input]:
    """Return the files of the shared collection, and files and folders of the tests, made here."""
    shared = sorted(path for path in HOSTILE.rglob("*.*") if path.parent != HOSTILE)
    found = [Input(str(path.relative_to(HOSTILE)), path) for path in shared]
    families = (hostile_inputs, hostile_code, hostile_data)
    for each in (hostile for family in families for hostile in family.everything()):
        path = folder / f"{len(found)}" / f"input{each.suffix}"
        path.parent.mkdir()
        path.write_bytes(each.content)
        found.append(Input(each.name, path))
    return found + [Input(*made) for made in hostile_folders.make(folder).items()]


def prepare(folder: Path) -> None:
    """Put the files that commands name into a folder."""
    (folder / GOOD).write_text(SPEC)
    (folder / "x.csv").write_text("a,b\n1,2\n")


def tried(
    server: Server, folder: Path, given: Input, commands: Sequence[tuple[str, ...]]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Run commands on an input, and yield what is wrong with each."""
    parts = [[part.replace(FILE, str(given.path)) for part in command] for command in commands]
    runs: list[Ended] = []
    while len(runs) < len(parts):  # one that ends its process is the last of it
        runs += server.ask(folder, parts[len(runs) :], watched=True)
    for command, run, arguments in zip(commands, runs, parts, strict=True):
        if run.units > UNITS or run.megabytes > MEGABYTES:
            run = server.ask(folder, [arguments], watched=True)[0]  # noqa: PLW2901 - judged alone
        for said in judged(command, run, folder, given.path):
            yield command, said


def judged(command: tuple[str, ...], run: Ended, folder: Path, file: Path) -> Iterator[str]:
    """Yield what is wrong with how a command ended."""
    if run.code not in (0, 1, 2):
        yield f"code {run.code}"
    if "Traceback" in run.out + run.err or "defect" in run.err:
        yield f"defect: {run.err[-500:]}"
    if run.code == 2 and not (run.err or (run.out and command[0] == "check")):
        yield "silence"
    if run.units > UNITS or run.megabytes > MEGABYTES:
        yield f"work: {run.units:.0f} units, {run.megabytes:.0f} MB"
    kind = command[command.index("--format") + 1] if "--format" in command else "text"
    for stream_kind, text in (("text", run.err), (kind, run.out)):
        wrong = complaint(stream_kind, text) if text else ""
        if wrong:
            yield f"text: {wrong}"
    for event, about in run.events:
        if not allowed(event, about, folder, file):
            yield f"event: {event} {about}"


PACKAGE = f"{Path(seqinspect.__file__).resolve().parent}{os.sep}"


def allowed(event: str, about: str, folder: Path, file: Path) -> bool:
    """Whether a command may be seen to do this: it reads what it names, writes what it makes."""
    if event == "read":
        return (
            about == str(file.resolve())
            or about.startswith((f"{folder}{os.sep}", PACKAGE))
            or Path(about).name in (OWN, SHARED)
        )
    if event in ("os.rename", "os.chmod", "write"):
        return MADE in about and str(folder) in about
    if event in ("os.listdir", "os.scandir", "os.walk"):
        return ascii(str(folder))[1:-1] in about
    return event == "compile" or (event == "exec" and "<formula>" in about)


def main() -> int:
    """Try everything, print what is wrong, and what was tried. Return 1 where something is."""
    from tests.limited import Server

    server = Server()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        prepare(folder)
        (folder / "inputs").mkdir()
        found: Counter[str] = Counter()
        every = inputs(folder / "inputs")
        for number, given in zip(count(1), every, strict=False):
            for command, said in tried(server, folder, given, COMMANDS):
                found[said.partition(":")[0]] += 1
                print(json.dumps([given.name, *command, said]), flush=True)
            if sys.stderr.isatty():
                print(f"\r{number} of {len(every)}", end="", file=sys.stderr)
    server.stop()
    runs = len(every) * len(COMMANDS)
    print(f"{runs:,} runs: {len(COMMANDS)} commands on {len(every)} inputs; wrong: {dict(found)}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
