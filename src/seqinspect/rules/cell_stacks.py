"""Stacks of recurrent cells: their states, in what groups a call takes them, what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from seqinspect.errors import refuse
from seqinspect.rules.registry import traits_of
from seqinspect.rules.traits import STATE_NAMES

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Size
    from seqinspect.model.facts import Inner, Tensors
    from seqinspect.rules.arguments import Inners

Item = TypeVar("Item")


class ConfiguredLayer(Protocol):
    """A configured layer, as a spec or a rule has it."""

    @property
    def type(self) -> str:
        """Its Keras class."""

    @property
    def arguments(self) -> Mapping[str, object]:
        """What was given to its constructor."""


CELLS = "LSTMCell, GRUCell, SimpleRNNCell or StackedRNNCells"
SINGLE_CELLS = "LSTMCell, GRUCell or SimpleRNNCell"


def state_sizes(
    cell: ConfiguredLayer | tuple[ConfiguredLayer, ...], argument: str
) -> tuple[Size, ...]:
    """The size of each state of a cell or a stack of cells; refused where it is none."""
    if isinstance(cell, tuple) or cell.type == "StackedRNNCells":
        cells = cell if isinstance(cell, tuple) else cells_of_stack(cell)
        if not cells:
            refuse("has no cells", received="[]", expected=CELLS, argument=argument, about="value")
        return tuple(size for each in cells for size in state_sizes(each, argument))
    traits = traits_of(cell.type)
    if not traits.is_cell:
        layer = cell.type if traits_of(f"{cell.type}Cell").is_cell else ""
        refuse(
            f"needs a cell, and {cell.type} is none",
            received=cell.type,
            expected=CELLS,
            remedy=f"write {layer}Cell, or {layer} without a layer around it" if layer else "",
            argument=argument,
            about="value",
        )
    return (cell.arguments["units"],) * traits.states  # type: ignore[return-value]  # a Size


def state_names(cell: ConfiguredLayer | tuple[ConfiguredLayer, ...]) -> tuple[str, ...]:
    """The names of all states, those of a stack with the number of their cell: 1.h, 1.c, 2.h."""
    cells = cells_of_stack(cell)
    if not cells:
        return STATE_NAMES[: traits_of(cell.type).states]  # type: ignore[union-attr]  # no tuple
    return tuple(
        f"{number}.{name}" for number, each in enumerate(cells, 1) for name in state_names(each)
    )


def cells_of_stack(cell: object) -> tuple[ConfiguredLayer, ...]:
    """The cells of a stack: of a list, or of a StackedRNNCells; none where it is one cell."""
    if isinstance(cell, tuple):
        return cell
    arguments = getattr(cell, "arguments", {})
    return arguments.get("cells", ()) if isinstance(arguments, Mapping) else ()


def check_nesting(cell: Inner | Inners, *, return_state: bool) -> None:
    """Refuse to return the states of a stack within a stack."""
    if return_state and any(cells_of_stack(each) for each in cells_of_stack(cell)):
        refuse(
            "cannot return the states of a stack within a stack: Keras has no shape for them",
            received="a StackedRNNCells among the cells",
            expected=SINGLE_CELLS,
            remedy="put all cells into one list",
            argument="return_state",
            about="value",
        )


def check_state_dtypes(cell: Inner | Inners, states: Tensors) -> None:
    """Refuse a stack whose states change their dtype: a loop and a mask need them to keep it."""
    policy = "float32" if isinstance(cell, tuple) else str(cell.argument("dtype") or "float32")
    compute = policy.removeprefix("mixed_")
    other = next((state.dtype for state in states if state.dtype != compute), "")
    if other and cells_of_stack(cell):
        refuse(
            f"keeps the states of its stack in {compute}, and one of its cells computes in {other}",
            received=other,
            expected=f"dtype: {compute} in all cells",
            remedy=f"write the stack as StackedRNNCells: {{cells: [...], dtype: {other}}}",
            argument="cell",
            about="dtype",
        )


def check_stack_of_one(
    cell: ConfiguredLayer | tuple[ConfiguredLayer, ...], *, masked: bool
) -> None:
    """Refuse a stack of one cell: with a mask, or with several states and unrolled."""
    cells = cells_of_stack(cell)
    if len(cells) == 1 and (masked or len(state_sizes(cells[0], "cell")) > 1):
        refuse(
            f"cannot {'skip masked steps' if masked else 'be unrolled'} with a stack of one cell:"
            " Keras loses the order of its states",
            received=f"a stack of one {cells[0].type}",
            expected="the cell itself, or a stack of several",
            remedy=f"write {cells[0].type} without a list around it",
            argument="mask" if masked else "unroll",
            about="value",
        )
    for each in cells:
        check_stack_of_one(each, masked=masked)


def grouped_states(layer: ConfiguredLayer, states: Sequence[Item]) -> list[Item | list[Item]]:
    """The states of a call as Keras takes them: those of stacked cells in a list for each cell."""
    each = iter(states)
    if traits_of(layer.type).both_directions:
        halves = (layer.arguments.get("layer"), layer.arguments.get("backward_layer"))
        forward, backward = halves[0], halves[1] or halves[0]
        groups = [
            *_grouped(_stateful_cells(forward), each),
            *_grouped(_stateful_cells(backward), each),
        ]
    else:
        groups = _grouped(_stateful_cells(layer), each)
    return [*groups, *each]


def _stateful_cells(layer: object) -> tuple[ConfiguredLayer, ...]:
    """The cells of a layer whose states Keras takes in lists."""
    arguments = getattr(layer, "arguments", {})
    return cells_of_stack(arguments.get("cell")) or cells_of_stack(layer)


def _grouped(cells: tuple[ConfiguredLayer, ...], states: Iterator[Item]) -> list[Any]:
    return [
        _grouped(cells_of_stack(cell), states)
        if cells_of_stack(cell)
        else list(islice(states, traits_of(cell.type).states))
        for cell in cells
    ]
