"""Writing: results to standard output or a file, everything else to standard error."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from io import RawIOBase
from typing import TYPE_CHECKING

from seqinspect.output.screen import FILE, Screen, screen_of
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

CLOSED_PIPE = 141
"""The exit code of a Unix command whose reader went away: 128 + SIGPIPE."""


class ClosedPipe(Exception):  # noqa: N818 - it is a state of the reader, no error of ours
    """Nobody reads standard output any more."""


class WriteFailed(Exception):  # noqa: N818 - the message says what failed
    """A result could not be written; the message says why."""


def write(text: str) -> None:
    """Write a result to standard output and flush it. Raises ClosedPipe or WriteFailed."""
    if sys.stdout is None:
        raise WriteFailed("standard output is closed")
    try:
        _write_all(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        raise ClosedPipe from None
    except (OSError, ValueError) as error:
        _discard_output()
        raise WriteFailed(f"standard output cannot be written: {_reason(error)}") from None


def _write_all(text: str) -> None:
    """Write a text to standard output.

    Without a buffer (PYTHONUNBUFFERED), Python drops what a full pipe has not taken when a signal
    comes: so the rest is written here.
    """
    raw = getattr(sys.stdout, "buffer", None)
    if not isinstance(raw, RawIOBase) or os.name != "posix":
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    rest = memoryview(text.encode(sys.stdout.encoding, sys.stdout.errors or "strict"))
    while rest:
        rest = rest[raw.write(rest) or 0 :]


def write_stderr(text: str) -> None:
    """Write to standard error, as far as there is one that takes it."""
    if sys.stderr is None or not text:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def flush_streams() -> bool:
    """Flush both streams, so that nothing is left to fail while Python ends; False if it failed."""
    success = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            success = False
            _discard_output()
    return success


def _discard_output() -> None:
    """Point standard output at nothing: what Python still holds back must not fail again."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


class Target(NamedTuple):
    """Where a result goes: to a file, or to standard output."""

    file: str | None = None

    @property
    def screen(self) -> Screen:
        """What can be shown there."""
        return screen_of(sys.stdout) if self.file is None else FILE

    def check(self, sources: Iterable[str] = ()) -> None:
        """Refuse what cannot be written, or is one of the sources. Raises WriteFailed."""
        if self.file is not None:
            _check_file(self.file, sources)

    def write(self, text: str) -> None:
        """Write a result. Raises ClosedPipe or WriteFailed."""
        if self.file is None:
            write(text)
        else:
            write_file(self.file, text)

    def write_bytes(self, content: bytes) -> None:
        """Write a result that is no text to the file. Raises WriteFailed."""
        write_file(self.file or "", content)


def _check_file(target: str, sources: Iterable[str]) -> None:
    from pathlib import Path  # noqa: PLC0415 - only to write files

    path = Path(target)
    if not target:
        raise WriteFailed("the name of the output file is empty")
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        status = None
    except (OSError, ValueError) as error:
        raise WriteFailed(f"{target} cannot be written: {_reason(error)}") from None
    if os.path.basename(target) in ("", ".") and not path.is_dir():  # noqa: PTH119 - Path drops them
        raise WriteFailed(f"{target} names a folder: name a file")
    if status is None:
        if not path.parent.is_dir():
            raise WriteFailed(f"{target} cannot be written: there is no folder {path.parent}")
        return
    if stat.S_ISDIR(status.st_mode):
        raise WriteFailed(f"{target} is a directory: name a file in it")
    for source in sources:
        with contextlib.suppress(OSError, ValueError):
            read = os.fstat(0) if source == "-" else Path(source).stat()
            if stat.S_ISREG(read.st_mode) and os.path.samestat(status, read):
                raise WriteFailed(f"{target} is the spec itself: name another file")


def write_file(target: str, content: str | bytes) -> None:
    """Write a whole file or none: a reader sees the old content or the new. Raises WriteFailed."""
    from pathlib import Path  # noqa: PLC0415 - only to write files

    path = Path(os.path.realpath(target))
    try:
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        if path.exists() and not path.is_file():  # a device or a pipe cannot be replaced
            with _device(path) as stream:
                stream.write(data)
            return
        temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(data)
            if path.exists():
                temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise WriteFailed(f"{target} cannot be written: {_reason(error)}") from None


def write_parts(
    target: str | None, parts: Iterable[str], is_whole: Callable[[], bool] = bool
) -> None:
    """Write a result that comes in parts: to standard output, or as `growing_file` does.

    Raises ClosedPipe or WriteFailed.
    """
    if target is None:
        for part in parts:
            write(part)
        return
    with growing_file(target, is_whole) as file:
        for part in parts:
            file.write(part.encode("utf-8"))


PART = ".part"
"""The ending of a file whose result is not whole."""


@contextlib.contextmanager
def growing_file(target: str, is_whole: Callable[[], bool]) -> Iterator[BinaryIO]:
    """Give `target`.part to write to; it becomes `target` at the end, where the result is whole.

    Raises WriteFailed.
    """
    from pathlib import Path  # noqa: PLC0415 - only to write files

    path = Path(os.path.realpath(target))
    growing = path.with_name(path.name + PART)
    try:
        if path.exists() and not path.is_file():  # a device or a pipe cannot be replaced
            with _device(path) as file:
                yield file
            return
        with growing.open("wb") as file:
            yield file
        if not is_whole():
            return
        if path.exists():
            growing.chmod(stat.S_IMODE(path.stat().st_mode))
        growing.replace(path)
    except (OSError, ValueError) as error:
        raise WriteFailed(f"{target} cannot be written: {_reason(error)}") from None


def _device(path: Path) -> BinaryIO:
    """Open a device or a named pipe; a pipe that nobody reads would wait forever."""
    file = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(file, True)
    return os.fdopen(file, "wb")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
