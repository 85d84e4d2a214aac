"""What is refused in a spec: at which place, in which words, with which remedy; and never more."""

import math
import textwrap

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqinspect.errors import Problem, SpecError
from seqinspect.readers.source.limits import Limits
from seqinspect.readers.spec import read_spec
from tests.sampling import examples

HEAD = "dims: {T: 10, n: 8}\ninput: [T, n]\nlayers:\n"


def problems(text: str, **options: object) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        read_spec(text.encode(), name="spec.yaml", **options)  # type: ignore[arg-type] # as given
    return list(caught.value.problems)


def only(text: str, **options: object) -> Problem:
    found = problems(text, **options)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


# An entry of `layers` (on line 4), where the caret stands, and what the message must say.
ENTRIES = [
    ("LTSM: 4", "4:5", "unknown layer LTSM", "did you mean LSTM?"),
    ("lstm: 4", "4:5", "unknown layer lstm", "did you mean LSTM?"),
    ("Dense: {units: 4, activaton: relu}", "4:23", "no argument `activaton`",
     "did you mean `activation`?"),
    ("Dense: {output_dim: 4}", "4:13", "no argument `output_dim`", "Keras calls it `units`"),
    ("LSTM: {units: 4, return_sequence: true}", "4:22", "no argument `return_sequence`",
     "did you mean `return_sequences`?"),
    ("LSTM: {units: 4, inner_activation: relu}", "4:22", "`inner_activation`",
     "Keras calls it `recurrent_activation`"),
    ("CuDNNLSTM: 4", "4:5", "unknown layer CuDNNLSTM", "write LSTM"),
    ("TimeDistributedDense: 4", "4:5", "unknown layer", "TimeDistributed: {Dense: n}"),
    ("Lambda: {function: x}", "4:5", "Lambda runs Python code", "a spec holds no code"),
    ("Dense", "4:5", "Dense needs `units`", "write Dense: {units: …}"),
    ("Dense:", "4:5", "Dense needs `units`", ""),
    ("Embedding: 4", "4:5", "Embedding needs `output_dim`", ""),
    ("Identity: 4", "4:15", "Identity takes no argument", "write Identity alone"),
    ("Dense: 010", "4:12", "starts with 0", "write 10"),
    ("Dense: 0x10", "4:12", "not an integer", "digits 0 to 9"),
    ("Dense: 1:30", "4:12", "a colon cannot stand in a size", ""),
    ("Dense: 1_000", "4:12", "not an integer", "write 1000"),
    ("Dense: yes", "4:12", "`yes` is not a known size", ""),
    ("Dense: true", "4:12", "`units` cannot be true", ""),
    ("Dense: 8.0", "4:12", "`units` cannot be 8.0", "write 8"),
    ("Dense: 8.5", "4:12", "`units` cannot be 8.5", ""),
    ('Dense: ""', "4:12", "a size is empty", ""),
    ("Dense: {units: null}", "4:20", "`units` cannot be null", ""),
    ("Dense: [8]", "4:12", "`units` cannot be [8]", ""),
    ("Dense: 0", "4:12", "`units` cannot be 0", "a positive integer"),
    ("Dense: n-8", "4:12", "`units` cannot be n-8 = 0", "a positive integer"),
    ("Dense: -3", "4:12", "`units` cannot be -3", "a positive integer"),
    ("Dense: m", "4:12", "`m` is not a known size", ""),
    ("Dense: {units: 4, activation: None}", "4:35", "unknown activation None", "YAML writes null"),
    ("Dense: {units: 4, activation: rleu}", "4:35", "unknown activation rleu", "mean relu?"),
    ("LSTM: {units: 4, return_sequences: yes}", "4:40", "cannot be yes", "write true"),
    ('LSTM: {units: 4, stateful: "true"}', "4:32", "cannot be true", "without quotes"),
    ("Dense: {units: 4, dtype: complex128}", "4:30", "unknown dtype complex128", ""),
    ("Dense: {units: 4, kernel_initializer: {class_name: __lambda__, config: {x: 1}}}", "4:43",
     "unknown initializer __lambda__", ""),
    ("Dense: {units: 4, name: a/b}", "4:29", "cannot hold `/`", ""),
    ('Dense: {units: 4, name: ""}', "4:29", "the name of a layer is empty", ""),
    ("Dense: {units: 4, name: 7}", "4:29", "must be a string", 'quote it: "7"'),
    ('Dense: {units: 4, name: "a\\tb"}', "4:29", "cannot hold U+0009", ""),
    ("Dense: {units: 4, name: x}\n    name: y", "4:29", "the layer has two names", ""),
    ("Dense: {units: 4, name: input}", "4:29", "`input` is taken: line 2 gives it to an input", ""),
    ("Dense: {units: 4, from: input}", "4:23", "no argument `from`", "write it beside Dense"),
    ("LSTM: {units: 4, mask: input}", "4:22", "no argument `mask`", "call: {mask: …}"),
    ("Dense: 4\n    from: inptu", "5:11", "no input or layer above", "did you mean `input`?"),
    ("Dense: 4\n    from: []", "5:11", "`from` must name tensors", ""),
    ("Dense: {units: 4, name: x}\n    from: x", "5:11", "`x` reads itself", ""),
    ("Dense: 4\n    form: x", "5:5", "`form` stands beside Dense", "did you mean `from`?"),
    ("Dense: 4\n    call: {mask: input}", "5:12", "has no argument `mask`", ""),
    ("Dense: 4\n    call: input", "5:11", "`call` must be names with values", ""),
    ("LSTM:\n    units: 4", "5:5", "`units` stands beside LSTM", "or indented further"),
    ("Dense: 4\n    LSTM: 4", "5:5", "two layers in one entry", "- LSTM"),
    ("reuse: encoder", "4:12", "`reuse` names `encoder`", ""),
    ("reuse: [a]", "4:12", "`reuse` must name a layer", ""),
    ("repeat: 0\n    layers: [Identity]", "4:13", "`repeat` must say how often", ""),
    ("repeat: n", "4:5", "there are no layers", ""),
    ("repeat: 200000\n    layers: [Identity]", "4:5", "too many layers: 200,000", "layers=NUMBER"),
    ("{}", "4:5", "an entry without a layer", ""),
    ("", "4:4", "this is no layer", ""),
    ("12", "4:5", "this is no layer", ""),
    ("[Identity]", "4:5", "a list stands where a layer is due", ""),
    ("class_name: Dense\n    confg: {units: 4}", "5:5", "stands beside `class_name`", "`config`?"),
    ("class_name: [Dense]", "4:17", "`class_name` must be the name of a class", ""),
    ("TimeDistributed: {Dnse: 4}", "4:23", "unknown layer Dnse", "did you mean Dense?"),
    ("TimeDistributed: 4", "4:22", "`layer` must be a layer", ""),
    ("TimeDistributed: {layer: {repeat: 2, layers: []}}", "4:31", "inside another layer", ""),
    ("Bidirectional", "4:5", "Bidirectional needs `layer`", ""),
    ("Sequential", "4:5", "Sequential needs layers", ""),
    ("Sequential: {layer: [Identity]}", "4:18", "Sequential has no `layer`", "`layers`?"),
    ("InputLayer: [4]", "4:5", "the input is there already", ""),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "place", "what", "remedy"), ENTRIES)
