"""`seqinspect equal`: whether two specs are the same function."""

from __future__ import annotations

import gc
import json
import sys
from typing import TYPE_CHECKING

import click

from seqinspect.cli.specs import Specs, takes_specs
from seqinspect.cli.streams import status, write
from seqinspect.errors import Problem, SpecError
from seqinspect.output.layout import wrap
from seqinspect.output.screen import screen_of
from seqinspect.output.text import encodable, inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.keras_model.experiment.equal import Equality
    from seqinspect.model.graph import Graph

DIFFERENT = 1
WIDTH, WIDEST = 80, 100
LOADING = "loading TensorFlow, to run both models …"
EPILOG = """\b
For example:
  seqinspect equal every_step.yaml time_distributed.yaml

\b
Exit codes:
  0    the same function
  1    not the same function
  2    the command or a spec cannot be used
  130  interrupted (Ctrl-C)
"""


@click.command(epilog=EPILOG)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@takes_specs("first", "second")
@click.option(
    "--format", "kind", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="json is for programs.",
)  # fmt: skip
def equal(*, first: str, second: str, read: Specs, kind: str) -> int:
    """Say whether two specs, A and B, are the same function.

    Real Keras models get the same random weights, matched by order and shape, and the same random
    inputs. The answer is the largest difference, or the first layer where the two part.
    """
    if first == second == "-":
        raise click.UsageError("only one of the two specs can be standard input")
    graphs = (read.graph(first)[0], read.graph(second)[0])
    with status(LOADING):
        verdict = _compared(*graphs)
    names = (graphs[0].source, graphs[1].source)
    screen = screen_of(sys.stdout)
    if kind == "json":
        text = _json(verdict, names)
    else:
        width = min(screen.width or WIDTH, WIDEST)
        lines = [part for line in _lines(verdict, names) for part in _folded(line, width)]
        text = "".join(f"{line}\n" for line in lines)
    write(encodable(text, screen.encoding))
    return 0 if verdict.equal else DIFFERENT


def _compared(first: Graph, second: Graph) -> Equality:
    from seqinspect.keras_model.build import runtime  # noqa: PLC0415 - heavy
    from seqinspect.keras_model.experiment.equal import compare_functions  # noqa: PLC0415

    try:
        runtime.load(hide_gpus=True)
        gc.enable()
        return compare_functions(first, second)
    except runtime.KerasUnavailable as error:
        what = f"Keras cannot be asked: {error.reason}"
        raise SpecError(Problem(what, remedy="install tensorflow")) from error


def _lines(verdict: Equality, names: tuple[str, str]) -> Iterator[str]:
    first, second = map(visible, names)
    same = "the same function" if verdict.equal else "not the same function"
    yield inert(f"{'equal' if verdict.equal else 'not equal'}: {same}")
    yield f"  A  {first}"
    yield f"  B  {second}"
    if verdict.equal:
        yield (
            f"  with the same weights ({verdict.params[0]:,} parameters) and random inputs, the"
            f" largest difference is {amount(verdict.difference)}"
        )
    if verdict.parts:
        yield f"  they part here: {visible(verdict.parts)}"
    elif not verdict.equal and verdict.difference is not None:
        yield f"  the outputs differ by up to {verdict.difference:.2g}"
    for remark in verdict.remarks:
        yield f"  {visible(remark)}"
    if verdict.tried_model:
        yield f"  tried with smaller sizes: {visible(verdict.tried_model)}"


def _folded(line: str, width: int) -> list[str]:
    """Break a line, with what follows further in; a path stays whole, to be copied."""
    if line.startswith(("  A  ", "  B  ")):
        return [line]
    first, *others = wrap(line.strip(), width - 4)
    margin = " " * (len(line) - len(line.lstrip()))
    return [margin + first, *(f"    {other}" for other in others)]


def amount(difference: float | None) -> str:
    """Return a difference that is rounding, by its order: 0, below 1e-15."""
    if not difference:
        return "0"
    power = next((p for p in range(18, 0, -1) if difference < 10.0**-p), 0)
    return f"below 1e-{power}"


def _json(verdict: Equality, names: tuple[str, str]) -> str:
    data = {
        "equal": verdict.equal,
        "a": names[0],
        "b": names[1],
        "params": list(verdict.params),
        "difference": verdict.difference,
        "parts": verdict.parts or None,
        "remarks": list(verdict.remarks),
        "tried": verdict.tried_model or None,
    }
    return json.dumps(data, ensure_ascii=True, allow_nan=False) + "\n"
