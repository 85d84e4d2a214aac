"""Keras is loaded quietly and privately, and layers are built in it without weights."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.keras_model.build import runtime
from tests.effort import HANG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HUGE = 10**6

STAND_IN = {
    "absent": ("raise ModuleNotFoundError(\"No module named 'keras'\")", "No module named 'keras'"),
    "unfit": ("None.x", "'NoneType' object has no attribute 'x'"),
    "silent": ("raise RuntimeError", "RuntimeError"),
    "native": (
        "import os\n"
        "os.write(2, b'native words')\n"
        "try:\n"
        "    raise ImportError('libcudart.so: cannot open shared object file')\n"
        "except ImportError:\n"
        "    raise ImportError('Traceback (most recent call last):\\n  ...\\n\\nFailed to load')\n",
        "libcudart.so: cannot open shared object file",
    ),
    "quoted": (
        "raise ImportError('Traceback (most recent call last):\\n  ...\\n\\nFailed to load')",
        "Failed to load",
    ),
}
"""Modules `keras` that cannot be imported, each with the reason that a reader needs."""


def run(code: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, where Keras is not imported yet."""
    header = "import os, sys\nfrom seqinspect.keras_model.build import runtime\n"
    return subprocess.run(
        [sys.executable, "-c", header + code],
        check=False,
        timeout=HANG,
        text=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options,
    )


def with_environment(**changes: str) -> dict[str, str]:
    return {**os.environ, **changes}


def test_importing_the_module_imports_no_keras() -> None:
    done = run("print({'keras', 'tensorflow', 'numpy'} & set(sys.modules))")
    assert done.stdout == "set()\n"


@pytest.mark.skipif(find_spec("tensorflow") is None, reason="TensorFlow is not installed")
def test_versions_are_those_of_the_installed_packages_and_import_nothing() -> None:
    done = run("print(*runtime.versions(), 'keras' in sys.modules)")
    keras, tensorflow = metadata.version("keras"), metadata.version("tensorflow")
    assert done.stdout == f"{keras} tensorflow {tensorflow} False\n"


@pytest.mark.parametrize("kind", STAND_IN)
def test_a_keras_that_cannot_be_imported_is_unavailable_for_one_reason(
    kind: str, tmp_path: Path
) -> None:
    body, reason = STAND_IN[kind]
    (tmp_path / "keras.py").write_text(body)
    code = "try: runtime.load()\nexcept runtime.KerasUnavailable as error: print(error)"
    done = run(code, env=with_environment(PYTHONPATH=str(tmp_path)))
    assert (done.stdout, done.stderr) == (reason + "\n", "")


def test_what_a_failing_import_wrote_is_kept_and_standard_error_works_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "keras.py").write_text(STAND_IN["native"][0])
    code = (
        "try: runtime.load()\n"
        "except runtime.KerasUnavailable as error: print(error.noise)\n"
        "os.write(2, b'after')"
    )
    done = run(code, env=with_environment(PYTHONPATH=str(tmp_path)))
    assert (done.stdout, done.stderr) == ("native words\n", "after")


def test_a_failing_import_leaves_the_environment_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text(
        "import os\nassert 'KERAS_MAX_EPOCHS' not in os.environ\n1/0"
    )
    code = (
        "before = dict(os.environ)\n"
        "try: runtime.load()\n"
        "except runtime.KerasUnavailable as error: print(error, dict(os.environ) == before)"
    )
    environment = with_environment(PYTHONPATH=str(tmp_path), KERAS_MAX_EPOCHS="x")
    assert run(code, env=environment).stdout == "division by zero True\n"


def test_without_a_folder_for_temporary_files_keras_is_unavailable() -> None:
    code = (
        "import tempfile\n"
        "tempfile._candidate_tempdir_list = list\n"
        "try: runtime.load()\n"
        "except runtime.KerasUnavailable as error: print(error)"
    )
    assert "No usable temporary directory" in run(code).stdout


def test_gpus_are_hidden_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("config = __version__ = '3'")
    code = "runtime.load({}); print(os.environ.get('CUDA_VISIBLE_DEVICES'))"
    environment = with_environment(PYTHONPATH=str(tmp_path))
    environment.pop("CUDA_VISIBLE_DEVICES", None)
    assert run(code.format(""), env=environment).stdout == "None\n"
    assert run(code.format("hide_gpus=True"), env=environment).stdout == "-1\n"


@pytest.mark.keras
def test_a_run_with_operations_and_compilation_leaves_standard_error_empty() -> None:
    code = (
        "keras = runtime.load()\n"
        "import tensorflow as tf\n"
        "print(tf.function(lambda x: x @ x, jit_compile=True)(tf.ones((2, 2))).numpy().sum())\n"
        "keras.layers.LSTM(2)(tf.ones((1, 3, 2)))\n"
        "with runtime.weightless(): keras.layers.Dense(2, input_shape=(3,))(keras.Input((3,)))"
    )
    done = run(code)
    assert (done.stdout, done.stderr, done.returncode) == ("8.0\n", "", 0)


