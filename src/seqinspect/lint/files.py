"""Which files a command means: paths, folders and patterns → specs, in a fixed order."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.analysis.walk import output_shape
from seqinspect.compare.lock import LOCK_NAME
from seqinspect.errors import Problem, SpecError
from seqinspect.lint.settings import working_folder
from seqinspect.lint.settings_file import settings_for
from seqinspect.readers.source.files import STANDARD_INPUT
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.spec import names_object, read_models, split_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.lint.settings import Pattern

CODE = (".py", ".ipynb")
ENDINGS = (".yaml", ".yml", ".json", ".keras", ".h5", ".hdf5", *CODE)
SURE = (".keras",)
"""Files that are models whatever is in them."""

LOOKED_AT = 1 << 20
"""So much of a file in a folder is searched for signs of a model."""

MAX_PATTERN = 4096
"""Characters of a pattern of files, which is no longer than a path may be."""

MAX_WALKED = 20_000
"""So many files and folders are looked at for one that a pattern fits."""

MENTIONS_KERAS = re.compile(rb"(?:^|[\"'])[ \t]*(?:import|from)\s+[^\n]{0,200}keras", re.MULTILINE)
"""Only such code is looked into: it may build a model."""

SIGNS = re.compile(rb"(?:^|[{,\s\"'])(?:layers|class_name)[\"']?\s*:", re.MULTILINE)
HDF5 = b"\x89HDF\r\n\x1a\n"
SHARD = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


def find_files(paths: Sequence[str]) -> tuple[list[str], int]:
    """Return the specs that are meant, each once, and how many files of folders are no specs.

    A file that is named is taken as it is. Raises SpecError for what names nothing.
    """
    found: dict[str, None] = {}
    passed_over = 0
    problems: list[Problem] = []
    for path in paths:
        if path == STANDARD_INPUT:
            found[path] = None
        elif _is_folder(path):
            inside, others = _below(path)
            passed_over += others
            found |= dict.fromkeys(inside)
            if not inside:
                problems.append(Problem(f"there is no spec in the folder {truncate(path, 300)}"))
        elif any(sign in path for sign in "*?[") and not os.path.exists(path):  # noqa: PTH110 - likewise
            matched = _matching(path) if len(path) <= MAX_PATTERN else []
            found |= dict.fromkeys(matched)
            if not matched:
                problems.append(Problem(f"no file matches {truncate(path, 300)}"))
        else:
            path = os.path.normpath(path) if path.startswith("./") else path  # noqa: PLW2901 - the same
            models = _models_of(path) if path.lower().endswith(CODE) else ()
            found |= dict.fromkeys(models or (path,))
    if problems:
        raise SpecError(*problems)
    return sorted(found), passed_over


def _is_folder(path: str) -> bool:
    """Tell whether a path is a folder; one that is too long for a path is none."""
    return os.path.isdir(path)  # noqa: PTH112 - pathlib raises


def _matching(pattern: str) -> list[str]:
    from glob import glob  # noqa: PLC0415 - a shell has done it mostly

    found = []
    for path in sorted(glob(pattern, recursive=True)):  # noqa: PTH207 - it keeps what was written
        if _is_folder(path):
            found += _below(path)[0]
        else:
            found.append(path)
    return found


def _below(folder: str) -> tuple[list[str], int]:
    """Return the specs in a folder and the folders in it, hidden ones left out."""
    found: list[str] = []
    others = 0
    for path in filter(None, _walk(folder)):
        settings = settings_for(path)
        if any(pattern.matches(path) for pattern in settings.exclude):
            continue
        if path.lower().endswith(CODE):
            models = _models_of(path) if _mentions_keras(path) else ()
            found += models
        elif _is_spec(path):
            found.append(path)
        else:
            others += 1
    return found, others


def _mentions_keras(path: str) -> bool:
    try:
        return MENTIONS_KERAS.search(_start(path)) is not None
    except OSError:
        return False


def _start(path: str) -> bytes:
    """Return how a file begins; nothing of a pipe, a socket or a device. Raises OSError.

    To open a pipe is to wait until something is written to it.
    """
    if not os.path.isfile(path):  # noqa: PTH113 - it keeps what was written
        os.stat(path)  # noqa: PTH116 - likewise
        return b""
    with Path(path).open("rb") as file:
        return file.read(LOOKED_AT)


def _models_of(path: str) -> list[str]:
    """Return each model that code builds as `train.py:encoder`, the file where it is one.

    Code that cannot be read stands for itself: reading it says what is wrong.
    """
    try:
        models = read_models(path, infer=output_shape)
    except SpecError as error:
        return [] if any(problem.about == "root" for problem in error.problems) else [path]
    if len(models) == 1:
        return [path]
    return [f"{path}:{model.name}" if model.name else path for model in models]


def _walk(folder: str, limit: int | None = None) -> Iterator[str | None]:
    """Yield what may be a spec, by its name; None, as the last, where there is more to look at."""
    for number, (root, folders, files) in enumerate(os.walk(folder)):
        if limit is not None and number >= limit:
            yield None
            return
        folders[:] = sorted(
            name for name in folders if not name.startswith((".", "__")) and name != "node_modules"
        )
        for name in sorted(files):
            if name.lower().endswith(ENDINGS) and not name.startswith("."):
                path = os.path.join(root, name)  # noqa: PTH118 - it keeps what was written
                yield os.path.normpath(path)


def _is_spec(path: str) -> bool:
    """Tell whether a file looks like a model; a folder holds other YAML and JSON as well."""
    try:
        return looks_like_spec(path, _start(path))
    except OSError:
        return True  # reading it says what is wrong


def looks_like_spec(path: str, data: bytes) -> bool:
    """Tell whether what a file holds looks like a model, by how its name ends."""
    start = data[:LOOKED_AT]
    if path.lower().endswith(CODE):
        return MENTIONS_KERAS.search(start) is not None
    if not path.lower().endswith(ENDINGS) or path.lower().endswith(SURE):
        return path.lower().endswith(SURE)
    if path.lower().endswith((".h5", ".hdf5")):
        return start.startswith(HDF5) and b"model_config" in start
    return SIGNS.search(start) is not None


def nearest_lock(path: str) -> str | None:
    """Return the lock that is nearest to a spec, from its folder upwards; None where there is none.

    As people name it: relative to where they are, where it is below.
    """
    here = Path(working_folder())
    file = "" if names_object(path) or path == STANDARD_INPUT else split_model(path)[0]
    folder = Path(os.path.normpath(here / file))
    found = _lock_above(folder if _is_folder(str(folder)) or not file else folder.parent)
    if found is None:
        return None
    return found.relative_to(here).as_posix() if found.is_relative_to(here) else str(found)


def lock_folder(name: str) -> str:
    """Return the folder that the paths in a lock are relative to."""
    return str(Path(os.path.normpath(Path(working_folder(), name))).parent)


def _lock_above(folder: Path) -> Path | None:
    if os.path.isfile(folder / LOCK_NAME):  # noqa: PTH113 - pathlib raises where a name is too long
        return folder / LOCK_NAME
    return None if folder.parent == folder else _lock_above(folder.parent)


def unmatched(patterns: Sequence[Pattern], sources: Sequence[str]) -> list[Pattern]:
    """Return the patterns that fit no spec, and no other config or code below their folders.

    Of a folder that is too large to look through nothing is said.
    """
    left = [each for each in patterns if not any(map(each.matches, sources))]
    for folder in dict.fromkeys(each.folder for each in left):
        here = [each for each in left if each.folder == folder]
        for number, path in enumerate(_walk(folder, MAX_WALKED)):
            here = [each for each in here if path is not None and not each.matches(path)]
            if not here or number >= MAX_WALKED:
                here = []
                break
        left = [each for each in left if each.folder != folder or each in here]
    return left


def repository_root() -> str:
    """Return the folder of the repository that people are in; empty outside of one."""
    here = Path(working_folder())
    found = (each for each in (here, *here.parents) if os.path.lexists(each / ".git"))
    return str(next(found, ""))


def shard(files: Sequence[str], text: str) -> list[str]:
    """Return the part of the files that `2/8` names: the second of 8 machines."""
    match = SHARD.fullmatch(text)
    if match is None or int(match[1]) > int(match[2]):
        what = f"--shard: `{truncate(text)}` is no part of a whole"
        raise SpecError(Problem(what, expected="the second of eight parts is 2/8"))
    return list(files[int(match[1]) - 1 :: int(match[2])])
