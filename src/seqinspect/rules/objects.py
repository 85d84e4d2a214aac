"""Keras's named objects that a layer argument may ask for: activations, initializers, and so on.

This is the allowlist: what is not named here is never built. Names and arguments as in Keras 3.
Values of a spec that name such objects are read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from seqinspect.errors import refuse
from seqinspect.records import dataclass
from seqinspect.rules.wrong_values import show, unknown_name, wrong

if TYPE_CHECKING:
    from collections.abc import Callable

ACTIVATIONS = frozenset(
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh"
    " leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink"
    " softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh"
    " tanh_shrink threshold".split()
)

DTYPES = (
    "float32", "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16",
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool",
)  # fmt: skip
"""Dtypes of a layer, and Keras's mixed policies: compute in 16 bits, weights in 32."""

_SCALING = ("seed", "input_axes", "output_axes")

INITIALIZERS: Mapping[str, tuple[str, ...]] = {
    "Constant": ("value",),
    "GlorotNormal": _SCALING,
    "GlorotUniform": _SCALING,
    "HeNormal": _SCALING,
    "HeUniform": _SCALING,
    "Identity": ("gain",),
    "LecunNormal": _SCALING,
    "LecunUniform": _SCALING,
    "Ones": (),
    "Orthogonal": ("gain", "seed"),
    "RandomNormal": ("mean", "stddev", "seed"),
    "RandomUniform": ("minval", "maxval", "seed"),
    "STFT": ("side", "window", "scaling", "periodic"),
    "TruncatedNormal": ("mean", "stddev", "seed"),
    "VarianceScaling": ("scale", "mode", "distribution", *_SCALING),
    "Zeros": (),
}
REGULARIZERS: Mapping[str, tuple[str, ...]] = {
    "L1": ("l1",),
    "L1L2": ("l1", "l2"),
    "L2": ("l2",),
    "OrthogonalRegularizer": ("factor", "mode"),
}
CONSTRAINTS: Mapping[str, tuple[str, ...]] = {
    "MaxNorm": ("max_value", "axis"),
    "MinMaxNorm": ("min_value", "max_value", "rate", "axis"),
    "NonNeg": (),
    "UnitNorm": ("axis",),
}
FAMILIES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "initializer": INITIALIZERS,
    "regularizer": REGULARIZERS,
    "constraint": CONSTRAINTS,
}

WORDS = frozenset({"mode", "distribution", "side", "window", "scaling"})
"""Arguments of these objects that are words; the others are numbers, or names of such."""

ALIASES: Mapping[str, str] = {
    "one": "Ones",
    "zero": "Zeros",
    "uniform": "RandomUniform",
    "normal": "RandomNormal",
    "identityinitializer": "Identity",
    "orthogonalinitializer": "Orthogonal",
    "stftinitializer": "STFT",
}
"""Keras's further names, without underscores and case."""


@dataclass(slots=True, unsafe_hash=True)
class Named:
    """A Keras object asked for by class name, with its arguments in order of name."""

    type: Final[str]
    arguments: Final[tuple[tuple[str, object], ...]] = ()


ZEROS: Final = Named("Zeros")


def is_identity(value: object) -> bool:
    """Whether an initializer makes a recurrent kernel pass its state on as it is."""
    return isinstance(value, Named) and value.type == "Identity"


def is_constant(value: object) -> bool:
    """Whether an initializer gives all weights the same number."""
    return isinstance(value, Named) and value.type in ("Zeros", "Ones", "Constant")


def is_zero(value: object) -> bool:
    """Whether an initializer gives all weights the number 0."""
    constant = dict(value.arguments).get("value", 0) if isinstance(value, Named) else None
    return is_constant(value) and value != Named("Ones") and constant in (0, 0.0)


def canonical(family: str, name: str) -> str | None:
    """The class of a family that Keras means by `name` (`glorot_uniform` is GlorotUniform)."""
    folded = name.replace("_", "").lower()
    if folded in ALIASES and ALIASES[folded] in FAMILIES[family]:
        return ALIASES[folded]
    return next((known for known in FAMILIES[family] if known.lower() == folded), None)


