"""Findings on layers hold wherever the layers stand: at the top, in a model, in wrappers, in both.

Every example of a finding, of its manual page and of its case file, is placed in each form. Where a
form means nothing it is named below, with the reason.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from seqinspect.lint.registry import all_kinds
from seqinspect.lint.run import Plan, check_data

CASES = Path(__file__).parent / "cases"
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
FORMS = ("model", "wrappers", "wrapped model")
OUTER = 7
"""So many steps the wrapper goes through, in front of those that the example has."""

OF_THE_FILE = {
    "SEQ002": "what Keras says of a model",
    "SEQ003": "what Keras says of a model",
    "SEQ004": "`expect:` of a model",
    "SEQ005": "a budget of a model",
    "SEQ006": "a lock of a model",
    "SEQ007": "a comment",
    "SEQ008": "a comment",
    "SEQ009": "the settings of a project",
    "SEQ109": "the output of a model that is called an autoencoder",
    "SEQ202": "the narrowest layer between the input and the output of a model",
    "SEQ204": "a name under `dims`",
    **{f"SEQ60{number}": "data for a model" for number in range(1, 8)},
}
"""Findings that are not about a layer."""

MEANINGLESS = {
    ("SEQ001 no input", "model"): "a file says no input",
    ("SEQ001 no input", "wrappers"): "a file says no input",
    ("SEQ001 no input", "wrapped model"): "a file says no input",
    ("SEQ110 features first, and the steps come first", "wrappers"): "time is an outer axis",
    ("SEQ112 steps behind frequencies, with channels joined", "wrappers"): "likewise",
    ("SEQ112 steps behind frequencies, with channels joined", "wrapped model"): "likewise",
    ("SEQ112 steps before frequencies, and last behind it", "wrappers"): "likewise",
    ("SEQ112 steps before frequencies, and last behind it", "wrapped model"): "likewise",
    ("SEQ106 attention without a mask", "wrappers"): "TimeDistributed gives its layer one tensor",
    ("SEQ111", "wrappers"): "it is about the input of a model that reads (batch, T, n)",
    ("SEQ111", "wrapped model"): "likewise",
    ("SEQ115", "wrappers"): "every step of the outer axis is seen by itself",
    ("SEQ115", "wrapped model"): "likewise",
    ("SEQ203 an input that nobody reads", "model"): "an input is no layer",
    ("SEQ203 an input that nobody reads", "wrappers"): "an input is no layer",
    ("SEQ118", "wrappers"): "the steps of the outer axis do not see each other",
    ("SEQ118", "wrapped model"): "likewise",
    ("SEQ119", "wrappers"): "TimeDistributed gives its layer one tensor",
    ("SEQ203 an input that nobody reads", "wrapped model"): "an input is no layer",
    ("SEQ301", "wrappers"): "a wrapper does not pass on the mask that its layer makes",
    ("SEQ302", "wrappers"): "a wrapper does not pass on the mask that its layer makes",
    ("SEQ304", "wrappers"): "a layer in TimeDistributed has one output",
    ("SEQ305", "wrappers"): "a wrapper does not pass on the mask that its layer makes",
    ("SEQ305 manual page", "model"): "a model that begins with an Embedding reads (batch, T)",
    ("SEQ305 manual page", "wrapped model"): "likewise",
    ("SEQ306", "wrappers"): "TimeDistributed gives its layer one tensor",
    ("SEQ405 weights of an attention", "wrappers"): "TimeDistributed gives its layer one tensor",
    ("SEQ406 losses of two outputs in their order", "model"): "a model within has one loss",
    ("SEQ406 losses of two outputs in their order", "wrappers"): "likewise",
    ("SEQ406 losses of two outputs in their order", "wrapped model"): "likewise",
    ("SEQ411", "wrappers"): "TimeDistributed says that there are classes for every step",
    ("SEQ411", "wrapped model"): "likewise",
    ("SEQ413 copies of a step", "wrappers"): "of the steps within a step no copies are known",
    ("SEQ413 groups of one channel, along copies", "wrappers"): "likewise",
    ("SEQ413 a softmax of copies", "wrappers"): "likewise",
    ("SEQ413 a tensor from itself", "wrappers"): "a wrapper calls its layer on one tensor",
    ("SEQ413 what one layer made of one tensor in two calls", "wrappers"): "likewise",
    ("SEQ501 a file that Keras wrote is said to be old once", "wrappers"): "two of one name",
    ("SEQ501 time_major, which every file of TensorFlow 2 has", "wrappers"): "two of one name",
    ("SEQ407 a recurrent layer at the end", "wrappers"): "what has four axes is a picture",
    ("SEQ407 a recurrent layer at the end", "wrapped model"): "likewise",
    ("SEQ501 manual page", "wrappers"): "a layer in a wrapper does not describe the model's input",
    ("SEQ501 batch_input_shape", "wrappers"): "likewise",
    ("SEQ501 input_shape", "wrappers"): "likewise",
}
"""Forms of an example, or of all of a finding, that mean nothing, and why."""


Spec = dict[str, Any]


def examples() -> list[tuple[str, str, Spec]]:
    found = []
    for kind in all_kinds().values():
        if kind.code not in OF_THE_FILE:
            cases = yaml.load((CASES / f"{kind.code}.yaml").read_text("utf-8"), yaml.CSafeLoader)
            texts = [(case["name"], case["spec"]) for case in cases if case["at"] is not None]
            texts += [("manual page", text) for text in BLOCK.findall(kind.page)[:1]]
            found += [(kind.code, name, yaml.load(text, yaml.CSafeLoader)) for name, text in texts]
    return found


def formed(spec: Spec, form: str) -> Spec:
    """Place the layers of a spec in a form; what goes through wrappers has one more axis."""
    if "class_name" in spec:
        return formed_config(spec, form)
    spec = dict(with_input(spec))
    layers = spec["layers"]
    named = any(isinstance(entry, dict) and "from" in entry for entry in layers)
    wired = named or "return_state" in str(layers)
    outputs = {"outputs": spec.pop("outputs")} if "outputs" in spec else {}
    inner: Spec = (
        {"Functional": {"input": spec["input"], "layers": layers, **outputs}}
        if wired
        else {"Sequential": {"layers": layers}}
    )
    if form == "model":
        return {**spec, "layers": [inner]}
    entries = [{"TimeDistributed": inner}] if form == "wrapped model" else map(in_wrapper, layers)
    return {**through_steps(spec), "layers": list(entries)}


def with_input(spec: Spec) -> Spec:
    """Give a spec the input that its first layer describes."""
    if "input" in spec or "inputs" in spec:
        return spec
    (arguments,) = spec["layers"][0].values()
    if "input_shape" in arguments:
        return {"input": arguments["input_shape"], **spec}
    batch, *shape = arguments["batch_input_shape"]
    return {"input": {"shape": shape, "batch": batch}, **spec}


def through_steps(spec: Spec) -> Spec:
    """Put an axis in front of those that the input has; time stays where it was."""
    given = spec["input"] if isinstance(spec["input"], dict) else {"shape": spec["input"]}
    expect = dict(spec.get("expect", {}))
    time: Spec = {"time_axis": 2} if "causal" in expect else {}
    if "target" in expect:
        batch, *sizes = expect["target"]
        expect["target"] = [batch, OUTER, *sizes]
    given = {**given, "shape": [OUTER, *given["shape"]], **time}
    return {**spec, "input": given, **({"expect": expect} if expect else {})}


def in_wrapper(entry: str | Spec) -> Spec:
    if isinstance(entry, str):
        return {"TimeDistributed": entry}
    (kind, arguments), *beside = entry.items()
    if isinstance(arguments, dict) and "name" in arguments:
        beside += [("name", arguments["name"])]
        arguments = {key: value for key, value in arguments.items() if key != "name"}
    return {"TimeDistributed": {kind: arguments}, **dict(beside)}


def formed_config(spec: Spec, form: str) -> Spec:
    """Place the layers of a config of Keras."""
    first, *layers = spec["config"]
    arguments = dict(first["config"])
    batch, *sizes = arguments.pop("batch_input_shape")
    if first["class_name"] != "InputLayer":
        layers, arguments = [{**first, "config": arguments}], {}
    shape = [batch, *sizes] if form == "model" else [batch, OUTER, *sizes]
    given = {"class_name": "InputLayer", "config": {**arguments, "batch_input_shape": shape}}
    inner = {"class_name": "Sequential", "config": layers}
    entries = [inner] if form == "model" else [wrapper_config(inner)]
    if form == "wrappers":
        entries = [wrapper_config(layer) for layer in layers]
    return {**spec, "config": [given, *entries]}


def wrapper_config(layer: Spec) -> Spec:
    return {"class_name": "TimeDistributed", "config": {"name": "each", "layer": layer}}


TRIED = [
    pytest.param(code, spec, form, id=f"{code} {name}, {form}")
    for code, name, spec in examples()
    for form in FORMS
    if not {(code, form), (f"{code} {name}", form)} & MEANINGLESS.keys()
    and ("inputs" not in spec or len(spec["inputs"]) == 1)  # a form has one input
]


@pytest.mark.parametrize(("code", "spec", "form"), TRIED)
def test_a_finding_is_found_wherever_the_layers_stand(code: str, spec: Spec, form: str) -> None:
    alone = json.loads(json.dumps(formed(spec, form)))  # without aliases
    text = yaml.safe_dump(alone, sort_keys=False, default_flow_style=None)
    outcome = check_data("model.yaml", text.encode(), Plan(static=True))
    assert code in {finding.code for finding in outcome.findings}, f"{text}{outcome.findings}"
