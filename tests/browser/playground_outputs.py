"""What commands print, run in this process: natively and in Pyodide, to be compared.

`python playground_outputs.py COMMANDS RESULTS` reads a JSON list of argument lists, and writes what
each of them returns: its exit code, its standard output and its standard error. A list that begins
with `inspect` holds a file for the playground's own function instead.
"""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path

from seqinspect.cli.run import run

Result = tuple[int, str, str]


def outputs(commands: list[list[str]]) -> list[Result]:
    """Return what each command returns and prints."""
    return [_output(command) for command in commands]


def _output(command: list[str]) -> Result:
    if command[0] == "inspect":
        from web.inspection import inspect

        path = Path(command[1])
        return 0, inspect(path.read_text("utf-8", "replace"), path.stem), ""
    before = sys.stdout, sys.stderr
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in before]
    sys.stdout, sys.stderr = streams
    try:
        code = run(command)
    finally:
        sys.stdout, sys.stderr = before
    printed = []
    for stream in streams:
        stream.seek(0)
        printed.append(stream.read())
    return code, printed[0], printed[1]


def main(commands: str, results: str) -> None:
    """Run the commands of a file."""
    found = outputs(json.loads(Path(commands).read_text("utf-8")))
    Path(results).write_text(json.dumps(found), "utf-8")


def measure(spec: str, results: str) -> None:
    """Write what an edit of a spec costs: units of work, and seconds of processor time."""
    from tests import effort
    from web.inspection import inspect

    text = Path(spec).read_text("utf-8")
    numbers = iter(range(1000))

    def edited() -> None:
        inspect(f"{text}# {next(numbers)}\n", "edited")

    def seconds() -> float:
        began = time.process_time()
        edited()
        return time.process_time() - began

    edited()
    costs = {
        "units": min(effort.units(edited) for _ in range(10)),
        "seconds": min(seconds() for _ in range(10)),
    }
    Path(results).write_text(json.dumps(costs), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
