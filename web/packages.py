"""The Python packages of the playground, as one archive: seqinspect, and what it needs."""

from __future__ import annotations

import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
LIBRARIES = ("click", "PyYAML", "rich")
"""As they are installed here. Of PyYAML the part in Python: its parser in C is for this machine."""

DATA = (".json", ".md", ".yaml", ".css", ".js")
EPOCH = (1980, 1, 1, 0, 0, 0)


def packages() -> dict[str, bytes]:
    """Return every file of the archive, by its path in it."""
    return dict(sorted(_files()))


def archive(files: dict[str, bytes], target: Path) -> None:
    """Write an archive; the same files give the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)


def _files() -> Iterator[tuple[str, bytes]]:
    source = ROOT / "src"
    for path in source.glob("seqinspect/**/*"):
        if path.suffix in (".py", *DATA):
            yield path.relative_to(source).as_posix(), path.read_bytes()
    yield "web/inspection.py", Path(__file__).with_name("inspection.py").read_bytes()
    for name in LIBRARIES:
        for file in distribution(name).files or ():
            if file.suffix == ".py" and ".." not in file.parts:
                yield file.as_posix(), file.read_binary()
