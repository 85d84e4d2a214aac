"""A lock and what it locks → what changed, each cause once, with the layers that change with it.

What was written of a layer (its arguments, what it reads, whose weights it has) is a cause where it
changed; its shapes, counts and steps follow from that, and so do those of the layers behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from seqinspect.compare.alignment import LayerKey, Match, align
from seqinspect.compare.locked_values import (
    entry_changes,
    is_same_formula,
    table_at,
    texts_of,
    value_changes,
)
from seqinspect.model.finding import LockedChange
from seqinspect.model.json_text import json_text
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.compare.lock import LockEntry

CAUSES = ("type", "class", "arguments", "call", "reuses", "from")
"""What was written of a layer; the rest follows from it."""

WRITTEN = ("type", "class", "arguments")
"""Causes that say nothing of other layers."""

TOTALS = ("params", "trainable", "multiply_adds", "bytes", "causal", "formula")
"""What follows from the layers, and is reported only where none of them changed."""

SIZES = "dims"


class LockChange(NamedTuple):
    """A difference between a lock and what it locks: a layer by its path, or the whole model.

    `effects` are the paths of the layers that change with it. Of specs that are "not locked", or of
    which there is "no file", the path is that of the spec.
    """

    of: Literal["gone", "new", "changed", "model", "not locked", "no file"]
    type: str = ""
    path: str = ""
    changes: tuple[LockedChange, ...] = ()
    effects: tuple[str, ...] = ()

    @property
    def cause(self) -> tuple[object, ...]:
        """What was written: the same in all layers that one line makes."""
        return (self.type, *(each for each in self.changes if each.key in WRITTEN))


def lock_changes(locked: LockEntry, current: LockEntry) -> Iterator[LockChange]:
    """Yield what changed since the lock was made: sizes, inputs and outputs, then the layers."""
    return _Comparison(locked, current).changes()


class _Comparison:
    """Two entries of a lock; `new_paths` has the new path of every layer that was found again."""

    def __init__(self, locked: LockEntry, current: LockEntry) -> None:
        self.locked, self.current = locked, current
        self.before, self.after = table_at(locked, "layers"), table_at(current, "layers")
        self.levels = _levels(self.before), _levels(self.after)
        self.new_paths: dict[str, str] = {}
        self.moved: set[str] = set()
        old, new = table_at(locked, "inputs"), table_at(current, "inputs")
        if len(old) == len(new) == 1:
            self.new_paths = dict(zip(old, new, strict=True))
        self.align("", "")
        back = {new: old for old, new in self.new_paths.items()}
        self.pairs = [(back[path], path) for path in self.after if path in back]
        self.gone = {path: None for path in self.before if path not in self.new_paths}
        self.new = {path: None for path in self.after if path not in back}

    def align(self, old_parent: str, new_parent: str) -> None:
        """Find the layers of a level again, and those within them."""
        old, new = self.levels[0].get(old_parent, []), self.levels[1].get(new_parent, [])
        matches = align(
            [_key(path, table_at(self.before, path)) for path in old],
            [_key(path, table_at(self.after, path)) for path in new],
        )
        for match in _with_replaced(matches):
            if match.old is None or match.new is None:
                continue
            self.new_paths[old[match.old]] = new[match.new]
            if match.moved:
                self.moved.add(new[match.new])
            self.align(old[match.old], new[match.new])

    def changes(self) -> Iterator[LockChange]:
        """Yield every cause, with the layers that change with it."""
        causes: dict[str, LockChange] = {}
        followers: dict[str, tuple[LockedChange, ...]] = {}
        blamed: dict[str, str] = {}
        for path in self.gone:
            if _parent(path) not in self.gone and _is_call(self.before, path):
                causes[f"gone {path}"] = LockChange("gone", _type(self.before, path), path)
        for path in self.new:
            if _parent(path) not in self.new and _is_call(self.after, path):
                causes[path] = LockChange("new", _type(self.after, path), path)
        for old, path in self.pairs:
            rewired, passed = self.rewired(old, path)
            own = tuple(self.own_changes(old, path, rewired=rewired))
            facts = tuple(self.facts_changed(old, path))
            if own:
                causes[path] = LockChange("changed", _type(self.after, path), path, (*own, *facts))
            elif facts or passed:
                followers[path] = facts
                if passed:
                    blamed[path] = passed
        model = {change.key: change for change in self.of_model()}
        effects: dict[str, list[str]] = {}
        origins = self.origins({**causes, **model}, blamed)
        for path, facts in followers.items():
            cause = origins.get(path)
            if cause is None and SIZES in model:
                cause = SIZES
            if cause is None:
                cause = self.shifts(path, facts, {**causes, **model})
            if cause is not None:
                effects.setdefault(cause, []).append(path)
            else:
                causes[path] = LockChange("changed", _type(self.after, path), path, facts)
        for key, change in model.items():
            yield LockChange("model", changes=change.changes, effects=tuple(effects.get(key, ())))
        for key, each in causes.items():
            yield each._replace(effects=tuple(effects.get(key, ())))
        if not (causes or followers or model):
            for key in TOTALS:
                changes = tuple(value_changes(self.locked, self.current, (key,)))
                if changes:
                    yield LockChange("model", changes=changes)

    def of_model(self) -> Iterator[_ModelChange]:
        """Yield what changed of the model itself: its sizes, its inputs, its outputs."""
        if sizes := tuple(value_changes(self.locked, self.current, (SIZES,))):
            yield _ModelChange(SIZES, sizes)
        renamed = {self.new_paths.get(name, name): text for name, text in self.inputs.items()}
        for change in entry_changes("inputs", renamed, table_at(self.current, "inputs")):
            if not is_same_formula(change.old, change.new):
                yield _ModelChange(f"input {change.entry}", (change,))
        for old, new in self.new_paths.items():
            if old in self.inputs and old != new:
                yield _ModelChange(f"input {new}", (LockedChange("inputs", new, old, new),))
        before, after = texts_of(self.locked.get("outputs")), texts_of(self.current.get("outputs"))
        if list(map(self.now, before)) != after:
            replaced = any(_path(each, self.before) in self.gone for each in before) or any(
                _path(each, self.after) in self.new for each in after
            )
            if not replaced or len(before) != len(after):
                change = LockedChange("outputs", "", tuple(before), tuple(after))
                yield _ModelChange("outputs", (change,))

    @property
    def inputs(self) -> dict[str, Any]:
        return table_at(self.locked, "inputs")

    def now(self, ref: str, parent: str = "") -> str:
        """Return what an output of a layer is called now (`encoder.1` is its second one)."""
        path = parent + ref
        if path in self.new_paths:
            return self.new_paths[path]
        stem, dot, number = path.rpartition(".")
        if dot and number.isdecimal() and stem in self.new_paths:
            return f"{self.new_paths[stem]}.{number}"
        return path

    def own_changes(self, old: str, path: str, *, rewired: bool) -> Iterator[LockedChange]:
        """Yield what was written of a layer and is another thing now."""
        before, after = table_at(self.before, old), table_at(self.after, path)
        if not _is_call(self.after, path):
            return  # the arguments of the layer around it say what it is
        key, other = _key(old, before), _key(path, after)
        if key.name != other.name and (key.named or other.named):
            yield LockedChange("name", "", key.name, other.name)
        parent = _prefix(old)
        shared = before.get("reuses")
        before = before | {
            "call": {
                name: self.renamed(value, parent, _prefix(path))
                for name, value in table_at(before, "call").items()
            },
            "reuses": self.renamed(shared, parent, _prefix(path)),
            "from": [
                self.renamed(ref, parent, _prefix(path)) for ref in texts_of(before.get("from"))
            ],
        }
        keys = [key for key in CAUSES if key != "from" or rewired]
        for change in value_changes(before, after, keys):
            if not is_same_formula(change.old, change.new):
                yield change

    def renamed(self, value: Any, old_parent: str, parent: str) -> Any:
        """Return what a name written in a call, or a list of them, is called now."""
        if isinstance(value, list):
            return [self.renamed(each, old_parent, parent) for each in value]
        if not isinstance(value, str):
            return value
        return self.now(value, old_parent).removeprefix(parent)

    def facts_changed(self, old: str, path: str) -> Iterator[LockedChange]:
        """Yield what follows from what was written of a layer, and is another thing now."""
        before, after = table_at(self.before, old), table_at(self.after, path)
        steps = before.get("depends")
        if isinstance(steps, dict):
            named = {self.new_paths.get(name, name): text for name, text in steps.items()}
            before = before | {"depends": named}
        keys = dict.fromkeys([*after, *before])
        return value_changes(before, after, [key for key in keys if key not in CAUSES])

    def rewired(self, old: str, path: str) -> tuple[bool, str]:
        """Tell whether a layer reads another thing, and which cause explains it if it does not.

        What comes between a layer and its source, is taken out there, or moved, is the cause.
        """
        before, after = (
            table_at(self.before, old).get("from"),
            table_at(self.after, path).get("from"),
        )
        names = [self.now(ref, _prefix(old)) for ref in texts_of(before)]
        refs = [_prefix(path) + ref for ref in texts_of(after)]
        if names == refs:
            return False, ""
        here, crossed = self.through(refs, self.after, {*self.new, *self.moved})
        was = [_prefix(old) + ref for ref in texts_of(before)]
        old_moved = {old for old, new in self.new_paths.items() if new in self.moved}
        there, left = self.through(was, self.before, {*self.gone, *old_moved})
        causes = [*crossed, *(f"gone {each}" for each in left if each in self.gone)]
        causes += [self.new_paths[each] for each in left if each in old_moved]
        if [self.now(ref) for ref in there] == here and causes and path not in self.moved:
            return False, causes[0]
        return True, ""

    @staticmethod
    def through(
        refs: Sequence[str], table: Mapping[str, Any], passed: set[str]
    ) -> tuple[list[str], list[str]]:
        """Return what is read where some layers are left out, and those that were met."""
        found: list[str] = []
        met: dict[str, None] = {}
        waiting = list(refs)[::-1]
        while waiting:
            ref = waiting.pop()
            path = _path(ref, table)
            if path is None or path not in passed or path in met:
                found.append(ref)
                continue
            met[path] = None
            sources = texts_of(table_at(table, path).get("from"))
            waiting += [_prefix(path) + each for each in sources][::-1]
        return found, list(met)

    def origins(self, causes: Mapping[str, object], blamed: Mapping[str, str]) -> dict[str, str]:
        """Return the nearest cause of every layer: itself, one within it, or one that it reads."""
        within: dict[str, str] = {}
        for cause in causes:
            parent = _parent(cause) if cause in self.after else ""
            while parent:
                within.setdefault(parent, cause)
                parent = _parent(parent)
        found: dict[str, str] = {}
        for path in self.after:
            origin = path if path in causes else blamed.get(path) or within.get(path)
            for before in self.upstream(path) if origin is None else ():
                origin = before if before in causes else found.get(before)
                if origin is not None:
                    break
            if origin is not None:
                found[path] = origin
        return found

    def upstream(self, path: str) -> Iterator[str]:
        """Yield the paths of what a layer reads, of that whose weights it has, and around it."""
        row, prefix = table_at(self.after, path), _prefix(path)
        refs = [*texts_of(row.get("from")), *_texts(row.get("call")), *_texts(row.get("reuses"))]
        for ref in refs:
            found = _path(prefix + ref, self.after)
            if found is not None:
                yield found
            elif not prefix:
                yield f"input {ref}"
        if prefix:
            yield _parent(path)

    def shifts(
        self,
        path: str,
        facts: Sequence[LockedChange],
        causes: Mapping[str, LockChange | _ModelChange],
    ) -> str | None:
        """Return what may have shifted the place where a layer's weights are stored."""
        if not causes or {change.key for change in facts} != {"stored"}:
            return None
        kind = _type(self.after, path)
        alike = (
            key
            for key, cause in causes.items()
            if isinstance(cause, LockChange) and cause.type == kind
        )
        return next(alike, next(iter(causes)))


