"""The options by which commands take specs, and the reading of one: a file, or a Python object."""

from __future__ import annotations

import os
import re
from functools import partial, wraps
from typing import TYPE_CHECKING

import click

from seqinspect.analysis.walk import analyse, analyse_costs, output_shape
from seqinspect.cli.loading import load_keras
from seqinspect.errors import SpecError
from seqinspect.given import config_of, graph_of, graph_of_model, graph_of_text
from seqinspect.model.policy import under_policy
from seqinspect.readers.source.files import (
    STANDARD_INPUT,
    STANDARD_INPUT_NAME,
    standard_input,
)
from seqinspect.readers.source.limits import LIMITS
from seqinspect.readers.spec import names_object, read_models
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report
    from seqinspect.readers.dialect.dims import Overrides
    from seqinspect.readers.dialect.input_shapes import InputShape

    Command = Callable[..., int]

LOADING = "loading Keras, to import what is named …"
IMPORTS_HELP = "Import what is named in Python: runs code of theirs."
SEVERAL_SIZES = r"\w+=[^=,]+(, *\w+=[^=,]+)+"
"""Settings of several sizes at once, with commas between them."""

SAME = "--allow-imports asks Keras, and --static does not: leave out one of them"


class Specs(NamedTuple):
    """What the command line says of the specs that it names."""

    overrides: Overrides
    input_shapes: tuple[InputShape, ...]
    allow_imports: bool
    files: bool = False
    """Whether all are files, so that the shapes are those of a model that was saved without."""

    def graph(self, spec: str) -> tuple[Graph, object]:
        """Return the graph of a spec and, of a Python object, what it was read from.

        Custom classes are refused where importing is not allowed. Raises SpecError.
        """
        shapes = self.input_shapes if self.input_shapes and names_object(spec) else None
        return self._read(partial(graph_of, spec, self.overrides, shapes))

    def _read(self, read: Callable[..., tuple[Graph, object]]) -> tuple[Graph, object]:
        """Read a graph, with what may be imported and the shapes of a model saved without."""
        if not self.allow_imports:
            graph, live = read()
        else:
            from seqinspect.cli.waiting import status  # noqa: PLC0415 - only to import

            with status(LOADING):
                load_keras()  # quietly, which a module that imports it would not do
                graph, live = read(allow_imports=True)
        if self.input_shapes and self.files:
            from seqinspect.readers.dialect.input_shapes import with_input_shapes  # noqa: PLC0415 - seldom

            graph = with_input_shapes(graph, self.input_shapes)
        return graph, live

    def configs(self, specs: Sequence[str]) -> dict[str, bytes]:
        """Return the Keras configs of the Python objects among specs. Raises SpecError."""
        objects = [spec for spec in specs if names_object(spec)]
        if objects and self.allow_imports:
            load_keras()
        return {
            spec: config_of(spec, self.input_shapes or None, allow_imports=self.allow_imports)
            for spec in objects
        }

    def models(self, spec: str) -> list[Callable[[], tuple[Graph, object]]]:
        """Return what reads each model of a spec: only code has several. Raises SpecError."""
        if names_object(spec):
            return [partial(self.graph, spec)]
        found = read_models(spec, overrides=self.overrides, infer=output_shape)
        return [partial(self._read, partial(graph_of_model, each)) for each in found]

    def analysed(self, spec: str, *, policy: str | None = None) -> tuple[Graph, Report]:
        """Return the graph of a spec, under a dtype policy, and the report on it."""
        return self.analysed_model(partial(self.graph, spec), policy=policy)

    def analysed_with(self, spec: str) -> Callable[[Mapping[str, int]], tuple[Graph, Report]]:
        """Return what counts a spec with sizes of it set; time is not traced."""
        if spec == STANDARD_INPUT:
            return partial(self.analysed_text, standard_input(LIMITS), STANDARD_INPUT_NAME)

        def analysed(sizes: Mapping[str, int]) -> tuple[Graph, Report]:
            here = self._with(sizes)
            return here.analysed_model(partial(here.graph, spec), analyse=analyse_costs)

        return analysed

    def analysed_text(
        self, text: bytes, name: str, sizes: Mapping[str, int]
    ) -> tuple[Graph, Report]:
        """Return the graph of a text, which errors call `name`, and the report on it."""
        here = self._with(sizes)
        graph = partial(graph_of_text, text, name, here.overrides)
        return self.analysed_model(partial(here._read, graph), analyse=analyse_costs)

    def _with(self, sizes: Mapping[str, int]) -> Specs:
        return self._replace(overrides={**self.overrides, **sizes}) if sizes else self

    @staticmethod
    def analysed_model(
        read: Callable[[], tuple[Graph, object]],
        *,
        policy: str | None = None,
        analyse: Callable[[Graph], Report] = analyse,
    ) -> tuple[Graph, Report]:
        """Return the graph of one model of a spec, under a dtype policy, and the report on it."""
        graph, live = read()
        graph = graph if policy is None else under_policy(graph, policy)
        report = analyse(graph)
        if live is not None:
            from seqinspect.keras_model.custom.live import with_live_weights  # noqa: PLC0415

            report = with_live_weights(report, live)
        elif not report.complete:
            from seqinspect.compare.stored_layers import with_stored_weights  # noqa: PLC0415

            report = with_stored_weights(graph, report)
        return graph, report