def read_dtype(name: str, value: object, _: object) -> str:
    """The dtype or policy that a value names. Raises SpecError."""
    policy = _policy_name(value)
    value = value if policy is None else policy
    if not isinstance(value, str):
        wrong(name, value, "the name of a dtype, such as float32 or mixed_float16")
    if value not in DTYPES:
        unknown_name(name, str(value), "dtype", list(DTYPES))
    return str(value)


def _policy_name(value: object) -> str | None:
    """The name of a policy as Keras writes it; None of anything else.

    A DTypePolicyMap that names no layer is its default, and so is one that gives each the same.
    """
    config = value.get("config") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(config, Mapping):
        return value if isinstance(value, str) else None
    if value.get("class_name") in ("DTypePolicy", "Policy"):
        name = config.get("name")
        return name if isinstance(name, str) else None
    layers = config.get("policy_map")
    if value.get("class_name") != "DTypePolicyMap" or not isinstance(layers, Mapping):
        return None
    default = config.get("default_policy")
    name = "float32" if default is None else _policy_name(default)
    return name if all(_policy_name(each) == name for each in layers.values()) else None


def read_activation(name: str, value: object, _: object) -> str:
    """The activation that a value names. Raises SpecError."""
    if isinstance(value, Mapping) and value.get("module") in ("builtins", "keras.activations"):
        value = value.get("config")  # how Keras 3 writes a function
    if not isinstance(value, str):
        wrong(name, value, "the name of a Keras activation")
    if value not in ACTIVATIONS:
        unknown_name(name, str(value), "activation", sorted(ACTIVATIONS))
    return str(value)


class NamedNumbers(Protocol):
    """What knows the names of numbers."""

    def number(self, name: str) -> float | int | None:
        """The number that a name stands for; None where there is none."""


def named_reader(family: str) -> Callable[[str, object, NamedNumbers], Named]:
    """Return what reads an initializer, regularizer or constraint; it raises SpecError."""

    def read(name: str, value: object, surroundings: NamedNumbers) -> Named:
        kind, arguments = _class_and_arguments(name, value, family)
        known = canonical(family, kind)
        if known is None:
            unknown_name(name, kind, family, sorted(FAMILIES[family]))
        allowed = FAMILIES[family][known or ""]
        arguments = {key: item for key, item in arguments.items() if key != "dtype"}  # Keras 2
        for key, item in arguments.items():
            if key not in allowed:
                refuse(
                    f"`{name}`: {known} has no argument `{key}`",
                    received=show(key),
                    expected=", ".join(allowed) or "no arguments",
                    argument=name,
                    about="value",
                )
            if not isinstance(item, int | float | str | None):
                wrong(f"{name}.{key}", item, "a number or a word")
        numbers = {key: _number(key, item, surroundings) for key, item in arguments.items()}
        return Named(known or "", tuple(sorted(numbers.items())))

    return read


def _number(key: str, value: object, surroundings: NamedNumbers) -> object:
    """Return the number that a name under `dims` stands for, or the value as it is."""
    if not isinstance(value, str) or key in WORDS:
        return value
    number = surroundings.number(value)
    return value if number is None else number


def _class_and_arguments(name: str, value: object, family: str) -> tuple[str, Mapping[str, object]]:
    """`Zeros`, {L2: 0.01}, {L2: {l2: 0.01}} and Keras's {class_name: …, config: …} are alike."""
    if isinstance(value, str):
        return value, {}
    if isinstance(value, Mapping):
        if "class_name" in value:
            kind, arguments = value["class_name"], value.get("config")
        elif len(value) == 1:
            kind, arguments = next(iter(value.items()))
            if isinstance(arguments, int | float | str):  # {L2: 0.01}: its first argument
                first = FAMILIES[family].get(canonical(family, str(kind)) or "", ())
                arguments = {first[0]: arguments} if first else arguments
        else:
            kind, arguments = None, None
        arguments = {} if arguments is None else arguments
        if isinstance(kind, str) and isinstance(arguments, Mapping):
            return kind, arguments
    wrong(name, value, f"the name of a Keras {family}, or {{name: {{arguments}}}}")
    return "", {}
