"""The experiment: change one input step of a real layer, and see which output steps move."""

from __future__ import annotations

import math
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import Expr
from seqinspect.analysis.call_arguments import call_arguments, flatten_outputs
from seqinspect.errors import Problem, SpecError, refuse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import make_layer
from seqinspect.keras_model.build.model import build, shape_numbers
from seqinspect.keras_model.build.refusals import one_line_reason
from seqinspect.model.facts import Tensor
from seqinspect.model.graph import Layer, Node, Ref, map_entries
from seqinspect.model.nesting import layers_within, rewritten_layer
from seqinspect.records import replace
from seqinspect.rules import traits_of
from seqinspect.rules.index import FUNCTIONAL
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.keras_model.experiment.trials import Table, TrialInput
    from seqinspect.model.graph import Graph

DRAWS = 12
"""How many times all changes are tried with new random numbers."""

MAX_WEIGHTS = 10_000_000
"""Parameters of a layer or model under test; the experiment is for tiny ones."""


def layer_moves(
    layer: Layer,
    sources: Sequence[Tensor],
    times: Sequence[int | None],
    call: Mapping[str, object] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    some: Sequence[Sequence[int] | None] = (),
) -> list[list[Table]]:
    """Return which output steps of a real layer with random weights move with which input step.

    `sources` and `call` are as a Node has them, with Tensors of known sizes (but for the batch,
    which does not matter) in place of Refs; inputs count in that order. `times` are the time axes
    of the outputs. Where `some` has steps of an input, these alone are changed, in that order. The
    layer computes in float64, as in inference, from the state of a first batch.
    Masks that the tensors carry are left out. Raises SpecError where sizes are too large or not
    known, or where Keras refuses the layer or the call, and KerasUnavailable.
    """
    from seqinspect.keras_model.experiment import trials  # noqa: PLC0415 # numpy comes with it

    tensors = list(sources)

    def collected(tensor: Tensor) -> Ref:
        tensors.append(tensor)
        return Ref("", len(tensors) - 1)

    values = {
        name: map_entries(value, Tensor, collected)
        for name, value in (call or {}).items()
        if name != "training"
    }
    _refuse_carried_state(layer)
    exact = in_float64(layer)
    refs = tuple(Ref("", index) for index in range(len(sources)))
    node = Node(layer.name, exact, refs, call=values)
    inputs = [
        trial if steps is None else replace(trial, some=steps)
        for trial, steps in zip_longest(trial_inputs(layer, tensors), some[: len(tensors)])
    ]
    runtime.load()
    try:
        with runtime.weightless():
            runtime.load().config.set_dtype_policy("float64")  # for cells that it stacks itself
            return trials.moved_steps(
                lambda arrays: _call_outputs(node, arrays, seed),
                inputs,
                times,
                draws=draws,
                seed=seed,
            )
    except SpecError:
        raise
    except Exception as error:
        problem = Problem(f"cannot be tried out in Keras: {one_line_reason(error)}", about="keras")
        raise SpecError(problem) from error


def trial_inputs(layer: Layer, tensors: Sequence[Tensor]) -> list[TrialInput]:
    """Return inputs of a layer or model, with indexes that its Embeddings have, and its padding."""
    from seqinspect.keras_model.experiment import trials  # noqa: PLC0415 # numpy comes with it

    high = min(_embedding_rows(layer), default=trials.HIGH)
    return [
        trials.TrialInput(_sample_shape(x), x.dtype, x.time, high, padding=_padding(layer, x.dtype))
        for x in tensors
    ]


def graph_moves(
    graph: Graph,
    inputs: Sequence[Tensor],
    times: Sequence[int | None],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    some: Sequence[Sequence[int] | None] = (),
) -> list[list[Table]]:
    """Return which output steps of a whole model move with which step of which of its inputs.

    `inputs` are the model's inputs with their time axes, `times` the time axes of its outputs.
    """
    from seqinspect.keras_model.experiment import trials  # noqa: PLC0415 # numpy comes with it

    for call in build(graph).values():
        for output in call.outputs:
            trials.check_size(output.shape[1:])
    model = Layer(FUNCTIONAL, "model", {}, graph=graph)
    return layer_moves(model, inputs, times, draws=draws, seed=seed, some=some)


