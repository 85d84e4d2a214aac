"""Drawing: random options by their kind, random tensors, and what is made wrong on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from seqinspect.algebra.expression import Expr, literal, symbol
from seqinspect.model.facts import Fold, Tensor
from seqinspect.records import replace
from seqinspect.rules import COMMON, RULES, Parameter
from seqinspect.rules.objects import ACTIVATIONS

Item = TypeVar("Item")
Given = Tensor | tuple[Tensor, ...] | bool | None

FLOATS = ("float16", "bfloat16", "float32", "float64")
POLICIES = (*FLOATS, "mixed_float16", "mixed_bfloat16")


@dataclass(frozen=True)
class Draft:
    """One configuration: a layer, its options as a spec writes them, and what it is called on.

    `spoiled` says what is wrong on purpose. `loose`: Keras may take it all the same, since it
    broadcasts tensors of a wrong rank or size against each other, samples of a batch included.
    """

    layer: str
    options: Mapping[str, object]
    inputs: Mapping[str, Given]
    below: int = 4
    spoiled: str = ""
    loose: bool = False
    numbers: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        inputs = ", ".join(f"{name}={_show(value)}" for name, value in self.inputs.items())
        wrong = f" [on purpose: {self.spoiled}]" if self.spoiled else ""
        return f"{self.layer}({options}) called with {inputs}{wrong}"

    def tensors(self) -> list[tuple[str, int | None, Tensor]]:
        """All input tensors: call argument, index in its list (None where it is none), tensor."""
        found: list[tuple[str, int | None, Tensor]] = []
        for name, value in self.inputs.items():
            if isinstance(value, Tensor):
                found.append((name, None, value))
            elif isinstance(value, tuple):
                found += [(name, index, tensor) for index, tensor in enumerate(value)]
        return found

    def with_tensor(self, name: str, index: int | None, tensor: Tensor) -> Draft:
        """The same draft with one of its tensors replaced."""
        value: Given = tensor
        old = self.inputs[name]
        if index is not None and isinstance(old, tuple):
            value = (*old[:index], tensor, *old[index + 1 :])
        return replace(self, inputs={**self.inputs, name: value})


def _show(value: Given) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_show, value))}]"
    if not isinstance(value, Tensor):
        return str(value)
    shape = ", ".join(str(size.value) for size in value.shape)
    time = f" time={value.time}" if value.time is not None else ""
    fold = f" fold={value.fold}" if value.fold is not None else ""
    return f"({shape}) {value.dtype}{time}{fold}"


class Draw:
    """A source of random options, sizes and tensors for one configuration."""

    def __init__(self, seed: str, *, real: bool = False) -> None:
        self.random = Random(seed)  # not a secret
        self.real = real
        number = 3 if not real and self.chance(0.2) else None
        self.batch = symbol("batch", number, unfixed=number is None)
        self.count = 0

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random.random() < probability

    def wrong(self, probability: float = 0.1) -> bool:
        """Whether to draw something that Keras refuses; never for a layer that will run."""
        return not self.real and self.chance(probability)

    def choice(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return self.random.choice(items)

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return self.random.randint(low, high)

    def number(self, high: int = 5) -> int:
        """A size as a number: at least 2 where the layer will run."""
        return self.integer(2 if self.real else 1, high)

    def named(self, number: int | None) -> Expr:
        """A size with a name of its own, or a literal; None: not known."""
        self.count += 1
        if number is not None and self.chance(0.5):
            return literal(number)
        return symbol(f"size{self.count}", number, unfixed=number is None)

    def size(self, high: int = 5) -> Expr:
        """A size whose number is known."""
        return self.named(self.number(high))

    def steps(self, high: int = 12) -> Expr:
        """A number of time steps, one time in five not known."""
        if not self.real and self.chance(0.2):
            return self.named(None)
        return self.named(self.integer(1, high))

    def spatial(self, high: int = 9) -> Expr:
        """A size along an axis without weights, one time in eight not known."""
        if not self.real and self.chance(0.125):
            return self.named(None)
        return self.named(self.integer(2, high))

    def tensor(self, *shape: Expr, time: int | None = None, dtype: str = "") -> Tensor:
        """A tensor with the batch in front of `shape`."""
        return Tensor((self.batch, *shape), dtype or self.dtype(), time)

    def sequence(self, features: Expr | None = None, *, time: int | None = 1) -> Tensor:
        """A tensor (batch, time, features)."""
        return self.tensor(self.steps(), features or self.size(), time=time)

    def dtype(self) -> str:
        """A dtype for an input, mostly float32."""
        if self.real:
            return "float64"
        return self.choice(FLOATS) if self.chance(0.1) else "float32"

    def any_tensor(self, low: int = 2, high: int = 5, *, dtype: str = "") -> Tensor:
        """A tensor of low…high axes; time is axis 1, another one, none, or folded."""
        rank = self.integer(low, high)
        time = self.choice([1, 1, *range(1, rank), None]) if rank > 1 else None
        shape = [
            self.steps() if axis == time else self.size() if axis == rank - 1 else self.spatial(5)
            for axis in range(1, rank)
        ]
        x = self.tensor(*shape, time=time, dtype=dtype)
        if time is None and rank > 1 and self.chance(0.5):
            return self.folded(x)
        return x

    def folded(self, x: Tensor) -> Tensor:
        """The tensor with a last axis that holds steps side by side."""
        outer, steps, inner = (literal(self.integer(1, 3)) for _ in range(3))
        fold = Fold(outer, steps, inner)
        shape = (*x.shape[:-1], outer * steps * inner)
        return replace(x, shape=shape, time=None, fold=fold, time_summary="folded")

    def axis(self, rank: int, low: int = 0) -> int:
        """An axis of a tensor of `rank` axes, counted from either end."""
        axis = self.integer(low, rank - 1)
        return axis - rank if self.chance(0.4) else axis

    def options(
        self,
        layer: str,
        /,
        *,
        always: Any = (),
        never: Any = (),
        **given: object,
    ) -> dict[str, object]:
        """Random options of a layer by their kind; `given` fixes one, or draws it by a function.

        `always` and `never` are collections of names; typed loosely, for **options of any type.
        """
        options: dict[str, object] = {}
        often = self.choice([0.1, 0.3, 0.6])
        for name, parameter in RULES[layer].options.items():
            value = given.get(name)
            if name in never:
                continue
            if name in given and not callable(value):
                options[name] = value
            elif parameter.required or name in always or self.chance(often):
                options[name] = value() if callable(value) else self.value(parameter)
        return options | self.common()

    def common(self) -> dict[str, object]:
        """Now and then, arguments that every layer takes."""
        if self.real:
            return {"dtype": "float64"}
        found: dict[str, object] = {}
        if self.chance(0.1):
            found["trainable"] = self.chance(0.2)
        if self.chance(0.15):
            found["dtype"] = self.choice(POLICIES)
        if self.chance(0.05):
            found["name"] = self.choice(["first", "my_layer"])
        return found

    def value(self, parameter: Parameter) -> object:
        """A random value of a parameter's kind, as a spec writes it."""
        kind = parameter.kind
        bare = kind.removesuffix(" | None")
        if bare != kind and self.chance(0.4):
            return None
        if bare.startswith(("Literal[", "AnyCase[")):
            return self.choice(choices(bare))
        return self.by_kind(bare, parameter)

    def by_kind(self, kind: str, parameter: Parameter) -> object:
        """A random value of a kind without `| None`."""
        drawn: dict[str, Callable[[], object]] = {
            "Size": self.number,
            "Sizes": self.number,
            "Whole": lambda: self.choice([self.number(), float(self.number())]),
            "WholeInt": lambda: self.choice([int, float])(self.integer(0, 5)),
            "Count": lambda: self.integer(0, 3),
            "Counts": lambda: self.integer(0, 3),
            "bool": lambda: self.chance(0.5),
            "int": lambda: self.integer(0, 5),
            "Rate": lambda: self.choice([0.0, 0.25, 0.5]),
            "Real": lambda: self.choice([0.5, 1.0, 2]),
            "Activation": self.activation,
            "Initializer": lambda: self.choice(INITIALIZERS),
            "Regularizer": lambda: self.choice([None, "l2", {"L1L2": {"l1": 0.1, "l2": 0.2}}]),
            "Constraint": lambda: self.choice([None, "non_neg", {"MaxNorm": {"max_value": 2}}]),
            "None": lambda: None,
        }
        if kind not in drawn:
            raise LookupError(f"{parameter.name}: {kind} needs a hint in inputs_<family>.py")
        return drawn[kind]()

    def activation(self) -> str | None:
        """The name of an activation, or none; for a layer that runs, one that is never flat."""
        if self.real:
            return self.choice(["tanh", "sigmoid", "softplus", None])
        return self.choice([None, *sorted(ACTIVATIONS - UNUSABLE)])


