"""The size that keeps budgets → JSON, version 1: the stable format that scripts depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.model.json_text import json_document, json_escape
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from seqinspect.space.largest import Candidate, FoundSize

SCHEMA = "seqinspect.size/1"
LISTS = ("budgets", "ranges")


def render(found: FoundSize, version: str, *, encoding: str = "utf-8") -> str:
    """Return the JSON text of a size that was found."""
    return encodable(json_document(as_data(found, version), LISTS) + "\n", encoding, json_escape)


def as_data(found: FoundSize, version: str) -> dict[str, Any]:
    """Return a size that was found as JSON data."""
    wish, binding = found.wish, found.binding
    return {
        "schema": SCHEMA,
        "seqinspect": version,
        "model": found.model,
        "source": found.source,
        "name": wish.name,
        "which": "smallest" if wish.smallest else "largest",
        "tied": dict(wish.tied),
        "size": found.best.size,
        "found": _candidate(found.best),
        "next": None if found.next is None else _candidate(found.next),
        "next_built": None if found.next_built is None else _candidate(found.next_built),
        "budgets": [
            {
                "quantity": each.quantity,
                "relation": each.relation,
                "amount": each.amount,
                "formula": found.formulas[each.quantity].python(),
                "binding": each in binding,
            }
            for each in wish.budgets
        ],
        "batch": wish.running.batch,
        "optimizer": wish.running.optimizer,
        "streams": wish.running.streams,
        "ranges": [list(each) for each in found.ranges],
        "undecided": [list(each) for each in found.undecided],
        "monotone": found.monotone,
        "formulas_hold": found.closed,
        "keras": {
            "version": found.keras.version,
            "backend": found.keras.backend,
            "backend_version": found.keras.backend_version,
            "status": found.keras.status,
        },
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "sizes": dict(candidate.sizes),
        "costs": dict(candidate.numbers),
        "refused": None if candidate.refusal is None else candidate.refusal.what,
    }
