"""Sizes that were found, put into the text of their spec; nothing else of it changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from seqinspect.errors import Place, refuse
from seqinspect.lint.edits import SCRIPT, applied
from seqinspect.model.finding import Edit
from seqinspect.model.tree import Mapping, Scalar
from seqinspect.readers.source.limits import LIMITS
from seqinspect.readers.spec import is_code, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Sizes

    from seqinspect.model.report import Report

    Read = Callable[[bytes], Report]


def with_sizes(data: bytes, file: str, sizes: Sizes[str, int], read: Read) -> bytes:
    """Return the text of a spec or a script in which some sizes have other numbers.

    `read` analyses a text: what it says of the sizes afterwards decides whether the change was
    right. Raises SpecError where the text does not show what to change.
    """
    text = data.decode("utf-8", "surrogateescape")
    for name, size in sizes.items():
        if read(text.encode("utf-8", "surrogateescape")).dims[name].value == size:
            continue  # it is there, or follows from what was changed
        edits = _in_code(text, name) if is_code(file) else _in_dims(text, file, name)
        edited = applied(text, tuple(edit._replace(new=str(size)) for edit in edits))
        text = _refuse(file, name, size) if not edits or edited is None else edited
    changed = text.encode("utf-8", "surrogateescape")
    after = read(changed).dims
    for name, size in sizes.items():
        if after[name].value != size:
            _refuse(file, name, size)
    return changed


def _in_dims(text: str, file: str, name: str) -> tuple[Edit, ...]:
    """Return where the number of a size stands under `dims`."""
    kind = "json" if text.lstrip().startswith("{") else "yaml"
    root = parse(text.encode("utf-8", "surrogateescape"), kind, file, LIMITS).root
    dims = root.get("dims") if isinstance(root, Mapping) else None
    value = dims.get(name) if isinstance(dims, Mapping) else None
    if not isinstance(value, Scalar) or value.quoted or not value.text:
        return ()
    return (Edit(Place(file, value.line, value.column), value.text, ""),)


def _in_code(text: str, name: str) -> tuple[Edit, ...]:
    """Return where a script gives a name its number, if it does so once."""
    given = re.compile(rf"(?<![\w.]){re.escape(name)}\s*=\s*([0-9][0-9_]*)(?![\w.])")
    lines = enumerate(text.splitlines(), start=1)
    found = [(number, match) for number, line in lines for match in given.finditer(line)]
    if len(found) != 1:
        return ()
    number, match = found[0]
    return (Edit(Place("", number, match.start(1) + 1), match[1], ""),)


def can_write(file: str) -> bool:
    """Whether a file is one whose text is changed: a spec, or a script."""
    return file != "-" and (not is_code(file) or file.endswith(SCRIPT))


def _refuse(file: str, name: str, size: int) -> NoReturn:
    refuse(
        f"{file} does not show where `{name}` gets its number",
        received=f"{name} = {size}",
        expected=f"`{name}` with a number under `dims`, or once in a script",
        remedy=f"write {name} = {size} by hand",
        about="write",
    )
