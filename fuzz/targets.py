"""What is fuzzed, and what must hold: any bytes are a usable model, or one clear SpecError."""

from __future__ import annotations

import atexit
import os
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from shutil import rmtree
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from fuzz import seeds, words
from fuzz.code_mutations import code_mutator
from fuzz.mutations import mutator
from seqinspect.algebra.expression import symbol
from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.compare.lock import LOCK_NAME, parse_lock, render
from seqinspect.compare.lock_changes import lock_changes
from seqinspect.compare.lock_entry import lock_entry
from seqinspect.compare.stored_weights import read_stored_weights
from seqinspect.errors import SpecError
from seqinspect.explain import explain
from seqinspect.lint.findings.decisions import architecture_changed
from seqinspect.lint.given_data import data_of
from seqinspect.lint.outcome import Run
from seqinspect.lint.run import Lock, Plan, check_data
from seqinspect.lint.settings import Settings
from seqinspect.lint.settings_file import OWN, SHARED, read_settings
from seqinspect.output import problems
from seqinspect.output.explanation.document import document as explanation_document
from seqinspect.output.findings import document as findings_document
from seqinspect.output.findings.sentences import message
from seqinspect.output.renderers import DOCUMENT_FORMATS
from seqinspect.output.renderers import render as rendered
from seqinspect.output.report import csv, json, plain
from seqinspect.output.report.document import document
from seqinspect.readers.elements.expression import parse_size
from seqinspect.readers.source.array_files import read_arrays
from seqinspect.readers.source.limits import LIMITS
from seqinspect.readers.spec import read_models, read_spec
from seqinspect.space.amounts import QUANTITIES, budget
from seqinspect.space.axes import space_of
from seqinspect.space.selection import Selection, goals
from seqinspect.writers.conversion import convert_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fuzz.mutations import Mutation
    from seqinspect.errors import Problem
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

SECONDS = 2.0
"""Processor time that no input may take."""

MEMORY = 150
"""Megabytes that no input may take."""

BINARY = ("content", "file")
"""What a problem is about that has no line: of a file that has none."""

SPEC = "input: [T, n]\ndims: {T: 10, n: 8}\nlayers:\n  - LSTM: n\n  - Dense: 2*n\n"
SIZES = {"n": symbol("n", 8), "T": symbol("T", 10), "S": symbol("S")}
LOCKED = read_spec(SPEC.encode(), name="spec.yaml")
NOW = lock_entry(LOCKED, analyse(LOCKED))
COLUMNS = ("n", "cell", "params", "causal")
ROWS = ((1, "LSTM", 5, True), (10**18, "GRU" * 9, None, False), (0, "", -1, None))
"""Rows of a sweep that conditions are tried on."""

BY_DEFAULT = Plan(static=True, settings=Settings())


class Violated(AssertionError):  # noqa: N818 - what must hold was
    """An input was met for which what must hold does not."""


class Target(NamedTuple):
    """One reader: what it does with bytes, what it starts from, and the words that it knows."""

    use: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    most: int
    words: Callable[[], Sequence[str]] = tuple
    # Whether each problem has a line of the file; an expression is no file.
    placed: bool = True
    # What changes an input, made of the seeds, the words and the change of bytes.
    change: Callable[..., Mutation] = mutator


def judge_in_time(name: str, data: bytes) -> None:
    """Judge bytes and the processor time that they take, where little else runs."""
    began = time.process_time()
    judge(name, data)
    taken = time.process_time() - began
    if taken > SECONDS:
        raise Violated(f"takes {taken:.1f} s")


def judge(name: str, data: bytes) -> None:
    """Let a target read the bytes. Raises Violated, or whatever else escapes the reader."""
    target = TARGETS[name]
    highest = getrusage(RUSAGE_SELF).ru_maxrss
    with _judged_errors(placed=target.placed):
        target.use(data)
    more = (getrusage(RUSAGE_SELF).ru_maxrss - highest) // 1024
    if more > MEMORY:
        raise Violated(f"takes {more} MB")


