"""What Keras code evaluates to, as far as it is known without running it.

Python's own None, bool, int, float, str, list, tuple, dict and slice stand for themselves. A size
that has a name in the code is an `Expr`. Everything else is one of the classes below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.records import NamedTuple, dataclass, field
from seqinspect.rules.index import SEQUENTIAL

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping

    from seqinspect.algebra.expression import Expr


class At(NamedTuple):
    """A position in the joined source: line and column, both from 1."""

    line: int
    column: int


START = At(1, 1)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that depends on data or on code that is not read; `text` is how the source has it.

    `size` is the formula that it is, where arithmetic was done with it; `source` is where it comes
    from, where it was given a name; `owner` is the value whose attribute, item or result it is.
    `unbound`: a name that its function assigns, and not on the way that is followed.
    """

    text: str
    size: Expr | None = None
    source: str = ""
    owner: Unknown | None = field(default=None, compare=False, repr=False)
    unbound: bool = False


MOST_LEAVES = 5_000
"""A value that holds more values than this, those in values within counted, is not looked at."""


def leaves(value: object) -> Iterator[object]:
    """Yield what lists, tuples and dictionaries hold, also within each other, in their order.

    It ends after MOST_LEAVES: what is shared may be counted very often.
    """
    waiting, count = [value], 0
    while waiting and count <= MOST_LEAVES:
        each = waiting.pop()
        count += 1
        if isinstance(each, dict):
            waiting.extend(reversed(each.values()))
        elif isinstance(each, list | tuple) and not isinstance(each, At):
            waiting.extend(reversed(each))
        else:
            yield each


def is_too_large(value: object) -> bool:
    """Tell whether a value holds more than is looked at."""
    if not isinstance(value, list | tuple | dict):
        return False
    waiting, count = [value], 0
    while waiting:
        each = waiting.pop()
        count += 1 + len(each)
        if count > MOST_LEAVES:
            return True
        inner = each.values() if isinstance(each, dict) else each
        waiting.extend(part for part in inner if isinstance(part, list | tuple | dict))
    return False


@dataclass(frozen=True, slots=True)
class External:
    """Something imported from outside: `tensorflow.keras.layers.LSTM`."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """An array of a known shape; each size is an int, an Expr or an Unknown.

    `rank_known` is false where further axes may follow, as in what pads lists of unknown things.
    `weight` is the name of the weight of a layer of the source that it is, if it is one; `items`
    are those of a range.
    """

    shape: tuple[object, ...]
    dtype: str = "float32"
    weight: str = ""
    trainable: bool = True
    rank_known: bool = True
    items: range | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """Names of a module, function or class body; `parent` is where else they are looked up.

    `assigned` are the names that the function assigns somewhere.
    """

    names: dict[str, object] = field(default_factory=dict)
    parent: Scope | None = None
    label: str = ""
    declared_global: set[str] = field(default_factory=set)
    declared_outer: set[str] = field(default_factory=set)
    assigned: frozenset[str] = frozenset()

    def holder(self, name: str) -> Scope:
        """Return the scope in which a name is assigned: an outer one, where that is declared."""
        scope = self
        if name in self.declared_global:
            while scope.parent is not None:
                scope = scope.parent
        elif name in self.declared_outer:
            while scope.parent is not None and (scope is self or name not in scope.names):
                scope = scope.parent
        return scope

    def find(self, name: str) -> object:
        """Return the value of a name. Raises KeyError where it has none."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        raise KeyError(name)


