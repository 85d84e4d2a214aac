"""Explanation → JSON: the same answers for programs, with the pictures as what feeds what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.explain.single_layer import members, shown
from seqinspect.model.json_text import json_escape, json_text
from seqinspect.output.drawing.scene import slides
from seqinspect.output.explanation.answers import answer_words, question_words
from seqinspect.output.explanation.count import count_text, reasons, shapes, weight_cells
from seqinspect.output.explanation.picture import legend, scene_of
from seqinspect.output.explanation.steps import steps_words
from seqinspect.output.text import encodable
from seqinspect.output.unconfirmed_words import untried_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.explain.data import Explanation, LayerAnswer, Picture, Question, Trial
    from seqinspect.output.drawing.scene import Scene, SceneRow

SCHEMA = "seqinspect.explanation/1"

MOST_EDGES = 7
"""Of so many output steps it is said which input steps they read."""


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
    scene = scene_of(picture)
    stages = [_stage(scene, row, picture) for row in scene.rows if row.kind == "layer"]
    steps = [row.time.steps if row.time is not None else None for row in picture.report.top]
    made = [size for size, stage in zip(steps, stages, strict=False) if stage["kind"] == "spread"]
    outputs = made[-1] if made else steps[-1]
    return {
        "source": picture.source.name,
        "steps": None if picture.source.steps is None else picture.source.steps.value,
        "outputs": None if outputs is None else outputs.value,
        "stages": stages,
        "legend": list(legend(picture, scene)),
    }


def _stage(scene: Scene, row: SceneRow, picture: Picture) -> dict[str, Any]:
    kind, after = _kind(scene, row), row.anchor == "steps" and row.form in ("boxes", "chain")
    turned = any(each.kind == "order" and each.name == row.name for each in scene.rows)
    emits = "reversed" if turned else "all" if after else "one"
    if row.form == "chain" and not after:
        emits = row.anchor
    return {
        "layer": row.name,
        "kind": kind,
        "state": row.flow or None,
        "emits": emits,
        "weights": None if not row.letter else "own" if row.own else "shared",
        "reads": [*_edges(picture)] if kind == "lines" else [],
    }


def _kind(scene: Scene, row: SceneRow) -> str:
    """Return how a layer is drawn: what it makes of steps, or of one vector."""
    read = [each for each in row.readings if each.way in ("steps", "matrix", "whole")]
    above = scene.rows[read[0].source] if read else None
    before = above is not None and bool(above.steps) and above.form != "slots"
    after = row.anchor == "steps" and row.form in ("boxes", "chain")
    if row.form in ("chain", "unknown"):
        return "steps" if row.form == "chain" else "unknown"
    if before and after:
        crossing = any(each.way == "matrix" or slides(row, each) for each in read)
        return "lines" if crossing else "steps"
    return "gather" if before else "spread" if after else "vector"


def _edges(picture: Picture) -> Iterator[dict[str, Any]]:
    """Yield which input steps some output steps of the first layer read."""
    time, name = picture.report.rows[0].time, picture.source.name
    found = next((each for each in (time.depends if time else ()) if each.input == name), None)
    outputs = time.steps.value if time is not None and time.steps is not None else None
    for step in shown(outputs or 0, MOST_EDGES):
        read = members(found, step) if found is not None else None
        if read is not None:
            inputs = {"first": read.start, "last": read.stop - 1, "every": read.step}
            yield {"output": step, "inputs": inputs}


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
