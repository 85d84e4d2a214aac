"""`python -m tests.meta.public`: list what is public in docs/stability.md anew.

A name that is no longer there may only leave the page when the newest section of CHANGELOG.md
quotes it.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import seqinspect
from seqinspect.cli.group import COMMANDS
from seqinspect.cli.group import seqinspect as program
from seqinspect.cli.schema import PACKAGES, schema_text
from seqinspect.lint.registry import all_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "stability.md"
CHANGELOG = ROOT / "CHANGELOG.md"
BEGIN = "<!-- the list: python -m tests.meta.public -->\n"


def public() -> dict[str, list[str]]:
    """Return what is public: names by where they stand."""
    return {
        **{f"seqinspect {name}": sorted(_options(name)) for name in COMMANDS},
        **{f"seqinspect.{name}": sorted(_members(name)) for name in seqinspect.__all__},
        **{f"JSON of {kind}": sorted(set(_keys(_schema(kind)))) for kind in PACKAGES},
        "keys of a spec": sorted(_schema("spec")["properties"]),
        "findings": sorted(all_kinds()),
    }


def _options(name: str) -> Iterator[str]:
    command = program.get_command(click.Context(program), name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield from (each for each in parameter.opts if each.startswith("--"))


def _members(name: str) -> Iterator[str]:
    """Yield the parameters of a function, the public attributes of a class."""
    value: Any = getattr(seqinspect, name)
    if inspect.isclass(value):
        members = {*dir(value), *getattr(value, "__annotations__", ())}
        inherited = set(dir(Exception)) | set(dir(tuple))
        yield from (each for each in members if each[0] != "_" and each not in inherited)
    elif callable(value):
        yield from inspect.signature(value).parameters


def _schema(kind: str) -> Any:
    return json.loads(schema_text(kind))


def _keys(schema: Any) -> Iterator[str]:
    """Yield every key that a JSON Schema names."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for value in schema.values():
            yield from _keys(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _keys(value)


def listed(text: str) -> dict[str, list[str]]:
    """Return what the page lists."""
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \|$", text.partition(BEGIN)[2], re.MULTILINE)
    return {place: re.findall(r"`([^`]+)`", names) for place, names in rows}


def removed(before: dict[str, list[str]], now: dict[str, list[str]]) -> list[str]:
    """Return the names that went and that the newest section of the changelog does not quote."""
    newest = CHANGELOG.read_text("utf-8").split("\n## ")[1]
    gone = [place for place in before if place not in now]
    gone += [name for place in now for name in before.get(place, ()) if name not in now[place]]
    return [name for name in gone if f"`{name}" not in newest]


def table(names: dict[str, list[str]]) -> str:
    """Return the rows of the page's table."""
    rows = (
        f"| `{place}` | {', '.join(f'`{name}`' for name in found)} |\n"
        for place, found in names.items()
    )
    return "".join(("| where | what |\n|---|---|\n", *rows))


def rewrite() -> int:
    """Write the list anew; return 1 where something went without a word in the changelog."""
    text, now = PAGE.read_text("utf-8"), public()
    if gone := removed(listed(text), now):
        print("CHANGELOG.md does not say that these went:", *gone, file=sys.stderr)
        return 1
    PAGE.write_text(text.partition(BEGIN)[0] + BEGIN + "\n" + table(now), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(rewrite())
