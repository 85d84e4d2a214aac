"""Exact integer formulas in named sizes: parameter counts and tensor shapes.

An `Expr` is a polynomial with integer coefficients over named sizes, numbers from the user's spec
that formulas show as written (*literals*), floors, maxima and minima. Equal formulas have one
normal form, so `==` compares them. Floors are exact for every integer value of the sizes; a
divisor that is not a number is taken to be positive, as sizes are.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.algebra import polynomial
from seqinspect.algebra.polynomial import (
    FLOOR,
    LITERAL,
    MAX,
    MAX_BITS,
    MAX_TERMS,
    MIN,
    SYMBOL,
    Atom,
    FormulaTooLarge,
    Terms,
    value_of,
)
from seqinspect.algebra.printing import Printer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = [
    "MAX_TERMS",
    "Expr",
    "FormulaTooLarge",
    "Size",
    "as_expr",
    "ceil_div",
    "const",
    "literal",
    "maximum",
    "minimum",
    "observing",
    "prod",
    "symbol",
    "total",
    "total_to_show",
]

ONE: Terms = {(): 1}

Observed: TypeAlias = Literal["number", "is zero", "is negative"]
"""What was asked of a formula: its number, or only this."""

Observer: TypeAlias = "Callable[[Expr, Observed, int | None], object]"

OBSERVERS: list[Observer] = []
"""Who is told what is asked of the numbers of formulas, the last of them: what an analysis decides
by them holds for all sizes that give the same answers."""


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Tell an observer what is asked of the numbers of formulas while the block runs.

    One that knows enough may take itself off the list before.
    """
    OBSERVERS.append(observer)
    count = len(OBSERVERS)
    try:
        yield
    finally:
        if len(OBSERVERS) == count:
            OBSERVERS.pop()


Order: TypeAlias = dict[Atom, None]


