"""Custom classes: Keras supplies shapes and weights, the experiment the time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.algebra.expression import symbol
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build.compare import confirm
from seqinspect.keras_model.custom.layers import import_custom_classes
from seqinspect.model.facts import Tensor
from seqinspect.model.report import Confirmed
from seqinspect.model.unconfirmed import NotCompared, Unbuilt
from seqinspect.output.report import json
from seqinspect.output.report.time_notes import time_note, unsupported_note
from seqinspect.readers.dialect.custom_classes import refuse_imports
from seqinspect.readers.spec import read_spec
from tests.rendered import described as rendered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seqinspect.model.report import Report, Row

pytestmark = pytest.mark.keras

MODULE = '''
from keras import layers, ops

print("a module that prints")


class AttentionPool(layers.Layer):
    """Has weights of its own, and one output for all steps."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units))
        self.query = self.add_weight(name="query", shape=(self.units,), trainable=False)

    def call(self, x):
        hidden = ops.tanh(ops.matmul(x, self.kernel))
        scores = ops.softmax(ops.sum(hidden * self.query, -1), axis=-1)
        return ops.sum(scores[..., None] * hidden, axis=1)


class Running(layers.Layer):
    """Takes neither a name nor a dtype, and has a layer within."""

    def __init__(self, n):
        super().__init__()
        self.inner = layers.Dense(n)

    def call(self, x):
        return ops.cumsum(self.inner(x), axis=1)


class Neighbours(layers.Layer):
    def call(self, x):
        return x + ops.pad(x, ((0, 0), (2, 0), (0, 0)))[:, :-2]


class Smooth(layers.Layer):
    def call(self, x):
        before, after = ops.pad(x, ((0, 0), (1, 0), (0, 0))), ops.pad(x, ((0, 0), (0, 1), (0, 0)))
        return x + before[:, :-1] + after[:, 1:]


class Last(layers.Layer):
    def call(self, x):
        return x[:, -1]


class Listed(layers.Layer):
    def call(self, inputs):
        return inputs[0] * ops.mean(inputs[1], axis=1, keepdims=True)


class Apart(layers.Layer):
    def call(self, a, b):
        return ops.concatenate([a, b], axis=-1)


class Table(layers.Layer):
    """The size of a weight is a product."""

    def build(self, shape):
        self.table = self.add_weight(name="table", shape=(shape[1] * shape[2],))

    def call(self, x):
        return x + ops.reshape(self.table, x.shape[1:])


