"""Kinds of arguments: what each takes, as what it is handed to a rule, and what it refuses."""

import math

import pytest

from seqinspect.algebra.expression import Expr, literal, symbol
from seqinspect.errors import SpecError
from seqinspect.readers.elements.expression import parse_size
from seqinspect.rules import COMMON, RULES
from seqinspect.rules.arguments import describe_kind, read_argument
from seqinspect.rules.objects import Named

SIZES = {"n": symbol("n", 8), "T": symbol("T")}


class Sizes:
    """A file with the sizes n = 8 and T, which is not known."""

    def size(self, value: object) -> Expr:
        return literal(value) if isinstance(value, int) else parse_size(str(value), SIZES)

    def number(self, name: str) -> None:
        """No number has a name here."""

    def layer(self, value: object) -> object:
        return value


def read(kind: str, value: object) -> object:
    return read_argument("argument", kind, value, Sizes())


POLICY = {"class_name": "DTypePolicy", "config": {"name": "float16"}}


def policy_map(default: object, **layers: object) -> dict[str, object]:
    """Return a DTypePolicyMap as Keras writes it."""
    config = {"default_policy": default, "policy_map": layers}
    return {"class_name": "DTypePolicyMap", "config": config}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("Size", 4, literal(4)),
        ("Size", "n+1", SIZES["n"] + 1),
        ("Size | None", None, None),
        ("Count", 0, literal(0)),
        ("Whole", 16000.0, literal(16000)),
        ("WholeInt", 3.0, 3),
        ("Sizes", 3, literal(3)),
        ("Sizes", [3, "n"], (literal(3), SIZES["n"])),
        ("Counts", [0, 2], (literal(0), literal(2))),
        ("Margins", [[1, 0], 2], ((literal(1), literal(0)), literal(2))),
        ("Shape", [-1, "n", None], (-1, SIZES["n"], None)),
        ("Shape", 6, (literal(6),)),
        ("Axes", [-1, 2], (-1, 2)),
        ("bool", True, True),
        ("Real", 1, 1),
        ("Rate", 0.5, 0.5),
        ("Activation", "relu", "relu"),
        ("Activation", None, None),
        ("Activation", {"module": "keras.activations", "config": "relu"}, "relu"),
        ("DType", "mixed_float16", "mixed_float16"),
        ("DType", {"class_name": "DTypePolicy", "config": {"name": "float64"}}, "float64"),
        ("DType", policy_map("mixed_float16"), "mixed_float16"),
        ("DType", policy_map(None), "float32"),
        ("DType", policy_map(POLICY, dense=POLICY), "float16"),
        ("Initializer", "glorot_uniform", Named("GlorotUniform")),
        ("Initializer", {"Constant": {"value": 2}}, Named("Constant", (("value", 2),))),
        ("Regularizer", {"L2": 0.1}, Named("L2", (("l2", 0.1),))),
        ("Regularizer", {"class_name": "L2", "config": {"l2": 0.1}}, Named("L2", (("l2", 0.1),))),
        ("AnyCase['valid', 'same']", "SAME", "same"),
        ("Literal['auto', True, False]", False, False),
        ("Literal['sum', None]", None, None),
        ("Literal[1, 2]", 2, 2),
        ("Size | Literal['all'] | None", "n", SIZES["n"]),
        ("Shape | Literal['all']", "all", "all"),
    ],
)
def test_what_is_taken(kind: str, value: object, expected: object) -> None:
    assert read(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("Size", 0, "a positive integer"),
        ("Size", -1, "a positive integer"),
        ("Size", "n-9", "`argument` cannot be n-9 = -1"),
        ("Size", True, "`argument` cannot be true"),
        ("Size", 8.0, "write 8"),
        ("Size", math.nan, "`argument` cannot be nan"),
        ("Size", 1e300, "`argument` cannot be 1e+300"),
        ("Size", None, "`argument` cannot be null"),
        ("Size", [8], "`argument` cannot be [8]"),
        ("Size", {"a": 8}, "`argument` cannot be {a: …}"),
        ("Size", "m", "`m` is not a known size"),
        ("Count", -1, "not negative"),
        ("Whole", 2.5, "an integer"),
        ("WholeInt", 2.5, "an integer"),
        ("Sizes", [3, 0], "a positive integer"),
        ("Shape", [-2], "not negative"),
        ("Shape", [-1.0], "cannot be -1.0"),
        ("int", True, "an integer"),
        ("int", 1.0, "an integer"),
        ("Axes", ["x"], "an integer"),
        ("bool", "yes", "write true"),
        ("bool", 0, "write false"),
        ("bool", [False], "`argument` cannot be [false]"),
        ("Real", "1e-3", "a number"),
        ("Real", math.inf, "a finite number"),
        ("Rate", 1.5, "a number from 0 to 1"),
        ("str", 3, "a word"),
        ("Activation", "rleu", "did you mean relu?"),
        ("Activation", {"class_name": "__lambda__"}, "the name of a Keras activation"),
        ("DType", "complex128", "unknown dtype complex128"),
        ("DType", {"class_name": "DTypePolicy"}, "the name of a dtype"),
        ("DType", policy_map("float32", dense=POLICY), "the name of a dtype"),
        ("Initializer", "zeroes", "did you mean Zeros?"),
        ("Initializer", {"Zeros": {"value": 1}}, "Zeros has no argument `value`"),
        ("Initializer", {"Constant": {"value": [1]}}, "a number or a word"),
        ("Regularizer", {"class_name": "os.system", "config": {}}, "unknown regularizer"),
        ("Literal['valid', 'same']", "vaild", "did you mean valid?"),
        ("Literal['valid', 'same']", "SAME", "did you mean same?"),
        ("Literal[1, 2]", True, "1 or 2"),
        ("Literal['auto', True]", 1, "auto or true"),
        ("Size | bool", "x y", "`argument` cannot be x y"),
        ("None", 3, "leave it out"),
    ],
)
def test_what_is_refused(kind: str, value: object, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        read(kind, value)
    assert words in str(caught.value)


def test_an_unknown_kind_is_a_mistake_in_a_rule() -> None:
    with pytest.raises(TypeError, match="no reader for the kind"):
        read("Sise", 3)


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_kind_that_a_rule_names_can_be_read_and_described(name: str) -> None:
    rule = RULES[name]
    options = [*rule.options.values(), *COMMON.values()]
    flags = [call for call in rule.calls.values() if not call.kind.startswith("Tensor")]
    for parameter in options + flags:
        assert describe_kind(parameter.kind)
        try:
            read(parameter.kind, object())
        except SpecError as error:
            assert error.problems[0].argument == "argument"  # noqa: PT017 - layers are taken as they are
