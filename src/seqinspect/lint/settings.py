"""Settings: what is looked for and what is allowed in a spec, and the patterns of its path."""

from __future__ import annotations

import os
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.lint.registry import FindingKind, Level, all_kinds, matching
from seqinspect.readers.spec import names_object, split_model
from seqinspect.records import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seqinspect.errors import Place

ALWAYS = frozenset({"SEQ001", "SEQ002"})
"""What makes a spec unusable: it is always looked for, and always an error."""

KEPT = ALWAYS | {"SEQ102", "SEQ303"}
"""What can make a spec unusable is not ignored."""

UNKNOWN_CODE = ("a code (SEQ103), its beginning (SEQ1), a name or ALL", "see `seqinspect rule`")


class Pattern(NamedTuple):
    """A pattern of paths, relative to the folder of the settings that it stands in."""

    text: str
    folder: str = ""
    place: Place | None = None

    def matches(self, path: str) -> bool:
        """Tell whether a path is meant."""
        file, model = split_model(path)
        names = (path, file) if model else (path,)
        return any(_fits(self.text, relative(name, self.folder)) for name in names)


class Selection(NamedTuple):
    """What one file of settings, or the command line, says of the codes to look for.

    Without `select` it goes on from what was selected before.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()


class Budget(NamedTuple):
    """A limit of a count, such as params, and where it stands."""

    what: str
    limit: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for the specs below `folder`: `file` says it, and files that it extends.

    `severity` has the level of findings by selectors, the later ones count.
    """

    selections: tuple[Selection, ...] = ()
    fail_on: Level = "note"
    static: bool = False
    baseline: str = ""
    exclude: tuple[Pattern, ...] = ()
    per_path_ignores: tuple[tuple[Pattern, tuple[str, ...]], ...] = ()
    budgets: tuple[tuple[Pattern, tuple[Budget, ...]], ...] = ()
    severity: tuple[tuple[str, Level], ...] = ()
    folder: str = ""
    file: str = ""

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """All patterns of paths."""
        named = (*self.per_path_ignores, *self.budgets)
        return (*self.exclude, *(pattern for pattern, _ in named))

    def levels(self) -> Mapping[str, Level]:
        """Return the level of every finding that has not its own."""
        return _levels(self.severity)


@cache
def _levels(severity: tuple[tuple[str, Level], ...]) -> Mapping[str, Level]:
    found: dict[str, Level] = {}
    for selector, level in sorted(severity, key=lambda entry: _specificity(entry[0])):
        codes, _ = matching([selector], all_kinds().values())
        found |= dict.fromkeys(codes - ALWAYS, level)
    return found


@cache
def chosen(
    selections: tuple[Selection, ...], ignored: tuple[str, ...] = ()
) -> tuple[FindingKind, ...]:
    """Return the kinds of findings that are looked for, all by default.

    As with ruff: within a selection the more specific word counts, `ignore` where both are equal.
    """
    kinds = all_kinds()
    codes = set(kinds)
    for selection in selections:
        if selection.select is not None:
            codes = set()
        wanted = (*(selection.select or ()), *selection.extend_select)
        both = {*map(_specificity, wanted), *map(_specificity, selection.ignore)}
        for specificity in sorted(both):
            codes |= _meant(wanted, specificity)
            codes -= _meant(selection.ignore, specificity) - KEPT
    codes -= matching(ignored, kinds.values())[0] - KEPT
    return tuple(kind for kind in kinds.values() if kind.code in codes | ALWAYS)


@cache
def chosen_codes(
    selections: tuple[Selection, ...], ignored: tuple[str, ...] = ()
) -> frozenset[str]:
    """Return the codes of the kinds of findings that are looked for."""
    return frozenset(kind.code for kind in chosen(selections, ignored))


def _meant(selectors: Iterable[str], specificity: int) -> set[str]:
    chosen = [each for each in selectors if _specificity(each) == specificity]
    return matching(chosen, all_kinds().values())[0]


def _specificity(selector: str) -> int:
    """Return how much a selector says: ALL nothing, SEQ1 its length, a code or a name all."""
    text = selector.strip().upper()
    if text == "ALL":
        return 0
    return len(text) if text.startswith("SEQ") and len(text) < len("SEQ000") else len("SEQ000")


def working_folder() -> str:
    """Return the working folder; the root where someone has removed it."""
    try:
        return os.getcwd()  # noqa: PTH109 - a thousand paths are slow
    except FileNotFoundError:
        return os.sep


def relative(path: str, folder: str) -> str:
    """Return a path as patterns see it: below a folder, with /."""
    if not folder:
        return Path(path).as_posix()
    if names_object(path):
        return path
    try:
        return Path(os.path.abspath(path)).relative_to(folder).as_posix()  # noqa: PTH100
    except ValueError:
        return Path(os.path.relpath(path, folder)).as_posix()


def _fits(pattern: str, path: str) -> bool:
    """Tell whether a pattern is the whole of a path: ** any folders, * and ? within a name.

    The places in the path that the pattern may have come to are kept side by side: a regular
    expression would try them one after the other, which six stars make endless.
    """
    reached = {0}
    for token in _tokens(pattern):
        if token in ("*", "**"):
            reached = _from(reached, path, "" if token == "**" else "/")
        elif token == "**/":
            reached |= {at for at in _from(reached, path) if at and path[at - 1] == "/"}
        elif token == "?":
            reached = {at + 1 for at in reached if path[at : at + 1] not in ("", "/")}
        else:
            reached = {at + len(token) for at in reached if path.startswith(token, at)}
    return len(path) in reached


def _from(reached: set[int], path: str, end: str = "") -> set[int]:
    """Return these places and all after them, up to the next `end`."""
    found, open_ = set(), False
    for at in range(len(path) + 1):
        open_ = at in reached or (open_ and (not end or path[at - 1] != end))
        if open_:
            found.add(at)
    return found


@lru_cache(maxsize=1024)
def _tokens(pattern: str) -> tuple[str, ...]:
    """Split a pattern; a folder means all below it, and a name without folder is meant anywhere."""
    text = pattern.removeprefix("./")
    if text.endswith("/"):
        text += "**"
    if "/" not in text:
        text = f"**/{text}"
    return tuple(filter(None, re.split(r"(\*\*/|\*\*|\*|\?)", text)))
