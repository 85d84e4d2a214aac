"""Hostile code: it would delete, open, import, loop or allocate, and nothing of it runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.hostile_inputs import Hostile

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = "followed no further"

MODEL = """
from keras import Input, Sequential, layers
model = Sequential([Input((10, 8)), layers.LSTM(8), layers.Dense(8)])
"""
"""A model that is read whatever stands around it."""


def code(name: str, text: str, *, result: int = 0, said: str = "616") -> Hostile:
    """Return code with a model after it; `result` is how the command must end."""
    return Hostile(f"code: {name}", (text + MODEL).encode(), result, said, ".py")


def actions() -> Iterator[Hostile]:
    """Yield code that would do harm if it ran."""
    yield code("deletes", "import shutil, os\nshutil.rmtree('/')\nos.remove(__file__)")
    yield code("a process", "import subprocess\nsubprocess.run(['touch', 'made'], shell=True)")
    yield code("writes", "open('made', 'w').write('x' * 10**9)")
    yield code("reads", "data = open('/etc/passwd').read()\nn = len(data)")
    yield code("imports", "import this, antigravity, input\nfrom input import *\n__import__('os')")
    yield code("a package beside it", "from . import secrets\nfrom ..other import model as m")
    yield code(
        "evaluates", "eval('open(1)')\nexec('import os; os.abort()')\ncompile('1', '', 'eval')"
    )
    yield code(
        "the network", "import urllib.request as r\nr.urlopen('http://localhost:1/x').read()"
    )
    yield code("ends", "import sys, os\nsys.exit(3)\nos._exit(4)\nexit()\nquit()")
    yield code("through attributes", "().__class__.__base__.__subclasses__()[1]('x')\n"
               "'{0.__class__.__init__.__globals__}'.format(print)")  # fmt: skip
    yield code("decorators", "@__import__('os').system\ndef f(): pass\n@open\nclass C: pass")
    yield code("metaclasses", "class M(type):\n  def __call__(c): open('made', 'w')\n"
               "class C(metaclass=M): pass\nC()\nC[1]\nC + 1\ndel C")  # fmt: skip


def loops() -> Iterator[Hostile]:
    """Yield code that would not end."""
    yield code("while True", "while True:\n    x = 1")
    yield code("while True with layers", f"{MODEL}while True:\n    model.add(layers.Dense(8))\n",
               result=2, said="the number of its layers is open")  # fmt: skip
    yield code("models of a loop", f"{MODEL}blocks = []\nfor i in range(900):\n"
               "    blocks.append(layers.Dense(i + 1))\n    m = Sequential(blocks)\n",
               result=2, said="too large to be read")  # fmt: skip
    yield code("while, counted", "n = 0\nwhile n < 10**12:\n    n += 1")
    yield code("ranges", "for i in range(10**18):\n    for j in range(10**18):\n        x = i * j")
    yield code("ranges within", "\n".join(f"{' ' * at}for i{at} in range(50):" for at in range(15))
               + f"\n{' ' * 15}Dense = 1", result=2, said=LIMIT)  # fmt: skip
    yield code("comprehensions", "x = [i * j for i in range(9999) for j in range(9999)]",
               result=2, said=LIMIT)  # fmt: skip
    yield code("a comprehension of itself", "x = [1]\nfor i in x: x.append(i)\nx += x")
    yield code("recursion", "def f(n): return f(n + 1)\nf(0)\ng = lambda x: g(g(x))\ng(1)")
    yield code(
        "recursion in pairs", "def f(n): return g(n) + g(n)\ndef g(n): return f(n) + f(n)\nf(1)"
    )
    yield code("Fibonacci", "def f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nDense = f(90)")
    yield code("calls that double", "def f0(x): return x\n" + "".join(
        f"def f{at}(x): return f{at - 1}(f{at - 1}(x))\n" for at in range(1, 40)) + "f39(1)",
        result=2, said=LIMIT)  # fmt: skip
    yield code("objects that make themselves", "class A:\n  def __init__(self): self.a = A()\nA()")
    yield code("a class of itself", "class A(A): pass\nclass B(B, B): pass\nB().x\nA.y")
    yield code("properties", "class A:\n  @property\n  def x(self): return self.x + self.x\nA().x")
    yield code("conditions", "import os\n" + "".join(
        f"if os.getenv('{at}'):\n  n{at} = Dense({at + 1})\n" for at in range(300)))  # fmt: skip
    yield code("a Lambda of itself", "f = layers.Lambda(lambda t: f(t))\n"
               "m = Sequential([Input((3,)), f])", result=-1, said="")  # fmt: skip
    lambdas = "".join(
        f"g{at} = layers.Lambda(lambda t: {f'g{at - 1}' if at else 'abs'}(t + t) * 2)\n"
        for at in range(60)
    )
    yield code("Lambdas that double", f"{lambdas}m = Sequential([Input((3,)), g59])\n",
               result=-1, said="")  # fmt: skip
    yield code("flags that are not known", "def build(" + ", ".join(f"f{at}" for at in range(60))
               + "):\n  return Sequential([Input((3, 2)), " + ", ".join(
                   f"layers.LSTM(2, return_sequences=True, stateful=f{at})" for at in range(60))
               + "])\n", result=-1, said="")  # fmt: skip
    yield code("a model in itself", f"{MODEL}model.add(model)\n", result=2, said="itself")


def growth() -> Iterator[Hostile]:
    """Yield code whose values would fill the memory."""
    for name, text in {
        "a long string": "s = 'a' * 10**9",
        "a long list": "x = [0] * 10**9",
        "a tower": "n = 10**10**10\nm = 9**9**9**9\nk = 1 << 10**10",
        "strings that double": "s = 'ab'\n" + "s = s + s\n" * 200,
        "strings that are joined": "s = 'a' * 99999\nx = [s] * 99999\nt = s.join(x)\nu = t.join(x)",
        "strings that are replaced": "s = 'a' * 9999\n" + "s = s.replace('a', s)\n" * 9,
        "strings that are formatted": "s = '{0}' * 9999\n" + "s = s.format(s)\n" * 9,
        "strings with percent": "s = '%s' * 400\n" + "s = s % ((s,) * 400)\n" * 9,
        "widths": "s = '{:>999999999}'.format(1)\nt = '%999999999d' % 1\nf = f'{1:999999999}'",
        "f-strings": "s = 'ab'\n" + "s = f'{s}{s}{s}{s}'\n" * 40,
        "f-strings of long ones": "s = 'a' * 99999\n" + f"t = f'{'{s}' * 5000}'\n",
        "lists that double": "x = [1]\n" + "x = x + x\nx += x\nx.extend(x)\n" * 99,
        "lists in lists": "x = [1]\n" + "x = [x, x, x, x, x, x, x, x]\n" * 99 + "Dense = x",
        "tuples in shapes": "x = (1, 2)\n" + "x = (x, x, x)\n" * 60 + "Input(shape=x)\nDense(x)\n",
        "dictionaries": "d = {}\n" + "d = {**d, 'a': d, 'b': d, 'c': [d, d, d]}\n" * 99 + "str(d)",
        "sets": "s = set(range(99999))\n" + "s |= {len(s)}\n" * 99,
        "sorting": "x = list(range(99999))\n" + "x = sorted(x)\ny = x[::-1]\n" * 99,
        "numbers": "n = 3\n" + "n = n * n\n" * 99,
        "powers": "n = 3\n" + "n = pow(n, 63)\n" * 99,
        "numbers of strings": "n = int('9' * 99999)\nm = int('9' * 4000)\nm = pow(m, 63)\n",
        "formulas": "def f(a, b, c, d):\n  n = (a + b) * (c + d)\n" + "  n = n * n + a\n" * 30
                    + "  return Dense(n)\n",
        "formulas of many names": "def f(" + ", ".join(f"a{at}" for at in range(300)) + "):\n"
                    + "  n = (" + " + ".join(f"a{at}" for at in range(300)) + ")\n"
                    + "  n = n * n\n" * 9
                    + "  return Dense(n)\n",
        "arrays": "import numpy as np\nx = np.zeros((10**9,) * 99)\ny = np.arange(10**12)",
        "many names": "".join(f"n{at} = {at}\n" for at in range(100_000)),
        "many sums": "from keras.layers import Add, Input\nfrom keras import Model\n"
        "a = [Input((10, 8)) for _ in range(400)]\nb = Model(a, [Add()(a) for _ in range(400)])\n",
        "many functions": "".join(f"def f{at}(x): return Dense(3)(x)\n" for at in range(3000)),
        "many classes": "".join(f"class A{at}(Model):\n  def call(self, x): return x\n"
                                for at in range(200)),
        "many calls": "x = Input((8,))\n" + "x = Dense(8)(x)\n" * 9_000,
        "operations": "x = Input((8,))\n" + "x = (x + x) * x > x\n" * 3_000 + "m = Model(x, x)\n",
        "operations of many tensors": "x = Input((8,))\n" + "x = tf.concat([x, x], 1)\n" * 99
                    + "m = Model(x, x)\n",
        "pieces": "x = Input((10**9, 8))\n" + "x = tf.split(x, 10**9, 1)\n" * 9,
        "losses": "model.compile('adam', loss=" + "[" * 80 + "'mse'" + "]" * 80 + ")\n",
        "targets": "model.fit(np.zeros((9,) * 99), np.zeros((10**18,) * 99))\n",
        "unknown values": "def build(v):\n  return Sequential([Input((3, 2)), "
                    + "layers.Masking(v), layers.Dropout(v), " * 500 + "])\n",
    }.items():  # fmt: skip
        yield code(name, f"{text}\n", result=-1, said="")


def texts() -> Iterator[Hostile]:
    """Yield text that is hard to parse."""
    for name, text in {
        "signs": f"n = {'-' * 100_000}1",
        "nots": f"n = {'not ' * 10_000}1",
        "brackets": f"n = {'(' * 100_000}1{')' * 100_000}",
        "brackets that stay open": "(" * 100_000,
        "lists": f"n = {'[' * 150}{']' * 150}",
        "attributes": f"n = x{'.a' * 50_000}",
        "calls": f"n = f{'()' * 50_000}",
        "items": f"n = x{'[0]' * 50_000}",
        "sums": f"n = {'1+' * 100_000}1",
        "powers in a row": f"n = {'2**' * 20_000}2",
        "lambdas": f"n = {'lambda: ' * 10_000}1",
        "conditions in a row": f"n = {'1 if x else ' * 5_000}1",
        "indentation": "\n".join(f"{' ' * at}if x:" for at in range(99)),
        "elif": "if x: a = 1\n" + "elif x: a = 2\n" * 5_000,
        "f-strings in f-strings": "n = " + "f'{" * 60 + "1" + "}'" * 60,
    }.items():
        yield Hostile(f"code: {name}", f"{text}\n{MODEL}".encode(), -1, "", ".py")
    yield Hostile("code: NUL", b"x = 1\0" + MODEL.encode(), 2, "NUL", ".py")
    yield Hostile("code: a byte order mark", b"\xef\xbb\xbf" + MODEL.encode(), 0, "616", ".py")
    yield Hostile("code: UTF-16", MODEL.encode("utf-16"), 2, "", ".py")
    for name in "latin-1 utf-7 rot13 idna punycode zlib no-such \xff".split():
        cookie = f"# -*- coding: {name} -*-\n{MODEL}"
        yield Hostile(f"code: cookie {name}", cookie.encode("latin-1"), -1, "", ".py")
    yield Hostile("code: bytes", bytes(range(1, 256)) * 40, 2, "", ".py")
    yield Hostile("code: no Python", b"\xff\xfe)(][}{" * 9999, 2, "", ".py")
    yield Hostile("code: broken lines", b"x = (\n" * 3000 + MODEL.encode(), -1, "", ".py")
    yield Hostile("code: 100,000 lines", b"x = 1\n" * 100_000, 2, "at most", ".py")
    yield Hostile("code: a line of 10^7", b"x = '" + b"a" * 10**7 + b"'\n", 2, "", ".py")
    yield Hostile(
        "code: a line of 50 MB", b"x = " + b"1+" * 25_000_000 + b"1\n", 2, "at most", ".py"
    )
    yield Hostile("code: empty", b"", 2, "no code", ".py")


def notebooks() -> Iterator[Hostile]:
    """Yield notebooks that are none, and documents without code."""
    cells = [{"cell_type": "code", "source": MODEL}]
    books: dict[str, object] = {
        "a list": [1, 2], "a number": 1, "no cells": {"nbformat": 4},
        "cells of text": {"cells": "x"},
        "cells of numbers": {"cells": [1, None, [], "x"]},
        "sources of numbers": {"cells": [{"cell_type": "code", "source": 3}]},
        "sources of lists": {"cells": [{"cell_type": "code", "source": [[1], None, {}]}]},
        "sheets of numbers": {"worksheets": [3]}, "nothing": {},
    }  # fmt: skip
    for name, book in books.items():
        yield Hostile(f"notebook: {name}", json.dumps(book).encode(), 2, "", ".ipynb")
    yield Hostile("notebook: one", json.dumps({"cells": cells}).encode(), 0, "616", ".ipynb")
    yield Hostile("notebook: deep", b"[" * 100_000, 2, "notebook", ".ipynb")
    yield Hostile("notebook: a number of 10^6 digits", b'{"cells": ' + b"9" * 10**6 + b"}", 2, "",
                  ".ipynb")  # fmt: skip
    yield Hostile(
        "notebook: half", json.dumps({"cells": cells}).encode()[:-5], 2, "notebook", ".ipynb"
    )
    yield Hostile("document: no code", b"# Nothing\n\nwords\n" * 99, 2, "", ".md")
    yield Hostile("document: fences", b"```python\n" * 9999, 2, "", ".md")
    yield Hostile("document: one", f"# A\n```python\n{MODEL}```\n".encode(), 0, "616", ".md")


def everything() -> list[Hostile]:
    """Return all hostile code; a result of -1 leaves open whether it is read or refused."""
    return [each for make in (actions, loops, growth, texts, notebooks) for each in make()]
