"""Numbers under `dims` that are no sizes: arguments name them, and sizes do not."""

from __future__ import annotations

from typing import Any

import pytest

from seqinspect.errors import SpecError
from seqinspect.readers.spec import read_spec
from seqinspect.rules.objects import Named

SPEC = """\
dims: {T: 10, n: 8, p: 0.25, one: 1, open: null}
input: [T, n]
layers:
  - %s
"""


def argument(layer: str, name: str, **overrides: str) -> Any:
    graph = read_spec((SPEC % layer).encode(), overrides=overrides)
    return graph.nodes[0].layer.arguments[name]


@pytest.mark.parametrize(
    ("layer", "name", "value"),
    [
        ("Dropout: p", "rate", 0.25),
        ("Dropout: {rate: p}", "rate", 0.25),
        ("BatchNormalization: {momentum: p}", "momentum", 0.25),
        ("BatchNormalization: {momentum: one}", "momentum", 1),  # an integer is a number, too
        ("Dense: {units: n, kernel_regularizer: {L2: p}}", "kernel_regularizer",
         Named("L2", (("l2", 0.25),))),
        ("Dense: {units: n, kernel_initializer: {VarianceScaling: {scale: p, mode: fan_in}}}",
         "kernel_initializer", Named("VarianceScaling", (("mode", "fan_in"), ("scale", 0.25)))),
    ],
)  # fmt: skip
def test_an_argument_that_is_a_number_may_name_it(layer: str, name: str, value: object) -> None:
    assert argument(layer, name) == value


def test_set_gives_another_number() -> None:
    assert argument("Dropout: p", "rate", p="0.5") == 0.5
    assert argument("Dropout: p", "rate", p="1") == 1.0


@pytest.mark.parametrize(
    ("layer", "overrides", "said"),
    [
        ("Dense: p", {}, "`p` is no size: it is 0.25 under `dims`"),
        ("Dense: 2*p", {}, "`p` is no size"),
        ("Dropout: q", {}, "`rate` cannot be q"),
        ("Dropout: open", {}, "`rate` cannot be open"),
        ("Dropout: n", {}, "`rate` cannot be 8"),
        ("Dropout: p", {"p": "1.5"}, "`rate` cannot be 1.5"),
        ("Dropout: p", {"p": "a"}, "`p` is a number"),
        ("Dropout: p", {"p": "nan"}, "`p` is a number"),
        ("Dropout: p", {"n": "0.5"}, "--set n"),
    ],
)
def test_what_is_no_number_or_no_size(layer: str, overrides: dict[str, str], said: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_spec((SPEC % layer).encode(), overrides=overrides)
    assert said in caught.value.problems[0].what
