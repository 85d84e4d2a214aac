"""A spec file → Graph: all of its problems are reported at once."""

from __future__ import annotations

import gc
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.model.graph import Input
from seqinspect.model.tree import Document, Mapping, Scalar, Sequence, Tree
from seqinspect.readers.dialect.dims import Overrides, read_dims
from seqinspect.readers.dialect.entries import count_calls, fill_body, read_body
from seqinspect.readers.dialect.wiring import wire
from seqinspect.readers.elements.context import ReaderContext, format_node, is_null
from seqinspect.readers.elements.entry import Body
from seqinspect.readers.elements.inputs import free_input_name
from seqinspect.readers.found import CodeSource, FoundModel
from seqinspect.readers.source.files import (
    CODE_ENDINGS,
    CODE_KINDS,
    content_of,
    default_model_name,
    read_bytes,
    source_name,
)
from seqinspect.readers.source.limits import VARIABLE, Limits, truncate
from seqinspect.readers.source.problems import join_undefined
from seqinspect.records import replace
from seqinspect.rules import MODULES, find_rule
from seqinspect.rules.index import INPUT_LAYER, MODEL_NAMES, model_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.graph import Graph

SPEC_KEYS = (
    "name", "dims", "choices", "input", "inputs", "layers", "outputs", "custom", "expect",
)  # fmt: skip
"""The names at the top of a spec."""

CONFIG_KEYS = ("class_name", "architecture", "modelTopology", "model_config")
"""One of these is at the top of what Keras, TensorFlow.js or HDF5 keeps of a model."""

MODEL_PATH = r"[^\W\d]\w*(\.[^\W\d]\w*)*"
OBJECT_PATH = f"{MODEL_PATH}:{MODEL_PATH}"
MODEL_NAME = rf"{MODEL_PATH}( \(.*\)(_\d+)?)?"
"""What code calls a model: its name, and the branch that it is made on, `model (not deep)`."""
NO_OVERRIDES: Overrides = {}

TEXT_NAME = "<string>"
"""What errors and reports call a text that is no file, as Python does."""

Infer: TypeAlias = "Callable[[Graph], tuple[Expr, ...] | None]"
"""Tells the shape of what a graph returns: code may ask for the shape of a tensor."""


Source = TypeVar("Source")


def names_object(x: object) -> bool:
    """Tell whether a text names a Python object, package.module:attribute, and not a file."""
    if not isinstance(x, str) or re.fullmatch(OBJECT_PATH, x) is None or os.path.exists(x):  # noqa: PTH110 - pathlib takes milliseconds
        return False
    return not split_model(x)[1]


def split_model(source: str) -> tuple[str, str]:
    """Return the file and the model that `train.py:encoder` names; no model where it names none."""
    at = source.find(":")
    while at >= 0:  # a branch may have colons, too
        file, model = source[:at], source[at + 1 :]
        ending = os.path.splitext(file)[1].lower()  # noqa: PTH122 - a thousand paths are slow
        if ending in CODE_ENDINGS and re.fullmatch(MODEL_NAME, model, re.DOTALL):
            return (source, "") if os.path.exists(source) else (file, model)  # noqa: PTH110 - pathlib raises where a name is too long
        at = source.find(":", at + 1)
    return source, ""


def is_code(source: str) -> bool:
    """Tell whether a path, or `train.py:encoder`, is a file of code."""
    return split_model(source)[0].lower().endswith(tuple(CODE_ENDINGS))


def text_as_bytes(source: Source) -> Source | bytes:
    """Return what is the text of a spec or of code itself, as bytes; anything else as it is."""
    return source.encode() if isinstance(source, str) and "\n" in source else source


def read_spec(
    source: str | Path | bytes,
    *,
    name: str = "",
    overrides: Overrides = NO_OVERRIDES,
    limits: Limits | None = None,
    infer: Infer | None = None,
) -> Graph:
    """Read a spec: a path, standard input (`-`), bytes, or the text itself, of several lines.

    It is YAML, what Keras saves, or Keras code.
    `name` is what errors and reports call the source, its path if empty. Of code that builds
    several models, `train.py:encoder` names one. `overrides` replaces sizes under `dims` by numbers
    or expressions, as `--set` does. `limits` are those of the environment where none are given.
    Raises SpecError with every problem that was found.
    """
    name = name or (TEXT_NAME if text_as_bytes(source) is not source else "")
    found = read_models(source, name=name, overrides=overrides, limits=limits, infer=infer)
    if len(found) > 1:
        file = name or source_name(source if not isinstance(source, bytes) else "<bytes>")
        names = [each.name for each in found]
        raise SpecError(
            Problem(
                f"{truncate(file, 200)} builds {len(found)} models",
                received="no word on which of them",
                expected=", ".join(names[:12]) + (", …" if len(names) > 12 else ""),
                remedy=f"name one: {truncate(file, 200)}:{names[0]}"
                if not file.startswith("<")
                else f"keep it in a file and name one: train.py:{names[0]}",
                place=Place(file, 1, 1),
                about="model",
            )
        )
    return found[0].graph_or_raise()


