"""Getting hold of Keras: quietly, with its own settings, and without allocating weights."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import logging
import os
import sys
import tempfile
import threading
import warnings
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

from seqinspect.keras_model import backends
from seqinspect.model.report import BACKENDS
from seqinspect.model.unconfirmed import KerasAbsent

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD_ERROR = 2

PRIVATE_ENVIRONMENT: dict[str, str | None] = {
    # Nothing can be created below the null device, not even by root: Keras finds no keras.json
    # there, fails to write one, and goes on with its defaults.
    "KERAS_HOME": str(Path(os.devnull, "seqinspect")),
    "KERAS_MAX_EPOCHS": None,
    "KERAS_MAX_STEPS_PER_EPOCH": None,
    "KERAS_NNX_ENABLED": None,
    "TF_USE_LEGACY_KERAS": None,
    # Without it, JAX computes what is asked for in float64 in float32.
    "JAX_ENABLE_X64": "1",
    # Read once by TensorFlow, when its library is loaded: nothing below FATAL from then on.
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
"""The environment in which Keras is imported, beside its backend; None removes a variable."""

_ONE_AT_A_TIME = threading.RLock()  # Keras's configuration belongs to the process, not to a thread


class KerasUnavailable(Exception):  # noqa: N818 - it names a state, as Keras's absence is no defect
    """Keras or its backend is absent or broken: the `reason`, and the `noise` it made."""

    def __init__(self, text: str, noise: str = "", *, installed: bool = True) -> None:
        super().__init__(text)
        self.reason = KerasAbsent(text, installed)
        self.noise = noise


def load(*, hide_gpus: bool = False) -> Any:
    """Return the module `keras`: the host's own if imported already, else a private, quiet one.

    A private Keras runs on the backend that KERAS_BACKEND names, else on the first of `backends`
    that is installed, with float32, channels last and epsilon 1e-7: the user's
    `~/.keras/keras.json` is neither read nor written. Standard error is diverted while TensorFlow
    loads, because its C++ part writes four lines there before any setting can silence it.
    `hide_gpus` is for a process of our own: it leaves `CUDA_VISIBLE_DEVICES=-1` in the environment,
    so that no memory of a GPU is claimed; a host that wants to train later must not be given it.

    Raises KerasUnavailable. Ctrl-C during the import raises KeyboardInterrupt as usual.
    """
    if "keras" in sys.modules:
        return _real(importlib.import_module("keras"))
    if hide_gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    try:
        with _diverted_standard_error() as noise:
            try:
                with _environment(_private_environment()), _hushed(), _collector_paused():
                    return _real(importlib.import_module("keras"))
            except KerasUnavailable:
                raise
            except (Exception, SystemExit) as error:
                # Whatever a broken installation raises: ImportError, but also AttributeError or
                # TypeError from a protobuf or numpy that does not fit.
                noise.seek(0)
                text = noise.read().decode(errors="replace")
                raise KerasUnavailable(_one_line(error), text, installed=_is_there()) from error
    except OSError as error:  # no folder for temporary files, without which Keras cannot start
        raise KerasUnavailable(_one_line(error)) from error


def _real(keras: Any) -> Any:
    """Return the module, if it is Keras 3 and not something else of that name."""
    if not hasattr(keras, "config") or not hasattr(keras, "__version__"):
        raise KerasUnavailable("the module `keras` that is found first is not Keras 3")
    return keras


def _is_there() -> bool:
    """Tell whether a Keras is found, whatever happens when it is imported."""
    with suppress(ValueError):  # sys.modules holds None for it
        return importlib.util.find_spec("keras") is not None
    return False


def _private_environment() -> dict[str, str | None]:
    found = backends.installed(sys.path)
    default = next(iter(BACKENDS)) if found is None else found.backend
    return {**PRIVATE_ENVIRONMENT, backends.VARIABLE: backends.asked() or default}


def versions() -> backends.Installed:
    """Return what Keras is, and import nothing for it.

    Before `load` it comes from the names of installed packages. Raises KerasUnavailable where they
    do not tell.
    """
    keras: Any = sys.modules.get("keras")
    if keras is not None:
        backend = keras.config.backend()
        version = getattr(sys.modules.get(backend), "__version__", "")
        return backends.Installed(keras.__version__, backend, version)
    found = backends.installed(sys.path)
    if found is None:
        raise KerasUnavailable("no Keras with a backend is installed", installed=False)
    return found


@contextmanager
def isolated() -> Iterator[None]:
    """Give the block a Keras in its initial state, and the host its own state back afterwards.

    Inside, the dtype policy is float32 and images are channels last, automatic names count from
    the start, error messages are Keras's own sentences (no traceback filter, no terminal escapes),
    and neither Python warnings nor TensorFlow's log are shown. One thread at a time.
    """
    keras = load()
    config = keras.config
    with _ONE_AT_A_TIME, _hushed():
        numbers, images, epsilon = config.floatx(), config.image_data_format(), config.epsilon()
        host = dict(_keras_state())
        _keras_state().clear()
        try:
            config.set_floatx("float32")
            config.set_image_data_format("channels_last")
            config.set_epsilon(1e-7)
            config.disable_traceback_filtering()
            yield
        finally:
            _keras_state().clear()
            _keras_state().update(host)
            config.set_floatx(numbers)
            config.set_image_data_format(images)
            config.set_epsilon(epsilon)


@contextmanager
def weightless() -> Iterator[None]:
    """Build layers that know the shape of every weight and hold none of them (`isolated`, too).

    No initializer runs: an orthogonal 10⁵×10⁵ kernel costs 10 ms. What is built inside may be
    inspected anywhere, but called only inside. Keras remembers variables without a value in order
    to initialise them when the next stateless scope ends; leaving this block makes it forget them.

    A stateful RNN gets symbolic tensors as its `states`, of the same shapes and dtypes. Keras makes
    variables of them (`rnn_state`) that it keeps out of `layer.weights`, `layer.variables`,
    `count_params()` and `model.summary()`, so that no count changes.
    """
    keras = load()
    with (
        isolated(),
        keras.StatelessScope(initialize_variables=False),
        _states_without_values(),
        _statistics_without_values(),
        _windows_without_values(),
        _indexes_in_range(),
    ):
        yield


def _keras_state() -> dict[str, Any]:
    """Keras's global state of this thread: names in use, dtype policy, scopes, seed generator."""
    module: Any = importlib.import_module("keras.src.backend.common.global_state")
    state: dict[str, Any] = vars(module.GLOBAL_STATE_TRACKER)
    return state


