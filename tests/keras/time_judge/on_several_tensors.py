"""Random calls on several tensors, models within the model, and operators of code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.keras.time_judge.on_one_tensor import layer

if TYPE_CHECKING:
    from tests.keras.time_judge.drawing import Draft, Shape
    from tests.keras.time_judge.real_model import Entry


def join(d: Draft, usable: list[str]) -> Entry | None:
    """A layer for several tensors that may fit; Keras decides."""
    a = d.choice(usable)
    shape = d.steps_of(a)
    same = [name for name in usable if d.steps_of(name) == shape]
    form = d.random.random()
    if form < 0.3:
        kind = d.choice(["Add", "Multiply", "Average", "Maximum", "Minimum", "Add"])
        sources = [a, d.choice(same)]
        if d.chance(0.15):
            sources.append(d.choice(same))
        return {kind: {}, "from": sources}
    if form < 0.36:
        other = d.choice([name for name in same if d.are_apart(a, name)] or [None])
        kind = d.choice(["Subtract", "Subtract", "Dot"])
        options = {"axes": d.choice([1, 2, -1])} if kind == "Dot" else {}
        return {kind: options, "from": [a, other]} if other else None
    if form < 0.62:
        axis = d.choice([-1, -1, *range(1, len(shape) + 1)])
        place = axis - 1 if axis > 0 else len(shape) - 1
        fits = [
            name
            for name in usable
            if len(d.steps_of(name)) == len(shape)
            and all(
                x == y
                for i, (x, y) in enumerate(zip(d.steps_of(name), shape, strict=True))
                if i != place
            )
        ]
        others = [d.choice(fits) for _ in range(d.integer(1, 2))]
        return {"Concatenate": {"axis": axis}, "from": [a, *others]}
    if form < 0.67 and len(shape) == 2 and not d.long:
        kind = d.choice(["add", "multiply", "maximum", "concatenate", "shift"])
        return {"operator": kind, "from": [a, d.choice(same)]}
    if len(shape) == 3 and not d.long:
        options = {"num_heads": 1, "key_dim": 2, "attention_axes": d.choice([[1], [2], [1, 2]])}
        return {"MultiHeadAttention": options, "from": [a, d.choice(same)]}
    sequences = [name for name in usable if len(d.steps_of(name)) == 2]
    if len(shape) != 2 or d.long:
        return None
    return _attention(d, a, [n for n in sequences if d.steps_of(n)[0] > 1])


def _attention(d: Draft, query: str, sequences: list[str]) -> Entry | None:
    width = d.steps_of(query)[1]
    fits = [name for name in sequences if d.steps_of(name)[1] == width]
    if not fits:
        return None
    call = {"use_causal_mask": True} if d.chance(0.5) else {}
    if d.chance(0.1):
        call["return_attention_scores"] = True
    kind = d.choice(["MultiHeadAttention", "Attention", "AdditiveAttention", "GroupQueryAttention"])
    if d.chance(0.3) and query in fits:
        fits = [query]
    if kind == "MultiHeadAttention":
        value = query if fits == [query] else d.choice(sequences)
        options = {"num_heads": d.integer(1, 2), "key_dim": 2, **_of_heads(d)}
        return {kind: options, "from": [query, value, *_key(d, value)], "call": call}
    options, value = {}, d.choice(fits)
    if kind == "GroupQueryAttention":
        options = {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": d.integer(1, 2)}
        options |= _of_heads(d)
    elif d.chance(0.2):
        options = {"use_scale": d.chance(0.5)}
        if kind == "Attention" and d.chance(0.5):
            options["score_mode"] = "concat"
    return {kind: options, "from": [query, value, *_key(d, value)], "call": call}


def _of_heads(d: Draft) -> Entry:
    """Options of attention in heads; one that drops something takes Keras's slow way."""
    options: Entry = {}
    for name, value in (
        ("sliding_window", d.integer(1, 3)),
        ("dropout", 0.2),
        ("use_gate", True),
    ):
        if d.chance(0.12):
            options[name] = value
    return options


def _key(d: Draft, value: str) -> list[str]:
    """A key of its own now and then, of as many steps and features as the value."""
    names = [name for name in d.model.tensors if name not in d.integers]
    fits = [name for name in names if d.steps_of(name) == d.steps_of(value)]
    return [d.choice(fits)] if d.chance(0.15) else []


