"""Numbers on the command line: in the digits 0 to 9, as in specs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from typing import Any


class IntegerInRange(click.IntRange):
    """An integer in a range; Python would take the digits of every script."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:  # Any: what click says of its types
        """Return the number that a text is. Raises BadParameter."""
        if isinstance(value, str) and not value.isascii():
            self.fail(f"{value!r} is not a valid {self.name}.", param, ctx)
        return super().convert(value, param, ctx)