class Expr:
    """A integer formula and, where all its sizes are known, its number."""

    __slots__ = ("_hash", "_order", "_plain", "_printed", "_symbols", "_terms", "_value")

    def __init__(self, terms: Terms, order: Order, value: int | None) -> None:
        self._terms = terms
        self._order = order  # every atom, also inside floors, as a reader meets them
        self._value = value
        self._hash: int | None = None
        self._symbols: frozenset[str] | None = None
        self._plain: Expr | None = None  # without its literals, if it has some
        self._printed: tuple[str | None, str | None] = (None, None)

    @property
    def value(self) -> int | None:
        """The number, or None if a size that it depends on is not known."""
        return _told(self, "number", self._value) if OBSERVERS else self._value

    @property
    def shown(self) -> int | None:
        """The same number, where it is shown in words and nothing is decided by it."""
        return self._value

    def equals(self, other: Size) -> bool | None:
        """Whether it is the same number as another size; None where one of them is not known.

        What only this decides is the same for all sizes at which it holds, or none of them.
        """
        theirs = other if isinstance(other, int) else other._value
        if self._value is None or theirs is None:
            return None
        equal = self._value == theirs
        return bool(_told(self - other, "is zero", equal)) if OBSERVERS else equal

    def is_below(self, other: Size) -> bool | None:
        """Whether it is a smaller number than another size; None where one of them is not known."""
        theirs = other if isinstance(other, int) else other._value
        if self._value is None or theirs is None:
            return None
        below = self._value < theirs
        return bool(_told(self - other, "is negative", below)) if OBSERVERS else below

    def __add__(self, other: Expr | int) -> Expr:
        if not isinstance(other, Expr):
            if not isinstance(other, int):
                return NotImplemented
            other = const(other)
        terms = polynomial.add(self._terms, other._terms)
        mine, theirs = self._value, other._value
        value = value_of(terms) if mine is None or theirs is None else _check_bits(mine + theirs)
        return Expr(terms, self._order | other._order, value)

    __radd__ = __add__

    def __neg__(self) -> Expr:
        terms = {monomial: -number for monomial, number in self._terms.items()}
        return Expr(terms, self._order, None if self._value is None else -self._value)

    def __sub__(self, other: Expr | int) -> Expr:
        if not isinstance(other, Expr):
            if not isinstance(other, int):
                return NotImplemented
            other = const(other)
        terms = polynomial.add(self._terms, other._terms, -1)
        mine, theirs = self._value, other._value
        value = value_of(terms) if mine is None or theirs is None else _check_bits(mine - theirs)
        return Expr(terms, self._order | other._order, value)

    def __rsub__(self, other: int) -> Expr:
        return const(other) - self if isinstance(other, int) else NotImplemented

    def __mul__(self, other: Expr | int) -> Expr:
        if not isinstance(other, Expr):
            if not isinstance(other, int):
                return NotImplemented
            other = const(other)
        if self._terms == ONE:
            return other
        if other._terms == ONE:
            return self
        terms = polynomial.multiply(self._terms, other._terms)
        mine, theirs = self._value, other._value
        value = value_of(terms) if mine is None or theirs is None else _check_bits(mine * theirs)
        return Expr(terms, self._order | other._order, value)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Expr:
        if not isinstance(exponent, int):
            return NotImplemented
        if exponent < 0:
            raise ValueError(f"exponent {exponent} is negative: sizes are integers")
        terms = polynomial.power(self._terms, exponent)
        if self._value is None:
            return Expr(terms, self._order, value_of(terms))
        if abs(self._value) > 1 and (self._value.bit_length() - 1) * exponent > MAX_BITS:
            polynomial.refuse("the number of bits of an integer is", MAX_BITS, "MAX_BITS")
        return Expr(terms, self._order, self._value**exponent)

    def __floordiv__(self, other: Expr | int) -> Expr:
        divisor = as_expr(other).plain()
        if divisor.equals(0):
            raise ZeroDivisionError(f"{self.python()} is divided by {divisor.python()}, which is 0")
        if divisor._terms == {(): 1}:
            return self
        numerator = self.plain()
        terms = polynomial.floor_divide(numerator._terms, divisor._terms)
        mine, theirs = numerator._value, divisor._value
        value = value_of(terms) if mine is None or theirs is None else mine // theirs
        return Expr(
            terms, numerator._order | divisor._order | polynomial.compound_atoms(terms), value
        )

    def __rfloordiv__(self, other: int) -> Expr:
        return const(other) // self if isinstance(other, int) else NotImplemented

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Expr):
            return self._terms == other._terms
        if isinstance(other, int):
            return self._terms == ({(): other} if other else {})
        return NotImplemented

    def __hash__(self) -> int:
        if self._hash is None:
            if polynomial.is_constant(self._terms):
                self._hash = hash(self._terms.get((), 0))
            else:
                self._hash = hash(frozenset(self._terms.items()))
        return self._hash

    def __bool__(self) -> bool:
        raise TypeError(f"the formula {self.python()} is neither true nor false; compare it")

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Expr({self.python()})"

    def python(self) -> str:
        """Print it as Python arithmetic: n*(n + 1)."""
        text, python = self._printed
        if python is None:
            python = Printer(self._order, textbook=False).print(self._terms)
            self._printed = (text, python)
        return python

    def text(self) -> str:
        """Print it as a textbook does: n×(n+1)."""
        text, python = self._printed
        if text is None:
            text = Printer(self._order, textbook=True).print(self._terms)
            self._printed = (text, python)
        return text

    @property
    def length(self) -> int:
        """How many different sizes stand in it, and three times its floors, maxima and minima."""
        return sum(3 if atom.arguments else 1 for atom in self._order)

    def mentions(self, size: Expr) -> bool:
        """Tell whether a size may stand in it: where it does not, that is found at once."""
        return not size._order.keys().isdisjoint(self._order)

    @property
    def size(self) -> int:
        """How long it is, without printing it: about twice as many characters."""
        return sum(sum(map(len, monomial)) + 4 for monomial in self._terms)

    @property
    def plainly_nonnegative(self) -> bool:
        """Whether it only adds and multiplies sizes, so that it is at least 0 for all of them."""
        return polynomial.plainly_nonnegative(self._terms)

    @property
    def is_constant(self) -> bool:
        """Whether no named size is left in it."""
        return polynomial.is_constant(self.plain()._terms)

    def plain(self) -> Expr:
        """Replace every literal by the number that it is."""
        if self._plain is None:
            for atom in self._order:
                if atom.kind == LITERAL:
                    self._plain = self._without_literals()
                    return self._plain
            return self
        return self._plain

    def _without_literals(self) -> Expr:
        terms: Terms = {}
        for monomial, coefficient in self._terms.items():
            number = coefficient
            for atom in monomial:
                if atom.kind == LITERAL and atom.value is not None:
                    number *= atom.value
            rest = tuple([atom for atom in monomial if atom.kind != LITERAL])
            number = _check_bits(number + terms.get(rest, 0))
            if number:
                terms[rest] = number
            else:
                terms.pop(rest, None)
        order = {atom: None for atom in self._order if atom.kind != LITERAL}
        if not order:
            return const(terms.get((), 0))
        return Expr(terms, order, self._value)

    def simplified(self) -> Expr:
        """Simplify it as a shape shows it: a product keeps its literals, a sum adds them up."""
        terms = self._terms
        if len(terms) == 1 and () not in terms:
            return self
        result = self.plain()
        if polynomial.is_constant(result._terms):
            return literal(result._terms.get((), 0))
        return result

    def symbols(self) -> frozenset[str]:
        """Name the sizes that it depends on."""
        if self._symbols is None:
            self._symbols = frozenset([atom.name for atom in polynomial.symbol_atoms(self._terms)])
        return self._symbols

    @property
    def is_unfixed(self) -> bool:
        """Whether it has no number since it depends on a size that may change from call to call."""
        return self._value is None and any(
            atom.unfixed for atom in polynomial.symbol_atoms(self._terms)
        )

    def numbers(self) -> dict[str, int]:
        """Return the numbers of the sizes that it depends on, as far as they are known."""
        atoms = polynomial.symbol_atoms(self._terms)
        for atom in atoms if OBSERVERS else ():
            _told(Expr({(atom,): 1}, {atom: None}, atom.value), "number", atom.value)
        return {atom.name: atom.value for atom in atoms if atom.value is not None}

    def known_numbers(self) -> dict[str, int]:
        """Return the same numbers, where a formula is written otherwise and nothing is decided."""
        atoms = polynomial.symbol_atoms(self._terms)
        return {atom.name: atom.value for atom in atoms if atom.value is not None}

    def substitute(self, mapping: Mapping[str, Size]) -> Expr:
        """Replace named sizes, all at once."""
        if self.symbols().isdisjoint(mapping):
            return self
        return _rebuild(self, {name: as_expr(size) for name, size in mapping.items()})

    def expanded(self) -> Expr:
        """Replace every size that was defined by others by its definition."""
        resolved: dict[str, Expr] = {}
        visited: set[Atom] = set()
        # Definitions can form chains longer than the interpreter's stack, so no recursion here.
        stack = [(atom, False) for atom in sorted(polynomial.symbol_atoms(self._terms))]
        while stack:
            atom, ready = stack.pop()
            if atom.definition is None:
                continue
            terms, order = atom.definition
            if ready:
                resolved[atom.name] = _rebuild(Expr(terms, order, atom.value), resolved)
            elif atom not in visited:
                visited.add(atom)
                stack.append((atom, True))
                stack += [(inner, False) for inner in sorted(polynomial.symbol_atoms(terms))]
        return _rebuild(self, resolved) if resolved else self

    def evaluate(self, env: Mapping[str, int]) -> int:
        """Compute the number for given sizes; KeyError names a size that is missing."""
        return polynomial.evaluate(self._terms, env, {})


