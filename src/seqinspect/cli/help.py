"""The options of a command in its help: in groups, each in as few lines as there can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = {
    "What is read": ("settings", "inputs", "allow_imports", "policy", "stdin_filename"),
    "Which layers, which columns": (
        "columns", "no_header", "depth", "names", "types", "mixes_time", "sort", "top",
    ),
    "What Keras is asked": ("static", "prove", "no_cache", "backend"),
    "Memory": ("memory", "optimizer", "batch"),
    "Which findings": ("select", "ignore", "fail_on"),
    "Fixes": ("fix", "unsafe_fixes", "diff"),
    "What is known": ("locked", "baseline", "write_baseline", "add_ignore"),
    "Data": ("files", "batch_size"),
    "Where it goes": ("kind", "target", "no_pager", "quiet", "help"),
    "Seldom needed": (
        "extend_select", "exit_zero", "lock_file", "statistics", "config", "show_settings",
        "show_files", "jobs", "scheduler", "part",
    ),
}  # fmt: skip
"""The options that belong together, by parameter; all others come first."""

FEWEST = 10
"""A command with fewer options than this has one list of them."""

WIDEST = 26
"""What an option does begins at most so far to the right."""

LONGEST = 18
"""A longer list of values has no room beside its option: it stands in the text behind."""


def write_options(
    command: click.Command, context: click.Context, formatter: click.HelpFormatter
) -> None:
    """Write the options of a command, and what they do."""
    options = [each for each in command.params if isinstance(each, click.Option)]
    groups = GROUPS if len(options) >= FEWEST else {}
    grouped = {name for names in groups.values() for name in names}
    titles = [("Options", [each for each in options if each.name not in grouped])]
    titles += [
        (title, [each for each in options if each.name in names]) for title, names in groups.items()
    ]
    formatter.write_paragraph()
    for title, members in titles:
        if rows := list(_rows(members, context)):
            formatter.write_heading(title)
            with formatter.indentation():
                formatter.write_dl(rows, col_max=WIDEST)


def _rows(options: list[click.Option], context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the names of options and what they do; of two long names, the first."""
    for option in options:
        record = option.get_help_record(context)
        if record is None:
            continue
        names, text = record
        short = [name for name in option.opts if not name.startswith("--")]
        long = [name for name in option.opts if name.startswith("--")][:1]
        value = names.rpartition(" ")[2] if not (option.is_flag or option.count) else ""
        if isinstance(option.type, click.Choice) and len(value) > LONGEST:
            choices = ", ".join(map(str, option.type.choices))
            text = f"{choices} {text}" if text.startswith("[") else f"{choices}. {text}"
            value = "WORD"
        yield " ".join(filter(None, (", ".join([*short, *long]), value))), text
