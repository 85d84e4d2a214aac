"""Traits: what a layer class is, whatever its arguments are; declared at `@rule`, asked by all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.model.masks import MaskUse
from seqinspect.records import NamedTuple
from seqinspect.rules.signature import NO_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Mapping

MaskOut = Literal[
    "stops", "drops", "passes", "sequences", "query", "joins", "lays beside", "within"
]
"""What becomes of masks. stops: there is none behind the layer, and Keras warns. drops: the same
without a warning. passes: the output has the mask of the first input, as it is. sequences: so it
has where every step is returned. query: it has that of the query. joins: it has what all inputs
mask, and no mask where one input has none. lays beside: the masks are laid beside each other like
the inputs, true for an input without a mask, and a position is masked where all its features are.
within: where the model runs, the output has the mask that the layer within hands on.
"""


STATE_NAMES = ("h", "c")
"""The states of one cell: what it returns and, of an LSTM, what its gates keep."""


class Traits(NamedTuple):
    """What is known of a class; of one without a rule nothing is: every trait has its default."""

    # shape

    keeps_shape: bool = False
    """Its output has the shape and the time axis of its input."""
    keeps_features: bool = False
    """Of a layer that does not keep the shape: the last axis keeps its size."""
    axes: int = 0
    """How many axes its input has, the batch included; 0 where it takes several numbers."""
    rearranges: Literal["", "flatten", "reshape", "permute", "repeat"] = ""
    """It lays the numbers of its input out anew, and computes nothing."""
    passes_on: bool = False
    """Its output is its input, in inference."""
    noise: bool = False
    """In training it changes its input by chance, in inference it passes it on."""
    joins: bool = False
    """It makes one tensor of several of the same rank."""
    commutes: bool = False
    """Of a layer that joins: the order of what it reads does not matter."""
    idempotent: bool = False
    """Of a layer that joins: of a tensor with itself it makes the same, whatever its mask is."""
    pools_all: bool = False
    """It makes one vector of all positions."""
    contrasts: bool = False
    """It measures how far two tensors are from each other."""
    subtracts: bool = False
    """It takes one tensor from another: of equal ones it makes 0."""
    looks_up: bool = False
    """Its input are indexes, its output has a vector for each of them."""
    indexes_below: tuple[str, ...] = ()
    """The arguments that say how many different integers it returns, from 0 on."""

    # time

    recurrent: bool = False
    """It goes through the steps of its input one after the other."""
    both_directions: bool = False
    """It has a recurrent layer for each direction (Bidirectional)."""
    states: int = 0
    """How many states of shape (batch, units) it passes on to the next step, with its one cell, or
    as a cell."""
    applies_per_step: bool = False
    """It applies a layer to each step by itself (TimeDistributed)."""
    hides_steps: bool = False
    """An output may not move with a step that it depends on: a zero is laid over it, copies of it
    do not differ from their mean, or all that comes out adds up to 1."""
    evens: bool = False
    """What it makes of numbers along the axes that it works on adds up to the same, whatever they
    are (Softmax, a normalization of one feature over all steps)."""
    averages: bool = False
    """It takes means, of steps or of places of an image."""
    batch_statistics: bool = False
    """In training it uses mean and variance of a batch, over all steps."""

    # weights

    weightless: bool = False
    """It has none, whatever it reads."""
    weights_by_features: bool = False
    """Their shapes depend on the features of its input, and on no other axis."""
    dense: bool = False
    """It has one kernel, of which people ask whether the steps share it (Dense, EinsumDense)."""
    on_last_axis: bool = False
    """Its kernel works on the last axis alone: TimeDistributed around it changes nothing."""
    convolves: bool = False
    """Its kernel is a window × features × filters."""
    attention: bool = False
    """Its output steps are means of its input steps, by weights that it computes."""
    activation: str = ""
    """The activation of Keras that it applies, where it is one by itself (Softmax, ReLU)."""
    gates: tuple[str, ...] = ()
    """What the columns of its kernel and of its recurrent kernel are for, in equal parts."""
    fused_kernel: Mapping[str, object] = NO_ENTRIES
    """What the fused kernel of a GPU needs of its arguments; empty where it has none."""
    one_kernel: bool = False
    """It has one kernel, or one table, of its own."""
    divides_kernel: bool = False
    """It divides the kernel of the layer within it by a norm (SpectralNormalization)."""

    # masks

    mask: MaskOut = "stops"
    """What becomes of the mask of its first input, unless its call sets one."""
    mask_use: MaskUse = MaskUse.NONE
    """What it does about masked steps, where it receives a mask that fits."""
    makes_mask: bool = False
    """It makes a mask of its own; one that comes in has no say."""
    clears_masks: bool = False
    """When it runs it takes the masks off the tensors that it reads: who reads them later finds
    none."""

    # in Keras

    keeps_rank: bool = False
    """What it is called on later must have as many axes as what it was called on first."""
    weights_in_cell: bool = False
    """A cell within it has its weights."""
    projections: str = ""
    """The class of layers within it that have its weights."""
    private_projections: bool = False
    """The names of the attributes that hold them begin with an underscore."""
    loads_anything: bool = False
    """It does not look at what a checkpoint holds for it."""
    makes_of_list: str = ""
    """The class of layer that it makes of a list of layers."""
    class_name: str = ""
    """What Keras calls the class in its code, where that is another name."""
    old_names: Mapping[str, str] = NO_ENTRIES
    """What its arguments were called in earlier versions, with their names of today."""
    always_written: tuple[str, ...] = ()
    """Arguments without which Keras cannot read its config, though they have defaults."""

    # to show

    label: str = ""
    """A short name, where there is little room."""

    @property
    def is_cell(self) -> bool:
        """Whether it makes one step of a recurrent layer, which it does not go through itself."""
        return self.states > 0 and not self.recurrent

    @property
    def step_by_step(self) -> bool:
        """Whether it goes through its input step by step, in one direction or in both."""
        return self.recurrent or self.both_directions

    @property
    def reads_steps(self) -> bool:
        """Whether axis 1 of its input is time, however many axes there are."""
        return self.step_by_step or self.applies_per_step

    @property
    def per_step(self) -> bool:
        """Whether people ask which steps it is applied to, and whether they share its weights."""
        return self.dense or self.applies_per_step

    @property
    def makes_vector(self) -> bool:
        """Whether it makes one vector of all steps."""
        return self.pools_all or self.rearranges == "flatten"

    @property
    def makes_steps(self) -> bool:
        """Whether it may make an axis of steps: what was lost before is not missing after it."""
        return self.looks_up or self.rearranges in ("reshape", "repeat")
