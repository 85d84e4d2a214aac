"""`seqinspect sweep`: what a spec makes at every point of a space of sizes and choices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqinspect import __version__
from seqinspect.cli import completers
from seqinspect.cli.failures import DISAGREEMENT, INTERRUPTED
from seqinspect.cli.options import (
    IntegerInRange,
    chosen_format,
    exit_codes,
    output_option,
    takes_format,
)
from seqinspect.cli.running import running_options
from seqinspect.cli.specs import IMPORTS_HELP
from seqinspect.cli.stoppable import Stoppable
from seqinspect.cli.streams import PART, Target, growing_file, write_parts, write_stderr
from seqinspect.cli.sweep_tasks import Part, SweepTask, compute_part, confirm_point, spec_text
from seqinspect.cli.waiting import watched
from seqinspect.cli.workers import Workers, in_order
from seqinspect.errors import SpecError
from seqinspect.lint.parallel import cores
from seqinspect.output.renderers import render
from seqinspect.output.sweep import parquet
from seqinspect.output.sweep.document import SHOWN, confirmation, document, shown_name, stopped
from seqinspect.output.sweep.rows import AT_ONCE, WRITERS, Heading
from seqinspect.space.axes import space_of
from seqinspect.space.quantities import Running
from seqinspect.space.selection import Selection, goals
from seqinspect.space.sweep import COLUMNS, DEFAULT, Sweep

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from seqinspect.readers.opened import OpenedSpec
    from seqinspect.space.axes import Space
    from seqinspect.space.sweep import Block

FORMATS = ("text", "csv", "jsonl", "json", "parquet", "svg", "html")
PICTURES = ("svg", "html")
ASKING = "asking Keras …"
EXITS = exit_codes("the rows are written", "Keras disagrees at a point of --confirm")


def _count_of(_context: click.Context, _option: click.Parameter, text: str | None) -> int:
    """Return how many points Keras is asked at: a number, or all."""
    if text == "all":
        return 10**18
    if text is None or (text.isascii() and text.isdigit()):
        return int((text or "0")[:18])
    raise click.BadParameter(f"{text!r} is not a number of points, nor all")


@click.command(
    epilog=f"""
\b
For example:
  seqinspect sweep model.yaml --set n=8:256:8 --set T=10,50,100
  seqinspect sweep model.yaml --set cell=LSTM,GRU --set L=1:6 --sort params
  seqinspect sweep model.yaml --set n=1:512 --where "params <= 1M and causal"
  seqinspect sweep model.yaml --set n=1:512 --pareto params,receptive_field
  seqinspect sweep model.yaml --set n=1:1000 --set T=1:1000 -o rows.csv

\b
Columns: {", ".join(COLUMNS[:5])},
  {", ".join(COLUMNS[5:])}