@dataclass(slots=True, eq=False)
class Function:
    """A function of the source with the scope around it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    name: str
    owner: Class | None = None
    called: bool = False
    static: str = ""
    imported: bool = False


@dataclass(slots=True, eq=False)
class Class:
    """A class of the source; `bases` are classes of the source or external ones."""

    name: str
    node: ast.ClassDef
    scope: Scope
    bases: tuple[object, ...]
    fields: tuple[str, ...] = ()
    made: bool = False
    imported: bool = False

    def member(self, name: str) -> object:
        """Return an attribute of the class or of its bases. Raises KeyError where there is none."""
        if name in self.scope.names:
            return self.scope.names[name]
        for base in self.bases:
            if isinstance(base, Class):
                try:
                    return base.member(name)
                except KeyError:
                    continue
        raise KeyError(name)

    def external_bases(self) -> list[str]:
        """Return the paths of all external classes that it derives from."""
        found = [base.path for base in self.bases if isinstance(base, External)]
        for base in self.bases:
            if isinstance(base, Class):
                found += base.external_bases()
        return found


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a class of the source."""

    cls: Class
    attributes: dict[str, object] = field(default_factory=dict)
    model: ModelValue | None = None
    layer: LayerValue | None = None
    traced: ModelValue | None = None
    tracing: bool = False
    weights: list[tuple[str, object, bool]] = field(default_factory=list)
    loss: Argument | None = None
    fitted: dict[str, Argument] = field(default_factory=dict)
    variable: str = ""
    at: At = START


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A module beside the source: what it defines; `folder` is where those below a package are."""

    folder: str
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A function bound to an object."""

    function: Function
    instance: object


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A method of a value that the interpreter knows (`list.append`, `model.add`)."""

    name: str
    owner: object


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """What `functools.partial` makes: something to call, with arguments that are passed already."""

    target: object
    positional: tuple[Argument, ...]
    named: Mapping[str, Argument]
    open: str = ""


@dataclass(slots=True, eq=False)
class Options:
    """A parser of the command line, with the defaults of its options."""

    values: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Namespace:
    """An object of attributes alone, such as what a parser of the command line returns."""

    values: dict[str, object]


@dataclass(slots=True, eq=False)
class Super:
    """What `super()` stands for in a method."""

    instance: Instance
    cls: Class


@dataclass(frozen=True, slots=True, eq=False)
class ConfigObject:
    """A Keras object that is an argument of a layer: an initializer, a regularizer, a policy."""

    path: str
    positional: tuple[object, ...]
    named: Mapping[str, object]


@dataclass(slots=True, eq=False)
class Argument:
    """One argument of a constructor as it stands in the source."""

    value: object
    at: At
    text: str


@dataclass(slots=True, eq=False)
class LayerValue:
    """A layer object: its class as the source names it, and its arguments by name.

    `path` is empty for a class of the source. `problem` says why it cannot be read. `traced` is
    what the function of a Lambda does, as a model. `foreign` is where one comes from whose code is
    not read, `unread` the source of further arguments that are not known.
    """

    type: str
    path: str
    arguments: dict[str, Argument]
    at: At
    problem: str = ""
    custom: Instance | None = None
    name: str = ""
    variable: str = ""
    calls: int = 0
    traced: ModelValue | None = None
    tracing: bool = False
    foreign: str = ""
    unread: str = ""


@dataclass(slots=True, eq=False)
class Operation:
    """An operation on tensors that Keras makes a layer of: its function and constants.

    `layer` is the Lambda that applies it, if one does. What it makes is only known where it is
    `stated`: a function of the rule book, with arguments that are known.
    """

    function: str
    constants: dict[str, object]
    at: At
    text: str = ""
    layer: LayerValue | ModelValue | None = None
    stated: bool = True


@dataclass(slots=True, eq=False)
class InputValue:
    """A model input: the arguments of `Input`, by name.

    `seen` is the shape of what a layer of the source is first called on, whose input this is,
    `looked_at` whether the source asked for it.
    """

    arguments: dict[str, Argument]
    at: At
    name: str = ""
    seen: tuple[object, ...] | None = None
    looked_at: bool = False

    def shape(self) -> object:
        """Return its shape with the batch, or what its shape comes from; None if it has none."""
        for name, batch in (("shape", (None,)), ("input_shape", (None,)),
                            ("batch_shape", ()), ("batch_input_shape", ())):  # fmt: skip
            given = self.arguments.get(name)
            value = given.value if given is not None else None
            if isinstance(value, list | tuple):
                return (*batch, *value)
            if value is not None:
                return value if isinstance(value, Unknown) else (*batch, value)
        return None


@dataclass(slots=True, eq=False)
class Call:
    """One call of a layer, a model or an operation on tensors.

    `unread` is the source of further arguments that are not known.
    """

    target: LayerValue | ModelValue | Operation
    sources: list[TensorValue]
    listed: bool
    further: dict[str, object]
    at: At
    outputs: int = 1
    open: tuple[At, str] | None = None
    unread: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class TensorValue:
    """A symbolic tensor: an input, or an output of a call."""

    maker: InputValue | Call
    index: int = 0


@dataclass(slots=True, eq=False)
class ModelValue:
    """A model that the source builds: layers one after another, or inputs and outputs.

    `owner` is the function or method that builds it, `variable` the name that it is assigned to,
    `chain` the tensors along its layers, with those layers, once they were asked for. `subclass` is
    the object whose `call` it is, `pattern` what that receives besides tensors.
    `unbound`: it is made of a name that has no value on the way that is followed. `merges`: it is a
    Sequential of Keras 1 that begins with what it makes of other models. `built_on` is the tensor
    of its first call. `within_layer`: a layer of the source makes it as a part of its own.
    """

    kind: str
    at: At
    layers: list[LayerValue | ModelValue | InputValue] = field(default_factory=list)
    inputs: list[TensorValue] = field(default_factory=list)
    outputs: list[TensorValue] = field(default_factory=list)
    name: str = ""
    variable: str = ""
    further_names: dict[str, None] = field(default_factory=dict)
    owner: str = ""
    problems: list[tuple[At, str, str]] = field(default_factory=list)
    loss: Argument | None = None
    fitted: dict[str, Argument] = field(default_factory=dict)
    frozen: bool = False
    nested: bool = False
    built_on: TensorValue | None = None
    merges: bool = False
    unbound: bool = False
    within_layer: bool = False
    calls: int = 0
    loops: int = 0
    subclass: Instance | None = None
    pattern: object = None
    chain: tuple[list[object], list[TensorValue]] | None = None

    @property
    def is_sequential(self) -> bool:
        """Whether its layers stand one after another."""
        return self.kind == SEQUENTIAL


class Signal(NamedTuple):
    """How a statement leaves its block: `return`, `break`, `continue` or `raise`."""

    kind: str
    value: object = None
