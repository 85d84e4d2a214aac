"""A rule's signature is the Keras constructor's: names, order, defaults; and its call's."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import pytest

from seqinspect.algebra.expression import Expr, as_expr
from seqinspect.keras_model.build import runtime
from seqinspect.rules import ALIASES, COMMON, RULES, Parameter
from seqinspect.rules.arguments import read_argument
from tests.rules.judge.rule_side import Values

pytestmark = pytest.mark.keras

TAKEN_BY_ALL = {"name", "trainable", "dtype"}
NOT_TENSORS = {"training"}
"""Call arguments that no spec gives: whether it trains is not a fact of the model."""


HIDDEN: dict[str, dict[str, object]] = {
    "AdditiveAttention": {"seed": None},
    "Conv1D": {"lora_rank": None, "lora_alpha": None},
    "Conv2D": {"lora_rank": None, "lora_alpha": None},
    "Conv3D": {"lora_rank": None, "lora_alpha": None},
    "ConvLSTM1D": {"unroll": False},
    "ConvLSTM2D": {"unroll": False},
    "ConvLSTM3D": {"unroll": False},
    "LayerNormalization": {"rms_scaling": False},
    "LeakyReLU": {"alpha": None},
    "ReversibleEmbedding": {
        "lora_rank": None,
        "lora_alpha": None,
        "quantization_config": None,
    },
}
"""Options with a meaning of their own that a constructor takes out of its **kwargs."""


@cache
def keras_layer(name: str) -> Any:
    return getattr(runtime.load().layers, name)


def parameters(function: Any) -> dict[str, inspect.Parameter]:
    """The named parameters of a function, without self."""
    found = dict(list(inspect.signature(function).parameters.items())[1:])
    variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {name: parameter for name, parameter in found.items() if parameter.kind not in variable}


def constructor(name: str) -> dict[str, inspect.Parameter]:
    found = parameters(keras_layer(name).__init__)
    return {name: parameter for name, parameter in found.items() if name not in TAKEN_BY_ALL}


def stated(name: str) -> list[str]:
    """The options of a rule but those of all layers, of which some rules ask for the dtype."""
    return [option for option in RULES[name].options if option not in TAKEN_BY_ALL]


@pytest.mark.parametrize("name", sorted(RULES))
def test_options_have_the_names_and_the_order_of_the_constructor(name: str) -> None:
    assert stated(name) == [*constructor(name), *HIDDEN.get(name, {})]


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_hidden_options_are_taken(name: str) -> None:
    required = {
        option: 2
        for option, parameter in constructor(name).items()
        if parameter.default is inspect.Parameter.empty
    }
    with runtime.weightless():
        for option, default in HIDDEN[name].items():
            assert keras_layer(name)(**required, **{option: default or 1})


@pytest.mark.parametrize("name", sorted(RULES))
def test_options_have_the_defaults_of_the_constructor(name: str) -> None:
    expected: dict[str, object] = {**HIDDEN.get(name, {})}
    for option, parameter in constructor(name).items():
        required = parameter.default is inspect.Parameter.empty
        ours = RULES[name].options[option]
        expected[option] = "required" if required else _typed(ours, parameter.default)
    found = {
        option: "required" if parameter.required else _comparable(parameter.default)
        for option, parameter in RULES[name].options.items()
        if option not in TAKEN_BY_ALL
    }
    assert found == expected


@pytest.mark.parametrize("name", sorted(RULES))
def test_call_arguments_are_those_of_the_call(name: str) -> None:
    expected = [each for each in parameters(keras_layer(name).call) if each not in NOT_TENSORS]
    assert list(RULES[name].calls) == expected


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_call_argument_may_be_left_out_where_keras_allows_it(name: str) -> None:
    expected = {
        each: parameter.default is inspect.Parameter.empty
        for each, parameter in parameters(keras_layer(name).call).items()
        if each not in NOT_TENSORS
    }
    assert {each: p.required for each, p in RULES[name].calls.items()} == expected


def test_common_arguments_have_the_defaults_of_every_layer() -> None:
    theirs = parameters(runtime.load().layers.Layer.__init__)
    assert {name: theirs[name].default for name in COMMON} == {
        name: parameter.default for name, parameter in COMMON.items()
    }


VALUES: dict[str, object] = {
    "activation": "relu",
    "dims": (2, 1),
    "equation": "abc,cd->abd",
    "factor": 0.5,
    "height_factor": 0.5,
    "num_bins": 3,
    "num_tokens": 3,
    "output_shape": (2, 2),
    "rate": 0.5,
    "scale": 1.0,
    "stddev": 0.5,
    "target_shape": (-1,),
    "width_factor": 0.5,
}
"""Values that constructors take for their arguments; 2 for all others."""

UNSAID = {"CategoryEncoding": ("num_tokens",), "Discretization": ("num_bins",)}
"""Arguments without which Keras refuses a layer, though they have a default."""


def configured(name: str, /, **more: object) -> Any:
    """A layer of Keras with the arguments that it needs, and some more."""
    layers = runtime.load().layers
    within = {
        "layer": layers.LSTM(2) if name == "Bidirectional" else layers.Dense(2),
        "layers": [layers.Dense(2)],
        "cell": layers.LSTMCell(2),
        "cells": [layers.LSTMCell(2)],
    }
    needed = [
        option
        for option, parameter in constructor(name).items()
        if parameter.default is inspect.Parameter.empty
    ]
    values = {"factor": 4} if name == "RandomPosterization" else {}
    if name == "STFTSpectrogram":
        more["window"] = None  # others are looked up in scipy
    given = {
        option: values.get(option, within.get(option, VALUES.get(option, 2)))
        for option in [*needed, *UNSAID.get(name, ())]
    }
    return keras_layer(name)(**given, **more)


def refuses(name: str, argument: str, value: object) -> bool:
    """Whether the constructor does not have the argument, whatever it says of the value."""
    try:
        configured(name, **{argument: value})
    except TypeError as error:
        if argument not in str(error):
            raise
        return True
    return False


@pytest.mark.parametrize("name", sorted(RULES))
def test_arguments_of_all_layers_are_taken_where_the_constructor_takes_them(name: str) -> None:
    dtype = "int64" if name == "Hashing" else "float32"  # it makes integers
    values = {"name": "x", "trainable": False, "dtype": dtype, "activity_regularizer": "l2"}
    assert values.keys() == COMMON.keys()
    taken = {argument for argument, value in values.items() if not refuses(name, argument, value)}
    assert {*RULES[name].common, *(COMMON.keys() & RULES[name].options.keys())} == taken
    assert set(RULES[name].lacks) == values.keys() - taken


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_an_alias_is_the_same_class_in_keras(alias: str) -> None:
    layer = keras_layer(ALIASES[alias])
    # In a saved config stands the name of the class, which may differ from the public one.
    assert alias == layer.__name__ or keras_layer(alias) is layer


def _typed(parameter: Parameter, default: object) -> object:
    """A default of Keras, read as a spec's value would be."""
    if default is None:
        return None
    return _comparable(read_argument(parameter.name, parameter.kind, default, Values()))


def _comparable(value: object) -> object:
    """A size as its number, a list of them as a tuple."""
    if isinstance(value, Expr):
        return as_expr(value).value
    if isinstance(value, list | tuple):
        return tuple(map(_comparable, value))
    return value
