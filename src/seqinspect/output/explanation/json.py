"""Explanation → JSON: the same answers for programs, with the pictures as what feeds what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from seqinspect.explain.data import Answer, Explanation, LayerAnswer, Picture, Trial

SCHEMA = "seqinspect.explanation/1"


def render(explanation: Explanation, version: str, *, encoding: str = "utf-8") -> str:
    """Return the JSON text of an explanation, indented."""
    text = json.dumps(as_data(explanation, version), indent=1, ensure_ascii=False)
    return encodable(text + "\n", encoding, escaped)


def as_data(explanation: Explanation, version: str) -> dict[str, Any]:
    """Return the explanation as JSON data."""
    report = explanation.report
    return {
        "schema": SCHEMA,
        "seqinspect": version,
        "model": report.model,
        "source": report.source,
        "answers": [_answer(answer) for answer in explanation.answers],
        "picture": _picture(explanation.picture),
        "layers": [_layer(layer) for layer in explanation.layers],
        "others": list(explanation.others),
        "keras": {"status": report.keras.status, "version": report.keras.version},
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {"question": answer.question, "answer": " ".join(answer.sentences)}


def _layer(layer: LayerAnswer) -> dict[str, Any]:
    return {
        "path": layer.path,
        "type": layer.type,
        "place": None if layer.place is None else str(layer.place),
        "shape": layer.shape,
        "params": layer.params,
        "equation": layer.count,
        "weights": [
            {"name": w.name, "shape": w.shape, "equation": w.equation, "meaning": w.meaning}
            for w in layer.weights
        ],
        "reasons": list(layer.reasons),
        "steps": list(layer.steps),
        "picture": _picture(layer.picture),
        "otherwise": [_answer(answer) for answer in layer.otherwise],
        "experiment": _trial(layer.trial),
    }


def _picture(picture: Picture | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    return {
        "source": picture.source,
        "steps": picture.steps,
        "outputs": picture.outputs,
        "stages": [
            {
                "layer": stage.layer,
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
        "legend": list(picture.legend),
    }


def _trial(trial: Trial) -> dict[str, Any] | None:
    if not trial.tables and not trial.reason:
        return None
    return {
        "agrees": trial.agrees,
        "reason": trial.reason or None,
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


def escaped(character: str) -> str:
    """Return a character as JSON writes it in ASCII."""
    return json.dumps(character)[1:-1]
