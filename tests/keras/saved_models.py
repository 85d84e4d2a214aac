"""Models saved by Keras itself and read back: `python -m tests.keras.saved_models --count 300`.

Of each spec of configs/ and of random ones, the Python source that `convert` writes is run; the
model that it makes is saved by Keras as a config, as a .keras archive and as an .h5 file, and each
is read: totals, shapes and causality must be those of the spec. So must those of the spec written
as YAML and as JSON, which Keras must read as the same model. `--applications` does the first with
the models of keras.applications that fit into memory, whose totals are Keras's own.
"""

from __future__ import annotations

import argparse
import inspect
import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.model.report import reachable_rows
from seqinspect.readers.spec import read_spec
from seqinspect.writers.conversion import convert_graph
from tests.keras.whole_models import draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.report import Report

CONFIGS = Path(__file__).parents[2] / "configs"
LARGE = 5_000_000
"""A model with more parameters is not built with its weights."""


def facts(report: Report) -> object:
    """What a model must have in every form; branches may come in another order.

    A call that no output depends on is in no file of Keras; how masks are made is in some.
    """
    rows = [row for row in report.top if not row.unsupported]
    layers = [(row.type, row.params) for row in reachable_rows(rows) if row.reuses is None]
    calls = [(row.type, [out.shape for out in row.outputs]) for row in rows if row.used]
    inputs = [given.tensor.shape for given in report.inputs]
    both = (report.params, report.trainable)
    return both, report.causal, inputs, sorted(layers), sorted(calls, key=repr)


def totals(model: Any) -> tuple[int, int]:
    """All numbers that Keras counts in a model, and those that it trains."""
    trained = {id(weight): math.prod(weight.shape) for weight in model.trainable_weights}
    return model.count_params(), sum(trained.values())


def judge(source: str | bytes, folder: Path) -> list[str]:
    """Return what is not the same in a form of a spec."""
    keras: Any = runtime.load()
    graph = read_spec(source)
    report = analyse(graph)
    wanted = facts(report)
    texts = {form: convert_graph(graph, form) for form in ("yaml", "json", "python")}
    source_text = texts.pop("python")
    texts["json → yaml"] = convert_graph(read_spec(texts["json"].encode()), "yaml")
    read = {name: analyse(read_spec(text.encode())) for name, text in texts.items()}
    wrong = []
    if report.params is not None and report.params <= LARGE:
        space: dict[str, Any] = {}
        exec(source_text, space)
        read |= saved(space["model"], folder)
        made = {
            "python in Keras": space["model"],
            "json in Keras": keras.models.model_from_json(texts["json"]),
        }
        both = (report.params, report.trainable)
        wrong = [name for name, model in made.items() if totals(model) != both]
    return wrong + [name for name, other in read.items() if facts(other) != wanted]


def saved(model: Any, folder: Path) -> dict[str, Report]:
    """Save a model in each form that Keras has, and read what it wrote."""
    (folder / "model.json").write_text(model.to_json(), encoding="utf-8")
    for ending in ("keras", "h5"):
        model.save(folder / f"model.{ending}")
    endings = ("json", "keras", "h5")
    return {f".{each}": analyse(read_spec(str(folder / f"model.{each}"))) for each in endings}


def specs(count: int, seed: int) -> Iterator[tuple[str, str | bytes]]:
    """Yield the specs of configs/ and random ones, each with a name."""
    for path in sorted(CONFIGS.glob("*.yaml")):
        yield path.stem, str(path)
    for index in range(count):
        yield f"--seed {seed} {index}", json.dumps(draw(f"{seed} {index}")).encode()


def applications(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Judge each model of keras.applications by Keras's own totals."""
    keras: Any = runtime.load()
    for name, make in inspect.getmembers(keras.applications, inspect.isfunction):
        keras.backend.clear_session()
        model = make(weights=None)
        path = folder / f"{name}.json"
        path.write_text(model.to_json(), encoding="utf-8")
        report = analyse(read_spec(str(path)))
        shape = [output.shape for output in report.top[-1].outputs]
        same = (report.params, report.trainable) == totals(model) and report.complete
        yield name, [] if same and shape == [tuple(model.output.shape)] else [str(report.params)]


def main() -> int:
    """Judge many models; print what is not the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--applications", action="store_true")
    options = parser.parse_args()
    judged = wrong = 0
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, source in specs(options.count, options.seed):
            try:
                found = judge(source, folder)
            except (SpecError, KeyError, TypeError, ValueError) as error:
                found = [f"{type(error).__name__}: {error}"]
            judged, wrong = judged + 1, wrong + bool(found)
            if found:
                print(f"{title}: {', '.join(found)}", flush=True)
        for title, found in applications(folder) if options.applications else ():
            judged, wrong = judged + 1, wrong + bool(found)
            print(title, *found, flush=True)
    print(f"{wrong} disagreements in {judged} models, {time.perf_counter() - started:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
