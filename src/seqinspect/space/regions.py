"""Regions of a space of sizes: where one analysis speaks for all of them.

What an analysis asks of the numbers of sizes is observed. It is the same program at every point, so
that at all points which give the same answers it does the same: it is refused alike, or states the
same formulas. The questions make a tree; its leaves are regions, analysed at one of their points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from seqinspect.algebra.expression import observing
from seqinspect.algebra.questions import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seqinspect.algebra.questions import Answer, Column, Question

Result = TypeVar("Result")


class _Node(Generic[Result]):
    """A question, and what follows on each answer."""

    __slots__ = ("children", "question")

    def __init__(
        self, question: Question, children: dict[Answer, _Node[Result] | _Leaf[Result]]
    ) -> None:
        self.question = question
        self.children = children


class _Leaf(Generic[Result]):
    __slots__ = ("result",)

    def __init__(self, result: Result) -> None:
        self.result = result


class Regions(Generic[Result]):
    """What an analysis states at points of a space of sizes `names`, one analysis a region."""

    def __init__(
        self, names: Sequence[str], analyse: Callable[[Mapping[str, int]], Result]
    ) -> None:
        self.names = tuple(names)
        self.analyse = analyse
        self.root: _Node[Result] | _Leaf[Result] | None = None
        self.count = 0
        """How many regions were analysed."""

    def at(self, columns: Sequence[Column], count: int) -> Iterator[tuple[Result, Sequence[int]]]:
        """Yield each region that has points in columns of sizes, and which points these are."""
        waiting: list[tuple[_Node[Result] | _Leaf[Result] | None, Sequence[int]]]
        waiting = [(self.root, range(count))]
        while waiting:
            node, points = waiting.pop()
            if node is None:
                sizes = zip(self.names, columns, strict=True)
                self.grow({name: column[points[0]] for name, column in sizes})
                waiting.append((self.root, points))
            elif isinstance(node, _Leaf):
                yield node.result, points
            else:
                part = columns if len(points) == count else taken(columns, points)
                answers = node.question.answers(self.names, part)
                waiting += ((node.children.get(a), p) for a, p in parted(points, answers))

    def grow(self, sizes: Mapping[str, int]) -> None:
        """Analyse a point, and enter what was asked on the way and what it stated."""
        recorder = Recorder(self.names)
        with observing(recorder):
            result = self.analyse(sizes)
        self.count += 1
        new: _Node[Result] | _Leaf[Result] = _Leaf(result)
        path = [*recorder.path.items()]
        node, depth = self.root, 0
        while isinstance(node, _Node) and path[depth][1] in node.children:
            node, depth = node.children[path[depth][1]], depth + 1
            assert not isinstance(node, _Node) or node.question == path[depth][0], "another way"
        for question, answer in reversed(path[depth + 1 :] if node is not None else path):
            new = _Node(question, {answer: new})
        if isinstance(node, _Node):
            node.children[path[depth][1]] = new
        else:
            self.root = new


def taken(columns: Sequence[Column], points: Sequence[int]) -> list[Column]:
    """Return the numbers at some points of each column."""
    return [[column[point] for point in points] for column in columns]


def parted(
    points: Sequence[int], answers: Sequence[Answer]
) -> Iterator[tuple[Answer, Sequence[int]]]:
    """Yield the points of each answer."""
    if len({*answers}) == 1:
        yield answers[0], points
        return
    found: dict[Answer, list[int]] = {}
    for point, answer in zip(points, answers, strict=True):
        found.setdefault(answer, []).append(point)
    yield from found.items()
