"""`python -m fuzz [TARGET...] --runs N`: fuzz what reads, one target after the other."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

NAMES = ("yaml", "json", "to_yaml", "keras", "h5", "weights", "settings", "lock", "python",
              "notebook", "space", "expression", "data")  # fmt: skip
ROOT = Path(__file__).parent.parent
FINDING = re.compile(r"finding-[0-9a-f]{12}|finding-(crash|timeout|oom|leak)-\w+")


def main() -> int:
    """Return 1 where something was found, else 0."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--runs", type=int, default=1_000_000, metavar="N", help="inputs a target")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "fuzz", metavar="FOLDER",
                        help="where corpora and findings are kept [build/fuzz]")  # fmt: skip
    parser.add_argument("--engine", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    unknown = set(asked.targets) - set(NAMES)
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if asked.engine:
        from fuzz.engine import main as run  # noqa: PLC0415 - it needs atheris

        run(asked.targets[0], asked.runs, asked.output)
    found = [_fuzz(name, asked.runs, asked.output / name) for name in asked.targets or NAMES]
    return 1 if any(found) else 0


def _fuzz(name: str, runs: int, folder: Path) -> bool:
    """Run one target in a process of its own, and say what came out. Tell whether that is bad."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    began = time.monotonic()
    with log.open("wb") as output:
        command = [sys.executable, "-m", "fuzz", name, "--engine", "--runs", str(runs), "--output"]
        code = subprocess.run(
            [*command, str(folder)], stdout=output, stderr=output, cwd=ROOT, check=False
        ).returncode
    text = log.read_text("utf-8", "replace")
    executed = re.search(r"number_of_executed_units: (\d+)", text)
    covered = re.findall(r"cov: (\d+)", text)
    findings = sorted(path.name for path in folder.iterdir() if FINDING.fullmatch(path.name))
    seconds = time.monotonic() - began
    print(
        f"{name}: {int(executed[1]) if executed else 0:,} inputs in {seconds:,.0f} s,"
        f" {covered[-1] if covered else '?'} branches, {len(findings)} findings",
        flush=True,
    )
    for finding in findings:
        print(f"  {folder / finding}")
    if code and not findings:
        print(f"  ended with {code}: see {log}")
    return bool(code or findings)


if __name__ == "__main__":
    sys.exit(main())
