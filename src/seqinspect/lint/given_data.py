"""What a caller names as data: x, y, the weights of samples, and single tensors by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import Problem, SpecError
from seqinspect.model.data import Data, DataArray

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.model.data import Arrays

WHOLE = ("x", "y", "sample_weight")
"""Names of what `fit` takes; others are those of an input or an output."""


def data_of(named: Iterable[tuple[str, Arrays]], batch_size: int | None) -> Data:
    """Return what `fit` gets. Raises SpecError where a single tensor gets several arrays."""
    whole: dict[str, Arrays] = {}
    tensors: dict[str, DataArray] = {}
    for name, arrays in named:
        if name in whole or name in tensors:
            raise SpecError(Problem(f"`{name}` is given data twice", expected="once", about="data"))
        if name in WHOLE:
            whole[name] = arrays
        elif isinstance(arrays, DataArray):
            tensors[name] = arrays
        else:
            raise SpecError(
                Problem(
                    f"`{name}` is one input or output, and gets {len(arrays)} arrays",
                    expected="one array",
                    remedy=f"name one of them: --data {name}=FILE.npz:NAME",
                    about="data",
                )
            )
    x, y, weights = map(whole.get, WHOLE)
    return Data(x, y, weights, tensors, batch_size)
