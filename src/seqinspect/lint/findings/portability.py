"""SEQ5xx: what runs with one Keras, or on one kind of machine, and not on the next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.lint.edits import with_argument
from seqinspect.lint.registry import finding, finding_kind, problem_finder
from seqinspect.model.finding import Edit
from seqinspect.model.nesting import layers_of, models_of
from seqinspect.model.reasons import RenamedClass, Translated
from seqinspect.readers.keras_config.keras1 import CLASSES, FIRST_LAYER, NEVER_LAYERS, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.errors import Place, Problem
    from seqinspect.lint.model_index import ModelIndex, Use
    from seqinspect.model.finding import Finding
    from seqinspect.model.graph import Graph
    from seqinspect.model.reasons import Translation

FIRST = re.compile(rf"\b({'|'.join(FIRST_LAYER)})['\"]?\s*:\s*$")


@finding_kind(
    "SEQ501",
    "old-keras-idiom",
    "note",
    message={
        "warns": "`{argument}` describes the input on a layer: Keras 3 warns of it",
        "refuses": "`{argument}` describes the input on a layer: Keras 3 refuses it",
        "translated": "{layer} is not as Keras 3 writes it: {translated}",
        "refused argument": "{layer} has the argument `{argument}` of an older Keras, which changes"
        " nothing here: Keras 3 refuses it",
        "file": "{layer} and {others} other layers are not as Keras 3 writes them: {translated}",
        "unusable": "{what}",
    },
    remedy={
        "": "write `input:` at the top of the spec",
        "translated": "write it as Keras 3 has it, or save the config again with Keras 3",
        "refused argument": "remove it",
        "unusable": "{fix}",
    },
    fixable="safe",
)
def old_idiom(model: ModelIndex) -> Iterator[Finding]:
    """A legacy idiom, of Keras 1 or 2, that Keras 3 warns of or refuses.

    ### What
    The first layer describes the input (`input_shape`, `batch_input_shape`, `input_dim`), or the
    config names classes and arguments as an older Keras did (`TimeDistributedDense`, `nb_filter`,
    `inner_activation`, `CuDNNLSTM`, `forget_bias_init`, `time_major`). Where the meaning is plain
    the spec is read all the same. A model that Keras wrote, or code, is said to be old once.

    ### Why it matters
    Keras 3 refuses `batch_input_shape`, `nb_filter` and most of the old classes, and warns of
    `input_shape`. The spec says nothing of that kind: it would be copied into code.

    ### Remedy
    Write `input: [T, n]` (with a batch: `input: {shape: [T, n], batch: 32}`), and the names of
    Keras 3.

    ### Example
    ```yaml
    layers:
      - LSTM: {units: 16, batch_input_shape: [32, 10, 8]}
    ```
    Instead:
    ```yaml
    input: {shape: [10, 8], batch: 32}
    layers:
      - LSTM: 16
    ```
    """
    old = [call for call in model.calls if _of_old(call.row.translated)]
    if model.graph.keras and len(old) > 1:  # a file, and code, is all of one age
        yield finding(
            old[0].node.place,
            layer=old[0],
            variant="file",
            remedy="translated",
            others=len(old) - 1,
            translated=_of_old(old[0].row.translated),
        )
        return
    for use, argument in _refused_arguments(model):
        yield finding(use.at(argument), layer=use, variant="refused argument", argument=argument)
        if model.graph.saved:
            return
    for given in (given for graph in models_of(model.graph) for given in graph.inputs):
        place = given.place
        if place is None or model.graph.lines is None:
            continue
        match = FIRST.search(model.graph.lines(place)[: place.column - 1])
        if match:
            argument = match[1]
            yield finding(
                place,
                variant="warns" if argument in ("input_shape", "input_dim") else "refuses",
                remedy="translated" if model.graph.saved else "",
                argument=argument,
            )
    for call in old:
        yield finding(
            call.node.place,
            layer=call,
            variant="translated",
            translated=_of_old(call.row.translated),
        )


def _refused_arguments(model: ModelIndex) -> Iterator[tuple[Use, str]]:
    """Yield the arguments that were passed over and that Keras 3 refuses, with their layers."""
    for uses in model.uses.values():
        for use in uses:
            for name in sorted(REFUSED & use.layer.places.keys()):
                yield use, name


def _of_old(translated: tuple[Translation, ...]) -> tuple[Translation, ...]:
    """What an older Keras called otherwise; a function of the author's own has no age."""
    return tuple(each for each in translated if isinstance(each, Translated | RenamedClass))


