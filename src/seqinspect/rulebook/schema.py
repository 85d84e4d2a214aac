"""The JSON Schema of the YAML dialect, for editors: made of the rules' signatures.

It knows what can be said, not what it means: sizes may be names, which only a reader resolves, and
a class that no rule has may be custom, where the spec names custom classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.readers.dialect.arguments import KINDS
from seqinspect.readers.elements.inputs import DTYPES as INPUT_DTYPES
from seqinspect.readers.elements.inputs import IGNORED_KEYS, INPUT_KEYS
from seqinspect.readers.elements.names import NAME
from seqinspect.readers.keras_config.keras1 import EXPECTED, FIRST_LAYER, MEANINGLESS
from seqinspect.rulebook.pages import format_value, paragraphs, takes
from seqinspect.rules import ALIASES, RULES, Parameter, Rule
from seqinspect.rules.argument_words import CALL_WORDS, argument_words, choice_words
from seqinspect.rules.arguments import ACTIVATION, choices_of
from seqinspect.rules.index import INPUT_NAMES, MODEL_NAMES
from seqinspect.rules.objects import ACTIVATIONS, DTYPES, FAMILIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Schema = dict[str, Any]

ID = "urn:seqinspect:spec:1"
ANY: Schema = {}
OWN = "^[A-Z$]"
"""How the name of a class begins, and of a choice; one that is not known may be custom."""

KIND = "kind."
"""Before the names of kinds, so that the kind Activation is not the class."""

NO_WORDS: dict[object, str] = {}

CHOICE: Schema = {"type": "string", "pattern": f"^\\${NAME.pattern}$", "title": "a choice"}
"""`$name`, of a name under `choices`, stands for any word, number, true or false."""

SIZE: Schema = {"type": ["integer", "string"], "minimum": 1}
COUNT: Schema = {"type": ["integer", "string"], "minimum": 0}
LAYER: Schema = {"$ref": "#/$defs/layer"}
NULL: Schema = {"type": "null"}

NEEDED = "arguments without a default are missing"

HIDDEN: Schema = {"doNotSuggest": True}
"""What may stand there and is not offered, in the words of the YAML language server."""

DEAD: Schema = {"description": "Of older versions of Keras.", "deprecated": True, **HIDDEN}


def schema() -> Schema:
    """Return the schema (draft 2020-12) of a spec."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "description": "A Keras sequence model: sizes, inputs and layers.",
        "type": "object",
        "required": ["layers"],
        "additionalProperties": False,
        "properties": {
            "name": _said("What the model is called; without it, as the file.", type="string"),
            "dims": _said(
                "Sizes by name, by which formulas and shapes are written. An expression may use"
                " names above it (2*n); null is a size that is not known. A number with a fraction"
                " is for arguments that are no sizes, such as a rate.",
                type="object",
                propertyNames={"pattern": f"^{NAME.pattern}$"},
                additionalProperties={"type": ["number", "string", "null"]},
            ),
            "choices": _said(
                "Names of what may be one of several values, such as `cell: [LSTM, GRU]`: `$cell`"
                " stands for it, as a class or an argument. The first holds; `--set cell=GRU` and"
                " `seqinspect sweep` take others.",
                type="object",
                propertyNames={"pattern": f"^{NAME.pattern}$"},
                additionalProperties={
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": ["string", "number", "boolean"]},
                },
            ),
            **_body(),
            "custom": _said(
                "Classes of your own, as package.module:Class; imported only with --allow-imports.",
                type="object",
                additionalProperties={"type": "string", "pattern": "^[^:]+:[^:]+$"},
            ),
            "expect": _said(
                "What must hold, for `seqinspect check`: params, causal, output, …", type="object"
            ),
        },
        "if": {"required": ["custom"]},
        "else": {"properties": {"layers": {"items": {"$ref": "#/$defs/of Keras"}}}},
        "$defs": {
            "shape": {
                "type": "array",
                "items": {
                    "type": ["integer", "string", "null"],
                    "minimum": -1,
                    "not": {"const": 0},
                },
            },
            "input": _input(),
            "refs": {"type": ["string", "array"], "items": {"type": "string"}},
            "model": _any(
                {"type": "array", "items": LAYER},
                {"type": "object", "properties": {"name": {"type": "string"}, **_body()}},
            ),
            "layer": _layer(),
            "of Keras": _of_keras(),
            **_kinds(),
            **_rules(),
        },
    }


