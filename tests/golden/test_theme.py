"""Every colour reads on white and on black, as WCAG computes contrast."""

from __future__ import annotations

import pytest

from seqinspect.output.theme import COLOURS, LOOKS


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", COLOURS.values())
def test_a_colour_reads_on_white_and_on_black(colour: str) -> None:
    light = luminance(colour)
    assert 1.05 / (light + 0.05) >= 4.5
    assert (light + 0.05) / 0.05 >= 4.5


def test_a_number_is_that_colour_on_every_terminal() -> None:
    """The cube of 6×6×6 colours from 16 on has these steps in each channel, and greys follow."""
    steps = (0, 95, 135, 175, 215, 255)
    for number, colour in COLOURS.items():
        at = number - 16
        cube = (steps[at // 36 % 6], steps[at // 6 % 6], steps[at % 6])
        grey = (8 + 10 * (number - 232),) * 3
        assert colour == "#{:02x}{:02x}{:02x}".format(*(grey if number >= 232 else cube))


def test_every_look_has_one_of_them_or_none() -> None:
    assert {look.colour for look in LOOKS.values()} - {None} == COLOURS.keys()
