"""Data that a caller has in memory, or names as a file: what `check` needs to know of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqinspect.errors import refuse
from seqinspect.model.data import DataArray, Sample
from seqinspect.readers.source.array_files import read_arrays
from seqinspect.readers.source.npy import SAMPLE, read_dtype

if TYPE_CHECKING:
    from seqinspect.model.data import Arrays


def arrays_of(value: Any, name: str) -> Arrays:
    """Return arrays: of a path, of one in memory, or of a list or a mapping of such.

    Of an array in memory a bounded part is looked at. Raises SpecError where it is none.
    """
    if isinstance(value, str | os.PathLike):
        return read_arrays(os.fspath(value))
    if isinstance(value, Mapping):
        return {str(key): _array(each, f'{name}["{key}"]') for key, each in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_array(each, f"{name}[{index}]") for index, each in enumerate(value))
    return _array(value, name)


def _array(value: Any, name: str) -> DataArray:
    numpy = sys.modules.get("numpy")  # whoever has an array has loaded it
    array = numpy.asarray(value) if numpy is not None and hasattr(value, "__array__") else None
    if array is None or not array.shape:
        refuse(
            f"`{name}` is no array",
            received=type(value).__name__,
            expected="an array with samples on its first axis, or the path of a file",
            about="data",
        )
    dtype = read_dtype(array.dtype.str if array.dtype.names is None else "[", name)
    sample = _sample(array) if dtype.code else None
    return DataArray(name, tuple(map(int, array.shape)), dtype.kind, dtype.name, sample)


def _sample(array: Any) -> Sample:
    """Return the first values, and rows as far as they are whole."""
    row = array.shape[-1] if len(array.shape) > 1 else 0
    values = array.reshape(-1)[:SAMPLE].tolist()
    rows = (
        [tuple(values[at : at + row]) for at in range(0, len(values) - row + 1, row)] if row else []
    )
    return Sample(tuple(values), tuple(rows), complete=array.size <= SAMPLE)
