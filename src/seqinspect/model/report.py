"""The report on one model: plain, immutable data that every output and every check reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from seqinspect.algebra.expression import Expr, const, total_to_show
from seqinspect.model.reasons import Operation
from seqinspect.model.remarks import FoundByExperiment
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from seqinspect.errors import Place
    from seqinspect.model.facts import Reads, TimeSummary
    from seqinspect.model.finding import Difference, Finding
    from seqinspect.model.look_ahead import LookAhead
    from seqinspect.model.masks import MaskReport
    from seqinspect.model.memory import Memory
    from seqinspect.model.reasons import Reason, SourceNote, Translation
    from seqinspect.model.remarks import Remark
    from seqinspect.model.unconfirmed import Unconfirmed
    from seqinspect.time.reach import StepSpan

Result = TypeVar("Result")

BYTES = {
    "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8,
    "int8": 1, "int16": 2, "int32": 4, "int64": 8,
    "uint8": 1, "uint16": 2, "uint32": 4, "uint64": 8, "bool": 1,
}  # fmt: skip
"""Bytes of one number of each dtype."""


RESERVED = frozenset({"batch", "t"})
"""What formulas name besides sizes: any number of samples, and the output step."""


def sum_known(numbers: Iterable[int | None]) -> int | None:
    """Return the sum of numbers; None where one of them is not known."""
    found = 0
    for number in numbers:
        if number is None:
            return None
        found += number
    return found


class TensorReport(NamedTuple):
    """An input or output tensor: shape in the user's names, with the batch first.

    `unknown_shape`: nothing is known of its shape. `unknown_time`: an unsupported layer is before
    it, so that its place in time is not known. `masked`: it carries a Keras mask, which says what
    steps to skip.
    """

    symbolic: tuple[Expr, ...]
    dtype: str
    unknown_shape: bool = False
    unknown_time: bool = False
    masked: bool = False

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The shape in numbers, None where a size is not known."""
        return tuple(size.value for size in self.symbolic)


class InputReport(NamedTuple):
    """A model input; `time_axis` is None where no axis counts time steps."""

    name: str
    tensor: TensorReport
    time_axis: int | None
    place: Place | None = None