def inner_model(d: Draft, shape: Shape) -> Entry:
    """A model within the model; its layers have names, so that both sides call them the same."""
    one = {**layer(d, shape), "name": f"inner{d.count}a"}
    two = {**layer(d, shape), "name": f"inner{d.count}b"}
    if d.chance(0.5):
        if d.chance(0.5):
            return {"Sequential": {"layers": [one]}}
        _options(one).pop("return_state", None)  # the next layer reads one tensor
        return {"Sequential": {"layers": [one, two]}}
    return {
        "Functional": {
            "inputs": {"x": list(shape)},
            "layers": [{**one, "from": "x"}, {**two, "from": d.choice([one["name"], "x"])}],
            "outputs": d.choice([[two["name"]], [two["name"], one["name"]]]),
        }
    }


def _options(entry: Entry) -> Entry:
    """The options of a layer, or of that within a wrapper."""
    (options,) = (value for key, value in entry.items() if key[0].isupper())
    inner = options.get("layer")
    return _options(inner) if isinstance(inner, dict) else options


def inner_join(d: Draft, usable: list[str]) -> Entry | None:
    """A model within the model that is called on two tensors of as many axes as each other."""
    a = d.choice(usable)
    shape = d.steps_of(a)
    others = [name for name in usable if len(d.steps_of(name)) == len(shape)]
    b = d.choice(others)
    one = {**layer(d, shape), "name": f"inner{d.count}a", "from": d.choice(["x", "y"])}
    kind = d.choice(["Add", "Concatenate", "Concatenate", "Attention"])
    options = {"axis": d.choice([1, -1])} if kind == "Concatenate" else {}
    both = d.random.sample([d.choice(["x", one["name"]]), "y"], 2)
    two = {kind: options, "name": f"inner{d.count}b", "from": both}
    inputs = {"x": list(shape), "y": list(d.steps_of(b))}
    outputs = d.choice([[two["name"]], [two["name"]], [two["name"], one["name"]]])
    return {
        "Functional": {"inputs": inputs, "layers": [one, two], "outputs": outputs},
        "from": [a, b],
    }


def inner_embedding(d: Draft, shape: Shape) -> Entry:
    """A model within the model that makes a mask of its own, of integers."""
    embedding = {"Embedding": {"input_dim": 9, "output_dim": 2, "mask_zero": d.chance(0.8)}}
    one = {**embedding, "name": f"inner{d.count}a", "from": "x"}
    two = {**layer(d, (*shape, 2)), "name": f"inner{d.count}b", "from": one["name"]}
    outputs = d.choice([[two["name"]], [one["name"]], [two["name"], one["name"]]])
    inputs = {"x": {"shape": list(shape), "dtype": "int32"}}
    return {"Functional": {"inputs": inputs, "layers": [one, two], "outputs": outputs}}


def operator(d: Draft, shape: Shape) -> Entry:
    first = d.integer(0, max(0, shape[0] - 2))
    slices: list[Any] = [
        -1,
        0,
        [first, shape[0], None],
        [None, shape[0] - first, None],
        [None, None, 2],
        [None, None, -1],
        [None, None, -2],
        [shape[0] - 1 - first, 0, -1],
    ]
    if d.chance(0.3):
        half = max(1, shape[1] // 2)
        parts: list[Any] = [[None, half, None], [half, None, None], [None, None, 2]]
        return {"GetItem": [[None, None, None], d.choice(parts)]}
    if d.chance(0.6):
        return {"GetItem": [d.choice(slices)]}
    return {"operator": d.choice(["double", "flip", "mean", "cumulative", "turn"])}


def residual(d: Draft, source: str) -> Entry:
    """A block of a residual TCN."""
    width = d.steps_of(source)[1]
    convolution = {
        "filters": width,
        "kernel_size": d.size("k", d.integer(2, 4)),
        "dilation_rate": d.size("d", d.choice([1, 2, 4, 16])),
        "padding": d.choice(["causal", "causal", "causal", "same"]),
    }
    inner = {"Conv1D": convolution, "name": f"inner{d.count}a", "from": "x"}
    add = {"Add": {}, "name": f"inner{d.count}b", "from": ["x", inner["name"]]}
    block = {
        "inputs": {"x": ["T", width]},
        "layers": [inner, add],
        "outputs": [add["name"]],
    }
    return {"Functional": block, "from": source}