@problem_finder("SEQ501")
def refused_idiom(problem: Problem, graph: Graph | None) -> Iterator[Finding]:
    """A class or an argument of Keras 1 or 2 that cannot be read in a spec."""
    del graph
    name, place, renamed = problem.received, problem.place, problem.renamed
    old = problem.about == "unknown layer" and name in CLASSES and name not in NEVER_LAYERS
    if old or renamed:
        edits = (_renaming(place, name, renamed, problem.line),) if renamed and place else ()
        yield finding(place, variant="unusable", edits=edits, what=problem.what, fix=problem.remedy)


def _renaming(place: Place, name: str, renamed: str, line: str) -> Edit:
    """Write another name where one stands, within its quotes."""
    quoted = f'"{name}"' in line or f"'{name}'" in line
    return Edit(place._replace(column=place.column + quoted), name, renamed)


@finding_kind(
    "SEQ502",
    "needs-a-gpu",
    message="{layer} has use_cudnn: true: without an NVIDIA GPU Keras refuses to run it",
    remedy="leave use_cudnn at auto",
    on=lambda traits: traits.fused_kernel,
    fixable="safe",
)
def needs_gpu(model: ModelIndex) -> Iterator[Finding]:
    """`use_cudnn: true` makes a layer that runs on an NVIDIA GPU only.

    ### What
    With `use_cudnn: true` Keras does not fall back to its own loop: it raises an error where cuDNN
    cannot be used.

    ### Why it matters
    The model trains on one machine and cannot be loaded for prediction on another one.

    ### Remedy
    Leave `use_cudnn` at auto: Keras then uses cuDNN wherever it can.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, use_cudnn: true}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, use_cudnn: auto}
    ```
    """
    for use in model.of(lambda traits: traits.fused_kernel):
        if use.get("use_cudnn", "auto") is True:
            yield finding(
                use.at("use_cudnn"),
                layer=use,
                edits=with_argument(use.call.graph, use.layer, "use_cudnn", "auto"),
            )


@finding_kind("SEQ503", "unsafe-layer", message="{what}", remedy="{fix}")
def unsafe_layer(model: ModelIndex) -> Iterator[Finding]:
    """A layer holds code or names a file: whoever loads the model runs or opens it.

    ### What
    A Lambda, or an argument that is a function, holds Python code; a TFSMLayer, a
    TorchModuleWrapper or a vocabulary names or holds a file. seqinspect runs no code and opens no
    file of a config: the layer's row says what it wants, and its shape is not known.

    ### Why it matters
    Loading such a model runs what its author wrote. Keras's `safe_mode` refuses some of it and
    not all. It ties the model to one version of Python, and what the layer makes cannot be stated.

    ### Remedy
    Write it with Keras's own layers, such as Multiply, Reshape, Rescaling or Activation, or as a
    custom layer; give a vocabulary as a list. Load it only if you trust its author.

    ### Example
    ```yaml
    class_name: Sequential
    config:
    - {class_name: InputLayer, config: {batch_input_shape: [null, 10, 8]}}
    - {class_name: Lambda, config: {name: half, function: [4wAAAA==, null, null]}}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - Rescaling: 0.5
    ```
    """
    from seqinspect.readers.keras_config.unsafe import unsafe_problems  # noqa: PLC0415 - the reader of configs

    if any(layer.unsupported or layer.translated for layer in layers_of(model.graph)):
        for problem in unsafe_problems(model.graph):
            yield finding(problem.place, what=problem.what, fix=problem.remedy)