class Halves(layers.Layer):
    def build(self, shape):
        if shape[-1] % 2:
            raise ValueError("features must be even")
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1] // 2,))

    def call(self, x):
        return x[..., : x.shape[-1] // 2] * self.kernel


class Flip(layers.Layer):
    def call(self, x):
        return ops.flip(x, axis=1)


class Shuffle(layers.Layer):
    """Output step t is input step t² mod T."""

    def call(self, x):
        steps = x.shape[1] or 1
        return ops.take(x, [t * t % steps for t in range(steps)], axis=1)


class Even(layers.Layer):
    def call(self, x):
        return x[:, ::2]


class Thirds(layers.Layer):
    def call(self, x):
        return x[:, 1::3]


class Pairs(layers.Layer):
    def call(self, x):
        return layers.AveragePooling1D(2)(x)


class Triangle(layers.Layer):
    def build(self, shape):
        self.pairs = self.add_weight(name="pairs", shape=(shape[-1] * (shape[-1] + 1) // 2,))

    def call(self, x):
        return x * ops.sum(self.pairs)


class Odd(layers.Layer):
    """The size of its weight follows no formula that is known here."""

    def build(self, shape):
        self.table = self.add_weight(name="table", shape=(shape[-1] ** 3 % 11 + 1,))

    def call(self, x):
        return x * ops.sum(self.table)


class Cut(layers.Layer):
    def call(self, x):
        return x[:, :12]


class Heads(layers.Layer):
    def __init__(self, h, k, **kwargs):
        super().__init__(**kwargs)
        self.h, self.k = h, k

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.h * self.k + 1))

    def call(self, x):
        return ops.matmul(x, self.kernel)


class Flat(layers.Layer):
    def call(self, x):
        return ops.reshape(x, (-1, x.shape[1] * x.shape[2]))

    def compute_output_shape(self, shape):
        return (shape[0], None if shape[1] is None else shape[1] * shape[2])


class Merged(layers.Layer):
    """All steps of all samples in one batch."""

    def call(self, x):
        return ops.reshape(x, (-1, x.shape[2]))


class Positions(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(name="table", shape=shape[1:])

    def call(self, x):
        return x + self.table


class Each(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.dense = units, layers.Dense(units, name="inner")

    def call(self, x):
        return self.dense(x)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.units)


class Built(Each):
    def build(self, shape):
        self.dense.build(shape)


class Cell(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units))

    def call(self, x, states, training=None):
        hidden = ops.tanh(ops.matmul(x, self.kernel) + states[0])
        return hidden, [hidden]


class Window(layers.Layer):
    """Step t is the sum of the last `size` steps."""

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, x):
        sums = ops.cumsum(x, axis=1)
        before = ops.pad(sums, ((0, 0), (self.size, 0), (0, 0)))
        return sums - before[:, : x.shape[1]]


class Fading(layers.Layer):
    """Each step before it counts half as much as the one after it."""

    def call(self, x):
        t = ops.arange(x.shape[1])
        apart = ops.cast(t[None, :] - t[:, None], x.dtype)
        halves = ops.where(apart < 0, 0.0, 2.0 ** -ops.maximum(apart, 0.0))
        return ops.einsum("bsn,st->btn", x, ops.cast(halves, x.dtype))


class LongTurn(layers.Layer):
    """More than 15 steps come in reversed order."""

    def call(self, x):
        return ops.flip(x, axis=1) if x.shape[1] > 15 else x


class Split(layers.Layer):
    """The size of a head is rounded down."""

    def __init__(self, units, heads, **kwargs):
        super().__init__(**kwargs)
        self.width = units // heads

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.width))

    def call(self, x):
        return ops.matmul(x, self.kernel)


class Wider(layers.Layer):
    """Its size jumps between two sizes that are tried first."""

    def build(self, shape):
        features = shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(features, 3 if features < 14 else 5))

    def call(self, x):
        return ops.matmul(x, self.kernel)


class Rolled(layers.Layer):
    def call(self, x):
        return ops.roll(x, 2, axis=1)


class Sparse(layers.Layer):
    """The mean of every third step."""

    def call(self, x):
        return ops.mean(x[:, ::3], axis=1)


class Paired(layers.Layer):
    """Its heads must divide its units, of which it keeps half, rounded up."""

    def __init__(self, units, heads, **kwargs):
        super().__init__(**kwargs)
        if units % heads:
            raise ValueError("heads must divide units")
        self.width = -(-units // 2)

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(self.width,))

    def call(self, x):
        return x * ops.sum(self.kernel)


class Broken(layers.Layer):
    def call(self, x):
        raise ValueError("no way")


class Plain:
    pass
