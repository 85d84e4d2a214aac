"""Whether what a checkpoint of a model holds can be loaded into another model.

A layer is loaded where as many arrays stand in its place as it has, one after another, until a
shape differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.compare.legacy_arrays import legacy_orders
from seqinspect.compare.slots import Slot, unknown_weights
from seqinspect.model.traversal import in_keras_order
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seqinspect.compare.legacy_arrays import LegacyOrder
    from seqinspect.compare.slots import Layout
    from seqinspect.model.graph import Graph, Layer
    from seqinspect.model.report import Report, WeightReport

Shape = tuple[int, ...]


Loads = Literal["fully", "partially", "no", "unknown"]


class Stored(NamedTuple):
    """What stands in one place of a checkpoint: arrays by key; `layer` says whose they are.

    `names` are what a legacy file calls them, `dtypes` are those of a file.
    """

    path: str
    layer: str
    shapes: Mapping[str, Shape]
    dtypes: Mapping[str, str] = {}
    names: Mapping[str, str] = {}


class LoadedSlot(NamedTuple):
    """What becomes of one object when a checkpoint is loaded: the first `loaded` weights are.

    `reason`: empty where all of them are; `missing` (nothing is stored there), `count` (another
    number of arrays is), or `shape` (that of the first weight that is not loaded).
    """

    slot: Slot
    stored: Stored | None
    loaded: int
    reason: Literal["", "missing", "count", "shape"] = ""

    @property
    def weight(self) -> WeightReport | None:
        """The first weight that is not loaded."""
        weights = self.slot.weights
        return weights[self.loaded] if self.loaded < len(weights) else None

    @property
    def shape(self) -> Shape | None:
        """The shape that is stored instead of it."""
        return None if self.stored is None else self.stored.shapes.get(str(self.loaded))


class OtherLayers(NamedTuple):
    """A file holds another number of layers with weights than the model has."""

    stored: int
    expected: int


class OtherWeights(NamedTuple):
    """A layer has another number of weights than the one that is stored in its place."""

    layer: str
    stored: str


Version = Literal["1 or 2", "3"]


class Misnamed(NamedTuple):
    """A file that Keras takes by its name for one of another version, or for none (None).

    Called `name`, it `loads`.
    """

    written: Version
    taken: Version | None
    name: str
    loads: Loads = "unknown"


Refusal = OtherLayers | OtherWeights | Misnamed


class LoadResult(NamedTuple):
    """Whether a checkpoint can be loaded.

    `fully`: `load_weights` succeeds, and gives every weight of the new model a stored value.
    `partially`: it refuses, and with `skip_mismatch=True` loads the weights that `slots` count.
    `no`: it refuses, and no weight fits. `unused` is what it holds and nobody reads. `refused` says
    why Keras looks at no array at all. `converted`: what tf_keras (Keras 2) converts, and then
    loads all of them.
    """

    loads: Loads
    slots: tuple[LoadedSlot, ...]
    unused: tuple[Stored, ...] = ()
    unknown: tuple[str, ...] = ()
    refused: Refusal | None = None
    converted: frozenset[LegacyOrder] = frozenset()

    @property
    def failures(self) -> tuple[LoadedSlot, ...]:
        """What is not loaded as a whole."""
        return tuple(fit for fit in self.slots if fit.reason)

    @property
    def loaded(self) -> int:
        """How many weights are loaded."""
        return 0 if self.refused else sum(fit.loaded for fit in self.slots)

    @property
    def expected(self) -> int:
        """How many weights the new model has in a checkpoint."""
        return sum(len(fit.slot.weights) for fit in self.slots)


def stored_in(layout: Layout) -> dict[str, Stored]:
    """Return what a checkpoint of a model holds, by place."""
    return {
        slot.path: Stored(
            slot.path,
            slot.layer,
            {
                str(index): tuple(size.value or 0 for size in weight.symbolic)
                for index, weight in enumerate(slot.weights)
            },
        )
        for slot in layout.slots
        if slot.weights
    }


def load_result(
    stored: Mapping[str, Stored], new: Layout, unknown: Iterable[str] = ()
) -> LoadResult:
    """Say what Keras does when it loads this into a new model; `unknown` may be stored as well."""
    fits = tuple(_load_slot(slot, stored.get(slot.path)) for slot in new.slots)
    expected_paths = {slot.path for slot in new.slots}
    unused = tuple(group for path, group in stored.items() if path not in expected_paths)
    open_ends = tuple(dict.fromkeys((*unknown, *new.unknown)))
    loads = "unknown" if open_ends else _how_much_loads(fits)
    return LoadResult(
        loads, tuple(fit for fit in fits if fit.slot.weights or fit.reason), unused, open_ends
    )


def load_result_in_order(
    stored: Sequence[Stored], graph: Graph, report: Report, *, keras1: bool = False
) -> LoadResult:
    """Say what Keras does when it loads an `.h5` file of Keras 1 or 2: layer after layer.

    `keras/src/legacy/saving/legacy_h5_format.py`: layers without weights are passed over, weights
    that are trained come first, and names do not matter. `keras1`: Keras 1 wrote it.
    """
    rows = {row.name: row for row in report.top if row.reuses is None}
    ordered = [node for node in in_keras_order(graph) if node.name in rows]
    layers = [
        (node.layer, rows[node.name], found)
        for node in ordered
        if (found := _legacy_weights(node.layer, rows[node.name].weights))
    ]
    unknown = unknown_weights(report)
    unknown += (graph.opened,) if graph.opened else ()
    fits: list[LoadedSlot] = []
    refused: Refusal | None = None
    converted: set[LegacyOrder] = set()
    fits_tf_keras = len(layers) == len(stored)
    if not fits_tf_keras:
        refused = OtherLayers(len(stored), len(layers))
    for group, (layer, row, found) in zip(stored, layers, strict=False):
        weights = sorted(found, key=lambda weight: not weight.trainable)
        expected = [weight.shape for weight in weights]
        orders = legacy_orders(layer, list(group.shapes.values()), expected, keras1=keras1)
        fits_tf_keras = fits_tf_keras and orders is not None
        converted.update(orders or ())
        if len(weights) != len(group.shapes):
            refused = refused or OtherWeights(row.name, group.layer)
            fits.append(
                LoadedSlot(Slot(group.path, row.name, row.type, tuple(weights)), group, 0, "count")
            )
            continue
        for index, weight in enumerate(weights):
            one = Stored(group.path, group.layer, {"0": group.shapes[str(index)]})
            fits.append(_load_slot(Slot(group.path, row.name, row.type, (weight,)), one))
    loads: Loads = "unknown" if unknown else "no" if refused else _how_much_loads(fits)
    return LoadResult(
        loads, tuple(fits), tuple(stored[len(layers) :]), unknown, refused,
        frozenset(converted) if fits_tf_keras else frozenset(),
    )  # fmt: skip


def _legacy_weights(
    layer: Layer, weights: Sequence[WeightReport], path: str = ""
) -> list[WeightReport]:
    """Return the weights of a layer; those of a model within the model in the order of Keras."""
    if layer.graph is None:
        return list(weights)
    ordered = []
    for node in in_keras_order(layer.graph):
        inner = f"{path}{node.name}/"
        inner_weights = [weight for weight in weights if weight.name.startswith(inner)]
        ordered += _legacy_weights(node.layer, inner_weights, inner)
    return ordered


def _how_much_loads(fits: Sequence[LoadedSlot]) -> Loads:
    if not any(fit.reason for fit in fits):
        return "fully"
    return "partially" if any(fit.loaded for fit in fits) else "no"


def compare_checkpoints(old: Layout, new: Layout) -> LoadResult:
    """Say what Keras does when it loads a checkpoint of an old model into a new one."""
    return load_result(stored_in(old), new, old.unknown)


def _load_slot(slot: Slot, stored: Stored | None) -> LoadedSlot:
    """Keras's `load_own_variables`: the number of arrays, then one shape after another."""
    shapes = {} if stored is None else stored.shapes
    if slot.counted and len(shapes) != len(slot.weights):
        return LoadedSlot(slot, stored, 0, "count" if shapes else "missing")
    for index, weight in enumerate(slot.weights):
        shape = shapes.get(str(index))
        if shape != weight.shape:
            return LoadedSlot(slot, stored, index, "missing" if shape is None else "shape")
    return LoadedSlot(slot, stored, len(slot.weights))
