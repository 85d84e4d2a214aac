"""Explanation → JSON: the same answers for programs, with the pictures as what feeds what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.model.json_text import json_escape, json_text
from seqinspect.output.explanation.answers import answer_words, question_words
from seqinspect.output.explanation.count import count_text, reasons, shapes, weight_cells
from seqinspect.output.explanation.legend import legend
from seqinspect.output.explanation.steps import steps_words
from seqinspect.output.text import encodable
from seqinspect.output.unconfirmed_words import untried_text

if TYPE_CHECKING:
    from seqinspect.explain.data import Explanation, LayerAnswer, Picture, Question, Trial

SCHEMA = "seqinspect.explanation/1"


def render(explanation: Explanation, version: str, *, encoding: str = "utf-8") -> str:
    """Return the JSON text of an explanation, indented."""
    text = json_text(as_data(explanation, version), indent=1)
    return encodable(text + "\n", encoding, json_escape)


def as_data(explanation: Explanation, version: str) -> dict[str, Any]:
    """Return the explanation as JSON data."""
    report = explanation.report
    return {
        "schema": SCHEMA,
        "seqinspect": version,
        "model": report.model,
        "source": report.source,
        "answers": [_answer(asked) for asked in explanation.answers],
        "picture": _picture(explanation.picture),
        "layers": [_layer(layer) for layer in explanation.layers],
        "others": list(explanation.others),
        "keras": {"status": report.keras.status, "version": report.keras.version},
    }


def _answer(asked: Question) -> dict[str, Any]:
    return {"question": question_words(asked), "answer": " ".join(answer_words(asked))}


def _layer(layer: LayerAnswer) -> dict[str, Any]:
    row = layer.row
    cells = ("name", "shape", "equation", "meaning")
    return {
        "path": row.path,
        "type": row.type,
        "place": None if row.place is None else str(row.place),
        "shape": shapes(layer),
        "params": row.params if row.complete else None,
        "equation": count_text(row),
        "weights": [dict(zip(cells, weight_cells(each), strict=True)) for each in layer.weights],
        "reasons": list(reasons(row)),
        "steps": list(steps_words(layer.steps)),
        "picture": _picture(layer.picture),
        "otherwise": [_answer(asked) for asked in layer.otherwise],
        "experiment": _trial(layer.trial),
    }


def _picture(picture: Picture | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    return {
        "source": picture.source.name,
        "steps": picture.steps.value,
        "outputs": None if picture.outputs is None else picture.outputs.value,
        "stages": [
            {
                "layer": stage.row.name,
                "kind": stage.kind,
                "state": stage.flow or None,
                "emits": stage.emits,
                "weights": stage.kernel or None,
                "reads": [
                    {
                        "output": step,
                        "inputs": {"first": r.start, "last": r.stop - 1, "every": r.step},
                    }
                    for step, r in stage.edges
                ],
            }
            for stage in picture.stages
        ],
        "legend": list(legend(picture)),
    }


def _trial(trial: Trial) -> dict[str, Any] | None:
    if not trial.tables and trial.reason is None:
        return None
    return {
        "agrees": trial.agrees,
        "reason": None if trial.reason is None else untried_text(trial.reason),
        "input": trial.size or None,
        "tables": [
            {
                "input": table.input,
                "claim": [list(row) for row in table.claim],
                "moved": [list(row) for row in table.moved],
                "agrees": table.agrees,
            }
            for table in trial.tables
        ],
    }
