"""The twin of a model as Python source: what it keeps before the first step, and one step."""

from __future__ import annotations

import ast
from importlib import resources
from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.writers.python_format import string_literal
from seqinspect.writers.python_source import python_source
from seqinspect.writers.twin.calls import CallWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.graph import Graph
    from seqinspect.streaming.analyse import Plan

FUNCTIONS = "step_functions.py"
"""The module of `keras_model` whose functions the source has."""


def twin_source(graph: Graph, plan: Plan) -> str:
    """Return Python source of a model and of its twin that runs a step at a time.

    The twin calls the layers of the model: its weights are those of the model. Raises SpecError
    where the model cannot be fed step by step, a size is not known, or a call cannot be written.
    """
    require_yes(plan)
    found = plan.found
    unknown = sorted(name for name, number in found.report.sizes.items() if number is None)
    if unknown:
        refuse(
            f"a twin needs numbers for all sizes: {', '.join(unknown)}",
            received="sizes that are not known",
            expected="numbers",
            remedy=f"--set {unknown[0]}=…",
        )
    writer = CallWriter(plan)
    writer.write()
    model = _indented(_build(graph))
    names = {*writer.functions}
    parts = [
        _heading(plan),
        "from inspect import signature\n\nimport keras\nfrom keras import layers, ops\n",
        f"def build_model():\n{model}    return model\n",
        *_functions(names),
        _states_function(plan, writer),
        _step_function(plan, writer),
    ]
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def require_yes(plan: Plan) -> None:
    """Refuse a model that cannot be fed step by step. Raises SpecError."""
    found = plan.found
    if found.answer != "yes":
        refuse(
            f"{found.report.model} has no twin that runs a step at a time",
            received=f"a model of which the answer is: {found.answer}",
            expected="a model that can be fed step by step",
            remedy="seqinspect stream SPEC says which layer is why",
        )


def _heading(plan: Plan) -> str:
    found = plan.found
    fed, once = ", ".join(_names(found.fed)), "".join(f", {name}" for name in _names(found.given))
    lines = [
        f"{found.report.model!r} and its twin that runs a step at a time.",
        "",
        "    model = build_model()",
        "    model.load_weights(FILE)",
        f"    states = first_states(model{once})",
        f"    outputs, states = step(model, states, {fed})",
        "",
        f"{fed}: one step, with the batch before and its features after it. With the last one goes",
        "last=True: what still waits is made. An output is None while it is not ready.",
    ]
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{text}\n"""\n'


def _names(names: tuple[str, ...]) -> list[str]:
    return [name if name.isidentifier() else f"input_{at}" for at, name in enumerate(names)]


def _build(graph: Graph) -> str:
    """Return the statements that build the model."""
    lines = python_source(graph).splitlines()
    return "\n".join(line for line in lines if not line.startswith(("import ", "from ")))


def _indented(text: str) -> str:
    lines = text.strip("\n").splitlines()
    return "".join(f"    {line}\n" if line else "\n" for line in lines)


def _functions(names: set[str]) -> Iterator[str]:
    """Yield the functions that the source needs, without their annotations."""
    text = resources.files("seqinspect.keras_model").joinpath(FUNCTIONS).read_text("utf-8")
    found = {x.name: x for x in ast.parse(text).body if isinstance(x, ast.FunctionDef)}
    wanted = set(names)
    while True:
        used = {
            node.id
            for name in wanted
            for node in ast.walk(found[name])
            if isinstance(node, ast.Name) and node.id in found
        }
        if used <= wanted:
            break
        wanted |= used
    for name, function in found.items():
        if name in wanted:
            for node in ast.walk(function):
                if isinstance(node, ast.arg):
                    node.annotation = None
                elif isinstance(node, ast.FunctionDef):
                    node.returns = None
            yield ast.unparse(function)


def _states_function(plan: Plan, writer: CallWriter) -> str:
    once = "".join(f", {name}" for name in _names(plan.found.given))
    called = any("layer(" in code for code in (*writer.once, *writer.states.values()))
    layer = ["    layer = model.get_layer\n"] if called else []
    body = [*layer, *(f"    {line}\n" for line in writer.once)]
    states = "".join(
        f"        {string_literal(name)}: {code},\n" for name, code in writer.states.items()
    )
    returned = f"    return {{\n{states}    }}\n" if states else "    return {}\n"
    return (
        f"def first_states(model{once}, batch_size=1):\n"
        f'    """Return what is kept before the first step."""\n{"".join(body)}{returned}'
    )


def _step_function(plan: Plan, writer: CallWriter) -> str:
    fed = ", ".join(_names(plan.found.fed))
    lines = ["kept = {}", "layer = model.get_layer", *writer.lines]
    outputs = ", ".join(writer.outputs)
    lines.append(f"return {outputs if len(writer.outputs) == 1 else f'({outputs})'}, kept")
    body = "".join(f"    {line}\n" for line in lines)
    return (
        f"def step(model, states, {fed}, last=False):\n"
        f'    """Return the outputs that one more step makes ready, and what is kept."""\n{body}'
    )
