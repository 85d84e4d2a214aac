"""A number changed in a rule makes a case fail: the part of tests/rules/mutate without Keras."""

from __future__ import annotations

import pytest

from tests.rules.mutate import judges
from tests.rules.mutate.known import KNOWN
from tests.rules.mutate.mutants import dependents, installed, mutants

BY_CASES = ("keras.core", "keras.recurrent", "keras.wrappers", "keras.convolution", "windows")
"""Modules whose cases by hand notice every changed number; the others need Keras, too."""


@pytest.mark.long
@pytest.mark.parametrize("module", BY_CASES)
def test_cases_notice_a_changed_number(module: str) -> None:
    checks = judges.cases(dependents(module))
    survivors = []
    for mutant in mutants(module):
        if mutant.declared or mutant.text in KNOWN.get(module, {}):
            continue  # defaults and traits have judges of their own: test_signatures, test_traits
        with installed(mutant):
            noticed = next((at for at, check in enumerate(checks) if not check()), None)
        if noticed is None:
            survivors.append(str(mutant))
        else:  # what noticed it is asked first about the next one, which is often near it
            checks.insert(0, checks.pop(noticed))
    assert not survivors


def test_the_rule_book_is_whole_again_after_a_mutant() -> None:
    mutant = mutants("keras.core")[0]
    checks = judges.cases(["keras.core"])
    with installed(mutant):
        pass
    assert all(check() for check in checks)
