"""Reading settings: `[tool.seqinspect]` in pyproject.toml, or seqinspect.toml; the nearest wins."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.lint.registry import LEVELS, Level, all_kinds, matching
from seqinspect.lint.settings import (
    ALWAYS,
    UNKNOWN_CODE,
    Budget,
    Pattern,
    Selection,
    Settings,
    working_folder,
)
from seqinspect.readers.source.files import read_text_file
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import nearest
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = "seqinspect.toml"
SHARED = "pyproject.toml"
MOST_BITS = 10_000
"""Of a limit: a number in base 16 may have so many digits that Python shows it in no other."""

MAX_EXTENDED = 20
"""So many files may extend one another."""

BUDGETS = ("params", "multiply_adds", "bytes", "receptive_field")
KEYS = (
    "extend", "select", "extend-select", "ignore", "extend-ignore", "severity", "fail-on", "static",
    "baseline", "exclude", "extend-exclude", "per-path-ignores", "budgets",
)  # fmt: skip


def settings_for(path: str) -> Settings:
    """Return the settings that hold for a file. Raises SpecError for a broken file."""
    return _of_folder(os.path.dirname(path), working_folder())  # noqa: PTH120 - a thousand paths are slow


@lru_cache(maxsize=4096)
def _of_folder(folder: str, here: str) -> Settings:
    return _nearest(os.path.normpath(os.path.join(here, folder)))  # noqa: PTH118


@lru_cache(maxsize=4096)
def _nearest(folder: str) -> Settings:
    for name in (OWN, SHARED):
        found = read_settings(Path(folder) / name)
        if found is not None:
            return found
    parent = str(Path(folder).parent)
    return Settings() if parent == folder else _nearest(parent)


def read_settings(path: Path, extending: tuple[Path, ...] = ()) -> Settings | None:
    """Read one settings file; None where there is none, or a pyproject.toml without our table.

    `extending` are the files that lead to it.
    """
    try:
        text = read_text_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        what = f"the settings cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}"
        place = Place(_shown_path(path), 1, 1)
        raise SpecError(Problem(what, place=place, about="settings")) from None
    if path.name == SHARED and "tool.seqinspect" not in text:
        return None
    from tomllib import TOMLDecodeError, loads  # noqa: PLC0415 - only who has settings

    file = _shown_path(path)
    try:
        data = loads(text)
    except (ValueError, RecursionError) as error:
        known = isinstance(error, TOMLDecodeError)
        what = str(error) if known else "values are nested too deeply, or a number is too long"
        raise SpecError(
            Problem(f"this is no TOML: {what}", place=Place(file, 1, 1), about="settings")
        ) from None
    if path.name == SHARED:
        tool = data.get("tool")
        own = tool.get("seqinspect") if isinstance(tool, dict) else None
        if own is None:
            return None
        data = own
    return _Reader(file, text, path, extending).read(data)


class _Reader:
    def __init__(self, file: str, text: str, path: Path, extending: tuple[Path, ...]) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.path = path
        self.folder = str(path.parent)
        self.extending = extending

    def read(self, data: object) -> Settings:
        table = self.table(data, "[tool.seqinspect]")
        for key in table:
            if key not in KEYS:
                near = nearest(key, KEYS)
                remedy = f"did you mean `{near}`?" if near else ""
                self.refuse(key, f"there is no setting `{truncate(key)}`", ", ".join(KEYS), remedy)
        base = self.extended(table["extend"]) if "extend" in table else Settings()
        changes: dict[str, Any] = {"folder": self.folder, "file": self.file}
        selection = Selection(
            select=self.codes("select", table["select"]) if "select" in table else None,
            ignore=self.listed(table, "ignore") + self.listed(table, "extend-ignore"),
            extend_select=self.listed(table, "extend-select"),
        )
        changes["selections"] = (*base.selections, selection)
        exclude = base.exclude
        if "exclude" in table:
            exclude = self.patterns("exclude", table["exclude"])
        if "extend-exclude" in table:
            exclude += self.patterns("extend-exclude", table["extend-exclude"])
        changes["exclude"] = exclude
        if "fail-on" in table:
            changes["fail_on"] = self.level("fail-on", table["fail-on"])
        if "static" in table:
            if not isinstance(table["static"], bool):
                self.refuse("static", "`static` must be true or false", "true or false")
            changes["static"] = table["static"]
        if "baseline" in table:
            changes["baseline"] = str(Path(self.folder, self.text("baseline", table["baseline"])))
        if "severity" in table:
            levels = self.table(table["severity"], "severity")
            changes["severity"] = (
                *base.severity,
                *((self.severed(each), self.level(each, levels[each])) for each in levels),
            )
        if "per-path-ignores" in table:
            ignores = self.table(table["per-path-ignores"], "per-path-ignores")
            changes["per_path_ignores"] = tuple(
                (self.pattern("per-path-ignores", pattern), self.codes(pattern, codes))
                for pattern, codes in ignores.items()
            )
        if "budgets" in table:
            budgets = self.table(table["budgets"], "budgets")
            changes["budgets"] = tuple(
                (self.pattern("budgets", pattern), self.budget(pattern, budget))
                for pattern, budget in budgets.items()
            )
        return replace(base, **changes)

    def extended(self, data: object) -> Settings:
        """Read the settings that these go on from."""
        name = self.text("extend", data)
        path = Path(os.path.normpath(Path(self.folder, name)))
        if path in (*self.extending, self.path) or len(self.extending) >= MAX_EXTENDED:
            self.refuse("extend", f"{truncate(name)} extends these settings itself", "another file")
        found = read_settings(path, (*self.extending, self.path))
        if found is None:
            self.refuse(
                "extend", f"there are no settings in {truncate(name)}", "a TOML file of ours"
            )
        return found

    def level(self, key: str, data: object) -> Level:
        if data not in LEVELS:
            self.refuse(key, "this is no level of findings", ", ".join(LEVELS))
        return data

    def severed(self, selector: str) -> str:
        """Return what a level is given to; what makes a spec unusable stays an error."""
        codes, unknown = matching([selector], all_kinds().values())
        if unknown:
            self.refuse(selector, f"there is no finding {truncate(selector)}", *UNKNOWN_CODE)
        if codes <= ALWAYS:
            what = f"{selector} is always an error: the spec cannot be used"
            self.refuse(selector, what, "the code of another finding")
        return selector

    def listed(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        return self.codes(key, table[key]) if key in table else ()

    def pattern(self, key: str, text: str) -> Pattern:
        return Pattern(text, self.folder, Place(self.file, self.line(text, key), 1))

    def patterns(self, key: str, data: object) -> tuple[Pattern, ...]:
        return tuple(self.pattern(key, text) for text in self.texts(key, data))

    def budget(self, pattern: str, data: object) -> tuple[Budget, ...]:
        found = []
        for what, limit in self.table(data, pattern).items():
            if what not in BUDGETS:
                near = nearest(what, BUDGETS)
                remedy = f"did you mean `{near}`?" if near else ""
                self.refuse(
                    what, f"there is no budget `{truncate(what)}`", ", ".join(BUDGETS), remedy
                )
            if isinstance(limit, bool) or not isinstance(limit, int | str):
                self.refuse(what, f"`{what}` must be a limit", '"<= 1_000_000", or a number')
            if isinstance(limit, int) and limit.bit_length() > MOST_BITS:
                self.refuse(what, f"`{what}` is too large", "a number of at most 3,000 digits")
            text = f"<= {limit}" if isinstance(limit, int) else limit
            place = Place(self.file, self.line(what, "budgets", pattern), 1)
            found.append(Budget(what, text, place))
        return tuple(found)

    def codes(self, key: str, data: object) -> tuple[str, ...]:
        texts = self.texts(key, data)
        _, unknown = matching(texts, all_kinds().values())
        if unknown:
            self.refuse(key, f"there is no finding {truncate(unknown[0])}", *UNKNOWN_CODE)
        return texts

    def text(self, key: str, data: object) -> str:
        if not isinstance(data, str) or not data or "\0" in data:
            self.refuse(key, f"`{key}` must be a path", "a file, relative to this one")
        return data

    def texts(self, key: str, data: object) -> tuple[str, ...]:
        if not isinstance(data, list) or not all(isinstance(each, str) for each in data):
            self.refuse(
                key, f"`{truncate(key)}` must be a list of strings", 'a list such as ["SEQ103"]'
            )
        return tuple(data)

    def table(self, data: object, name: str) -> Mapping[str, Any]:
        if not isinstance(data, dict):
            self.refuse(name, f"`{truncate(name)}` must be a table", "names with values")
        return data

    def line(self, key: str, *above: str) -> int:
        """Return the line of a key: the first that has it, from the lines of the keys above on."""
        first = 0
        for each in (*above, key):
            first = next((n for n in range(first, len(self.lines)) if self.has(n, each)), first)
        return first + 1

    def has(self, number: int, key: str) -> bool:
        """Tell whether a line has a word of its own, and not in a comment."""
        line = self.lines[number]
        return (
            re.search(rf"(?<![\w.*/-]){re.escape(key)}(?![\w.*/-])", line.split(" #")[0])
            is not None
        )

    def refuse(self, key: str, what: str, expected: str, remedy: str = "") -> NoReturn:
        number = self.line(key)
        text = self.lines[number - 1] if self.lines else ""
        place = Place(self.file, number, max(1, text.find(key) + 1))
        raise SpecError(
            Problem(what, "", expected, remedy, place=place, line=text, about="settings")
        )


def _shown_path(path: Path) -> str:
    """A settings file as it is named to people: relative to where they are, if it is below."""
    try:
        return path.relative_to(working_folder()).as_posix()
    except ValueError:
        return str(path)
