"""`seqinspect size`: the largest or smallest size of a spec within budgets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqinspect import __version__
from seqinspect.cli import completers
from seqinspect.cli.loading import keras_confirmer, not_asked_problem
from seqinspect.cli.options import (
    STATIC,
    chosen_format,
    exit_codes,
    output_option,
    takes_format,
)
from seqinspect.cli.running import running_options, streams_option
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.streams import Target, write_file
from seqinspect.cli.waiting import status
from seqinspect.errors import SpecError
from seqinspect.output.renderers import DOCUMENT_FORMATS, render
from seqinspect.output.screen import for_prose
from seqinspect.output.size import document, json
from seqinspect.space.amounts import BUDGETED, Budget, Quantity, budget
from seqinspect.space.axes import split_at_commas
from seqinspect.space.largest import FoundSize, Wish, find_size
from seqinspect.space.quantities import Running

if TYPE_CHECKING:
    from seqinspect.model.report import Keras, Report

FORMATS = ("text", "json", *DOCUMENT_FORMATS)
DISAGREES = 1
ASKING = "asking Keras …"


@click.command(
    epilog="""
\b
For example:
  seqinspect size model.yaml --for n --params "<= 1M"
  seqinspect size model.yaml --for n,u=2*n --bytes 64KiB --multiply-adds 10M
  seqinspect size model.yaml --for T --memory 2GiB --batch 1
  seqinspect size decoder.yaml --for layers --stream-bytes 2GiB --streams 32
  seqinspect size model.yaml --for n --smallest --params ">= 1M" --write

\b
Amounts may have a unit: 50k, 1M, 1B, and for bytes KiB, MiB, GiB.

"""
    + exit_codes("a size was found", "Keras disagrees with a number that was shown")
)
@click.argument("spec", metavar="SPEC", shell_complete=completers.files)
@click.option(
    "--for", "wanted", required=True, metavar="NAME[,NAME=FORMULA,...]",
    help="The size to look for, and others that follow from it: n,u=2*n.",
)  # fmt: skip
@click.option(
    "--params", multiple=True, metavar="AMOUNT", help="Parameters: --params 1M, --params '>= 50k'."
)
@click.option("--bytes", multiple=True, metavar="AMOUNT", help="Bytes of the weights: 64KiB.")
@click.option("--multiply-adds", multiple=True, metavar="AMOUNT", help="Those of one sample.")
@click.option(
    "--memory", multiple=True, metavar="AMOUNT",
    help="Bytes of a forward pass at --batch samples: weights and activations.",
)  # fmt: skip
@click.option(
    "--training-memory", multiple=True, metavar="AMOUNT",
    help="Bytes of training: also gradients, all activations and what --optimizer keeps.",
)  # fmt: skip
@click.option(
    "--stream-bytes", multiple=True, metavar="AMOUNT",
    help="Bytes that --streams N streams keep between steps, fed step by step (see stream).",
)  # fmt: skip
@click.option("--smallest", is_flag=True, help="Look for the smallest size, not the largest.")
@spec_options("spec")
@STATIC
@running_options("the memory of activations", "--training-memory")
@streams_option("--stream-bytes")
@click.option(
    "--write", "writes", is_flag=True, help="Put the size into the spec; nothing else changes."
)
@takes_format(FORMATS, "json is for programs.")
@output_option()
def size(
    *,
    spec: str,
    wanted: str,
    smallest: bool,
    read: Specs,
    static: bool,
    batch: int,
    optimizer: str,
    streams: int,
    writes: bool,
    kind: str | None,
    target: Target,
    **amounts: tuple[str, ...],
) -> int:
    """Find the largest size with which a model keeps budgets, or the smallest.

    SPEC is what describe takes; NAME is one of its sizes. The size is found by the closed formulas,
    and what it makes is analysed again there and at the next size.
    """
    form = chosen_format(kind, target.file, FORMATS)
    budgets = tuple(_budgets({each: amounts[each] for each in BUDGETED}))
    if not budgets:
        raise click.UsageError("name a budget, such as --params 1M")
    target.check([spec])
    if writes:
        from seqinspect.space.writing import can_write  # noqa: PLC0415 - only with --write

        if not can_write(spec):
            raise click.BadParameter("only a spec or a script is changed", param_hint="--write")
    name, tied = _names(wanted)
    wish = Wish(name, budgets, tied, smallest, Running(batch, optimizer, streams))
    found = find_size(read.analysed_with(spec), wish)
    if not static:
        with status(ASKING):
            found = found._replace(keras=_asked(found, read, spec))
    if writes:
        _write(found, read, spec)
    if form == "json":
        text = json.render(found, __version__, encoding=target.screen.encoding)
    else:
        screen = for_prose(target.screen) if form == "text" else target.screen
        text = render([document.document(found, spec if writes else "")], form, screen=screen)
    target.write(text)
    return DISAGREES if found.keras.status == "disagrees" else 0


def _budgets(amounts: dict[Quantity, tuple[str, ...]]) -> list[Budget]:
    found = []
    for quantity, texts in amounts.items():
        for text in texts:
            try:
                found.append(budget(quantity, text))
            except SpecError as error:
                problem = error.problems[0]
                raise click.BadParameter(
                    f"{problem.what}: {problem.received}; expected {problem.expected}",
                    param_hint=f"--{quantity.replace('_', '-')}",
                ) from None
    return found


def _names(text: str) -> tuple[str, dict[str, str]]:
    """Return the size of `n,u=2*n` that is looked for, and those that follow from it."""
    first, *others = split_at_commas(text)
    tied = {}
    for other in others:
        name, equals, formula = (part.strip() for part in other.partition("="))
        if not (name and equals and formula):
            raise click.BadParameter(
                f"{other!r} is not a name with its formula, such as u=2*n", param_hint="--for"
            )
        tied[name] = formula
    if not first or "=" in first:
        raise click.BadParameter(f"{text!r} begins with no name of a size", param_hint="--for")
    return first, tied


def _asked(found: FoundSize, read: Specs, spec: str) -> Keras:
    """Return what Keras says of the model that was found and of the next one. Raises SpecError."""
    confirm = keras_confirmer(remembered=True, allow_imports=read.allow_imports)
    said = [confirm(*read.analysed_with(spec)(candidate.sizes)).keras for candidate in found.models]
    if problems := not_asked_problem(said):
        raise SpecError(*problems)
    return next((keras for keras in said if keras.status != "agrees"), said[0])


def _write(found: FoundSize, read: Specs, spec: str) -> None:
    from seqinspect.readers.spec import split_model  # noqa: PLC0415 - only with --write
    from seqinspect.space.writing import with_sizes  # noqa: PLC0415

    file, _ = split_model(spec)

    def report_of(text: bytes) -> Report:
        return read.analysed_text(text, spec, {})[1]

    write_file(file, with_sizes(Path(file).read_bytes(), spec, found.best.sizes, report_of))
