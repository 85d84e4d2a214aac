"""Everything that the playground loads, in one folder that any host serves."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.output.page import html
from web.examples import examples
from web.packages import archive, packages

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
APP = HERE / "app"
MODULES = HERE / "node_modules"
CACHE = HERE.parent / "build" / "web-cache"
PYODIDE = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
STATIC = ("index.html", "style.css")
SERVICE_WORKER = "service-worker.js"


class BuildError(Exception):
    """The playground cannot be built here; the message says why."""


def build(target: Path) -> None:
    """Write the playground into a folder; what was made from the same sources is left as it is.

    Raises BuildError.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with _alone():
        install()
        stamp = _stamp()
        written = target / ".stamp"
        if not written.is_file() or written.read_text("utf-8") != stamp:
            shutil.rmtree(target, ignore_errors=True)
            _write(target, stamp)
            written.write_text(stamp, "utf-8")


def build_site(target: Path) -> Path:
    """Write the documentation into a folder; return the playground's in it. Raises BuildError."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir"]
    _run([*command, str(target.resolve())], HERE.parent, NO_MKDOCS_2_WARNING="1")
    playground = target / "playground"
    build(playground)
    return playground


def install() -> None:
    """Install what package-lock.json names, once. Raises BuildError without npm or network."""
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = MODULES / ".seqinspect-stamp"
    digest = hashlib.sha256(lock).hexdigest()
    if stamp.is_file() and stamp.read_text("utf-8") == digest:
        return
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], HERE)
    stamp.write_text(digest, "utf-8")


def sizes(target: Path) -> dict[str, int]:
    """Return the bytes of each file of a build, packed as hosts pack them."""
    return {name: len(gzip.compress((target / name).read_bytes(), 9)) for name in _names(target)}


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until nobody else builds: tests run in several processes."""
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamp() -> str:
    """Return what tells two sources apart."""
    digest = hashlib.sha256()
    for path in sorted([*APP.iterdir(), *HERE.glob("*.py"), HERE / "package-lock.json"]):
        digest.update(path.name.encode() + path.read_bytes())
    for name, content in packages().items():
        digest.update(name.encode() + content)
    digest.update(json.dumps(examples()).encode())
    return digest.hexdigest()


def _write(target: Path, stamp: str) -> None:
    (target / "pyodide").mkdir(parents=True)
    for name in PYODIDE:
        shutil.copyfile(MODULES / "pyodide" / name, target / "pyodide" / name)
    (target / "pyodide" / "pyodide-lock.json").write_text(_lock_without_packages(), "utf-8")
    for name in STATIC:
        shutil.copyfile(APP / name, target / name)
    (target / "page.css").write_text(html.stylesheet(), "ascii")
    _compile(target / "packages.tar.bz2")
    _bundle(target)
    names = ["./", *_names(target)]
    text = (APP / SERVICE_WORKER).read_text("utf-8")
    text = text.replace("__VERSION__", f"seqinspect-playground-{stamp[:16]}")
    (target / SERVICE_WORKER).write_text(text.replace("__FILES__", json.dumps(names)), "utf-8")


def _names(target: Path) -> list[str]:
    """Return the files that a page loads, the service worker that keeps them left out."""
    paths = (path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    return sorted(path for path in paths if path not in (SERVICE_WORKER, ".stamp"))


def _lock_without_packages() -> str:
    """Return Pyodide's list of packages that it could load from elsewhere: none."""
    lock = json.loads((MODULES / "pyodide" / "pyodide-lock.json").read_text("utf-8"))
    return json.dumps({**lock, "packages": {}})


def _compile(target: Path) -> None:
    """Write the Python packages, compiled, as one archive."""
    source = CACHE / "packages.zip"
    archive(packages(), source)
    _run(["node", str(APP / "compile.mjs"), str(source), str(target)], HERE)


def _bundle(target: Path) -> None:
    """Bundle the scripts of the page and of its worker; Pyodide stays as it is."""
    folder = CACHE / "app"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(APP, folder)
    (folder / "page.js").write_text(f"{html.script()}\nexport {{ seqinspectPage }};\n", "ascii")
    data = [each._asdict() for each in examples()]
    (folder / "examples.json").write_text(json.dumps(data), "utf-8")
    command = [str(MODULES / ".bin" / "esbuild"), "main.js", "worker.js", "--bundle", "--minify"]
    options = ["--format=esm", "--target=es2022", "--legal-comments=eof", f"--outdir={target}"]
    _run([*command, *options], folder, NODE_PATH=str(MODULES))


def _run(command: list[str], folder: Path, **variables: str) -> None:
    """Run a program. Raises BuildError with what it said."""
    program = shutil.which(command[0])
    if program is None:
        raise BuildError(f"{command[0]} is not installed: Node.js with npm is needed")
    done = subprocess.run(
        [program, *command[1:]], cwd=folder, env={**os.environ, **variables}, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if done.returncode:
        raise BuildError(f"{' '.join(command[:2])} failed:\n{done.stdout[-3000:]}")
