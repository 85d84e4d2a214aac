"""The settings that hold for specs, as TOML: what is looked for, and what is allowed where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.json_text import json_text
from seqinspect.output.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.lint.registry import FindingKind, Level
    from seqinspect.lint.settings import Pattern, Settings


def render(
    settings: Settings, kinds: Sequence[FindingKind], fail_on: Level, sources: Sequence[str]
) -> str:
    """Return the settings of some specs; `kinds` are the findings that are looked for."""
    return "".join(f"{line}\n" for line in _lines(settings, kinds, fail_on, sources))


def _lines(
    settings: Settings, kinds: Sequence[FindingKind], fail_on: Level, sources: Sequence[str]
) -> Iterator[str]:
    more = f" and {counted(len(sources) - 1, 'other spec')}" if len(sources) > 1 else ""
    yield f"# {_comment(settings.file or 'no settings')}, for {_comment(sources[0])}{more}"
    yield f"codes = {json_text([kind.code for kind in kinds])}"
    levels = settings.levels()
    changed = {code: level for code, level in levels.items() if level}
    yield f"severity = {_table((code, json_text(level)) for code, level in changed.items())}"
    yield f"fail-on = {json_text(fail_on)}"
    yield f"static = {json_text(settings.static)}"
    yield f"baseline = {json_text(settings.baseline)}"
    yield f"exclude = {json_text([_text(pattern, settings) for pattern in settings.exclude])}"
    ignores = (
        (json_text(_text(pattern, settings)), json_text(codes))
        for pattern, codes in settings.per_path_ignores
    )
    yield f"per-path-ignores = {_table(ignores)}"
    budgets = (
        (
            json_text(_text(pattern, settings)),
            _table((each.what, json_text(each.limit)) for each in limits),
        )
        for pattern, limits in settings.budgets
    )
    yield f"budgets = {_table(budgets)}"


def _table(entries: Iterable[tuple[str, str]]) -> str:
    inner = ", ".join(f"{key} = {value}" for key, value in entries)
    return f"{{{inner}}}"


def _text(pattern: Pattern, settings: Settings) -> str:
    """Return a pattern; one that other settings have with their folder."""
    if pattern.folder == settings.folder:
        return pattern.text
    return f"{pattern.folder}/{pattern.text}"


def _comment(text: str) -> str:
    return json_text(text)[1:-1]
