"""Mutants that nothing can notice, by module and line, each with the reason."""

from __future__ import annotations

KNOWN: dict[str, dict[str, str]] = {
    "windows": {
        "MOST_STEPS = 1_000": "a bound on work: beyond it less is known, and nothing else said",
    },
}
"""Module → the mutant's line as it stands in the source → why it changes no fact."""
