"""Modules beside the source that it imports: found in its own folder tree, read and followed once.

Nothing is imported: a module is parsed and followed as the source itself. What leads out of the
folder of the source (`..`, a symbolic link) is not followed.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.readers.python.values import Module, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.readers.python.run import Run

MOST_MODULES = 30
"""So many modules beside a source are read."""

FOREIGN = frozenset({"jax", "keras", "numpy", "pandas", "tensorflow", "tf_keras", "torch"})
"""Packages that are never looked for beside the source."""

FOLDER = " folder"
"""Under this name a module's scope has the folder that its relative imports start from."""


def find_module(run: Run, name: str, level: int, scope: Scope) -> Module | None:
    """Return a module beside the source, followed; None where there is none in the folder tree."""
    root = run.code.folder
    if not root or name.partition(".")[0] in FOREIGN:
        return None
    own = str(scope.find(FOLDER))
    parts = name.split(".") if name else []
    if level:
        for _ in range(level - 1):
            own = os.path.dirname(own)  # noqa: PTH120 - text: it is compared with the root
        starts = [own]
    else:
        starts = list(dict.fromkeys((root, own)))
        if parts[:1] == [os.path.basename(root)] and len(parts) > 1:  # noqa: PTH119 - likewise
            starts.append(os.path.dirname(root))  # noqa: PTH120 - the package that it belongs to
    for start in starts:
        found = _module_at(run, os.path.join(start, *parts))  # noqa: PTH118 - likewise
        if found is not None:
            return found
    return None


def _module_at(run: Run, path: str) -> Module | None:
    """Return the module of a path without its ending: a file, or a package."""
    for file in (f"{path}.py", os.path.join(path, "__init__.py")):  # noqa: PTH118 - likewise
        real = _real_path(run.code.folder, file)
        if real in run.modules:
            return run.modules[real]
        if real and real != run.code.path and _kind(real, stat.S_ISREG):
            return _follow(run, real)
    real = _real_path(run.code.folder, path)
    if real and _kind(real, stat.S_ISDIR):  # a package without __init__.py
        return Module(real, Scope({FOLDER: real}))
    return None


def _kind(path: str, is_kind: Callable[[int], bool]) -> bool:
    try:
        return is_kind(os.stat(path).st_mode)  # noqa: PTH116 - likewise
    except (OSError, ValueError):
        return False


def _real_path(root: str, file: str) -> str:
    """Return the real path of a file; empty where it lies outside of the folder tree."""
    try:
        real = os.path.realpath(file)
    except (OSError, ValueError):
        return ""
    return real if real == root or real.startswith(os.path.join(root, "")) else ""  # noqa: PTH118


def _follow(run: Run, real: str) -> Module | None:
    """Parse a module and follow its statements; None where it cannot be read."""
    if len(run.modules) >= MOST_MODULES:
        return None
    try:
        body = run.code.module(real)
    except (OSError, SpecError):
        return None
    folder, name = os.path.split(real)
    package = folder if name == "__init__.py" else ""
    module = Module(package, Scope({"__name__": "a module", FOLDER: folder}))
    run.modules[real] = module
    line, models, importing = run.line, len(run.models), run.importing
    run.importing = True
    run.execute(body, module.scope)
    run.importing, run.line = importing, line
    run.models_beside += run.models[models:]
    del run.models[models:]
    return module


def member_of(run: Run, module: Module, name: str) -> object | None:
    """Return what a module has under a name: a value, or a module below it; None for neither."""
    if name in module.scope.names:
        return module.scope.names[name]
    return _module_at(run, os.path.join(module.folder, name)) if module.folder else None  # noqa: PTH118
