"""A text that rich breaks where a reader would: at spaces and signs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.measure import Measurement
from rich.text import Text

from seqinspect.output.renderers.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions


class Folded:
    """A text with styles. Nothing of it is ever cropped.

    `indent`: how far all of its lines are indented, `hang`: all but the first. With `parts`, what
    `;` separates stands below each other where it does not fit one line. `whole` are pieces that
    are not broken, such as a path.
    """

    def __init__(
        self, text: Text, *, indent: int = 0, hang: int = 0, parts: bool = False,
        whole: Sequence[range] = (),
    ) -> None:  # fmt: skip
        self.text = text
        self.indent = indent
        self.hang = hang
        self.parts = parts
        self.whole = whole

    @property
    def width(self) -> int:
        """How wide it is in one line."""
        return self.indent + cell_len(self.text.plain)

    @property
    def narrowest(self) -> int:
        """How wide it is with its parts below each other."""
        if not self.parts:
            return self.width
        return self.indent + max(cell_len(part.plain.rstrip()) for part in self._parts())

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, max(self.width, 1)).with_maximum(options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        width, indent = options.max_width, self.indent
        for part in self._parts() if self.parts and self.width > width else [self.text]:
            hang = self.indent + self.hang - indent
            for start, end in fold(part.plain, width - indent, hang=hang, whole=self.whole):
                line = Text(" " * indent, no_wrap=True).append_text(part[start:end])
                yield line if cell_len(line.plain) <= width else unbroken(line)
                indent = self.indent + self.hang

    def _parts(self) -> Sequence[Text]:
        ends = (match.end() for match in re.finditer("; ", self.text.plain))
        return list(self.text.divide(ends))


def unbroken(text: Text) -> Text:
    """Return a line that rich neither breaks nor crops; where it is too long, the screen does."""
    text.no_wrap, text.overflow = True, "ignore"
    return text
