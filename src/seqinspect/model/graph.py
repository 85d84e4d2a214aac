"""The graph that every reader makes: which layer is called on which tensors, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from seqinspect.errors import excerpt
from seqinspect.records import NamedTuple, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.errors import Place
    from seqinspect.model.data import Data
    from seqinspect.model.facts import Facts, Tensor
    from seqinspect.model.reasons import Reason, SourceNote, Translation
    from seqinspect.model.tree import Document


Item = TypeVar("Item")


@dataclass(slots=True, unsafe_hash=True)
class Ref:
    """An output of an input or a call: `encoder.1` is the second output of `encoder`."""

    name: Final[str]
    output: Final[int] = 0

    def __str__(self) -> str:
        return f"{self.name}.{self.output}" if self.output else self.name


@dataclass(slots=True, unsafe_hash=True)
class Input:
    """A model input; `shape` has the batch first and is None where the caller decides it.

    `features` is the size of its last axis, where that alone has a name.
    """

    name: Final[str]
    shape: Final[tuple[Expr, ...] | None]
    dtype: Final[str] = "float32"
    time_axis: Final[int | None] = None
    place: Final[Place | None] = None
    says_time: Final[bool] = False
    features: Final[Expr | None] = None


class Ask(Protocol):
    """Tells what Keras makes of a layer on given tensors, under a dtype policy (empty: its own)."""

    def __call__(self, layer: Layer, tensors: Sequence[Tensor], policy: str = "") -> Facts:
        """Return the facts."""


class Unsupported(NamedTuple):
    """Why no rule states a layer: nothing of it is run, and what it makes is not known.

    `outputs` are the shapes that a config says, with the batch first, None where it says nothing.
    `function` is the operation that it applies (`multiply`, `getitem`), with `constants` by name;
    an operation has no weights. `weightless`: it has none either. `target` is the class of the
    author's own that it is, as `module:class`; where it may be imported, `ask` tells what Keras
    makes of it on given tensors. `unsafe`: it wants code run or a file opened.
    """

    reason: Reason
    outputs: tuple[tuple[Expr, ...] | None, ...] = ()
    weightless: bool = False
    function: str = ""
    constants: Mapping[str, object] = {}
    target: str = ""
    ask: Ask | None = None
    unsafe: bool = False


@dataclass(slots=True, unsafe_hash=True)
class UnknownValue:
    """The value of an argument that code takes from elsewhere; `text` is how the code has it."""

    text: Final[str]


@dataclass(slots=True)
class Layer:
    """A configured layer: its Keras class and the arguments that were given, checked and typed.

    An argument may be an UnknownValue where no shape and no count hangs on it. A model inside the
    model has its own graph instead of arguments. `unsupported`: why no rule states it. `translated`
    says what an older version of Keras called otherwise, and what was passed over.
    """

    type: Final[str]
    name: Final[str]
    arguments: Final[Mapping[str, object]]
    place: Final[Place | None] = None
    places: Final[Mapping[str, Place]] = field(default_factory=dict, compare=False)
    graph: Final[Graph | None] = None
    unsupported: Final[Unsupported | None] = None
    translated: Final[tuple[Translation, ...]] = ()


@dataclass(slots=True, unsafe_hash=True)
class Block:
    """Where a call stands in a `repeat`: iteration `index` (from 0) of `count`."""

    name: Final[str]
    index: Final[int]
    count: Final[int]


@dataclass(slots=True)
class Node:
    """One call of a layer: on `sources`, with further call arguments by name.

    `listed`: the sources were written as a list. `reuses`: the first call of the same layer.
    """

    name: Final[str]
    layer: Final[Layer]
    sources: Final[tuple[Ref, ...]]
    listed: Final[bool] = False
    call: Final[Mapping[str, object]] = field(default_factory=dict)
    reuses: Final[str | None] = None
    block: Final[Block | None] = None
    place: Final[Place | None] = None

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Every output that it reads: its sources, then those among its call arguments."""
        given = (value if isinstance(value, tuple) else (value,) for value in self.call.values())
        named = (each for values in given for each in values if isinstance(each, Ref))
        return (*self.sources, *named)

    def map_call(self, change: Callable[[Ref], object]) -> dict[str, object]:
        """Return its call arguments with something else in place of each output they name."""
        return {name: map_entries(value, Ref, change) for name, value in self.call.items()}


def map_entries(value: object, kind: type[Item], change: Callable[[Item], object]) -> object:
    """Return an argument with something else in place of each entry of a kind, also in tuples."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, tuple):
        return tuple([map_entries(each, kind, change) for each in value])
    return value


@dataclass(slots=True)
class Graph:
    """A model as it was written: sizes, inputs, calls in execution order, outputs.

    `custom` names custom classes (nothing is imported), `expect` is what the spec says
    must hold, unread. `keras` is the version that wrote a config, empty for a spec; `saved`: Keras
    wrote the file, with every default. `opened` is the custom class whose `call` it was read from,
    `notes` are on the file. `size_texts` are names of sizes with their text in code, where that is
    another one (`X_shape_1` for `X.shape[1]`). `fitted` is the data that code fits it on.
    """

    name: Final[str]
    source: Final[str]
    dims: Final[Mapping[str, Expr]]
    inputs: Final[tuple[Input, ...]]
    nodes: Final[tuple[Node, ...]]
    outputs: Final[tuple[Ref, ...]]
    definitions: Final[Mapping[str, Expr]] = field(default_factory=dict)
    sequential: Final[bool] = False
    lines: Final[Callable[[Place], str] | None] = field(default=None, compare=False)
    custom: Final[Mapping[str, str]] = field(default_factory=dict)
    expect: Final[Document | None] = field(default=None, compare=False)
    keras: Final[str] = ""
    saved: Final[bool] = False
    opened: Final[str] = ""
    size_texts: Final[Mapping[str, str]] = field(default_factory=dict)
    notes: Final[tuple[SourceNote, ...]] = ()
    fitted: Final[Data | None] = field(default=None, compare=False)

    def line(self, place: Place) -> str:
        """The text of the line at a place, cut as an error shows it."""
        return excerpt(self.lines(place), place.column) if self.lines is not None else ""
