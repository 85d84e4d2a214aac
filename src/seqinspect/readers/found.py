"""What readers find in a source: its models, each with its graph or with what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from seqinspect.errors import SpecError
    from seqinspect.model.graph import Graph


class CodeSource(NamedTuple):
    """Code before it is parsed: bytes, kind (`python`, `notebook`, `markdown`) and name.

    `path` is its real path, so that modules beside it are found; empty where it is no file.
    """

    data: bytes
    kind: str
    file: str
    path: str = ""


class FoundModel(NamedTuple):
    """A model in a source: its graph, or the error that says why it has none.

    `name` is what reports call it, `aliases` are all names by which it can be asked for.
    """

    name: str
    aliases: tuple[str, ...]
    graph: Graph | None = None
    error: SpecError | None = None

    def graph_or_raise(self) -> Graph:
        """Return the graph. Raises the SpecError of a model that has none."""
        if self.error is not None:
            raise self.error
        assert self.graph is not None
        return self.graph
