"""Code in which no model is found: why, and what to do instead."""

from __future__ import annotations

import ast
import re
from keyword import iskeyword
from pathlib import PurePath
from typing import TYPE_CHECKING

from seqinspect.errors import Place, Problem, SpecError, excerpt
from seqinspect.readers.python.sources import source_of

if TYPE_CHECKING:
    from seqinspect.readers.python.code import Code

TORCH = frozenset({"torch", "pytorch_lightning", "lightning"})
LOADERS = frozenset({"load_model", "model_from_json", "model_from_yaml"})
FILE = re.compile(r"[\w./-]+")


def no_model(code: Code, asked: str) -> SpecError:
    """Return the error for a source that builds no model; `asked` is the one that was asked for."""
    for explain in (_empty, _torch, _loaded, _no_python):
        problem = explain(code)
        if problem is not None:
            return SpecError(problem)
    path = object_path(code.file, asked or _object_name(code))
    return SpecError(
        Problem(
            "no Keras model is built in this code",
            expected="Sequential(...), Model(inputs, outputs) or a class that derives from Model",
            remedy=f"name the object, where it can be imported: {path}"
            if path
            else "name the file that builds the model",
            place=code.place(1, 1),
            about="root",
        )
    )


def object_path(file: str, model: str) -> str:
    """Return how a command names an object of a module, which is then imported; empty if none."""
    path = PurePath(file)
    parts = path.with_suffix("").parts
    if not model or path.suffix != ".py" or not parts[-1].isidentifier() or iskeyword(parts[-1]):
        return ""
    module = ".".join(parts if all(map(str.isidentifier, parts)) else parts[-1:])
    return f"{module}:{model} --allow-imports"


def _object_name(code: Code) -> str:
    """Return the variable of the module that a model may be in; empty where there is none."""
    if code.python2 or code.skipped:
        return ""
    names = [
        statement.targets[0].id
        for statement in code.tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Call)
    ]
    return next((name for name in reversed(names) if "model" in name.lower()), "")


def _empty(code: Code) -> Problem | None:
    if any(line.strip() for line in code.lines):
        return None
    return Problem(
        "there is no code in this file",
        expected="Python source that builds a Keras model",
        remedy="save the notebook with its cells, or name the file that builds the model"
        if code.file.endswith(".ipynb")
        else "name the file that builds the model",
        place=Place(code.file, 1, 1),
        about="root",
    )


def _torch(code: Code) -> Problem | None:
    for node in ast.walk(code.tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        if any(name.partition(".")[0] in TORCH for name in names):
            return Problem(
                "this is code of PyTorch, and builds no Keras model",
                received=source_of(node),
                expected="layers of Keras",
                remedy="write the layers as a spec: `input: [10, 8]` and `layers: [{LSTM: 16}]`",
                place=code.place(node.lineno, code.column(node)),
                line=code.line(node.lineno, code.column(node)),
                about="root",
            )
    return None


def _loaded(code: Code) -> Problem | None:
    for node in ast.walk(code.tree):
        name = source_of(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in LOADERS:
            first = node.args[0] if node.args else None
            file = first.value if isinstance(first, ast.Constant) else None
            at = code.column(node)
            return Problem(
                "this code loads a model and builds none",
                received=source_of(node),
                expected="code that builds it, or the file that is loaded",
                remedy=f"seqinspect describe {file}"
                if name == "load_model" and isinstance(file, str) and FILE.fullmatch(file)
                else "name the file that it loads",
                place=code.place(node.lineno, at),
                line=code.line(node.lineno, at),
                about="root",
            )
    return None


def _no_python(code: Code) -> Problem | None:
    if not code.skipped:
        return None
    number, text = min(code.skipped.items())
    more = len(code.skipped) - 1
    return Problem(
        "no Keras model is built in what of this code is Python",
        received="a line that is no Python" + (f", and {more} more" if more else ""),
        expected="Sequential(...), Model(inputs, outputs) or a class that derives from Model",
        remedy="correct that line: what belongs to it is passed over",
        place=code.place(number, 1),
        line=excerpt(text, 1),
        about="syntax",
    )