@contextmanager
def _judged_errors(*, placed: bool = True) -> Iterator[None]:
    """Take an error as an answer, and judge what it says."""
    try:
        yield
    except SpecError as error:
        _judge_problems(error.problems, placed=placed)


def _judge_problems(found: Sequence[Problem], *, placed: bool) -> None:
    """An error says what is wrong, and where, in one line each of printable text."""
    if not found:
        raise Violated("an error without a problem")
    for problem in found:
        said = (problem.what, problem.received, problem.expected, problem.remedy)
        if not problem.what or not all(text.isprintable() for text in said):
            raise Violated(f"a problem is not said in printable text: {said!r}")
        place = problem.place
        if place is None:
            if placed and problem.about not in BINARY:
                raise Violated(f"a problem has no place: {said!r}")
        elif place.line < 1 or place.column < 1:
            raise Violated(f"a problem has a place outside of the file: {said!r}")
    _judge_text(problems.render(found))


def _judge_text(text: str) -> None:
    """What is shown does nothing to a terminal, and is no command to a log reader."""
    for line in text.replace("\r\n", "\n").split("\n"):  # which end the lines of CSV
        if not line.replace("\t", "").isprintable() or line.lstrip().startswith(("::", "##")):
            raise Violated(f"a line of output is not harmless: {line!r}")


def _spec(name: str) -> Callable[[bytes], None]:
    """A file of that name is described, and then one of the other commands reads it."""

    def use(data: bytes) -> None:
        graph = read_spec(data, name=name)
        report = analyse(graph)
        follow = FOLLOWING.get(crc32(data) % 64)
        if follow is not None:
            follow(data, graph, report)

    return use


def _code(name: str) -> Callable[[bytes], None]:
    """Code in a file of that name is read to the graphs of its models.

    One input in fifty goes through the commands.
    """

    def use(data: bytes) -> None:
        thorough = crc32(data) % 50 == 0
        for model in read_models(data, name=name, infer=output_shape):
            with _judged_errors():
                graph = model.graph_or_raise()
                if thorough:
                    report = analyse(graph)
                    for follow in FOLLOWING.values():
                        follow(data, graph, report)

    return use


def _shown(_: bytes, __: Graph, report: Report) -> None:
    for module in (plain, csv):
        _judge_text(module.render([report]))
    for kind in ("table", *DOCUMENT_FORMATS):
        _judge_text(rendered([document(report)], kind))
    _judge_text(json.render([report], "0"))


def _checked(data: bytes, graph: Graph, report: Report) -> None:
    outcome = check_data(graph.source, data, BY_DEFAULT._replace(lock=_lock_of(graph, report)))
    _judge_text(rendered([findings_document.document(Run((outcome,)))]))


def _explained(_: bytes, graph: Graph, report: Report) -> None:
    _judge_text(rendered([explanation_document(explain(graph, report))], "text"))


def _converted(data: bytes, graph: Graph, _: Report) -> None:
    form = ("yaml", "json", "python")[len(data) % 3]
    # That a form cannot hold a model is an answer, and has no place in the file.
    with suppress(SpecError):
        convert_graph(graph, form)


def _lock_of(graph: Graph, report: Report) -> Lock:
    text = render({report.source: lock_entry(graph, report)})
    return Lock(LOCK_NAME, "", parse_lock(text, LOCK_NAME))


FOLLOWING: dict[int, Callable[[bytes, Graph, Report], None]] = {
    0: _shown, 1: _checked, 2: _explained, 3: _converted,
}  # fmt: skip
"""What is done with a model after its analysis, for one input in sixteen: it takes far longer."""


def _expression(data: bytes) -> None:
    size = parse_size(data.decode("utf-8", "replace"), SIZES)
    _judge_text(size.text() + size.python())


