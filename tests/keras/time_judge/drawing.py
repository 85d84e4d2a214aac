"""Random whole models as specs: masks, states, branches, shared and nested parts, operators."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from tests.keras.time_judge.on_one_tensor import layer, starting_from
from tests.keras.time_judge.on_several_tensors import (
    inner_embedding,
    inner_join,
    inner_model,
    join,
    operator,
    residual,
)
from tests.keras.time_judge.real_model import RealModel, sources_of

if TYPE_CHECKING:
    from tests.keras.time_judge.real_model import Entry, Spec

MOST_STEPS = 12
"""Steps of an input of a model all of whose steps are moved."""

MOST_NUMBERS = 120
"""Numbers in one sample of a tensor, beside its steps."""

Shape = tuple[int, ...]


class Draft:
    """A spec as far as it is drawn, with its Keras model, which accepts or refuses each entry."""

    def __init__(self, seed: str, *, steps: int = 0) -> None:
        self.random = Random(seed)
        self.long = steps > 0
        self.count = 0
        self.reusable: list[str] = []
        self.integers: set[str] = set()
        self.spec: Spec = {"dims": {}, "inputs": {}, "layers": []}
        self._draw_inputs(steps)
        self.model = RealModel(self.spec)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def choice(self, items: Any) -> Any:
        return self.random.choice(items)

    def size(self, name: str, number: int) -> Any:
        """Return a number or, half the time, a name for it; a name keeps its first number."""
        if self.chance(0.5):
            return number
        dims = self.spec["dims"]
        numbered = f"{name}{number}"
        dims[numbered] = number
        self.model.sizes[numbered] = number
        return numbered

    def name(self) -> str:
        self.count += 1
        return f"layer{self.count}"

    def width(self) -> Any:
        return self.size("u", self.integer(2, 4))

    def steps_of(self, name: str) -> Shape:
        return tuple(size or 1 for size in self.model.tensors[name].shape[1:])

    def are_apart(self, one: str, other: str) -> bool:
        """Whether nothing that one of two tensors is made of is the other, or made both."""
        both = self._made_of(one) & self._made_of(other)
        return both <= self.model.inputs.keys() - {one, other}

    def _made_of(self, name: str) -> set[str]:
        """The calls and the inputs that a tensor is made of."""
        entries = {entry["name"]: entry for entry in self.spec["layers"]}
        pending, found = [name], set[str]()
        while pending:
            call = pending.pop().partition(".")[0]
            if call in entries and call not in found:
                pending += sources_of(entries[call])
                pending += entries[call].get("call", {}).get("initial_state", [])
            found.add(call)
        return found

    def _draw_inputs(self, steps: int) -> None:
        inputs, dims = self.spec["inputs"], self.spec["dims"]
        for index in range(1 if self.chance(0.5) else 2):
            # Two inputs have as many steps as each other or not, by name or by number.
            label = self.choice(["T", "S"]) if index else "T"
            dims.setdefault(label, steps or self.integer(2, MOST_STEPS))
            shape: list[Any] = [label if self.long or self.chance(0.7) else dims[label]]
            name, form = f"in{index}", self.random.random()
            if form < 0.4:
                inputs[name] = {"shape": shape, "dtype": "int32"}
            elif form < 0.5 and not self.long:
                inputs[name] = {"shape": [*shape, self.integer(2, 3)], "dtype": "int32"}
            else:
                inputs[name] = {"shape": [*shape, self.integer(2, 4)]}
            if "dtype" in inputs[name]:
                self.integers.add(name)
        if self.chance(0.15):
            inputs["static"] = {"shape": [self.integer(2, 4)]}
        if self.chance(0.1):
            inputs["item"] = {"shape": [1], "dtype": "int32"}
            self.integers.add("item")

    def extend(self) -> None:
        """Add one entry, if Keras can call it."""
        entry = _entry(self)
        if entry is None:
            return
        name = self.name()
        entry = {**entry, "name": name}
        before = dict(self.spec["dims"])
        try:
            self.model.add(entry)
            shapes = [tuple(x.shape) for x in self.model.tensors.values()]
            if any(_is_large(shape, long=self.long) for shape in shapes):
                self._remove(name)
                raise ValueError(name)
        except Exception:
            self.spec["dims"] = before
            return
        self.spec["layers"].append(entry)
        if "int" in str(self.model.tensors[name].dtype):
            self.integers.add(name)
        if not entry.keys() & {"reuse", "GetItem", "operator", "Embedding"}:
            self.reusable.append(name)

    def _remove(self, name: str) -> None:
        self.model.entries.pop()
        self.model.layers.pop(name)
        tensors = self.model.tensors
        for each in [each for each in tensors if each.partition(".")[0] == name]:
            del tensors[each]


def _is_large(shape: tuple[int | None, ...], *, long: bool) -> bool:
    numbers = 1
    for size in shape[1:]:
        if not size:
            return True
        numbers *= size
    return numbers > (60_000 if long else 4 * MOST_NUMBERS)


def draw(seed: str, *, steps: int = 0) -> Spec:
    """Return the spec that a seed stands for; with `steps`, a long one."""
    draft = Draft(seed, steps=steps)
    wanted, tries = draft.integer(2, 8), 0
    while len(draft.spec["layers"]) < wanted and tries < 60:
        tries += 1
        draft.extend()
    layers = [entry["name"] for entry in draft.spec["layers"]]
    outputs = layers[-1:]
    if draft.chance(0.3):
        made = [name for name in draft.model.tensors if name not in draft.model.inputs]
        outputs = list(dict.fromkeys([*draft.random.sample(made, min(2, len(made))), *outputs]))
    return {**draft.spec, "layers": _needed(draft.spec["layers"], outputs), "outputs": outputs}


def _needed(entries: list[Entry], outputs: list[str]) -> list[Entry]:
    """Leave out what no output needs: Keras does not call it.

    A call of a layer whose first call is left out is then the first one itself.
    """
    by_name = {entry["name"]: entry for entry in entries}
    needed, found = {name.partition(".")[0] for name in outputs}, []
    for entry in reversed(entries):
        if entry["name"] in needed:
            found.append(entry)
            read = [*sources_of(entry), *entry.get("call", {}).get("initial_state", [])]
            needed |= {name.partition(".")[0] for name in read}
    first: dict[str, str] = {}
    kept = []
    for entry in reversed(found):
        made = entry
        if "reuse" in entry:
            layer = entry["reuse"]
            if layer in needed or layer in first:
                made = {**entry, "reuse": first.get(layer, layer)}
            else:
                first[layer] = entry["name"]
                own = {key: each for key, each in by_name[layer].items() if key[0].isupper()}
                made = {**own, "from": entry["from"], "name": entry["name"]}
        kept.append(made)
    return kept


def _entry(d: Draft) -> Entry | None:
    names = list(d.model.tensors)
    source = names[-1] if d.chance(0.65) else d.choice(names)
    if source in d.integers:
        if d.chance(0.1) and not d.long:
            return {**inner_embedding(d, d.steps_of(source)), "from": source}
        return _embedding(d, source)
    usable = [name for name in names if name not in d.integers]
    if len(usable) > 1 and d.chance(0.3):
        return inner_join(d, usable) if d.chance(0.1) and not d.long else join(d, usable)
    if d.reusable and d.chance(0.12):
        return {"reuse": d.choice(d.reusable), "from": source}
    shape = d.steps_of(source)
    if d.long and len(shape) == 2 and shape[0] == d.model.sizes["T"] and d.chance(0.3):
        return residual(d, source)
    if d.chance(0.1) and not d.long:
        return {**inner_model(d, shape), "from": source}
    if len(shape) == 2 and d.chance(0.07) and not d.long:
        return {**operator(d, shape), "from": source}
    vectors = [name for name in usable if len(d.steps_of(name)) == 1]
    if vectors and len(shape) == 2 and d.chance(0.15):
        same = d.steps_of(d.choice([name for name in vectors if "." in name] or vectors))
        fits = [name for name in vectors if d.steps_of(name) == same]
        return {**starting_from(d, fits), "from": source}
    made = layer(d, shape)
    kind = next(iter(made))
    if kind in ("LSTM", "GRU", "SimpleRNN") and d.chance(0.25):
        units = d.model.number(made[kind]["units"])
        states = [name for name in usable if d.steps_of(name) == (units,)]
        if states:
            count = 2 if kind == "LSTM" else 1
            state = {"initial_state": [d.choice(states) for _ in range(count)]}
            return {**made, "from": source, "call": state}
    return {**made, "from": source}


def _embedding(d: Draft, source: str) -> Entry:
    options = {"input_dim": 9, "output_dim": d.width(), "mask_zero": d.chance(0.7)}
    return {"Embedding": options, "from": source}
