"""What each target starts from: the example specs, a few by hand, and one for every layer."""

from __future__ import annotations

import io
import json
import re
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from seqinspect.analysis.walk import analyse
from seqinspect.compare.lock import render
from seqinspect.compare.lock_entry import lock_entry
from seqinspect.errors import SpecError
from seqinspect.readers.spec import read_spec
from seqinspect.rulebook.examples import EXAMPLES, NUMBERS
from seqinspect.rules import MODULES, RULES
from seqinspect.rules.arguments import choices_of
from seqinspect.rules.registry import load
from seqinspect.writers.conversion import convert_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seqinspect.rules import Rule

HERE = Path(__file__).parent
CONFIGS = HERE.parent / "configs"
SHAPES = ("[T, n]", "[n]", "{shape: [T], dtype: int32}", "[T, 6, n]", "[6, 6, n]", "[T, 6, 6, n]",
          "[6, 6, 3]", "[null, n]", "[6, 6, 6, 3]", "[T, 4, 4, 4, 32]")  # fmt: skip
"""Shapes among which every layer finds one that it takes."""

PLAIN: dict[str, object] = {"Inner": {"Dense": 2}, "Inners": [{"Dense": 2}], "Rate": 0.5,
    "Real": 0.5, "Numbers": 0.5, "Shape": [-1], "str": "abc,cd->abd", "Axes": [2, 1]}  # fmt: skip
WRAPPED: dict[str, object] = {
    "Bidirectional": {"LSTM": 2}, "RNN": {"GRUCell": 2}, "StackedRNNCells": [{"LSTMCell": 2}],
}  # fmt: skip

IDIOM = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
"""An example of the manual of Keras code."""

SAYS_NOTHING = frozenset({"module", "registered_name", "trainable"})

LONGEST = 10_000
"""Characters of a config from which on it is too long for any target."""


@cache
def specs() -> tuple[bytes, ...]:
    """The example specs, some by hand, and one for every layer of the rule book."""
    texts = [path.read_text("utf-8") for path in sorted(CONFIGS.glob("*.yaml"))]
    stripped = ["\n".join(line for line in text.split("\n") if line[:1] != "#") for text in texts]
    stripped = [text.replace("repeat: 96", "repeat: 2") for text in stripped]
    return tuple(
        text.encode() for text in (*stripped, *_documents("specs"), *map(_shown, every_rule()))
    )


def _documents(name: str, kind: str = "yaml") -> list[str]:
    """The inputs of a file, which are written by hand."""
    return (HERE / f"{name}.{kind}").read_text("utf-8").split("---\n")


def every_rule() -> tuple[Rule, ...]:
    """Return the whole rule book."""
    for module in sorted({*MODULES.values(), "legacy"}):
        load(module)
    return tuple(RULES.values())


def _shown(rule: Rule) -> str:
    """A spec of one layer, on the first shape that it takes."""
    arguments = {name: _value(rule, name) for name, each in rule.options.items() if each.required}
    written = yaml.safe_dump(arguments, default_flow_style=True, width=999).strip()
    count = 2 if rule.takes_list else sum(each.required for each in rule.calls.values())
    source = f"\n    from: [{', '.join(['input'] * count)}]" if count > 1 else ""
    text = ""
    for shape in SHAPES:
        text = (
            f"dims: {{T: 10, n: 8}}\ninput: {shape}\nlayers:\n  - {rule.name}: {written}{source}\n"
        )
        try:
            analyse(read_spec(text.encode()))
        except SpecError:
            continue
        break
    return text


def _value(rule: Rule, name: str) -> object:
    known = EXAMPLES.get(rule.name, {}).get(name, NUMBERS.get(name))
    if isinstance(known, int | str):
        return known
    kind = rule.options[name].kind.removesuffix(" | None")
    choices = choices_of(kind)
    return choices[0] if choices else WRAPPED.get(rule.name, PLAIN.get(kind, 2))


