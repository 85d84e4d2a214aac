"""What a user gives, as a graph: a file, a text, a mapping, a model in memory or its name."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.walk import output_shape
from seqinspect.errors import Problem, SpecError, refuse
from seqinspect.readers.spec import TEXT_NAME, names_object, read_spec

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph
    from seqinspect.readers.dialect.dims import Overrides
    from seqinspect.readers.found import FoundModel
    from seqinspect.readers.opened import OpenedSpec

NOTHING: Overrides = {}


def graph_of(
    x: object,
    overrides: Overrides = NOTHING,
    input_shape: object = None,
    *,
    allow_imports: bool = False,
) -> tuple[Graph, object]:
    """Return the graph of `x` and, of Python objects, what it was read from.

    Raises SpecError where it cannot be used, and for custom classes without `allow_imports`.
    """
    graph = _graph_of_text(x, overrides)
    if graph is not None:
        if input_shape is not None:
            from seqinspect.readers.dialect import input_shapes  # noqa: PLC0415 - few files lack it

            shapes = input_shapes.input_shapes_of(input_shape)
            graph = input_shapes.with_input_shapes(graph, shapes)
        return _with_custom_classes(graph, allow_imports=allow_imports), None
    name = x if isinstance(x, str) else ""
    python_object = _python_object(x, allow_imports=allow_imports)
    from seqinspect.keras_model.custom.live import read_object  # noqa: PLC0415

    return read_object(python_object, name=name, input_shape=input_shape, overrides=overrides)


def _graph_of_text(x: object, overrides: Overrides) -> Graph | None:
    """Return the graph of a file, of its text, or of a mapping; None of anything else."""
    if isinstance(x, Mapping):
        return read_spec(bytes_of_mapping(x), name="model", overrides=overrides)
    if isinstance(x, bytes):
        return read_spec(x, name=TEXT_NAME, overrides=overrides, infer=output_shape)
    if isinstance(x, str | os.PathLike) and not names_object(x):
        return read_spec(os.fspath(x), overrides=overrides, infer=output_shape)
    return None


def graph_of_text(
    text: bytes, name: str, overrides: Overrides = NOTHING, *, allow_imports: bool = False
) -> tuple[Graph, object]:
    """Return the graph of a text, which errors call `name`. Raises SpecError."""
    graph = read_spec(text, name=name, overrides=overrides, infer=output_shape)
    return _with_custom_classes(graph, allow_imports=allow_imports), None


def opened_of(source: str | bytes, name: str = "", *, allow_imports: bool = False) -> OpenedSpec:
    """Return a path or a text that is read at many sizes, which errors call `name`.

    Raises SpecError, also where it has custom classes without `allow_imports`.
    """
    from seqinspect.readers.opened import open_spec  # noqa: PLC0415 - few commands need it

    opened = open_spec(source, name, infer=output_shape)

    def read(settings: Mapping[str, int | str]) -> Graph:
        return _with_custom_classes(opened.read(settings), allow_imports=allow_imports)

    read({})
    return opened._replace(read=read)


def graph_of_model(found: FoundModel, *, allow_imports: bool = False) -> tuple[Graph, object]:
    """Return the graph of one model of a source, as `graph_of` does. Raises SpecError."""
    return _with_custom_classes(found.graph_or_raise(), allow_imports=allow_imports), None


def config_of(x: object, input_shape: object = None, *, allow_imports: bool = False) -> bytes:
    """Return the Keras config of a Python object, or of what package.module:attribute names."""
    python_object = _python_object(x, allow_imports=allow_imports)
    from seqinspect.keras_model.custom import live  # noqa: PLC0415

    return live.config_of(python_object, input_shape)[0]


def _with_custom_classes(graph: Graph, *, allow_imports: bool) -> Graph:
    """Return the graph with custom classes imported, or refuse them."""
    if not graph.custom:
        return graph
    if not allow_imports:
        from seqinspect.readers.dialect.custom_classes import refuse_imports  # noqa: PLC0415

        refuse_imports(graph)
        return graph
    from seqinspect.keras_model.custom.layers import import_custom_classes  # noqa: PLC0415

    return import_custom_classes(graph)


def _python_object(x: object, *, allow_imports: bool) -> object:
    """Return a Python object, imported where a text names it. Raises SpecError."""
    if isinstance(x, str):
        if not allow_imports:
            raise SpecError(_not_allowed(x))
        from seqinspect.keras_model.custom.live import import_object  # noqa: PLC0415

        return import_object(x)
    if "keras" not in sys.modules:
        refuse(
            f"{type(x).__name__} is no Keras model",
            expected="a path, a mapping, a Keras model, or a Keras layer with input_shape",
        )
    return x


def _not_allowed(target: str) -> Problem:
    return Problem(
        f"{target} names a Python object, and nothing is imported unless you allow it",
        expected="a file",
        remedy="add --allow-imports (allow_imports=True in Python), if you trust that module",
        about="imports",
    )


def bytes_of_mapping(data: Mapping[Any, Any]) -> bytes:
    """Return a mapping as the text of a spec. Raises SpecError where no spec holds its values."""
    import json  # noqa: PLC0415 - a file needs no writer of JSON

    try:
        return json.dumps(data, allow_nan=False, default=_plain).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise SpecError(
            Problem(
                "the mapping holds what no spec can hold",
                received=str(error)[:200],
                expected="strings, numbers, true, false, None, lists and mappings",
            )
        ) from None


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value of type {type(value).__name__}")
