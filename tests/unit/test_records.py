"""Classes of data behave as those of the standard library, which are the judges here."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import typing
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect import records
from seqinspect.errors import Place, Problem
from seqinspect.model.graph import Ref
from seqinspect.rules.losses import Loss

if TYPE_CHECKING:
    from collections.abc import Callable

Made = dict[str, Any]


def tuples(base: Any) -> Any:
    class Pair(base):  # type: ignore[misc]  # either of the two
        """Two entries."""

        first: int
        second: str = "b"

        @property
        def count(self) -> int:
            return self.first

    class Empty(base):  # type: ignore[misc]  # likewise
        pass

    class Noted(Pair):
        note = ""

        def noted(self, note: str) -> Noted:
            self.note = note
            return self

    return Pair, Empty, Noted


def classes(dataclass: Any, field: Any) -> Any:
    @dataclass(slots=True, unsafe_hash=True)
    class Point:
        x: int
        y: int = 2
        note: str = field(default="", compare=False, repr=False)

    @dataclass(slots=True)
    class Bag:
        items: list[int] = field(default_factory=list)

        def __post_init__(self) -> None:
            self.items = [*self.items, 0]

    @dataclass(frozen=True, slots=True)
    class Fixed:
        x: int
        y: int = 2

    @dataclass(eq=False)
    class Single:
        x: int

    return Point, Bag, Fixed, Single


OURS, THEIRS = tuples(records.NamedTuple), tuples(typing.NamedTuple)
OUR_DATA = classes(records.dataclass, records.field)
THEIR_DATA = classes(dataclasses.dataclass, dataclasses.field)

TUPLES: list[Callable[[Any, Any, Any], object]] = [
    lambda pair, *_: pair(1),
    lambda pair, *_: pair(1, second="c"),
    lambda pair, *_: pair(second="c", first=3),
    lambda pair, *_: pair(1) == (1, "b"),
    lambda pair, *_: hash(pair(1)),
    lambda pair, *_: pair(1).second,
    lambda pair, *_: pair(5).count,
    lambda pair, *_: pair._fields,
    lambda pair, *_: pair._field_defaults,
    lambda pair, *_: pair.__match_args__,
    lambda pair, *_: pair.__doc__,
    lambda pair, *_: pair._make([1, 2]),
    lambda pair, *_: pair(1)._replace(second="z"),
    lambda pair, *_: pair(1)._asdict(),
    lambda pair, *_: copy.copy(pair(1)),
    lambda pair, *_: hasattr(pair(1), "__dict__"),
    lambda pair, *_: isinstance(pair(1), tuple),
    lambda _, empty, __: (empty(), len(empty())),
    lambda *kinds: (kinds[2](1), kinds[2](1).noted("n").note, kinds[2](1) == kinds[0](1)),
    lambda *kinds: kinds[2](1).noted("n")._replace(first=2).note,
    lambda *kinds: copy.copy(kinds[2](1).noted("n")).note,
    lambda pair, *_: pair(),
    lambda pair, *_: pair(1, 2, 3),
    lambda pair, *_: _refuses_a_third(pair),
    lambda pair, *_: setattr(pair(1), "first", 2),
    lambda pair, *_: setattr(pair(1), "third", 2),
]


def _refuses_a_third(pair: Any) -> bool:
    try:
        pair(1)._replace(third=3)
    except (TypeError, ValueError):  # the latter before Python 3.13
        return True
    return False


def outcome(made: Callable[[], object]) -> object:
    """Return a value as it is shown, or the type of what is raised."""
    try:
        return repr(made()).replace("tuples.<locals>.", "").replace("classes.<locals>.", "")
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("number", range(len(TUPLES)))
def test_named_tuples(number: int) -> None:
    ask = TUPLES[number]
    assert outcome(lambda: ask(*OURS)) == outcome(lambda: ask(*THEIRS))


DATA: list[Callable[[Any, Any, Any, Any], object]] = [
    lambda point, *_: point(1),
    lambda point, *_: point(1, note="n", y=3),
    lambda point, *_: point(1) == point(1, note="n"),
    lambda point, *_: point(1) != point(2),
    lambda point, *_: point(1) == (1, 2),
    lambda point, *_: hash(point(1)) == hash(point(1, note="n")),
    lambda point, *_: point.__match_args__,
    lambda point, *_: hasattr(point(1), "__dict__"),
    lambda point, *_: setattr(point(1), "z", 1),
    lambda point, *_: point(),
    lambda point, *_: point(1, z=3),
    lambda point, *_: copy.copy(point(1, 5)),
    lambda _, bag, *__: (bag(), bag([3]), bag().items is bag().items),
    lambda _, bag, *__: hash(bag()),
    lambda _, bag, *__: bag() == bag(),
    lambda _, __, fixed, ___: (fixed(1), fixed(1) == fixed(1), {fixed(1), fixed(1)}),
    lambda _, __, fixed, ___: copy.copy(fixed(1)),
    lambda _, __, ___, single: (single(1).x, single(1) == single(1), single(1).__dict__),
]


@pytest.mark.parametrize("number", range(len(DATA)))
def test_data_classes(number: int) -> None:
    ask = DATA[number]
    assert outcome(lambda: ask(*OUR_DATA)) == outcome(lambda: ask(*THEIR_DATA))


def test_what_is_frozen_refuses_a_change() -> None:
    fixed = OUR_DATA[2](1)
    with pytest.raises(AttributeError):
        fixed.x = 2
    with pytest.raises(AttributeError):
        del fixed.x
    assert fixed.x == 1


@pytest.mark.parametrize("data", [OUR_DATA, THEIR_DATA], ids=["ours", "theirs"])
def test_data_with_some_of_it_changed(data: Any) -> None:
    point, _, fixed, _ = data
    assert records.replace(point(1, 5), x=2) == point(2, 5)
    assert records.replace(fixed(1), y=7) == fixed(1, 7)
    with pytest.raises(TypeError):
        records.replace(point(1), z=2)


def test_data_goes_to_another_process() -> None:
    place = Place("a", 1, 2)
    for each in (place, Problem("x", place=place), Ref("a", 1), Loss("mse", from_logits=True)):
        assert pickle.loads(pickle.dumps(each)) == each
