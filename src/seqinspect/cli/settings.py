"""The option --set, which several commands have."""

from __future__ import annotations

import click


def setting(text: str) -> tuple[str, str]:
    """Return the name and the size of `n=16`. Raises BadParameter."""
    name, equals, size = (part.strip() for part in text.partition("="))
    if not (name and equals and size):
        raise click.BadParameter(
            f"{text!r} is not a name and a size, such as n=16", param_hint="--set"
        )
    return name, size
