"""`seqinspect schema`: JSON Schemas of what is read and written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from seqinspect.cli.group import EXITS_WITHOUT_KERAS
from seqinspect.cli.options import output_option

if TYPE_CHECKING:
    from seqinspect.cli.streams import Target


@click.command(
    epilog=f"""
\b
For example:
  seqinspect schema -o seqinspect.schema.json
  seqinspect schema report
  seqinspect schema check -o check.schema.json

\b
An editor with a YAML language server completes and checks a spec that begins with:
  # yaml-language-server: $schema=seqinspect.schema.json

{EXITS_WITHOUT_KERAS}"""
)
@click.argument("kind", type=click.Choice(("spec", "report", "check", "diff")), default="spec")
@output_option()
def schema(*, kind: str, target: Target) -> int:
    """Print a JSON Schema: of a spec (the YAML dialect), or of what --format json prints.

    The latter is a report for describe; check and diff have one of their own.
    """
    target.check()
    target.write(_text(kind))
    return 0


def _text(kind: str) -> str:
    if kind == "report":
        from seqinspect.output.report import json as report  # noqa: PLC0415

        return report.schema()
    if kind == "check":
        from seqinspect.output.findings import data  # noqa: PLC0415

        return data.schema()
    if kind == "diff":
        from seqinspect.output.diff import json as diff_json  # noqa: PLC0415

        return diff_json.schema()
    from seqinspect.rulebook import schema as rulebook_schema  # noqa: PLC0415 - it loads all rules

    return json.dumps(rulebook_schema.schema(), indent=1) + "\n"
