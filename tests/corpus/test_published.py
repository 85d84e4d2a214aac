"""41 models transcribed from articles and notebooks: the totals that their summaries print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seqinspect import Report, analyse, read_spec

PATH = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "published.jsonl"
MODELS: list[dict[str, Any]] = (
    [json.loads(line) for line in PATH.read_text("utf-8").splitlines()] if PATH.is_file() else []
)


def spec_of(model: dict[str, Any], patch: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Write a transcription in the dialect; `patch` sets arguments by class."""
    layers: list[dict[str, Any]] = []
    inputs: dict[str, Any] = {}
    for fact in model["code_facts"]:
        if fact.get("class_name") == "InputLayer":
            config = fact["config"]
            batch = {"batch": config["batch_size"]} if config.get("batch_size") else {}
            inputs[fact["name"]] = {"shape": config["shape"], **batch}
            if config.get("dtype"):
                inputs[fact["name"]]["dtype"] = config["dtype"]
            continue
        entry: dict[str, Any]
        if fact.get("shared_layer"):
            entry = {"reuse": fact["shared_layer"]}
        else:
            entry = {"class_name": fact["class_name"], "config": patched(fact, patch)}
        if "name" in fact:
            entry["name"] = fact["name"]
        if "inputs" in fact:
            names = [name.replace(":", ".") for name in fact["inputs"]]
            entry["from"] = names if len(names) > 1 else names[0]
        calls = {key: refs(value) for key, value in (fact.get("call_kwargs") or {}).items()}
        if calls:
            entry["call"] = calls
        layers.append(entry)
    spec: dict[str, Any] = {"layers": layers}
    if inputs:
        spec["inputs"] = inputs
        spec["outputs"] = [name.replace(":", ".") for name in model["outputs"]]
    else:
        spec["input"] = model["input_shape"]
    return spec


def patched(fact: dict[str, Any], patch: dict[str, dict[str, Any]]) -> dict[str, Any]:
    config = {**fact["config"], **patch.get(fact["class_name"], {})}
    inner = config.get("layer")
    if inner is not None:
        own = patch.get(inner["class_name"], {})
        config["layer"] = {**inner, "config": {**inner["config"], **own}}
    return config


def refs(value: Any) -> Any:
    if isinstance(value, list):
        return [refs(item) for item in value]
    return value.replace(":", ".") if isinstance(value, str) else value


def described(model: dict[str, Any], patch: dict[str, dict[str, Any]]) -> Report:
    text = json.dumps(spec_of(model, patch)).encode()
    return analyse(read_spec(text, name=f"{model['id']}.json"))


def test_all_models_are_there(corpus: Path) -> None:
    assert len(MODELS) == 41
    assert corpus.is_dir()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model["id"])
def test_the_total_of_keras(model: dict[str, Any]) -> None:
    assert described(model, {}).params == model["keras_total"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model["id"])
def test_the_total_that_was_printed(model: dict[str, Any]) -> None:
    if not model.get("match", True) and not model.get("era_patch"):
        assert model["why_different"]
        assert described(model, {}).params != model["total_params"]
        return
    assert described(model, model.get("era_patch", {})).params == model["total_params"]
