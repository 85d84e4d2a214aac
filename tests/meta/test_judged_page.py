"""The summary of the long run names every rule of the book, and no disagreement."""

from __future__ import annotations

from pathlib import Path

from seqinspect.model.report import BACKENDS
from seqinspect.rules import RULES
from tests.rules.judge.exceptions import EXCEPTIONS

PAGE = Path(__file__).parents[2] / "docs" / "judged.md"


def test_every_rule_was_judged_on_a_thousand_configurations() -> None:
    rules, _, _ = PAGE.read_text("utf-8").partition("\n## Findings")
    lines = [line for line in rules.splitlines() if line.startswith("| ")]
    rows = {cells[0]: cells[1:] for cells in map(_cells, lines[1:])}
    assert rows.keys() == RULES.keys(), "judge the rule (see the page), and enter what came out"
    for name, (agree, _, _, _, disagree, _) in rows.items():
        assert (int(agree.replace(",", "")) >= 1000, disagree) == (True, "0"), name


def test_every_exception_of_a_backend_is_listed() -> None:
    _, _, backends = PAGE.read_text("utf-8").partition("\n## Other backends")
    lines = [line for line in backends.splitlines() if line.startswith("| ")]
    deviating = [
        ", ".join(name for backend, name in BACKENDS.items() if each.deviates(backend))
        for each in EXCEPTIONS
    ]
    assert [_cells(line) for line in lines[1:]] == [
        [", ".join(each.rules), where, each.reason]
        for each, where in zip(EXCEPTIONS, deviating, strict=True)
    ]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
