"""Small reports made by hand: what an output is given, so that its text can be known beforehand."""

from __future__ import annotations

import pytest

from seqinspect.algebra.expression import Expr, Size, as_expr, const, symbol
from seqinspect.errors import Place
from seqinspect.model.remarks import Peculiarity
from seqinspect.model.report import (
    Confirmed,
    Depends,
    InputReport,
    Keras,
    Report,
    Row,
    SourceReport,
    TensorReport,
    TimeReport,
    WeightReport,
)

BATCH, STEP = symbol("batch"), symbol("t")
T, N = symbol("T", 10), symbol("n", 8)
AGREES = Keras("agrees", "3.15.1", "tensorflow", "2.21.0")
CONFIRMED = Confirmed(shape=True, params=True)


def tensor(*sizes: Size, dtype: str = "float32") -> TensorReport:
    return TensorReport((BATCH, *map(as_expr, sizes)), dtype)


def weight(name: str, *sizes: Size, trainable: bool = True) -> WeightReport:
    return WeightReport(name, tuple(map(as_expr, sizes)), trainable, "float32")


def time(reads: str = "each", steps: Expr | None = T) -> TimeReport:
    return TimeReport(
        axis=None if steps is None else 1,
        steps=steps,
        reads=reads,  # type: ignore[arg-type]  # a word of Reads
        applications=const(1) if steps is None else steps,
        shared=True,
        depends=(Depends("input", const(0), STEP if steps is not None else T - 1, T),),
        source=SourceReport("lstm", "LSTM", 3, steps, ""),
    )


def lstm(name: str = "lstm") -> Row:
    return Row(
        name=name, path=name, depth=0, type="LSTM", place=Place("q.yaml", 4, 5), sources=("input",),
        reuses=None, outputs=(tensor(T, N),),
        weights=(
            weight("kernel", N, 4 * N), weight("recurrent_kernel", N, 4 * N), weight("bias", 4 * N),
        ),
        formula=4 * N * (2 * N + 1), multiply_adds=8 * T * N * N,
        time=time("prefix"), confirmed=CONFIRMED,
    )  # fmt: skip


def dense(name: str = "dense") -> Row:
    return Row(
        name=name, path=name, depth=0, type="Dense", place=Place("q.yaml", 5, 5), sources=("lstm",),
        reuses=None, outputs=(tensor(T, N),), weights=(weight("kernel", N, N), weight("bias", N)),
        formula=N * (N + 1), multiply_adds=T * N * N,
        time=time(), confirmed=CONFIRMED,
    )  # fmt: skip


def report(*rows: Row, **changes: object) -> Report:
    made = Report(
        model="question", source="q.yaml", dims={"T": T, "n": N}, definitions={},
        inputs=(InputReport("input", tensor(T, N), 1, Place("q.yaml", 2, 8)),),
        rows=rows, outputs=(rows[-1].name,), causal=True, keras=AGREES,
    )  # fmt: skip
    return made._replace(**changes)  # type: ignore[arg-type]  # the names are Report's own


@pytest.fixture
def question() -> Report:
    return report(lstm(), dense())


@pytest.fixture
def wrapped() -> Report:
    """The same with TimeDistributed: a layer within a layer."""
    outer = dense("time_distributed")._replace(
        type="TimeDistributed", remarks=(Peculiarity.SAME_AS_DENSE,)
    )
    inner = dense()._replace(
        path="time_distributed/dense", depth=1, outputs=(tensor(N),), sources=(), time=None
    )
    return report(lstm(), outer, inner, outputs=("time_distributed",))


@pytest.fixture
def shared() -> Report:
    """A layer that is called twice, a frozen layer, and two outputs without time steps."""
    first = dense("encoder")._replace(outputs=(tensor(N),), time=time("last", None))
    again = first._replace(name="encoder_2", path="encoder_2", reuses="encoder", formula=const(0))
    frozen = first._replace(name="head", path="head", sources=("encoder_2",),
        weights=(weight("kernel", N, N, trainable=False), weight("bias", N, trainable=False)),
    )  # fmt: skip
    return report(first, again, frozen, outputs=("encoder", "head"), causal=None)


@pytest.fixture
def repeated() -> Report:
    """A block of two layers, three times; the last iteration differs."""
    rows: list[Row] = [lstm()]
    for index in range(4):
        for name in ("a", "b"):
            row = dense(f"{name}_{index}")._replace(block=("block", index, 4))
            if index == 3 and name == "b":
                row = row._replace(type="EinsumDense")
            rows.append(row)
    return report(*rows)
