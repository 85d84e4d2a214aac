"""Why no rule states a layer, and what was made of an older one, in words.

They stand this low since errors of readers and writers say the same as a report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.reasons import (
    CodeArgument,
    CustomClass,
    CustomFunction,
    Forbidden,
    FromKeras,
    NotRead,
    NotRun,
    Operation,
    RenamedClass,
    Translated,
    UnknownArgument,
    UnknownArguments,
    Unstated,
    Within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seqinspect.errors import Place
    from seqinspect.model.reasons import Reason, Translation

FORBIDDEN: Mapping[Forbidden, str] = {
    Forbidden.CODE: "holds code of its author, which is never run",
    Forbidden.SAVED_MODEL: "loads a SavedModel, which is never opened",
    Forbidden.TORCH_MODULE: "holds a pickled PyTorch module, which is never opened",
    Forbidden.VOCABULARY_FILE: "looks words up in a file, which is never opened",
    Forbidden.VOCABULARY: "looks words up, in a table that is not read",
}

UNSTATED: Mapping[Unstated, str] = {
    Unstated.NO_RULE: "a layer of Keras that no rule states yet",
    Unstated.UNKNOWN_INPUT_SHAPE: "what it reads has no known shape",
}

TRANSLATED: Mapping[Translated, str] = {
    Translated.SHAPE_FROM_KERNEL: (
        "the shape follows from kernel, strides and padding, not from output_shape"
    ),
    Translated.RESET_AFTER_FALSE: (
        "reset_after is false, as in keras before 2.4 (tf.keras 2 has true)"
    ),
    Translated.DENSE_PER_STEP: "TimeDistributedDense of an older Keras: Dense does the same",
    Translated.HARD_SIGMOID: "recurrent_activation is hard_sigmoid, as in keras before 2.3",
    Translated.SECOND_FORWARD: "its second layer goes forward, as it did before Keras 3",
}


def reason_text(reason: Reason) -> str:
    """Return why no rule states a layer, a few words that stand after its name."""
    match reason:
        case Unstated():
            return UNSTATED[reason]
        case NotRun(what, argument, value):
            return FORBIDDEN[what] + (f" ({argument} {value})" if argument else "")
        case CustomClass(name):
            return f"a custom class{f': {name}' if name else ''}"
        case NotRead(text):
            return f"code that is not read: `{text}`"
        case FromKeras(targets, within):
            where = " within" if within else ""
            return f"weights and shapes from Keras ({', '.join(targets)}{where})"
        case UnknownArguments(names):
            return f"has arguments that are not understood: {', '.join(f'`{n}`' for n in names)}"
        case Operation(name, text, _):
            return (
                f"an operation that is not understood: {text}" if text else f"an operation: {name}"
            )
        case Within(kind, name, inner):
            noun = inner is Unstated.NO_RULE or isinstance(inner, CustomClass | NotRead | Operation)
            return f"{kind} `{name}` within it {'is ' if noun else ''}{reason_text(inner)}"


def translation_text(translations: Iterable[Translation]) -> str:
    """Return what an older Keras called otherwise, and what was passed over."""
    return "; ".join(map(_translation, translations))


def _translation(translation: Translation) -> str:
    match translation:
        case Translated():
            return TRANSLATED[translation]
        case RenamedClass(old):
            return f"{old} of an older Keras"
        case CustomFunction(argument, name):
            return f"{argument}: {name}, which no rule states, changes no shape and no count"
        case CodeArgument(argument):
            return f"{argument}: {FORBIDDEN[Forbidden.CODE]}"
        case UnknownArgument(argument, text, place):
            return f"{argument} is not known: {text}{_line(place)}"


def _line(place: Place | None) -> str:
    """Return the line of a place in the same source, in a notebook with its cell."""
    if place is None:
        return ""
    cell = place.file.rpartition(":cell ")[2] if ":cell " in place.file else ""
    return f", {f'cell {cell}, ' if cell else ''}line {place.line}"
