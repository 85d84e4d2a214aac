"""`python packaging/versions.py whole|light`: install with other versions, and try it there.

An environment of its own is made by uv, from the registries that can be reached.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUESTION = ROOT / "configs" / "question_every_step.yaml"
COUNT = "n×(9×n+5) = 616"

RESOLUTIONS: dict[str, tuple[str, ...]] = {
    "highest": (),
    "lowest": ("--resolution", "lowest-direct"),
    "prereleases": ("--prerelease", "allow"),
    "nightly": (),
}
"""What uv is told about versions; nightly puts keras-nightly in the place of keras."""

BACKENDS = {"tensorflow": ["tensorflow"], "jax": ["jax"], "torch": ["torch"],
            "numpy": ["jax", "scipy"]}  # fmt: skip
"""What each backend of Keras needs."""


def main() -> int:
    """Return 0 where all that was tried passed."""
    parser = argparse.ArgumentParser(prog="python packaging/versions.py", description=__doc__)
    parser.add_argument("distribution", choices=("whole", "light"))
    parser.add_argument("--python", default=f"{sys.version_info[0]}.{sys.version_info[1]}")
    parser.add_argument("--versions", choices=tuple(RESOLUTIONS), default="highest")
    parser.add_argument("--backend", choices=tuple(BACKENDS), default="tensorflow")
    asked = parser.parse_args()
    if shutil.which("uv") is None:
        parser.error("uv is needed: pip install uv")
    with tempfile.TemporaryDirectory() as folder:
        bin_folder = Path(folder, "Scripts" if os.name == "nt" else "bin")
        python = bin_folder / "python"
        run("uv", "venv", "--quiet", "--python", asked.python, folder)
        if asked.distribution == "light":
            install(python, str(ROOT / "packaging" / "static"), *TESTS)
            return try_light(python)
        install_whole(python, asked.versions, asked.backend)
        return try_whole(python, asked.versions, asked.backend)


TESTS = ("hypothesis", "jsonschema", "pytest", "pytest-xdist", "ruff", "sympy")


def install(python: Path, *what: str) -> None:
    """Install packages by uv. Raises CalledProcessError."""
    run("uv", "pip", "install", "--quiet", "--python", str(python), *what)


def install_whole(python: Path, versions: str, backend: str) -> None:
    """Install seqinspect with a Keras, and the tests' packages."""
    if backend == "tensorflow" and versions != "nightly":
        install(python, *RESOLUTIONS[versions], str(ROOT))
    else:
        keras = "keras-nightly" if versions == "nightly" else "keras"
        install(python, str(ROOT / "packaging" / "static"), keras, *BACKENDS[backend])
        if versions == "nightly":  # TensorFlow brings keras, which has the same files
            run("uv", "pip", "uninstall", "--quiet", "--python", str(python), "keras")
            install(python, "--reinstall-package", keras, "--prerelease", "allow", keras)
    install(python, *TESTS)


def try_light(python: Path) -> int:
    """Try the part that needs no Keras: the questions' configs and its tests."""
    answer = seqinspect(python, "describe", QUESTION)
    if COUNT not in answer or "it is not installed" not in answer:
        print(answer)
        return 1
    return tests(python, "not keras and not browser", "tests/unit", "tests/golden", "tests/rules")


def try_whole(python: Path, versions: str, backend: str) -> int:
    """Try what Keras confirms: the configs by experiment, every rule, and what is new in Keras."""
    os.environ["KERAS_BACKEND"] = backend
    for config in sorted((ROOT / "configs").glob("*.yaml")):
        answer = seqinspect(python, "describe", "--no-cache", config)
        print(answer.strip().rpartition("\n")[2], config.name, flush=True)
        if "confirmed by Keras" not in answer:
            return 1
    judge = [python, "-W", "ignore", "-m", "tests.rules.judge"]
    judged = subprocess.run([*judge, "--agree", "10"], cwd=ROOT, check=False)
    shown = subprocess.run([*judge, "--exceptions"], cwd=ROOT, check=False)
    new = tests(python, "keras or not keras", "tests/meta/test_coverage.py",
                "tests/rules/test_signatures.py") if versions != "lowest" else 0  # fmt: skip
    return judged.returncode or shown.returncode or new


def seqinspect(python: Path, *words: str | Path) -> str:
    """Return what a command prints, whatever its exit code."""
    command = [python, "-m", "seqinspect", *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False,
                          env={**os.environ, "PYTHONUTF8": "1"})  # fmt: skip
    return done.stdout + done.stderr


def tests(python: Path, marks: str, *where: str) -> int:
    """Run tests, and return pytest's exit code."""
    command = [python, "-m", "pytest", "-q", "-n", "2", "-m", marks, *where]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def run(*command: str) -> None:
    """Run a command that must succeed. Raises CalledProcessError."""
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
