from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from seqinspect.errors import SpecError
from seqinspect.readers.dialect.input_shapes import InputShape, input_shapes_of, parse_input_shape


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("10,8", InputShape((10, 8))),
        ("10", InputShape((10,))),
        ("[10, 8]", InputShape((10, 8))),
        ("[10]:int32", InputShape((10,), dtype="int32")),
        ("tokens=10:int32", InputShape((10,), "tokens", "int32")),
        ("x = None, 8", InputShape((None, 8), "x")),
        ("null,8", InputShape((None, 8))),
        ("10,", InputShape((10,))),
        ("[]", InputShape(())),
    ],
)
def test_a_text_says_a_shape(text: str, given: InputShape) -> None:
    assert parse_input_shape(text) == given


@pytest.mark.parametrize(
    "text",
    ["", "x", "10;8", "0,8", "-1", "10,,8", "=10", "x=", "10:", "[10", "10,8]", "1e3", "١", "1.5",
     "9" * 30, "10:floaty", "__import__('os')", "a=b=10"],
)  # fmt: skip
def test_another_text_does_not(text: str) -> None:
    with pytest.raises(SpecError):
        parse_input_shape(text)


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ((10, 8), (InputShape((10, 8)),)),
        ([(10, 8), (4,)], (InputShape((10, 8)), InputShape((4,)))),
        ({"x": (10, 8), "y": [4]}, (InputShape((10, 8), "x"), InputShape((4,), "y"))),
        (SimpleNamespace(shape=(None, 10), dtype="int32"), (InputShape((10,), dtype="int32"),)),
        ((), (InputShape(()),)),
    ],
)
def test_python_code_gives_a_shape(value: Any, given: tuple[InputShape, ...]) -> None:
    assert input_shapes_of(value) == given


@pytest.mark.parametrize("value", [10, "10,8", (10, 0), (True,), (10, "n"), [(10,), 3], {"x": 3}])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(SpecError):
        input_shapes_of(value)
