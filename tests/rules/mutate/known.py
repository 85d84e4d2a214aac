"""Mutants that nothing can notice, by module and line, each with the reason."""

from __future__ import annotations

KNOWN: dict[str, dict[str, str]] = {}
"""Module → the mutant's line as it stands in the source → why it changes no fact."""
