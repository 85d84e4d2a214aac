"""What one layer states about itself: tensors in and out, weights, and what it reads in time.

Multiply-adds are those of one sample in inference; one multiplication with one addition is one.
Counted are products with weights that are summed up (matrices, convolutions), those of two tensors
(attention's scores and weighted values, Dot), and those that make a weight (LoRA). Not counted is
what is done element by element: adding a bias, activations, gates, norms, scaling, looking up.
A window counts in full, also where it juts out into padding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal

from seqinspect.algebra.expression import Expr, Size, as_expr, const, prod, total
from seqinspect.records import NamedTuple, dataclass, field, replace
from seqinspect.time.reach import Reach

if TYPE_CHECKING:
    from seqinspect.model.masks import MaskReport
    from seqinspect.model.reasons import Reason
    from seqinspect.model.remarks import Remark

TimeSummary = Literal["", "last", "first", "all", "ends", "copies", "folded", "mixed"]
"""What a tensor knows of time when no axis counts the steps: the output at the last or the first
step, one summary of all steps, both ends (Bidirectional), all steps side by side as features
(folded), or those of some inputs beside a vector of others (mixed). With a time axis: `copies`
when every step holds the same vector (RepeatVector)."""

SIDE_BY_SIDE: frozenset[TimeSummary] = frozenset({"folded", "mixed"})
"""Steps lie side by side as features, of all inputs or of some."""

FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})
"""The dtypes that Keras turns into a layer's compute dtype; others are left as they are."""


class Fold(NamedTuple):
    """Steps side by side on the last axis: feature (o×steps + step)×inner + i belongs to `step`.

    o counts 0…outer−1, i counts 0…inner−1. A Reshape can lay the steps out again.
    """

    outer: Expr
    steps: Expr
    inner: Expr


Reads = Literal["each", "last", "first", "all", "window", "prefix", "suffix", "none"]


@dataclass(slots=True, unsafe_hash=True)
class Tensor:
    """A tensor as a layer sees it: shape with the batch first, dtype, and which axis is time.

    `fold` is set where no axis is time and the last axis holds the steps side by side.
    `unknown_shape`: its rank is not known, and its shape holds the number of its features alone, or
    nothing. `unknown_time`: how it depends on the model's inputs is not known, since a layer that
    no rule states made it, or one before it.
    """

    shape: Final[tuple[Expr, ...]]
    dtype: Final[str] = "float32"
    time: Final[int | None] = None
    time_summary: Final[TimeSummary] = ""
    fold: Final[Fold | None] = None
    unknown_shape: Final[bool] = False
    unknown_time: Final[bool] = False

    @property
    def rank(self) -> int:
        """How many axes it has, the batch included."""
        return len(self.shape)

    @property
    def features(self) -> Expr:
        """The size of its last axis."""
        return self.shape[-1]

    @property
    def stepped(self) -> bool:
        """Whether it has time steps, on an axis or folded."""
        return self.time is not None or self.fold is not None

    @property
    def steps(self) -> Expr:
        """The number of time steps, also of folded ones; 1 where there are none."""
        if self.time is not None:
            return self.shape[self.time]
        return const(1) if self.fold is None else self.fold.steps

    def to(self, *shape: Size, **changes: object) -> Tensor:
        """The same tensor with another shape (and dtype, time, …)."""
        sizes = tuple(as_expr(size) for size in shape)
        return replace(self, shape=sizes, **changes)  # type: ignore[arg-type]  # Tensor's own names


Tensors = tuple[Tensor, ...]


class Weight(NamedTuple):
    """One weight of a layer; `used` counts how often one sample multiplies with it.

    Parameters are Π shape, multiply-adds Π shape × used: neither is ever written down.
    `used` is 0 for weights that are added, looked up or scaled (bias, Embedding, gamma).
    """

    name: str
    shape: tuple[Size, ...]
    used: Size = 0
    trainable: bool = True
    dtype: str = ""

    @property
    def count(self) -> Expr:  # type: ignore[override]  # of numbers; a tuple's own counts entries
        """How many numbers it holds."""
        return prod(self.shape)


@dataclass(slots=True)
class Inner:
    """A layer inside a layer, as a wrapper's rule gets it: `facts(x)` applies it to tensors.

    `keeps_state`: it, or a layer within it, is stateful and takes its state to its next call.
    """

    type: Final[str]
    name: Final[str]
    arguments: Final[Mapping[str, object]]
    apply: Final[Callable[..., Facts]] = field(compare=False)
    keeps_state: Final[bool] = False

    def facts(self, *inputs: Tensor | Tensors | None, **named: Tensor) -> Facts:
        """The layer's facts when it is called on `inputs`, and on others by their names."""
        return self.apply(self, *inputs, **named)

    def changed(self, name: str, **arguments: object) -> Inner:
        """The same layer under another name, with some arguments changed."""
        return replace(self, name=name, arguments={**self.arguments, **arguments})

    def argument(self, name: str, default: object = None) -> object:
        """The value that was given for a constructor argument, or `default`."""
        return self.arguments.get(name, default)


class Part(NamedTuple):
    """A layer inside a layer with its own facts, as it is shown below its wrapper.

    `same_input`: it reads what its wrapper reads (Bidirectional), not one step of it. `mask` is
    what it does with a mask that is made within the model that it belongs to.
    """

    layer: Inner
    facts: Facts
    same_input: bool = False
    mask: MaskReport | None = None


class Carried(NamedTuple):
    """What a layer hands on from one step to the next, of one sample: its shape has no batch.

    `per_step`: not once, but for each step that later ones still read (keys and values).
    """

    name: str
    shape: tuple[Size, ...]
    per_step: bool = False


Reading = Reach | Mapping[str, Reach | tuple[Reach, ...]]
"""What an output reads of a layer's inputs: one reach for all of them, or one for each by the name
of its call argument (and for a list of tensors, one for each of them)."""


class Facts(NamedTuple):
    """All that a rule states: outputs, weights, what is read in time, products without weights.

    `reads` says which steps of its input one application of the layer uses, `applications` how
    often one sample applies it, `reaches` (one for each output) which input steps output step t
    depends on: constant where the output has neither a time axis nor folded steps. `remarks` are
    what only this layer's rule can say. `unsupported` says why weights may be missing. `carried` is
    what a layer that reads earlier steps hands on, so that it need not read them again. `constants`
    are the shapes of arrays besides weights that Keras makes when it builds the layer.
    """

    outputs: Tensors
    reads: Reads | None = None
    reaches: tuple[Reading, ...] = ()
    weights: tuple[Weight, ...] = ()
    applications: Size = 1
    products: Size = 0
    parts: tuple[Part, ...] = ()
    remarks: tuple[Remark, ...] = ()
    unsupported: Reason | None = None
    carried: tuple[Carried, ...] = ()
    constants: tuple[tuple[Size, ...], ...] = ()

    @property
    def costs(self) -> tuple[Expr, Expr]:
        """All parameters, and the multiply-adds of one sample, with weights and without."""
        counts = [weight.count for weight in self.weights]
        products = [
            count * weight.used
            for count, weight in zip(counts, self.weights, strict=True)
            if not (isinstance(weight.used, int) and not weight.used)
        ]
        return total(counts), total([*products, self.products])
