"""Findings as JUnit XML, to show among test reports: a suite a spec, a failed test a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from seqinspect.output.findings.shared import FindingView, views_of
from seqinspect.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.outcome import Outcome, Run


def render(run: Run) -> str:
    """Return one document; what does not make the check fail is a skipped test."""
    suites = [_Suite(each, list(views_of(each))) for each in run.outcomes]
    tests, failures, errors = (
        sum(getattr(suite, name) for suite in suites) for name in ("tests", "failures", "errors")
    )
    head = f'<testsuites name="seqinspect" tests="{tests}" failures="{failures}" errors="{errors}">'
    body = "".join(line for suite in suites for line in suite.lines())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}</testsuites>\n'


class _Suite:
    """The tests of one spec."""

    def __init__(self, outcome: Outcome, found: list[FindingView]) -> None:
        self.outcome = outcome
        self.found = found
        self.failed = [each for each in found if each.fails]
        self.tests = len(found) or 1
        self.errors = 0 if outcome.usable else len(self.failed)
        self.failures = len(self.failed) - self.errors
        self.skipped = len(found) - len(self.failed)

    def lines(self) -> Iterator[str]:
        source = quoteattr(visible(self.outcome.source))
        yield (
            f'  <testsuite name={source} tests="{self.tests}" failures="{self.failures}"'
            f' errors="{self.errors}" skipped="{self.skipped}">\n'
        )
        if not self.found:
            yield f'    <testcase classname={source} name="nothing found"/>\n'
        for each in self.found:
            name = quoteattr(f"{each.code} {each.kind.name} at {each.line}:{each.column}")
            yield f"    <testcase classname={source} name={name}>\n"
            message = quoteattr(each.message)
            if each not in self.failed:
                yield f"      <skipped message={message}/>\n"
            else:
                word = "failure" if self.outcome.usable else "error"
                text = escape(f"{each.path}:{each.line}:{each.column}: {each.sentence}")
                kind = quoteattr(each.code)
                yield f"      <{word} message={message} type={kind}>{text}</{word}>\n"
            yield "    </testcase>\n"
        yield "  </testsuite>\n"