def _space(data: bytes) -> None:
    """What `sweep` and `size` take, by a letter: a condition, an order, an axis or a budget."""
    kind, text = data[:1], data[1:].decode("utf-8", "replace")
    match kind:
        case b"w":
            kept = list(Selection(COLUMNS, where=text).checked().rows(ROWS))
            if not {*kept} <= {*ROWS}:
                raise Violated(f"rows that are none: {kept}")
        case b"g":
            goals(text, COLUMNS, sort=crc32(data) % 2 == 0)
        case b"s":
            if not all(axis.values for axis in space_of([("n", text)]).axes):
                raise Violated("an axis without values")
        case _:
            made = budget(QUANTITIES[crc32(data) % len(QUANTITIES)], text)
            if made.allows(made.amount) is (made.relation in ("<", ">")):
                raise Violated(f"a budget that does not hold what it says: {made}")


def _settings(data: bytes) -> None:
    """Settings are read, and a spec is checked by them."""
    path = SCRATCH / (SHARED if b"[tool." in data else OWN)
    path.write_bytes(data)
    settings = read_settings(path)
    if settings is not None:
        _check(BY_DEFAULT._replace(settings=settings))


def _data(data: bytes) -> None:
    """Arrays are read, and a model is to be fitted on them."""
    path = SCRATCH / ("x.csv" if data[:1].isalnum() else "x.npy")
    path.write_bytes(data)
    arrays = read_arrays(str(path))
    for named in ([("x", arrays)], [("x", arrays), ("y", arrays)]):
        _check(BY_DEFAULT._replace(data=data_of(named, None)))


def _lock(data: bytes) -> None:
    """A lock is read, and a spec is compared with it."""
    # The command reads the file as UTF-8, and says that there is no lock where it is none.
    entries = parse_lock(data.decode("utf-8", "replace"), LOCK_NAME)
    for locked in entries.values():
        for change in lock_changes(locked, NOW):
            for finding in architecture_changed(change, LOCK_NAME, None):
                _judge_text(message(finding))
    if crc32(data) % 16 == 0:
        entries["spec.yaml"] = next(iter(entries.values()), {})
        _check(BY_DEFAULT._replace(lock=Lock(LOCK_NAME, "", entries)))


def _check(plan: Plan) -> None:
    outcome = check_data("spec.yaml", SPEC.encode(), plan)
    _judge_text(rendered([findings_document.document(Run((outcome,)))]))


def _weights(data: bytes) -> None:
    name = "model.keras" if data[:2] == b"PK" else "a.h5" if b"layer_n" in data else "a.weights.h5"
    path = SCRATCH / name
    path.write_bytes(data)
    for group in read_stored_weights(str(path), LIMITS).groups:
        if not all(size >= 0 for shape in group.shapes.values() for size in shape):
            raise Violated(f"a shape below 0: {group}")


TARGETS = {
    "yaml": Target(_spec("spec.yaml"), seeds.specs, 1024, words.of_specs),
    "json": Target(_spec("model.json"), seeds.configs, 1024, words.of_configs),
    "to_yaml": Target(_spec("model.yaml"), seeds.old_configs, 1024, words.of_configs),
    "keras": Target(_spec("model.keras"), seeds.archives, 1024),
    "h5": Target(_spec("model.h5"), seeds.hdf5_files, 6144),
    "weights": Target(_weights, seeds.weights, 10240),
    "settings": Target(_settings, seeds.settings, 512, words.of_settings),
    "lock": Target(_lock, seeds.locks, 1024, words.of_locks),
    "python": Target(_code("model.py"), seeds.code, 1024, words.of_code, change=code_mutator),
    "notebook": Target(_code("model.ipynb"), seeds.notebooks, 2048, words.of_notebooks),
    "space": Target(_space, seeds.spaces, 160, words.of_spaces, placed=False),
    "data": Target(_data, seeds.data, 2048),
    "expression": Target(_expression, seeds.expressions, 96, words.of_expressions, placed=False),
}
"""Every reader by name."""

SCRATCH = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
"""Where inputs are written that only a file can be; in memory, if there is such a place."""

atexit.register(rmtree, SCRATCH, ignore_errors=True)
