"""The columns that the table and the plain output can show, one fact of a layer each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.errors import refuse
from seqinspect.output.report.time_notes import row_remarks, time_note
from seqinspect.output.text import sizes, symbolic
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.model.report import Report, Row
    from seqinspect.output.document import Role

Cell: TypeAlias = str | int | float | bool | None
"""A text (empty where there is nothing to say), a number, yes or no; None is not known."""


class Column(NamedTuple):
    """A fact of a layer: its heading, how it is had, its role, and where it stands.

    `below`, `mark` and `whole` are those of a column of a document.
    """

    heading: str
    cell: Callable[[Row, Report], Cell]
    meaning: str
    number: bool = False
    role: Role = ""
    below: Literal["", "long", "narrow", "always"] = ""
    mark: str = "{}"
    whole: bool = False


COLUMNS: dict[str, Column] = {
    "name": Column("Layer", lambda row, _: row.name, "the layer's name", role="name"),
    "path": Column(
        "Path", lambda row, _: row.path, "outer/inner for a layer within a layer", role="name"
    ),
    "depth": Column(
        "Depth", lambda row, _: row.depth, "0 for layers whose counts add up to the total", True
    ),
    "type": Column("Type", lambda row, _: row.type, "the Keras class", whole=True),
    "place": Column(
        "Place", lambda row, _: str(row.place) if row.place else "", "file:line:column"
    ),
    "from": Column(
        "From",
        lambda row, _: ", ".join(row.sources),
        "what the layer is called on",
        below="always",
        mark="← {}",
    ),
    "call": Column(
        "Call arguments", lambda row, _: call_text(row), "tensors that it is given besides"
    ),
    "reuses": Column(
        "Reuses", lambda row, _: row.reuses or "", "the layer whose weights this call shares"
    ),
    "shape": Column(
        "Output shape",
        lambda row, _: "; ".join(map(symbolic, row.outputs)),
        "in names",
        below="long",
        whole=True,
    ),
    "sizes": Column(
        "Output sizes", lambda row, _: "; ".join(map(sizes, row.outputs)), "in numbers"
    ),
    "dtype": Column(
        "Dtype",
        lambda row, _: "; ".join("?" if t.unknown_shape else t.dtype for t in row.outputs),
        "of the outputs",
    ),
    "formula": Column(
        "Parameters",
        lambda row, _: row.formula.text() if row.complete else None,
        "the count as a formula",
        role="formula",
        below="long",
    ),
    "params": Column(
        "Count",
        lambda row, _: row.params if row.complete else None,
        "the number of parameters",
        True,
    ),
    "share": Column(
        "%",
        lambda row, report: share(row.params if row.complete else None, known_total(report)),
        "of all parameters",
        True,
        below="narrow",
        mark="{} %",
    ),
    "trainable": Column(
        "Trainable",
        lambda row, _: row.trainable if row.complete else None,
        "how many are trained",
        True,
    ),
    "multiply_adds": Column(
        "Multiply-adds",
        lambda row, _: row.multiply_adds.value if row.work_known else None,
        "for one sample",
        True,
    ),
    "multiply_adds_formula": Column(
        "Multiply-adds as formula",
        lambda row, _: row.multiply_adds.text() if row.work_known else None,
        "the same as a formula",
        role="formula",
        below="long",
    ),
    "steps": Column(
        "Steps",
        lambda row, _: row.time.steps.value if row.time and row.time.steps is not None else "",
        "the number of time steps of the output",
        True,
    ),
    "reads": Column(
        "Reads",
        lambda row, _: row.time.reads if row.time else "",
        "the steps of its input that one application reads",
    ),
    "applications": Column(
        "Applications",
        lambda row, _: row.time.applications.value if row.time else "",
        "how often one sample applies the weights",
        True,
    ),
    "shared": Column(
        "Shared",
        lambda row, _: "" if row.time is None or row.time.shared is None else row.time.shared,
        "whether one set of weights serves all steps",
    ),
    "time": Column(
        "Time steps",
        lambda row, _: "; ".join(part for part in (time_note(row), *row_remarks(row)) if part),
        "the relation to time in words",
        below="always",
    ),
    "confirmed": Column("Confirmed", lambda row, _: _confirmed(row), "whether Keras agrees"),
    "source": Column("Source", lambda _, report: report.source, "the spec"),
}

PLAIN = ("name", "type", "depth", "shape", "sizes", "formula", "params", "trainable", "reads",
         "time", "source")  # fmt: skip
TABLE = ("name", "type", "shape", "formula", "params", "time")
DEPTH = 1
"""How many levels of layers within layers a document opens where nobody says."""


def known_total(report: Report) -> int | None:
    """Return how many parameters a model has; None where that is not known."""
    return report.params if report.complete else None


def share(params: int | None, total: int | None) -> float | None:
    """Return what part of all parameters some are, in percent; None where that is not known."""
    if params == 0:
        return 0.0
    return None if params is None or not total else round(100 * params / total, 1)


def call_text(row: Row) -> str:
    """Return the tensors among the call arguments of a layer: initial_state ← h, c."""
    return "; ".join(f"{argument} ← {', '.join(names)}" for argument, names in row.call)


def cell_text(cell: Cell, number: Callable[[int], str] = str) -> str:
    """Return a cell as text: yes, no, ? where it is not known; a number by its own digits."""
    if cell is None:
        return "?"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(cell)
    return number(cell) if isinstance(cell, int) else cell


def chosen(text: str) -> tuple[str, ...]:
    """Return the columns that a text such as `name,Output shape,params` names."""
    headings = {column.heading.lower(): name for name, column in COLUMNS.items()}
    found: list[str] = []
    for part in text.split(","):
        said = part.strip()
        name = said if said in COLUMNS else headings.get(said.lower(), said.lower())
        if name not in COLUMNS:
            refuse(
                f"there is no column `{said}`" if said else "a column has no name",
                received=text,
                expected=", ".join(COLUMNS),
            )
        if name in found:
            refuse(f"the column `{said}` is named twice", received=text)
        found.append(name)
    return tuple(found)


def _confirmed(row: Row) -> Cell:
    return False if False in row.confirmed else True in row.confirmed or None