Size: TypeAlias = Expr | int


def _told(formula: Expr, asked: Observed, answer: int | None) -> int | None:
    """Tell who observes what is asked; return the answer."""
    if OBSERVERS:
        OBSERVERS[-1](formula, asked, answer)
    return answer


def _check_bits(number: int) -> int:
    if number.bit_length() > MAX_BITS:
        polynomial.refuse("the number of bits of an integer is", MAX_BITS, "MAX_BITS")
    return number


def _rebuild(expr: Expr, replacements: Mapping[str, Expr]) -> Expr:
    """Compute a formula anew with some named sizes replaced."""
    rank = {atom: position for position, atom in enumerate(expr._order)}
    names = {repr(name) for name in replacements}  # as the text of their atoms
    unaffected = {atom: None for atom in rank if atom.symbols.isdisjoint(names)}
    rebuilt: dict[Atom, Expr] = {}
    results: list[Expr] = []
    for same_as_before, items in groupby(
        expr._terms.items(), lambda item: all(atom in unaffected for atom in item[0])
    ):
        terms = dict(items)
        results.append(
            Expr(terms, unaffected, value_of(terms))
            if same_as_before
            else _rebuild_terms(terms, rank, replacements, rebuilt)
        )
    return results[0] if len(results) == 1 else total(results)


def _rebuild_terms(
    terms: Terms, rank: dict[Atom, int], replacements: Mapping[str, Expr], rebuilt: dict[Atom, Expr]
) -> Expr:
    results: list[Expr] = []
    for monomial, number in terms.items():
        result = const(number)
        for atom in sorted(dict.fromkeys(monomial), key=lambda atom: rank.get(atom, 0)):
            if atom not in rebuilt:
                if atom.arguments:
                    rebuilt[atom] = _rebuild_atom(atom, rank, replacements, rebuilt)
                else:
                    alone = Expr({(atom,): 1}, {atom: None}, atom.value)
                    rebuilt[atom] = (
                        replacements.get(atom.name, alone) if atom.kind == SYMBOL else alone
                    )
            exponent = monomial.count(atom)
            result = result * (rebuilt[atom] if exponent == 1 else rebuilt[atom] ** exponent)
        results.append(result)
    return results[0] if len(results) == 1 else total(results)


