"""A finding as data: its code, its place, and the typed facts that its sentences are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.model.reasons import Translation
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.errors import Place
    from seqinspect.model.masks import MaskUse


class Edit(NamedTuple):
    """A change of a file's text: `old`, which stands at `place`, becomes `new`."""

    place: Place
    old: str
    new: str


class Formula(NamedTuple):
    """A formula in the user's names, and its number; small, as findings go between processes."""

    text: str
    value: int | None


class LayerName(NamedTuple):
    """A call as people name it: its class, then those of the wrappers around it, and the name."""

    classes: tuple[str, ...]
    name: str
    path: str


class ArrayName(NamedTuple):
    """An array by the name that code gives it, and the file or the expression that it is."""

    name: str
    source: str


class Windows(NamedTuple):
    """The line of numpy that cuts a series into windows: its name in code, and their steps.

    `column`: only its first column; `features`: it has an axis of features, or needs a new one.
    """

    name: str
    steps: Formula
    column: bool
    features: Literal["own", "new", ""]


class Argument(NamedTuple):
    """An argument of a layer with the value that a spec gives it."""

    name: str
    value: str | int | float | bool


class ExpectKey(NamedTuple):
    """A key under `expect:`: of the model, of one of its outputs, or of a layer by its path."""

    what: str
    output: str = ""
    layer: str = ""


class Missing(NamedTuple):
    """Why there is nothing to compare, with the names that belong to the reason."""

    reason: Literal[
        "unknown", "default", "no steps", "no weights", "no layer", "no output", "many outputs"
    ]
    names: tuple[str, ...] = ()


class LockedChange(NamedTuple):
    """A fact of a lock that changed: its key, an entry of it, and both values; None is none."""

    key: str
    entry: str
    old: LockedValue
    new: LockedValue


class KerasDifference(NamedTuple):
    """Where Keras says another thing of a call than its rule; None is what one side lacks.

    `name` is that of a weight, or `output 1` where a call has several outputs.
    """

    path: str
    of: Literal[
        "outputs", "output shape", "output dtype", "weight shape", "weight dtype", "trainable"
    ]
    name: str
    ours: KerasValue
    theirs: KerasValue


class TimeDifference(NamedTuple):
    """Input steps that an output step depends on by its rule, and those that move it in Keras.

    `step` is None where the output has no time axis. `sizes` are the steps of each input there.
    """

    path: str
    input: str
    step: int | None
    ours: tuple[int, ...]
    theirs: tuple[int, ...]
    sizes: tuple[tuple[str, int | None], ...]


class MaskDifference(NamedTuple):
    """What a call does about masked steps by its rule, and not in Keras."""

    path: str
    use: MaskUse


Difference: TypeAlias = KerasDifference | TimeDifference | MaskDifference
Shape: TypeAlias = tuple[Formula | None, ...]
LockedValue: TypeAlias = str | int | float | bool | tuple[str, ...] | Missing | None
KerasValue: TypeAlias = str | int | bool | Shape | None
Fact: TypeAlias = (
    str | int | float | bool | Formula | Shape | tuple[str, ...] | LayerName | ArrayName | Windows
    | tuple[Argument, ...] | ExpectKey | Missing | Difference | tuple[LockedChange, ...]
    | tuple[Translation, ...]
)  # fmt: skip
"""What a placeholder of a message can stand for; `output.fact_text` writes each kind."""


class Finding(NamedTuple):
    """Something wrong or surprising in a model: its facts, and what to change.

    `variant` and `remedy_variant` say which of the kind's messages and remedies is meant. `layer`
    is the call that it is about. `edits` do what the remedy says, where that is mechanical. `line`
    is the text of the line at the place.
    """

    code: str
    place: Place | None
    variant: str = ""
    remedy_variant: str = ""
    layer: LayerName | None = None
    facts: tuple[tuple[str, Fact], ...] = ()
    edits: tuple[Edit, ...] = ()
    line: str = ""

    @property
    def content(self) -> tuple[object, ...]:
        """What it says, wherever it stands: findings with the same content have one message."""
        return (self.code, self.variant, self.layer, self.facts)


def as_formula(size: Expr) -> Formula:
    """Return a formula as findings carry it."""
    return Formula(size.text(), size.value)


def as_shape(sizes: tuple[Expr | None, ...]) -> Shape:
    """Return a shape as findings carry it; None stands for a size that is not known."""
    return tuple(None if size is None else as_formula(size) for size in sizes)
