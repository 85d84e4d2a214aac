"""Parameter counts, shapes and time steps of Keras sequence models, from a small YAML file.

`describe` says what is known of a path, a mapping, a Keras model or a layer; `check` what is wrong
with it, `diff` what changed, `stream` what it takes to feed it step by step, `size` how large it
can be, and `sweep` what a space of sizes makes. Below them, `read_spec` makes a Graph of a file,
`analyse` a Report of a Graph, and `confirm` asks Keras whether the Report is right. Nothing is
imported before it is used: `analyse` never needs TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqinspect.analysis.walk import analyse
    from seqinspect.api import Description, check, describe, diff, size, stream, sweep
    from seqinspect.errors import Place, Problem, SpecError
    from seqinspect.keras_model.build.compare import confirm
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report, Row
    from seqinspect.readers.spec import read_spec
    from seqinspect.streaming.data import Streaming

__version__ = "0.2.0"

__all__ = [
    "Description",
    "Graph",
    "Place",
    "Problem",
    "Report",
    "Row",
    "SpecError",
    "Streaming",
    "__version__",
    "analyse",
    "check",
    "confirm",
    "describe",
    "diff",
    "read_spec",
    "size",
    "stream",
    "sweep",
]

_HOMES = {
    "Description": "seqinspect.api",
    "Graph": "seqinspect.model.graph",
    "Place": "seqinspect.errors",
    "Problem": "seqinspect.errors",
    "Report": "seqinspect.model.report",
    "Row": "seqinspect.model.report",
    "SpecError": "seqinspect.errors",
    "Streaming": "seqinspect.streaming.data",
    "analyse": "seqinspect.analysis.walk",
    "check": "seqinspect.api",
    "confirm": "seqinspect.keras_model.build.compare",
    "describe": "seqinspect.api",
    "diff": "seqinspect.api",
    "read_spec": "seqinspect.readers.spec",
    "size": "seqinspect.api",
    "stream": "seqinspect.api",
    "sweep": "seqinspect.api",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only who uses a name pays for it

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