def _rebuild_atom(
    atom: Atom, rank: dict[Atom, int], replacements: Mapping[str, Expr], rebuilt: dict[Atom, Expr]
) -> Expr:
    if all(inner.name not in replacements for inner in atom.symbols):
        terms: Terms = {(atom,): 1}
        inside = {*atom.symbols, *polynomial.compound_atoms(terms)}
        order = dict.fromkeys(sorted(inside, key=lambda inner: rank.get(inner, 0)))
        return Expr(terms, order, value_of(terms))
    sizes = []
    for argument in atom.arguments:
        sizes.append(_rebuild_terms(argument, rank, replacements, rebuilt))
    return sizes[0] // sizes[1] if atom.kind == FLOOR else _extremum(atom.kind, sizes)


def symbol(
    name: str,
    value: int | None = None,
    definition: Expr | None = None,
    *,
    unfixed: bool = False,
    label: str = "",
) -> Expr:
    """Return a named size, with its number if known and what the user defined it as.

    A text shows it as `label` where that is given; its name is a word of Python.

    `unfixed`: it is None in Keras and may change from call to call, as the batch does; another size
    without a number has one in Keras, which is not known here.
    """
    if definition is None:
        atom = polynomial.symbol_atom(name, value, None, unfixed=unfixed, label=label)
    else:
        value = definition._value if value is None else value
        formula = (definition._terms, definition._order)
        atom = polynomial.symbol_atom(name, value, formula, label=label)
    return Expr({(atom,): 1}, {atom: None}, value)


@lru_cache(maxsize=1024)
def literal(number: int) -> Expr:
    """Return a number that formulas show as it was written; below 2 it is just the number."""
    if number < 2:
        return const(number)
    atom = polynomial.literal_atom(number)
    return Expr({(atom,): 1}, {atom: None}, number)


@lru_cache(maxsize=1024)
def const(number: int) -> Expr:
    """Return a number as a formula."""
    return Expr({(): number} if number else {}, {}, number)


def as_expr(size: Size) -> Expr:
    """Return the size as a formula."""
    return size if isinstance(size, Expr) else const(size)


def prod(sizes: Iterable[Size]) -> Expr:
    """Multiply sizes; 1 if there are none."""
    result: Expr | None = None
    for size in sizes:
        result = as_expr(size) if result is None else result * size
    return const(1) if result is None else result


def total(sizes: Iterable[Size]) -> Expr:
    """Add sizes; 0 if there are none."""
    terms: Terms = {}
    order: Order = {}
    value: int | None = 0
    for size in sizes:
        expr = as_expr(size)
        for monomial, coefficient in expr._terms.items():
            number = coefficient + terms.get(monomial, 0)
            if number:
                terms[monomial] = number
            else:
                terms.pop(monomial, None)
        order.update(expr._order)
        value = None if value is None or expr._value is None else value + expr._value
    if len(terms) > MAX_TERMS:
        polynomial.refuse("the number of terms is", MAX_TERMS, "MAX_TERMS")
    return Expr(terms, order, value_of(terms) if value is None else value)


def total_to_show(sizes: Iterable[Expr]) -> Expr:
    """Add sizes to be shown: where the sum is too long, with the numbers of names that have one.

    It is a name without a number, ?, where that is too long as well.
    """
    parts = list(sizes)
    try:
        return total(parts)
    except FormulaTooLarge:
        pass
    try:
        return total(part.substitute(part.numbers()) for part in parts)
    except FormulaTooLarge:
        return symbol("?")


def ceil_div(numerator: Size, divisor: Size) -> Expr:
    """Divide by a positive size and round up."""
    divisor = as_expr(divisor)
    if divisor._terms == {(): 1}:
        return as_expr(numerator)
    return (numerator + divisor - 1) // divisor


def maximum(*sizes: Size) -> Expr:
    """Return the largest of one or more sizes."""
    return _extremum(MAX, [as_expr(size) for size in sizes])


def minimum(*sizes: Size) -> Expr:
    """Return the smallest of one or more sizes."""
    return _extremum(MIN, [as_expr(size) for size in sizes])


def _extremum(kind: str, sizes: list[Expr]) -> Expr:
    if not sizes:
        raise ValueError(f"{kind} of no sizes")
    if len(sizes) == 1:
        return sizes[0]
    plain = [size.plain() for size in sizes]
    terms = polynomial.extremum(kind, [size._terms for size in plain])
    order: Order = {}
    for size in plain:
        order |= size._order
    values = [size._value for size in plain if size._value is not None]
    if len(values) < len(plain):
        value = value_of(terms)
    else:
        value = max(values) if kind == MAX else min(values)
    return Expr(terms, order | polynomial.compound_atoms(terms), value)
