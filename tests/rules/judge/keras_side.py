"""The other side: the Keras class, called on symbolic tensors, and its real call, traced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import KerasWeight, make_layer, weights_of
from seqinspect.model.facts import Tensor
from seqinspect.records import replace
from seqinspect.rules.cell_stacks import grouped_states
from tests.rules.judge import rule_side

if TYPE_CHECKING:
    from seqinspect.model.graph import Layer
    from tests.rules.judge.draw import Draft

NO_KERNEL = ("DataType", "Unsupported dtype", "Op has type",
             "is unsupported in linalg", "not implemented for '")  # fmt: skip
"""What TensorFlow, JAX, NumPy and torch say where they have no kernel for a dtype."""

FILLS = (4, 7)
"""Numbers tried for a size that is not known (the batch: 2, and 1 where it is refused)."""


@dataclass(frozen=True)
class KerasFacts:
    """What Keras says of a configuration."""

    outputs: tuple[tuple[tuple[int | None, ...], str], ...]
    weights: tuple[KerasWeight, ...]


class KerasRefuses(Exception):  # noqa: N818  # a verdict, not a defect
    """Keras raised; `open`: only for the sizes that were tried where one is not known."""

    def __init__(self, reason: str, *, undecided: bool = False) -> None:
        super().__init__(reason)
        self.undecided = undecided


def built(draft: Draft, layer: Layer | None) -> Any:
    """The Keras layer of a draft: by the product's own hand, or raw where reading refused it."""
    try:
        return raw(draft.layer, draft.options) if layer is None else make_layer(layer)
    except Exception as error:
        missing = isinstance(error, ImportError)  # a module that Keras needs for this option
        raise KerasRefuses(_reason(error), undecided=missing) from error


def raw(layer: str, options: Mapping[str, object]) -> Any:
    """The Keras constructor called with a draft's options as they are."""
    keras = runtime.load()
    known = {name: _value(value) for name, value in options.items()}
    return getattr(keras.layers, layer)(**known)


def _value(value: object) -> object:
    if isinstance(value, list):
        return [_value(each) for each in value]
    return _object(value) if isinstance(value, Mapping) else value


def _object(value: Mapping[str, Any]) -> Any:
    keras = runtime.load()
    ((name, options),) = value.items()
    if hasattr(keras.layers, name):
        return raw(name, options)
    for module in (keras.initializers, keras.regularizers, keras.constraints):
        if hasattr(module, name):
            return getattr(module, name)(**options)
    raise LookupError(name)


def judge(draft: Draft, layer: Layer | None, *, trace: bool = True) -> KerasFacts:
    """What Keras says of a draft. Raises KerasRefuses; to be called inside `weightless`."""
    keras = runtime.load()
    made = built(draft, layer)
    try:
        tensors = [keras.KerasTensor(_shape(x), dtype=x.dtype) for _, _, x in draft.tensors()]
        outputs = called(made, draft, tensors)
        found = KerasFacts(tuple((tuple(x.shape), str(x.dtype)) for x in outputs), weights_of(made))
    except Exception as error:
        # No kernel for a dtype: bfloat16 has no orthogonal matrices.
        unable = any(words in str(error) for words in NO_KERNEL)
        raise KerasRefuses(_reason(error), undecided=unable) from error
    if trace:
        _trace(draft, layer, made, found)
    return found


def _trace(draft: Draft, layer: Layer | None, made: Any, found: KerasFacts) -> None:
    """Trace the real call with unknown sizes filled in. Raises KerasRefuses."""
    unknown = any(size.value is None for _, _, x in draft.tensors() for size in x.shape[1:])
    stateless = _stateless(draft.options)
    if stateless != draft.options:  # without weights its states are symbolic: no trace takes them
        read = rule_side.read(draft.layer, stateless) if layer is not None else None
        made = built(replace(draft, options=stateless), read)
    error = _trial(draft, made, found, 2, FILLS[0])
    if error is None or (unknown and _trial(draft, made, found, 2, FILLS[1]) is None):
        return
    reason = _reason(error)
    raise KerasRefuses(
        reason,
        undecided=unknown
        or draft.spoiled.endswith("dtype")
        or _about_dtype(reason)
        or _trial(draft, made, found, 1, FILLS[0]) is None,  # the batch met another axis
    ) from error


def _trial(draft: Draft, made: Any, found: KerasFacts, batch: int, fill: int) -> Exception | None:
    """What the real call raises where `batch` and `fill` stand for the sizes not known."""
    keras = runtime.load()
    tensors = [
        keras.KerasTensor(_filled(_shape(x), batch, fill), dtype=x.dtype)
        for _, _, x in draft.tensors()
    ]
    try:
        first, others = _arguments(draft, tensors)
        plain = {
            name: value
            for name, value in others.items()
            if not isinstance(draft.inputs[name], Tensor | tuple)
        }
        traced = {name: value for name, value in others.items() if name not in plain}
        real = keras.src.backend.compute_output_spec(
            lambda x, kwargs: made(x, **kwargs, **plain), first, traced
        )
        _check_ranks(keras.tree.flatten(real), found)
    except Exception as error:  # whatever Keras raises is its refusal
        return error
    return None


def _check_ranks(real: list[Any], found: KerasFacts) -> None:
    """Some layers that compute a shape for any rank return another rank when they run."""
    ranks = [len(shape) for shape, _ in found.outputs]
    if [len(x.shape) for x in real] != ranks:
        raise ValueError(f"the real call returns {[x.shape for x in real]}, not ranks {ranks}")


def _stateless(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without `stateful`, also those of inner layers."""
    return {
        name: _stateless(value) if isinstance(value, Mapping) else value
        for name, value in options.items()
        if name != "stateful"
    }


def _about_dtype(reason: str) -> bool:
    """Whether the backend has just no kernel for a dtype: this differs between devices."""
    if "nested structure" in reason:  # which names the dtypes of what it holds
        return False
    return "dtype" in reason.lower() or any(words in reason for words in NO_KERNEL)


def called(layer: Any, draft: Draft, tensors: Iterable[Any]) -> list[Any]:
    """The outputs of the layer, called on `tensors` in the order of `draft.tensors()`."""
    first, others = _arguments(draft, tensors)
    flat: list[Any] = runtime.load().tree.flatten(layer(first, **others))
    return flat


def _arguments(draft: Draft, tensors: Iterable[Any]) -> tuple[Any, dict[str, Any]]:
    """The first argument of the layer's call, and the others by name."""
    each = iter(tensors)
    made = {
        name: _grouped(draft, name, [next(each) for _ in value])
        if isinstance(value, tuple)
        else next(each)
        if isinstance(value, Tensor)
        else value
        for name, value in draft.inputs.items()
    }
    (_, first), *others = made.items()
    return first, dict(others)


def _grouped(draft: Draft, name: str, tensors: list[Any]) -> list[Any]:
    """Several tensors as Keras takes them: states of stacked cells in a list for each cell."""
    if name not in ("initial_state", "states"):
        return tensors
    try:
        return grouped_states(rule_side.read(draft.layer, draft.options), tensors)
    except SpecError:
        return tensors


def _filled(shape: tuple[int | None, ...], batch: int, fill: int) -> tuple[int, ...]:
    known, *sizes = shape
    return (known or batch, *(fill if size is None else size for size in sizes))


def _shape(x: Tensor) -> tuple[int | None, ...]:
    return tuple(size.value for size in x.shape)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' '.join(lines)[:300]}"
