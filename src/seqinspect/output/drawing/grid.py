"""Report → scene: a column a step, a row a layer, joined by what the time relation says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import const
from seqinspect.model.remarks import Peculiarity
from seqinspect.output.drawing.calls import ANY_SIZE, Calls
from seqinspect.output.drawing.forms import drawn
from seqinspect.output.drawing.labels import box_label, call_labels, caption_lines, shape_lines
from seqinspect.output.drawing.scene import (
    HIDDEN,
    Columns,
    Frame,
    Label,
    Reading,
    Scene,
    SceneRow,
    Tensor,
)
from seqinspect.output.text import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.model.graph import Graph, Ref
    from seqinspect.model.report import InputReport, Report
    from seqinspect.output.drawing.calls import Call
    from seqinspect.output.drawing.forms import Drawn, Read
    from seqinspect.output.drawing.scene import Anchor, Way

ALL_STEPS = 6
"""Of a sequence no longer than this every step has a column; of a longer one x0 x1 x2 … x(T−1)."""

ALL_DOTS = 9
"""The same where there are dots to show which steps attend to which."""

ALL_LINES = 34
"""The same where windows slide: as many as make the cone of the last output step visible."""

MOST_CUT = 4
"""So many steps have columns in text where not all of them have."""

MOST_CALLS = 100
"""Of a model with more layers, those in the middle are not drawn."""

LETTERS = "WVUABC"
"""What the weights of few layers are called, from the last layer up."""


def scene(graph: Graph, report: Report, *, most: int | None = None) -> Scene:
    """Return the picture of a model; with `most` columns, as many as there is room for in text."""
    return scene_of(Calls(graph, report), most=most)


def scene_of(calls: Calls, *, most: int | None = None) -> Scene:
    """Return the same of the calls of a model."""
    return _Builder(calls, most).build()


class _Builder:
    """One pass over the calls of a model."""

    def __init__(self, calls: Calls, most: int | None) -> None:
        self.calls = calls
        self.most = most
        self.graph, self.report = calls.model.graph, calls.model.report
        self.rows: list[SceneRow] = []
        self.place: dict[Tensor, int] = {}
        self.anchors: dict[Tensor, Anchor] = {}
        self.forms: dict[str, Drawn] = {}
        self.tracks: dict[str, int] = {}
        self.above: dict[int, int] = {}
        self.hidden: set[str] = set()
        self.read = {each.tensor for call in self.calls.calls for each in call.operands}
        self.targets: set[Ref] = set()

    def build(self) -> Scene:
        """Return the scene."""
        for given in self.report.inputs:
            stepped = given.time_axis is not None
            self.anchors[Tensor(given.name)] = "steps" if stepped else "side"
        for call in self.calls.calls:
            self.form(call)
        self.find_tracks()
        self.columns = [self.columns_of(track) for track in sorted({*self.tracks.values()} or {0})]
        self.owners = _owners(self.calls.calls)
        self.letters = _letters(self.owners)
        paths = [call.row.path for call in self.calls.calls]
        if len(paths) > MOST_CALLS:
            half = MOST_CALLS // 2
            self.hidden = {*paths[half:-half]}
        starts: dict[str, int] = {}
        for call in self.calls.calls:
            starts[call.row.path] = len(self.rows)
            if call.row.path in self.hidden:
                self.leave_out(call)
            else:
                starts[call.row.path] = self.add_call(call)
                self.add_targets(call.row.path)
        for given in self.report.inputs:
            self.add_input(given)
        ends = {**starts}
        for (path, _), index in self.place.items():
            ends[path] = max(ends.get(path, index), index)
        self.add_targets()
        frames = tuple(
            Frame(starts[paths[span.first]], ends[paths[span.last]], span.name, span.times)
            for span in self.calls.spans
        )
        return Scene(
            model=self.report.model,
            source=self.report.source,
            rows=tuple(self.rows),
            tracks=tuple(self.columns),
            frames=frames,
            caption=(*caption_lines(self.report), *self.assumed()),
        )

    def form(self, call: Call) -> None:
        """Find how a call is drawn, and where what it returns is found."""
        found = drawn(self.calls, call, self.anchors)
        self.forms[call.row.path] = found
        outputs = self.calls.traced.get(call.row.path, ())
        for output in range(max(1, len(outputs))):
            self.anchors[Tensor(call.row.path, output)] = self.anchor(found, outputs, output)

    def anchor(self, form: Drawn, outputs: Sequence[TracedTensor], output: int) -> Anchor:
        """Return where an output of a call is found; a state is where its chain ends."""
        if not output or form.form == "unknown":
            return form.anchor
        if form.form != "chain":
            return "steps" if outputs[output].stepped else "middle"
        if outputs[output].stepped:
            return "steps"
        if form.flow == "both":
            states = len(outputs) - 1
            return "last" if output <= states // 2 else "first"
        return "first" if form.flow == "backward" else "last"

    def find_tracks(self) -> None:
        """Put the calls of two sequences side by side, if each has layers of its own."""
        stepped = [each.name for each in self.report.inputs if each.time_axis is not None]
        found = {name: index for index, name in enumerate(stepped)}
        for call in self.calls.calls:
            read = [found.get(each.tensor.path, -1) for each in call.operands]
            found[call.row.path] = max(read, default=-1)
        own = Counter(found[call.row.path] for call in self.calls.calls)
        apart = len(stepped) == 2 and own[0] > 0 and own[1] > 0 and self.meet(found)
        self.tracks = {path: max(0, track) if apart else 0 for path, track in found.items()}
        for given in self.report.inputs:
            self.tracks.setdefault(given.name, 0)

    def meet(self, tracks: dict[str, int]) -> bool:
        """Whether two sequences meet as a state or in a matrix, not step by step."""
        for call in self.calls.calls:
            for read in self.forms[call.row.path].reads:
                crossing = tracks.get(read.operand.tensor.path) == 0 and tracks[call.row.path] == 1
                if crossing and read.way in ("steps", "unknown"):
                    return False
        return True

    def columns_of(self, track: int) -> Columns:
        """Return which steps have columns in a track."""
        steps: dict[int, Expr] = {}  # how many a sequence has, with that as a formula
        windows, dots = 0, False
        for given in self.report.inputs:
            if given.time_axis is not None and self.tracks[given.name] == track:
                size = given.tensor.symbolic[given.time_axis]
                steps[self.count_of(given)] = size
        for call in self.calls.calls:
            form = self.forms[call.row.path]
            if self.tracks[call.row.path] != track:
                continue
            for each in (form.cells, form.steps):
                steps.setdefault(each, const(each))
            for read in form.reads:
                dots = dots or read.way == "matrix"
                slides = read.way == "steps" and form.form in ("boxes", "slots") and form.steps
                if slides and read.join is not None and not read.join.each:
                    windows += read.join.width
        steps.setdefault(1, const(1))
        longest = max(steps)
        size = steps[longest]
        most = ALL_LINES if windows else ALL_DOTS if dots else ALL_STEPS
        if longest <= min(most, self.most or most):
            return Columns(longest, 0, longest)
        if self.most is not None:
            few = min(self.most, MOST_CUT) - 1
            front, end = (1, few) if windows else (few, 1)
        elif windows:
            front, end = 2, min(ALL_LINES - 2, max(4, windows + 1))
        else:
            front, end = (5, 2) if dots else (3, 1)
        if size.value is not None:
            return Columns(front, end, longest)
        names = tuple(size_text(size - back) for back in range(end, 0, -1))
        return Columns(front, end, longest, names)

    def add(self, row: SceneRow, *tensors: Tensor) -> int:
        """Add a row, in which these tensors are found."""
        index = len(self.rows)
        self.rows.append(row)
        self.place |= dict.fromkeys(tensors, index)
        if row.anchor != "side":
            self.above[row.track] = index
        return index

    def add_input(self, given: InputReport) -> None:
        """Add a model input, once."""
        tensor = Tensor(given.name)
        if tensor in self.place:
            return
        stepped = given.time_axis is not None
        track = self.tracks[given.name]
        count = self.count_of(given) if stepped else 0
        steps = self.columns[track].shown(count)
        labels = (Label(given.name, "name"), *shape_lines([given.tensor]))
        self.add(
            SceneRow(
                "input", given.name, labels, "dots" if stepped else "point",
                "steps" if stepped else "side", steps, steps, count or None,
                box="x" if stepped else given.name, track=track, tensor=tensor,
            ),
            tensor,
        )  # fmt: skip

    def count_of(self, given: InputReport) -> int:
        """Return how many steps an input has, or how many stand for those."""
        steps = given.tensor.symbolic[given.time_axis or 0]
        return steps.value or steps.evaluate({**steps.numbers(), **dict(self.calls.numbers)})

    def leave_out(self, call: Call) -> None:
        """Let one row stand for calls that are not drawn."""
        tensors = [Tensor(call.row.path, output) for output in range(8)]
        if self.rows and self.rows[-1].kind == "more":
            index = len(self.rows) - 1
        else:
            text = f"{len(self.hidden):,} more layers, not drawn"
            row = SceneRow("more", "", (Label(text, "note"),), "more", "middle")
            index = self.add(row)
        self.place |= dict.fromkeys(tensors, index)

    def add_call(self, call: Call) -> int:
        """Add the row of a call, below what it reads; return its number."""
        form, track = self.forms[call.row.path], self.tracks[call.row.path]
        columns = self.columns[track]
        for given in self.report.inputs:
            if any(each.tensor.path == given.name for each in call.operands):
                self.add_input(given)
        self.add_echo(call, form, track)
        cells = columns.shown(form.cells)
        steps = columns.shown(form.steps)
        owner = _owner(call)
        outputs = self.calls.traced.get(call.row.path, (None,))
        readings = [
            self.reading(read, form, track, chained=form.form == "chain" and not number)
            for number, read in enumerate(form.reads)
        ]
        later: list[Reading] = []  # those of the steps in the order in which they are returned
        if form.turned:
            later = [each for each in readings[1:] if each.way != "state"]
            readings = [each for each in readings if each not in later]
        row = SceneRow(
            "layer",
            call.row.path,
            call_labels(self.calls, call),
            form.form,
            form.anchor,
            cells,
            cells if form.turned else steps,
            form.cells or form.steps or None,
            box=box_label(self.calls.model, call.row),
            letter=self.letters.get(owner, ""),
            colour=self.owners.get(owner),
            own=call.row.time is not None and call.row.time.shared is False,
            flow=form.flow,
            stateful=Peculiarity.STATEFUL in call.row.remarks,
            readings=tuple(readings),
            track=track,
            tensor=Tensor(call.row.path),
        )
        tensors = [Tensor(call.row.path, output) for output in range(max(1, len(outputs)))]
        index = self.add(row, *tensors)
        if form.turned:
            last = form.steps - 1
            pairs = tuple((last - step if last - step in cells else HIDDEN, step) for step in steps)
            order = SceneRow(
                "order", call.row.path, (Label("returned in reversed order", "note"),), "dots",
                "steps", steps, steps, form.steps,
                readings=(Reading(index, "steps", pairs), *later), track=track,
                tensor=tensors[0],
            )  # fmt: skip
            self.add(order, tensors[0])
        return index

    def add_echo(self, call: Call, form: Drawn, track: int) -> None:
        """Draw a sequence anew where a call reads steps that do not stand right above it."""
        stepped = [
            each for each in form.reads
            if each.join is not None and each.way in ("steps", "matrix", "unknown")
            and self.tracks[each.operand.tensor.path] == track
        ]  # fmt: skip
        places = [self.place[each.operand.tensor] for each in stepped]
        above = self.above.get(track)
        if not stepped or above in places or not isinstance(above, int):
            return
        tensor, index = stepped[0].operand.tensor, places[0]
        source = self.rows[index]
        if not source.steps or source.kind == "more":
            return
        pairs = tuple((step, step) for step in source.steps)
        labels = (Label(f"{source.name}, again", "dim"),)
        echo = SceneRow(
            "echo", source.name, labels, "dots", "steps", source.steps, source.steps,
            source.length, readings=(Reading(index, "again", pairs),), track=track, tensor=tensor,
        )  # fmt: skip
        self.add(echo, tensor)

    def reading(self, read: Read, form: Drawn, track: int, *, chained: bool) -> Reading:
        """Return a reading with the pairs of steps that have columns.

        `chained`: a state hands on what is read before, so that each box reads one step.
        """
        tensor, join = read.operand.tensor, read.join
        source = self.place[tensor]
        way: Way = "unknown" if self.rows[source].form == "more" else read.way
        anchor = self.anchors.get(tensor, "middle")
        if join is None or way == "unknown":
            return Reading(source, way, (), anchor)
        inner = self.columns[self.tracks[tensor.path]]
        if way == "steps" and self.rows[source].steps == () and join.inputs > 1:
            way = "unknown"
        if chained:
            cells = self.columns[track].shown(form.cells)
            return Reading(source, way, tuple((s, s) for s in cells), anchor)
        outputs = self.columns[track].shown(form.steps) if form.steps else (0,)
        pairs = join.pairs(outputs, inner)
        if pairs is None:
            return Reading(source, "unknown", (), anchor)
        return Reading(source, way, pairs, anchor)

    def add_targets(self, path: str = "") -> None:
        """Add what the outputs of the model are compared with; those of one call, if one is named.

        Right below a call stand those that no other call reads.
        """
        targets = dict(self.report.targets)
        for ref in self.graph.outputs:
            tensor = self.calls.tensor(ref.name, ref.output)
            index = self.place.get(tensor)
            elsewhere = path and (tensor.path != path or tensor in self.read)
            if str(ref) not in targets or index is None or ref in self.targets or elsewhere:
                continue
            self.targets.add(ref)
            source, track = self.rows[index], self.rows[index].track
            anchor = self.anchors.get(tensor, source.anchor)
            stepped = anchor == "steps" and source.steps != () and source.form != "slots"
            name = "target y" if len(self.graph.outputs) == 1 else f"target {ref}"
            labels = (Label(name, "name"), *shape_lines([targets[str(ref)]]))
            pairs = tuple((step, step) for step in source.steps) if stepped else ()
            if source.form in ("unknown", "more"):
                reading = Reading(index, "unknown", (), anchor)
            else:
                reading = Reading(index, "steps" if stepped else "whole", pairs, anchor)
            self.add(
                SceneRow(
                    "target", name, labels, "dots" if stepped else "point",
                    "steps" if stepped else "middle" if anchor == "ends" else anchor,
                    source.steps if stepped else (), source.steps if stepped else (),
                    source.length if stepped else None, box="y", readings=(reading,), track=track,
                    tensor=tensor,
                )
            )  # fmt: skip

    def assumed(self) -> Iterator[str]:
        """Say at which numbers a picture was drawn, where a size has none."""
        sizes = [name for name, number in self.calls.numbers if number == ANY_SIZE]
        if sizes:
            yield f"Drawn at {', '.join(f'{name} = {ANY_SIZE}' for name in sizes)}: not known."


def _owner(call: Call) -> str:
    """Return whose weights a call uses; empty where it has none."""
    row = call.row
    if not row.weights and row.complete:
        return ""
    parent = row.path.rpartition("/")[0]
    first = row.reuses or row.name
    return f"{parent}/{first}" if parent and "/" not in first else first


def _owners(calls: Sequence[Call]) -> dict[str, int]:
    """Number the layers with weights, in order."""
    owners = dict.fromkeys(owner for call in calls if (owner := _owner(call)))
    return {owner: index for index, owner in enumerate(owners)}


def _letters(owners: dict[str, int]) -> dict[str, str]:
    """Give the weights of every layer a letter: W for the last layer that has any."""
    if len(owners) > len(LETTERS):
        return {owner: f"W{index + 1}" for owner, index in owners.items()}
    return dict(zip(reversed(owners), LETTERS, strict=False))
