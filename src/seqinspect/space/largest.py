"""The largest or smallest size of a spec within budgets: by closed formula, then analysed again.

A formula is that of one analysis. It may not hold at every size, as where a kernel becomes longer
than its input, so that what it finds is analysed again, and so is the next size. Where a size says
how many layers there are (`repeat: L`), the formula is the line through two sizes.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from seqinspect.algebra.expression import Expr, FormulaTooLarge, const, symbol
from seqinspect.errors import SpecError, refuse
from seqinspect.model.report import Keras
from seqinspect.readers.elements.expression import parse_size
from seqinspect.readers.source.names import join_names, nearest
from seqinspect.records import NamedTuple
from seqinspect.space.quantities import Running, closed_in, cost, number
from seqinspect.space.ranges import Range, Solutions, common, solutions
from seqinspect.space.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from seqinspect.errors import Problem
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report
    from seqinspect.space.amounts import Budget, Quantity

    Analyse: TypeAlias = Callable[[Mapping[str, int]], tuple[Graph, Report]]

LARGEST_SIZE = 10**18
"""Sizes are looked for up to here."""

ROUNDS = 24
"""So often a formula that did not hold where it led to is replaced by the one that holds there."""

NEAR = 128
"""So many sizes are tried one by one for the next at which there is a model."""

STARTS = (8, 1, 64, 1_000)
"""Numbers that are tried for a size that has none, to have a first formula."""


class Wish(NamedTuple):
    """What is looked for: the largest size `name`, or the smallest, that keeps all budgets.

    `tied` are sizes that follow from it, as texts: {"u": "2*n"}.
    """

    name: str
    budgets: tuple[Budget, ...]
    tied: Mapping[str, str] = {}
    smallest: bool = False
    running: Running = Running()


class Candidate(NamedTuple):
    """A size with what the model costs there, as it was analysed; `refusal`: there is no model.

    `layers` is how many it has.
    """

    size: int
    sizes: Mapping[str, int]
    numbers: Mapping[Quantity, int]
    refusal: Problem | None = None
    layers: int = 0

    def broken(self, budgets: Iterable[Budget]) -> tuple[Budget, ...]:
        """Return the budgets that it does not keep."""
        return tuple(each for each in budgets if not each.allows(self.numbers[each.quantity]))


class FoundSize(NamedTuple):
    """The size that was looked for, and its neighbours.

    `next` is one further, None below 1; where there is no model, `next_built` is the next at which
    there is one, None where none was found near. `ranges` are all sizes that keep the budgets by
    `formulas`, as far as they were searched: `undecided` is the rest. `monotone`: no cost ever
    falls, or none ever rises. `closed`: the formulas gave what was analysed, at both sizes.
    `keras` is what Keras said of both.
    """

    model: str
    source: str
    wish: Wish
    best: Candidate
    next: Candidate | None
    next_built: Candidate | None
    ranges: tuple[Range, ...]
    undecided: tuple[Range, ...]
    monotone: bool
    closed: bool
    formulas: Mapping[Quantity, Expr]
    keras: Keras = Keras()

    @property
    def models(self) -> tuple[Candidate, ...]:
        """The size that was found, and the next at which there is a model."""
        return (self.best,) if self.next_built is None else (self.best, self.next_built)

    @property
    def binding(self) -> tuple[Budget, ...]:
        """The budgets that the next model does not keep."""
        beyond = self.next_built
        return () if beyond is None else beyond.broken(self.wish.budgets)


def find_size(analyse: Analyse, wish: Wish) -> FoundSize:
    """Return the largest size within budgets, or the smallest.

    `analyse` reads and analyses the spec with some sizes set. Raises SpecError where it has no such
    size, no size keeps the budgets, or nothing limits it.
    """
    return _Search(analyse, wish).run()


class _Search:
    """One search; what was analysed is kept by size."""

    def __init__(self, analyse: Analyse, wish: Wish) -> None:
        self.analyse = analyse
        self.wish = wish
        self.quantities = tuple(dict.fromkeys(each.quantity for each in wish.budgets))
        self.analysed: dict[int, tuple[Graph, Report] | None] = {}
        self.candidates: dict[int, Candidate] = {}
        self.refusals = Refusals()
        self.step = -1 if wish.smallest else 1
        self.within: Range = (1, LARGEST_SIZE)
        self.counts_layers = False
        self.dims = self.named_sizes()
        self.tied = {name: self.tied_formula(name, text) for name, text in wish.tied.items()}

    def named_sizes(self) -> Mapping[str, Expr]:
        """Return the sizes of the spec, which must have those that are looked for."""
        _, report = self.analyse({})
        self.model, self.source = report.model, report.source
        for name in (self.wish.name, *self.wish.tied):
            if name not in report.dims:
                near = nearest(name, report.dims)
                refuse(
                    f"{report.source} has no size `{name}`",
                    received=name,
                    expected=join_names(report.dims) or "a spec with `dims`",
                    remedy=f"did you mean `{near}`?" if near else "name it under `dims` first",
                    about="unknown dim",
                )
        return report.dims

    def tied_formula(self, name: str, text: str) -> Expr:
        """Return a size that follows from the others, as a formula in the one looked for."""
        if name == self.wish.name:
            refuse(
                f"`{name}` is what is looked for, and follows from nothing",
                received=f"{name}={text}",
                expected="another size",
                about="value",
            )
        names = {**self.dims, self.wish.name: symbol(self.wish.name)}
        formula = parse_size(text, names).expanded()
        fixed = {each: const(value) for each, value in formula.numbers().items()}
        formula = formula.substitute(fixed).plain()
        if formula.symbols() - {self.wish.name}:
            refuse(
                f"`{name}` does not follow from `{self.wish.name}`",
                received=f"{name}={text}",
                expected=f"arithmetic over {self.wish.name} and sizes that have a number",
                about="value",
            )
        return formula

    def run(self) -> FoundSize:
        """Search."""
        starts = self.starts()
        anchor = next(starts)
        second = next(starts, anchor)
        self.counts_layers = second.layers != anchor.layers
        others = chain((second,), starts)
        visited = set[int]()
        for _ in range(ROUNDS):
            formulas = self.formulas(anchor)
            solved = self.solve(formulas)
            if not solved.ranges:  # a size of 1 may make another model than all others
                anchor = next(others, None) or self.refuse_all(anchor)
                continue
            best = self.best_of(solved.ranges, anchor)
            if best is None:
                continue  # the sizes that were tried are no longer searched
            if not best.broken(self.wish.budgets):
                self.check_limit(best)
            following, built = self.beyond(best)
            outermost = built is None or bool(built.broken(self.wish.budgets))
            if best.broken(self.wish.budgets) or not outermost:
                anchor = built if built is not None and not outermost else best
                if anchor.size in visited:
                    self.leave_out(anchor.size)
                visited.add(anchor.size)
                continue
            found = FoundSize(
                self.model, self.source, self.wish, best, following, built,
                solved.ranges, solved.undecided, solved.monotone, True, formulas,
            )  # fmt: skip
            return found._replace(closed=all(map(self.holds(formulas), found.models)))
        return self.refuse_undecided()

    def starts(self) -> Iterator[Candidate]:
        """Yield sizes at which there is a model: that of the spec, and a few others."""
        value = self.dims[self.wish.name].value
        refusals: list[Problem] = []
        sizes = dict.fromkeys(STARTS if value is None else (value, *STARTS))
        for size in sizes:
            found = self.candidate(size)
            if found.refusal is None:
                yield found
            else:
                refusals.append(found.refusal)
        if len(refusals) == len(sizes):
            raise SpecError(refusals[0])

    def sizes(self, size: int) -> dict[str, int]:
        """Return what is set for a size."""
        here = {self.wish.name: size}
        return {**here, **{each: formula.evaluate(here) for each, formula in self.tied.items()}}

    def candidate(self, size: int) -> Candidate:
        """Analyse a size."""
        if size in self.candidates:
            return self.candidates[size]
        sizes = self.sizes(size)
        try:
            with self.refusals.noted(sizes):
                graph, report = self.analyse(sizes)
        except SpecError as error:
            found = Candidate(size, sizes, {}, error.problems[0])
        else:
            before = [*self.analysed.items()][-1:]  # the last two are asked for their formulas
            self.analysed = {**dict(before), size: (graph, report)}
            numbers = {each: self.number(graph, report, each) for each in self.quantities}
            found = Candidate(size, sizes, numbers, layers=len(report.rows))
        self.candidates[size] = found
        return found

    def built(self, size: int) -> Candidate | None:
        """Analyse a size at which there may be a model; None where there is none."""
        if size not in self.candidates and self.refusals.include(self.sizes(size)):
            return None
        found = self.candidate(size)
        return found if found.refusal is None else None

    def number(self, graph: Graph, report: Report, quantity: Quantity) -> int:
        """Return what a model costs, which must be known."""
        found = number(graph, report, quantity, self.wish.running)
        if found is None:
            open_sizes = [name for name, value in report.sizes.items() if value is None]
            if quantity == "stream_bytes" and not open_sizes:
                refuse(
                    f"{report.source} cannot be fed step by step, or that is not known",
                    received=f"a budget for {quantity}",
                    expected="a model that can be fed step by step",
                    remedy="seqinspect stream SPEC says which layer is why",
                    about="size",
                )
            refuse(
                f"{quantity} of {report.source} is not known",
                received=f"sizes without a number: {join_names(open_sizes)}"
                if open_sizes
                else "a layer whose costs no rule states",
                expected="a number to compare with the budget",
                remedy=f"give them numbers: --set {open_sizes[0]}=…" if open_sizes else "",
                about="size",
            )
        return found

    def formulas(self, at: Candidate) -> dict[Quantity, Expr]:
        """Return what the model costs as formulas in the size, as they are at a candidate."""
        if self.counts_layers:
            return self.lines(at)
        analysed = self.analysed.get(at.size)
        graph, report = analysed if analysed is not None else self.analyse(at.sizes)
        numbers = {name: const(value) for name, value in report.sizes.items() if value is not None}
        del numbers[self.wish.name]
        place = closed_in({**numbers, **self.tied})
        found = {}
        for quantity in self.quantities:
            whole = cost(graph, report, quantity, self.wish.running)
            try:
                formula = None if whole is None else whole.formula(place)
            except FormulaTooLarge as error:
                refuse(
                    f"{quantity} has no short formula in `{self.wish.name}`: {error}",
                    remedy="try sizes one by one with describe --set",
                    about="limit",
                )
            found[quantity] = const(at.numbers[quantity]) if formula is None else formula
        return found

    def lines(self, at: Candidate) -> dict[Quantity, Expr]:
        """Return what the model costs as lines through a candidate and the one beside it."""
        size = symbol(self.wish.name)
        near = map(self.candidate, (at.size + 1, max(1, at.size - 1)))
        beside = next((each for each in near if each.refusal is None), at)
        found: dict[Quantity, Expr] = {}
        for quantity, here in at.numbers.items():
            rise = (beside.numbers[quantity] - here) * (beside.size - at.size)
            found[quantity] = (rise * size + (here - rise * at.size)).plain()
        return found

    def solve(self, formulas: Mapping[Quantity, Expr]) -> Solutions:
        """Return the sizes that keep all budgets by formulas."""
        ranges: tuple[Range, ...] = (self.within,)
        monotone, undecided = not self.counts_layers, list[Range]()
        for budget in self.wish.budgets:
            formula = formulas[budget.quantity]
            found = solutions(formula, self.wish.name, budget, self.within)
            monotone = monotone and found.monotone
            undecided += found.undecided
            ranges = common(ranges, found.ranges)
        return Solutions(ranges, monotone, tuple(undecided))

    def holds(self, formulas: Mapping[Quantity, Expr]) -> Callable[[Candidate], bool]:
        """Return what tells whether formulas give what was analysed at a size."""

        def true_at(candidate: Candidate) -> bool:
            sizes = {self.wish.name: candidate.size}
            numbers = candidate.numbers.items()
            return all(formulas[quantity].evaluate(sizes) == value for quantity, value in numbers)

        return true_at

    def best_of(self, ranges: Sequence[Range], anchor: Candidate) -> Candidate | None:
        """Return the outermost of some sizes at which there is a model; None where none is near.

        Then where models end is looked for between there and `anchor`, at which there is one, and
        what is beyond is searched no more.
        """
        size = anchor.size
        for size in islice(self.inwards(ranges), NEAR):
            found = self.built(size)
            if found is not None:
                return found
        outermost = ranges[0][0] if self.wish.smallest else ranges[-1][1]
        if (outermost - anchor.size) * self.step <= 0:
            self.leave_out(size)
            return None
        built, refused = anchor.size, outermost
        while abs(refused - built) > 1:
            middle = (built + refused) // 2
            there = self.built(middle) is not None
            built, refused = (middle, refused) if there else (built, middle)
        self.leave_out(refused)
        return None

    def leave_out(self, size: int) -> None:
        """Search no more at a size and beyond."""
        first, last = self.within
        self.within = (size + 1, last) if self.wish.smallest else (first, size - 1)

    def check_limit(self, best: Candidate) -> None:
        """Refuse the largest size that is looked for at all."""
        if best.size >= LARGEST_SIZE and not self.wish.smallest:
            refuse(
                f"nothing limits `{self.wish.name}`: it keeps the budgets however large it is",
                received=", ".join(map(self.text_of, self.wish.budgets)),
                expected=f"a budget that grows with {self.wish.name}",
                about="size",
            )

    def inwards(self, ranges: Sequence[Range]) -> Iterator[int]:
        """Yield the sizes of ranges, the outermost first."""
        for first, last in ranges if self.wish.smallest else reversed(ranges):
            yield from range(first, last + 1) if self.wish.smallest else range(last, first - 1, -1)

    def beyond(self, best: Candidate) -> tuple[Candidate | None, Candidate | None]:
        """Return the next size, and the next at which there is a model, as far as it is near."""
        following = best.size + self.step
        if following < 1:
            return None, None
        first = self.candidate(following)
        for distance in range(NEAR):
            size = following + self.step * distance
            if size < 1:
                break
            found = self.built(size)
            if found is not None:
                return first, found
        return first, None

    def refuse_undecided(self) -> NoReturn:
        """Say that no size was found, which does not mean that there is none."""
        refuse(
            f"no `{self.wish.name}` was found, and none is ruled out",
            received="sizes at which there is no model, or other costs than by the formulas",
            remedy="try sizes one by one with describe --set",
            about="size",
        )

    def refuse_all(self, anchor: Candidate) -> NoReturn:
        """Say that no size keeps the budgets, unless one was met that does."""
        met = (each for each in self.candidates.values() if each.refusal is None)
        if not all(each.broken(self.wish.budgets) for each in met):
            self.refuse_undecided()
        name, lowest = self.wish.name, self.candidate(1)
        shown = lowest if lowest.refusal is None else anchor
        numbers = (f"{quantity} {value:,}" for quantity, value in shown.numbers.items())
        refuse(
            f"no `{name}` keeps the budgets",
            received=f"{', '.join(numbers)} at {name} = {shown.size:,}",
            expected=", ".join(map(self.text_of, self.wish.budgets)),
            remedy="give it more, or other sizes with --set",
            about="size",
        )

    @staticmethod
    def text_of(budget: Budget) -> str:
        """Return a budget as it is written."""
        return f"{budget.quantity} {budget.relation} {budget.amount:,}"
