"""A model whose class is someone's own → the functional model of the layers that it calls."""

from __future__ import annotations

import contextlib
import inspect
import sys
from typing import TYPE_CHECKING, Any

from seqinspect.errors import Problem, SpecError, first_line, refuse
from seqinspect.readers.dialect.input_shapes import InputShape, input_shapes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
REMEDY = "or call its layers on keras.Input(…), and make a keras.Model of inputs and outputs"


def functional_model(keras: Any, model: Any, shapes: Sequence[InputShape]) -> Any:
    """Return a functional model of what `call` does with symbolic tensors: no weight is computed.

    Raises SpecError where `call` needs numbers, or does not say enough.
    """
    parameters = _parameters(model)
    tensors = {
        name: keras.Input(each.shape, dtype=each.dtype or _dtype(keras, model, shapes), name=name)
        for name, each in _named_shapes(shapes, parameters)
    }
    values = list(tensors.values())
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what the model prints is no result
            if all(each.name for each in shapes):
                by_name = tensors.keys() <= set(parameters)
                outputs = model.call(**tensors) if by_name else model.call(tensors)
            elif 1 < len(values) <= len(parameters):
                outputs = model.call(*values)
            else:
                outputs = model.call(values[0] if len(values) == 1 else values)
        flat = keras.tree.flatten(outputs)
        return keras.Model(values, flat[0] if len(flat) == 1 else flat, name=model.name)
    except Exception as error:  # whatever a class of someone's own raises
        raise SpecError(
            Problem(
                f"`call` of {type(model).__name__} does not take such symbolic tensors",
                received=f"{type(error).__name__}: {first_line(error)}",
                expected="a `call` that uses layers of Keras and keras.ops",
                remedy=f"say other shapes, {REMEDY}",
            )
        ) from error


def built_shapes(model: Any) -> tuple[InputShape, ...]:
    """Return what a model was built on, where it was. Raises SpecError where that is not known."""
    shape = (model.get_build_config() or {}).get("input_shape") if model.built else None
    if not shape:
        refuse(
            f"{type(model).__name__} is a custom class, whose config names no layers",
            received=f"the model `{model.name}`",
            expected="a Sequential or functional model, or the shapes that `call` takes",
            remedy=f"say them: --input 10,8 (input_shape=(10, 8) in Python), {REMEDY}",
        )
    if isinstance(shape, dict):
        return input_shapes_of({name: tuple(each)[1:] for name, each in shape.items()})
    if isinstance(shape[0], list | tuple):
        return input_shapes_of([tuple(each)[1:] for each in shape])
    return input_shapes_of(tuple(shape)[1:])


def _parameters(model: Any) -> list[str]:
    """Return the names of what `call` takes by position and needs."""
    parameters = inspect.signature(model.call).parameters.values()
    return [
        each.name for each in parameters if each.kind in POSITIONAL and each.default is each.empty
    ]


def _named_shapes(
    shapes: Sequence[InputShape], parameters: Sequence[str]
) -> list[tuple[str, InputShape]]:
    """Return the tensors with the names of their inputs: those of `call` where nobody says any."""
    if len(shapes) == 1:
        return [(shapes[0].name or "input", shapes[0])]
    spoken = parameters if len(parameters) >= len(shapes) else ()
    return [
        (each.name or (spoken[index] if spoken else f"input_{index + 1}"), each)
        for index, each in enumerate(shapes)
    ]


def _dtype(keras: Any, model: Any, shapes: Sequence[InputShape]) -> str:
    """Return the dtype of an input where nobody says it: of words, where there is nothing else."""
    embeds = any(isinstance(layer, keras.layers.Embedding) for layer in model.layers)
    return "int32" if embeds and [len(each.shape) for each in shapes] == [1] else "float32"
