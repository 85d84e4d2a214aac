"""What a process or a worker of Dask does of a sweep: a part of its points, or Keras at one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.errors import Problem, SpecError, first_line
from seqinspect.given import opened_of
from seqinspect.readers.source.files import STANDARD_INPUT, read_bytes, standard_input
from seqinspect.readers.source.limits import LIMITS
from seqinspect.readers.spec import split_model
from seqinspect.records import NamedTuple
from seqinspect.space.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.readers.opened import OpenedSpec
    from seqinspect.space.axes import Space
    from seqinspect.space.quantities import Running
    from seqinspect.space.sweep import Block


class SweepTask(NamedTuple):
    """A sweep, as it goes to a worker: the text of the spec, what errors call it, and its space."""

    text: bytes
    name: str
    space: Space
    columns: tuple[str, ...]
    running: Running
    allow_imports: bool = False

    def opened(self) -> OpenedSpec:
        """Return what reads the spec. Raises SpecError."""
        if self.allow_imports:
            from seqinspect.cli.loading import load_keras  # noqa: PLC0415 - heavy

            load_keras()  # quietly, which a module that imports it would not do
        return opened_of(self.text, self.name, allow_imports=self.allow_imports)

    def parts(self) -> Iterator[Part]:
        """Yield all points, in parts that are done one by one."""
        for first, count in self.space.parts():
            yield Part(self, first, count)


class Part(NamedTuple):
    """So many points of a sweep, from the first one on."""

    task: SweepTask
    first: int
    size: int


def spec_text(spec: str) -> bytes:
    """Return what stands in the file of a spec, or on standard input. Raises SpecError."""
    if spec == STANDARD_INPUT:
        return standard_input(LIMITS)
    file, _ = split_model(spec)
    read_bytes(file, LIMITS)  # which says what is wrong with a path
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise SpecError(Problem(f"{file} cannot be read", received=first_line(error))) from None


@lru_cache(maxsize=2)
def _sweep(task: SweepTask) -> Sweep:
    return Sweep(task.space, task.opened().read, task.columns, task.running)


def compute_part(part: Part) -> Block:
    """Return the columns of a part of a sweep."""
    return _sweep(part.task).block(part.first, part.size)


def confirm_point(part: Part) -> str | None:
    """Return what Keras says of the model at a point; None where there is no model."""
    from seqinspect.cli.loading import load_keras  # noqa: PLC0415 - heavy

    load_keras()
    from seqinspect.keras_model.build.compare import confirm  # noqa: PLC0415 - it imports Keras

    try:
        graph = _sweep(part.task).read(part.task.space.point(part.first))
        return confirm(graph, analyse(graph)).keras.status
    except SpecError:
        return None