def test_entries_that_are_refused(entry: str, place: str, what: str, remedy: str) -> None:
    found = problems(f"{HEAD}  - {entry}\n")
    matching = [problem for problem in found if what in problem.what]
    assert matching, [str(problem) for problem in found]
    problem = matching[0]
    assert str(problem.place) == f"spec.yaml:{place}"
    assert remedy in f"{problem.expected} {problem.remedy}"
    assert (
        problem.line == f"{HEAD}  - {entry}\n".split("\n")[int(place.split(":", maxsplit=1)[0]) - 1]
    )
    assert problem.received or problem.about in ("missing argument", "layers")
    assert len(found) == 1 or "Sequential has no" in what


# A whole spec, the place and the words.
SPECS = [
    ("- LSTM: 4", "1:1", "the file is a list, not a spec", "below `layers:`"),
    ("layer: []\nlayers: [Identity]\ninput: [4]", "1:1", "a spec has no `layer`", "`layers`?"),
    ("layers: [{Dense: 4}]", "1:1", "the model has no input", "input: [10, 8]"),
    ("input: [4]", "1:1", "there are no layers", ""),
    ("input: [4]\nlayers: {Dense: 4}", "2:9", "`layers` must be a list", "a dash"),
    ("input: [4]\nlayers: Dense", "2:9", "`layers` must be a list", "write [Dense]"),
    ("input: [4]\nlayers:", "2:8", "there are no layers", ""),
    ("input: 4\nlayers: [Identity]", "1:8", "a shape must be a list of sizes", "write [4]"),
    ("input: (T, 4)\nlayers: [Identity]", "1:8", "a shape must be a list", "write [T, 4]"),
    ("input: [4, 0]\nlayers: [Identity]", "1:12", "a size of the shape is below 1: 0", ""),
    ("input: [4, -1]\nlayers: [Identity]", "1:12", "below 1: -1", ""),
    ("input: [4.0]\nlayers: [Identity]", "1:9", "no integer", ""),
    ("input: [[4]]\nlayers: [Identity]", "1:9", "no integer", "side by side"),
    ("input: [T]\nlayers: [Identity]", "1:9", "`T` is not a known size", "dims: {T: 10}"),
    ("input: {batch: 3}\nlayers: [Identity]", "1:8", "the input `input` has no shape", ""),
    ("input: {shape: [4], batch_shape: [1, 4]}\nlayers: [Identity]", "1:21", "two shapes", ""),
    ("input: {batch_shape: [1, 4], batch: 2}\nlayers: [Identity]", "1:30", "beside", ""),
    ("input: {batch_shape: []}\nlayers: [Identity]", "1:22", "cannot be empty", ""),
    ("input: {shape: [4], dtype: int23}\nlayers: [Identity]", "1:28", "dtype", "mean int32?"),
    ("input: {shape: [4], time_axis: 2}\nlayers: [Identity]", "1:32", "`time_axis`", ""),
    ("input: {shape: [4], sparse: true}\nlayers: [Identity]", "1:29", "`sparse`", ""),
    ("input: {shap: [4]}\nlayers: [Identity]", "1:9", "no `shap`", "`shape`?"),
    ("input: [4]\ninputs: {a: [4]}\nlayers: [Identity]", "2:1", "both `input` and `inputs`", ""),
    ("inputs: [4]\nlayers: [Identity]", "1:9", "must be names with shapes", "input: [4]"),
    ("inputs: {a: [4], b: [4]}\nlayers: [Identity]", "2:10", "several inputs", "write `from`"),
    ("input: [4]\nlayers: [Identity]\noutputs: [a]", "3:11", "`outputs` names `a`", ""),
    ("input: [4]\nlayers: [Identity]\noutputs: []", "3:10", "must name tensors", ""),
    ("name: [a]\ninput: [4]\nlayers: [Identity]", "1:7", "name of a model must be a string", ""),
    ("dims: [T]\ninput: [4]\nlayers: [Identity]", "1:7", "`dims` must be names with sizes", ""),
    ("dims: {T: [4]}\ninput: [4]\nlayers: [Identity]", "1:11", "`T` is no integer", ""),
    ("dims: {T: 8.0}\ninput: [4]\nlayers: [Identity]", "1:11", "no integer", "write 8"),
    ("dims: {T: 0}\ninput: [4]\nlayers: [Identity]", "1:11", "the size `T` is below 1: 0", ""),
    ("dims: {n: 2, T: n-3}\ninput: [4]\nlayers: [Identity]", "1:17", "below 1: n−3 = -1", ""),
    ("dims: {T: 010}\ninput: [4]\nlayers: [Identity]", "1:11", "starts with 0", "write 10"),
    ("dims: {T: n, n: 4}\ninput: [4]\nlayers: [Identity]", "1:11", "`n` is not a known size",
     "move `n` above `T`"),
    ("dims: {T: T}\ninput: [4]\nlayers: [Identity]", "1:11", "`T` is not a known size",
     "cannot be defined by itself"),
    ("dims: {t: 4}\ninput: [4]\nlayers: [Identity]", "1:8", "a size cannot be named `t`", ""),
    ("custom: {LSTM: a:b}\ninput: [4]\nlayers: [Identity]", "1:10", "LSTM is a class of Keras", ""),
    ("custom: {A: os.system}\ninput: [4]\nlayers: [Identity]", "1:13", "does not name a class", ""),
    ("layers: [{LSTM: {units: 4, input_shape: 10}}]", "1:41", "must be a list of sizes", "[10]"),
    ("input: [10, 8]\nlayers: [{LSTM: {units: 4, input_shape: [10, 9]}}]", "2:41", "contradicts",
     "remove `input_shape`"),
    ("input: [4]\nlayers:\n- Dense: {units: 4, name: a}\n- Dense: {units: 4, name: a}", "4:27",
     "the name `a` is taken: line 3", "reuse: a"),
    ("input: [4]\nlayers:\n- Identity\n  \n- Dense: 4\n  from: b\n- Dense: {units: 3, name: b}",
     "6:9", "`b` comes later, on line 7", "above"),
    ("input: [4]\nlayers:\n- repeat: 2\n  name: b\n  layers: [Identity]\n- reuse: b", "6:10",
     "a repeated block", ""),
    ("input: [4]\nlayers:\n- repeat: 2\n  layers: [{Dense: 4, from: x}]", "4:29", "names `x`", ""),
    ("class_name: Dense\nconfig: {units: 3}", "1:13", "this is no model", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "what", "remedy"), SPECS)
