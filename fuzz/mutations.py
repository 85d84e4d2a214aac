"""Mutations that keep words and lines whole: bytes alone would rarely get past a reader."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Mutation = Callable[[bytes, int, int], bytes]
    """Makes another input of one, of so many bytes at the most, by a number that chance goes by."""

TOKEN = re.compile(rb"\w+|\s+|[^\w\s]")
LINE = re.compile(rb"[^\n]*\n|[^\n]+")
MOST_SPLICED = 12
"""How many parts of another input are taken over at once."""


def mutator(
    seeds: Sequence[bytes], words: Sequence[str], of_bytes: Callable[[bytes, int], bytes]
) -> Mutation:
    """Return a mutation of tokens, lines or, every third time, bytes."""
    vocabulary = [word.encode() for word in words]

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if not data or chance.random() < 0.3:
            return of_bytes(data, most)
        pattern = LINE if chance.random() < 0.25 else TOKEN
        parts = pattern.findall(data)
        for _ in range(chance.choice((1, 1, 2, 4))):
            _change(parts, pattern, chance, seeds, vocabulary)
        return b"".join(parts)[:most]

    return mutate


def _change(
    parts: list[bytes],
    pattern: re.Pattern[bytes],
    chance: random.Random,
    seeds: Sequence[bytes],
    vocabulary: Sequence[bytes],
) -> None:
    """Change one place of a list of parts."""
    at = chance.randrange(len(parts) + 1)
    end = at + chance.choice((1, 1, 1, 2, 5))
    action = chance.randrange(7)
    if action <= 1:  # the most useful: another word in the place of one
        words = [index for index in range(at, len(parts)) if parts[index][:1].isalnum()]
        if words:
            parts[words[0]] = chance.choice(vocabulary)
    elif action == 2:
        del parts[at:end]
    elif action == 3:
        parts[at:at] = parts[at:end]
    elif action == 4:
        parts.insert(at, chance.choice(vocabulary))
    elif action == 5 and parts:
        other = chance.randrange(len(parts))
        moved = parts[other : other + end - at]
        del parts[other : other + end - at]
        parts[at:at] = moved
    else:
        others = pattern.findall(chance.choice(seeds))
        start = chance.randrange(len(others) + 1)
        parts[at:end] = others[start : start + chance.randint(1, MOST_SPLICED)]
