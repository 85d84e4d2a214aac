"""The playground, built once for all tests; whoever cannot build it skips them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from web.build import BuildError, build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def playground() -> Path:
    """The folder of the playground, as `python -m web build` makes it."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("Node.js with npm is not installed")
    target = ROOT / "build" / "web"
    try:
        build(target)
    except BuildError as error:
        if "ENOTFOUND" in str(error) or "ECONNREFUSED" in str(error):
            pytest.skip(f"the npm registry cannot be reached: {error}")
        raise
    return target
