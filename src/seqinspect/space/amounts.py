"""Amounts and budgets as people write them: 1M, 64KiB, "<= 1M"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

from seqinspect.errors import refuse
from seqinspect.readers.source.limits import truncate
from seqinspect.records import NamedTuple

Relation: TypeAlias = Literal["<=", "<", ">=", ">"]

Counted = Literal["params", "bytes", "multiply_adds", "memory", "training_memory"]
Quantity = Literal[Counted, "stream_bytes"]
"""What a model costs: parameters, bytes of the weights, multiply-adds of one sample, bytes of a
forward pass and of training, and those that are kept between steps where it is fed step by step."""

QUANTITIES: tuple[Counted, ...] = get_args(Counted)
"""Those that follow from shapes and counts alone; how steps are read has no say."""

BUDGETED: tuple[Quantity, ...] = (*QUANTITIES, "stream_bytes")
IN_BYTES: frozenset[Quantity] = frozenset({"bytes", "memory", "training_memory", "stream_bytes"})

UNITS = {
    "": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12,
    "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40,
}  # fmt: skip
"""What a letter after a number stands for; 1B parameters are a billion, as the field says."""

BYTE_UNITS = {unit + "b": factor for unit, factor in UNITS.items() if unit not in ("", "b")} | {
    "b": 1
}

AMOUNT = re.compile(r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?)\s*([A-Za-z]{0,3})\s*")
BUDGET = re.compile(r"\s*(<=|<|>=|>|≤|≥)?(.*)", re.DOTALL)
RELATIONS: dict[str, Relation] = {
    "": "<=", "<=": "<=", "<": "<", ">=": ">=", ">": ">", "≤": "<=", "≥": ">=",
}  # fmt: skip
MAX_CHARACTERS = 40


class Budget(NamedTuple):
    """What a quantity may be: `relation` to an amount, an exact integer."""

    quantity: Quantity
    relation: Relation
    amount: int

    def allows(self, number: int) -> bool:
        """Whether a number keeps it."""
        match self.relation:
            case "<=":
                return number <= self.amount
            case "<":
                return number < self.amount
            case ">=":
                return number >= self.amount
            case ">":
                return number > self.amount

    @property
    def is_upper(self) -> bool:
        """Whether it says how much there may be at most."""
        return self.relation in ("<=", "<")


def budget(quantity: Quantity, text: str) -> Budget:
    """Read "<= 1M": a relation, `<=` where it has none, and an amount. Raises SpecError."""
    match = BUDGET.fullmatch(text)
    sign, rest = (match[1] or "", match[2]) if match else ("", text)
    return Budget(quantity, RELATIONS[sign], amount(rest, in_bytes=quantity in IN_BYTES))


def amount(text: str, *, in_bytes: bool = False) -> int:
    """Read an amount, an integer that may have a unit: 1M, 1.5k, 64KiB, 1e6. Raises SpecError."""
    match = AMOUNT.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    units = {**UNITS, **BYTE_UNITS} if in_bytes else UNITS
    factor = units.get(match[2].lower()) if match else None
    if match is None or factor is None:
        refuse(
            "this is no amount",
            received=truncate(text.strip()) or "nothing",
            expected="an integer that may have a unit, such as 50k, 1M"
            + (" or 64KiB" if in_bytes else ""),
            about="value",
        )
    number = Decimal(match[1].replace(",", "").replace("_", "")) * factor
    if number != number.to_integral_value():
        refuse(
            "an amount is an integer",
            received=truncate(text.strip()),
            expected="an integer, with its unit, such as 1.5k",
            about="value",
        )
    return int(number)
