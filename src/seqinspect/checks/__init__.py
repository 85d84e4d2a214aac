"""Findings: what is wrong or surprising in a model, one family a file; a docstring is its page."""

from __future__ import annotations

from seqinspect.checks.registry import KINDS, LEVELS, Kind, Level, all_kinds, find, matching

__all__ = ["KINDS", "LEVELS", "Kind", "Level", "all_kinds", "find", "matching"]
