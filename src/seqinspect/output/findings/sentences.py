"""The sentences of a finding: the message and the remedy of its kind, filled with its facts.

They hold what a spec says as it stands there: each format makes it harmless in its own way.
"""

from __future__ import annotations

from functools import cache
from string import Formatter
from typing import TYPE_CHECKING

from seqinspect.lint.registry import all_kinds
from seqinspect.output.fact_text import FORMS, fact_text

if TYPE_CHECKING:
    from seqinspect.model.finding import Finding


def message(finding: Finding) -> str:
    """Return what a finding says."""
    return _filled(all_kinds()[finding.code].messages[finding.variant], finding)


def remedy(finding: Finding) -> str:
    """Return what to change; empty where nothing can be said."""
    remedies, variant = all_kinds()[finding.code].remedies, finding.remedy_variant
    return _filled(remedies[variant if variant in remedies else ""], finding)


def _filled(template: str, finding: Finding) -> str:
    facts = dict(finding.facts)
    if finding.layer is not None:
        facts["layer"] = finding.layer
    return "".join(
        text if name is None else text + fact_text(facts[name], form)
        for text, name, form in parts(template)
    )


@cache
def parts(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """Return a template as texts, each with the name and the form of the fact that follows it."""
    return tuple((text, name, form or "") for text, name, form, _ in Formatter().parse(template))


def placeholder_text(template: str) -> str:
    """Return a template as the manual page shows it: `{steps:step}` is "{steps} steps"."""
    return "".join(
        text if name is None else f"{text}{{{name}}}{'' if form in FORMS else f' {form}s'}"
        for text, name, form in parts(template)
    )
