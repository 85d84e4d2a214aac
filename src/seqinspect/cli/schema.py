"""`seqinspect schema`: JSON Schemas of what is read and written."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

import click

from seqinspect.cli.options import EXITS_WITHOUT_KERAS, output_option

if TYPE_CHECKING:
    from seqinspect.cli.streams import Target

PACKAGES = {
    "report": "report", "check": "findings", "diff": "diff", "stream": "stream", "size": "size",
    "sweep": "sweep",
}  # fmt: skip
"""Where the schemas of results stand, each beside what writes them."""


@click.command(
    epilog=f"""
\b
For example:
  seqinspect schema -o seqinspect.schema.json
  seqinspect schema report
  seqinspect schema check -o check.schema.json

\b
Editors with a YAML language server complete and check specs beginning with:
  # yaml-language-server: $schema=seqinspect.schema.json

{EXITS_WITHOUT_KERAS}"""
)
@click.argument("kind", type=click.Choice(("spec", *PACKAGES)), default="spec")
@output_option()
def schema(*, kind: str, target: Target) -> int:
    """Print a JSON Schema: of a spec (the YAML dialect), or of what --format json prints.

    The latter is a report for describe; check, diff, stream, size and sweep have one of their own.
    """
    target.check()
    target.write(schema_text(kind))
    return 0


def schema_text(kind: str) -> str:
    """Return the published JSON Schema (draft 2020-12) of a spec, or of a result."""
    if kind in PACKAGES:
        folder = resources.files(f"seqinspect.output.{PACKAGES[kind]}")
        return folder.joinpath(f"{kind}.schema.json").read_text("utf-8")
    from seqinspect.rulebook import schema as rulebook_schema  # noqa: PLC0415 - it loads all rules

    return json.dumps(rulebook_schema.schema(), indent=1) + "\n"
