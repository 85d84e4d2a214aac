"""What a scene shows: the input steps that a step of a row is connected with, by its lines alone.

It knows nothing of rules and formulas: it follows what is drawn from a step up to the inputs, as a
reader of the picture does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.drawing.scene import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.output.drawing.scene import Reading, Scene, SceneRow

Steps = dict[str, set[int]]


class NotDrawn(Exception):  # noqa: N818 - the picture says so itself
    """A line leads to steps without a column, or it is not known where it leads."""


class Follower:
    """Follows the lines of a scene upwards."""

    def __init__(self, scene: Scene) -> None:
        self.rows = scene.rows
        self._known: dict[tuple[int, int | None], Steps] = {}

    def last_row(self, name: str) -> int:
        """Return the row in which what a call returns is found."""
        found = [
            index
            for index, row in enumerate(self.rows)
            if row.name == name and row.kind in ("input", "layer", "order")
        ]
        return found[-1]

    def reach(self, index: int, step: int | None) -> Steps:
        """Return what a step of a row, or the vector that it returns, is connected with."""
        key = (index, step)
        if key not in self._known:
            self._known[key] = self._follow(self.rows[index], step)
        return self._known[key]

    def _follow(self, row: SceneRow, step: int | None) -> Steps:
        if row.form in ("unknown", "more"):
            raise NotDrawn
        if step is not None and step not in (row.cells or row.steps):
            raise NotDrawn
        if row.kind == "input":
            return {row.name: {step}} if step is not None else {}
        if step is None and row.steps and row.form != "chain":
            return _union(self._follow(row, each) for each in self._all(row))
        found: list[Steps] = []
        first, *others = row.readings
        if row.form == "chain":
            cells = {
                cell
                for cell in self._all(row)
                if step is None
                or row.flow == "both"
                or (cell <= step if row.flow == "forward" else cell >= step)
            }
            found += [self._read(first, cell) for cell in cells]
        else:
            others = [first, *others]
        for reading in others:
            if reading.way == "state":
                found.append(self.reach(reading.source, None))
            else:
                found.append(self._read(reading, 0 if step is None else step))
        return _union(found)

    def _all(self, row: SceneRow) -> Iterable[int]:
        if row.length is not None and len(row.cells) < row.length:
            raise NotDrawn
        return row.cells

    def _read(self, reading: Reading, step: int) -> Steps:
        source = self.rows[reading.source]
        if reading.way == "unknown":
            raise NotDrawn
        if reading.way == "none":
            return {}
        if reading.way == "whole":
            outputs = {at for _, at in reading.pairs}
            return self.reach(reading.source, None) if not outputs or step in outputs else {}
        found = []
        for read, at in reading.pairs:
            if at == step:
                if read == HIDDEN:
                    raise NotDrawn
                found.append(self.reach(reading.source, read if source.steps else None))
        return _union(found)


def _union(parts: Iterable[Steps]) -> Steps:
    found: Steps = {}
    for part in parts:
        for name, steps in part.items():
            found.setdefault(name, set()).update(steps)
    return found