def _said(words: str, /, **form: Any) -> Schema:
    return {"description": words, **form}


def _body() -> Schema:
    """What a model has, at the top or within another."""
    one = {"$ref": "#/$defs/input"}
    return {
        "input": _said(
            "The shape of one sample, without the batch: [T, n] is T steps of n features."
            " Or {shape: [T], dtype: int32, batch: 32, time_axis: 1}.",
            **one,
        ),
        "inputs": _said("Several inputs by name.", type="object", additionalProperties=one),
        "layers": _said(
            "One entry a layer, in the order of the calls: a Keras class with its arguments.",
            type="array", minItems=1, items=LAYER,
        ),
        "outputs": _said(
            "The layers whose outputs the model returns; without it, the last one.",
            **{"$ref": "#/$defs/refs"},
        ),
    }  # fmt: skip


def _input() -> Schema:
    shape: Schema = {"$ref": "#/$defs/shape"}
    properties: Schema = dict.fromkeys((*INPUT_KEYS, *IGNORED_KEYS), HIDDEN)
    properties |= {
        "shape": _said("Sizes without the batch.", **_any(shape, SIZE)),
        "batch_shape": _said("Sizes with the batch first.", **shape),
        "batch": _said("A fixed batch size, as `stateful` needs it.", **_any(SIZE, NULL)),
        "dtype": _said("int32 for what an Embedding reads.", enum=list(INPUT_DTYPES)),
        "time_axis": _said(
            "The axis that counts time steps, with the batch as 0; null: none does.",
            type=["integer", "null"],
        ),
        "name": _said("What the input is called; without it, input.", type="string"),
    }
    return _any(shape, SIZE, {"type": "object", "properties": properties})


def _layer() -> Schema:
    """One entry of `layers`: a class with arguments, or its name alone where it needs none."""
    return {
        "if": {"type": "string"},
        "then": {
            "if": {"enum": [name for name, rule in _classes() if rule.demanded]},
            "then": {"type": "object", "errorMessage": f"{NEEDED}: write them behind the class"},
        },
        "else": _entry(),
    }


def _classes() -> Iterator[tuple[str, Rule]]:
    """Yield the names that classes have, aliases included."""
    yield from RULES.items()
    yield from ((alias, RULES[name]) for alias, name in ALIASES.items())


def _entry() -> Schema:
    """An entry with arguments; where it has its class, no other one is offered."""
    classes: Schema = {name: {"$ref": f"#/$defs/{rule.name}"} for name, rule in _classes()}
    models: Schema = {name: {"$ref": "#/$defs/model"} for name in MODEL_NAMES}
    beside: Schema = {
        "from": _said(
            "What the layer is called on: an input, a layer, encoder.1 for its second output, or"
            " a list of them. Without it, the entry before.",
            **{"$ref": "#/$defs/refs"},
        ),
        "name": _said("What the layer is called, for `from`.", type="string"),
        "call": _said(
            "Arguments of the call besides the first: tensors by the name of their layer, flags"
            " by value.",
            type="object",
            properties={name: _said(CALL_WORDS.get(name, "A tensor.")) for name in _call_names()},
        ),
    }
    others: Schema = {
        "reuse": _said("A layer above that is called again, with the same weights.", type="string"),
        "repeat": _said("How many times the block below `layers` stands here.", **SIZE),
        "layers": _said(
            "The block that is repeated; `input` is its input.",
            type="array", minItems=1, items=LAYER,
        ),
    }  # fmt: skip
    config: Schema = {
        "class_name": {"type": "string", **HIDDEN},
        "config": {"type": ["object", "array"], **HIDDEN},
        **dict.fromkeys(INPUT_NAMES, HIDDEN),
    }
    named = {**classes, **_hidden({name: classes[name] for name in ALIASES}), **models}
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "patternProperties": {OWN: ANY},
        "properties": {
            **beside,
            **config,
            **{name: {**form, **HIDDEN} for name, form in others.items()},
        },
        "if": {"propertyNames": {"pattern": f"^(?!(?:{'|'.join(named)})$)"}},
        "then": {"properties": {**named, **others}},
        "else": {"properties": _hidden(named)},
    }


