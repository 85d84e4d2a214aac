"""Random custom layers, each of which knows what is true of it.

The long run: `python -m tests.keras.custom_layers --count 200`. A class mixes the steps in a way of
its own (windows, strides, prefixes, reversals, attention, state, branches on the number of steps)
and has weights whose sizes are made of others (quotients, powers, the larger of two). What its row
says must be so: the steps that each output step reads, causality, and every formula, at the sizes
at hand and at others within those that the row says were tried.
"""

from __future__ import annotations

import argparse
import sys
import types
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.custom.layers import import_custom_classes
from seqinspect.model.remarks import FittedSizes, FoundByExperiment
from seqinspect.readers.spec import read_spec
from tests.keras.custom_steps import MIXERS, Mixer

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import Report, Row

MODULE = "drawn_custom_layers"
SAMPLES = 40
"""So many sets of other sizes a formula is evaluated at."""

STEPS = (3, 5, 9, 16, 40, 100, 150)
"""Steps at which a relation for an unknown number of them is evaluated, as far as it was tried."""

MOST_SHOWN = 3
"""So many false statements on a class are printed."""

Size = Callable[[dict[str, int]], int]
SIZES: dict[str, Size] = {
    "n": lambda s: s["n"],
    "u": lambda s: s["u"],
    "h*u": lambda s: s["h"] * s["u"],
    "u//h": lambda s: s["u"] // s["h"],
    "n//h": lambda s: s["n"] // s["h"],
    "u//2+1": lambda s: s["u"] // 2 + 1,
    "ceil(u/2)": lambda s: -(-s["u"] // 2),
    "ceil(n/h)": lambda s: -(-s["n"] // s["h"]),
    "n**2": lambda s: s["n"] ** 2,
    "n*u+1": lambda s: s["n"] * s["u"] + 1,
    "n*(n+1)//2": lambda s: s["n"] * (s["n"] + 1) // 2,
    "max(n, u)": lambda s: max(s["n"], s["u"]),
    "min(n, 4)": lambda s: min(s["n"], 4),
    "u if u > 9 else 2*u": lambda s: s["u"] if s["u"] > 9 else 2 * s["u"],
    "n if n < 13 else n//2": lambda s: s["n"] if s["n"] < 13 else s["n"] // 2,
    "u % h + 1": lambda s: s["u"] % s["h"] + 1,
    "2**h": lambda s: 2 ** s["h"],
    "h*(u//h)": lambda s: s["h"] * (s["u"] // s["h"]),
    "n//3*2+u": lambda s: s["n"] // 3 * 2 + s["u"],
    "4": lambda _: 4,
    "T": lambda s: s["T"],
    "T//2+1": lambda s: s["T"] // 2 + 1,
    "n*T": lambda s: s["n"] * s["T"],
}
"""Sizes of weights by their text: as formulas in n, u, h, T."""


@dataclass
class Drawn:
    """A class with its truth: how it mixes the steps, its weights, whether heads must divide."""

    mixer: Mixer
    weights: list[tuple[str, ...]]
    features: str | None
    divides: bool
    sizes: dict[str, int]
    known_steps: bool

    def accepts(self, sizes: dict[str, int]) -> bool:
        return not (self.divides and sizes["u"] % sizes["h"]) and self.mixer.accepts(sizes["T"])

    def shapes(self, sizes: dict[str, int]) -> list[tuple[int, ...]]:
        """The true shapes of its weights."""
        shapes = [tuple(SIZES[text](sizes) for text in shape) for shape in self.weights]
        if self.features is not None:
            shapes.append((sizes["n"], SIZES[self.features](sizes)))
        return shapes + [shape(sizes) for shape in self.mixer.weights]

    def output(self, sizes: dict[str, int]) -> tuple[int, ...]:
        """The true shape of its output, without the batch."""
        steps = self.mixer.outputs(sizes["T"])
        features = sizes["n"] if self.features is None else SIZES[self.features](sizes)
        return (features,) if steps is None else (steps, features)


def draw(seed: str) -> Drawn:
    random = Random(seed)
    mixer = random.choice(MIXERS)(random)
    steps = random.choice([2, 6, 10, 16, 30, 50, 80, 200])
    known = random.random() < 0.8 or not mixer.open_steps
    texts = [text for text in SIZES if known or "T" not in text]
    heads, weights = random.choice([1, 2, 3, 4]), random.randint(0, 3)
    return Drawn(
        mixer=mixer,
        weights=[tuple(random.choices(texts, k=random.randint(1, 2))) for _ in range(weights)],
        features=random.choice([None, *(text for text in SIZES if "T" not in text)]),
        divides=random.random() < 0.3,
        sizes={
            "T": steps, "n": random.randint(1, 12), "u": heads * random.randint(1, 5), "h": heads,
        },
        known_steps=known,
    )  # fmt: skip


def make_class(drawn: Drawn) -> type:
    """Make the class of Keras."""
    keras: Any = runtime.load()
    ops = keras.ops

    class Mixed(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, units: int, heads: int, **options: Any) -> None:
            super().__init__(**options)
            self.units, self.heads = units, heads
            if drawn.divides and units % heads:
                raise ValueError("heads must divide units")

        def build(self, shape: tuple[int, ...]) -> None:
            sizes = {"T": shape[1] or 0, "n": shape[2], "u": self.units, "h": self.heads}
            self.own = [
                self.add_weight(name=f"weight_{index}", shape=each, initializer="zeros")
                for index, each in enumerate(drawn.shapes(sizes))
            ]

        def call(self, x: Any) -> Any:
            if x.shape[1] is not None and not drawn.mixer.accepts(x.shape[1]):
                raise ValueError("not so many steps")
            count = len(drawn.weights)
            y = x + sum(ops.sum(each) for each in self.own[:count])
            y = drawn.mixer.call(keras, y, self.own[count + (drawn.features is not None) :])
            return y if drawn.features is None else ops.matmul(y, self.own[count])

    return Mixed


@dataclass
class Verdict:
    """What is false of a row, and what it leaves open."""

    wrong: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


def judge(drawn: Drawn) -> Verdict:
    """Compare what the row of a class says with what is true of it."""
    module = sys.modules.setdefault(MODULE, types.ModuleType(MODULE))
    module.Mixed = make_class(drawn)  # type: ignore[attr-defined]
    dims = {**drawn.sizes, **({} if drawn.known_steps else {"T": "null"})}
    spec = f"""dims: {{{", ".join(f"{name}: {size}" for name, size in dims.items())}}}
input: [T, n]
custom: {{Mixed: {MODULE}:Mixed}}
layers: [{{Mixed: {{units: u, heads: h}}}}]
"""
    verdict = Verdict()
    try:
        report = analyse(import_custom_classes(read_spec(spec.encode())))
    except SpecError as error:
        if drawn.accepts(drawn.sizes) and drawn.known_steps:
            verdict.wrong.append(f"refused: {error}")
        else:
            verdict.open.append("refused")
        return verdict
    _judge_sizes(drawn, report.rows[0], verdict)
    _judge_time(drawn, report, verdict)
    return verdict


def _judge_sizes(drawn: Drawn, row: Row, verdict: Verdict) -> None:
    fitted = next(each for each in row.remarks if isinstance(each, FittedSizes))
    weights = [weight.symbolic for weight in row.weights]
    stated = [row.outputs[0].symbolic[1:], *weights]
    random = Random(0)
    for sample in range(SAMPLES):
        sizes = dict(drawn.sizes)
        if sample:
            sizes = {name: random.randint(low, high) for name, low, high in fitted.ranges}
        if not drawn.accepts(sizes):
            continue
        true = [drawn.output(sizes), *drawn.shapes(sizes)]
        for said, shape in zip(stated, true, strict=True):
            for size, number in zip(said, shape, strict=True):
                if size.symbols() - sizes.keys():  # a size of its own: not known
                    verdict.open.append(f"size {size.text()}")
                elif size.evaluate(sizes) != number:
                    plain = not size.symbols() and fitted.unfitted and sample
                    (verdict.open if plain else verdict.wrong).append(
                        f"size {size.text()} is {number} at {sizes}"
                    )


def _judge_time(drawn: Drawn, report: Report, verdict: Verdict) -> None:
    (row,) = report.rows
    if row.time is None:
        verdict.open.append("time")
        return
    tried = next(each for each in row.remarks if isinstance(each, FoundByExperiment))
    steps = [drawn.sizes["T"]] if drawn.known_steps else [t for t in STEPS if t in tried.steps]
    for count in steps:
        _judge_steps(drawn.mixer, row, count, verdict)
    true = [drawn.mixer.causal(count) for count in (steps if drawn.known_steps else STEPS)]
    if report.causal is None and drawn.mixer.outputs(7) == 7:
        verdict.open.append("causal")
    if report.causal is not None and any(each is not report.causal for each in true):
        verdict.wrong.append(f"causal {report.causal}")


def _judge_steps(mixer: Mixer, row: Row, count: int, verdict: Verdict) -> None:
    time = row.time
    assert time is not None
    outputs = mixer.outputs(count)
    if (outputs is None) is not (time.axis is None):
        verdict.open.append("axis")
        return
    for step in range(outputs or 1):
        true = mixer.reads(step, count)
        said: tuple[int, int] | None = None
        for depends in time.depends:
            at = {"T": count, "t": step}
            if depends.first is None or depends.last is None:
                verdict.open.append("bounds")
                return
            said = (depends.first.evaluate(at), depends.last.evaluate(at))
        if said is not None and said[0] > said[1]:
            said = None
        expected = (min(true), max(true)) if true else None
        if said != expected:
            verdict.wrong.append(
                f"{time.reads}: {count} steps, {step} reads {expected}, not {said}"
            )
            return
        spans = {each for span in time.windows for each in _members(span, count, step)}
        if time.reads == "window" and spans != true:
            verdict.wrong.append(f"{count} steps, {step} reads {sorted(true)}, not {sorted(spans)}")
            return


def _members(span: Any, count: int, step: int) -> set[int]:
    def at(bound: Expr) -> int:
        return bound.evaluate({"T": count, "t": step})

    every = max(1, at(span.every))
    return {each for each in range(at(span.first), at(span.last) + 1, every) if 0 <= each < count}


def main() -> int:
    """Judge as many classes as the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.keras.custom_layers", description=__doc__
    )
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    runtime.load()
    wrong, left_open = 0, Counter[str]()
    indices = range(options.count) if options.only is None else [options.only]
    for index in indices:
        drawn = draw(f"{options.seed} {index}")
        verdict = judge(drawn)
        wrong += bool(verdict.wrong)
        left_open.update({line.partition(" ")[0] for line in verdict.open})
        if verdict.wrong or verdict.open or options.only is not None:
            print(f"--seed {options.seed} --only {index}: {drawn}")
            lines = [*verdict.wrong[:MOST_SHOWN], *(f"open: {x}" for x in verdict.open[:2])]
            print(*(f"  {line}" for line in lines), sep="\n", flush=True)
    print(f"{wrong} of {len(indices)} with something false; left open: {dict(left_open)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