UNUSABLE = {"threshold", "glu"}
"""Activations that no layer can run: `threshold` lacks its arguments, `glu` halves the features."""

INITIALIZERS = ("zeros", "ones", "glorot_uniform", "he_normal", {"Constant": {"value": 2}})


def choices(kind: str) -> list[object]:
    """The values of a Literal kind."""
    words = {"True": True, "False": False, "None": None}
    found = re.findall(r"""["']([^"']*)["']|(\bTrue\b|\bFalse\b|\bNone\b)|(-?\d+)""", kind)
    return [
        int(number) if number else words[word] if word else text for text, word, number in found
    ]


Drawing = Callable[[Draw, str], Draft]
DRAWINGS: dict[str, Drawing] = {}
"""How to draw a configuration of a layer, where options by kind on any tensor will not do."""


def draws(*layers: str) -> Callable[[Drawing], Drawing]:
    """Enter a function as the hint of some layers."""

    def enter(function: Drawing) -> Drawing:
        DRAWINGS.update(dict.fromkeys(layers, function))
        return function

    return enter


def draw_any(draw: Draw, layer: str) -> Draft:
    """Options by kind, called on one tensor of any rank: the layers that need no hint."""
    first = next(iter(RULES[layer].calls))
    return Draft(layer, draw.options(layer), {first: draw.any_tensor()})


