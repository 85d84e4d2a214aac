"""The rows of a sweep → Parquet, through pyarrow."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from seqinspect.errors import refuse
from seqinspect.output.sweep.rows import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.output.sweep.rows import Heading

TEXTS = frozenset({"findings", "refused"})


def require_pyarrow() -> Any:  # Any: pyarrow ships no annotations
    """Return pyarrow with its module for Parquet. Raises SpecError where it is not installed."""
    try:
        import pyarrow  # noqa: PLC0415 - an extra
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError:
        refuse(
            "Parquet is written by pyarrow, which is not installed",
            expected="pyarrow",
            remedy="pip install 'seqinspect[parquet]', or write .csv",
            about="parquet",
        )
    return pyarrow


def write_parquet(file: IO[bytes], heading: Heading, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows as they come, some thousands at once. Raises SpecError.

    Integers have 64 bits there: a larger one is refused.
    """
    pyarrow = require_pyarrow()
    kinds = {True: pyarrow.string(), False: pyarrow.int64()}
    fields = [
        (name, pyarrow.bool_() if name == "causal" else kinds[name in {*TEXTS, *heading.words}])
        for name in heading.columns
    ]
    schema = pyarrow.schema(fields)
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for chunk in chunks(rows, heading.at_once):
            columns = zip(*chunk, strict=True)
            try:
                arrays = [
                    pyarrow.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)
                ]
            except (OverflowError, pyarrow.ArrowInvalid) as error:
                refuse(
                    "Parquet holds integers of 64 bits, and a cost is larger",
                    received=str(error)[:100],
                    remedy="write .csv or .jsonl, whose integers are exact",
                    about="parquet",
                )
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))