def test_specs_that_are_refused(text: str, place: str, what: str, remedy: str) -> None:
    problem = only(text)
    assert what in problem.what
    assert str(problem.place) == f"spec.yaml:{place}"
    assert remedy in f"{problem.expected} {problem.remedy}"


def test_all_problems_of_a_file_at_once_in_the_order_of_its_lines() -> None:
    text = textwrap.dedent(
        """\
        dims: {T: 10, n: m}
        input: [T, 0]
        layers:
          - LTSM: 4
          - Dense: {units: 8.0, activation: rleu}
          - Dense: 4
            from: x
        outputs: y
        """
    )
    places = [str(problem.place).removeprefix("spec.yaml:") for problem in problems(text)]
    assert places == ["1:18", "2:12", "4:5", "5:20", "5:37", "7:11", "8:10"]


def test_at_most_twenty_problems_are_told() -> None:
    assert len(problems(HEAD + "  - Dnse: 4\n" * 50)) == 20


def test_a_layer_that_was_refused_can_still_be_named_below() -> None:
    found = problems(HEAD + "  - LTSM: 4\n  - Dense: 4\n    from: lstm\n")
    assert [problem.what for problem in found] == ["unknown layer LTSM"]


def test_a_repeated_mistake_is_told_once() -> None:
    found = problems(HEAD + "  - repeat: 50\n    layers: [{Dense: 0}, {Dense: 4, from: x}]\n")
    assert len(found) == 2


