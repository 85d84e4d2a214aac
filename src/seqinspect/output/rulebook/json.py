"""Pages of the rule book → JSON: one object a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.model.json_text import json_escape, json_text
from seqinspect.output.report.time_notes import time_note
from seqinspect.output.text import encodable
from seqinspect.rulebook.pages import changed_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import Row
    from seqinspect.rulebook.pages import Page

SCHEMA = "seqinspect.layers/1"


def render(pages: Sequence[Page], *, encoding: str = "utf-8") -> str:
    """Return an object with the schema's name and a list of classes, one a line."""
    classes = ",\n".join(f"  {json_text(_page(page))}" for page in pages)
    text = f'{{"schema": {json_text(SCHEMA)},\n "layers": [\n{classes}]}}\n'
    return encodable(text, encoding, json_escape)


def _page(page: Page) -> dict[str, Any]:
    return {
        "name": page.name,
        "aliases": list(page.aliases),
        "family": page.family,
        "mathematics": list(page.mathematics),
        "called_on": [
            {
                "name": each.name,
                "required": each.required,
                "takes": each.takes,
                "shapes": [_shape(shape) for shape in each.shapes],
            }
            for each in page.call_arguments
        ],
        "arguments": [
            {
                "name": each.name,
                "required": each.required,
                "default": None if each.required else each.default,
                "takes": each.takes,
                "does": each.words,
                "choices": dict(each.choices),
            }
            for each in page.arguments
        ],
        "common_arguments": list(page.common),
        "shown_with": dict(page.example_arguments),
        **_facts(page.row),
        "options": [
            {
                "option": each.option,
                **({} if each.shapes is None else {"called_on": _called_on(each.shapes)}),
                **_facts(each.row, changed_facts(page.row, each.row)),
            }
            for each in page.variants
        ],
    }


def _called_on(shapes: Sequence[Sequence[Expr]]) -> list[Any]:
    """Return a shape, or a list of them where the layer is called on several tensors."""
    found = [_shape(shape) for shape in shapes]
    return found if len(found) > 1 else found[0]


def _facts(row: Row, only: Sequence[str] | None = None) -> dict[str, Any]:
    """Return what a row says, or only the facts that are named."""
    found: dict[str, dict[str, Any]] = {
        "weights": {
            "weights": [
                {
                    "name": each.name,
                    "shape": _shape(each.symbolic),
                    "trainable": each.trainable,
                }
                for each in row.weights
            ]
        },
        "parameters": {"formula": row.formula.python(), "formula_text": row.formula.text()},
        "multiply-adds": {"multiply_adds_formula": row.multiply_adds.python()},
        "output": {"outputs": [_shape(output.symbolic) for output in row.outputs]},
        "time steps": {
            "reads": row.time.reads if row.time else None,
            "time": time_note(row, in_names=True) if row.time else None,
        },
    }
    return {
        key: value
        for fact, values in found.items()
        if only is None or fact in only
        for key, value in values.items()
    }


def _shape(sizes: Sequence[Expr]) -> list[str]:
    return [size.python() for size in sizes]
