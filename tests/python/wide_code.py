"""Random functional models as Keras code: several inputs, shared layers, states, helpers, slices.

Nothing of the reader is used: Keras runs the code and builds the model.

    python -m tests.python.wide_code --count 400 --seed 1

prints what the reader and Keras disagree about.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = """\
import keras
from keras import Input, Model, layers, ops
from keras.layers import *

T = 6
n = 4
units = {units}
cfg = {{'width': {width}, 'opts': {{'activation': 'relu'}}}}

def block(x, size, residual=False):
    y = Dense(size, activation='relu')(x)
    y = LayerNormalization()(y)
    if residual:
        y = Dense(x.shape[-1])(y)
        y = y + x
    return y

ids = [0]
def next_id():
    ids[0] += 1
    return ids[0]

def twice(x, count=2, **kw):
    for i in range(count):
        name = f'{{kw.get("prefix", "rnn")}}_{{i}}_{{x.shape[-1]}}_{{next_id()}}'
        x = LSTM(units, return_sequences=True, name=name)(x)
    return x

def encoder(steps, features, size):
    a = Input((steps, features))
    b = GRU(size, return_sequences=True)(a)
    return Model(a, Dense(size)(b))
"""

SIZES = (
    "units",
    "n",
    "cfg['width']",
    "units + 1",
    "2 * n",
    "5",
    "max(n, units)",
    "int(units / 2) + 1",
    "len([1, 2, 3])",
)

STATEMENTS: tuple[tuple[str, str], ...] = (
    ("v = LSTM({size}, return_sequences=True)({x})", "v"),
    ("v = Bidirectional(GRU({size}, return_sequences=True), merge_mode={merge!r})({x})", "v"),
    (
        "v, h, c = LSTM(units, return_sequences=True, return_state=True)({x})\n"
        "d = LSTM(units, return_sequences=True)({y}, initial_state=[h, c])",
        "v d /h /c",
    ),
    (
        "v, *s = Bidirectional(LSTM(units, return_state=True))({x})\n"
        "j = Concatenate()([s[0], s[2]])",
        "/v /j",
    ),
    ("l = Dense({size})\nv = l({x})\nb = l({x})\nm = v * b", "v m"),
    ("v = {x}[:, -1, :]", "/v"),
    ("v = {x}[:, :, 1:]\nk = Dense(3)(v)", "k"),
    ("v = {x}[..., ::2]\nk = Dense(3)(v)", "k"),
    ("v = block({x}, {size}, residual={flag})", "v"),
    ("v = twice({x}, {count}, prefix='v')", "v"),
    ("v = encoder(T, {x}.shape[-1], {size})({x})", "v"),
    ("v = TimeDistributed(Dense({size}))({x})", "v"),
    ("v = Conv1D({size}, 3, padding={padding!r}, **cfg['opts'])({x})", "v"),
    ("v = ops.mean({x}, axis=1)", "/v"),
    ("v = Concatenate(axis=-1)([{x}, {y}])", "v"),
    ("v = MultiHeadAttention(2, {size})({x}, {y})", "v"),
    ("v = RepeatVector(T)(Flatten()({x}))", "v"),
    ("p = Permute((2, 1))({x})\nv = GlobalMaxPooling1D()(p)", "/v"),
    ("v = Lambda(lambda t: t * 2)({x})", "v"),
    (
        "q = keras.Sequential([LSTM({size}, return_sequences=True), Dense({size})])\nv = q({x})",
        "v",
    ),
    ("v = layers.concatenate([{x}] + [Dense(k)({x}) for k in (2, units)])", "v"),
    ("v = 1 - layers.Activation('sigmoid')({x})", "v"),
    ("v = ops.concatenate([{x}, {y}], axis=2)", "v"),
    ("r = Reshape((-1, {x}.shape[1]))({x})\nv = LSTM({size})(r)", "/v"),
    ("v = Dot(axes=-1)([Dense(4)({x}), Dense(4)({y})])", "v"),
    ("v = AdditiveAttention()([Dense(5)({x}), Dense(5)({y})])", "v"),
)
"""Statements and the tensors that they leave: sequences, and vectors behind a slash."""


@dataclass
class Code:
    """The code of a model as it grows: its lines, inputs, and tensors of steps or without."""

    rng: random.Random
    lines: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)
    vectors: list[str] = field(default_factory=list)

    def size(self) -> str:
        """Return a number of units as an expression."""
        return self.rng.choice(SIZES)

    def add_input(self, name: str) -> None:
        """Enter an input of steps, or of tokens that are looked up."""
        if name == "tokens":
            self.lines.append("tokens = Input((T,), dtype='int32', name='tokens')")
            self.lines.append("looked_up = Embedding(50, cfg['width'])(tokens)")
            self.sequences.append("looked_up")
        else:
            features = self.rng.choice(("n", "3", "2 * n"))
            self.lines.append(f"{name} = Input((T, {features}), name='{name}')")
            self.sequences.append(name)
        self.inputs.append(name)

    def add_statement(self, number: int) -> None:
        """Enter one statement; its names get its number."""
        statement, left = self.rng.choice(STATEMENTS)
        filled = statement.format(
            size=self.size(),
            x=self.rng.choice(self.sequences),
            y=self.rng.choice(self.sequences),
            merge=self.rng.choice(("concat", "sum", "ave")),
            padding=self.rng.choice(("same", "causal")),
            flag=self.rng.choice((True, False)),
            count=self.rng.randint(1, 3),
        )
        self.lines += [f"# {number}", *filled.splitlines()]
        for name in left.split():
            own = f"{name.strip('/')}{number}"
            self.lines.append(f"{own} = {name.strip('/')}")
            (self.vectors if name.startswith("/") else self.sequences).append(own)

    def add_model(self) -> None:
        """Enter the outputs and the model."""
        outputs = [f"Dense({self.size()}, name='out')({self.sequences[-1]})"]
        if self.vectors and self.rng.random() < 0.7:
            outputs.append(f"Dense(1)({self.vectors[-1]})")
        if len(self.vectors) > 1 and self.rng.random() < 0.4:
            outputs.append(f"Dense(2)(concatenate([{self.vectors[0]}, {self.vectors[-1]}]))")
        self.lines.append(f"outputs = [{', '.join(outputs)}]")
        self.lines.append(f"model = Model(inputs=[{', '.join(self.inputs)}], outputs=outputs)")


def wide_code(seed: int) -> str:
    """Return the code of a random model."""
    rng = random.Random(seed)
    code = Code(rng, [HEAD.format(units=rng.randint(2, 7), width=rng.randint(2, 6))])
    for index in range(rng.randint(1, 3)):
        code.add_input(f"in{index}")
    if rng.random() < 0.3:
        code.add_input("tokens")
    for number in range(rng.randint(4, 12)):
        code.add_statement(number)
    code.add_model()
    return "\n".join(code.lines) + "\n"


def disagreement(source: str) -> str | None:
    """Return what the reader and Keras disagree about; None where Keras refuses the code, too.

    Compared are whether there is a model, its parameters, those of each layer at its top, and the
    shapes of its outputs; the empty string says that they agree.
    """
    import keras
    from seqinspect.analysis.walk import analyse, output_shape
    from seqinspect.errors import SpecError
    from seqinspect.readers.spec import read_models

    keras.backend.clear_session()
    names: dict[str, object] = {}
    refused = ""
    try:
        exec(source, names)
    except Exception as error:
        refused = str(error)[:120]
    try:
        every = read_models(source.encode(), name="model.py", infer=output_shape)
        found = next(each for each in every if each.name == "model")
        report = analyse(found.graph_or_raise())
    except SpecError as error:
        return None if refused else f"refused by the reader alone: {error}"
    if refused:
        return f"refused by Keras alone: {refused}"
    model = names["model"]
    assert isinstance(model, keras.Model)
    built = Counter(layer.count_params() for layer in model.layers if layer.count_params())
    read = Counter(row.params for row in report.rows if row.depth == 0 and row.params)
    if (model.count_params(), built) != (report.params, read):
        return f"Keras {model.count_params()} {built - read}, read {report.params} {read - built}"
    shapes = [tuple(output.shape)[1:] for output in model.outputs]
    said = [tuple(size.value for size in target.symbolic[1:]) for _, target in report.targets]
    return "" if shapes == said else f"outputs: Keras {shapes}, read {said}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge so many models; return 1 if there is a disagreement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    verdicts: Counter[str] = Counter()
    for seed in range(chosen.seed, chosen.seed + chosen.count):
        found = disagreement(wide_code(seed))
        verdicts["both refuse" if found is None else "differs" if found else "agrees"] += 1
        if found:
            print(f"{seed}: {found}", flush=True)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))
    return 1 if verdicts["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
