from __future__ import annotations

import json as standard_json
from typing import Any

import jsonschema
import pytest

from seqinspect.algebra.expression import const, symbol
from seqinspect.cli.schema import schema_text
from seqinspect.errors import Place
from seqinspect.model.finding import Finding
from seqinspect.model.look_ahead import LookAhead, Moved
from seqinspect.model.report import Confirmed, ReceptiveField, Report
from seqinspect.output.report import json, plain

LSTM = {
    "name": "lstm",
    "path": "lstm",
    "depth": 0,
    "type": "LSTM",
    "place": "q.yaml:4:5",
    "from": ["input"],
    "reuses": None,
    "outputs": [{"shape": [None, 10, 8], "symbolic": ["batch", "T", "n"], "dtype": "float32"}],
    "params": 544,
    "trainable": 544,
    "formula": "4*n*(2*n + 1)",
    "formula_text": "4×n×(2×n+1)",
    "weights": [
        {"name": "kernel", "shape": [8, 32], "symbolic": ["n", "4*n"], "trainable": True,
         "dtype": "float32"},
        {"name": "recurrent_kernel", "shape": [8, 32], "symbolic": ["n", "4*n"], "trainable": True,
         "dtype": "float32"},
        {"name": "bias", "shape": [32], "symbolic": ["4*n"], "trainable": True,
         "dtype": "float32"},
    ],
    "multiply_adds": 5120,
    "multiply_adds_formula": "8*T*n**2",
    "time": {
        "axis": 1, "steps": 10, "reads": "prefix", "applications": 10, "shared": True,
        "depends": [{"input": "input", "first": "0", "last": "t"}],
        "note": "step t has seen steps 0…t",
    },
    "confirmed": {"shape": True, "params": True, "time": None},
}  # fmt: skip

QUESTION = {
    "schema": "seqinspect.report/1",
    "seqinspect": "0.1.0",
    "model": "question",
    "source": "q.yaml",
    "dims": {"T": 10, "n": 8},
    "inputs": [
        {"name": "input", "shape": [None, 10, 8], "symbolic": ["batch", "T", "n"],
         "dtype": "float32", "time_axis": 1}
    ],
    "layers": [LSTM],
    "outputs": ["lstm"],
    "totals": {"params": 544, "trainable": 544, "non_trainable": 0, "formula": "4*n*(2*n + 1)",
               "multiply_adds": 5120, "bytes": 2176},
    "causal": True,
    "receptive_fields": [],
    "keras": {"version": "3.15.1", "backend": "tensorflow", "backend_version": "2.21.0",
              "status": "agrees", "cached": False},
    "findings": [],
}  # fmt: skip


def shown(report: Report) -> Any:
    return standard_json.loads(json.render([report], "0.1.0"))