{EXITS}"""
)
@click.argument("spec", metavar="SPEC", shell_complete=completers.files)
@click.option(
    "--set", "settings", multiple=True, required=True, metavar="NAME=VALUES",
    help="Values of a size (8:256:8, or 10,50,100) or of a choice (LSTM,GRU); may be repeated.",
)  # fmt: skip
@click.option("--where", default="", metavar="CONDITION",
              help="Keep the rows of a condition, such as 'params <= 1M and causal'.")  # fmt: skip
@click.option("--pareto", default="", metavar="COLUMN,...",
              help="Keep the rows that no other is better than: less of a cost (COLUMN:min), more"
              " of receptive_field (COLUMN:max).")  # fmt: skip
@click.option("--sort", default="", metavar="COLUMN,...", help="Sort rows; -COLUMN descends.")
@click.option("--first", type=IntegerInRange(1, 10**9), metavar="N", help="Keep the first N rows.")
@click.option("--columns", default="", metavar="NAME,...",
              help="Compute these columns, in this order.")  # fmt: skip
@running_options("memory", "training_memory")
@click.option(
    "--confirm", "confirmed", metavar="N|all", callback=_count_of,
    help="Then ask Keras at N points, spread evenly over the space, or at all of them.",
)  # fmt: skip
@click.option(
    "--jobs", type=IntegerInRange(0, 1_000), default=1, show_default=True, metavar="N",
    help="Compute in N processes; 0 is one for each core.",
)  # fmt: skip
@click.option(
    "--scheduler", default="", metavar="ADDRESS",
    help="Compute by the workers of a Dask scheduler, such as tcp://host:8786.",
)  # fmt: skip
@click.option("--allow-imports", is_flag=True, help=IMPORTS_HELP)
@takes_format(FORMATS, "jsonl has a row a line; svg and html draw the columns of --pareto.")
@output_option()
def sweep(
    *,
    spec: str,
    settings: tuple[str, ...],
    where: str,
    pareto: str,
    sort: str,
    first: int | None,
    columns: str,
    batch: int,
    optimizer: str,
    confirmed: int,
    jobs: int,
    scheduler: str,
    allow_imports: bool,
    kind: str | None,
    target: Target,
) -> int:
    """Say what a model costs and sees at every point of a space: a row a point.

    SPEC is what describe takes. Points that differ in sizes alone are computed from formulas, by
    the million; every choice and every size that changes the structure is analysed by itself.
    """
    form = chosen_format(kind or _by_suffix(target.file), target.file, FORMATS)
    target.check([spec])
    if form == "parquet":
        if target.file is None:
            raise click.BadParameter("Parquet goes to a file: -o FILE", param_hint="--format")
        parquet.require_pyarrow()
    space = space_of([_setting(text) for text in settings])
    task = SweepTask(spec_text(spec), spec, space, (), Running(batch, optimizer), allow_imports)
    opened = task.opened()
    space = space.for_names(spec, opened.names, opened.choices)
    task = task._replace(space=space, columns=_columns(columns, space.names))
    names = (*space.names, *task.columns)
    selection = Selection(
        names, where, goals(pareto, names), goals(sort, names, sort=True), first
    ).checked()
    if form in PICTURES and len(selection.pareto) != 2:
        raise click.UsageError("a picture has two columns: --pareto params,receptive_field")
    workers = Workers(jobs or cores(), scheduler)
    blocks = Stoppable(_computed(task, opened, workers))
    rows = (row for block in blocks for row in zip(*(block[name] for name in names), strict=True))
    heading = _heading(task, names)
    if form in PICTURES:
        picture = _picture(form, heading, selection, rows)
        if not picture and blocks.is_whole:
            raise click.UsageError("there is nothing to draw: no row has both columns")
        if picture:
            _place(target, blocks).write(picture)
    elif form == "text":
        shown = list(selection.rows(rows))
        text = render([document(heading, shown, first or SHOWN)], form, screen=target.screen)
        if blocks.done or blocks.is_whole:
            _place(target, blocks).write(text)
    else:
        _write_rows(form, target, heading, selection.rows(rows), blocks)
    rows.close()  # --first needs no more
    if blocks.reason is not None:
        _say_what_is_there(target, task.space, blocks)
        if isinstance(blocks.reason, SpecError):
            raise blocks.reason
        return INTERRUPTED
    return _confirmed(task, confirmed, workers) if confirmed else 0


def _computed(
    task: SweepTask, opened: OpenedSpec, workers: Workers
) -> Generator[Block, None, None]:
    """Return what computes the columns of one part after the other."""
    if workers.elsewhere:
        computed = in_order(compute_part, task.parts(), workers)
    else:
        computed = Sweep(task.space, opened.read, task.columns, task.running).blocks()
    return watched(computed, -(-task.space.size // task.space.part_size), lambda _block: "")


def _heading(task: SweepTask, names: tuple[str, ...]) -> Heading:
    axes = task.space.axes
    words = frozenset(axis.name for axis in axes if not axis.is_size)
    numbers = {axis.name: len(axis.values) for axis in axes}
    at_once = min(AT_ONCE, task.space.part_size)  # so that rows are there as they are computed
    return Heading(__version__, task.name, numbers, task.space.size, names, words, at_once)


def _write_rows(
    form: str,
    target: Target,
    heading: Heading,
    rows: Iterator[tuple[Any, ...]],
    blocks: Stoppable[Block],
) -> None:
    """Write rows as they come."""
    if form != "parquet":
        write_parts(target.file, WRITERS[form](heading, rows), lambda: blocks.is_whole)
        return
    with growing_file(target.file or "", lambda: blocks.is_whole) as file:
        parquet.write_parquet(file, heading, rows)


def _place(target: Target, blocks: Stoppable[Block]) -> Target:
    """Return where a result goes: beside the file that is named, where it is not whole."""
    if target.file is None or blocks.is_whole:
        return target
    return Target(target.file + PART)


def _say_what_is_there(target: Target, space: Space, blocks: Stoppable[Block]) -> None:
    """Say how far it came, and where the rows are; a file without any is removed."""
    points = min(blocks.done * space.part_size, space.size)
    file = "" if target.file is None else target.file + PART
    if points:
        write_stderr(f"{stopped(points, space.size, file)}\n")
    elif file:
        Path(file).unlink(missing_ok=True)


def _confirmed(task: SweepTask, count: int, workers: Workers) -> int:
    """Ask Keras at points that are spread evenly over the space; say what it said."""
    size = task.space.size
    count = min(count, size)
    points = sorted({at * (size - 1) // max(1, count - 1) for at in range(count)})
    asked = in_order(confirm_point, (Part(task, at, 1) for at in points), workers)
    said = list(watched(asked, len(points), lambda _said: ASKING, ASKING))
    wrong = [at for at, each in zip(points, said, strict=True) if each == "disagrees"]
    write_stderr(f"Keras: {confirmation(said)}\n")
    for at in wrong:
        settings = " ".join(f"--set {name}={value}" for name, value in task.space.point(at).items())
        write_stderr(f"  {settings}\n")
    return DISAGREEMENT if wrong else 0


def _by_suffix(file: str | None) -> str | None:
    """Return the format that the name of a file says."""
    if file is None:
        return None
    suffix = file.rpartition(".")[2].lower()
    return suffix if suffix in FORMATS else None


def _setting(text: str) -> tuple[str, str]:
    name, equals, values = (part.strip() for part in text.partition("="))
    if not (name and equals and values):
        raise click.BadParameter(
            f"{text!r} is not a name and its values, such as n=8:256:8", param_hint="--set"
        )
    return name, values


def _columns(text: str, axes: Sequence[str]) -> tuple[str, ...]:
    names = tuple(filter(None, (part.strip() for part in text.split(",")))) or DEFAULT
    for name in names:
        if name not in COLUMNS and name not in axes:
            raise click.BadParameter(
                f"there is no column {name!r}; there are {', '.join(COLUMNS)}",
                param_hint="--columns",
            )
    return tuple(name for name in names if name in COLUMNS)


def _picture(
    form: str, heading: Heading, selection: Selection, rows: Iterable[tuple[Any, ...]]
) -> str:
    """Return a picture of two columns of all rows, and of the front; empty without such rows."""
    from seqinspect.output.sweep.picture import page, svg  # noqa: PLC0415 - only for a picture

    x, y = selection.pareto
    all_rows = list(selection._replace(pareto=()).rows(rows))
    known = [row for row in all_rows if row[x.at] is not None and row[y.at] is not None]
    if not known:
        return ""
    front = list(selection._replace(where="").rows(known))
    places, on_front = ([(row[x.at], row[y.at]) for row in some] for some in (known, front))
    across, up = (shown_name(heading, goal.name) for goal in (x, y))
    picture = svg((across, up), places, on_front)
    return picture if form == "svg" else page(heading, front, picture)
