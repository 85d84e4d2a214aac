"""Calls in the source: of its own functions, of Python, numpy and Keras."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.readers.python import arrays, builtin_calls, builtin_methods, keras_names
from seqinspect.readers.python.access import instance_attribute
from seqinspect.readers.python.arithmetic import combine
from seqinspect.readers.python.foreign import foreign_layer, foreign_tensor
from seqinspect.readers.python.keras_calls import call_layer, tensors_in
from seqinspect.readers.python.keras_objects import call_external, copied
from seqinspect.readers.python.keras_parts import tensor_at
from seqinspect.readers.python.options import call_option, call_parser
from seqinspect.readers.python.run import (
    LIBRARIES,
    Arguments,
    CallSite,
    Run,
    number_of,
    plain_number,
    with_partial,
)
from seqinspect.readers.python.sources import source_of
from seqinspect.readers.python.values import (
    Argument,
    Array,
    Bound,
    Class,
    External,
    Function,
    Instance,
    LayerValue,
    Method,
    ModelValue,
    Namespace,
    Options,
    Partial,
    Scope,
    Super,
    TensorValue,
    Unknown,
)

if TYPE_CHECKING:
    from seqinspect.readers.python.values import At


def call(run: Run, target: object, given: Arguments, node: ast.AST, scope: Scope) -> object:
    """Return what a call returns."""
    at = run.at(node)
    if isinstance(target, External):
        site = CallSite(given, at, source_of(node))
        return _call_external(run, target.path, site, node, scope)
    if isinstance(target, Instance):
        return run.invoke(target, given, at)
    if isinstance(target, Function | Method | Class):
        return run.invoke(target, given, at)
    if isinstance(target, Partial):
        return call(run, target.target, with_partial(target, given), node, scope)
    if isinstance(target, LayerValue | ModelValue):
        return call_layer(run, target, given, at)
    if isinstance(target, Bound):
        return _call_bound(run, target, given, at, source_of(node))
    foreign = _call_foreign(run, target, given, at)
    if foreign is not None:
        return foreign
    return Unknown(source_of(node), owner=target if isinstance(target, Unknown) else None)


def _call_foreign(run: Run, target: object, given: Arguments, at: At) -> object | None:
    """Call what is not read on tensors: it is a row of its own; None where it is on none."""
    passed = [argument.value for argument in (*given.positional, *given.named.values())]
    found = [foreign_tensor(run, each, at) or each for each in tensors_in(passed)]
    tensors = [each for each in found if isinstance(each, TensorValue)]
    layer = foreign_layer(run, target, at) if tensors else None
    if layer is None:
        return None
    whole = Argument(tensors if len(tensors) > 1 else tensors[0], at, "")
    return call_layer(run, layer, Arguments([whole]), at)


def _is_tensor(value: object) -> bool:
    return isinstance(value, TensorValue)


def _call_external(run: Run, path: str, site: CallSite, node: ast.AST, scope: Scope) -> object:
    given, at, text = site
    root, _, name = path.partition(".")
    if name in ("map", "reduce") and root in ("builtins", "functools"):
        return _applied(run, name, site, node, scope)
    if root == "builtins":
        if name == "super":
            return _super(scope)
        if name == "getattr" and len(given.positional) >= 2:
            return _getattr(run, given, text)
        if name == "setattr" and len(given.positional) == 3:
            return _setattr(run, given, text)
        if name == "vars" and given.positional and isinstance(given.positional[0].value, Namespace):
            return given.positional[0].value.values
        if name in ("isinstance", "hasattr", "type", "vars"):
            return Unknown(text)
    short = path.rpartition(".")[2]
    rounds = short in ("ceil", "floor") and not any(_is_tensor(a.value) for a in given.positional)
    if root in ("builtins", "collections", "six") or rounds:
        if rounds:
            return _rounded(run, short, given, text)
        found = builtin_calls.call_builtin(run, short, given, text)
        if found is not builtin_calls.MISSING:
            return found
    number = builtin_calls.call_numbers(run, root, short, given, text)
    if number is not None:
        return number
    if root == "operator" and short in OPERATORS and len(given.positional) == 2:
        left, right = (argument.value for argument in given.positional)
        return combine(run, OPERATORS[short], left, right, node)
    if root in MATH_ROOTS and short in MATH:
        found = _mathematics(short, given)
        if found is not None or root == "math":
            return found if found is not None else Unknown(text)
    if root == "functools" and short == "partial" and given.positional:
        first, *rest = given.positional
        return Partial(first.value, tuple(rest), dict(given.named), given.open)
    if root == "copy" and short == "deepcopy" and len(given.positional) == 1:
        return copied(run, given.positional[0].value)
    if (option := call_option(run, path, given)) is not None:
        return option
    if path in ("collections.namedtuple", "dataclasses.field"):
        return _declared(run, short, site, node, scope)
    if root == "os":
        found = builtin_calls.path_function(path, [each.value for each in given.positional])
        return found if found is not builtin_calls.MISSING else Unknown(text)
    array = arrays.call_array(run, path, given, text)
    if array is not None:
        return array
    if keras_names.is_keras(path) or root in ("tensorflow", "keras"):
        return call_external(run, path, site)
    if not LIBRARIES.match(path):
        foreign = _call_foreign(run, External(path), given, at)
        if foreign is not None:
            return foreign
    return Unknown(text)


def _applied(run: Run, name: str, site: CallSite, node: ast.AST, scope: Scope) -> object:
    """Return what `map` makes of the items of lists, or `reduce` of one after another."""
    values = [argument.value for argument in site.given.positional]
    lists = [builtin_calls.iterate(run, value) for value in values[1:2]]
    items = lists[0] if lists and not site.given.open else None
    if items is None or len(values) > (3 if name == "reduce" else 2):
        return Unknown(site.text)

    def applied(*passed: object) -> object:
        run.spend()
        given = Arguments([Argument(value, site.at, site.text) for value in passed])
        return call(run, values[0], given, node, scope)

    if name == "map":
        return [applied(item) for item in items]
    found = values[2] if len(values) > 2 else items.pop(0) if items else Unknown(site.text)
    for item in items:
        found = applied(found, item)
    return found


def _declared(run: Run, name: str, site: CallSite, node: ast.AST, scope: Scope) -> object:
    """Return the class that `namedtuple` makes, or the default of a field of a dataclass."""
    values = [argument.value for argument in site.given.positional]
    named = site.given.named
    if name == "field":
        if "default" in named:
            return named["default"].value
        maker = named.get("default_factory")
        return (
            call(run, maker.value, Arguments(), node, scope)
            if maker is not None
            else Unknown(site.text)
        )
    title, fields, *_ = [*values, None, None]
    fields = fields.replace(",", " ").split() if isinstance(fields, str) else fields
    if not isinstance(title, str) or not isinstance(fields, list | tuple):
        return Unknown(site.text)
    body = ast.ClassDef(title, [], [], [], [], lineno=site.at.line, col_offset=0)
    return Class(title, body, Scope({}, scope, title), (), tuple(map(str, fields)), imported=True)


def _rounded(run: Run, name: str, given: Arguments, text: str) -> object:
    value = given.positional[0].value if given.positional else None
    if isinstance(value, int | float):
        import math  # noqa: PLC0415 - part of Python, and few sources need it

        if not math.isfinite(value):
            return Unknown(text)
        return math.ceil(value) if name == "ceil" else math.floor(value)
    if isinstance(value, Expr):
        return value
    if isinstance(value, Unknown) and value.size is not None and name == "floor":
        return value
    return Unknown(text)


OPERATORS = {"add": ast.Add, "floordiv": ast.FloorDiv, "mul": ast.Mult, "sub": ast.Sub}
MATH = frozenset({"log10", "log2", "log", "sqrt", "exp"})
MATH_ROOTS = ("math", "numpy", "tensorflow", "keras")


def _mathematics(name: str, given: Arguments) -> float | None:
    """Return a function of `math` of a known number."""
    import math  # noqa: PLC0415 - part of Python, and few sources need it

    value = plain_number(given.positional[0].value) if len(given.positional) == 1 else None
    if not isinstance(value, int | float):
        return None
    try:
        found: float = getattr(math, name)(value)
    except (ValueError, OverflowError):
        return None
    return found


def _super(scope: Scope) -> object:
    try:
        owner, cls = scope.find("self"), scope.find("__class__")
    except KeyError:
        return Unknown("super()")
    if isinstance(owner, Instance) and isinstance(cls, Class):
        return Super(owner, cls)
    return Unknown("super()")


def _setattr(run: Run, given: Arguments, text: str) -> object:
    owner, name, value = (argument.value for argument in given.positional)
    known = isinstance(name, str) and isinstance(owner, Instance | Namespace)
    if isinstance(owner, Instance) and isinstance(name, str):
        owner.attributes[name] = value
    if isinstance(owner, Namespace) and isinstance(name, str):
        owner.values[name] = value
    return None if known else Unknown(text)


def _getattr(run: Run, given: Arguments, text: str) -> object:
    owner, name = given.positional[0].value, given.positional[1].value
    default = given.positional[2].value if len(given.positional) > 2 else Unknown(text)
    if isinstance(owner, External) and isinstance(name, str):
        return External(f"{owner.path}.{name}")
    if isinstance(owner, Instance) and isinstance(name, str):
        found = instance_attribute(run, owner, name, text)
        return default if isinstance(found, Unknown) else found
    return Unknown(text)


def _call_bound(run: Run, target: Bound, given: Arguments, at: At, text: str) -> object:
    owner, name = target.owner, target.name
    if isinstance(owner, ModelValue):
        return run.model_method(owner, name, given, at)
    if isinstance(owner, LayerValue):
        index = number_of(given.positional[0].value) if given.positional else None
        made = tensor_at(run, owner, name, index) if index is not None else None
        return made if made is not None else Unknown(text)
    if isinstance(owner, Instance):
        return run.instance_method(owner, name, given, at)
    if isinstance(owner, Array):
        if name == "reshape":
            values = [each.value for each in given.positional]
            shape = values[0] if len(values) == 1 else values
            array = arrays.reshaped(run, owner, shape)
            return array if array is not None else Unknown(text)
        if name in ("astype", "copy", "to_numpy", "numpy"):
            return owner
        return Unknown(text)
    if isinstance(owner, TensorValue):
        if name == "get_shape":
            shape = run.shape_of(owner)
            return shape if shape is not None else Unknown(text)
        return Unknown(text)
    if isinstance(owner, Options):
        made = call_parser(run, owner, name, given)
        return made if made is not None else Unknown(text)
    found = builtin_methods.call_method(run, owner, name, given, text)
    return Unknown(text) if found is builtin_calls.MISSING else found
