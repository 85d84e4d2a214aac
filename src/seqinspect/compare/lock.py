"""`seqinspect.lock`: what every spec of a project makes, so that a change of it is seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.model.finding import LockedChange, Missing
from seqinspect.model.json_text import json_text
from seqinspect.readers.source.files import read_text_file
from seqinspect.readers.source.limits import truncate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from seqinspect.model.finding import LockedValue
    from seqinspect.model.report import Depends, Report, Row, TensorReport, WeightReport

LOCK_NAME = "seqinspect.lock"
SCHEMA = "seqinspect.lock/1"

LockEntry = dict[str, Any]

TOTALS = ("params", "trainable", "multiply_adds", "bytes", "causal", "outputs")
"""What follows from the layers, and is reported only where none of them changed."""

NONE = ("reads", "depends")
"""Where null says that there is none; elsewhere it says that a value is not known."""


class LockChange(NamedTuple):
    """A difference between a lock and what it locks: a layer by its path, or the whole model.

    Of specs that are "not locked", or of which there is "no file", the path is that of the spec.
    """

    of: Literal["gone", "new", "changed", "model", "not locked", "no file"]
    type: str = ""
    path: str = ""
    changes: tuple[LockedChange, ...] = ()


def lock_entry(report: Report) -> LockEntry:
    """Return what the lock says of one model."""
    return {
        "model": report.model,
        "dims": {name: size.value for name, size in report.dims.items()},
        "inputs": {model_input.name: _tensor(model_input.tensor) for model_input in report.inputs},
        "outputs": list(report.outputs),
        "params": report.params if report.complete else None,
        "trainable": report.trainable if report.complete else None,
        "formula": report.formula.python() if report.complete else None,
        "multiply_adds": report.multiply_adds.value if report.complete else None,
        "bytes": report.bytes if report.complete else None,
        "causal": report.causal,
        "layers": {row.path: _layer(row) for row in report.rows},
    }


def _layer(row: Row) -> LockEntry:
    time = row.time
    return {
        "type": row.type,
        "from": list(row.sources),
        "output": [_tensor(output) for output in row.outputs],
        "params": row.params if row.complete else None,
        "weights": {
            weight.name: f"{_sizes(weight) or '1'} {weight.dtype}"
            + (", not trained" if weight.trainable is False else "")
            for weight in row.weights
        }
        if row.complete
        else None,
        "reads": None if time is None else time.reads,
        "depends": None if time is None else {each.input: _steps(each) for each in time.depends},
    }


def _sizes(weight: WeightReport) -> str:
    """The sizes of a weight; one that is not known as its formula: (2×n)×4."""
    sizes = [
        size.text() if number is None else str(number)
        for number, size in zip(weight.shape, weight.symbolic, strict=True)
    ]
    if len(sizes) == 1:
        return sizes[0]
    return "×".join(size if size.isalnum() else f"({size})" for size in sizes)


def _steps(depends: Depends) -> str:
    if depends.first is None or depends.last is None:
        return "not known"
    return f"{depends.first.text()}…{depends.last.text()}"


def _tensor(tensor: TensorReport) -> str:
    if tensor.unknown_shape:
        return "not known"
    names = ", ".join(size.text() for size in tensor.symbolic)
    numbers = ", ".join("null" if size is None else str(size) for size in tensor.shape)
    return f"({names}) = ({numbers}) {tensor.dtype}"


def render(entries: Mapping[str, LockEntry]) -> str:
    """Return the text of a lock: sorted by path, a fact a line, a layer a line."""
    models = []
    for path, model in sorted(entries.items()):
        lines = []
        for key, value in model.items():
            if key == "layers" and value:
                layers = ",\n".join(
                    f"        {json_text(k)}: {json_text(v)}" for k, v in value.items()
                )
                lines.append(f'      "layers": {{\n{layers}\n      }}')
            else:
                lines.append(f"      {json_text(key)}: {json_text(value)}")
        body = ",\n".join(lines)
        models.append(f"    {json_text(path)}: {{\n{body}\n    }}")
    joined = ",\n".join(models)
    inner = f"{{\n{joined}\n  }}" if models else "{}"
    return f'{{\n  "schema": {json_text(SCHEMA)},\n  "models": {inner}\n}}\n'


def read_lock(path: Path, file: str) -> dict[str, LockEntry] | None:
    """Read a lock that errors call `file`; None where there is none. Raises SpecError."""
    try:
        text = read_text_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        _refuse("the lock cannot be read: it is not UTF-8", file, 1)
    except (OSError, ValueError) as error:  # ValueError: the name holds NUL
        reason = getattr(error, "strerror", None) or str(error)
        _refuse(f"the lock cannot be read: {reason}", file, 1)
    return parse_lock(text, file)


def parse_lock(text: str, file: str) -> dict[str, LockEntry]:
    """Return what the text of a lock says of every spec. Raises SpecError where it is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        _refuse("the lock is no JSON", file, line)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        _refuse(f"this is no lock of version {SCHEMA}", file, 1)
    models = data.get("models")
    if not isinstance(models, dict) or not all(isinstance(each, dict) for each in models.values()):
        _refuse("the lock names no models", file, 1)
    for path, model in models.items():
        layers = model.get("layers")
        rows = layers.values() if isinstance(layers, dict) else (None,)
        if not all(isinstance(row, dict) for row in rows):
            lines = enumerate(text.splitlines(), 1)
            line = next((number for number, each in lines if json_text(path) in each), 1)
            _refuse(f"the model of {truncate(path)} has no table of layers", file, line)
    return models


def _refuse(what: str, file: str, line: int) -> NoReturn:
    raise SpecError(
        Problem(
            what, remedy="create it again: seqinspect lock PATH…", place=Place(file, line, 1),
            about="lock",
        )
    )  # fmt: skip


def lock_changes(locked: LockEntry, current: LockEntry) -> Iterator[LockChange]:
    """Yield what changed since the lock was made: layers that are gone, new and changed ones."""
    before, after = _table(locked, "layers"), _table(current, "layers")
    for path in before:
        if path not in after:
            yield LockChange("gone", str(_table(before, path).get("type", "layer")), path)
    for path, layer in after.items():
        if path not in before:
            yield LockChange("new", layer["type"], path)
            continue
        changes = tuple(_changes(_table(before, path), layer, layer))
        if changes:
            yield LockChange("changed", layer["type"], path, changes)
    passed = ("layers", "model", "formula", *(TOTALS if before != after else ()))
    for key in current:
        if key not in passed and locked.get(key) != current[key]:
            yield LockChange("model", changes=tuple(_changes(locked, current, (key,))))


def _changes(old: LockEntry, new: LockEntry, keys: Iterable[str]) -> Iterator[LockedChange]:
    """Yield the values that changed under keys; of tables only the entries that did."""
    for key in keys:
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            for name in dict.fromkeys([*before, *after]):
                was, is_ = _value(before, name), _value(after, name)
                if was != is_:
                    yield LockedChange(key, name, was, is_)
        else:
            yield LockedChange(key, "", _value(old, key), _value(new, key))


def _value(table: Mapping[str, Any], key: str) -> LockedValue:
    """Return a value of a lock as a fact: someone may have written another one into the file."""
    value = table.get(key)
    if value is None:
        return Missing("unknown") if key in table and key not in NONE else None
    if isinstance(value, list):
        return tuple(map(str, value))
    return value if isinstance(value, str | int) else str(value)


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}
