"""What came of checking: one outcome a spec, plain data that every format and process can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.lint.registry import LEVELS, all_kinds
from seqinspect.model.report import Keras
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.lint.comparison import Actual, Decided
    from seqinspect.lint.registry import Level
    from seqinspect.model.finding import ExpectKey, Finding


class CheckedExpectation(NamedTuple):
    """An expectation that was tested; `holds` is None where it is not known."""

    key: ExpectKey
    expected: str
    actual: Actual
    holds: bool | None
    decided: Decided


class Suppressed(NamedTuple):
    """A finding that does not count: a comment ignores it, or a baseline knows it."""

    finding: Finding
    by: Literal["comment", "baseline"]


class Outcome(NamedTuple):
    """One spec: what was found, and what was counted.

    `usable` is false where no report could be made of it. `fixed_text` is the file's text with
    remedies applied, where there are any; `fixed` counts them. `levels` are those of findings by
    the settings, and from `fail_on` on a finding fails. `about` settings or a lock, it is no spec.
    `unknown_layers` counts the layers of which shapes or weights are not known.
    """

    source: str
    model: str = ""
    usable: bool = True
    findings: tuple[Finding, ...] = ()
    ignored: int = 0
    params: int | None = None
    formula: str = ""
    keras: Keras = Keras()
    tested: tuple[CheckedExpectation, ...] = ()
    fixed: int = 0
    fixed_text: str | None = None
    failing: bool = False
    suppressed: tuple[Suppressed, ...] = ()
    levels: Mapping[str, Level] = {}
    fail_on: Level = "note"
    about: Literal["spec", "settings", "lock"] = "spec"
    unknown_layers: int = 0

    def level(self, finding: Finding) -> Level:
        """Return how bad a finding is: what makes a spec unusable is an error."""
        if not self.usable:
            return "error"
        return self.levels.get(finding.code) or all_kinds()[finding.code].level

    def fails(self, finding: Finding) -> bool:
        """Tell whether a finding makes a check fail."""
        return LEVELS.index(self.level(finding)) <= LEVELS.index(self.fail_on)

    def judged(self) -> Outcome:
        """Return the outcome with what its findings say of failing."""
        return self._replace(failing=not self.usable or any(map(self.fails, self.findings)))


class Run(NamedTuple):
    """All that one command checked; `passed_over` counts files of folders that are no specs.

    `stale` counts what a baseline knows and is no longer found. `root` is the folder of the
    repository, to which the paths in the formats of services are relative; empty outside of one.
    """

    outcomes: tuple[Outcome, ...]
    passed_over: int = 0
    stale: int = 0
    root: str = ""

    @property
    def specs(self) -> tuple[Outcome, ...]:
        """The outcomes of specs, without those of settings and locks."""
        return tuple(outcome for outcome in self.outcomes if outcome.about == "spec")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found in all specs."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)
