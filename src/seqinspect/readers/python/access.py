"""Attributes and items of values of the source: `self.units`, `X.shape[1]`, `x[:, -1]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.readers.python import arrays
from seqinspect.readers.python.arithmetic import operation_on
from seqinspect.readers.python.imports import member_of
from seqinspect.readers.python.keras_parts import keras_attribute
from seqinspect.readers.python.options import FLAGS
from seqinspect.readers.python.run import Arguments, CallSite, Run, number_of, plain_number
from seqinspect.readers.python.sources import source_of
from seqinspect.readers.python.tensor_functions import open_operation
from seqinspect.readers.python.values import (
    Array,
    Bound,
    Class,
    External,
    Function,
    InputValue,
    Instance,
    LayerValue,
    Method,
    ModelValue,
    Module,
    Namespace,
    Options,
    Super,
    TensorValue,
    Unknown,
)
from seqinspect.rules.slicing import ELLIPSIS

if TYPE_CHECKING:
    import ast


def attribute(run: Run, owner: object, name: str, node: ast.AST) -> object:
    """Return an attribute of a value."""
    text = source_of(node)
    if isinstance(owner, External):
        if name == "newaxis":
            return None  # which it is, in numpy as elsewhere
        if owner.path.endswith(FLAGS) and name in run.flags:
            return run.flags[name]
        run.mind_era(f"{owner.path}.{name}")
        return External(f"{owner.path}.{name}")
    if isinstance(owner, Namespace):
        return owner.values.get(name, Unknown(text))
    if isinstance(owner, Options):
        return Bound(name, owner)
    if isinstance(owner, int | float | str | Expr) and name == "value":
        return owner  # of an Enum
    if isinstance(owner, Module):
        found = member_of(run, owner, name)
        return found if found is not None else Unknown(text)
    if isinstance(owner, Instance):
        return instance_attribute(run, owner, name, text)
    if isinstance(owner, Super):
        return _super_attribute(owner, name)
    if isinstance(owner, Class):
        try:
            found = owner.member(name)
        except KeyError:
            return Unknown(text)
        return found
    if isinstance(owner, Array):
        if name == "shape":
            return owner.shape
        if name == "T":
            return Array(owner.shape[::-1])
        if name == "ndim":
            return len(owner.shape)
        if name == "size" and len(owner.shape) == 1:
            return owner.shape[0]
        return Bound(name, owner)
    if isinstance(owner, TensorValue) and name == "shape":
        shape = run.shape_of(owner)
        return shape if shape is not None else Unknown(text)
    if isinstance(owner, ModelValue | LayerValue | InputValue | TensorValue):
        return keras_attribute(run, owner, name, run.at(node), text)
    if isinstance(owner, list | dict | str | tuple | set):
        return Bound(name, owner)
    return Unknown(text, owner=owner if isinstance(owner, Unknown) else None)


def instance_attribute(run: Run, owner: Instance, name: str, text: str) -> object:
    """Return an attribute of an object of a class of the source."""
    if name in owner.attributes:
        value = owner.attributes[name]
        if isinstance(value, Array) and value.weight and run.traced_inputs:
            return arrays.weight_tensor(run, value)
        return value
    try:
        found = owner.cls.member(name)
    except KeyError:
        if owner.model is not None:
            return keras_attribute(run, owner.model, name, owner.model.at, text)
        return (
            Bound(name, owner)
            if name in INHERITED and owner.cls.external_bases()
            else Unknown(text)
        )
    if isinstance(found, Function):
        if found.static == "property":
            return run.invoke(Method(found, owner), Arguments(), run.at(found.node))
        return found if found.static == "static" else Method(found, owner)
    return found


INHERITED = frozenset({"add_weight", "add_variable", "build", "compile", "fit"})
"""Methods that a class of the source has from Keras."""


def _super_attribute(owner: Super, name: str) -> object:
    for base in owner.cls.bases:
        if isinstance(base, Class):
            try:
                found = base.member(name)
            except KeyError:
                continue
            if isinstance(found, Function):
                return Method(found, owner.instance)
            return found
    return Bound(f"super.{name}", owner.instance)


def item(run: Run, owner: object, key: object, node: ast.AST) -> object:
    """Return an item or a slice of a value."""
    text = source_of(node)
    if isinstance(owner, TensorValue):
        return _tensor_item(run, owner, key, node)
    if isinstance(owner, Array):
        found = arrays.item_of(owner, key)
        return found if found is not None else Unknown(text)
    if isinstance(owner, dict):
        plain = plain_number(key)
        try:
            return owner[plain] if plain in owner else Unknown(text)
        except TypeError:
            return Unknown(text)
    if isinstance(owner, list | tuple | str):
        if isinstance(key, slice):
            bounds = [
                None if each is None else number_of(each)
                for each in (key.start, key.stop, key.step)
            ]
            asked = [key.start, key.stop, key.step]
            if (
                any(a is not None and b is None for a, b in zip(asked, bounds, strict=True))
                or bounds[2] == 0
            ):
                return Unknown(text)
            return owner[slice(*bounds)]
        index = number_of(key)
        if index is None or not -len(owner) <= index < len(owner):
            return Unknown(text)
        return owner[index]
    if isinstance(owner, ModelValue):
        return Unknown(text)
    if isinstance(owner, Unknown) and owner.size is None and isinstance(key, int):
        whole = owner.text.removesuffix("[1:]") if owner.text.endswith(".shape[1:]") else owner.text
        index = key + 1 if whole != owner.text and key >= 0 else key
        return Unknown(f"{whole}[{index}]", owner=owner)
    return Unknown(text, owner=owner if isinstance(owner, Unknown) else None)


def _tensor_item(run: Run, owner: TensorValue, key: object, node: ast.AST) -> object:
    """A slice of a symbolic tensor is an operation: `x[:, -1, :]`."""
    site = CallSite(Arguments(), run.at(node), source_of(node))
    keys = key if isinstance(key, tuple) else (key,)
    written: list[object] = []
    for each in keys:
        if isinstance(each, slice):
            bounds = [
                None if part is None else number_of(part)
                for part in (each.start, each.stop, each.step)
            ]
            parts = (each.start, each.stop, each.step)
            if any(p is not None and b is None for p, b in zip(parts, bounds, strict=True)):
                return open_operation(run, "get_item", [owner], site)
            written.append(dict(zip(("start", "stop", "step"), bounds, strict=True)))
        elif each is None or each is Ellipsis:
            written.append(each if each is None else ELLIPSIS)
        else:
            number = number_of(each)
            if number is None:
                return open_operation(run, "get_item", [owner], site)
            written.append(number)
    return operation_on(run, "get_item", [owner], {"slice_spec": written}, node)
