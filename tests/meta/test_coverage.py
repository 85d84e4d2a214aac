"""Every public class of keras.layers has a rule, or a stated reason why it has none."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.readers.spec import read_spec
from seqinspect.rules import ALIASES, RULES
from seqinspect.rules.exclusions import EXCLUDED

if TYPE_CHECKING:
    from collections.abc import Iterable


def public_classes() -> dict[str, set[str]]:
    """The public names of each class of keras.layers, by the name that the class gives itself."""
    layers = runtime.load().layers
    found: dict[str, set[str]] = {}
    for name, value in vars(layers).items():
        if inspect.isclass(value):
            found.setdefault(value.__name__, set()).add(name)
    return found


def resolved(names: Iterable[str]) -> set[str]:
    """The names with aliases resolved."""
    return {ALIASES.get(name, name) for name in names}


@pytest.mark.keras
def test_every_class_has_a_rule_or_a_reason() -> None:
    missing = {
        own for own, names in public_classes().items() if not resolved(names) & {*RULES, *EXCLUDED}
    }
    assert not missing


@pytest.mark.keras
def test_every_rule_and_every_reason_is_of_a_public_class() -> None:
    public = resolved(name for names in public_classes().values() for name in names)
    assert {*RULES, *EXCLUDED} - public == set()


@pytest.mark.keras
def test_every_public_name_of_a_class_with_a_rule_is_known() -> None:
    known = {*RULES, *ALIASES, *EXCLUDED}
    unknown = {name for names in public_classes().values() for name in names} - known
    assert not unknown


def test_no_class_has_both() -> None:
    assert not {*RULES, *ALIASES} & {*EXCLUDED}


@pytest.mark.parametrize("name", sorted({*EXCLUDED} - {"InputLayer"}))
def test_a_spec_with_such_a_class_is_told_the_reason(name: str) -> None:
    text = f"input: [10, 8]\nlayers:\n  - {name}\n"
    with pytest.raises(SpecError) as caught:
        read_spec(text.encode(), name="case.yaml")
    (problem,) = caught.value.problems
    assert problem.what == f"{name} {EXCLUDED[name]}"
    assert str(problem.place) == "case.yaml:3:5"
    assert "did you mean" not in problem.remedy
