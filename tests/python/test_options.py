"""What a script takes from its command line, environment and records: the defaults of the code."""

from __future__ import annotations

import pytest

from tests.python.test_usual_code import models, rows

PARSER = """\
import argparse
parser = argparse.ArgumentParser(description="trains")
parser.add_argument("--units", type=int, default=16)
parser.add_argument("--n-steps", dest="steps", type=int, default="10")
group = parser.add_argument_group("net")
group.add_argument("-l", "--hidden", nargs="+", type=int, default=[8, 4])
parser.add_argument("--last-only", action="store_true")
parser.add_argument("features", type=int)
parser.set_defaults(classes=3)
"""
BODY = """
x = Input((args.steps, args.features))
y = LSTM(args.units, return_sequences=not args.last_only)(x)
for size in args.hidden:
    y = Dense(size)(y)
model = Model(x, Dense(args.classes)(y))
"""
EXPECTED = [
    "LSTM (batch, steps, units) None",
    "Dense (batch, steps, 8) 136",
    "Dense (batch, steps, 4) 36",
    "Dense (batch, steps, classes) 15",
]


@pytest.mark.parametrize(
    "line",
    ["args = parser.parse_args()", "args, _ = parser.parse_known_args()"],
)
def test_options_have_their_defaults(line: str) -> None:
    assert rows(models(PARSER + line + BODY)["model"]) == EXPECTED


def test_an_option_is_a_size_that_set_gives() -> None:
    found = models(PARSER + "args = parser.parse_args()" + BODY, features="5", units="2")["model"]
    assert rows(found)[:2] == ["LSTM (batch, steps, units) 64", "Dense (batch, steps, 8) 24"]


@pytest.mark.parametrize(
    "code",
    [
        "from absl import flags\nflags.DEFINE_integer('units', 7, 'help')\nn = flags.FLAGS.units",
        "FLAGS = tf.app.flags.FLAGS\ntf.app.flags.DEFINE_integer('n', 7, 'x')\nn = FLAGS.n",
        "import os\nn = int(os.environ.get('UNITS', '7'))",
        "import os\nn = int(os.getenv('UNITS', 7))",
        "from types import SimpleNamespace\nn = SimpleNamespace(units=7).units",
        "import collections\nC = collections.namedtuple('C', 'a units')\nn = C(3, units=7).units",
        "from collections import namedtuple\nC = namedtuple('C', ['units'])\nn = C(7).units",
        "from dataclasses import dataclass, field\n@dataclass\nclass C:\n"
        "    units: list = field(default_factory=lambda: [5, 7])\nn = C().units[1]",
        "from enum import Enum\nclass Size(Enum):\n    BIG = 7\nn = Size.BIG.value",
        "match 'big':\n    case 'small' | 'tiny':\n        n = 3\n    case _:\n        n = 7",
    ],
)
def test_a_number_is_read(code: str) -> None:
    found = models(f"{code}\nmodel = Sequential([Input((2,)), Dense(n)])\n")["model"]
    assert rows(found)[0].endswith(" 21")


def test_a_model_has_every_name_that_it_is_given() -> None:
    code = """\
def build(n):
    model = Sequential([Input((2,)), Dense(n)])
    return model
small = build(3)
large = build(4)
"""
    assert [model.aliases for model in models(code).values()] == [
        ("model", "build", "small"),
        ("model_2", "model", "build", "large"),
    ]
