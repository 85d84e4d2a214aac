"""What a writer needs to say of a graph: arguments that differ from Keras's defaults, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.compare.argument_diff import is_default, without_neutral_arguments
from seqinspect.errors import Problem, SpecError
from seqinspect.model.graph import Graph, Layer, UnknownValue
from seqinspect.model.nesting import layers_of, rewritten, translations_of
from seqinspect.model.reasons import UnknownArgument
from seqinspect.records import replace
from seqinspect.rules import COMMON, find_rule, traits_of
from seqinspect.rules.index import LEGACY_CLASSES
from seqinspect.rules.objects import Named
from seqinspect.rules.reason_text import reason_text, translation_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.reasons import Translation
    from seqinspect.rules import Parameter

MAX_PROBLEMS = 5
"""So many layers that cannot be written are named."""


def normalise(graph: Graph, *, comments: bool = True) -> Graph:
    """Return the graph with the arguments that say something.

    An argument that is not known and has a default is left out where the form holds `comments`.
    Raises SpecError on what cannot be written.
    """
    problems = list(_unwritable(graph, comments=comments))
    if any(model_input.shape is None for model_input in graph.inputs):
        problems.append(
            Problem(
                f"{graph.name or 'the model'} does not say what it is called on",
                expected="a model that was built, or that has an input",
                place=graph.inputs[0].place,
                about="input",
            )
        )
    if problems:
        raise SpecError(*problems[:MAX_PROBLEMS])
    return rewritten(graph, of_layer=_layer)


def _unwritable(graph: Graph, *, comments: bool) -> Iterator[Problem]:
    """Yield what is wrong with each layer that no form can hold."""
    for layer in layers_of(graph):
        expected = "layers that seqinspect understands"
        remedy = "replace it by layers of Keras; describe shows it as far as it is known"
        if layer.unsupported is not None:
            reason = reason_text(layer.unsupported.reason)
        elif layer.graph is not None:
            continue
        elif layer.type in LEGACY_CLASSES:
            reason = "Keras 3 has no such layer"
        elif find_rule(layer.type) is None:
            reason = "no rule states it"
        elif unknown := _unwritten(layer, comments=comments):
            reason = translation_text(unknown)
            expected, remedy = "values that the code says", "write them into the code"
        else:
            continue
        yield Problem(
            f"{layer.type} `{layer.name}` cannot be converted",
            received=reason,
            expected=expected,
            remedy=remedy,
            place=layer.place,
            about="unsupported",
        )


def _unwritten(layer: Layer, *, comments: bool) -> list[Translation]:
    """Return the arguments that are not known and that cannot be left out with a comment."""
    rule = find_rule(layer.type)
    required = {parameter.name for parameter in rule.demanded} if rule is not None else set()
    unknown = {
        name
        for name, value in layer.arguments.items()
        if isinstance(value, UnknownValue) and not (comments and name not in required)
    }
    return [
        each
        for each in translations_of(layer)
        if isinstance(each, UnknownArgument) and each.argument in unknown
    ]


def _layer(layer: Layer) -> Layer:
    """Return a layer, whose inner layers are done, with the arguments that say something."""
    if layer.graph is not None:
        return replace(layer, arguments={})
    rule = find_rule(layer.type)
    options = {**COMMON, **(rule.options if rule is not None else {})}
    ordered = [*(rule.options if rule is not None else ()), *COMMON]
    arguments = {
        name: _value(options[name], layer.arguments[name])
        for name in dict.fromkeys(ordered)
        if name in layer.arguments
        and not isinstance(layer.arguments[name], UnknownValue)
        and not is_default(options[name], layer.arguments[name])
    }
    traits = traits_of(layer.type)
    arguments = {traits.old_names.get(name, name): value for name, value in arguments.items()}
    if traits.both_directions:
        arguments = _without_mirrored_layer(arguments)
    return replace(layer, arguments=arguments, translated=translations_of(layer))


def _value(parameter: Parameter, value: object) -> object:
    """Return a value as it is written: one size instead of a list of one."""
    if isinstance(value, tuple) and len(value) == 1 and parameter.kind.startswith("Sizes"):
        return value[0]
    return without_neutral_arguments(value) if isinstance(value, Named) else value


def _without_mirrored_layer(arguments: dict[str, object]) -> dict[str, object]:
    """Leave out the second layer of a Bidirectional where Keras makes it of the first."""
    forward, backward = arguments.get("layer"), arguments.get("backward_layer")
    if not isinstance(forward, Layer):
        return arguments
    base = forward.name.removeprefix("forward_")
    if isinstance(backward, Layer):
        # Keras 3 makes none that goes forward.
        mirrored = "go_backwards" not in forward.arguments and backward.type == forward.type
        flipped = {**forward.arguments, "go_backwards": True}
        if not mirrored or (backward.arguments, backward.name) != (flipped, f"backward_{base}"):
            return arguments
    shortened = {name: value for name, value in arguments.items() if name != "backward_layer"}
    shortened["layer"] = replace(forward, name=base)
    return shortened