def read_models(
    source: str | Path | bytes,
    *,
    name: str = "",
    overrides: Overrides = NO_OVERRIDES,
    limits: Limits | None = None,
    infer: Infer | None = None,
) -> list[FoundModel]:
    """Read every model of a source, as `read_spec` reads one: only code can have several.

    What is wrong with one model of several is kept with it. Raises SpecError where the source
    cannot be read at all.
    """
    limits = limits or Limits.from_environment(os.environ.get(VARIABLE))
    source = text_as_bytes(source)
    file = name or ("<bytes>" if isinstance(source, bytes) else source_name(source))
    file, model = split_model(file)
    if isinstance(source, bytes):
        data, kind = content_of(source, file, limits)
    else:
        data, kind = read_bytes(split_model(str(source))[0], limits)
    if kind in CODE_KINDS:
        from seqinspect.readers.python.read import read_python  # noqa: PLC0415 - only code needs it

        path = os.path.realpath(file) if os.path.isfile(file) else ""  # noqa: PTH113 - a path is slow
        code = CodeSource(data, kind, file, path)
        return read_python(code, limits, overrides=overrides, infer=infer, model=model)
    graph = _read_data(data, kind, file, overrides, limits)
    return [FoundModel(graph.name, (graph.name,), graph)]


def _read_data(data: bytes, kind: str, file: str, overrides: Overrides, limits: Limits) -> Graph:
    """Read the one model of a spec or of what Keras saves."""
    try:
        with garbage_collection_paused():
            return read_document(parse(data, kind, file, limits), overrides, limits)
    except SpecError as error:
        raise SpecError(*sorted(error.problems, key=_position)) from None
    except RecursionError:
        raise SpecError(
            Problem(
                "layers are nested too deeply",
                expected="fewer layers inside each other",
                place=Place(file, 1, 1),
                about="limit",
            )
        ) from None


def parse(data: bytes, kind: str, file: str, limits: Limits) -> Document:
    """Read a text of a kind; only the reader that is needed is imported."""
    if kind == "json":
        from seqinspect.readers.source.json_text import read_json  # noqa: PLC0415

        return read_json(data, file, limits=limits)
    from seqinspect.readers.source.yaml_text import read_yaml  # noqa: PLC0415 - the YAML reader is heavy

    return read_yaml(data, file, limits=limits)


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """Let Python's collector rest: it would search each tree or report for cycles, in vain.

    That takes a third to a half of the time for 10,000 layers.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def read_document(document: Document, overrides: Overrides, limits: Limits) -> Graph:
    """Make the graph of a tree that was read. Raises SpecError with all of its problems."""
    context = ReaderContext(document, limits)
    root = document.root
    if isinstance(root, Sequence):
        from seqinspect.readers.keras_config.saved import as_sequential  # noqa: PLC0415 - only configs need it

        root = as_sequential(root)
    if not isinstance(root, Mapping):
        context.report(
            root,
            "the file is a list, not a spec",
            about="root",
            expected="names with values: input: [T, n] and layers: [...]",
            remedy="write the list below `layers:`",
        )
        raise SpecError(*context.problems.found)
    if root.get("choices") is not None:
        from seqinspect.readers.dialect.choices import with_choices  # noqa: PLC0415 - few specs have some

        root, overrides = with_choices(context, root, overrides)
    body, definitions = _read_root(context, root, overrides)
    if not context.problem_count or body.entries:
        count_calls(context, body.entries)
        graph = wire(context, body, {})
    if context.problem_count:
        raise SpecError(*join_undefined(context.problems.found))
    if context.keras.startswith("3"):
        from seqinspect.readers.keras_config.mask_operations import without_mask_operations  # noqa: PLC0415

        graph = without_mask_operations(graph)
    return replace(
        graph,
        name=body.name or default_model_name(document.source.file),
        definitions=definitions,
        custom=dict(context.custom),
        expect=_expectations(root, graph, document),
        notes=document.notes,
    )


def _expectations(root: Mapping, graph: Graph, document: Document) -> Document | None:
    """Return what a spec says must hold, or the loss that a saved model was compiled with."""
    expect = root.get("expect")
    if expect is not None:
        return Document(expect, document.source)
    if not graph.keras:
        return None
    from seqinspect.readers.keras_config.compiled import compiled_loss  # noqa: PLC0415 - configs

    return compiled_loss(root, graph.outputs, document)


def _read_root(
    context: ReaderContext, root: Mapping, overrides: Overrides
) -> tuple[Body, dict[str, Expr]]:
    """Read the top of a spec: the dialect's own, or a Keras config."""
    if any(root.get(name) is not None for name in CONFIG_KEYS):
        return _read_config(context, root), read_dims(context, None, overrides)
    if (body := _layers_at_the_top(context, root)) is not None:
        return body, {}
    context.report_unknown_keys(root, SPEC_KEYS, "a spec")
    _read_custom(context, root.get("custom"))
    definitions = read_dims(context, root.get("dims"), overrides)
    body = Body(root, "")
    name = root.get("name")
    if name is not None and not is_null(name):
        body.name = context.checked_name(name, "the name of a model")
    fill_body(context, body, root)
    _require_input(context, body, root)
    return body, definitions