def _hidden(properties: Schema) -> Schema:
    """Return properties that may stand there and are not offered."""
    return {name: {"allOf": [form], **HIDDEN} for name, form in properties.items()}


def _call_names() -> list[str]:
    return sorted({name for rule in RULES.values() for name in rule.calls})


def _of_keras() -> Schema:
    """What holds besides, where a spec names no classes of its own: its classes are Keras's."""
    names = [*(name for name, _ in _classes()), *MODEL_NAMES, *INPUT_NAMES]
    entries: Schema = {"type": "array", "items": {"$ref": "#/$defs/of Keras"}}
    known: Schema = {
        "pattern": f"^(?:[^A-Z].*|{'|'.join(names)})$",
        "patternErrorMessage": "Keras has no such layer (name your own under `custom`)",
    }
    return {
        "if": {"type": "string"},
        "then": known,
        "else": {"propertyNames": known, "properties": {"layers": {**entries, **HIDDEN}}},
    }


def _rules() -> Schema:
    """Return what every class takes; an argument that means the same in several stands once."""
    names: dict[str, str] = {}
    options: Schema = {}

    def shared(rule: Rule, parameter: Parameter) -> Schema:
        option = _option(rule, parameter)
        name = names.setdefault(repr(option), f"{parameter.name} of {rule.name}")
        options[name] = option
        return {"$ref": f"#/$defs/{name}"}

    classes = {name: _arguments(rule, shared) for name, rule in RULES.items()}
    return {**classes, **options}


def _arguments(rule: Rule, option: Callable[[Rule, Parameter], Schema]) -> Schema:
    """What a class takes: its arguments by name, or the first of them alone."""
    options = {name: option(rule, each) for name, each in rule.options.items()}
    options |= _hidden({name: options[name] for name in rule.traits.old_names})
    common = {
        name: option(rule, each._replace(kind=KINDS.get(name, each.kind)))
        for name, each in rule.common.items()
    }
    legacy = (*FIRST_LAYER, *EXPECTED, *MEANINGLESS)
    demanded = [each.name for each in rule.demanded if not each.kind.startswith("Inner")]
    named: Schema = {
        "type": "object",
        "properties": {**dict.fromkeys(legacy, DEAD), **common, **options},
        "required": demanded,
        "additionalProperties": False,
    }
    alone: Schema = next(iter(options.values()), NULL)
    if "layer" in options:  # the wrapped layer may stand there by the name of its class
        named["patternProperties"] = {OWN: ANY}
        alone = {"type": "string"}
    needed = f"{NEEDED}: {', '.join(each.name for each in rule.demanded)}"
    return {
        "title": rule.name,
        "description": "\n\n".join(paragraphs(rule.function.__doc__ or "")),
        "if": {"type": "object"},
        "then": named,
        "else": {
            "if": NULL,
            "then": {"type": "object", "errorMessage": needed} if rule.demanded else ANY,
            "else": alone,
        },
    }


