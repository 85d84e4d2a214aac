"""A rule's signature as the schema of a Keras class: arguments of its call and its constructor."""

from __future__ import annotations

from functools import partial, update_wrapper
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from seqinspect.model.facts import Facts

Parameters = dict[str, "Parameter"]

NO_ENTRIES: Mapping[str, Any] = MappingProxyType({})
"""The default of what maps names: none."""


class Parameter(NamedTuple):
    """One parameter of a rule: its kind is the annotation as written."""

    name: str
    kind: str
    default: object = None
    required: bool = False


class Form(NamedTuple):
    """One of the classes that share a rule and differ in their number of `spatial` axes.

    `kinds` and `defaults` are those of its arguments where they are not the rule's own, `without`
    are parameters of the rule that the class does not have, and `swapped` two that stand in each
    other's place.
    """

    spatial: int
    kinds: Mapping[str, str] = NO_ENTRIES
    defaults: Mapping[str, Any] = NO_ENTRIES
    without: tuple[str, ...] = ()
    swapped: tuple[str, ...] = ()

    def bound(self, function: Callable[..., Facts]) -> Callable[..., Facts]:
        """The rule of this class alone: its first argument and its defaults are given."""
        return update_wrapper(partial(function, self.spatial, **self.defaults), function)


def read_signature(
    function: Callable[..., Facts], form: Form | None = None
) -> tuple[Parameters, Parameters]:
    """Call and constructor parameters, read off the code object (inspect is slow to import)."""
    code = function.__code__
    positional = code.co_varnames[code.co_posonlyargcount : code.co_argcount]
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = dict(zip(reversed(positional), reversed(function.__defaults__ or ()), strict=False))
    defaults |= function.__kwdefaults__ or {}
    kinds = dict(function.__annotations__)
    if form is not None:
        defaults |= form.defaults
        kinds |= form.kinds
    return (
        {name: _parameter(name, kinds, defaults) for name in _names(positional, form)},
        {name: _parameter(name, kinds, defaults) for name in _names(keywords, form)},
    )


def _names(names: Iterable[str], form: Form | None) -> list[str]:
    """The names of a class's parameters, in its order."""
    if form is None:
        return list(names)
    places = dict(zip(form.swapped, reversed(form.swapped), strict=True))
    return [places.get(name, name) for name in names if name not in form.without]


def _parameter(name: str, kinds: Mapping[str, str], defaults: Mapping[str, object]) -> Parameter:
    return Parameter(name, str(kinds[name]), defaults.get(name), name not in defaults)
