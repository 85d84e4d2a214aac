"""Python objects → Graph: a Keras model, or a layer with the shape that it is called on."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import const
from seqinspect.errors import Problem, SpecError, first_line, refuse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import weights_of
from seqinspect.keras_model.custom.calls import import_attribute
from seqinspect.keras_model.custom.live_layers import with_live_layers
from seqinspect.keras_model.custom.subclassed import built_shapes, functional_model
from seqinspect.model.report import Report, Row, WeightReport, sum_known
from seqinspect.readers.dialect.input_shapes import input_shapes_of, without_places
from seqinspect.readers.spec import read_spec
from seqinspect.records import replace
from seqinspect.rules.index import FUNCTIONAL, INPUT_LAYER, MODELS, SEQUENTIAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.graph import Graph
    from seqinspect.readers.dialect.dims import Overrides
    from seqinspect.readers.dialect.input_shapes import InputShape


def import_object(target: str) -> Any:
    """Import what `package.module:attribute` names; a function or a class is called.

    This runs code of that module. Raises SpecError where it cannot be imported or called.
    """
    keras = runtime.load()
    try:
        value = import_attribute(target)
        if callable(value) and not isinstance(value, keras.Layer):
            with contextlib.redirect_stdout(sys.stderr):
                value = value()
    except (Exception, SystemExit) as error:  # whatever a module of someone's own raises
        raise SpecError(
            Problem(
                f"{target} cannot be imported",
                received=f"{type(error).__name__}: {first_line(error)}",
                expected="a Keras model, or a function without arguments that returns one",
                about="imports",
            )
        ) from error
    return value


def read_object(
    keras_object: Any,
    *,
    name: str = "",
    input_shape: Any = None,
    overrides: Overrides | None = None,
) -> tuple[Graph, Any]:
    """Return the graph of a model, or of a layer called on `input_shape`, and what was read.

    A model whose class is someone's own is opened: its `call` is run with symbolic tensors.
    """
    config, live = config_of(keras_object, input_shape)
    graph = read_spec(config, name=name or keras_object.name, overrides=overrides or {})
    graph = with_live_layers(without_places(graph), live)
    return (
        replace(graph, opened=type(keras_object).__name__) if live is not keras_object else graph
    ), live


def config_of(keras_object: Any, input_shape: Any = None) -> tuple[bytes, Any]:
    """Return the config of a Keras object, and the model or layer whose config it is.

    Raises SpecError where it is no model or layer, or has no config.
    """
    keras = runtime.load()
    shapes = () if input_shape is None else input_shapes_of(input_shape)
    if not isinstance(keras_object, keras.Layer):
        refuse(
            f"{type(keras_object).__name__} is no Keras model",
            expected="a path, a mapping, a Keras model, or a Keras layer with input_shape",
        )
    if isinstance(keras_object, keras.Model):
        functional = isinstance(keras_object, keras.Sequential) or bool(
            getattr(keras_object, "inputs", None)
        )
        if not functional or (shapes and not keras_object.built):
            keras_object = functional_model(
                keras, keras_object, shapes or built_shapes(keras_object)
            )
        elif shapes and [each.shape for each in shapes] != [
            tuple(x.shape)[1:] for x in keras_object.inputs
        ]:
            refuse(
                f"the model `{keras_object.name}` says itself what it is called on",
                received=", ".join(str(each.shape) for each in shapes),
                expected=", ".join(str(tuple(x.shape)[1:]) for x in keras_object.inputs),
                remedy="leave out --input (input_shape in Python)",
            )
        return _model_config(keras, keras_object), keras_object
    return _layer_config(keras, keras_object, shapes), keras_object


def _model_config(keras: Any, model: Any) -> bytes:
    """Return the config of a Sequential or functional model. Raises SpecError if it has none."""
    try:
        if type(model).__name__ not in MODELS:  # a class of someone's own, made of layers
            model = keras.Model(model.inputs, model.outputs, name=model.name)
        return str(model.to_json()).encode()
    except Exception as error:  # an argument of a layer of someone's own
        raise SpecError(
            Problem(
                f"the model `{model.name}` has no config",
                received=f"{type(error).__name__}: {first_line(error)}",
                expected="layers with get_config, as Keras saves them",
            )
        ) from error


def with_live_weights(report: Report, keras_object: Any) -> Report:
    """Return the report with the weights that a model holds, where no rule states a layer."""
    parts = {part.name: part for part in getattr(keras_object, "layers", [keras_object])}
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
    total = sum_known(weight.count for weight in weights) or 0
    formula = const(0) if row.reuses is not None else const(total)
    return row._replace(weights=weights, formula=formula, complete=True)


def _layer_config(keras: Any, layer: Any, shapes: Sequence[InputShape]) -> bytes:
    """Return the config of a model that calls one layer; nothing is built."""
    if not shapes:
        refuse(
            f"the layer `{layer.name}` does not say what it is called on",
            expected="the sizes of one sample without the batch",
            remedy="say them: --input 10,8 (input_shape=(10, 8) in Python)",
        )
    part = keras.saving.serialize_keras_object(layer)
    numbers = "int32" if isinstance(layer, keras.layers.Embedding) else "float32"
    single = len(shapes) == 1
    names = [
        each.name or ("input" if single else f"input_{index}")
        for index, each in enumerate(shapes, 1)
    ]
    tensors = [
        (name, [None, *each.shape], each.dtype or numbers)
        for name, each in zip(names, shapes, strict=True)
    ]
    inputs: list[dict[str, Any]] = [
        {
            "class_name": INPUT_LAYER,
            "module": "keras.layers",
            "registered_name": None,
            "config": {"batch_shape": shape, "dtype": dtype, "name": name},
            "name": name,
            "inbound_nodes": [],
        }
        for name, shape, dtype in tensors
    ]
    if single:
        config: dict[str, Any] = {"name": layer.name, "layers": [inputs[0], part]}
        return _json(SEQUENTIAL, config)
    called_on = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": shape, "dtype": dtype, "keras_history": [name, 0, 0]},
        }
        for name, shape, dtype in tensors
    ]
    call = {"args": [called_on], "kwargs": {}}
    config = {
        "name": layer.name,
        "layers": [*inputs, {**part, "name": layer.name, "inbound_nodes": [call]}],
        "input_layers": [[name, 0, 0] for name in names],
        "output_layers": [[layer.name, 0, 0]],
    }
    return _json(FUNCTIONAL, config)


def _json(kind: str, config: dict[str, Any]) -> bytes:
    model = {"module": "keras", "class_name": kind, "registered_name": None, "config": config}
    return json.dumps(model, default=str).encode()