class WeightReport(NamedTuple):
    """One weight of a layer; `trainable` is None where only a file that stores it is known."""

    name: str
    symbolic: tuple[Expr, ...]
    trainable: bool | None
    dtype: str

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The shape in numbers, None for a size whose number is not known."""
        return tuple(size.value for size in self.symbolic)

    @property
    def count(self) -> int | None:  # type: ignore[override]  # of numbers; a tuple's own counts entries
        """How many numbers it holds; None where that hangs on a size that is not known."""
        count = 1
        for size in self.symbolic:
            number = size.value
            if number is None:
                return None
            count *= number
        return count

    @property
    def bytes(self) -> int | None:
        """How much memory it takes; None where its count is not known."""
        count = self.count
        return None if count is None else count * BYTES[self.dtype]


class Depends(NamedTuple):
    """Which of a model input's `steps` output step t depends on; first > last means none.

    None where it takes more than a short formula to say. `every` is the stride that they keep: 1
    for neighbours, 0 where they keep none. Not `proved`, the formulas were compared with what is
    read at some numbers for the sizes that have none. `in_names` are longer formulas for the same
    steps in the names of sizes, where `first` and `last` hold at these numbers only.
    """

    input: str
    first: Expr | None
    last: Expr | None
    steps: Expr
    every: int = 1
    proved: bool = True
    in_names: tuple[Expr, Expr] | None = None

    @property
    def ends(self) -> tuple[Expr, ...]:
        """First and last step; empty where they are not given."""
        return () if self.first is None or self.last is None else (self.first, self.last)


class ReceptiveField(NamedTuple):
    """What the steps of a model output see of one input; None where that is not known.

    `size`: the receptive field, the widest span from the first to the last step that one output
    step depends on. `reads`: how many steps one depends on at most; with holes between them,
    `example` has those of `first_full`, the first output step with that span. `counted`: whether
    the two count the same steps, so that `causal` says whether none is later than the output step,
    `ahead` by how many it is at most, and `looks_ahead` is a witness. Not `proved`, that was tried
    at some numbers for the sizes that have none.
    """

    output: str
    input: str
    steps: Expr
    stepped: bool
    size: int | None = None
    reads: int | None = None
    first_full: int | None = None
    example: tuple[int, ...] = ()
    counted: bool = False
    ahead: int | None = None
    causal: bool | None = None
    looks_ahead: LookAhead | None = None
    proved: bool = True

    def step_formula(self, step: int) -> Expr:
        """Return a step of the input, the last one in the names of its number of steps: T−1."""
        return (self.steps - 1).plain() if (self.steps - 1).value == step else const(step)


class SourceReport(NamedTuple):
    """The tensor that a call reads first: how many steps it has, or what it knows of them.

    `name` and `type` are those of the layer that made it: empty for an input's type, and both for
    what a layer within a layer reads.
    """

    name: str
    type: str
    rank: int
    steps: Expr | None
    time_summary: TimeSummary


class TimeReport(NamedTuple):
    """A layer's relation to time; `axis`, `steps`, `time_summary` are those of what it returns.

    `shared`: whether one set of weights serves all steps; None where a layer has no weights.
    `windows` are the spans that step t reads, where `reads` is `window`. `operands`: of an
    operation that does not read all of its tensors alike, their names and what it reads of each.
    """

    axis: int | None
    steps: Expr | None
    reads: Reads
    applications: Expr
    shared: bool | None
    depends: tuple[Depends, ...]
    source: SourceReport
    time_summary: TimeSummary = ""
    windows: tuple[StepSpan, ...] = ()
    operands: tuple[tuple[str, Reads], ...] = ()


class Confirmed(NamedTuple):
    """What was compared with Keras: True agrees, False disagrees, None was not compared.

    `mask` is what the row says of masked steps.
    """

    shape: bool | None = None
    params: bool | None = None
    time: bool | None = None
    mask: bool | None = None


class Row(NamedTuple):
    """One call of one layer. A layer within a layer follows its parent, one deeper.

    `unsupported` says why no rule states it; not `complete`, it may have weights that are not
    known, and its counts are the least they can be. `translated` says what an older Keras called
    otherwise. Not `used`, no output of the model depends on the call, and Keras leaves it out.
    `remarks` are what its rule has to say besides. `call` are the tensors among its call arguments,
    by argument, `sources` those that it is called on.
    """

    name: str
    path: str
    depth: int
    type: str
    place: Place | None
    sources: tuple[str, ...]
    reuses: str | None
    outputs: tuple[TensorReport, ...]
    weights: tuple[WeightReport, ...]
    formula: Expr
    multiply_adds: Expr
    time: TimeReport | None
    confirmed: Confirmed = Confirmed()
    block: tuple[str, int, int] | None = None
    unsupported: Reason | None = None
    complete: bool = True
    translated: tuple[Translation, ...] = ()
    mask: MaskReport | None = None
    used: bool = True
    remarks: tuple[Remark, ...] = ()
    call: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def params(self) -> int | None:
        """How many parameters this call adds to the model; 0 for a call of a shared layer.

        None where that hangs on a size that is not known.
        """
        return sum_known(w.count for w in self.weights) if self.reuses is None else 0

    @property
    def experiments(self) -> tuple[FoundByExperiment, ...]:
        """What was tried to find the steps that it reads; none where a rule states them."""
        return tuple(each for each in self.remarks if isinstance(each, FoundByExperiment))

    @property
    def untried(self) -> bool:
        """Whether the steps that it reads were found by experiment with other numbers of them."""
        return any(not each.at_hand for each in self.experiments)

    @property
    def trainable(self) -> int | None:
        """How many of them are trained; None where that is not known."""
        if self.reuses is not None:
            return 0
        if self.stored:
            return None
        return sum_known(weight.count for weight in self.weights if weight.trainable)

    @property
    def work_known(self) -> bool:
        """Whether its multiply-adds are known: a rule states it, or it is an operation without."""
        if not self.complete or any(output.unknown_shape for output in self.outputs):
            return False
        unsupported = self.unsupported
        return unsupported is None or (
            isinstance(unsupported, Operation) and not unsupported.sums_products
        )

    @property
    def stored(self) -> bool:
        """Whether its weights are known from the file that stores them, and from no rule."""
        return any(weight.trainable is None for weight in self.weights)


def by_weights(count: Callable[[Row], Result]) -> Callable[[Row], Result]:
    """Return what counts something of the weights that a row adds: of the same ones only once."""
    found: dict[tuple[int, bool], Result] = {}

    def counted(row: Row) -> Result:
        key = id(row.weights), row.reuses is None  # equal layers have the same object
        if key not in found:
            found[key] = count(row)
        return found[key]

    return counted


def _bytes_of_weights(row: Row) -> int | None:
    return sum_known(weight.bytes for weight in row.weights) if row.reuses is None else 0


def reachable_rows(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows of layers that Keras keeps in the model: those with a call that is used."""
    if all(row.used for row in rows):
        return tuple(rows)
    used = {row.reuses or row.name for row in rows if row.used}
    return tuple(row for row in rows if (row.reuses or row.name) in used)


