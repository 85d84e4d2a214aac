"""Arrays of case files: `8,6,3 int64 0,1,2` is a shape, a type, and values that are repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seqinspect.lint.given_data import data_of
from seqinspect.readers.arrays import arrays_of

if TYPE_CHECKING:
    from pathlib import Path

    from seqinspect.model.data import Data


def array(text: str) -> Any:
    """Return the array that a case describes; zeros of float32 where it says no more."""
    shape, _, rest = str(text).partition(" ")
    dtype, _, values = rest.partition(" ")
    sizes = tuple(int(size) for size in shape.split(","))
    if dtype.startswith("records"):  # with so many columns
        return np.zeros(sizes, [(f"c{index}", "f4") for index in range(int(dtype[7:]))])
    made = np.zeros(sizes, dtype or "float32")
    if values:
        np.put(made, range(made.size), [float(value) for value in values.split(",")])
    return made


def arrays(given: Any) -> Any:
    """Return an array, several by name, or several in a list."""
    if isinstance(given, dict):
        return {name: array(text) for name, text in given.items()}
    return [array(text) for text in given] if isinstance(given, list) else array(given)


def arrays_of_case(given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return what a case is fitted on; the text of a table is a file of the folder."""
    found = {}
    for name, text in given.items():
        if isinstance(text, str) and "\n" in text:
            found[name] = folder / f"{name}.csv"
            found[name].write_text(text)
        elif name != "batch_size":
            found[name] = arrays(text)
    return found


def data_of_case(given: dict[str, Any], folder: Path) -> Data:
    """Return the data of a case as a check takes it."""
    named = arrays_of_case(given, folder)
    return data_of(
        [(name, arrays_of(values, name)) for name, values in named.items()],
        given.get("batch_size"),
    )
