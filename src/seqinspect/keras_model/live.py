"""Python objects → Graph: a Keras model, or a layer with the shape that it is called on."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from seqinspect.algebra import const
from seqinspect.errors import Problem, SpecError, refuse
from seqinspect.keras_model import runtime
from seqinspect.keras_model.layers import weights_of
from seqinspect.report import Report, Row, WeightReport
from seqinspect.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.spec.dims import Overrides
    from seqinspect.spec.graph import Graph

Shape = tuple[int | None, ...]


def imported(target: str) -> Any:
    """Import what `package.module:attribute` names; a function is called, without arguments.

    This runs code of that module. Raises SpecError where it cannot be imported.
    """
    runtime.load()  # quietly, which the module would not do
    module, _, path = target.partition(":")
    folder = os.getcwd()  # noqa: PTH109 - a text for sys.path
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what the module prints is no result
            found: Any = import_module(module)
            for name in path.split("."):
                found = getattr(found, name)
            if not _is_model(found) and callable(found) and not isinstance(found, type):
                found = found()
    except (Exception, SystemExit) as error:  # whatever a module of somebody's own raises
        message = next(iter(str(error).splitlines()), "")[:200]
        raise SpecError(
            Problem(
                f"{target} cannot be imported",
                received=f"{type(error).__name__}: {message}",
                expected="a Keras model, or a function without arguments that returns one",
                about="imports",
            )
        ) from error
    return found


def read_object(
    found: Any, *, name: str = "", input_shape: Any = None, overrides: Overrides | None = None
) -> Graph:
    """Return the graph of a Keras model, or of a layer that is called on `input_shape`."""
    keras = runtime.load()
    if isinstance(found, keras.Model):
        config = model_config(found)
        source = name or found.name
    elif isinstance(found, keras.layers.Layer):
        config = _layer_config(keras, found, _shapes(found, input_shape))
        source = name or found.name
    else:
        refuse(
            f"{type(found).__name__} is no Keras model",
            expected="a path, a mapping, a Keras model, or a Keras layer with input_shape",
        )
    return read_spec(config, name=source, overrides=overrides or {})


def model_config(model: Any) -> bytes:
    """Return the config of a model. Raises SpecError where a subclass does not say its layers."""
    try:
        text = str(model.to_json())
    except Exception as error:
        message = next(iter(str(error).splitlines()), "")[:200]
        raise SpecError(
            Problem(
                f"the model `{model.name}` has no config",
                received=f"{type(error).__name__}: {message}",
                expected="a Sequential or functional model",
                remedy=_REMEDY,
            )
        ) from error
    config = json.loads(text).get("config")
    if not isinstance(config, dict) or "layers" not in config:
        refuse(
            f"{type(model).__name__} is a class of your own, whose config names no layers",
            received=f"the model `{model.name}`",
            expected="a Sequential or functional model",
            remedy=_REMEDY,
        )
    return text.encode()


_REMEDY = "call its layers on keras.Input(…), and make a keras.Model of inputs and outputs"


def with_live_weights(report: Report, found: Any) -> Report:
    """Return the report with the weights that a model holds, where no rule states a layer."""
    parts = {part.name: part for part in getattr(found, "layers", [found])}
    rows = tuple(
        _with_weights(row, parts[row.name])
        if row.depth == 0 and not row.complete and row.name in parts
        else row
        for row in report.rows
    )
    return report._replace(rows=rows)


def _with_weights(row: Row, layer: Any) -> Row:
    if not getattr(layer, "built", False):
        return row
    weights = tuple(
        WeightReport(each.name, tuple(map(const, each.shape)), each.trainable, each.dtype)
        for each in weights_of(layer)
    )
    total = sum(weight.count for weight in weights)
    formula = const(0) if row.reuses is not None else const(total)
    return row._replace(weights=weights, formula=formula, complete=True)


def _is_model(found: Any) -> bool:
    layer = getattr(sys.modules.get("keras"), "Layer", None)
    return layer is not None and isinstance(found, layer)


def _shapes(layer: Any, given: Any) -> Sequence[Shape]:
    """Return the shapes that a layer is called on, without the batch."""
    if given is None:
        refuse(
            f"the layer `{layer.name}` does not say what it is called on",
            expected="input_shape=(T, n), the sizes of one sample without the batch",
            remedy="give input_shape",
        )
    many = bool(given) and all(isinstance(one, list | tuple) for one in given)
    shapes = [tuple(one) for one in given] if many else [tuple(given)]
    for size in (size for shape in shapes for size in shape):
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            refuse(
                "input_shape holds what is no size",
                received=str(size)[:60],
                expected="whole numbers above 0, or None",
            )
    return shapes


def _layer_config(keras: Any, layer: Any, shapes: Sequence[Shape]) -> bytes:
    """Return the config of a model that calls one layer; nothing is built."""
    part = keras.saving.serialize_keras_object(layer)
    dtype = "int32" if isinstance(layer, keras.layers.Embedding) else "float32"
    names = ["input"] if len(shapes) == 1 else [f"input_{i}" for i in range(1, len(shapes) + 1)]
    inputs: list[dict[str, Any]] = [
        {
            "class_name": "InputLayer",
            "module": "keras.layers",
            "registered_name": None,
            "config": {"batch_shape": [None, *shape], "dtype": dtype, "name": name},
            "name": name,
            "inbound_nodes": [],
        }
        for name, shape in zip(names, shapes, strict=True)
    ]
    if len(shapes) == 1:
        config: dict[str, Any] = {"name": layer.name, "layers": [inputs[0], part]}
        return _json("Sequential", config)
    tensors = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, *shape], "dtype": dtype, "keras_history": [name, 0, 0]},
        }
        for name, shape in zip(names, shapes, strict=True)
    ]
    call = {"args": [tensors], "kwargs": {}}
    config = {
        "name": layer.name,
        "layers": [*inputs, {**part, "name": layer.name, "inbound_nodes": [call]}],
        "input_layers": [[name, 0, 0] for name in names],
        "output_layers": [[layer.name, 0, 0]],
    }
    return _json("Functional", config)


def _json(kind: str, config: dict[str, Any]) -> bytes:
    model = {"module": "keras", "class_name": kind, "registered_name": None, "config": config}
    return json.dumps(model, default=str).encode()
