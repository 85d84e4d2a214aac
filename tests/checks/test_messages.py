"""The sentences of findings: every one is made by some case, and its facts are there and small."""

from __future__ import annotations

import ast
import inspect
import pickle
import re
from contextlib import chdir
from importlib import import_module
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.compare.lock_changes import LockChange
from seqinspect.lint.findings.decisions import architecture_changed
from seqinspect.lint.registry import MODULES, all_kinds
from seqinspect.lint.run import Plan, check_data
from seqinspect.output.findings.sentences import message, remedy
from tests.checks.test_cases import CASES, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.finding import Finding

KINDS = all_kinds()
EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
OF_FINDING = {"place", "layer", "variant", "remedy", "edits"}
"""What every finding is made with, and is no fact of its kind."""


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """The findings of all cases, and of the examples on the manual pages."""
    found: list[Finding] = []
    for _, case in CASES:
        folder = tmp_path_factory.mktemp("case")
        with chdir(folder):
            found += outcome_of(case, folder).findings
    for kind in KINDS.values():
        for text in EXAMPLE.findall(kind.page):
            found += check_data("model.yaml", text.encode(), Plan(static=True)).findings
    # Only the command knows which files there are.
    found += architecture_changed(LockChange("no file", path="gone.yaml"), "seqinspect.lock", None)
    return found


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_every_sentence_is_made_by_some_case(kind, produced: list[Finding]) -> None:  # type: ignore[no-untyped-def]
    found = [finding for finding in produced if finding.code == kind.code]
    assert kind.messages.keys() - {finding.variant for finding in found} == set()
    used = {finding.remedy_variant for finding in found}
    assert kind.remedies.keys() - {name if name in kind.remedies else "" for name in used} == set()


@pytest.mark.long
def test_sentences_are_one_printable_line_with_no_fact_left_out(produced: list[Finding]) -> None:
    for finding in produced:
        for text in (message(finding), remedy(finding)):
            assert text.isprintable()
            assert not re.search(
                r"None|\{\w+\}|<\w|  |``|Formula|\b1 (step|weight|number)s\b", text
            ), text
        assert message(finding)


@pytest.mark.long
def test_a_finding_is_cheap_to_send_to_another_process(produced: list[Finding]) -> None:
    for finding in produced:
        sent = pickle.dumps(finding)
        assert pickle.loads(sent) == finding
        assert len(sent) < 1500, finding
        hash(finding)


def made_with(module: str) -> Iterator[tuple[str, dict[str, ast.expr]]]:
    """Yield the code and the arguments of every call of `finding` in a module of findings."""
    tree = ast.parse(inspect.getsource(import_module(f"seqinspect.lint.findings.{module}")))
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = [each for each in ast.walk(function) if isinstance(each, ast.Call)]
        codes = [
            each.args[0].value
            for each in calls
            if isinstance(each.func, ast.Name)
            and each.func.id in ("finding_kind", "problem_finder")
            and isinstance(each.args[0], ast.Constant)
        ]
        for call in calls:
            if isinstance(call.func, ast.Name) and call.func.id == "finding":
                arguments = {each.arg or "": each.value for each in call.keywords}
                yield str(codes[0]), arguments


def choices(expression: ast.expr | None) -> set[Any]:
    """The texts that an argument can be; empty where a name stands for it."""
    if expression is None:
        return {""}
    if isinstance(expression, ast.IfExp):
        return choices(expression.body) | choices(expression.orelse)
    return {expression.value} if isinstance(expression, ast.Constant) else set()


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("module", MODULES)
def test_a_finding_is_made_with_the_facts_of_its_sentences(module: str) -> None:
    for code, arguments in made_with(module):
        kind = KINDS[code]
        given = (arguments.keys() - OF_FINDING) | ({"layer"} & arguments.keys())
        variants = choices(arguments.get("variant")) or set(kind.messages)
        of_remedy = choices(arguments.get("remedy")) - {""} or variants
        needed = set[str]()
        for name in variants:
            needed |= placeholders(kind.messages[name])
        for name in of_remedy:
            needed |= placeholders(kind.remedies.get(name, kind.remedies.get("", "")))
        if code == "SEQ004":
            continue  # a comparison brings the others
        assert needed <= given, code
        assert given - {"layer"} <= needed, code
