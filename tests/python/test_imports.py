"""Modules beside a script are read, never run; nothing outside of its folder is opened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.errors import SpecError
from seqinspect.readers.spec import read_models

if TYPE_CHECKING:
    from pathlib import Path

    from seqinspect.model.report import Report

LAYERS = "from keras import Input, Sequential, layers\n"
BLOCKS = f"""\
{LAYERS}
width = 3
made = Sequential([Input((2,)), layers.Dense(1)])
def build(units):
    return Sequential([Input((10, 8)), layers.LSTM(units)])
def unused(units):
    return Sequential([Input((10, 8)), layers.GRU(units)])
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "train.py"


def reports(path: Path) -> dict[str, Report]:
    found = read_models(path, infer=output_shape)
    return {each.name: analyse(each.graph_or_raise()) for each in found}


@pytest.mark.parametrize(
    "imported",
    [
        "from blocks import build\nm = build(4)\n",
        "from .blocks import build as b\nm = b(4)\n",
        "import blocks\nm = blocks.build(4)\n",
        "import blocks as b\nm = b.build(4)\n",
        "from blocks import *\nm = build(width + 1)\n",
        "from . import blocks\nm = blocks.build(4)\n",
        "try:\n    from blocks import build\nexcept ImportError:\n    pass\nm = build(4)\n",
        "def make():\n    from blocks import build\n    return build(4)\nm = make()\n",
    ],
)
def test_a_function_of_a_module_beside_builds(tmp_path: Path, imported: str) -> None:
    found = reports(write(tmp_path, train=imported, blocks=BLOCKS))
    assert {name: report.params for name, report in found.items()} == {"m": 4 * 4 * (8 + 4 + 1)}


@pytest.mark.parametrize(
    "imported",
    [
        "from lib.blocks import build",
        "import lib.blocks\nbuild = lib.blocks.build",
        "from lib import blocks\nbuild = blocks.build",
        "from lib.deep.more import build",
    ],
)
@pytest.mark.parametrize("package", [True, False])
def test_packages_below_the_folder_are_read(tmp_path: Path, imported: str, package: bool) -> None:
    path = write(
        tmp_path,
        train=f"{imported}\nm = build(4)\n",
        lib__blocks=BLOCKS,
        lib__deep__more="from ..blocks import build\n",
    )
    if package:
        (tmp_path / "lib" / "__init__.py").write_text("")
    assert reports(path)["m"].params == 4 * 4 * (8 + 4 + 1)


def test_a_model_of_a_module_is_one_of_the_script_only_where_the_script_names_it(
    tmp_path: Path,
) -> None:
    own = f"{LAYERS}import blocks\nm = blocks.build(2)\n"
    assert list(reports(write(tmp_path, train=own, blocks=BLOCKS))) == ["m"]
    own = "from blocks import made\n"
    assert list(reports(write(tmp_path, train=own, blocks=BLOCKS))) == ["made"]


def test_a_place_is_in_the_file_of_the_module(tmp_path: Path) -> None:
    wrong = f"{LAYERS}\ndef build():\n    return Sequential([Input((2,)), layers.Dense('a')])\n"
    path = write(tmp_path, train="from lib.blocks import build\nm = build()\n", lib__blocks=wrong)
    with pytest.raises(SpecError) as caught:
        reports(path)
    place = caught.value.problems[0].place
    assert str(place) == f"{tmp_path}/lib/blocks.py:4:50"
    assert "layers.Dense('a')" in caught.value.problems[0].line


SIZE = f"{LAYERS}m = Sequential([Input((5,)), layers.Dense(N)])\n"


@pytest.mark.parametrize(
    "imported",
    [
        "from ..outside import N\n",
        "from linked import N\n",
        "from folder.outside import N\n",
        "from pipe import N\n",
        "from big import N\n",
        "from binary import N\n",
        "from nowhere import N\n",
        "from ....etc.passwd import N\n",
        "from keras import N\nfrom train import N\n",
    ],
)
def test_what_lies_outside_is_not_read(tmp_path: Path, imported: str) -> None:
    inside = tmp_path / "inside"
    path = write(inside, train=imported + SIZE)
    (tmp_path / "outside.py").write_text("N = 7\n")
    (inside / "linked.py").symlink_to(tmp_path / "outside.py")
    (inside / "folder").symlink_to(tmp_path)
    os.mkfifo(inside / "pipe.py")
    (inside / "big.py").write_text("N = 7\n" + "x = 1\n" * 30_000)
    (inside / "binary.py").write_bytes(b"N = 7\n\0")
    (inside / "keras").mkdir()
    (inside / "keras" / "__init__.py").write_text("N = 7\n")
    assert reports(path)["m"].formula.text() in ("N×(5+1)", "6×N")


def test_modules_that_import_each_other_end(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        train="from one import build\nm = build(4)\n",
        one=f"import two\nimport train\n{BLOCKS}",
        two="from one import build\nfrom two import other\nimport one\n",
    )
    assert reports(path)["m"].params == 4 * 4 * (8 + 4 + 1)


def test_so_many_modules_are_read(tmp_path: Path) -> None:
    files = {f"m{at}": f"from m{at + 1} import N\n" for at in range(100)}
    path = write(tmp_path, train=f"from m0 import N\n{SIZE}", **files, m100="N = 7\n")
    assert reports(path)["m"].params is None


def test_code_on_standard_input_reads_no_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, blocks="N = 7\n")
    monkeypatch.chdir(tmp_path)
    (found,) = read_models(f"from blocks import N\n{SIZE}".encode(), name="<stdin>")
    assert analyse(found.graph_or_raise()).params is None
