"""The known attacks on Keras's way of loading models, each with a marker that does no harm.

What they would do, if anything did it: make a file PWNED, show the text of canary.txt, connect to
port 9 of this machine, or change a setting of Keras. None of it happens, and the config is refused
or its layer is shown as what it is, with exit code 1 or 2.
"""

from __future__ import annotations

import base64
import io
import json
import marshal
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.process import python
from tests.inert import complaint

if TYPE_CHECKING:
    from tests.limited import Server

CODE = marshal.dumps((lambda x: open("PWNED", "w").close()).__code__)  # noqa: PTH123
TEXT = base64.encodebytes(CODE).decode()
LAMBDA = {"class_name": "__lambda__", "config": {"code": TEXT, "defaults": None, "closure": None}}
INPUT = {
    "module": "keras.layers",
    "class_name": "InputLayer",
    "config": {"batch_shape": [None, 4], "name": "x"},
    "registered_name": None,
}


def layer(kind: str, **config: Any) -> dict[str, Any]:
    config = {"name": "attack", **config}
    return {"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None}


def function(module: str, name: str) -> dict[str, Any]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def model(*layers: object) -> dict[str, Any]:
    config = {"name": "m", "layers": [INPUT, *layers]}
    return {"module": "keras", "class_name": "Sequential", "config": config}


def functional(kind: dict[str, Any], *arguments: Any, **keywords: Any) -> dict[str, Any]:
    """A model that calls something on arguments of the attacker's choice."""
    nodes = [{"args": list(arguments), "kwargs": keywords}]
    layers = [
        {**INPUT, "name": "x", "inbound_nodes": []},
        {**kind, "name": "attack", "inbound_nodes": nodes},
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["attack", 0, 0]]}
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {"name": "m", "layers": layers, **ends},
    }


def keras_2(kind: str, **config: Any) -> dict[str, Any]:
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "name": "x"}}
    layers = [first, {"class_name": kind, "config": {"name": "attack", **config}}]
    return {
        "class_name": "Sequential",
        "config": {"name": "m", "layers": layers},
        "keras_version": "2.12.0",
    }


FETCH = {"fname": "x", "origin": "http://127.0.0.1:9/x", "cache_dir": "PWNED", "extract": True}
CONFIGS: dict[str, dict[str, Any]] = {
    "CVE-2024-3660 Lambda of Keras 2": keras_2("Lambda", function=[TEXT, None, None]),
    "CVE-2024-3660 Lambda of Keras 3": model(layer("Lambda", function=LAMBDA)),
    "CVE-2025-1550 function of a module": functional(
        function("subprocess", "Popen"), ["touch", "PWNED"], bufsize=-1
    ),
    "CVE-2025-1550 class of a module": model(
        {**layer("Popen", args=["touch", "PWNED"]), "module": "subprocess"}
    ),
    "CVE-2025-1550 builtins": functional(function("builtins", "exec"), "open('PWNED', 'w')"),
    "CVE-2025-8747 get_file in a Lambda": functional(
        layer("Lambda", function=function("keras.utils", "get_file"), arguments=FETCH), "x"
    ),
    "CVE-2025-9906 safe mode turned off": model(
        layer("Lambda", function=function("keras.config", "enable_unsafe_deserialization")),
        layer("Lambda", function=LAMBDA),
    ),
    "CVE-2025-9906 by a private function": functional(
        layer(
            "Lambda",
            function=function("keras.src.backend.common.global_state", "set_global_attribute"),
            arguments={"value": False},
        ),
        inputs="safe_mode_saving",
    ),
    "CVE-2025-12058 vocabulary file": model(layer("StringLookup", vocabulary="canary.txt")),
    "CVE-2025-12058 vocabulary of numbers": model(layer("IntegerLookup", vocabulary="canary.txt")),
    "CVE-2025-12058 vocabulary of texts": model(
        layer("TextVectorization", vocabulary="canary.txt", idf_weights="canary.txt")
    ),
    "CVE-2025-12058 vocabulary address": model(
        layer("StringLookup", vocabulary="http://127.0.0.1:9/words")
    ),
    "CVE-2025-49655 pickle": model(
        layer("TorchModuleWrapper", module=base64.b64encode(b"cos\nmkdir\n(VPWNED\ntR.").decode())
    ),
    "SavedModel": model(layer("TFSMLayer", filepath="PWNED", call_endpoint="serve")),
    "Lambda within a wrapper": model(
        layer("TimeDistributed", layer=layer("Lambda", function=LAMBDA))
    ),
    "Lambda as an activation": model(layer("Dense", units=2, activation=LAMBDA)),
    "Lambda for the output shape": model(
        layer("Lambda", function=function("keras.ops", "relu"), output_shape=LAMBDA)
    ),
    "dataset as an activation": model(
        layer("Dense", units=2, activation=function("keras.datasets.mnist", "load_data"))
    ),
    "dtype policy": model(
        layer("Lambda", function=function("keras.config", "set_dtype_policy"), arguments={})
    ),
}