KerasStatus = Literal["agrees", "disagrees", "not asked", "unavailable"]


BACKENDS: Mapping[str, str] = {
    "tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch", "numpy": "NumPy",
}  # fmt: skip
"""What Keras computes on, and how they write their names; the first that is installed is taken.

Keras's numpy backend needs jax, too, so that it is never the first.
"""


class Keras(NamedTuple):
    """Whether Keras was asked, which one, and what it said.

    `differences` say where it disagrees, `reasons` why it was not asked for everything.
    `numbers` are those at which it was asked, for the sizes that are not known.
    """

    status: KerasStatus = "not asked"
    version: str | None = None
    backend: str | None = None
    backend_version: str | None = None
    cached: bool = False
    differences: tuple[Difference, ...] = ()
    reasons: tuple[Unconfirmed, ...] = ()
    numbers: tuple[Mapping[str, int], ...] = ()


NO_TEXTS: Mapping[str, str] = {}


class Report(NamedTuple):
    """What is known of one model: one row a call, in execution order.

    Counts are exact integers: `params` and `trainable` in weights, `multiply_adds` for one sample,
    `bytes` of the weights. Shapes have the batch first, None for a size without a number. `causal`
    is None where no output counts steps, or undecided. `notes` are on the file that was read,
    `sparse` the outputs whose loss takes numbers of classes.
    `size_texts` are the names of sizes that code has as another text.
    """

    model: str
    source: str
    dims: Mapping[str, Expr]
    definitions: Mapping[str, Expr]
    inputs: tuple[InputReport, ...]
    rows: tuple[Row, ...]
    outputs: tuple[str, ...]
    causal: bool | None
    fields: tuple[ReceptiveField, ...] = ()
    keras: Keras = Keras()
    findings: tuple[Finding, ...] = ()
    memory: Memory | None = None
    notes: tuple[SourceNote, ...] = ()
    size_texts: Mapping[str, str] = NO_TEXTS
    sparse: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        least = "" if self.complete else "at least "
        number = "?" if self.params is None else f"{least}{self.params:,}"
        counts = f"{len(self.top):,} layers, {number} parameters"
        return f"<{type(self).__name__} of {self.model!r}: {counts}>"

    @property
    def top(self) -> tuple[Row, ...]:
        """The rows that are not within another: their counts add up to the model's."""
        return tuple(row for row in self.rows if row.depth == 0)

    @property
    def causal_proved(self) -> bool:
        """Whether nothing that `causal` stands on was only tried.

        A yes may have been tried at some numbers for sizes that have none, and the steps that a
        custom layer reads are found by experiment.
        """
        proved = self.causal is not True or all(each.proved for each in self.fields)
        return proved and not any(row.used and row.experiments for row in self.rows)

    @property
    def targets(self) -> tuple[tuple[str, TensorReport], ...]:
        """The shapes that a target `y` must have, by the name of the output.

        A sparse loss takes the number of a class where the output has a number for each class.
        """
        return tuple(
            (name, tensor._replace(symbolic=tensor.symbolic[:-1]))
            if name in self.sparse and len(tensor.symbolic) > 1 and not tensor.unknown_shape
            else (name, tensor)
            for name, tensor in self.output_tensors
        )

    @property
    def output_tensors(self) -> tuple[tuple[str, TensorReport], ...]:
        """Every output of the model by name."""
        rows = {row.name: row for row in self.top}
        inputs = {given.name: given.tensor for given in self.inputs}
        found = []
        for name in self.outputs:
            row, index = rows.get(name), 0
            if row is None:
                stem, _, number = name.rpartition(".")
                if number.isdecimal() and stem in rows:
                    row, index = rows[stem], int(number)
            if row is not None and index < len(row.outputs):
                found.append((name, row.outputs[index]))
            elif name in inputs:
                found.append((name, inputs[name]))
        return tuple(found)

    @property
    def sizes(self) -> dict[str, int | None]:
        """Every size that a formula names, with its number: those of `dims`, then the others.

        Those of `dims` that have a number are there, too, where no formula names them.
        """
        named: dict[str, int | None] = {}
        for formula in {id(each): each for each in self._formulas()}.values():
            numbers = formula.numbers()
            for name in sorted(formula.symbols() - named.keys() - RESERVED):
                named[name] = numbers.get(name)
        dims = {name: size.value for name, size in self.dims.items()
                if size.value is not None or name in named}  # fmt: skip
        return {**dims, **{name: number for name, number in named.items() if name not in dims}}

    def _formulas(self) -> Iterator[Expr]:
        for given in self.inputs:
            yield from given.tensor.symbolic
        for row in self.rows:
            for output in row.outputs:
                yield from output.symbolic
            for weight in row.weights:
                yield from weight.symbolic
            yield from (row.formula, row.multiply_adds)
            for each in row.time.depends if row.time is not None else ():
                yield from each.ends

    @property
    def counted(self) -> tuple[Row, ...]:
        """The rows whose weights are the model's."""
        return reachable_rows(self.top)

    @property
    def params(self) -> int | None:
        """All parameters, each weight counted once; None where a size is not known."""
        return sum_known(map(by_weights(lambda row: row.params), self.counted))

    @property
    def trainable(self) -> int | None:
        """The parameters that training changes; None where a size is not known."""
        return sum_known(map(by_weights(lambda row: row.trainable), self.counted))

    @property
    def complete(self) -> bool:
        """Whether every weight is known; if not, the totals are the least that they can be."""
        return all(row.complete for row in self.counted)

    @property
    def stored(self) -> bool:
        """Whether some weights are known from the file alone: nobody says if they are trained."""
        return any(map(by_weights(lambda row: row.stored), self.counted))

    @property
    def formula(self) -> Expr:
        """All parameters as one closed formula in the user's names; plain numbers are summed."""
        return total_to_show(row.formula.plain() for row in self.counted if row.reuses is None)

    @property
    def multiply_adds(self) -> Expr:
        """Multiply-adds of one sample, every call counted."""
        return total_to_show(row.multiply_adds.plain() for row in self.top if row.used)

    @property
    def bytes(self) -> int | None:
        """Memory of all weights, by dtype; None where a size is not known."""
        return sum_known(map(by_weights(_bytes_of_weights), self.counted))

    def confirmed_by(self, keras: Keras, marks: Mapping[str, Confirmed]) -> Report:
        """The same report with what Keras said, row by row (by path)."""
        rows = tuple(
            row._replace(confirmed=marks[row.path]) if row.path in marks else row
            for row in self.rows
        )
        return self._replace(rows=rows, keras=keras)