def spec_options(*names: str, sizes: bool = True) -> Callable[[Command], Command]:
    """Give a command --set, --input and --allow-imports, and hand them on as `read: Specs`.

    `names` are the command's parameters that hold specs; without `sizes`, there is no --set.
    """
    settable = click.option(
        "--set", "settings", multiple=True, metavar="NAME=SIZE",
        help="Give a size another value; may be repeated.",
    )  # fmt: skip

    def decorated(command: Command) -> Command:
        @click.option(
            "--input", "inputs", multiple=True, metavar="SIZES",
            help="For what has no input: 10,8, or tokens=10:int32.",
        )  # fmt: skip
        @click.option("--allow-imports", is_flag=True, help=IMPORTS_HELP)
        @wraps(command)
        def called(
            *,
            settings: tuple[str, ...] = (),
            inputs: tuple[str, ...],
            allow_imports: bool,
            **others: object,
        ) -> int:
            refuse_static(others.get("static"), allow_imports)
            input_shapes = tuple(map(_input_shape, inputs))
            files = not any(map(names_object, _texts(others, names)))
            read = Specs(dict(map(_setting, settings)), input_shapes, allow_imports, files)
            return command(read=read, **others)

        return settable(called) if sizes else called

    return decorated


def _texts(others: dict[str, object], names: tuple[str, ...]) -> Iterator[object]:
    for name in names:
        value = others[name]
        yield from value if isinstance(value, tuple) else (value,)


def refuse_static(static: object, allow_imports: bool) -> None:
    """Refuse two options that exclude each other. Raises UsageError."""
    if static and allow_imports:
        raise click.UsageError(SAME)


def _setting(text: str) -> tuple[str, str]:
    """Return the name and the size of `n=16`. Raises BadParameter."""
    if re.fullmatch(SEVERAL_SIZES, text):
        each = " ".join(f"--set {part.strip()}" for part in text.split(","))
        raise click.BadParameter(f"one size at a time: {each}", param_hint="--set")
    name, equals, size = (part.strip() for part in text.rpartition("="))
    if not (name and equals and size):
        is_file = os.path.isfile(text)  # noqa: PTH113 - pathlib raises where a name is too long
        hint = "; a spec stands by itself, without --set" if is_file else ""
        raise click.BadParameter(
            f"{text!r} is not a name and a size, such as n=16{hint}", param_hint="--set"
        )
    return name, size


def _input_shape(text: str) -> InputShape:
    from seqinspect.readers.dialect.input_shapes import parse_input_shape  # noqa: PLC0415 - seldom

    try:
        return parse_input_shape(text)
    except SpecError as error:
        problem = error.problems[0]
        raise click.BadParameter(
            f"{problem.what}: {problem.received}; expected {problem.expected}",
            param_hint="--input",
        ) from None