def _option(rule: Rule, parameter: Parameter) -> Schema:
    """Return the schema of an argument, with all that a hover says of it."""
    default = "required" if parameter.required else f"default {format_value(parameter.default)}"
    parts = (argument_words(rule, parameter), f"({takes(parameter)}; {default})")
    return {
        "title": parameter.name,
        **_kind(parameter.kind, choice_words(parameter)),
        "description": "\n\n".join(filter(None, parts)),
        **({} if parameter.required else _default(parameter.default)),
    }


def _default(value: object) -> Schema:
    return {"default": value} if isinstance(value, bool | int | float | str) else {}


def _kind(kind: str, words: Mapping[object, str] = NO_WORDS) -> Schema:
    """Return the schema of a kind of value, as the rules' annotations name it.

    `words` say what its choices do.
    """
    bare = kind.removesuffix(" | None")
    choices = choices_of(bare)
    kinds = ({"$ref": f"#/$defs/{KIND}{part}"} for part in bare.split(" | "))
    found = _choices(choices, words) if choices else _any(*kinds)
    return found if bare == kind else _any(found, NULL)


def _choices(choices: tuple[object, ...], words: Mapping[object, str]) -> Schema:
    """Words of a choice may be written with capitals."""
    texts = [choice for choice in choices if isinstance(choice, str)]
    others = [choice for choice in choices if not isinstance(choice, str)]
    said = (
        {"enumDescriptions": [words.get(each, "") for each in (*texts, *others)]} if words else {}
    )
    forms: list[Schema] = [{"enum": [*texts, *others], **said}]
    if texts:
        forms.append({"type": "string", "pattern": f"^(?:{'|'.join(map(_either_case, texts))})$"})
    return _any(*forms, CHOICE)


def _either_case(text: str) -> str:
    return "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in text)


def _kinds() -> Schema:
    """Return the schema of every kind of value."""
    list_of_sizes: Schema = {"type": "array", "items": SIZE}
    counts: Schema = {"type": "array", "items": COUNT}
    name: Schema = {"type": "string"}
    number: Schema = _any({"type": "number"}, name)
    layers: Schema = {"type": "array", "items": LAYER}
    kinds: dict[str, Schema] = {
        "Size": SIZE,
        "Whole": _any(SIZE, {"type": "number", "minimum": 1, "multipleOf": 1}),
        "WholeInt": _any({"type": "number", "multipleOf": 1}, CHOICE),
        "Count": COUNT,
        "Sizes": _any(SIZE, list_of_sizes),
        "Counts": _any(COUNT, counts),
        "Margins": _any(COUNT, {"type": "array", "items": _any(COUNT, counts)}),
        "Shape": _any(
            {"type": "array", "items": _any(COUNT, {"type": "null"}, {"const": -1})},
            COUNT,
            {"const": -1},
        ),
        "bool": _any({"type": "boolean"}, CHOICE),
        "int": _any({"type": "integer"}, CHOICE),
        "Axes": _any({"type": "integer"}, {"type": "array", "items": {"type": "integer"}}, CHOICE),
        "Groups": _any(SIZE, {"const": -1}),
        "Clipping": {"type": "object"},
        "Real": number,
        "Rate": _any({"type": "number", "minimum": 0, "maximum": 1}, name),
        "Numbers": _any(number, {"type": "array"}),
        "str": {"type": "string"},
        "DType": _any({"enum": list(DTYPES)}, {"type": "object"}, CHOICE),
        "None": {"type": "null"},
        ACTIVATION: _any(
            {"enum": [*sorted(ACTIVATIONS), None]},
            {"type": "object", "title": "with arguments"},
            CHOICE,
        ),
        "Inner": LAYER,
        "Inners": layers,
    }
    for family, names in FAMILIES.items():
        kinds[family.capitalize()] = _any(
            {"enum": [*sorted(names), None]}, {"type": ["string", "object"]}
        )
    return {f"{KIND}{kind}": form for kind, form in kinds.items()}


def _any(*forms: Schema) -> Schema:
    return forms[0] if len(forms) == 1 else {"anyOf": list(forms)}