def _layers_at_the_top(context: ReaderContext, root: Mapping) -> Body | None:
    """Report classes of layers that stand where `layers` should; None where there are none."""
    entries = [(key, value) for key, value in root.entries if key.text in MODULES]
    if not entries or root.get("layers") is not None:
        return None
    layers = ", ".join(f"{{{key.text}: {format_node(value)}}}" for key, value in entries)
    context.report(
        entries[0][0],
        f"{entries[0][0].text} stands outside of `layers`",
        about="layers",
        received=entries[0][0].text,
        expected="a list of layers under `layers:`",
        remedy=f"write layers: [{truncate(layers, 150)}]",
    )
    return Body(root, "")


def _read_config(context: ReaderContext, root: Mapping) -> Body:
    """Read a model as Keras writes it: {class_name: Sequential, config: {layers: [...]}}."""
    from seqinspect.readers.keras_config.saved import find_config, with_build_shape  # noqa: PLC0415 - configs need it

    root = find_config(context, root)
    if context.problem_count:
        return Body(root, "")
    kind, config = root.get("class_name"), root.get("config")
    text = kind.text if isinstance(kind, Scalar) else ""
    built = root.get("build_config")
    if config is not None and isinstance(config, Mapping) and isinstance(built, Mapping):
        config = with_build_shape(config, built)
    if text not in MODEL_NAMES or config is None:
        context.report(
            kind or root,
            "this is no model",
            about="root",
            expected="class_name: Sequential or Functional, with its config",
        )
        return Body(root, "")
    body = read_body(context, config, model_class(text))
    _require_input(context, body, config)
    return body


def _require_input(context: ReaderContext, body: Body, node: Tree) -> None:
    """Report a model that does not say what it is called on."""
    if body.inputs or any(entry.input or entry.type == INPUT_LAYER for entry in body.entries):
        return
    if not body.entries or context.problem_count:
        return  # its problems are reported already
    if context.keras:  # a model that was never built does not say what it is called on
        body.inputs.append(Input(free_input_name(body.entries), None, place=context.place(node)))
        return
    context.report(
        node,
        "the model has no input",
        about="input",
        received="layers without an input",
        expected="`input` with the sizes of one sample, without the batch",
        remedy="write input: [10, 8], for 10 steps of 8 features",
    )


def _read_custom(context: ReaderContext, node: Tree | None) -> None:
    """Read the names of custom classes; nothing is imported."""
    if node is None or is_null(node):
        return
    if not isinstance(node, Mapping):
        context.report(
            node,
            "`custom` must be class names with modules",
            about="custom",
            expected="custom: {AttentionPool: my_package.layers:AttentionPool}",
        )
        return
    for key, value in node.entries:
        target = value.text if isinstance(value, Scalar) and isinstance(value.value, str) else ""
        if find_rule(key.text) is not None or key.text in MODEL_NAMES:
            context.report(
                key,
                f"{truncate(key.text)} is a class of Keras",
                about="custom",
                expected="a name that Keras does not have",
            )
        elif not key.text.isidentifier():
            context.report(
                key, "this cannot be the name of a class", about="custom", expected="a word"
            )
        elif not re.fullmatch(OBJECT_PATH, target):
            context.report(
                value,
                f"`{truncate(key.text)}` does not name a class in a module",
                about="custom",
                expected="module:class, such as my_package.layers:AttentionPool",
            )
        else:
            context.custom[key.text] = target


def _position(problem: Problem) -> tuple[int, int]:
    """Sort problems as a reader of the file meets them."""
    return (problem.place.line, problem.place.column) if problem.place else (0, 0)
