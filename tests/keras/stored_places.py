"""Where Keras stores the weights of one layer, by its own walk, without weights: for every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.analysis.application import weight_report
from seqinspect.compare.slots import slots_of_layer
from seqinspect.keras_model.build import runtime
from tests.rules.judge import compare, keras_side

if TYPE_CHECKING:
    from tests.rules.judge.draw import Draft

Places = dict[str, list[tuple[int, ...]]]


def of_keras(layer: Any) -> Places:
    """The shapes that `save_weights` would write for a layer, by place below it."""
    from keras.src.saving import saving_lib
    from keras.src.saving.keras_saveable import KerasSaveable

    found: Places = {}
    visited: set[int] = set()

    def one(item: Any, path: str) -> None:
        if id(item) in visited:
            return
        visited.add(id(item))
        store: dict[str, Any] = {}
        item.save_own_variables(store)
        if store:
            found[path] = [tuple(value.shape) for value in store.values()]
        for name, child in saving_lib._walk_saveable(item):
            if isinstance(child, KerasSaveable):
                one(child, f"{path}/{name}")
            elif isinstance(child, list | dict | tuple):
                several(child, f"{path}/{name}")

    def several(items: Any, path: str) -> None:
        used: dict[str, int] = {}
        for item in list(items.values()) if isinstance(items, dict) else items:
            if isinstance(item, KerasSaveable):
                name = saving_lib.naming.to_snake_case(type(item).__name__)
                one(item, f"{path}/{saving_lib._get_unique_name(name, used)}")
            elif isinstance(item, list | dict | tuple):
                several(item, f"{path}/{saving_lib._get_unique_name('container', used)}")

    one(layer, "")
    return found


def judge(draft: Draft) -> list[str]:
    """Where Keras and the rule disagree on one configuration; to be called inside `weightless`."""
    said = compare.ours(draft)
    if said.facts is None or said.layer is None:
        return []
    keras = runtime.load()
    try:
        made = keras_side.built(draft, said.layer)
        tensors = [
            keras.KerasTensor(tuple(size.value for size in x.shape), dtype=x.dtype)
            for _, _, x in draft.tensors()
        ]
        keras_side.called(made, draft, tensors)
        theirs = of_keras(made)
    except Exception:  # Keras refuses, or merges arrays that are not there: another judge's matter
        return []
    weights = [weight_report(weight) for weight in said.facts.weights]
    ours = {
        slot.path: [weight.shape for weight in slot.weights]
        for slot in slots_of_layer(said.layer, weights, "", said.layer.name)
        if slot.weights
    }
    return [] if ours == theirs else [f"{draft}: stored are {theirs}, not {ours}"]
