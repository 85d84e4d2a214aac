"""Hints for the core layers."""

from __future__ import annotations

from tests.rules.judge.draw import Draft, Draw, draws


@draws("Dense")
def dense(draw: Draw, layer: str) -> Draft:
    options = draw.options(layer)
    if draw.chance(0.2):
        options["lora_rank"] = draw.number()
    if options.get("lora_rank") and not draw.wrong():
        options.pop("kernel_constraint", None)
    return Draft(layer, options, {"inputs": draw.any_tensor(low=1 if draw.wrong() else 2)})


@draws("Embedding")
def embedding(draw: Draw, layer: str) -> Draft:
    options = draw.options(layer)
    if draw.chance(0.2):
        options["lora_rank"] = draw.number()
    if options.get("lora_rank") and not draw.wrong():
        options.pop("embeddings_constraint", None)
    dtype = "int32" if draw.real else draw.choice(["int32", "int64", "uint8", "float32"])
    x = draw.any_tensor(low=1, high=4, dtype=dtype)
    below = options["input_dim"]
    return Draft(layer, options, {"inputs": x}, below=below if isinstance(below, int) else 2)