def test_long_values_are_cut() -> None:
    problem = only(HEAD + f"  - Dense: {'x' * 5000}\n")
    assert len(problem.what) + len(problem.received) + len(problem.line) < 500


@pytest.mark.parametrize(
    ("overrides", "what", "remedy"),
    [
        ({"N": 4}, "--set names no size of spec.yaml", "did you mean `n`?"),
        ({"n": 0}, "--set: the size `n` is below 1", ""),
        ({"n": "4x"}, "--set n:", ""),
        ({"n": ""}, "--set n: a size is empty", ""),
        ({"T": "n"}, "--set T: `n` is not a known size", "move `n` above `T`"),
        ({"n": "8.0"}, "--set n:", ""),
    ],
)
def test_set_that_is_refused(overrides: dict[str, str | int], what: str, remedy: str) -> None:
    problem = only(HEAD + "  - Identity\n", overrides=overrides)
    assert problem.what.startswith(what)
    assert problem.received.startswith("--set")
    assert remedy in problem.remedy


def test_a_limit_can_be_raised() -> None:
    text = HEAD + "  - repeat: 5\n    layers: [Identity]\n"
    assert "at most 4" in only(text, limits=Limits(layers=4)).expected
    assert len(read_spec(text.encode(), limits=Limits(layers=5)).nodes) == 5


