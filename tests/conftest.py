"""What holds for every test: nothing comes from the surroundings, nothing is remembered.

Processes that tests start inherit it.
"""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.limited import Server

TAKEN_AWAY = {
    "COLORTERM", "COLUMNS", "FORCE_COLOR", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LINES",
    "NO_COLOR", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONWARNINGS",
    "SEQINSPECT_DEBUG", "SEQINSPECT_LIMITS", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE",
    "XDG_CACHE_HOME",
}  # fmt: skip
"""What terminals, locales and users tell; so are the variables of git, which it sets in hooks."""

for name in TAKEN_AWAY.union(each for each in os.environ if each.startswith("GIT_")):
    os.environ.pop(name, None)
    os.unsetenv(name)  # pytest imports readline, which sets COLUMNS where os.environ sees nothing

os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")

# Nothing can be created below the null device.
os.environ["SEQINSPECT_CACHE"] = os.path.join(os.devnull, "none")  # noqa: PTH118

os.umask(0o022)

# A shell lets what it runs in the background ignore Ctrl-C, and children ignore what parents do.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test fails by the clock.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Search what is there for all tests for garbage once, not again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The command in limited processes, for many inputs."""
    from tests.limited import Server

    started = Server()
    yield started
    started.stop()
