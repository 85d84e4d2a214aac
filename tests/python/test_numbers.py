"""Numbers that code works out, and names that functions assign elsewhere, as Python has them."""

from __future__ import annotations

import functools
import itertools
import math
import operator

import pytest

from tests.python.test_usual_code import models, rows

HEAD = """\
import functools, itertools, math, operator
import numpy as np
shape = (2, 3)
"""
MODULES = {
    "functools": functools, "itertools": itertools, "math": math, "operator": operator,
    "shape": (2, 3),
}  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [
        "math.prod(shape)",
        "math.prod([2, 3, 4]) // 2",
        "functools.reduce(operator.mul, shape)",
        "sum(a * b for a, b in itertools.product([1, 2], [3, 4]))",
        "len(list(itertools.chain([1, 2], [3])))",
        "operator.add(2, 3)",
        "pow(2, 3)",
        "max(map(len, ['a', 'bcd']))",
    ],
)
def test_a_number_is_that_of_python(expression: str) -> None:
    found = models(f"{HEAD}model = Sequential([Input((1,)), Dense({expression})])\n")["model"]
    assert rows(found)[0].endswith(f" {2 * eval(expression, dict(MODULES))}")


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        ("np.prod(shape)", 6),
        ("int(np.prod((28, 28)))", 784),
        ("np.product([2, 2])", 4),
        ("np.max([1, 5])", 5),
        ("np.sum([1, 2])", 3),
        ("np.power(2, 3)", 8),
        ("np.int32(7)", 7),
        ("sum(int(i) for i in np.arange(1, 4))", 6),
    ],
)
def test_a_number_is_that_of_numpy(expression: str, number: int) -> None:
    found = models(f"{HEAD}model = Sequential([Input((1,)), Dense({expression})])\n")["model"]
    assert rows(found)[0].endswith(f" {2 * number}")


def test_names_of_outer_scopes_are_assigned_there() -> None:
    code = """\
total = 0
def count(n):
    global total
    total += n
count(3)
count(4)
def build():
    x = y = Input((2,))
    def step(units):
        nonlocal y
        y = Dense(units)(y)
    step(total)
    step(5)
    return Model(x, y)
model = build()
"""
    assert rows(models(code)["model"]) == [
        "Dense (batch, units) 21",
        "Dense (batch, units_2) 40",
    ]


def test_attributes_by_name_and_properties_with_setters() -> None:
    code = """\
class Settings:
    def __init__(self, **options):
        self._units = 3
        for name, value in options.items():
            setattr(self, name, value)
    @property
    def units(self):
        return self._units
    @units.setter
    def units(self, value):
        self._units = value
settings = Settings(hidden=5)
model = Sequential([Input((2,)), Dense(settings.hidden), Dense(settings.units)])
"""
    assert [row.rpartition(" ")[2] for row in rows(models(code)["model"])] == ["15", "18"]