@pytest.mark.keras
def test_the_settings_of_the_user_and_the_shell_change_nothing(tmp_path: Path) -> None:
    (tmp_path / ".keras").mkdir()
    settings = tmp_path / ".keras" / "keras.json"
    planted = '{"floatx": "float16", "image_data_format": "channels_first", "backend": "jax"}'
    settings.write_text(planted)
    code = (
        "config = runtime.load().config\n"
        "print(config.floatx(), config.image_data_format(), config.backend(), config.epsilon())\n"
        "print(os.environ.get('KERAS_BACKEND'), os.environ['KERAS_MAX_EPOCHS'])\n"
        "print({'KERAS_HOME', 'TF_CPP_MIN_LOG_LEVEL'} & set(os.environ))"
    )
    environment = with_environment(HOME=str(tmp_path), KERAS_MAX_EPOCHS="x", KERAS_NNX_ENABLED="1")
    environment.pop("KERAS_BACKEND", None)
    done = run(code, env=environment, cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "float32 channels_last tensorflow 1e-07",
        "None x",
        "set()",
    ]
    assert settings.read_text() == planted
    assert sorted(path.name for path in tmp_path.rglob("*")) == [".keras", "keras.json"]


@pytest.mark.keras
def test_nothing_is_written_to_a_home_without_settings(tmp_path: Path) -> None:
    done = run("runtime.load()", env=with_environment(HOME=str(tmp_path)), cwd=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (0, [])


@pytest.mark.keras
def test_a_keras_that_the_host_imported_is_used_as_it_is() -> None:
    code = (
        "import keras\n"
        "keras.config.set_floatx('float64')\n"
        "print(runtime.load() is keras, keras.config.floatx(), runtime.versions()[0])"
    )
    done = run(code)
    assert done.stdout == f"True float64 {metadata.version('keras')}\n"


@pytest.mark.keras
@pytest.mark.skipif(sys.platform == "win32", reason="a shell's closed standard error")
def test_no_file_takes_the_place_of_a_closed_standard_error(tmp_path: Path) -> None:
    code = "os.close(2)\nruntime.load()\nprint(os.open('out', os.O_CREAT | os.O_RDWR) == 2)"
    done = run(code, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "False\n")


@pytest.mark.keras
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("at", ["keras", "tensorflow", "tensorflow.python.ops", "keras.src.layers"])
def test_an_interrupted_import_is_interrupted_and_gives_standard_error_back(at: str) -> None:
    code = (
        "import signal\n"
        "class CtrlC:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {at!r}:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, CtrlC())\n"
        "try:\n"
        "    runtime.load()\n"
        "except KeyboardInterrupt:\n"
        "    os.write(2, b'interrupted')\n"
        "os._exit(0)\n"
    )
    assert run(code).stderr == "interrupted"


@pytest.fixture(scope="module")
def keras() -> Any:
    return runtime.load()


@pytest.mark.keras
def test_weights_have_shapes_and_no_values(keras: Any) -> None:
    with runtime.weightless():
        layer = keras.layers.Dense(HUGE, kernel_initializer="orthogonal")
        layer(keras.Input((HUGE,)))
    assert [tuple(weight.shape) for weight in layer.weights] == [(HUGE, HUGE), (HUGE,)]
    assert [weight._value for weight in layer.weights] == [None, None]
    assert layer.count_params() == 10**12 + 10**6


@pytest.mark.keras
def test_no_initializer_runs(keras: Any) -> None:
    class Forbidden(keras.initializers.Initializer):  # type: ignore[misc] # Keras is untyped
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            raise AssertionError(shape)

        def clone(self) -> Forbidden:
            return self

    with runtime.weightless():
        layer = keras.layers.LSTM(
            3,
            kernel_initializer=Forbidden(),
            recurrent_initializer=Forbidden(),
            unit_forget_bias=False,
            bias_initializer=Forbidden(),
        )
        layer(keras.Input((5, 2)))
    assert layer.count_params() == 4 * 3 * (2 + 3 + 1)


STATEFUL: dict[str, tuple[Callable[[Any], Any], list[tuple[int, int]]]] = {
    "SimpleRNN": (lambda layers: layers.SimpleRNN(HUGE, stateful=True), [(HUGE, HUGE)]),
    "GRU": (lambda layers: layers.GRU(HUGE, stateful=True), [(HUGE, HUGE)]),
    "LSTM": (lambda layers: layers.LSTM(HUGE, stateful=True), [(HUGE, HUGE)] * 2),
    "stacked": (
        lambda layers: layers.RNN([layers.LSTMCell(HUGE), layers.GRUCell(3)], stateful=True),
        [(HUGE, HUGE), (HUGE, HUGE), (HUGE, 3)],
    ),
    "Bidirectional": (
        lambda layers: layers.Bidirectional(layers.LSTM(HUGE, stateful=True)),
        [(HUGE, HUGE)] * 4,
    ),
}
"""Stateful layers on (10**6, 5, 4), with the shapes of their states."""


@pytest.mark.keras
@pytest.mark.parametrize("name", STATEFUL)
def test_a_stateful_layer_is_built_with_the_shapes_of_its_states(keras: Any, name: str) -> None:
    build, shapes = STATEFUL[name]
    with runtime.weightless():
        layer = build(keras.layers)
        output = layer(keras.Input(batch_shape=(HUGE, 5, 4)))
    assert [tuple(state.shape) for state in keras.tree.flatten(layer.states)] == shapes
    assert output.shape[0] == HUGE


@pytest.mark.keras
def test_a_stateful_convolution_is_built_with_the_shapes_of_its_states(keras: Any) -> None:
    with runtime.weightless():
        layer = keras.layers.ConvLSTM1D(HUGE, 3, stateful=True)
        layer(keras.Input(batch_shape=(HUGE, 5, 8, 2)))
    assert [tuple(state.shape) for state in layer.states] == [(HUGE, 6, HUGE)] * 2


@pytest.mark.keras
def test_a_stateful_layer_counts_as_many_parameters_as_keras_counts(keras: Any) -> None:
    real = keras.layers.LSTM(3, stateful=True)
    real(keras.Input(batch_shape=(2, 5, 4)))
    with runtime.weightless():
        built = keras.layers.LSTM(3, stateful=True)
        built(keras.Input(batch_shape=(2, 5, 4)))
    for attribute in ("weights", "variables", "non_trainable_variables"):
        expected = [tuple(variable.shape) for variable in getattr(real, attribute)]
        assert [tuple(variable.shape) for variable in getattr(built, attribute)] == expected
    assert built.count_params() == real.count_params() == 4 * 3 * (4 + 3 + 1)


@pytest.mark.keras
@pytest.mark.parametrize("given", [{}, {"mean": 0.0, "variance": 1.0}])
def test_normalization_of_many_features_is_not_computed(
    keras: Any, given: dict[str, float]
) -> None:
    with runtime.weightless():
        layer = keras.layers.Normalization(**given)
        layer(keras.Input((10**15,)))
    assert [tuple(weight.shape) for weight in layer.weights] == (
        [] if given else [(10**15,), (10**15,), ()]
    )


@pytest.mark.keras
def test_no_later_scope_of_keras_gives_the_weights_values(keras: Any) -> None:
    with runtime.weightless():
        layer = keras.layers.Dense(2)
        layer(keras.Input((3,)))
    with keras.StatelessScope():
        pass
    assert [weight._value for weight in layer.weights] == [None, None]


@pytest.mark.keras
def test_layers_outside_the_block_are_real_again(keras: Any) -> None:
    with runtime.weightless():
        keras.layers.Dropout(0.5)(keras.Input((3,)))
    lstm, normalization = keras.layers.LSTM(3, stateful=True), keras.layers.Normalization()
    lstm(keras.Input(batch_shape=(2, 5, 4)))
    normalization.build((None, 3))
    assert lstm.states[0].numpy().tolist() == [[0.0] * 3] * 2
    assert normalization.mean.numpy().tolist() == [[0.0] * 3]
    assert keras.random.normal((2,)).shape == (2,)


@pytest.mark.keras
def test_the_settings_of_the_host_do_not_reach_in_and_survive(keras: Any) -> None:
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("mixed_float16")
    keras.config.set_image_data_format("channels_first")
    try:
        with runtime.isolated():
            assert keras.Input((3,)).dtype == "float32"
            assert keras.layers.Dense(2).dtype_policy.name == "float32"
            assert keras.config.image_data_format() == "channels_last"
        assert keras.config.floatx() == "float64"
        assert keras.config.dtype_policy().name == "mixed_float16"
        assert keras.config.image_data_format() == "channels_first"
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
        keras.config.set_image_data_format("channels_last")


@pytest.mark.keras
def test_automatic_names_start_anew_in_every_block(keras: Any) -> None:
    names = []
    for _ in range(2):
        with runtime.isolated():
            names.append(keras.layers.Dense(2).name)
    assert names == ["dense", "dense"]


@pytest.mark.keras
def test_errors_of_keras_are_plain_sentences(keras: Any) -> None:
    class Failing(keras.layers.Layer):  # type: ignore[misc] # Keras is untyped
        def call(self, inputs: Any) -> Any:
            raise ValueError("own words")

    with runtime.weightless(), pytest.raises(ValueError, match="own words") as caught:
        Failing()(keras.Input((5,)))
    assert "\x1b" not in str(caught.value)


@pytest.mark.keras
def test_a_failing_block_gives_everything_back(keras: Any) -> None:
    rnn = keras.layers.RNN._create_state_variables
    with pytest.raises(ZeroDivisionError), runtime.weightless():
        1 / 0  # noqa: B018 - any error will do
    assert keras.layers.RNN._create_state_variables is rnn
    keras.layers.Dense(2)(keras.Input((3,)))
    assert keras.layers.Dense(2)(keras.ops.ones((1, 3))).shape == (1, 2)
