"""Finding the hints: every `inputs_<family>.py` of this folder."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path


@cache
def load_hints() -> None:
    """Import all hints, which enter themselves into DRAWINGS."""
    for file in sorted(Path(__file__).parent.glob("inputs_*.py")):
        import_module(f"tests.rules.judge.{file.stem}")
