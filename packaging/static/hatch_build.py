"""Where the source of the light distribution is: two folders up, or within its own sdist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "src/seqinspect"


class SourceHook(BuildHookInterface[Any]):
    """Puts the package into the wheel, and its source into the sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the folder of the source to the builder."""
        here = Path(self.root)
        unpacked = here / PACKAGE
        source = unpacked if unpacked.is_dir() else here.parent.parent / PACKAGE
        place = "seqinspect" if self.target_name == "wheel" else PACKAGE
        build_data["force_include"][str(source)] = place