def draft(layer: str, seed: int, index: int, *, real: bool = False) -> Draft:
    """The configuration that a layer, a seed and an index stand for."""
    draw = Draw(f"{layer} {seed} {index}", real=real)
    drawn = DRAWINGS.get(layer, draw_any)(draw, layer)
    if not draw.wrong(0.15):
        return drawn
    spoiled = _spoil(draw, drawn)
    both = [words for words in (drawn.spoiled, spoiled.spoiled) if words]
    return replace(spoiled, spoiled=", ".join(both))


def _spoil(draw: Draw, drawn: Draft) -> Draft:
    """The draft with one thing wrong: a rank, a size, or the value of an option."""
    tensors = drawn.tensors()
    bad = {name: wrong for name, wrong in _wrong_values(drawn).items() if wrong}
    if bad and draw.chance(0.4):
        name = draw.choice(sorted(bad))
        value = draw.choice(bad[name])
        options = {**drawn.options, name: value}
        return replace(drawn, options=options, spoiled=f"the value of {name}")
    name, index, tensor = draw.choice(tensors)
    rank = tensor.rank
    shape = list(tensor.shape)
    how = draw.choice(["axis more", "axis less", "another size", "size not known", "dtype"])
    if how == "axis more":
        shape.insert(draw.integer(1, rank), draw.size())
    elif how == "axis less" and rank > 1:
        shape.pop()
    elif how == "dtype":
        dtype = draw.choice(["int32", "bool", "float64", "uint8"])
        return replace(drawn.with_tensor(name, index, replace(tensor, dtype=dtype)), spoiled=how)
    elif rank > 1:
        axis = draw.integer(1, rank - 1)
        known = shape[axis].value
        shape[axis] = draw.named(None if how == "size not known" or known is None else known + 1)
    time = tensor.time if tensor.time is None or tensor.time < len(shape) else None
    changed = replace(tensor, shape=tuple(shape), time=time, fold=None, time_summary="")
    return replace(drawn.with_tensor(name, index, changed), spoiled=how)


def _wrong_values(drawn: Draft) -> dict[str, list[object]]:
    """Values of the options that a kind does not allow."""
    wrong: dict[str, list[object]] = {
        "Size": [0, -2],
        "Whole": [0, -2.0],
        "Count": [-1],
        "Sizes": [0, -1],
        "Counts": [-1],
        "Rate": [-0.5, 1.5],
        "Activation": ["no_such_function"],
        "Initializer": ["no_such_initializer"],
        "Regularizer": ["no_such_regularizer"],
        "Constraint": ["no_such_constraint"],
    }
    found: dict[str, list[object]] = {}
    for name, parameter in {**RULES[drawn.layer].options, **COMMON}.items():
        kind = parameter.kind.removesuffix(" | None")
        if kind.startswith(("Literal[", "AnyCase[")):
            words = [word.upper() for word in choices(kind) if isinstance(word, str)]
            found[name] = ["no_such_choice", *(words if kind.startswith("Literal[") else ())]
        elif kind in wrong:
            found[name] = wrong[kind]
    return found
