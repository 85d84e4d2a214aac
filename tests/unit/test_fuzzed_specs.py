"""Specs that nobody wrote: valid ones are described, others end in one clear error.

The readers are also fuzzed by coverage, `python -m fuzz`; what that found stands here as cases.
"""

from __future__ import annotations

import ast
import csv as standard_csv
import io
import json as standard_json
import zlib
from base64 import b85decode
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.targets import FOLLOWING, SECONDS, TARGETS, judge
from seqinspect import SpecError, analyse, read_spec
from seqinspect.cli.schema import schema_text
from seqinspect.lint.settings import Pattern
from seqinspect.output.renderers import DOCUMENT_FORMATS
from seqinspect.output.report import csv, json, plain
from seqinspect.output.screen import FILE
from tests.effort import units
from tests.golden.test_harmless import is_harmless
from tests.rendered import described
from tests.sampling import examples
from tests.unit.spec_strategies import GARBAGE, Drawn, nearly_valid, valid

if TYPE_CHECKING:
    from seqinspect import Report

judged = settings(derandomize=True, max_examples=examples(40), database=None)

MOST = 100
"""Units of work that an input may take: about as many as are done in `SECONDS`."""

SCHEMA = jsonschema.Draft202012Validator(standard_json.loads(schema_text("report")))
DATA = {"plain": plain, "csv": csv}


def outputs(report: Report) -> dict[str, str]:
    found = {
        **{name: module.render([report]) for name, module in DATA.items()},
        **{kind: described(report, kind=kind) for kind in ("table", *DOCUMENT_FORMATS)},
    }
    return {**found, "json": json.render([report], "0", encoding=FILE.encoding)}


def judge_with_effort(name: str, data: bytes) -> None:
    """Judge an input, and how much work it is where that takes suspiciously long."""
    began = process_time()
    judge(name, data)
    if process_time() - began > SECONDS:
        assert units(lambda: judge(name, data)) < MOST


# What the targets found, and what was found beside them: (target, input).
FOUND: dict[str, tuple[str, bytes]] = {
    "settings, no UTF-8": ("settings", b"\x80"),
    "settings, tool is no table": ("settings", b"tool = 1 # [tool.seqinspect]"),
    "settings, nested deeply": ("settings", b"a = " + b"[" * 600 + b"]" * 600),
    "settings, 5,000 digits": ("settings", b"[budgets]\n'*' = {params = " + b"9" * 5000 + b"}"),
    "settings, 5,000 hex digits":
        ("settings", b"[budgets]\n'*' = {params = 0x" + b"f" * 5000 + b"}"),
    "a formula that is long to print": (
        "expression",
        b"n**22*2*++99924*n*(2*n+1)//29999*n*(22*2*++99924*n*(2*n+1)//29999*n*(2*n+1)//2+20*2*+1+"
        b"999999999999999*(2*n+1)//242*n+1)//2+20*2*+9999+999999999999999*(2*n+1)//24*n*(2*n+1)",
    ),
    "powers of sums, many times": (
        "yaml",
        b"dims:\n S: null\n" + b"".join(b" a%d: max(S,%d)**150\n" % (i, i) for i in range(200))
        + b"input: [S, 8]\nlayers: [{Dense: 8}]\n",
    ),
    "a list where a call takes one tensor": (
        "yaml",
        b"inputs: {q: [5, 8]}\nlayers:\n  - MultiHeadAttention: {num_heads: 2, key_dim: 4}\n"
        b"    from: q\n    call: {value: [q, q]}\n",
    ),
    "a no-break space ends a mapping": ("yaml", b"dims: {fromReLU 32, T, 6,  8}\xc2\xa0\n"),
    "layers that are a no-break space": ("yaml", b"layers:\n  \xc2\xa0\n"),
    "a layer named by a bidirectional override": (
        "json",
        b'{"class_name": "Model", "config": {"layers": ['
        b'{"class_name": "InputLayer", "config": {"batch_input_shape": [null, 5, 3], "name": "a"}, '
        b'"inbound_nodes": [], "name": "a"}, {"\\u202e": {}, "name": "m"}], '
        b'"output_layers": [["m", 0, 0]]}}',
    ),
    "nothing but a narrow no-break space": ("json", b"\xe2\x80\xaf"),
    "layers that are a text of two lines": ("yaml", b"layers:\n  -:causal De2\n\n ."),
    "a call of Keras 2 on an empty list": (
        "json",
        b'{"class_name": "Functional", "config": {"name": "m", "layers": [{"class_name": '
        b'"InputLayer", "config": {"batch_shape": [null, 10, 8], "name": "i"}, "name": "i", '
        b'"inbound_nodes": []}, {"class_name": "GetItem", "module": "keras.src.ops.numpy", '
        b'"config": {"name": "g"}, "name": "g", "inbound_nodes": [[[]]]}], '
        b'"input_layers": [["i", 0, 0]], "output_layers": [["g", 0, 0]]}}',
    ),
}  # fmt: skip

