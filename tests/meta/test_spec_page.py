"""docs/spec.md and docs/ci.md: the specs on them are read, and the limits are those of the code."""

from __future__ import annotations

import re

import pytest

import seqinspect
from seqinspect.readers.source.limits import LIMITS
from tests.meta.documents import ROOT, documents

UNITS = {"": 1, " KiB": 1 << 10, " MiB": 1 << 20}


def specs() -> list[str]:
    """Every whole spec that a document shows."""
    texts = [path.read_text("utf-8") for path in documents() if path.name != "findings.md"]
    blocks = [block for text in texts for block in re.findall(r"```yaml\n(.*?)```", text, re.S)]
    return [block for block in blocks if re.search(r"^layers:", block, re.M)]


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: str(spec.split("\n", 1)[0][:40]))
def test_a_spec_that_is_shown_can_be_described(
    spec: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("shown") / "spec.yaml"
    path.write_text(spec, "utf-8")
    assert seqinspect.describe(path, static=True).rows


def test_the_page_gives_the_limits_of_the_code() -> None:
    page = (ROOT / "docs" / "spec.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([\d,]+)( KiB| MiB|) \|$", page, re.M)
    found = {name: int(number.replace(",", "")) * UNITS[unit] for name, number, unit in rows}
    assert found == LIMITS._asdict()
