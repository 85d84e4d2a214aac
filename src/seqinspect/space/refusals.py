"""Sizes at which there is no model, known from others: the same answers are refused alike."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import observing
from seqinspect.algebra.questions import Recorder
from seqinspect.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.algebra.questions import Answer, Question


class Refusals:
    """What was asked of sizes before each analysis that was refused, and the answers."""

    def __init__(self) -> None:
        self.paths: list[Sequence[tuple[Question, Answer]]] = []

    @contextmanager
    def noted(self, sizes: Mapping[str, int]) -> Iterator[None]:
        """Note what the block asks of these sizes, if it is refused."""
        recorder = Recorder([*sizes])
        try:
            with observing(recorder):
                yield
        except SpecError:
            self.paths.append([*recorder.path.items()])
            raise

    def include(self, sizes: Mapping[str, int]) -> bool:
        """Whether an analysis at these sizes gives the answers of one that was refused."""
        return any(
            all(question.answer(sizes) == answer for question, answer in path)
            for path in self.paths
        )
