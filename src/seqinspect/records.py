"""Classes of data as `typing.NamedTuple` and `dataclasses.dataclass` make them, much sooner.

A short command needs some ninety of them, and to make them took a third of its time: typing
compiles every annotation, dataclasses a handful of methods a class. Here annotations are read for
their names alone, and one function is compiled for each class, or none. To a type checker they are
those of the standard library.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any

try:
    from collections import _tuplegetter as entry_of  # type: ignore[attr-defined]  # of namedtuple
except ImportError:  # another Python than CPython

    def entry_of(index: int, doc: str) -> property:
        """Return a property that is one entry of a tuple."""
        return property(lambda entries: entries[index], doc=doc)


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import CodeType

__all__ = ["NamedTuple", "dataclass", "field", "replace"]

MISSING: Any = object()
"""The default of a field that has none."""


class TupleType(type):
    """Makes named tuples: fields are what a class annotates, defaults the values beside."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> TupleType:
        """Make the class of a named tuple; one that is derived from it has the same fields."""
        if bases[0] is not tuple and not hasattr(bases[0], "_fields"):
            fields = tuple(namespace.get("__annotations__", {}))
            defaults = {each: namespace[each] for each in fields if each in namespace}
            for index, each in enumerate(fields):
                namespace[each] = entry_of(index, each)
            namespace["__slots__"] = ()
            namespace["_fields"] = namespace["__match_args__"] = fields
            namespace["_field_defaults"] = defaults
            code = _tuple_of(len(fields)).replace(co_varnames=("cls", *fields))
            namespace["__new__"] = FunctionType(
                code, {"new": tuple.__new__}, "__new__", tuple(defaults.values())
            )
        return super().__new__(mcs, name, bases, namespace)


class Fields(tuple[Any, ...], metaclass=TupleType):
    """What all named tuples have."""

    __slots__ = ()

    if TYPE_CHECKING:
        _fields: tuple[str, ...]

    @classmethod
    def _make(cls, values: Iterable[object]) -> Fields:
        return tuple.__new__(cls, values)

    def _replace(self, **changes: object) -> Fields:
        replaced = tuple.__new__(type(self), map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(f"got unexpected field names: {list(changes)!r}")
        return replaced

    def _asdict(self) -> dict[str, object]:
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        return _text_of(self, self._fields)

    def __getnewargs__(self) -> tuple[object, ...]:
        return tuple(self)


@cache
def _tuple_of(count: int) -> CodeType:
    """Return the code of a function that makes a tuple of a class out of so many values."""
    names = "".join(f"value_{index}, " for index in range(count))
    made: CodeType = eval(f"lambda cls, {names}: new(cls, ({names}))").__code__
    return made


class Field:
    """What `field` says of a field beside its name."""

    __slots__ = ("compare", "default", "default_factory", "repr")

    def __init__(
        self,
        *,
        default: object = MISSING,
        default_factory: Callable[[], object] | None = None,
        compare: bool = True,
        repr: bool = True,  # noqa: A002 - as in dataclasses
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.repr = repr


def _dataclass(
    cls: type | None = None,
    /,
    *,
    slots: bool = False,
    eq: bool = True,
    unsafe_hash: bool = False,
    frozen: bool = False,
) -> Any:
    """Make a class of data out of one, or return what does: as `dataclasses.dataclass`."""

    def made(cls: type) -> Any:
        names = tuple(cls.__annotations__)
        fields = {each: _as_field(cls.__dict__.get(each, MISSING)) for each in names}
        left_out = {*names, "__dict__", "__weakref__"}
        namespace = {name: each for name, each in cls.__dict__.items() if name not in left_out}
        namespace["__match_args__"] = names
        shown = tuple(name for name, each in fields.items() if each.repr)
        namespace.setdefault("__repr__", lambda self: _text_of(self, shown))
        if eq:
            values = _getter(tuple(name for name, each in fields.items() if each.compare))
            namespace["__eq__"] = lambda self, other: (
                values(self) == values(other) if type(self) is type(other) else NotImplemented
            )
            hashed = frozen or unsafe_hash
            namespace["__hash__"] = (lambda self: hash(values(self))) if hashed else None
        if slots:
            namespace["__slots__"] = names
        if frozen:
            namespace["__setattr__"] = namespace["__delattr__"] = _refuse_change
            namespace["__reduce__"] = lambda self: (cls_made, _entries(self, names))
        cls_made: Any = type(cls)(cls.__name__, cls.__bases__, namespace)
        setters = {name: getattr(cls_made, name).__set__ for name in names} if frozen else {}
        cls_made.__init__ = _init(fields, setters, calls_more="__post_init__" in namespace)
        return cls_made

    return made if cls is None else made(cls)


def _as_field(value: object) -> Field:
    return value if isinstance(value, Field) else Field(default=value)


def _refuse_change(instance: object, name: str, *_: object) -> None:
    raise AttributeError(f"cannot change {name!r} of a {type(instance).__name__}")


def _init(
    fields: Mapping[str, Field], setters: Mapping[str, object], *, calls_more: bool
) -> Callable[..., None]:
    """Return the constructor of a class of data; `setters` get past what refuses a change."""
    parameters, lines, known = ["self"], [], {"MISSING": MISSING}
    for name, each in fields.items():
        parameter = value = name
        if each.default_factory is not None:
            known[f"make_{name}"] = each.default_factory
            parameter = f"{name}=MISSING"
            value = f"make_{name}() if {name} is MISSING else {name}"
        elif each.default is not MISSING:
            known[f"default_{name}"] = each.default
            parameter = f"{name}=default_{name}"
        parameters.append(parameter)
        if name in setters:
            known[f"set_{name}"] = setters[name]
            lines.append(f" set_{name}(self, {value})")
        else:
            lines.append(f" self.{name} = {value}")
    lines.append(" self.__post_init__()" if calls_more else " pass")
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines), known)
    made: Callable[..., None] = known["__init__"]
    return made


def _replace(instance: object, **changes: object) -> object:
    """Return the same data with some of it changed, as `dataclasses.replace`."""
    names: tuple[str, ...] = type(instance).__match_args__  # type: ignore[attr-defined]  # a class of data
    replaced = type(instance)(*map(changes.pop, names, _entries(instance, names)))
    if changes:
        raise TypeError(f"got unexpected field names: {list(changes)!r}")
    return replaced


def _entries(instance: object, names: tuple[str, ...]) -> tuple[object, ...]:
    if len(names) == 1:
        return (getattr(instance, names[0]),)
    entries: tuple[object, ...] = _getter(names)(instance)
    return entries


@cache
def _getter(names: tuple[str, ...]) -> Callable[[object], Any]:
    """Return what gets attributes of an object: a tuple where they are several."""
    return attrgetter(*names) if names else lambda _: ()


def _text_of(instance: object, names: tuple[str, ...]) -> str:
    values = zip(names, _entries(instance, names), strict=True)
    pairs = (f"{name}={value!r}" for name, value in values)
    return f"{type(instance).__qualname__}({', '.join(pairs)})"


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
    from typing import NamedTuple
else:
    NamedTuple, dataclass, field, replace = Fields, _dataclass, Field, _replace
