"""A spec that is opened once and read at many sizes and choices."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.model.tree import Mapping
from seqinspect.readers.dialect.choices import choices_of
from seqinspect.readers.elements.context import ReaderContext
from seqinspect.readers.source.files import CODE_KINDS, content_of, read_bytes, source_name
from seqinspect.readers.source.limits import VARIABLE, Limits
from seqinspect.readers.spec import (
    garbage_collection_paused,
    parse,
    read_document,
    read_spec,
    split_model,
)
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Settings

    from seqinspect.model.graph import Graph
    from seqinspect.readers.spec import Infer

    Read: TypeAlias = Callable[[Settings[str, int | str]], Graph]


class OpenedSpec(NamedTuple):
    """A spec: `read` makes its graph with some names set.

    `choices` are the names that are no sizes, with their values.
    """

    read: Read
    names: tuple[str, ...]
    choices: Settings[str, tuple[str, ...]] = {}


def open_spec(source: str | bytes, name: str = "", *, infer: Infer | None = None) -> OpenedSpec:
    """Open a spec: a path, standard input (`-`) or a text, which errors call `name`.

    Its text is parsed once, that of code is read anew each time. Raises SpecError where it cannot
    be used as it is.
    """
    limits = Limits.from_environment(os.environ.get(VARIABLE))
    if isinstance(source, bytes):
        data, kind = content_of(source, split_model(name)[0], limits)
    else:
        data, kind = read_bytes(split_model(source)[0], limits)
    file = name or (source if isinstance(source, str) else "<bytes>")
    if kind in CODE_KINDS:
        text = data if source == "-" or isinstance(source, bytes) else source
        read = partial(_read_code, text, name or source_name(file), limits, infer)
        return OpenedSpec(read, tuple(read({}).dims))
    document = parse(data, kind, source_name(file), limits)

    def read_at(settings: Settings[str, int | str]) -> Graph:
        with garbage_collection_paused():
            return read_document(document, settings, limits)

    graph = read_at({})
    root = document.root
    choices = choices_of(ReaderContext(document, limits), root) if isinstance(root, Mapping) else {}
    dims = root.get("dims") if isinstance(root, Mapping) else None
    sizes = [key.text for key, _ in dims.entries] if isinstance(dims, Mapping) else list(graph.dims)
    texts = {name: tuple(value.text for value in values) for name, values in choices.items()}
    return OpenedSpec(read_at, (*sizes, *choices), texts)


def _read_code(
    source: str | bytes, name: str, limits: Limits, infer: Infer | None,
    settings: Settings[str, int | str],
) -> Graph:  # fmt: skip
    text = name if isinstance(source, bytes) else ""
    return read_spec(source, name=text, overrides=settings, limits=limits, infer=infer)
