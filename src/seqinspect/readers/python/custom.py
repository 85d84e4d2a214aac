"""A layer whose class the source defines, and that is not made of layers: its weights and shapes.

`build` and `compute_output_shape` are followed like all code of the source; nothing of it runs.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.model.facts import FLOATS, Facts, Tensor, Weight
from seqinspect.model.reasons import CustomClass
from seqinspect.readers.python import keras_names
from seqinspect.readers.python.foreign import CLASS
from seqinspect.readers.python.run import Arguments, Run, StepsExceeded
from seqinspect.readers.python.sources import names_in
from seqinspect.readers.python.values import (
    Argument,
    Class,
    Function,
    Instance,
    LayerValue,
    Method,
    ModelValue,
    Unknown,
    leaves,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.graph import Ask, Layer

MAKERS = ("variable", "random_uniform_variable", "trainable_weights", "Variable", "add_loss")


def custom_facts(run: Run, value: LayerValue) -> Ask:
    """Return what tells the facts of a custom layer on given tensors."""

    def evaluate(layer: Layer, tensors: Sequence[Tensor], policy: str = "") -> Facts:
        shapes = [(None, *tensor.shape[1:]) for tensor in tensors]
        given: object = shapes[0] if len(shapes) == 1 else list(shapes)
        try:
            weights = _weights(run, value, given, policy if policy in FLOATS else "float32")
            output = _output(run, value, given, tensors)
        except (StepsExceeded, RecursionError):
            weights, output = None, Tensor((), unknown_shape=True, unknown_time=True)
        return Facts(
            outputs=(output,),
            weights=weights or (),
            reaches=({},),
            unsupported=None if weights is not None and not output.unknown_shape else CustomClass(),
        )

    return evaluate


def _method(run: Run, layer: LayerValue, name: str, *values: object) -> object:
    """Call a method of the layer's class, if it has one."""
    one = layer.custom
    if one is None:
        return None
    try:
        found = one.cls.member(name)
    except KeyError:
        return None
    if not isinstance(found, Function):
        return None
    given = Arguments([Argument(value, layer.at, "") for value in values])
    return run.invoke(Method(found, one), given, layer.at)


def _weights(run: Run, layer: LayerValue, shape: object, dtype: str) -> tuple[Weight, ...] | None:
    """Return the weights that `build` adds; None where they are not known."""
    one = layer.custom
    if one is None:
        return None
    del one.weights[:]
    _method(run, layer, "build", shape)
    found = []
    for name, sizes, trainable in one.weights:
        items = sizes if isinstance(sizes, list | tuple) else (sizes,)
        known = [run.size(item) for item in items]
        if any(size is None for size in known):
            return None
        shape_known = tuple(size for size in known if size is not None)
        found.append(Weight(name, shape_known, trainable=trainable, dtype=dtype))
    if _may_hold_layers(one) or (not found and makes_weights(one.cls.node)):
        return None
    return tuple(found)


def _may_hold_layers(one: Instance) -> bool:
    """Tell whether an object may have weights of layers that it holds, makes or derives from."""
    if any(path.rpartition(".")[2] != "Layer" for path in one.cls.external_bases()):
        return True
    for each in leaves(one.attributes):
        if isinstance(each, LayerValue | ModelValue | Instance):
            return True
        if isinstance(each, Unknown) and CLASS.fullmatch(each.source or each.text):
            return True
    own = list(_lineage(one.cls))
    names = {name for cls in own for name in names_in(cls.node)}
    return any(map(keras_names.is_layer_name, names - {"Layer", *(cls.name for cls in own)}))


def _lineage(cls: Class) -> Iterator[Class]:
    yield cls
    for base in cls.bases:
        if isinstance(base, Class):
            yield from _lineage(base)


def makes_weights(node: ast.ClassDef) -> bool:
    """Tell whether a class makes weights of its own, besides those of layers."""
    return makes_variables(node) or bool(_attributes(node) & {"add_weight", "add_variable"})


def makes_variables(node: ast.ClassDef) -> bool:
    """Tell whether a class makes weights without saying their shapes and names."""
    return bool(_attributes(node) & {*MAKERS})


def _attributes(node: ast.ClassDef) -> set[str]:
    return {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def _is_shape(value: object) -> bool:
    return isinstance(value, list | tuple)


def _output(run: Run, layer: LayerValue, shape: object, tensors: Sequence[Tensor]) -> Tensor:
    """Return what the layer returns, as `compute_output_shape` says it."""
    for name in ("compute_output_shape", "get_output_shape_for"):
        found = _method(run, layer, name, shape)
        if isinstance(found, list | tuple) and found and not _is_shape(found[0]):
            sizes = [run.size(size) for size in found[1:]]
            if all(isinstance(size, Expr) for size in sizes):
                known = [size for size in sizes if size is not None]
                return Tensor((tensors[0].shape[0], *known), tensors[0].dtype, unknown_time=True)
    return Tensor((), unknown_shape=True, unknown_time=True)
