"""The commands shown in README.md and docs/, run again: what they print must be what is shown.

`python -m tests.meta.documents` writes the real output into the documents.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.effort import HANG

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def documents() -> list[Path]:
    """Every document that may show a command; docs/questions has a test of its own."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def rerun(text: str) -> str:
    """Return a document with the output of every `$ command` as it is now."""
    return BLOCK.sub(lambda match: f"```console\n{_session(match[1])}```", text)


def _session(block: str) -> str:
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{_output(command)}" for command in commands)


def _output(command: str) -> str:
    folder = str(Path(sys.executable).parent)
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    environment = {**kept, "PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    with TemporaryDirectory() as cache:  # an empty one: nothing was confirmed earlier
        done = subprocess.run(
            command, shell=True, cwd=ROOT, env={**environment, "SEQINSPECT_CACHE": cache},
            check=False, timeout=HANG, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    text = done.stdout.replace(f"{ROOT}/", "")
    return text if not text or text.endswith("\n") else f"{text}\n"


if __name__ == "__main__":
    for path in documents():
        before = path.read_text(encoding="utf-8")
        after = rerun(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(path.relative_to(ROOT))
