"""Specs that Hypothesis draws: valid ones with a count by hand, nearly valid ones, and garbage."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hypothesis import strategies as st

Tree = Any  # what JSON can hold
Layer = dict[str, Any]

FIRST_LINE = 5
"""The line of a drawn spec on which its first layer stands."""

NAMES = st.one_of(
    st.sampled_from(
        ["[bold]x", "a\\[b]", "::error::x", "##[endgroup]", "=1+1", "@SUM(A1)", "+1", "-1", "|",
         "`x`", "<img src=x onerror=x>", "&lt;b&gt;", "a' onload='x", "-->", "]]>", "$(touch x)",
         "%0A", "%s{}{0.__class__}", "{{7*7}}", "\\input{x}", "漢" * 20, "é", "#x", "- x", "a: b",
         "null", "1", "*x*", "![a](http:x)", "input.1", "lstm", "x" * 250, "!!set", '"', "'", "~"]
    ),
    st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/"), min_size=1,
            max_size=12),
)  # fmt: skip
"""Names that Keras can hold, and that mean something to a terminal, a page or a spreadsheet."""

UNPRINTABLE = st.sampled_from(
    ["\x1b[2J", "\x1b]0;x\x07", "a\nb", "a\u202eb", "a\u2066b", "a\u200bb", "\x9b31m", "a\rb", "\0",
     "\u2028", "\ufeffx", "\ue000", "a/b", "", " ", "x" * 251]
)  # fmt: skip
"""Names that no model can have."""


class Drawn(NamedTuple):
    """A spec as data; `params` were worked out while its layers were drawn."""

    name: str
    steps: int
    features: int
    layers: list[Any]
    params: int

    def text(self) -> str:
        """The spec, one line a layer."""
        lines = [
            f"name: {_flow(self.name)}",
            f"dims: {{T: {self.steps}, n: {self.features}}}",
            "input: [T, n]",
            "layers:",
            *(f"  - {_flow(layer)}" for layer in self.layers),
        ]
        return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


UNITS = st.integers(1, 6)
RECURRENT = {
    "LSTM": lambda f, u: 4 * (u * (f + u) + u),
    "GRU": lambda f, u: 3 * (u * (f + u) + 2 * u),  # reset_after: two biases
    "SimpleRNN": lambda f, u: u * (f + u) + u,
}


@st.composite
def valid(draw: st.DrawFn) -> Drawn:
    """A chain of layers on a sequence of at least 2 steps, with names of every kind."""
    steps, features = draw(st.integers(2, 12)), draw(st.integers(1, 6))
    layers: list[Layer] = []
    params, sequence, size = 0, True, features
    names = draw(st.lists(NAMES.filter(lambda name: name != "input"), max_size=5, unique=True))
    for name in names:
        make = draw(st.sampled_from(ON_SEQUENCES if sequence else ON_VECTORS))
        layer, more, sequence, size = make(draw, size)
        params += more
        layers.append({**layer, "name": name})
    if not layers:
        layers = [{"Identity": None}]
    return Drawn(draw(NAMES), steps, features, layers, params)


Made = tuple[Layer, int, bool, int]
"""A layer, its parameters, whether it returns a sequence, and how many features."""


def _recurrent(draw: st.DrawFn, size: int) -> Made:
    kind, units = draw(st.sampled_from(sorted(RECURRENT))), draw(UNITS)
    sequences = draw(st.booleans())
    layer = {kind: {"units": units, "return_sequences": sequences}}
    return layer, RECURRENT[kind](size, units), sequences, units


def _bidirectional(draw: st.DrawFn, size: int) -> Made:
    kind, units = draw(st.sampled_from(sorted(RECURRENT))), draw(UNITS)
    layer = {"Bidirectional": {kind: {"units": units, "return_sequences": True}}}
    return layer, 2 * RECURRENT[kind](size, units), True, 2 * units


def _dense(draw: st.DrawFn, size: int) -> Made:
    units = draw(UNITS)
    return {"Dense": {"units": units}}, size * units + units, False, units


def _on_every_step(draw: st.DrawFn, size: int) -> Made:
    layer, params, _, units = _dense(draw, size)
    return layer if draw(st.booleans()) else {"TimeDistributed": layer}, params, True, units


def _convolution(draw: st.DrawFn, size: int) -> Made:
    filters, width = draw(UNITS), draw(st.integers(1, 4))
    padding = draw(st.sampled_from(["same", "causal"]))
    layer = {"Conv1D": {"filters": filters, "kernel_size": width, "padding": padding}}
    return layer, width * size * filters + filters, True, filters


def _normalized(draw: st.DrawFn, size: int) -> Made:
    kind, each = draw(st.sampled_from([("LayerNormalization", 2), ("BatchNormalization", 4)]))
    return {kind: {}}, each * size, True, size


def _dropout(draw: st.DrawFn, size: int) -> Made:
    return {"Dropout": draw(st.floats(0, 0.9))}, 0, True, size


def _pooled(draw: st.DrawFn, size: int) -> Made:
    kind = draw(st.sampled_from(["GlobalAveragePooling1D", "GlobalMaxPooling1D"]))
    return {kind: None}, 0, False, size


def _repeated(draw: st.DrawFn, size: int) -> Made:
    return {"RepeatVector": draw(st.sampled_from(["T", "T//2 + 1", 3]))}, 0, True, size


ON_SEQUENCES = (
    _recurrent, _bidirectional, _on_every_step, _convolution, _normalized, _dropout, _pooled,
)  # fmt: skip
ON_VECTORS = (_dense, _repeated)

# What is written in the place of a layer: nobody can make sense of it.
BROKEN: list[object] = [
    {"Dence": 3}, {"Dense": {"unitz": 3}}, {"Dense": 0}, {"Dense": -1}, {"Dense": 1.5},
    {"Dense": True}, {"Dense": [3]}, {"Dense": "m"}, {"Dense": "2*"}, {"Dense": "n.__class__"},
    {"Dense": {}}, {"Dense": {"units": 3, "activation": "os.system"}}, {"Dense": 3, "LSTM": 3},
    {"Dense": 3, "from": "nobody"}, {"Dense": 3, "frm": "input"}, {"Dense": 10**3001},
    {"Lambda": "print(1)"}, {"Dropout": 2}, {"Dropout": float("inf")}, {"repeat": 0, "layers": []},
    {"Concatenate": {}, "from": ["input", "none.7"]}, {"reuse": "nobody"}, {"class_name": 7}, 7,
    None, [], {}, "", [["Dense"]], {"Sequential": []}, {"Bidirectional": {"Dense": 3}},
    {"TimeDistributed": {}}, {"Conv1D": {"filters": 2, "kernel_size": 0}},
]  # fmt: skip


@st.composite
def nearly_valid(draw: st.DrawFn) -> tuple[str, int]:
    """A valid spec with one layer more that cannot be used, and its line."""
    spec = draw(valid())
    at = draw(st.integers(0, len(spec.layers)))
    broken = draw(
        st.one_of(
            st.sampled_from(BROKEN),
            UNPRINTABLE.map(lambda name: {"Identity": None, "name": name}),
        )
    )
    layers = [*spec.layers[:at], broken, *spec.layers[at:]]
    return spec._replace(layers=layers).text(), FIRST_LINE + at


WORDS = st.sampled_from(
    "name dims input inputs outputs custom expect from call reuse repeat config Dense LSTM T n a b"
    " units shape batch dtype modelTopology node true null .inf 1e400 010 <<".split()
)
GARBAGE = st.one_of(
    st.binary(max_size=60),
    st.binary(max_size=60).map(lambda data: b"PK\x03\x04" + data),
    st.binary(max_size=60).map(lambda data: b"\x89HDF\r\n\x1a\n" + data),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.recursive(
        st.one_of(WORDS, st.integers(-2, 3), st.floats(), st.none()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)
        ),
        max_leaves=9,
    ).map(lambda tree: json.dumps(tree).encode()),
)
"""Bytes, texts and trees that are no model: not one of them has `layers` or a class."""