OWN_CLASS = "CVE-2025-1550 class of a module"
"""What is no class of Keras is a custom class: named, not imported, and no error."""


def archive(config: dict[str, Any]) -> bytes:
    """A .keras file, with a file that would be written elsewhere, were it unpacked."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("config.json", json.dumps(config))
        file.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        file.writestr("../PWNED", "x")
    return stream.getvalue()


def hdf5(path: Path, config: dict[str, Any]) -> None:
    """An .h5 file whose weights lie in another file: by a link, a store, and a virtual dataset."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        weights = file.create_group("model_weights")
        weights["link"] = h5py.ExternalLink("canary.h5", "/secret")
        weights.create_dataset("store", (4,), "u1", external=[("canary.txt", 0, 4)])
        layout = h5py.VirtualLayout((4,), "u1")
        layout[:] = h5py.VirtualSource("canary.h5", "secret", (4,))
        weights.create_virtual_dataset("virtual", layout)


def write(folder: Path, config: dict[str, Any]) -> list[Path]:
    """Write an attack in every form that Keras reads."""
    paths = [folder / name for name in ("model.json", "model.keras", "model.h5", "model.yaml")]
    for path in (paths[0], paths[3]):  # JSON is YAML, too
        path.write_text(json.dumps(config))
    paths[1].write_bytes(archive(config))
    hdf5(paths[2], config)
    return paths


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    (tmp_path / "canary.txt").write_text("CANARY-TEXT\n")
    return tmp_path


@pytest.mark.parametrize("name", CONFIGS)
def test_nothing_is_run_or_opened(name: str, canary: Path, server: Server) -> None:
    paths = write(canary, CONFIGS[name])
    before = sorted(canary.rglob("*"))
    ends = {0, 1, 2} if name == OWN_CLASS else {1, 2}
    pairs = [(command, path) for path in paths for command in ("describe", "check")]
    commands = [(command, "--static", path) for command, path in pairs]
    runs = server.ask(canary, commands, watched=True)
    assert len(runs) == len(commands)
    for (command, path), run in zip(pairs, runs, strict=True):
        assert run.code in ends, command
        assert complaint("text", run.out + run.err) == ""
        assert "CANARY-TEXT" not in run.out + run.err
        assert "defect" not in run.out + run.err
        settings = ("seqinspect.toml", "pyproject.toml")
        events = [event for event in run.events if Path(event[1]).name not in settings]
        assert events == [["read", os.path.realpath(path)]], command
    assert sorted(canary.rglob("*")) == before


@pytest.mark.keras
def test_nothing_is_run_or_opened_where_keras_is_asked(canary: Path) -> None:
    """And the marker works: Keras itself, told to trust a Lambda, makes the file."""
    paths = []
    for number, config in enumerate(CONFIGS.values()):
        folder = canary / str(number)
        folder.mkdir()
        paths += write(folder, config)
    before = sorted(canary.rglob("*"))
    result = python(["-m", "seqinspect", "describe", *paths], folder=canary)
    assert result.code == 2
    assert "CANARY-TEXT" not in result.out + result.err
    assert "Traceback" not in result.err
    assert sorted(canary.rglob("*")) == before
    config = CONFIGS["CVE-2024-3660 Lambda of Keras 3"]
    code = f"""
import keras
keras.config.enable_unsafe_deserialization()
model = keras.models.model_from_json({json.dumps(config)!r})
"""
    python(["-c", code], folder=canary)
    assert (canary / "PWNED").exists()
