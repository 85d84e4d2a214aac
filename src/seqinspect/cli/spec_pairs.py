"""Which specs `diff` compares: two, those of two folders, or specs with a revision of theirs."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.compare.diff import Side
from seqinspect.errors import SpecError
from seqinspect.model.graph import Graph
from seqinspect.readers.source.files import default_model_name
from seqinspect.readers.source.limits import VARIABLE, Limits
from seqinspect.readers.spec import read_spec, split_model
from seqinspect.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqinspect.cli.specs import Specs


class SpecPair(NamedTuple):
    """What reads both sides of a comparison; a side that does not have the spec is empty."""

    old: Callable[[], Side]
    new: Callable[[], Side]


def pairs_of(specs: Sequence[str], against: str | None, read: Specs) -> list[SpecPair]:
    """Return what is compared. Raises SpecError where a path names nothing."""
    if against is not None:
        return _with_revision(specs, against, read)
    old, new = specs
    if _is_folder(old) and _is_folder(new):
        return _of_folders(old, new, read)
    return [SpecPair(partial(_side, old, read), partial(_side, new, read))]


def _is_folder(path: str) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 - pathlib raises where a name is too long


def _of_folders(old: str, new: str, read: Specs) -> list[SpecPair]:
    """Pair the specs that have one path below two folders."""
    from seqinspect.lint.files import find_files  # noqa: PLC0415 - only for folders

    before, after = (
        {os.path.relpath(path, folder): path for path in find_files([folder])[0]}
        for folder in (old, new)
    )
    return [
        SpecPair(
            partial(_side, before[path], read) if path in before else _empty(f"{old}/{path}"),
            partial(_side, after[path], read) if path in after else _empty(f"{new}/{path}"),
        )
        for path in sorted({*before, *after})
    ]


def _with_revision(paths: Sequence[str], revision: str, read: Specs) -> list[SpecPair]:
    """Pair specs with themselves in a revision; those that only it has are gone."""
    from seqinspect.cli.revisions import files_of_revision  # noqa: PLC0415 - subprocess takes 10 ms
    from seqinspect.lint.files import find_files, looks_like_spec  # noqa: PLC0415 - only for folders

    old: dict[str, None] = {}
    new: list[str] = []
    for path in paths:
        there = os.path.lexists(split_model(path)[0])
        below = files_of_revision(revision, path) if _is_folder(path) or not there else []
        gone = [each for each in below if not os.path.lexists(each)]
        named = [each for each in gone if each == os.path.normpath(path)]
        old |= dict.fromkeys(named)
        for each in gone:
            data = _bytes(revision, each) if each not in named else None
            if data is not None and looks_like_spec(each, data):
                old[each] = None
        try:
            new += find_files([path])[0] if there or not old else []
        except SpecError:
            if not old:  # a folder that has lost its specs
                raise
    return [
        *(SpecPair(partial(_at, revision, path, read), partial(_side, path, read)) for path in new),
        *(SpecPair(partial(_at, revision, path, read), _empty(path)) for path in sorted(old)),
    ]


def _side(spec: str, read: Specs) -> Side:
    return Side(*read.analysed(spec))


def _empty(name: str) -> Callable[[], Side]:
    """Return what makes the side of a spec that is not there."""
    graph = Graph(default_model_name(name), Path(name).as_posix(), {}, (), (), ())
    return lambda: Side(graph, analyse(graph))


def _bytes(revision: str, path: str) -> bytes | None:
    from seqinspect.cli.revisions import read_revision  # noqa: PLC0415 - subprocess takes 10 ms

    return read_revision(revision, path, Limits.from_environment(os.environ.get(VARIABLE)))


def _at(revision: str, path: str, read: Specs) -> Side:
    """Return a spec as it is in a revision; an empty model where the file is not there."""
    data = _bytes(revision, split_model(path)[0])
    name = f"{revision}:{path}"
    if data is None:
        return _empty(name)()
    graph = read_spec(data, name=name, overrides=read.overrides, infer=output_shape)
    old = Side(graph, analyse(graph))
    if old.graph.name != default_model_name(name):
        return old
    model = default_model_name(path)
    return Side(replace(old.graph, name=model), old.report._replace(model=model))
