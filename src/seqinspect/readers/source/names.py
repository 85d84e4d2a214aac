"""Names and lists in errors: the name that was probably meant, the names that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.readers.source.limits import truncate

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the known name that was probably meant; empty if none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only an error needs it

    # Long names would make the comparison slow, and nobody wrote them by a slip of a key.
    candidates = [other for other in list(names)[:1000] if len(other) <= 60]
    if len(name) > 60:
        return ""
    same = [other for other in candidates if other.lower() == name.lower()]
    return next(iter(same or get_close_matches(name, candidates, n=1)), "")


def as_yaml_list(text: str) -> str:
    """Write sizes in parentheses, as Python has them, as the list that YAML reads."""
    inner = text.strip().removeprefix("(").removesuffix(")")
    sizes = [size.strip() for size in inner.split(",")]
    words = ["null" if size == "None" else size for size in sizes if size]
    return f"[{truncate(', '.join(words))}]"


def join_names(all_names: Iterable[str]) -> str:
    """List known names, as far as an error can."""
    names = list(all_names)
    more = len(names) - 10
    return ", ".join(truncate(name, 30) for name in names[:10]) + (
        f" and {more:,} more" if more > 0 else ""
    )
