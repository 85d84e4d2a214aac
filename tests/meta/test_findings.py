"""The reference of findings, the hooks and the action say what the checks and the command have."""

from __future__ import annotations

import re
import shlex

import click
import pytest
import yaml

from seqinspect.cli.check import check
from seqinspect.lint.registry import all_kinds
from seqinspect.output.findings.pages import reference
from seqinspect.output.renderers import render
from tests.meta.documents import ROOT


def test_the_reference_is_made_from_the_checks() -> None:
    text = (ROOT / "docs" / "findings.md").read_text("utf-8")
    made = render([reference(list(all_kinds().values()))], "markdown")
    assert text == made, "seqinspect rule --format markdown"


def test_every_anchor_of_the_reference_is_there() -> None:
    text = (ROOT / "docs" / "findings.md").read_text("utf-8")
    headings = re.findall(r"^### (.*)$", text, re.M)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) == anchors


@pytest.mark.parametrize("name", ["docs/ci.md", "action.yml", ".pre-commit-hooks.yaml"])
def test_options_that_documents_name_exist(name: str) -> None:
    known = {option for each in check.params for option in each.opts}
    text = (ROOT / name).read_text("utf-8")
    commands = [line for line in text.splitlines() if "seqinspect check" in line]
    assert commands
    for line in commands:
        used = re.findall(r"(?<![\w-])--[a-z-]+", line)
        assert set(used) <= known | {"--"}, line


def test_hooks_run_as_they_are_written() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    for hook in hooks:
        program, command, *arguments = shlex.split(hook["entry"])
        assert (program, command) == ("seqinspect", "check")
        assert re.compile(hook["files"])
        with click.Context(check) as context:
            check.parse_args(context, [*arguments, "configs/x.yaml"])
