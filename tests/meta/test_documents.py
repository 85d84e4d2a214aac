from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.meta.documents import ROOT, documents, rerun

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.keras
@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_shown_prints_what_is_shown(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert rerun(text) == text