def check(document: object) -> None:
    schema = standard_json.loads(schema_text("report"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


def test_every_field_in_the_order_of_the_contract(question: Report) -> None:
    report = question._replace(rows=question.rows[:1], outputs=("lstm",))
    assert standard_json.dumps(shown(report)) == standard_json.dumps(QUESTION)


@pytest.mark.parametrize("name", ["question", "wrapped", "shared", "repeated"])
def test_the_schema_holds_and_totals_follow_from_rows(
    name: str, request: pytest.FixtureRequest
) -> None:
    document = shown(request.getfixturevalue(name))
    check(document)
    totals, top = document["totals"], [row for row in document["layers"] if row["depth"] == 0]
    assert totals["params"] == sum(row["params"] for row in top)
    assert totals["trainable"] == sum(row["trainable"] for row in top)
    assert totals["non_trainable"] == totals["params"] - totals["trainable"]
    assert totals["params"] == eval(totals["formula"], dict(document["dims"]))
    assert totals["multiply_adds"] == sum(row["multiply_adds"] for row in top)
    for row in top:
        if row["reuses"] is None:
            assert row["params"] == eval(row["formula"], dict(document["dims"]))


@pytest.mark.parametrize(
    "damage",
    [
        {"extra": 1},
        {"schema": "seqinspect.report/2"},
        {"outputs": []},
        {"causal": "yes"},
        {"totals": {}},
        {"layers": [{}]},
        {"dims": {"T": 1.5}},
        {"keras": {"status": "agrees"}},
    ],
)
def test_the_schema_is_strict(question: Report, damage: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(shown(question) | damage)


def test_a_shared_call_counts_nothing(shared: Report) -> None:
    again = shown(shared)["layers"][1]
    assert (again["reuses"], again["params"], again["formula"]) == ("encoder", 0, "0")


def test_sizes_that_are_not_known_are_null_and_named(question: Report) -> None:
    steps = symbol("T")
    row = question.rows[1]
    assert row.time is not None
    time = row.time._replace(steps=steps, applications=steps)
    output = row.outputs[0]._replace(symbolic=(const(32), steps, symbol("n", 8)))
    row = row._replace(outputs=(output,), time=time, multiply_adds=64 * steps)
    document = shown(question._replace(dims={"T": steps}, rows=(row,)))
    check(document)
    layer = document["layers"][0]
    assert layer["outputs"][0] == {
        "shape": [32, None, 8],
        "symbolic": ["32", "T", "n"],
        "dtype": "float32",
    }
    assert (layer["multiply_adds"], layer["multiply_adds_formula"]) == (None, "64*T")
    assert (layer["time"]["steps"], layer["time"]["applications"]) == (None, None)
    assert document["totals"]["multiply_adds"] is None
    assert document["dims"] == {"T": None, "n": 8}


def test_numbers_beyond_64_bits_are_exact(question: Report) -> None:
    huge = symbol("n", 10**18)
    row = question.rows[1]
    weights = (row.weights[0]._replace(symbolic=(huge, huge)),)
    report = question._replace(rows=(row._replace(weights=weights, formula=huge * huge),))
    assert '"params": 1000000000000000000000000000000000000' in json.render([report], "0")
    check(shown(report))


def test_findings_have_a_place(question: Report) -> None:
    finding = Finding("SEQ002", Place("q.yaml", 1, 2), facts=(("what", "what"), ("fix", "how")))
    document = shown(question._replace(findings=(finding,)))
    check(document)
    assert document["findings"] == [
        {"code": "SEQ002", "message": "what", "place": "q.yaml:1:2", "remedy": "how"}
    ]


def test_several_reports_are_an_array_and_one_is_none(question: Report) -> None:
    assert len(standard_json.loads(json.render([question] * 2, "0", many=True))) == 2
    assert isinstance(standard_json.loads(json.render([question], "0", many=True)), list)
    assert json.render([], "0", many=True) == "[]\n"


def test_json_in_ascii_is_the_same_document(question: Report) -> None:
    report = question._replace(model="漢\u2028\x1b[0m\U0001f600")
    text = json.render([report], "0", encoding="ascii")
    assert text.isascii()
    assert standard_json.loads(text) == shown(report) | {"seqinspect": "0"}


PLAIN = """\
name	type	depth	shape	sizes	formula	params	trainable	reads	time	source
lstm	LSTM	0	(batch, T, n)	(None, 10, 8)	4×n×(2×n+1)	544	544	prefix	step t has seen steps 0…t	q.yaml
dense	Dense	0	(batch, T, n)	(None, 10, 8)	n×(n+1)	72	72	each	every step: one n×n kernel, shared by all T steps	q.yaml
"""  # noqa: E501 - a line is a layer


def test_plain_is_a_layer_a_line(question: Report) -> None:
    assert plain.render([question]) == PLAIN


def test_plain_says_nothing_and_unknown_apart(wrapped: Report) -> None:
    inner = wrapped.rows[2]._replace(multiply_adds=symbol("T"), confirmed=Confirmed())
    text = plain.render(
        [wrapped._replace(rows=(inner,))], columns=("path", "multiply_adds", "steps", "confirmed")
    )
    assert text.splitlines()[1] == "time_distributed/dense\t?\t-\t?"


def test_plain_numbers_have_digits_only(question: Report) -> None:
    row = question.rows[0]._replace(multiply_adds=const(1_234_567))
    text = plain.render([question._replace(rows=(row,))], columns=("multiply_adds", "shared"))
    assert text == "multiply_adds\tshared\n1234567\tyes\n"


FIELD = ReceptiveField("dense", "input", symbol("T"), stepped=True, counted=True)


def test_causal_that_was_only_tried_says_so(question: Report) -> None:
    tried = FIELD._replace(proved=False)
    assert "causal_proved" not in shown(question)
    for causal, said in ((True, False), (False, None), (None, None)):
        document = shown(question._replace(causal=causal, fields=(tried,)))
        check(document)
        assert document.get("causal_proved") is said


def test_what_an_experiment_showed_stands_beside_the_claim(question: Report) -> None:
    ahead = LookAhead(0, 2, "a", ("input", "a"), moved=Moved(0, 1, 6))
    field = FIELD._replace(causal=False, looks_ahead=ahead)
    rows = tuple(row._replace(confirmed=Confirmed(mask=True)) for row in question.rows)
    document = shown(question._replace(causal=False, fields=(field,), rows=rows))
    check(document)
    assert document["receptive_fields"][0]["looks_ahead"]["moved"] == {
        "output_step": 0, "input_step": 1, "steps": 6,
    }  # fmt: skip
    assert document["layers"][0]["confirmed"]["mask"] is True