WORDS = st.sampled_from(
    "name dims input inputs layers outputs custom expect from call reuse repeat class_name config"
    " Dense LSTM Bidirectional TimeDistributed Embedding Sequential Functional Input InputLayer"
    " units layer backward_layer return_sequences activation relu shape batch batch_shape dtype"
    " time_axis input_shape input_dim input_length initial_state mask a b a.1 input.1 T n 2*n t"
    " inbound_nodes input_layers output_layers args kwargs keras_history __keras_tensor__ Add"
    " trainable weights None yes 010 int32 kernel_initializer Zeros".split()
)
SCALARS = st.one_of(
    WORDS,
    st.none(),
    st.booleans(),
    st.integers(-2, 12),
    st.sampled_from([1e3, 0.5, math.inf, 10**30, "", " ", "é", "x" * 300, "1:30", "<<", "…"]),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=25,
)
SHAPED = st.fixed_dictionaries(
    {"layers": st.lists(TREES, min_size=1, max_size=5)},
    optional={
        "dims": st.one_of(TREES, st.just({"T": 10, "n": 8})),
        "input": st.one_of(TREES, st.just(["T", "n"]), st.just([10, 8])),
        "inputs": TREES,
        "outputs": TREES,
        "custom": TREES,
        "name": TREES,
    },
)


@settings(max_examples=examples(400))
@given(st.one_of(TREES, SHAPED))
@example({"layers": [{"class_name": "Bidirectional", "config": {"layer": {}}}], "input": [4]})
@example(
    {
        "class_name": "Functional",
        "config": {"layers": [{"class_name": "Dense", "inbound_nodes": [[[["a"]]], 3]}],
                   "input_layers": 3, "output_layers": [["a", 0, 0]]},
    }
)  # fmt: skip
@example({"layers": [{"repeat": 2, "layers": [{"reuse": "a", "name": "a"}]}], "input": [4]})
@example({"layers": [{"Sequential": {"layers": [{"InputLayer": None}]}}], "input": [4]})
def test_no_tree_raises_anything_but_a_spec_error(tree: object) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)
    found: tuple[Problem, ...] = ()
    try:
        read_spec(text.encode(), name="spec.yaml")
    except SpecError as error:
        found = error.problems
    for problem in found:
        assert problem.what
        assert problem.place is not None
        assert problem.place.file == "spec.yaml"


UNDEFINED = """\
dims: {T: 10}
input: [T, k]
layers:
  - LSTM: {units: a, return_sequences: true}
  - Dense: {units: b+a}
  - Dense: {units: a}
  - Dense: {units: null}
"""


def test_sizes_without_a_value_are_one_error_with_one_remedy_that_helps() -> None:
    with pytest.raises(SpecError) as caught:
        read_spec(UNDEFINED.encode(), name="m.yaml")
    first, other = caught.value.problems
    assert str(first.place) == "m.yaml:2:12"
    assert first.what.endswith(
        "`k` is not a known size (character 1), nor are `a` (line 4), `b` (line 5)"
    )
    assert first.remedy == "give them numbers under `dims`, such as dims: {k: 10, a: 10, b: 10}"
    assert other.what == "Dense: `units` cannot be null"
    written = UNDEFINED.replace("{T: 10}", "{T: 10, k: 10, a: 10, b: 10}").replace("null", "1")
    assert len(read_spec(written.encode()).nodes) == 4
