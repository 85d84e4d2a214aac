"""An audit hook that tells what Python code does besides computing."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import seqinspect

if TYPE_CHECKING:
    from types import FrameType

INSTALLED = tuple(
    f"{os.path.realpath(folder)}{os.sep}"
    for folder in (
        str(Path(seqinspect.__file__).parent),
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
)
"""Folders of Python, of seqinspect and of what is installed with it: imports read there."""

PACKAGES = {"click", "numpy", "pyfive", "pygments", "rich", "seqinspect", "yaml"}
"""What may be imported besides Python's own modules; pyfive imports numpy."""

IMPORTING = {"compile", "exec", "marshal.loads", "object.__setattr__", "os.listdir"}
"""What an import does by itself."""

HARMLESS = {"array.__new__", "builtins.id", "object.__getattr__", "sys._getframe"}
READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


class Watch:
    """What was done while it was entered: pairs of the kind of event, and what it was about.

    All that Python reports counts, but for the import of what is installed with seqinspect.
    """

    def __init__(self) -> None:
        self.watching = False
        self.modules: set[str] = set()
        self.seen: list[tuple[str, str]] = []
        sys.addaudithook(self._hook)

    def __enter__(self) -> Self:
        self.modules = set(sys.modules)
        self.watching = True
        return self

    def __exit__(self, *_: object) -> None:
        self.watching = False
        # importlib imports without an event.
        for name in sorted(set(sys.modules) - self.modules):
            self._import(name)

    def taken(self) -> list[tuple[str, str]]:
        """Return what was seen, each once, and forget it."""
        seen, self.seen = self.seen, []
        return list(dict.fromkeys(seen))

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching or event in HARMLESS:
            return
        self.watching = False  # what happens below is not what is watched
        try:
            self._see(event, arguments)
        finally:
            self.watching = True

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, int):
                return  # a stream that is open already
            real = os.path.realpath(os.fsdecode(path))
            if flags & ~READ:
                self.seen.append(("write", real))
            elif not (real.startswith(INSTALLED) and _importing()):
                self.seen.append(("read", real))
        elif event == "import":
            self._import(str(arguments[0]))
        elif event not in IMPORTING or not _importing():
            self.seen.append((event, ascii(arguments)[:200]))

    def _import(self, module: str) -> None:
        package = module.partition(".")[0]
        if package not in PACKAGES and package not in sys.stdlib_module_names:
            self.seen.append(("import", module))


def _importing() -> bool:
    """Say whether the import system is at work."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib."):
            return True
        frame = frame.f_back
    return False
