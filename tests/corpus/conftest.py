"""Where the data is: beside the project. Whoever has not got it skips these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = (Path(__file__).resolve().parents[3] / "shared").resolve()


@pytest.fixture(scope="session")
def corpus() -> Path:
    folder = SHARED / "corpus"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder


@pytest.fixture(scope="session")
def hostile() -> Path:
    folder = SHARED / "hostile"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder
