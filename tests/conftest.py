"""What holds for every test: nothing is remembered from one to the next."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.limited import Server

# Nothing can be created below the null device. Processes that tests start inherit it.
os.environ["SEQINSPECT_CACHE"] = os.path.join(os.devnull, "none")  # noqa: PTH118


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The command in limited processes, for many inputs."""
    from tests.limited import Server

    started = Server()
    yield started
    started.stop()
