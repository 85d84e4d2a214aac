"""What the rule book shows a layer with: tensors, options, and numbers behind their names."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, const, symbol
from seqinspect.model.graph import Layer
from seqinspect.records import replace
from seqinspect.rules import MODULES, Parameter, Rule
from seqinspect.rules.arguments import choices_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Shape = tuple[Expr, ...]
Shapes = tuple[Shape, ...]

BATCH = symbol("batch", unfixed=True)
T, S = symbol("T", unfixed=True), symbol("S", unfixed=True)
FEATURES, CHANNELS, OTHERS = symbol("features", 224), symbol("channels", 224), symbol("others", 41)
SAMPLES = symbol("samples")
PLANES, ROWS, COLUMNS = symbol("planes"), symbol("rows"), symbol("columns")
UNITS = symbol("units", 224)

SEQUENCE: Shape = (BATCH, T, FEATURES)
VECTOR: Shape = (BATCH, FEATURES)
INDEXES: Shape = (BATCH, T)
IMAGE: Shape = (BATCH, ROWS, COLUMNS, CHANNELS)
PHOTO: Shape = (BATCH, ROWS, COLUMNS, const(3))
VOLUME: Shape = (BATCH, PLANES, ROWS, COLUMNS, CHANNELS)
MOVING: Shapes = ((BATCH, T, ROWS, CHANNELS), (BATCH, T, *IMAGE[1:]), (BATCH, T, *VOLUME[1:]))

FIRST_SHAPES: Mapping[str, Shapes] = {
    "Embedding": (INDEXES,),
    "CategoryEncoding": (INDEXES,),
    "MelSpectrogram": ((BATCH, SAMPLES),),
    "RepeatVector": (VECTOR,),
    "images": (IMAGE,),
    "augmentation": (IMAGE, PHOTO),
    **{f"ConvLSTM{rank}D": (MOVING[rank - 1],) for rank in (1, 2, 3)},
}
"""What a class, or a module of rules, is shown on, where it is not the first that it takes."""

OF_STEPS = frozenset({"RepeatVector"})
"""Classes that are shown on a vector made of time steps."""

SUMMARY = "GlobalAveragePooling1D"
"""The class that makes this vector."""

INTEGERS = frozenset({"Embedding", "CategoryEncoding", "HashedCrossing"})
"""Classes that are shown on integers."""

PAIRS: tuple[Shapes, ...] = (
    (SEQUENCE, (BATCH, S, FEATURES)),
    (SEQUENCE, (BATCH, T, OTHERS)),
    (SEQUENCE, SEQUENCE),
    ((BATCH, const(1)), (BATCH, const(1))),
)
"""What layers of several tensors are shown on: the most different ones that their rule takes."""

STATES: tuple[Shapes, ...] = tuple(((BATCH, UNITS),) * count for count in (1, 2, 4))

EXAMPLES: Mapping[str, Mapping[str, object]] = {
    "Activation": {"activation": "relu"},
    "CategoryEncoding": {"num_tokens": symbol("num_tokens")},
    "Discretization": {"num_bins": symbol("num_bins")},
    "Dot": {"axes": 2},
    "EinsumDense": {"equation": "abc,cd->abd", "output_shape": (T, UNITS)},
    "Permute": {"dims": (2, 1)},
    "RandomPosterization": {"factor": 4},
    "Reshape": {"target_shape": (-1,)},
    "STFTSpectrogram": {"frame_length": symbol("frame_length"), "fft_length": symbol("fft_length")},
}
"""Values of arguments without which a layer is nothing, where their kind does not say one."""

TOGETHER: Mapping[str, tuple[tuple[Mapping[str, object], Shapes | None], ...]] = {
    **{
        f"Conv{rank}DTranspose": (
            ({"strides": 2, "output_padding": symbol("output_padding")}, None),
        )
        for rank in (1, 2, 3)
    },
    "Concatenate": (({"axis": 1}, (SEQUENCE, (BATCH, S, FEATURES))),),
    "GroupNormalization": (({"axis": 1}, ((BATCH, FEATURES, T),)),),
    "LayerNormalization": (({"axis": (1, 2)}, None),),
    "Normalization": (({"mean": 0.0, "variance": 1.0}, None),),
    "RMSNormalization": (({"axis": (1, 2)}, None),),
}
"""Options that only go together, or that need other tensors than the page has."""

ABOVE_ONE = frozenset({"strides"})
"""Sizes that are shown as above 1: of one that may be 1 a rule cannot say all."""

UNEQUAL = frozenset({"return_attention_scores"})
"""Flags whose row needs to know that T and S differ."""

NUMBERS = {
    "kernel_size": 3, "pool_size": 2, "strides": 2, "dilation_rate": 2, "size": 2, "groups": 2,
    "depth_multiplier": 2, "cropping": 1, "padding": 1, "output_padding": 1, "num_heads": 4,
    "num_query_heads": 4, "num_key_value_heads": 2, "height": 32, "width": 32,
    "frame_length": 256, "frame_step": 128, "fft_length": 256,
}  # fmt: skip
"""Numbers behind the names of arguments, where a rule needs one; no page shows them."""

LENGTHS = {
    "batch": 19,
    "T": 977,
    "S": 887,
    "planes": 37,
    "rows": 53,
    "columns": 43,
    "samples": 4099,
}
"""Numbers behind the other names, where a rule needs one: a weight for each step, say."""

SIZED = frozenset({"Size", "Whole", "Sizes", "Count", "Counts", "Margins", "Groups"})
AXES = frozenset({"int", "WholeInt", "Axes"})
MEMBERS = (
    Layer("Dense", "dense", {"units": UNITS}),
    Layer("LSTM", "lstm", {"units": UNITS}),
    Layer("LSTMCell", "lstm_cell", {"units": UNITS}),
)
"""What wrappers are shown around."""


def options(rule: Rule) -> Iterator[dict[str, object]]:
    """Yield values for the arguments that must be given: their own names, as far as possible."""
    required = rule.demanded
    examples = EXAMPLES.get(rule.name, {})
    examples_used = {
        each.name: _example(each)
        for each in required
        if each.name not in examples and not each.kind.startswith("Inner")
    }
    within = [each for each in required if each.kind.startswith("Inner")]
    for member in MEMBERS if within else (None,):
        inner = {
            each.name: (member, replace(member, name=f"{member.name}_2"))
            if each.kind == "Inners"
            else member
            for each in within
            if member is not None
        }
        yield {**examples_used, **examples, **inner}


def _example(parameter: Parameter) -> object:
    kind = parameter.kind.removesuffix(" | None")
    if kind in SIZED or kind == "Shape":
        return _named(parameter.name)
    choices = choices_of(kind)
    if kind in AXES:
        return 1
    return choices[0] if choices else {"Activation": "relu"}.get(kind, 0.5)


def _named(name: str) -> Expr:
    """Return a size that is called as the argument is."""
    return symbol(name)


def tensors(rule: Rule) -> Iterator[Mapping[str, Shapes]]:
    """Yield tensors for the call, by name: those that say most first."""
    needed = [each for each in rule.calls.values() if each.required]
    first, others = needed[0], needed[1:]
    first_shapes = FIRST_SHAPES.get(rule.name) or FIRST_SHAPES.get(MODULES.get(rule.name, ""))
    single = first_shapes or (SEQUENCE, VECTOR, INDEXES, IMAGE, VOLUME, *MOVING, PHOTO)
    if first.kind == "Tensors":
        yield from ({first.name: pair} for pair in PAIRS)
    elif not others:
        yield from ({first.name: (shape,)} for shape in single)
    elif others[0].kind == "Tensors":
        for shape, states in product(single, STATES):
            yield {first.name: (shape,), others[0].name: states}
    else:
        for pair in PAIRS:
            yield {
                each.name: (shape,)
                for each, shape in zip(needed, (*pair, *pair[1:] * len(needed)), strict=False)
            }


def alternatives(parameter: Parameter, value: object) -> Iterator[object]:
    """Yield other values of an argument, of each kind one that shows what it does."""
    kind = parameter.kind.removesuffix(" | None")
    if kind == "bool":
        yield not value
    elif kind in SIZED:
        yield _named(parameter.name)
    elif kind in AXES and (parameter.name.startswith("axis") or parameter.name == "shared_axes"):
        yield 1
    elif parameter.name == "bias_axes":
        yield "d"
    else:
        yield from (choice for choice in choices_of(kind) if choice not in (value, "channels_last"))
