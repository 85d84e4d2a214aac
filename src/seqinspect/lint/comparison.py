"""Formula against formula: for all sizes where that can be proved, else by the numbers given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.algebra.expression import Expr, as_expr, prod, symbol, total_to_show
from seqinspect.algebra.proof import is_nonnegative, prove_equal
from seqinspect.errors import refuse
from seqinspect.model.finding import Missing, as_formula, as_shape
from seqinspect.model.report import BYTES
from seqinspect.readers.elements.expression import parse_size
from seqinspect.records import NamedTuple, dataclass
from seqinspect.time.reach import STEP, STEP_FROM_0

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seqinspect.model.finding import Fact, Formula, Shape
    from seqinspect.model.report import Report, Row, TensorReport

Actual: TypeAlias = "Formula | Shape | str | bool | Missing"
Decided = Literal["", "for all sizes", "by numbers"]
Reason = Literal["", "these sizes only", "axes", "axis", "no batch"]
Sign = Literal["==", "!=", "<=", ">=", "<", ">"]

COMPARISON = re.compile(r"\s*(<=|>=|==|!=|<|>|=|≤|≥|≠)?(.*)", re.DOTALL)
SIGNS: dict[str, Sign] = {
    "": "==", "=": "==", "==": "==", "≠": "!=", "!=": "!=", "≤": "<=", "<=": "<=", "≥": ">=",
    ">=": ">=", "<": "<", ">": ">",
}  # fmt: skip
MEMORY = re.compile(r"\s*(\d+)\s*(B|KiB|MiB|GiB|TiB|kB|MB|GB|TB)\s*")
UNITS = {
    "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
    "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
}  # fmt: skip


class Comparison(NamedTuple):
    """What was found in place of what is expected: `holds` is None where that is not known.

    `decided` says for which sizes. `reason` and its `facts` say why it does not hold, where there
    is more to say.
    """

    actual: Actual
    holds: bool | None
    decided: Decided = ""
    reason: Reason = ""
    facts: tuple[tuple[str, Fact], ...] = ()


@dataclass(frozen=True, slots=True)
class Demand:
    """A formula, and how a count must compare with it."""

    sign: Sign
    formula: Expr

    def compare(self, actual: Expr) -> Comparison:
        """Compare a count."""
        count = as_formula(actual)
        proved = self._for_all_sizes(actual)
        mine, theirs = actual.value, self.formula.value
        if proved is not None and (proved or (self.sign == "==" and not self.formula.is_constant)):
            if not proved and mine is not None and mine == theirs:
                if actual.is_constant:  # written without names: there is nothing but its number
                    return Comparison(count, True, "by numbers")
                facts = (("number", mine),)
                return Comparison(count, False, "for all sizes", "these sizes only", facts)
            return Comparison(count, proved, "for all sizes")
        if mine is None or theirs is None:
            # A number that is not what it is for all sizes may be what it is for the unknown one.
            open_ = proved is None or (self.sign == "==" and self.formula.is_constant)
            return Comparison(count, None if open_ else proved, "" if open_ else "for all sizes")
        return Comparison(count, _COMPARE[self.sign](mine, theirs), "by numbers")

    def _for_all_sizes(self, actual: Expr) -> bool | None:
        """What holds for all sizes; None where that cannot be decided, or depends on them."""
        if actual.is_constant and self.formula.is_constant:
            return None
        match self.sign:
            case "==":
                return alike(actual, self.formula)
            case "!=":
                return False if prove_equal(actual, self.formula) else None
            case "<=":
                return is_nonnegative(self.formula - actual)
            case ">=":
                return is_nonnegative(actual - self.formula)
            case "<":
                return is_nonnegative(self.formula - actual - 1)
            case ">":
                return is_nonnegative(actual - self.formula - 1)


_COMPARE = {
    "==": int.__eq__, "!=": int.__ne__, "<=": int.__le__, ">=": int.__ge__,
    "<": int.__lt__, ">": int.__gt__,
}  # fmt: skip


def alike(one: Expr, other: Expr) -> bool | None:
    """Tell whether two formulas are the same for all sizes; None where that cannot be decided."""
    answer = prove_equal(one, other)
    if answer is None and is_nonnegative(one - other) and is_nonnegative(other - one):
        return True
    return answer


def read_demand(text: str, sizes: Mapping[str, Expr], *, memory: bool = False) -> Demand:
    """Read `n*(n+1)`, `<= 1_000_000` or, for memory, `<= 4 MiB`. Raises SpecError."""
    match = COMPARISON.fullmatch(text)
    sign, rest = (match[1] or "", match[2]) if match else ("", text)
    chosen = SIGNS[sign]
    amount = MEMORY.fullmatch(rest)
    if amount:
        if not memory:
            refuse("a count has no unit of memory", received=rest.strip(), expected="a number")
        return Demand(chosen, as_expr(int(amount[1]) * UNITS[amount[2]]))
    return Demand(chosen, read_size(rest, sizes))


def read_size(text: str, sizes: Mapping[str, Expr]) -> Expr:
    """Read a formula; digits may be grouped: 1_000_000."""
    return parse_size(re.sub(r"(?<=\d)_(?=\d)", "", text.strip()), sizes).plain()


def compare_shape(expected: tuple[Expr | None, ...], tensor: TensorReport) -> Comparison:
    """Compare a shape size by size; None in it (null) stands for a size that is not known."""
    if tensor.unknown_shape:
        return Comparison(Missing("unknown"), None)
    actual = as_shape(tensor.symbolic)
    if len(expected) != len(actual):
        facts: tuple[tuple[str, Fact], ...] = (("axes", len(actual)), ("due", len(expected)))
        return Comparison(actual, False, "for all sizes", "axes", facts)
    decided: Decided = "for all sizes"
    for axis, (due, size) in enumerate(zip(expected, tensor.symbolic, strict=True)):
        if due is None:
            if size.value is not None:
                facts = (("axis", axis), ("size", size.value), ("due", "null"))
                return Comparison(actual, False, "by numbers", "axis", facts)
            continue
        if axis == 0 and due.symbols() == {"batch"} and due.value is None:
            continue  # `batch` stands for whatever the batch is
        found = Demand("==", due).compare(size)
        if not found.holds:
            if not found.reason:
                facts = (("axis", axis), ("size", as_formula(size)), ("due", as_formula(due)))
                found = found._replace(reason="axis", facts=facts)
            return found._replace(actual=actual)
        if found.decided == "by numbers":
            decided = "by numbers"
    return Comparison(actual, True, decided)


def count_of_report(report: Report, what: str) -> Expr:
    """A total of a model as a formula."""
    if what == "params":
        return report.formula
    return report.multiply_adds if what == "multiply_adds" else bytes_of(report.counted)


def bytes_of(rows: Iterable[Row]) -> Expr:
    """The memory of the weights of rows as a formula; weights that are shared count once."""
    return total_to_show(
        prod(weight.symbolic) * BYTES[weight.dtype]
        for row in rows
        if row.reuses is None
        for weight in row.weights
    ).plain()


def receptive_field(report: Report, limit: int | None = None) -> Expr | None:
    """The most input steps that one output step depends on; None where it is not known.

    A formula where the width only grows with t, otherwise a number. Of a sequence of unknown length
    it is what a long one has: `limit`, if it is never more and at last as many.
    """
    found = [*_widest(report)]
    if not found or None in found:
        return _most(field.size for field in report.fields)
    widest = found[0]
    for width in found[1:]:
        if widest is None or width is None or widest.value is None or width.value is None:
            return None
        widest = widest if widest.value >= width.value else width
    if widest is not None and limit is not None and widest.value is None:
        longer = {name: symbol(name) + limit for name in widest.symbols()}
        if alike(widest.substitute(longer), as_expr(limit)):
            return as_expr(limit)
    return widest


def steps_read(report: Report) -> Expr | None:
    """How many steps the output step with the widest view depends on; None where not known."""
    return _most(field.reads for field in report.fields)


def _most(numbers: Iterable[int | None]) -> Expr | None:
    found = list(numbers)
    known = [number for number in found if number is not None]
    return as_expr(max(known)) if known and len(known) == len(found) else None


def _widest(report: Report) -> Iterator[Expr | None]:
    """Yield the width at the last output step where it never shrinks on the way; None elsewhere."""
    rows = {row.name: row for row in report.top}
    for name in report.outputs:
        row = rows.get(name)
        for each in row.time.depends if row is not None and row.time is not None else ():
            if each.first is None or each.last is None:
                yield None
                continue
            width = each.last - each.first + 1
            steps = row.time.steps if row is not None and row.time is not None else None
            if "t" not in width.symbols():
                yield width
            elif steps is None or not is_nonnegative(
                width.substitute({"t": STEP + 1}) - width, STEP_FROM_0
            ):
                yield None
            else:
                yield width.substitute({"t": steps - 1})