class _ModelChange(NamedTuple):
    """A change of a model itself, by the name that layers are blamed on."""

    key: str
    changes: tuple[LockedChange, ...]


def _with_replaced(matches: Sequence[Match]) -> Iterator[Match]:
    """Yield the matches; as many layers that are new as are gone at one place replace them."""
    gone: list[Match] = []
    new: list[Match] = []
    for match in (*matches, None):
        if match is not None and match.old is None:
            new.append(match)
        elif match is not None and match.new is None:
            gone.append(match)
        else:
            if len(gone) == len(new):
                yield from (Match(a.old, b.new) for a, b in zip(gone, new, strict=True))
            gone, new = [], []
            if match is not None:
                yield match


def _key(path: str, row: Mapping[str, Any]) -> LayerKey:
    """Return what a layer is recognised by."""
    weights = tuple(map(str, table_at(row, "weights").values()))
    name = path.rpartition("/")[2]
    return LayerKey(name, str(row.get("type")), weights, json_text(table_at(row, "arguments")))


def _levels(table: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the layers within each layer, those of the model itself under ""."""
    found: dict[str, list[str]] = {}
    for path in table:
        found.setdefault(_parent(path), []).append(path)
    return found


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _prefix(path: str) -> str:
    parent = _parent(path)
    return f"{parent}/" if parent else ""


def _path(ref: str, table: Mapping[str, Any]) -> str | None:
    """Return the layer that an output belongs to; None of an input."""
    if ref in table:
        return ref
    stem, _, number = ref.rpartition(".")
    return stem if number.isdecimal() and stem in table else None


def _texts(value: object) -> Iterator[str]:
    """Yield the texts in the arguments of a call."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _is_call(table: Mapping[str, Any], path: str) -> bool:
    """Tell whether a layer is called in a model; one within another layer reads what that reads."""
    return "from" in table_at(table, path)


def _type(table: Mapping[str, Any], path: str) -> str:
    return str(table_at(table, path).get("type", "layer"))
