"""One target under atheris, the coverage-guided fuzzer of Python that is built on libFuzzer."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import traceback
from contextlib import suppress
from pathlib import Path

import atheris

ROOT = Path(__file__).parent.parent
PACKAGE = "seqinspect"
COVERED = {
    "yaml": ("readers.dialect", "readers.elements", "rules", "analysis", "time", "lint", "explain"),
    "json": ("readers.keras_config", "readers.elements"),
    "to_yaml": ("readers.keras_config", "readers.elements"),
    "keras": ("readers.source", "readers.keras_config"),
    "h5": ("readers.source", "readers.keras_config"),
    "weights": ("readers.source", "compare"),
    "settings": ("lint",),
    "lock": ("compare", "lint"),
    "python": ("readers.python", "readers.elements"),
    "notebook": ("readers.python",),
    "space": ("space",),
    "expression": ("readers.elements", "algebra"),
    "data": ("readers.source", "lint"),
}
"""Whose branches lead each target; to count those of everything takes twice as long."""

OTHERS = {
    "keras": ["zipfile"],
    "h5": ["pyfive"],
    "weights": ["pyfive"],
    "settings": ["tomllib"],
    "data": ["zipfile"],
}
"""Libraries whose branches are counted, too."""

LIMITS = "layers=40"
"""A repeated block of a hundred thousand layers is tested elsewhere; here it would only be slow."""

SAVED = "finding-"
WORDS = re.compile(r"\W?\w*[^a-z\s]\w*\W?")
"""What differs from one message to the next of its kind: numbers, quoted names."""

HANG, MEMORY = 60, 2048
"""Seconds after which an input that never ends is killed, and mebibytes of a process."""


def main(name: str, runs: int, folder: Path) -> None:
    """Run a target so many times; it never returns. Findings are kept as files in the folder."""
    os.environ["SEQINSPECT_LIMITS"] = LIMITS
    with atheris.instrument_imports([PACKAGE, *OTHERS.get(name, [])], _left_out(COVERED[name])):
        # Imported here, they are instrumented.
        from fuzz.targets import TARGETS, judge, judge_in_time  # noqa: PLC0415
        from seqinspect.space import axes  # noqa: PLC0415

        # The values of an axis are kept, and ten million of them take more than an input may.
        axes.MAX_VALUES = 1000

        target = TARGETS[name]
        seeds = [seed for seed in target.seeds() if len(seed) <= target.most]
        known: dict[str, int] = {}

        def once(data: bytes) -> None:
            try:
                judge_in_time(name, data)
            except Exception as error:
                _keep(error, data, folder, known)

        for data in seeds:  # what is imported late is instrumented, too, and that takes its time
            with suppress(Exception):
                judge(name, data)
        for data in (*seeds, *_earlier(folder)):
            once(data)
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for seed in seeds:
        (corpus / hashlib.sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)
    options = [
        f"-runs={runs}", f"-max_len={target.most}", f"-timeout={HANG}", "-len_control=0",
        f"-report_slow_units={HANG}", f"-rss_limit_mb={MEMORY}", "-print_final_stats=1",
        "-reload=0", f"-artifact_prefix={folder / SAVED}", str(corpus),
    ]  # fmt: skip
    words = target.words()
    change = target.change(seeds, words, _of_bytes) if words else None
    atheris.Setup([sys.argv[0], *options], once, custom_mutator=change)
    atheris.Fuzz()


def _of_bytes(data: bytes, most: int) -> bytes:
    """Mutate bytes as libFuzzer does; Fuzz() replaces the function, so it is looked up late."""
    return bytes(atheris.Mutate(data, most))


def _left_out(covered: tuple[str, ...]) -> list[str]:
    """Return the modules that begin with none of these names."""
    root = ROOT / "src" / PACKAGE
    names = [".".join(path.relative_to(root).with_suffix("").parts) for path in root.rglob("*.py")]
    return [f"{PACKAGE}.{name}".removesuffix(".__init__")
            for name in names if not name.startswith(covered)]  # fmt: skip


def _earlier(folder: Path) -> list[bytes]:
    """Take away what was found before, and return it: what still fails is found again."""
    found = [
        path
        for path in folder.glob(f"{SAVED}*")
        if re.fullmatch(r"\w+", path.name.removeprefix(SAVED))
    ]
    inputs = [path.read_bytes() for path in found]
    for path in found:
        path.unlink()
        path.with_name(f"{path.name}.txt").unlink(missing_ok=True)
    return inputs


def _keep(error: Exception, data: bytes, folder: Path, known: dict[str, int]) -> None:
    """Keep the shortest input of each place at which something escaped."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "seqinspect" in f.filename]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    kind = "" if isinstance(error, RecursionError) else where or WORDS.sub("", str(error))[:60]
    key = hashlib.sha1(
        f"{type(error).__name__} {kind}".encode(), usedforsecurity=False
    ).hexdigest()[:12]
    if len(data) >= known.get(key, sys.maxsize):
        return
    known[key] = len(data)
    (folder / f"{SAVED}{key}").write_bytes(data)
    said = "".join(traceback.format_exception(error))
    (folder / f"{SAVED}{key}.txt").write_text(said, "utf-8", "backslashreplace")
    print(f"FINDING {key}: {type(error).__name__} at {where}: {error}"[:300], file=sys.stderr)
