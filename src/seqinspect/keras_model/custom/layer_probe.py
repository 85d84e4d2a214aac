"""A custom layer called on symbolic tensors of any sizes: what Keras makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import SpecError, refuse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import KerasWeight, weights_of
from seqinspect.keras_model.custom.calls import call_layer, sizes_for_keras
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from seqinspect.keras_model.custom.calls import LayerMaker, Numbers
    from seqinspect.model.facts import Tensor
    from seqinspect.model.graph import Layer


class ProbeResult(NamedTuple):
    """What Keras made of one call: shapes and dtypes of its outputs, and its weights."""

    outputs: tuple[tuple[tuple[int | None, ...], str], ...]
    weights: tuple[KerasWeight, ...]

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """All sizes in one row, to be compared with those of another probe."""
        shapes = [shape for shape, _ in self.outputs] + [each.shape for each in self.weights]
        return tuple(size for shape in shapes for size in shape)

    @property
    def signature(self) -> object:
        """What must be the same in two results to be compared."""
        return [(len(shape), dtype) for shape, dtype in self.outputs], [
            (weight.name, len(weight.shape)) for weight in self.weights
        ]


class LayerProbe(NamedTuple):
    """A layer on its tensors, under a dtype policy, to be called with any numbers for the names.

    Keras sees None for a size of a tensor that depends on a `hidden` name.
    """

    layer: Layer
    tensors: Sequence[Tensor]
    policy: str
    make: LayerMaker
    hidden: frozenset[str] = frozenset()

    def run(self, numbers: Numbers, batch: int | None = None) -> ProbeResult:
        """Call a new layer on symbolic tensors of these sizes. Raises SpecError if Keras cannot."""
        keras = runtime.load()
        tensors = [
            keras.KerasTensor(
                (batch or x.shape[0].value, *sizes_for_keras(x, numbers, self.hidden)),
                dtype=x.dtype,
            )
            for x in self.tensors
        ]
        with runtime.weightless():  # a new one each time: automatic names count from the start
            if self.policy:
                keras.config.set_dtype_policy(self.policy)
            real = self.make(numbers)
            outputs = call_layer(real, tensors, self.layer)
            self.refuse_unbuilt(real)
            return ProbeResult(
                tuple((tuple(each.shape), str(each.dtype)) for each in outputs), weights_of(real)
            )

    def refuse_unbuilt(self, real: Any) -> None:
        """Refuse a wrapper whose layers do not all know their weights: Keras would count none."""
        if self.layer.unsupported is not None and self.layer.unsupported.target:
            return
        for part in real._flatten_layers():
            if not part.built:
                refuse(
                    f"`{part.name}` within it is not built, so Keras counts no weights of it",
                    expected="every layer within a wrapper to be built from a shape",
                    remedy="give your class a `build` that builds the layers within it",
                    about="keras",
                )

    def try_run(
        self, numbers: Numbers, base: ProbeResult, batch: int | None = None
    ) -> ProbeResult | None:
        """Probe again; None where Keras refuses these sizes, or makes something else of them."""
        try:
            result = self.run(numbers, batch)
        except SpecError:
            return None
        return result if result.signature == base.signature else None
