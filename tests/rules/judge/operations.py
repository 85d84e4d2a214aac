"""The third judge: multiply-adds against the operations that TensorFlow really executes.

A tiny real layer runs eagerly on one sample, and every operation is seen as it is executed: the
body of a loop as often as it runs. Products are counted by the shapes that meet in them. The rule's
formula is compared at two numbers of time steps: at the second one it is only evaluated.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import Expr, as_expr, symbol
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.records import replace
from tests.rules.judge import keras_side, rule_side
from tests.rules.judge.compare import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.model.facts import Tensor
    from seqinspect.model.graph import Layer
    from tests.rules.judge.draw import Draft

Shape = tuple[int, ...]

MORE_STEPS = 3
"""By so many steps the second run is longer."""

MULTIPLIES_AND_SUMS = frozenset({"AdditiveAttention"})
"""Layers that write a product with a weight as a multiplication and a sum."""


def judge(draft: Draft, seed: int) -> Verdict:
    """Compare the multiply-adds of a rule with those counted, at two numbers of steps."""
    named, steps = _with_named_steps(draft)
    try:
        layer = rule_side.read(named.layer, named.options)
        stated = as_expr(rule_side.facts_of(layer, named.inputs).costs[1])
    except SpecError:
        return Verdict("refused")
    found = []
    for more in (0, MORE_STEPS) if steps else (0,):
        env = {name: size + more for name, size in steps.items()}
        if more and _refused(layer, _at(named, env)):
            continue
        try:
            counted = count(_at(named, env), layer, seed)
        except Exception as error:  # it cannot run: the first judge's business
            found.append(f"Keras fails: {type(error).__name__}: {str(error)[:300]}")
            break
        value = stated.evaluate({**stated.numbers(), **env})
        if value != counted:
            found.append(f"{stated.text()} = {value} with {env or 'no steps'}, executed {counted}")
    return Verdict("disagree" if found else "agree", tuple(found))


def count(draft: Draft, layer: Layer, seed: int) -> int:
    """Run the layer on one sample; return how many multiply-adds were executed."""
    import numpy as np

    keras = runtime.load()
    random = np.random.default_rng(seed)
    given = [
        keras.ops.convert_to_tensor(_array(random, x, draft.below)) for _, _, x in draft.tensors()
    ]
    made = keras_side.built(draft, layer)
    if made._call_has_training_arg:  # which is true by default where a layer changes images
        draft = replace(draft, inputs={**draft.inputs, "training": False})
    keras_side.called(made, draft, given)  # builds it: only its second run is counted
    with watching() as seen:
        results = keras_side.called(made, draft, given)
    return multiply_adds(needed(seen, results), sums=draft.layer in MULTIPLIES_AND_SUMS)


@dataclass
class Operation:
    """One operation as it was executed; the tensors are kept, so that each is known by itself."""

    kind: str
    inputs: Sequence[Any]
    outputs: Sequence[Any]
    attrs: Mapping[str, Any]
    eager: bool

    def shapes(self) -> list[Shape]:
        """The shapes of what went in, then of what came out."""
        return [tuple(x.shape) for x in (*self.inputs, *self.outputs)]


@contextmanager
def watching() -> Iterator[list[Operation]]:
    """Collect every operation that TensorFlow executes meanwhile."""
    from tensorflow.python.framework import op_callbacks

    seen: list[Operation] = []

    def see(  # noqa: PLR0917 - so TensorFlow calls it
        kind: str | bytes,
        inputs: Sequence[Any],
        attrs: Sequence[Any],
        outputs: Sequence[Any],
        op_name: str | None = None,
        graph: Any = None,
    ) -> None:
        name = kind.decode() if isinstance(kind, bytes) else kind
        if "While" in name and graph is not None:
            raise AssertionError("a loop within a function runs more often than it is seen")
        names = dict(zip(attrs[::2], attrs[1::2], strict=True)) if attrs else {}
        seen.append(Operation(name, inputs, outputs, names, graph is None))

    op_callbacks.add_op_callback(see)
    try:
        yield seen
    finally:
        op_callbacks.remove_op_callback(see)


def needed(seen: list[Operation], results: Sequence[Any]) -> list[Operation]:
    """The operations that the results need: a graph leaves out the others.

    Keras runs a recurrent cell once more than there are steps, to learn the shape of its output.
    Operations within a compiled function are all kept.
    """
    makers = {id(x): operation for operation in seen for x in operation.outputs}
    pending = [makers[id(x)] for x in results if id(x) in makers]
    live = {id(operation) for operation in pending}
    while pending:
        operation = pending.pop()
        for x in () if operation.kind in OF_A_SHAPE else operation.inputs:
            maker = makers.get(id(x))
            if maker is not None and id(maker) not in live:
                live.add(id(maker))
                pending.append(maker)
    return [operation for operation in seen if id(operation) in live or not operation.eager]


OF_A_SHAPE = frozenset({"Shape", "ZerosLike", "OnesLike", "Size", "Rank"})
"""Operations that need only the shape of what they are given."""


def multiply_adds(operations: list[Operation], *, sums: bool) -> int:
    """All products of the operations; with `sums`, what is multiplied and then summed up too."""
    makers = {id(x): operation for operation in operations for x in operation.outputs}
    counted = {
        id(operation): PRODUCTS[operation.kind](operation.shapes(), operation.attrs)
        for operation in operations
        if operation.kind in PRODUCTS
    }
    for operation in operations:
        before = makers.get(id(operation.inputs[0])) if operation.inputs else None
        if before is None:
            continue
        if operation.kind == "Sum" and sums and before.kind == "Mul":
            if () not in before.shapes():
                counted[id(operation)] = prod(before.shapes()[-1])
        elif operation.kind == "BatchToSpaceND" or (
            operation.kind == "StridedSlice" and before.kind == "BatchToSpaceND"
        ):
            # A dilated window is laid out with padding and without strides: what that makes too
            # much is cut off again.
            while before is not None and before.kind in ("Squeeze", "BatchToSpaceND"):
                before = makers.get(id(before.inputs[0]))
            if before is not None and id(before) in counted:
                made, *_, kept = operation.shapes()
                counted[id(before)] = counted[id(before)] * prod(kept) // prod(made)
    return sum(counted.values())


def _matrices(shapes: list[Shape], attrs: Mapping[str, Any]) -> int:
    """Rows × columns × what is summed over."""
    one, _, result = shapes
    transposed = attrs.get("transpose_a") or attrs.get("adj_x")
    return prod(result) * one[-2 if transposed else -1]


def _einsum(shapes: list[Shape], attrs: Mapping[str, Any]) -> int:
    """All letters; what only one of the two has and the result has not is summed before."""
    equation = attrs["equation"]
    text = equation.decode() if isinstance(equation, bytes) else str(equation)
    operands, _, result = text.partition("->")
    letters = operands.split(",")
    if len(letters) == 1:
        return 0
    sizes: dict[str, int] = {}
    for names, shape in zip((*letters, result), shapes, strict=True):
        before, dots, after = names.partition("...")
        sizes |= dict(zip(before, shape, strict=False))
        if after:
            sizes |= dict(zip(after, shape[-len(after) :], strict=True))
        if dots and names is result:
            middle = shape[len(before) : len(shape) - len(after)]
            sizes |= {f"...{axis}": size for axis, size in enumerate(middle)}
    both = set(letters[0]) & set(letters[1])
    kept = {name for name in sizes if len(name) > 1 or name in result or name in both}
    return prod(sizes[name] for name in kept)


def _convolution(shapes: list[Shape], attrs: Mapping[str, Any]) -> int:
    """Every element of the result is a sum over a window of the input channels of its group."""
    _, kernel, result = shapes
    return prod(result) * prod(kernel[:-1])


def _depthwise(shapes: list[Shape], attrs: Mapping[str, Any]) -> int:
    """Every element of the result is a sum over a window of one channel."""
    _, kernel, result = shapes
    return prod(result) * prod(kernel[:-2])


def _transposed(shapes: list[Shape], attrs: Mapping[str, Any]) -> int:
    """Every element of the input is spread over a window of the output channels."""
    _, kernel, spread, _ = shapes
    return prod(spread) * prod(kernel[:-1])


PRODUCTS = {
    "MatMul": _matrices,
    "BatchMatMul": _matrices,
    "BatchMatMulV2": _matrices,
    "BatchMatMulV3": _matrices,
    "Einsum": _einsum,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "Conv": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "Conv2DBackpropInput": _transposed,
    "Conv3DBackpropInputV2": _transposed,
}
"""Multiply-adds of an operation, by the shapes of its inputs and of its output."""


def _with_named_steps(draft: Draft) -> tuple[Draft, dict[str, int]]:
    """The draft for one sample with a name for every number of steps; equal ones are one name."""
    steps: dict[str, int] = {}
    for name, place, x in draft.tensors():
        shape = [symbol("batch", 1), *x.shape[1:]]
        if x.time is not None and x.time > 0:
            size = x.steps.value or 1
            steps[f"T{size}"] = size
            shape[x.time] = symbol(f"T{size}", size)
        draft = draft.with_tensor(name, place, replace(x, shape=tuple(shape)))
    return draft, steps


def _at(draft: Draft, env: Mapping[str, int]) -> Draft:
    """The draft with these numbers of steps."""
    for name, place, x in draft.tensors():
        shape = tuple(_number(size, env) for size in x.shape)
        draft = draft.with_tensor(name, place, replace(x, shape=shape))
    return draft


def _number(size: Expr, env: Mapping[str, int]) -> Expr:
    return symbol("number", size.evaluate({**size.numbers(), **env}))


def _refused(layer: Layer, draft: Draft) -> bool:
    """Whether the layer cannot be called with these numbers of steps."""
    try:
        rule_side.facts_of(layer, draft.inputs)
    except SpecError:
        return True
    return False


def _array(random: Any, x: Tensor, below: int) -> Any:
    import numpy as np

    shape = [size.value for size in x.shape]
    if x.dtype == "bool":
        return np.ones(shape, dtype=bool)
    if x.dtype.startswith(("int", "uint")):
        return random.integers(0, below, shape).astype(x.dtype)
    return random.normal(size=shape).astype(x.dtype)
