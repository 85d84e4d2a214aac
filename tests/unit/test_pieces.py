"""Pieces, and how they are composed, judged by pairs of steps that are counted one by one."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from seqinspect.algebra.expression import Expr, const, maximum, minimum, symbol
from seqinspect.algebra.lines import straight_lines
from seqinspect.time.envelope import ends_of
from seqinspect.time.extent import first_ahead, most_ahead, most_read, stride_of, widest
from seqinspect.time.formulas import Trial, are_ends, formulas_of
from seqinspect.time.pieces import Piece, compose, merged, tight
from seqinspect.time.relation import through
from seqinspect.time.work import Work

Pairs = set[tuple[int, int]]
"""An output step with a step that it reads."""


def pairs(pieces: list[Piece]) -> Pairs:
    """What the definition of a piece says, read literally."""
    return {
        (piece.residue + piece.modulus * i, s)
        for piece in pieces
        for i in range(piece.begin, piece.end + 1)
        for s in range(
            max(piece.low, piece.rise * i + piece.lo),
            min(piece.high, piece.rise * i + piece.hi) + 1,
        )
        if (s - piece.rise * i - piece.phase) % piece.every == 0
    }


def random_piece(random: Random, outputs: int, steps: int) -> Piece:
    modulus = random.choice([1, 1, 1, 2, 3])
    residue, begin = random.randrange(modulus), random.randint(0, 3)
    lo = random.randint(-12, 12)
    return Piece(
        modulus,
        residue,
        begin,
        min((outputs - 1 - residue) // modulus, begin + random.randint(0, outputs)),
        max(0, random.randint(-2, 3)),
        min(steps - 1, random.randint(2, steps + 3)),
        random.choice([0, 1, 1, 1, 2, 3, -1, -2, modulus]),
        lo,
        lo + random.choice([0, 0, 1, 2, 5, 12]),
        random.choice([1, 1, 2, 3, 4]),
        random.randint(0, 5),
    )


def random_relation(random: Random, outputs: int, steps: int) -> list[Piece]:
    return [
        piece
        for _ in range(random.randint(1, 3))
        for piece in tight(random_piece(random, outputs, steps))
    ]


@pytest.mark.parametrize("seed", range(40))
def test_composition_has_the_pairs_that_meet(seed: int) -> None:
    random = Random(seed)
    for _ in range(25):
        counts = [random.randint(1, 14) for _ in range(3)]
        outer = random_relation(random, counts[0], counts[1])
        inner = random_relation(random, counts[1], counts[2])
        met = {(t, s) for t, u in pairs(outer) for v, s in pairs(inner) if u == v}
        found = [piece for one in outer for other in inner for piece in compose(one, other, Work())]
        assert pairs(found) == met, (outer, inner)
        assert pairs(list(merged(found))) == met, (outer, inner)


def test_tight_pieces_have_the_same_pairs_and_a_step_at_each_place() -> None:
    random = Random(7)
    for _ in range(1000):
        piece = random_piece(random, 14, 14)
        found = [*tight(piece)]
        assert pairs(found) == pairs([piece])
        for part in found:
            places = range(part.begin, part.end + 1)
            assert {t for t, _ in pairs([part])} == {
                part.residue + part.modulus * i for i in places
            }


@pytest.mark.parametrize("seed", range(20))
def test_extent_is_what_the_pairs_show(seed: int) -> None:
    random = Random(seed)
    for _ in range(25):
        outputs, steps = random.randint(1, 60), random.randint(1, 60)
        relation = merged(random_relation(random, outputs, steps))
        read: dict[int, list[int]] = {}
        for t, s in sorted(pairs(list(relation))):
            read.setdefault(t, []).append(s)
        if not read:
            continue
        spans = {t: each[-1] - each[0] + 1 for t, each in read.items()}
        ahead = [(t, each[-1]) for t, each in read.items() if each[-1] > t]
        ends, most = ends_of(relation, Work()), max(spans.values())
        assert widest(ends, Work()) == (most, min(t for t, span in spans.items() if span == most))
        assert most_read(relation, outputs, Work()) == max(map(len, read.values()))
        assert (most_ahead(ends) > 0) == bool(ahead)
        if ahead:
            assert first_ahead(ends) == ahead[0]
        every = stride_of(relation, outputs, Work())
        assert not every or all(b - a == every for each in read.values() for a, b in pairwise(each))
        formulas = formulas_of(ends, Trial(outputs, {}, Work()), const)
        if formulas is not None:
            assert are_ends(*formulas, ends, Trial(outputs, {}, Work()))
            for t in range(outputs):
                first, last = (formula.evaluate({"t": t}) for formula in formulas)
                expected = read.get(t)
                assert (first, last) == (expected[0], expected[-1]) if expected else first > last


T_LARGE = 300


def window(random: Random, steps: int) -> tuple[list[Piece], np.ndarray]:
    """A convolution, with any stride, dilation and padding: which steps each output reads."""
    size, every, stride = random.randint(1, 4), random.randint(1, 9), random.choice([1, 1, 1, 2, 3])
    left = random.randint(0, (size - 1) * every)
    outputs = max(1, steps // stride)
    reads = np.zeros((outputs, steps), bool)
    for t in range(outputs):
        for tap in range(size):
            step = t * stride - left + tap * every
            if 0 <= step < steps:
                reads[t, step] = True
    hi = (size - 1) * every - left
    piece = Piece(1, 0, 0, outputs - 1, 0, steps - 1, stride, -left, hi, every, -left)
    return [*tight(piece)], reads


def test_stacks_of_windows_over_hundreds_of_steps() -> None:
    """Against products of Boolean matrices."""
    random = Random(3)
    for _ in range(30):
        steps = random.randint(100, T_LARGE)
        pieces, reads = window(random, steps)
        relation, matrix = merged(pieces), reads.astype(np.int64)
        for _ in range(random.randint(1, 4)):
            pieces, reads = window(random, len(matrix))
            relation = through(merged(pieces), relation, Work())
            matrix = (reads.astype(np.int64) @ matrix > 0).astype(np.int64)
        found = np.zeros(matrix.shape, np.int64)
        for piece in relation:
            for t in range(len(matrix)):
                found[t, list(piece.at(t))] = 1
        assert (found == matrix).all()


def random_formula(random: Random, depth: int) -> Expr:
    if not depth:
        return random.choice([symbol("t"), symbol("T"), const(random.randint(-5, 9)), symbol("t")])
    one = random_formula(random, depth - 1)
    other = random_formula(random, random.randrange(depth))
    return random.choice([
        one + other, one - other, maximum(one, other), minimum(one, other),
        one // random.randint(1, 5), one * random.randint(-3, 3),
    ])  # fmt: skip


def test_straight_lines_are_the_values_of_a_formula() -> None:
    random = Random(11)
    for _ in range(500):
        formula, count = random_formula(random, 4), random.randint(1, 40)
        values: dict[int, int] = {}
        for line in straight_lines(formula, "t", {"T": 13}, count):
            for i in range(line.begin, line.end + 1):
                step = line.residue + line.modulus * i
                assert step not in values
                values[step] = line.rise * i + line.at
        assert values == {t: formula.evaluate({"t": t, "T": 13}) for t in range(count)}
