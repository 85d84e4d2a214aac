"""Settings: `[tool.seqinspect]` in pyproject.toml, or seqinspect.toml; the nearest file wins."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.lint.registry import LEVELS, Level, all_kinds, matching
from seqinspect.readers.source.files import read_text_file
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import nearest
from seqinspect.readers.spec import names_object

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = "seqinspect.toml"
SHARED = "pyproject.toml"
MOST_BITS = 10_000
"""Of a limit: a number in base 16 may have so many digits that Python shows it in no other."""

BUDGETS = ("params", "multiply_adds", "bytes", "receptive_field")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is looked for and what is allowed; patterns are relative to `folder`."""

    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    fail_on: Level = "note"
    static: bool = False
    exclude: tuple[str, ...] = ()
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    budgets: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    folder: str = ""
    file: str = ""
    places: tuple[tuple[str, int], ...] = ()

    def matches(self, pattern: str, path: str) -> bool:
        """Tell whether a path is meant by a pattern of this file."""
        return _fits(pattern, relative(path, self.folder))

    def place(self, key: str) -> Place:
        """The line of the settings file on which a key stands."""
        return Place(self.file, dict(self.places).get(key, 1), 1)


def settings_for(path: str) -> Settings:
    """Return the settings that hold for a file. Raises SpecError for a broken file."""
    return _of_folder(os.path.dirname(path), working_folder())  # noqa: PTH120 - a thousand paths are slow


def working_folder() -> str:
    """Return the working folder; the root where someone has removed it."""
    try:
        return os.getcwd()  # noqa: PTH109 - a thousand paths are slow
    except FileNotFoundError:
        return os.sep


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


def read_settings(path: Path) -> Settings | None:
    """Read one settings file; None where there is none, or a pyproject.toml without our table."""
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
    return _Reader(file, text).read(data, str(path.parent))


class _Reader:
    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = text.splitlines()

    def read(self, data: object, folder: str) -> Settings:
        table = self.table(data, "[tool.seqinspect]")
        known = ("select", "ignore", "fail-on", "static", "exclude", "per-path-ignores", "budgets")
        for key in table:
            if key not in known:
                near = nearest(key, known)
                remedy = f"did you mean `{near}`?" if near else ""
                self.refuse(key, f"there is no setting `{truncate(key)}`", ", ".join(known), remedy)
        settings = Settings(folder=folder, file=self.file)
        changes: dict[str, Any] = {}
        for key in ("select", "ignore"):
            if key in table:
                changes[key] = self.codes(key, table[key])
        if "exclude" in table:
            changes["exclude"] = self.texts("exclude", table["exclude"])
        if "fail-on" in table:
            if table["fail-on"] not in LEVELS:
                self.refuse("fail-on", "this is no level of findings", ", ".join(LEVELS))
            changes["fail_on"] = table["fail-on"]
        if "static" in table:
            if not isinstance(table["static"], bool):
                self.refuse("static", "`static` must be true or false", "true or false")
            changes["static"] = table["static"]
        ignores = self.table(table.get("per-path-ignores", {}), "per-path-ignores")
        changes["per_path_ignores"] = tuple(
            (pattern, self.codes(pattern, codes)) for pattern, codes in ignores.items()
        )
        budgets = self.table(table.get("budgets", {}), "budgets")
        changes["budgets"] = tuple(
            (pattern, self.budget(pattern, budget)) for pattern, budget in budgets.items()
        )
        changes["places"] = tuple((pattern, self.line(pattern)) for pattern in budgets)
        return replace(settings, **changes)

    def budget(self, pattern: str, data: object) -> tuple[tuple[str, str], ...]:
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
            found.append((what, f"<= {limit}" if isinstance(limit, int) else limit))
        return tuple(found)

    def codes(self, key: str, data: object) -> tuple[str, ...]:
        texts = self.texts(key, data)
        _, unknown = matching(texts, all_kinds().values())
        if unknown:
            self.refuse(key, f"there is no finding {truncate(unknown[0])}", *UNKNOWN_CODE)
        return texts

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

    def line(self, key: str) -> int:
        return next((n for n, line in enumerate(self.lines, 1) if key in line), 1)

    def refuse(self, key: str, what: str, expected: str, remedy: str = "") -> NoReturn:
        number = self.line(key)
        text = self.lines[number - 1] if self.lines else ""
        place = Place(self.file, number, max(1, text.find(key) + 1))
        raise SpecError(
            Problem(what, "", expected, remedy, place=place, line=text, about="settings")
        )


UNKNOWN_CODE = ("a code (SEQ103), its beginning (SEQ1), a name or ALL", "see `seqinspect rule`")


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


def _shown_path(path: Path) -> str:
    """A settings file as it is named to people: relative to where they are, if it is below."""
    try:
        return path.relative_to(working_folder()).as_posix()
    except ValueError:
        return str(path)
