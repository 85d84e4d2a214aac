"""What a release says of itself is the same wherever it stands."""

from __future__ import annotations

import re
import tomllib

import yaml

from seqinspect import __version__
from tests.meta.documents import ROOT

LIGHT = ROOT / "packaging" / "static"


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_version_is_the_same_everywhere() -> None:
    shown = re.findall(r"(?:rev: v|seqinspect-static==)([\d.]+)", text("docs/ci.md"))
    assert shown == [__version__] * 2
    citation = yaml.safe_load(text("CITATION.cff"))
    headings = re.findall(r"^## \[(\d[^]]*)\] - (\S+)$", text("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == (citation["version"], str(citation["date-released"]))
    assert citation["version"] == __version__


def test_the_light_distribution_is_the_whole_without_keras() -> None:
    whole, light = (
        tomllib.loads(text(name))["project"]
        for name in ("pyproject.toml", "packaging/static/pyproject.toml")
    )
    keras = {each for each in whole["dependencies"] if re.match("tensorflow|keras", each)}
    assert keras | set(light["dependencies"]) == set(whole["dependencies"])
    assert keras
    for key in ("scripts", "license", "license-files", "keywords", "classifiers"):
        assert light[key] == whole[key]
    assert (LIGHT / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_workflows_name_what_they_use_by_its_hash_and_give_no_rights_away() -> None:
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert workflows
    for path in workflows:
        said = path.read_text("utf-8")
        used = re.findall(r"uses: (\S+)(.*)", said)
        assert all(re.search("@[0-9a-f]{40}$", name) for name, _ in used), path
        assert all(re.fullmatch(r" +# v\d+\.\d+\.\d+", version) for _, version in used), path
        workflow = yaml.safe_load(said)
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                if "actions/checkout@" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False, path
