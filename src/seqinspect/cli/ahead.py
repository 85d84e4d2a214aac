"""Results that others compute, in order, with a few of them under way."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 4
"""So many tasks for each worker are under way: results that nobody has read stay few."""


def ahead(
    submit: Callable[[Item], Callable[[], Result]], items: Iterable[Item], number: int
) -> Iterator[Result]:
    """Yield results in order, with so many items under way; `submit` returns what waits for one."""
    under_way: deque[Callable[[], Result]] = deque()
    for item in items:
        under_way.append(submit(item))
        if len(under_way) >= number:
            yield under_way.popleft()()
    while under_way:
        yield under_way.popleft()()