def _refuse_carried_state(layer: Layer) -> None:
    """Refuse a stateful layer that is applied to one step after another: its state goes on."""
    for wrapper in (layer, *layers_within(layer)):
        if traits_of(wrapper.type).applies_per_step and any(
            each.arguments.get("stateful") for each in layers_within(wrapper)
        ):
            refuse(f"`{wrapper.name}` carries a state from step to step", about="state")


def in_float64(layer: Layer) -> Layer:
    """Return the layer, and those within it, computing in float64 and starting without a state."""

    def of_layer(layer: Layer) -> Layer:
        if layer.graph is not None:
            return layer
        stateless = {name: value for name, value in layer.arguments.items() if name != "stateful"}
        return replace(layer, arguments={**stateless, "dtype": "float64"})

    def of_graph(graph: Graph) -> Graph:
        inputs = tuple(
            replace(model_input, dtype=_in_float64(model_input.dtype))
            for model_input in graph.inputs
        )
        return replace(graph, inputs=inputs)

    return rewritten_layer(layer, of_layer=of_layer, of_graph=of_graph)


def _in_float64(dtype: str) -> str:
    return "float64" if "float" in dtype else dtype


def _sample_shape(x: Tensor) -> tuple[int, ...]:
    """Return the sizes of all axes but the batch."""
    numbers = [size for size in shape_numbers(x.shape[1:]) if size is not None]
    if len(numbers) < x.rank - 1:
        refuse(
            "needs numbers for an experiment",
            received=shape_text(x.shape),
            expected="a number for every size but the batch",
            remedy="give the names numbers under `dims`, or with --set",
            about="unknown size",
        )
    return tuple(numbers)


def _embedding_rows(layer: Layer) -> Iterator[int]:
    """Yield how many rows the Embeddings in a layer have: indices must stay below."""
    for each in (layer, *layers_within(layer)):
        size = each.arguments.get("input_dim")
        if isinstance(size, Expr) and size.value is not None:
            yield size.value


def _padding(layer: Layer, dtype: str) -> float | None:
    """Return the value of an input that a layer masks: 0 of indices, `mask_value` of numbers."""
    for each in (layer, *layers_within(layer)):
        traits = traits_of(each.type)
        if traits.makes_mask and traits.looks_up:
            if "int" in dtype and each.arguments.get("mask_zero") is True:
                return 0
        elif traits.makes_mask and "float" in dtype:
            value = each.arguments.get("mask_value", 0.0)
            return value if isinstance(value, int | float) else None
    return None


def _call_outputs(node: Node, arrays: list[Any], seed: int) -> list[Any]:
    """Return what a new layer with random weights returns when it is called on arrays."""
    from seqinspect.keras_model.experiment import trials  # noqa: PLC0415 # numpy comes with it

    keras: Any = runtime.load()
    layer = make_layer(node.layer)

    def call_on(tensors: list[Any]) -> list[Any]:
        first, others = call_arguments(node, lambda ref: tensors[ref.output])
        return flatten_outputs(layer(first, **others))

    for output in call_on([keras.KerasTensor(x.shape, dtype=str(x.dtype)) for x in arrays]):
        trials.check_size(output.shape)
    with keras.StatelessScope(with_random_weights(layer, seed)):
        runtime.compute_statistics(layer)
        outputs = call_on([keras.ops.convert_to_tensor(array) for array in arrays])
        return [keras.ops.convert_to_numpy(output) for output in outputs]


def with_random_weights(layer: Any, seed: int) -> list[tuple[Any, Any]]:
    """Pair every weight of a layer, which was built without values, with random ones."""
    from seqinspect.keras_model.experiment import trials  # noqa: PLC0415 # numpy comes with it

    count = sum(math.prod(weight.shape) for weight in layer.weights)
    if count > MAX_WEIGHTS:
        refuse(
            "is too large for an experiment",
            received=f"{count:,} parameters",
            expected=f"at most {MAX_WEIGHTS:,}",
            remedy="make the sizes smaller, with --set or under `dims`",
            about="limit",
        )
    values = trials.random_weights(seed, [(each.path, tuple(each.shape)) for each in layer.weights])
    convert = runtime.load().ops.convert_to_tensor
    return [
        (weight, convert(value, dtype=weight.dtype))
        for weight, value in zip(layer.weights, values, strict=True)
    ]
