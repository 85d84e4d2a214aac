"""Custom classes, imported, made and called: whatever they do, one clear problem."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import sys
from typing import TYPE_CHECKING, Any, Protocol

from seqinspect.algebra.expression import Expr, const
from seqinspect.analysis.call_arguments import flatten_outputs
from seqinspect.errors import Problem, SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import make_layer
from seqinspect.keras_model.build.refusals import one_line_reason
from seqinspect.keras_model.experiment.perturbation import in_float64
from seqinspect.model.graph import Layer, map_entries
from seqinspect.model.nesting import layers_within, rewritten_layer
from seqinspect.readers.dialect.custom_classes import POSITIONAL
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seqinspect.model.facts import Tensor

    Numbers = Mapping[str, int]


class LayerMaker(Protocol):
    """Makes a layer with numbers for the names in its arguments, in a dtype (empty: its own)."""

    def __call__(self, numbers: Numbers, dtype: str = "") -> Any:
        """Return the layer. Raises SpecError where it cannot be made."""


def import_attribute(target: str) -> Any:
    """Import what `module:attribute` names: this runs code of that module, whatever it raises."""
    runtime.load()  # quietly, which the module would not do
    module, _, path = target.partition(":")
    folder = os.getcwd()  # noqa: PTH109 - a text for sys.path
    if folder not in sys.path:
        sys.path.insert(0, folder)
    with contextlib.redirect_stdout(sys.stderr):  # what the module prints is no result
        value: Any = importlib.import_module(module)
        for name in path.split("."):
            value = getattr(value, name)
    return value


def import_class(target: str) -> Any:
    """Import the class that `module:class` names. Raises SpecError."""
    keras = runtime.load()
    try:
        value = import_attribute(target)
    except (Exception, SystemExit) as error:
        what = f"{target} cannot be imported: {one_line_reason(_plain(error))}"
        _refuse(what, "check the name, and run where Python finds the module")
    if not (isinstance(value, type) and issubclass(value, keras.layers.Layer)):
        _refuse(f"{target} is no Keras layer", "name a subclass of keras.layers.Layer")
    return value


def _plain(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(f"it exits ({error})")


def _refuse(what: str, remedy: str) -> None:
    raise SpecError(Problem(what, remedy=remedy, about="imports"))


def numeric_sizes(x: Tensor, numbers: Numbers) -> tuple[int, ...]:
    """Return the sizes of a tensor without its batch, for these numbers."""
    return tuple(size.evaluate(numbers) for size in x.shape[1:])


def sizes_for_keras(x: Tensor, numbers: Numbers, hidden: frozenset[str]) -> tuple[int | None, ...]:
    """Return the same sizes, None where one depends on a name that is hidden from Keras."""
    return tuple(
        None if size.symbols() & hidden else size.evaluate(numbers) for size in x.shape[1:]
    )


def make_custom_layer(layer: Layer, numbers: Numbers, dtype: str = "") -> Any:
    """Make the layer; one whose constructor takes no name or dtype is made without.

    It is a custom class, or one of Keras's with such layers within it.
    Raises SpecError where its constructor raises anything.
    """
    if layer.unsupported is not None and layer.unsupported.target:
        kind = import_class(layer.unsupported.target)
    else:
        kind = getattr(runtime.load().layers, layer.type, None)
    keywords: dict[str, Any] = {"name": layer.name.replace("/", "_")}
    keywords |= {"dtype": dtype} if dtype else {}
    try:
        if layer.unsupported is None and not has_custom_class(layer):
            return make_layer(_with_numbers(in_float64(layer) if dtype else layer, numbers))
        arguments = {name: _value(value, numbers, dtype) for name, value in layer.arguments.items()}
        first = [arguments.pop(POSITIONAL)] if POSITIONAL in arguments else []
        with contextlib.redirect_stdout(sys.stderr):
            parameters = inspect.signature(kind.__init__).parameters.values()
            free = any(each.kind is each.VAR_KEYWORD for each in parameters)
            names = {each.name for each in parameters}
            fitting = {name: value for name, value in keywords.items() if free or name in names}
            layer_made = kind(*first, **{**arguments, **fitting})
            if dtype and "dtype" not in fitting:
                layer_made.dtype_policy = dtype
    except SpecError:  # of a layer within
        raise
    except Exception as error:
        raise SpecError(
            Problem(
                f"{layer.type} `{layer.name}` cannot be made: {one_line_reason(error)}",
                about="keras",
            )
        ) from error
    return layer_made


def has_custom_class(layer: Layer) -> bool:
    """Tell whether a custom class is among what the layer was given."""
    return any(
        each.unsupported is not None and bool(each.unsupported.target)
        for each in layers_within(layer, models=False)
    )


def _value(value: object, numbers: Numbers, dtype: str) -> Any:
    if isinstance(value, Expr):
        return value.evaluate(numbers)
    if isinstance(value, Layer):
        return make_custom_layer(value, numbers, dtype)
    if isinstance(value, tuple):
        return [_value(each, numbers, dtype) for each in value]
    if isinstance(value, dict):
        return {name: _value(each, numbers, dtype) for name, each in value.items()}
    return value


def _with_numbers(layer: Layer, numbers: Numbers) -> Layer:
    """Return a layer of Keras's own with numbers in place of named sizes."""

    def of_layer(layer: Layer) -> Layer:
        arguments = {
            name: map_entries(value, Expr, lambda size: const(size.evaluate(numbers)))
            for name, value in layer.arguments.items()
        }
        return replace(layer, arguments=arguments)

    return rewritten_layer(layer, of_layer=of_layer)


def call_layer(real: Any, tensors: Sequence[Any], layer: Layer) -> list[Any]:
    """Call the layer: on its tensors one by one if it takes so many, or on a list of them.

    Raises SpecError where its `call` raises anything.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            if len(tensors) > 1 and not _takes(real.call, len(tensors)):
                return flatten_outputs(real(list(tensors)))
            return flatten_outputs(real(*tensors))
    except Exception as error:
        raise SpecError(
            Problem(
                f"{layer.type} `{layer.name}` cannot be called: {one_line_reason(error)}",
                about="keras",
            )
        ) from error


def _takes(call: Callable[..., Any], count: int) -> bool:
    """Tell whether a function needs as many arguments by position."""
    parameters = inspect.signature(call).parameters.values()
    positional = [
        each
        for each in parameters
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        and each.name not in ("training", "mask")
    ]
    return len(positional) >= count
