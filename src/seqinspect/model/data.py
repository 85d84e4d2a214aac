"""Arrays for `fit`: their shapes, their types, and some of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.records import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.errors import Place

Kind: TypeAlias = Literal[
    "bool", "integer", "float", "wide", "complex", "text", "time", "object", "records"
]
"""What an array holds. wide: floats of more than 64 bits, which no backend has; text: strings or
bytes; time: dates and durations; object: Python objects; records: several columns by name."""

NUMBERS: frozenset[Kind] = frozenset({"bool", "integer", "float"})


class Sample(NamedTuple):
    """Some values of an array, in its order; `complete`: they are all of them.

    `rows` are whole runs along the last axis, where the order of the file shows them.
    """

    values: tuple[float, ...]
    rows: tuple[tuple[float, ...], ...] = ()
    complete: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class DataArray:
    """An array: where it is from, its shape with the samples first, and its type.

    A size is None where it is not known; `shape` is None where nothing is. `text` marks columns of
    a table that hold strings. `place` is where code passes it.
    """

    source: str
    shape: tuple[int | None, ...]
    kind: Kind = "float"
    dtype: str = "float32"
    sample: Sample | None = None
    text: tuple[str, ...] = ()
    place: Place | None = None

    @property
    def samples(self) -> int | None:
        """How many samples it has; None where that is not known."""
        return self.shape[0] if self.shape else None


Arrays: TypeAlias = "DataArray | Mapping[str, DataArray] | tuple[DataArray, ...]"
"""One array, several by name, or several in their order."""


class Data(NamedTuple):
    """What `fit` is called with; `tensors`: arrays of single inputs and outputs.

    None is what is not known. `batch_size` is None where the caller leaves it to `fit`. `split`:
    not every sample is trained on, or weights are made of the classes.
    """

    x: Arrays | None = None
    y: Arrays | None = None
    sample_weight: Arrays | None = None
    tensors: Mapping[str, DataArray] = {}
    batch_size: int | None = None
    split: bool = False