# A file of 219 bytes whose attribute says that it has 33,619,505 values.
FOUND["an attribute of many values"] = (
    "h5",
    zlib.decompress(b85decode(
        b"c-rgqaB<`1lHy|K;9!7(|4{Ht0KzwbigTZs*6i=$62!!?pGgQR#`Yfxa4|73GBAh=F|Z&EfdL*j1_ovZ"
        b"UIrcp5eA0b{FKz3_~iV&w9Iq{aiGl*%N-b)7#aT?{$pSQbD7{SVq{?a$Pef7*n^DX0~!RhCp)z$(F+9t"
        b"Rj`1R0RSw_IvM"
    )),
)  # fmt: skip


@pytest.mark.parametrize(("name", "data"), FOUND.values(), ids=FOUND)
def test_what_fuzzing_found(name: str, data: bytes) -> None:
    assert units(lambda: judge(name, data)) < MOST


def test_patterns_with_many_stars_end() -> None:
    assert units(lambda: Pattern("*a" * 50 + "b").matches("a" * 200)) < MOST
    assert not Pattern("*a" * 50 + "b").matches("a" * 200)


@judged
@given(valid())
def test_a_valid_spec_is_described_in_every_format(spec: Drawn) -> None:
    data = spec.text().encode()
    graph = read_spec(data, name="spec.yaml")
    report = analyse(graph)
    assert report.params == spec.params
    assert [row.name for row in report.top] == [
        layer.get("name", "identity") for layer in spec.layers
    ]
    shown = outputs(report)
    for text in shown.values():
        assert is_harmless(text.replace("\r\n", "\n"))
    document = standard_json.loads(shown["json"])
    SCHEMA.validate(document)
    assert document["model"] == spec.name
    assert "<img" not in shown["html"] + shown["markdown"]
    for cells in standard_csv.reader(io.StringIO(shown["csv"])):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert outputs(analyse(read_spec(data, name="spec.yaml"))) == shown
    for follow in FOLLOWING.values():
        follow(data, graph, report)


@judged
@given(nearly_valid())
def test_a_nearly_valid_spec_is_an_error_at_its_line(drawn: tuple[str, int]) -> None:
    text, line = drawn
    with pytest.raises(SpecError) as caught:
        analyse(read_spec(text.encode(), name="spec.yaml"))
    places = [problem.place for problem in caught.value.problems]
    assert all(place is not None and place.file == "spec.yaml" for place in places)
    assert line in [place.line for place in places if place is not None]
    judge_with_effort("yaml", text.encode())


@settings(judged, max_examples=examples(150))
@given(GARBAGE)
def test_garbage_is_an_error(data: bytes) -> None:
    with pytest.raises(SpecError):
        read_spec(data, name="spec.yaml")
    judge_with_effort("yaml", data)


@settings(judged, max_examples=examples(150))
@given(st.sampled_from(sorted(TARGETS)), GARBAGE)
def test_no_reader_lets_anything_but_its_error_escape(name: str, data: bytes) -> None:
    judge_with_effort(name, data)


def test_every_target_is_led_by_modules_that_exist() -> None:
    """Its engine is not installed here, so that its table is read without it."""
    statements = ast.parse(
        (Path(__file__).parents[2] / "fuzz" / "engine.py").read_text(encoding="utf-8")
    ).body
    table = next(
        ast.literal_eval(statement.value)
        for statement in statements
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "COVERED"
    )
    assert table.keys() == TARGETS.keys()
    for name in {name for names in table.values() for name in names}:
        assert find_spec(f"seqinspect.{name}"), name