@cache
def configs() -> tuple[bytes, ...]:
    """The same models as Keras saves them, and configs of older versions."""
    found = [text.replace(", ", ",").encode() for text in _as_json()]
    return (*found, *(json.dumps(each).encode() for each in _old_trees()))


@cache
def code() -> tuple[bytes, ...]:
    """Code by hand, and the idioms of the manual: the ways in which people write models."""
    manual = (HERE.parent / "docs" / "python.md").read_text("utf-8")
    return tuple(text.encode() for text in (*_documents("code", "txt"), *IDIOM.findall(manual)))


@cache
def _as_json() -> tuple[str, ...]:
    found = []
    for data in specs():
        try:
            text = convert_graph(read_spec(data), "json")
        except SpecError:
            continue
        if len(text) < LONGEST:
            found.append(json.dumps(json.loads(text, object_hook=_short)))
    return tuple(found)


def _short(entries: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing: the shorter an input, the more of them a second."""
    return {key: value for key, value in entries.items() if key not in SAYS_NOTHING}


def _old_trees() -> Iterator[Any]:
    for text in _documents("old_configs"):
        yield yaml.safe_load(text.replace("!!python/tuple", ""))


@cache
def old_configs() -> tuple[bytes, ...]:
    """What to_yaml of Keras 1 and 2 wrote, and the configs of today in its form."""
    today = [yaml.safe_dump(json.loads(text)) for text in _as_json()]
    return tuple(text.encode() for text in (*_documents("old_configs"), *today))


def archive(config: bytes, *others: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a `.keras` archive with such a config."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in (("metadata.json", b"{}"), ("config.json", config), *others):
            made.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def archives() -> tuple[bytes, ...]:
    """Archives of short configs, stored and deflated."""
    short = sorted(configs(), key=len)[:8]
    stored = [archive(config) for config in short]
    return (*stored, *(archive(config, ("model.weights.h5", b"x"), method=zipfile.ZIP_DEFLATED)
                       for config in short), archive(b"{"), archive(b""))  # fmt: skip


def hdf5(fill: Callable[[Any], None], **options: object) -> bytes:
    """Return an HDF5 file with such a content."""
    import h5py  # noqa: PLC0415 - Keras brings it; only two targets need it

    file = io.BytesIO()
    with h5py.File(file, "w", **options) as made:
        fill(made)
    return file.getvalue()


def hdf5_files() -> tuple[bytes, ...]:
    """HDF5 files of both formats, whose config is a text of fixed or free length."""
    config = min(configs(), key=len)
    found = []
    for value in (config, config.decode(), [1, 2], [b"a", b"b"], 1.5):
        for libver in ("earliest", "latest"):

            def fill(file: Any, value: object = value) -> None:
                file.attrs["model_config"] = value
                file.attrs["keras_version"] = "2.4.0"

            found.append(hdf5(fill, libver=libver))
    return tuple(found)


def weights() -> tuple[bytes, ...]:
    """Files of weights, as Keras 3 and Keras 2 write them."""
    import numpy as np  # noqa: PLC0415 - only this target needs it

    def three(file: Any) -> None:
        file["layers/dense/vars/0"] = np.zeros((2, 3), "float32")
        file["layers/dense/vars"].attrs["name"] = "dense"

    def two(file: Any) -> None:
        file.attrs["layer_names"] = [b"dense"]
        file.create_group("dense").attrs["weight_names"] = [b"kernel:0"]
        file["dense/kernel:0"] = np.zeros((2, 3), "float32")

    def soft(file: Any) -> None:
        import h5py  # noqa: PLC0415 - Keras brings it

        file["layers/a/vars/0"] = np.zeros(1, "int8")
        file["layers/b"] = h5py.SoftLink("/layers/a")

    files = [hdf5(fill, libver=v) for fill in (three, two, soft) for v in ("earliest", "latest")]
    return (*files, *(archive(b"{}", ("model.weights.h5", data)) for data in files[:2]))


def settings() -> tuple[bytes, ...]:
    """Both files of settings, with every key."""
    return tuple(text.encode() for text in _documents("settings", "toml"))


def data() -> tuple[bytes, ...]:
    """Arrays of all kinds, archives of some, and tables."""
    import numpy as np  # noqa: PLC0415 - as for the files of weights

    types = ("<f4", ">f8", "<f2", "|b1", "<i8", "|u1", "<c8", "<U2", "|S1", "<M8[s]")
    arrays = [np.zeros((4, 6, 3), each) for each in types]
    found = [_saved(np.save, each) for each in (*arrays, np.zeros(3, [("a", "f4"), ("b", "i2")]))]
    found += [_saved(np.savez, *arrays[:2]), _saved(np.savez_compressed, x=arrays[0])]
    tables = ("a,b,c\n1,2.5,3\n4,,-6\n", "1;2;3\n", '"a","b"\ntrue,red\n')
    return (*found, *(text.encode() for text in tables))


def _saved(save: Callable[..., None], *arrays: Any, **named: Any) -> bytes:
    file = io.BytesIO()
    save(file, *arrays, **named)
    return file.getvalue()


def locks() -> tuple[bytes, ...]:
    """Locks of the shortest specs."""
    short = sorted(specs(), key=len)[:6]
    graphs = map(read_spec, short)
    entries = [{"spec.yaml": lock_entry(graph, analyse(graph))} for graph in graphs]
    return (*(render(each).encode() for each in entries), render({}).encode())


def notebooks() -> tuple[bytes, ...]:
    """Short code in the cells of notebooks of both formats, as lines and as one text."""
    short = [text.decode() for text in sorted(code(), key=len)[:20]]
    found = []
    for at, text in enumerate(short):
        lines = text.splitlines(keepends=True) if at % 2 else text
        key = "input" if at % 4 == 3 else "source"
        cells = [{"cell_type": "markdown", "source": "# a"}, {"cell_type": "code", key: lines}]
        book = {"worksheets": [{"cells": cells}]} if at % 4 == 3 else {"cells": cells}
        found.append(json.dumps({**book, "nbformat": 4, "metadata": {}}).encode())
    return tuple(found)


def spaces() -> tuple[bytes, ...]:
    """Conditions, orders, axes and budgets, each behind the letter of its kind."""
    return tuple(
        text.encode()
        for text in (
            "wparams <= 1M and causal", "wnot (n*2 + 1 == 3) or cell == 'GRU'", "w1 < n < 1e400",
            "wparams == null", "w-n // 3 % 2 != 0.5", "wcausal == true or n/0 > 1", "w'a' * n == 1",
            "gparams,-n", "gparams:min,causal:max", "g-cell",
            "s8:256:8", "s10,50,100", "sLSTM,GRU", "s1:3,5,f(a,b)", "s3:1", "s1:9:0", "s2*n,0.5",
            "b1M", "b<= 64KiB", "b>= 1.5k", "b< 1_000", "b≤ 1e6", "b≥ 2,000", "b> 1B", "b0.5",
        )
    )  # fmt: skip


def expressions() -> tuple[bytes, ...]:
    """Sizes, each with another part of the arithmetic."""
    return tuple(
        text.encode()
        for text in (
            "n", "8", "2*n + T//2", "4*n*(2*n+1)", "-n**2", "ceil(T / 2)", "floor(n/3)", "min(n,T)",
            "max(n, T, 3)", "ceil_div(n, T+1)", "((n))", "n×2−1", "S//n", "(S+3)//4*4 - S", "2n",
            "n²", "0x10", "1_000", "010", "n % 2", "n.x", "f(n)", "9**9**9", "n**0", "max(S, n)**3",
            "ceil((S*n+T)/(n-3))", "S*S//S", "min(S, max(T, S//2))", "n\t+ 1", "lambda",
        )
    )  # fmt: skip
