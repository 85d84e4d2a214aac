"""How what has a role looks, on a screen and on a page: the one place with colours in it.

A colour is one of the 256 that terminals share. Only these eight have a contrast of 4.5 on white
and on black: 29 green, 63 blue, 98 violet, 131 red, 163 magenta, 243 grey, and nearly 28 and 130.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.output.document import Role


class Look(NamedTuple):
    """A colour by its number, and what is there also where a screen shows none."""

    colour: int | None = None
    bold: bool = False
    underline: bool = False
    italic: bool = False

    @property
    def style(self) -> str:
        """The look in rich's words."""
        words = ["bold"] * self.bold + ["underline"] * self.underline + ["italic"] * self.italic
        return " ".join(words if self.colour is None else [*words, f"color({self.colour})"])

    @property
    def css(self) -> str:
        """The look in those of CSS."""
        return self.css_with("{}")

    def css_with(self, colour: str) -> str:
        """Return the same with what becomes of its colour: `{}` stands for it."""
        rules = ["font-weight: bold"] * self.bold + ["text-decoration: underline"] * self.underline
        rules += ["font-style: italic"] * self.italic
        if self.colour is not None:
            rules.append(f"color: {colour.format(COLOURS[self.colour])}")
        return "; ".join(rules)


COLOURS = {
    29: "#00875f", 63: "#5f5fff", 98: "#875fd7", 131: "#af5f5f", 163: "#d700af", 243: "#767676",
}  # fmt: skip
"""The colours that are used, as every terminal with 256 of them has them."""

LOOKS: Mapping[Role, Look] = {
    "strong": Look(bold=True),
    "emphasis": Look(italic=True),
    "label": Look(bold=True),
    "path": Look(bold=True),
    "code": Look(98),
    "quiet": Look(243),
    "name": Look(bold=True),
    "formula": Look(63),
    "one step": Look(163),
    "every step": Look(29),
    "all steps": Look(98),
    "good": Look(29),
    "bad": Look(131, bold=True),
    "warning": Look(163, bold=True),
    "note": Look(63, bold=True),
}
"""A role that is not here looks like any text."""
