"""What a report says of time, in the names of the judge's model."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from seqinspect import describe
from seqinspect.model.remarks import Peculiarity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.keras.time_judge.real_model import RealModel, Spec


class Bounds:
    """First and last step of an input that step t depends on, as formulas of the JSON report."""

    def __init__(self, first: str, last: str, sizes: Mapping[str, int | None]) -> None:
        self.text = f"{first}…{last}"
        self._first, self._last = (compile(text, "bound", "eval") for text in (first, last))
        self._sizes = {"max": max, "min": min, **sizes}

    def at(self, step: int) -> tuple[int, int]:
        """First and last step at an output step; first > last where there is none."""
        names = {**self._sizes, "t": step}
        return eval(self._first, {}, names), eval(self._last, {}, names)


class Claims:
    """The report on a spec: its JSON, and the rows of what was called, by the spec's names.

    `bounds` are what depends on which input; `not_given` those that no short formula says.

    A spec with operators is reported on as the config of the Keras model. Raises SpecError where
    it is refused.
    """

    def __init__(self, spec: Spec, model: RealModel, called: Iterable[str]) -> None:
        names = {name: name for name in called}
        text: Any = spec
        if any(entry.keys() & {"GetItem", "operator"} for entry in spec["layers"]):
            text = json.loads(model.whole(spec["outputs"]).to_json())
            names = _names_in_config(model, names)
        self.report = describe(text, static=True)
        self.json = self.report.to_dict()
        rows = {row["name"]: row for row in self.json["layers"] if row["depth"] == 0}
        self.rows = {own: rows[name] for own, name in names.items() if name in rows}
        facts = {row.name: row for row in self.report.top}
        self.facts = {own: facts[name] for own, name in names.items() if name in facts}
        steps = {name: x.shape[1] for name, x in model.inputs.items()}
        self.bounds = {
            (own, each["input"]): Bounds(
                each["first"], each["last"], self._sizes(steps[each["input"]])
            )
            for own, row in self.rows.items()
            for each in (row["time"]["depends"] if row["time"] else ())
            if each["first"] is not None
        }
        self.not_given = {
            (own, each["input"])
            for own, row in self.rows.items()
            for each in (row["time"]["depends"] if row["time"] else ())
            if each["first"] is None
        }
        own_names = {name: own for own, name in names.items()}
        self.fields = {
            (own_names[field.output], field.input): field
            for field in self.report.fields
            if field.output in own_names
        }

    @property
    def axes(self) -> dict[str, int | None]:
        """The time axis of what each call returns first; None where it has none."""
        return {own: row["time"] and row["time"]["axis"] for own, row in self.rows.items()}

    def is_bound(self, own: str) -> bool:
        """Whether a row says that what it reads is a bound."""
        return Peculiarity.AT_MOST in self.facts[own].remarks

    def _sizes(self, steps: int) -> dict[str, int]:
        """Return all sizes by name: what Keras does not state is a number of steps."""
        return {name: size or steps for name, size in self.json["dims"].items()}

    def every(self, own: str, model_input: str) -> int:
        """The stride that the steps keep; 0 where the report claims none."""
        time = self.facts[own].time
        depends = () if time is None else time.depends
        return next((each.every for each in depends if each.input == model_input), 0)

    def windows(self, own: str, outputs: int, steps: int) -> tuple[Any, Any]:
        """Which steps of what it reads first (columns) an output step (rows) is said to read.

        The first table has all that it may read, the second what it must: where steps between are
        left out, just the ends; of a bound nothing.
        """
        may, must = np.zeros((2, outputs, steps), bool)
        time, bound = self.facts[own].time, self.is_bound(own)
        for span in () if time is None else time.windows:
            bounds = Bounds(span.first.python(), span.last.python(), self._sizes(steps))
            every = span.every.value or 0
            for step in range(outputs):
                first, last = bounds.at(step)
                inside = [s for s in range(first, last + 1, every or 1) if 0 <= s < steps]
                may[step, inside] = True
                if not bound:
                    must[step, inside if every else [*inside[:1], *inside[-1:]]] = True
        return may, must


def _names_in_config(model: RealModel, called: Iterable[str]) -> dict[str, str]:
    """Return the names of rows where a config has no names but those of its operations."""
    found: dict[str, str] = {}
    nodes = {name: model.tensors[name]._keras_history[:2] for name in called}
    counts: Counter[str] = Counter()
    for name, (operation, _) in sorted(nodes.items(), key=lambda each: each[1][1]):
        counts[operation.name] += 1
        count = counts[operation.name]
        found[name] = f"{operation.name}_call_{count}" if count > 1 else operation.name
    return found
