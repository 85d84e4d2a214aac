"""The size that keeps budgets → the document that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.document import (
    GAP,
    Column,
    Document,
    Pairs,
    Paragraph,
    Span,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.text import engine, listed, memory
from seqinspect.space.amounts import IN_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.output.document import Inline
    from seqinspect.space.amounts import Budget, Quantity
    from seqinspect.space.largest import Candidate, FoundSize

MAX_RANGES = 8
"""Of more ranges the number is said."""


def document(found: FoundSize, written: str = "") -> Document:
    """Return what was found; `written` is the file that has the size now."""
    best, wish = found.best, found.wish
    sizes = ", ".join(f"{name} = {size:,}" for name, size in best.sizes.items())
    which = "smallest" if wish.smallest else "largest"
    budgets = listed([budget_text(each) for each in wish.budgets])
    heading = (Span(sizes, "strong"), Span(f"  the {which} with {budgets}"))
    source = (Span(found.source, "path"),)
    pairs = Pairs(tuple((label, inline(text)) for label, text in _facts(found, written)))
    return Document(
        found.model, (Paragraph(heading), Paragraph(source), GAP, _table(found), GAP, pairs)
    )


def budget_text(budget: Budget) -> str:
    """Return a budget: params <= 1,000,000."""
    return f"{quantity_text(budget.quantity)} {budget.relation} {budget.amount:,}"


def quantity_text(quantity: str) -> str:
    """Return what a quantity is called on the command line."""
    return quantity.replace("_", "-")


def _table(found: FoundSize) -> Table:
    names, quantities = list(found.best.sizes), list(found.formulas)
    columns = (
        *(Column(name, right=True, role="name") for name in names),
        *(Column(quantity_text(each), right=True, role="number") for each in quantities),
        Column(""),
    )
    rows = [_row(found, found.best)]
    if found.next is not None:
        rows.append(_row(found, found.next))
    if found.next_built is not None and found.next_built != found.next:
        rows.append(_row(found, found.next_built))
    return Table(columns, tuple(rows))


def _row(found: FoundSize, candidate: Candidate) -> TableRow:
    sizes = (inline(f"{size:,}") for size in candidate.sizes.values())
    numbers = (inline(_number(candidate, quantity)) for quantity in found.formulas)
    return TableRow((*sizes, *numbers, _verdict(found, candidate)))


def _number(candidate: Candidate, quantity: Quantity) -> str:
    value = candidate.numbers.get(quantity)
    return "" if value is None else f"{value:,}"


def _verdict(found: FoundSize, candidate: Candidate) -> Inline:
    if candidate.refusal is not None:
        return inline(f"no model: {candidate.refusal.what}", "bad")
    broken = candidate.broken(found.wish.budgets)
    if not broken:
        return inline("within the budget", "good")
    return inline(f"not {listed([budget_text(each) for each in broken])}", "bad")


def _facts(found: FoundSize, written: str) -> Iterator[tuple[str, str]]:
    name = found.wish.name
    for quantity, formula in found.formulas.items():
        number = found.best.numbers[quantity]
        shown = memory(number) if quantity in IN_BYTES else f"{number:,}"
        yield quantity_text(quantity), f"{formula.text()} = {shown}"
    yield "Limited by", _limit(found)
    if not found.monotone:
        yield "Ranges", _ranges(found)
    checked = " and ".join(f"{each.size:,}" for each in found.models)
    if found.closed:
        yield "Analysed", f"again at {name} = {checked}: the numbers are those of the formulas"
    else:
        yield (
            "Analysed",
            (
                f"at {name} = {checked}: these numbers hold, and the formulas, which are those of"
                " another size, do not give all of them"
            ),
        )
    yield "Keras", keras_text(found)
    if written:
        yield "Written", f"to {written}"


def keras_text(found: FoundSize) -> str:
    """Say whether Keras counted the same."""
    keras, sizes = found.keras, " and ".join(f"{each.size:,}" for each in found.models)
    match keras.status:
        case "agrees":
            return f"{engine(keras)} agrees at {found.wish.name} = {sizes}"
        case "disagrees":
            return f"{engine(keras)} disagrees; seqinspect describe --set shows with what"
    return "not asked: --static" if not keras.reasons else "not asked"


def _limit(found: FoundSize) -> str:
    if found.binding:
        return listed([budget_text(each) for each in found.binding])
    if found.next is None:
        return "nothing: a size is at least 1"
    return "the model: near the size that was found there is no other"


def _ranges(found: FoundSize) -> str:
    ranges = [
        f"{first:,}" if first == last else f"{first:,}…{last:,}" for first, last in found.ranges
    ]
    shown = ", ".join(ranges[-MAX_RANGES:] if not found.wish.smallest else ranges[:MAX_RANGES])
    more = f", and {len(ranges) - MAX_RANGES:,} more" if len(ranges) > MAX_RANGES else ""
    open_ranges = "; some sizes were not searched" if found.undecided else ""
    return (
        f"it is not proved that the costs only rise with {found.wish.name}; the formulas keep the"
        f" budgets at {shown}{more}{open_ranges}"
    )