'''
CLASSES = (
    "AttentionPool Running Neighbours Smooth Last Listed Apart Table Halves Broken Plain Flip"
    " Shuffle Even Thirds Pairs Triangle Odd Cut Heads Flat Merged Positions Each Built"
    " Cell Window Fading LongTurn Split Wider Rolled Sparse Paired".split()
)


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "own_layers.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    yield
    sys.path[:] = path
    sys.modules.pop("own_layers", None)


def spec(layers: str, dims: str = "{T: 10, n: 8, u: 6}") -> bytes:
    custom = ", ".join(f"{name}: own_layers:{name}" for name in CLASSES)
    return f"dims: {dims}\ninput: [T, n]\ncustom: {{{custom}}}\nlayers:\n{layers}".encode()


def described(layers: str, **dims: str) -> Report:
    graph = import_custom_classes(read_spec(spec(layers, **dims), name="own.yaml"))
    return confirm(graph, analyse(graph))


def shape(row: Row) -> str:
    return ", ".join(size.text() for size in row.outputs[0].symbolic)


def depends(row: Row) -> list[list[tuple[int, ...]]]:
    """First and last input step of every output step, at T = 10."""
    assert row.time is not None
    return [
        [tuple(bound.evaluate({"T": 10, "t": t}) for bound in each.ends) for t in range(10)]
        for each in row.time.depends
    ]  # fmt: skip


def test_weights_and_shapes_have_the_names_of_the_spec() -> None:
    report = described("  - AttentionPool: {units: u, name: pool}\n  - Dense: 2\n")
    pool, dense = report.rows
    assert shape(pool) == "batch, u"
    weights = [(w.name, [s.text() for s in w.symbolic], w.trainable) for w in pool.weights]
    assert weights == [("kernel", ["n", "u"], True), ("query", ["u"], False)]
    assert (pool.params, pool.trainable) == (8 * 6 + 6, 8 * 6)
    assert pool.complete
    assert unsupported_note(pool) == (
        "weights and shapes from Keras (own_layers:AttentionPool);"
        " formulas of sizes fitted with T = 5 to 21, n = 4 to 17 and u = 3 to 13"
    )
    assert pool.time is not None
    assert pool.time.reads == "all"
    assert time_note(pool).endswith("; found by experiment with 5, 10 and 20 steps")
    assert dense.formula.text() == "2×(u+1)"


def test_it_is_never_compared_with_itself_and_what_reads_it_is() -> None:
    report = described("  - Running: n\n  - Dense: n\n")
    running, dense = report.rows
    assert running.confirmed == Confirmed()
    assert (dense.confirmed.shape, dense.confirmed.params) == (True, True)
    assert report.keras.status == "agrees"
    assert report.keras.reasons == (NotCompared("running", Unbuilt.SAID_BY_KERAS),)


def test_its_multiply_adds_are_not_known() -> None:
    report = described("  - Running: n\n  - Dense: n\n")
    assert report.rows[0].multiply_adds.value is None
    assert report.multiply_adds.value is None
    assert '"multiply_adds": null' in json.render([report], "0")


@pytest.mark.parametrize(
    ("layer", "reads", "steps"),
    [
        ("Running: n", "prefix", [(0, t) for t in range(10)]),
        ("Neighbours", "window", [(max(t - 2, t % 2), t) for t in range(10)]),
        ("Flip", "window", [(9 - t, 9 - t) for t in range(10)]),
        ("Shuffle", None, None),
        ("Smooth", "window", [(max(t - 1, 0), min(t + 1, 9)) for t in range(10)]),
        ("Table", "each", [(t, t) for t in range(10)]),
    ],
)
def test_the_experiment_says_what_is_read(
    layer: str, reads: str | None, steps: list[tuple[int, int]] | None
) -> None:
    (row,) = described(f"  - {layer}\n").rows
    if reads is None:  # steps in no order that a formula could state
        assert row.time is None
        assert row.outputs[0].unknown_time
        return
    assert row.time is not None
    assert row.time.reads == reads
    assert depends(row) == [steps]


def ends(row: Row, steps: int) -> list[tuple[int, ...]]:
    """First and last input step of every output step."""
    assert row.time is not None
    (found,) = row.time.depends
    return [tuple(end.evaluate({"T": steps, "t": t}) for end in found.ends) for t in range(steps)]


@pytest.mark.parametrize("size", [9, 12, 13, 64])
@pytest.mark.parametrize("steps", [10, 40, 300])
def test_a_window_is_told_from_all_that_came_before(size: int, steps: int) -> None:
    report = described(f"  - Window: {size}\n", dims=f"{{T: {steps}, n: 3}}")
    assert ends(report.rows[0], steps) == [(max(0, t - size + 1), t) for t in range(steps)]
    assert report.causal is True


def test_for_an_unknown_number_of_steps_it_is_a_window_as_far_as_it_was_tried() -> None:
    report = described("  - Window: 64\n", dims="{T: null, n: 3}")
    assert ends(report.rows[0], 100) == [(max(0, t - 63), t) for t in range(100)]
    assert "with 5, 7, 12, 24 and 128 steps; more were not tried" in time_note(report.rows[0])
    assert report.causal is None


def test_too_many_steps_are_not_tried_and_causality_is_not_known() -> None:
    report = described("  - Window: 12\n", dims="{T: 100000, n: 3}")
    assert ends(report.rows[0], 100_000)[-1] == (99_988, 99_999)
    assert time_note(report.rows[0]).endswith("; more were not tried")
    assert report.causal is None
    assert "window was not tried with so many steps" in rendered(report)


@pytest.mark.parametrize("steps", [10, 200])
def test_what_fades_is_all_that_came_before(steps: int) -> None:
    (row,) = described("  - Fading\n", dims=f"{{T: {steps}, n: 3}}").rows
    assert row.time is not None
    assert row.time.reads == "prefix"
    assert ("fades" in time_note(row)) is (steps == 200)  # 2^-200 cannot be seen


@pytest.mark.parametrize(("steps", "turned"), [(10, False), (20, True)])
def test_what_holds_only_with_the_steps_at_hand_says_so(steps: int, turned: bool) -> None:
    (row,) = described("  - LongTurn\n", dims=f"{{T: {steps}, n: 3}}").rows
    expected = [(steps - 1 - t if turned else t,) * 2 for t in range(steps)]
    assert ends(row, steps) == expected
    assert time_note(row).endswith("; with other numbers of steps it reads others")


def test_a_quotient_of_two_sizes_is_a_formula() -> None:
    (row,) = described("  - Split: {units: u, heads: h}\n", dims="{T: 10, n: 8, u: 6, h: 3}").rows
    assert row.formula.text() == "n×⌊u/h⌋"


@pytest.mark.parametrize(("steps", "last"), [(10, 9), (9, 6), (2, 0)])
def test_the_last_of_every_third_step_is_one_of_them(steps: int, last: int) -> None:
    (row,) = described("  - Sparse\n", dims=f"{{T: {steps}, n: 3}}").rows
    assert ends(row, steps)[0] == (0, last)


def test_steps_that_go_round() -> None:
    (row,) = described("  - Rolled\n", dims="{T: 10, n: 3}").rows
    assert ends(row, 10) == [((t - 2) % 10,) * 2 for t in range(10)]


def test_a_formula_of_sizes_that_divide_each_other_holds_for_odd_ones() -> None:
    layer = "  - Paired: {units: u, heads: h}\n"
    (row,) = described(layer, dims="{T: 10, n: 8, u: 4, h: 4}").rows
    assert row.formula.text() in ("2", "⌈u/2⌉")  # not ⌊u/2⌋, which fits all multiples of 4


def test_a_formula_that_fails_at_sizes_that_were_held_out_is_none() -> None:
    (row,) = described("  - Wider\n").rows
    assert (row.formula.text(), row.params) == ("3×n", 24)
    assert unsupported_note(row).endswith("; where none fits, the number at hand stands")


def test_the_last_step_is_found() -> None:
    (row,) = described("  - Last\n").rows
    assert row.time is not None
    assert row.time.reads == "last"
    (found,) = row.time.depends
    assert [bound.evaluate({"T": 10}) for bound in found.ends] == [9, 9]


def test_causality_goes_through() -> None:
    assert described("  - Running: n\n  - Dense: n\n").causal is True
    assert described("  - Smooth\n").causal is False
    assert described("  - Neighbours\n").causal is True
    assert described("  - Flip\n").causal is False
    assert described("  - Shuffle\n").causal is None


def test_several_tensors_are_a_list_or_arguments_as_the_class_takes_them() -> None:
    report = described(
        "  - Dense: {units: u, name: d}\n"
        "  - Apart: {name: apart}\n    from: [d, input]\n"
        "  - Dense: {units: n, name: e}\n"
        "  - Listed: {name: listed}\n    from: [e, input]\n"
    )
    rows = {row.name: row for row in report.rows}
    assert shape(rows["apart"]) == "batch, T, u+n"
    assert shape(rows["listed"]) == "batch, T, n"
    assert depends(rows["listed"]) == [[(0, 9)] * 10]


def test_a_product_of_sizes_is_found() -> None:
    (row,) = described("  - Table\n").rows
    assert row.formula.text() == "T×n"
    assert shape(row) == "batch, T, n"


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("Even", "batch, ⌈T/2⌉, n"),
        ("Thirds", "batch, ⌊(T+1)/3⌋, n"),  # steps 1, 4, 7: of 10 steps 3, of 11 steps 4
        ("Pairs", "batch, ⌊T/2⌋, n"),
        ("Cut", "batch, min(12, T), n"),  # x[:, :12]
        ("Heads: {h: h, k: u}", "batch, T, h×u+1"),
        ("Flat", "batch, T×n"),
    ],
)
def test_a_shape_is_a_formula_that_holds_for_other_sizes_too(layer: str, said: str) -> None:
    (row,) = described(f"  - {layer}\n", dims="{T: 10, n: 8, u: 6, h: 3}").rows
    assert shape(row) == said


@pytest.mark.parametrize(
    ("layer", "said", "count"),
    [
        ("Triangle", "⌊n×(n+1)/2⌋", 36),
        ("Heads: {h: h, k: u}", "n×(h×u+1)", 8 * 19),
        ("Odd", "7", 7),  # 8³ = 512 = 46×11 + 6
    ],
)
def test_a_weight_is_a_formula_that_holds_for_other_sizes_too(
    layer: str, said: str, count: int
) -> None:
    (row,) = described(f"  - {layer}\n", dims="{T: 10, n: 8, u: 6, h: 3}").rows
    assert (row.formula.text(), row.params) == (said, count)


def test_fewer_steps_than_before_are_steps() -> None:
    (row,) = described("  - Pairs\n").rows
    assert row.time is not None
    assert row.time.axis == 1
    (found,) = row.time.depends
    first, last = found.ends
    assert [first.evaluate({"T": 10, "t": t}) for t in range(5)] == [0, 2, 4, 6, 8]
    assert [last.evaluate({"T": 10, "t": t}) for t in range(5)] == [1, 3, 5, 7, 9]


def test_what_keras_does_not_know_is_no_number() -> None:
    (row,) = described("  - Flat\n", dims="{T: null, n: 8}").rows
    assert shape(row) == "batch, T×n"
    assert row.outputs[0].shape == (None, None)


def test_samples_that_are_merged_with_steps_are_no_batch() -> None:
    (row,) = described("  - Merged\n").rows
    assert row.outputs[0].shape == (None, 8)
    assert shape(row) == "size_0_of_merged, n"


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("Positions", "Shapes used to initialize variables must be fully-defined"),
    ],
)
def test_what_keras_refuses_without_a_number_is_refused(layer: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        described(f"  - {layer}\n", dims="{T: null, n: 8}")
    (problem,) = caught.value.problems
    assert said in problem.what
    assert "`dims`" in problem.remedy


@pytest.mark.parametrize(
    ("layer", "said", "weights", "reads"),
    [
        ("TimeDistributed: {Built: u}", "batch, T, u", ["kernel", "bias"], "each"),
        ("RNN: {cell: {Cell: {units: u}}}", "batch, u", ["kernel"], "all"),
    ],
)
def test_a_wrapper_of_an_own_class_is_asked_as_a_whole(
    layer: str, said: str, weights: list[str], reads: str
) -> None:
    (row,) = described(f"  - {layer}\n").rows
    assert shape(row) == said
    assert [weight.name.rpartition("/")[2] for weight in row.weights] == weights
    assert row.formula.text() == ("u×(n+1)" if "bias" in weights else "n×u")
    assert row.time is not None
    assert row.time.reads == reads
    assert unsupported_note(row).startswith("weights and shapes from Keras (own_layers:")


def test_a_wrapper_of_layers_that_are_not_built_is_refused() -> None:
    with pytest.raises(SpecError, match="`inner` within it is not built"):
        described("  - TimeDistributed: {Each: u}\n")


def test_the_policy_reaches_the_class_and_the_layers_within_it() -> None:
    graph = import_custom_classes(
        read_spec(spec("  - Running: n\n  - AttentionPool: u\n"), name="own.yaml")
    )
    for node, dtype in zip(graph.nodes, ("float32", "float16"), strict=True):
        assert node.layer.unsupported is not None
        assert node.layer.unsupported.ask is not None
        given = Tensor((symbol("batch"), symbol("T", 10), symbol("n", 8)), dtype, time=1)
        ask: Any = node.layer.unsupported.ask  # a keyword more than every other one takes
        facts = ask(node.layer, [given], policy="mixed_float16")
        assert facts.outputs[0].dtype == "float16"
        assert {weight.dtype for weight in facts.weights} == {"float32"}


def test_a_size_that_must_be_even_is_halved() -> None:
    (row,) = described("  - Halves\n").rows
    assert shape(row) == "batch, T, ⌊n/2⌋"
    assert row.params == 4
    assert row.outputs[0].shape == (None, 10, 4)


def test_unknown_and_many_steps() -> None:
    for steps in ("null", "100000"):
        (row,) = described("  - Running: n\n", dims=f"{{T: {steps}, n: 8}}").rows
        assert shape(row) == "batch, T, n"
        assert row.time is not None
        assert row.time.reads == "prefix"


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("  - Broken\n", "Broken `broken` cannot be called: no way"),
        ("  - AttentionPool\n", "missing 1 required positional argument: 'units'"),
        ("  - Plain\n", "own_layers:Plain is no Keras layer"),
        ("  - Running: n\n    call: {mask: input}\n", "is called on tensors alone"),
    ],
)
def test_what_cannot_be_used_says_why(layers: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        described(layers)
    (problem,) = caught.value.problems
    assert said in problem.what
    assert problem.place is not None
    assert problem.place.line >= 5


@pytest.mark.parametrize("target", ["nowhere.at_all:X", "own_layers:Missing"])
def test_what_cannot_be_imported_says_why(target: str) -> None:
    text = spec("  - Last\n").replace(b"own_layers:Last", target.encode())
    with pytest.raises(SpecError, match=f"{target} cannot be imported"):
        import_custom_classes(read_spec(text, name="own.yaml"))


def test_without_permission_it_is_refused_and_nothing_is_imported() -> None:
    graph = read_spec(spec("  - Last\n"), name="own.yaml")
    with pytest.raises(SpecError) as caught:
        refuse_imports(graph)
    (problem,) = caught.value.problems
    assert "--allow-imports" in problem.remedy
    assert str(problem.place) == "own.yaml:5:5"
    assert "own_layers" not in sys.modules


def test_the_table_and_the_json_mark_it() -> None:
    report = described("  - Last\n")
    mark = "weights and shapes from Keras (own_layers:Last)"
    assert mark in rendered(report)
    assert f'"opaque": "{mark}; formulas of sizes fitted with ' in json.render([report], "0")
