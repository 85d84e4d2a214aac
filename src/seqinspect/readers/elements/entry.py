"""What an entry of `layers` says, before it is known on which tensors its layer is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.records import dataclass, field

if TYPE_CHECKING:
    from seqinspect.errors import Place
    from seqinspect.model.graph import Input, Unsupported
    from seqinspect.model.reasons import Translation
    from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree


@dataclass(slots=True, eq=False)
class Entry:
    """One entry: a layer, a call of an earlier one (`reuse`), a repeated block, or an input.

    `node` is the class name as it was written, for its place. `arguments` are checked and typed;
    layers inside the layer are entries. `input_arguments` describe the model's input,
    `misplaced` are keys beside the class that belong within it. `unsupported`, `translated`,
    `unknown_arguments`, `build_shape` (the input shape that Keras 3 notes) and
    `branches` (models that a Merge of Keras 1 starts from) belong to configs. `label` is how other
    entries call it, where that is not its name: code has variables, and names come later.
    """

    node: Scalar
    type: str
    name: str | None = None
    label: str = ""
    sources: Scalar | Sequence | None = None
    call: Mapping | None = None
    arguments: dict[str, object] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    nested: bool = False
    input_arguments: dict[str, Tree] = field(default_factory=dict)
    body: Body | None = None
    input: Input | None = None
    reuse: Scalar | None = None
    count: int = 0
    block: list[Entry] = field(default_factory=list)
    misplaced: set[str] = field(default_factory=set)
    unsupported: Unsupported | None = None
    translated: list[Translation] = field(default_factory=list)
    unknown_arguments: list[str] = field(default_factory=list)
    build_shape: Tree | None = None
    branches: list[Entry] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Body:
    """A model as it was written: its inputs, its entries, and which tensors it returns."""

    node: Tree
    type: str
    name: str | None = None
    inputs: list[Input] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    outputs: Scalar | Sequence | None = None
    frozen: bool = False
