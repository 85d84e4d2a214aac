"""What a stream can show: its width, its encoding and whether colours are wanted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO


class Screen(NamedTuple):
    """Where text goes; `width` is None where lines may have any length, `height` in lines.

    `colour`: whether text may be marked at all; `palette`: whether with one of 256 colours.
    """

    width: int | None = None
    colour: bool = False
    palette: bool = True
    encoding: str = "utf-8"
    terminal: bool = False
    height: int = 24


PALETTE = ("", "xterm", "xterm-kitty", "alacritty", "tmux", "foot")
"""Terminals with 256 colours whose names do not say so; without a name, it is a log's viewer."""

PROSE, WIDEST_PROSE = 80, 100

FILE = Screen()
"""A file: UTF-8, without colours, with lines of any length."""


def for_prose(screen: Screen) -> Screen:
    """Return a screen as wide as sentences are read with ease."""
    return screen._replace(width=min(screen.width or PROSE, WIDEST_PROSE))


def screen_of(stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> Screen:
    """Return what a stream can show; NO_COLOR, FORCE_COLOR and COLUMNS have their usual meaning."""
    if stream is None:
        return FILE
    terminal = is_terminal(stream)
    return Screen(
        width=_width(stream, environment, terminal=terminal),
        colour=_colour(environment, terminal=terminal),
        palette=_palette(environment),
        encoding=stream.encoding or "ascii",
        terminal=terminal,
        height=_height(stream, terminal=terminal),
    )


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether someone looks at a stream while it is written."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def _width(stream: TextIO, environment: Mapping[str, str], *, terminal: bool) -> int | None:
    columns = environment.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns[:9]) > 0:
        return int(columns[:9])
    if not terminal:
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80


def _height(stream: TextIO, *, terminal: bool) -> int:
    try:
        return (os.get_terminal_size(stream.fileno()).lines if terminal else 0) or 24
    except OSError:
        return 24


def _colour(environment: Mapping[str, str], *, terminal: bool) -> bool:
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return environment["FORCE_COLOR"] != "0"
    return terminal and environment.get("TERM") != "dumb"


def _palette(environment: Mapping[str, str]) -> bool:
    """Tell whether a terminal has 256 colours: those of 16 are not the same on any two of them."""
    term = environment.get("TERM", "")
    return bool(environment.get("COLORTERM")) or "256" in term or term in PALETTE