@contextmanager
def _states_without_values() -> Iterator[None]:
    """Let a stateful RNN be built: it makes `rnn_state` from a value, which the scope refuses."""
    rnn: Any = importlib.import_module("keras.src.layers.rnn.rnn")
    original = rnn.RNN._create_state_variables

    def create(layer: Any, batch_size: int) -> None:
        if not rnn.backend.in_stateless_scope():  # a layer that the host builds in another thread
            original(layer, batch_size)
            return
        # Traced, for any cell: a state of (10**6, 10**6) costs nothing.
        specs = rnn.backend.compute_output_spec(layer.get_initial_state, batch_size)
        layer.states = rnn.tree.map_structure(
            lambda spec: rnn.backend.KerasTensor(spec.shape, dtype=layer.variable_dtype), specs
        )

    with _replaced(rnn.RNN, "_create_state_variables", create):
        yield


@contextmanager
def _statistics_without_values() -> Iterator[None]:
    """Let Normalization be built: it computes with mean and variance, 8 GB for 10⁹ features."""
    module: Any = importlib.import_module("keras.src.layers.preprocessing.normalization")
    original = module.Normalization.build

    @wraps(original)
    def build(layer: Any, input_shape: Any) -> None:
        if not module.backend.in_stateless_scope():
            original(layer, input_shape)
            return
        module.backend.compute_output_spec(lambda: original(layer, input_shape))

    with _replaced(module.Normalization, "build", build):
        yield


def compute_statistics(layer: Any) -> None:
    """Compute what Normalization layers within a layer that was built without values keep."""
    for each in layer._flatten_layers():
        if isinstance(each, load().layers.Normalization):
            if each.input_mean is None:
                each.finalize_state()
            else:  # no weights are made
                type(each).build.__wrapped__(each, each._build_shapes_dict["input_shape"])


@contextmanager
def _windows_without_values() -> Iterator[None]:
    """Let an STFT with a named window be built where scipy, which makes windows, is missing."""
    if importlib.util.find_spec("scipy") is not None:
        yield
        return
    utilities: Any = importlib.import_module("keras.src.utils.module_utils")
    signal = SimpleNamespace(get_window=lambda _, length, *__: [1.0] * length)
    with _replaced(utilities.scipy, "module", SimpleNamespace(signal=signal)):
        yield


@contextmanager
def _indexes_in_range() -> Iterator[None]:
    """Let Keras on NumPy try layers on zeros: memory as it is, which it takes, holds no indexes."""
    if load().config.backend() != "numpy":
        yield
        return
    core: Any = importlib.import_module("keras.src.backend.numpy.core")
    zeros = SimpleNamespace(**{**vars(core.np), "empty": core.np.zeros})
    with _replaced(core, "np", zeros):
        yield


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Give an attribute another value for the block."""
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextmanager
def _environment(changes: dict[str, str | None]) -> Iterator[None]:
    """Set (or, for None, remove) environment variables for the block."""
    previous = {name: os.environ.get(name) for name in changes}
    try:
        _set_environment(changes)
        yield
    finally:
        _set_environment(previous)


def _set_environment(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep Python warnings and TensorFlow's Python log to themselves."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause garbage collection: 0.2 to 0.4 s of the 2.1 s of `import keras`, for nothing."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@contextmanager
def _diverted_standard_error() -> Iterator[IO[bytes]]:
    """Send what any part of the process writes to standard error to a file without a name."""
    _open_standard_error()
    with tempfile.TemporaryFile() as noise:
        _flush_standard_error()
        saved = os.dup(STANDARD_ERROR)
        try:
            os.dup2(noise.fileno(), STANDARD_ERROR)
            yield noise
        finally:
            _flush_standard_error()
            os.dup2(saved, STANDARD_ERROR)
            os.close(saved)


def _open_standard_error() -> None:
    """Where a process was started without standard error, give it the null device.

    Otherwise the next file opened gets its number, and TensorFlow's log in its contents.
    """
    try:
        os.fstat(STANDARD_ERROR)
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        if null != STANDARD_ERROR:
            os.dup2(null, STANDARD_ERROR)
            os.close(null)


def _flush_standard_error() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()


def _one_line(error: BaseException) -> str:
    """Return a message's first line; TensorFlow's holds a traceback, so there its cause's."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if not lines[0].startswith("Traceback"):
        return lines[0]
    return _one_line(error.__context__) if error.__context__ is not None else lines[-1]
