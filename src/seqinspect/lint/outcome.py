"""What came of checking: one outcome a spec, plain data that every format and process can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seqinspect.model.report import Keras

if TYPE_CHECKING:
    from seqinspect.lint.comparison import Actual, Decided
    from seqinspect.model.finding import ExpectKey, Finding


class CheckedExpectation(NamedTuple):
    """An expectation that was tested; `holds` is None where it is not known."""

    key: ExpectKey
    expected: str
    actual: Actual
    holds: bool | None
    decided: Decided


class Outcome(NamedTuple):
    """One spec: what was found, and what was counted.

    `usable` is false where no report could be made of it. `fixed_text` is the file's text with
    remedies applied, where there are any; `fixed` counts them.
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


class Run(NamedTuple):
    """All that one command checked; `passed_over` counts files of folders that are no specs."""

    outcomes: tuple[Outcome, ...]
    passed_over: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found in all specs."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)
