"""The JSON Schema of the YAML dialect, for editors: made of the rules' signatures.

It knows what can be said, not what it means: sizes may be names, which only a reader resolves, and
a class that no rule has may be custom.
"""

from __future__ import annotations

from typing import Any

from seqinspect.readers.dialect.arguments import KINDS
from seqinspect.readers.elements.inputs import DTYPES as INPUT_DTYPES
from seqinspect.readers.elements.inputs import IGNORED_KEYS, INPUT_KEYS
from seqinspect.readers.elements.names import NAME
from seqinspect.readers.keras_config.keras1 import EXPECTED, FIRST_LAYER, MEANINGLESS
from seqinspect.rules import ALIASES, RULES, Parameter, Rule
from seqinspect.rules.arguments import ACTIVATION, NULLABLE, choices_of, describe_kind
from seqinspect.rules.index import INPUT_NAMES, MODEL_NAMES
from seqinspect.rules.objects import ACTIVATIONS, DTYPES, FAMILIES

Schema = dict[str, Any]

ID = "urn:seqinspect:spec:1"
ANY: Schema = {}
OWN = "^[A-Z]"
"""How the name of a class begins; one that is not known may be custom."""

KIND = "kind."
"""Before the names of kinds, so that the kind Activation is not the class."""

SIZE: Schema = {"$ref": "#/$defs/size"}
COUNT: Schema = {"$ref": "#/$defs/count"}
LAYER: Schema = {"$ref": "#/$defs/layer"}


def schema() -> Schema:
    """Return the schema (draft 2020-12) of a spec."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "seqinspect spec",
        "description": "A Keras sequence model: sizes, inputs and layers.",
        "type": "object",
        "required": ["layers"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "dims": {
                "description": "Sizes by name, or expressions over earlier names; null: not known."
                " A number with a fraction is for arguments that are no sizes, such as a rate.",
                "type": "object",
                "propertyNames": {"pattern": f"^{NAME.pattern}$"},
                "additionalProperties": {"type": ["number", "string", "null"]},
            },
            **_body(),
            "custom": {
                "description": "Custom classes, imported only with --allow-imports.",
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": "^[^:]+:[^:]+$"},
            },
            "expect": {"description": "What must hold, for seqinspect check.", "type": "object"},
        },
        "$defs": {
            "size": _any({"type": "integer", "minimum": 1}, {"type": "string"}),
            "count": _any({"type": "integer", "minimum": 0}, {"type": "string"}),
            "shape": {
                "type": "array",
                "items": _any(SIZE, {"type": "null"}, {"const": -1}),
            },
            "input": _input(),
            "refs": _any({"type": "string"}, {"type": "array", "items": {"type": "string"}}),
            "model": _any(
                {"type": "array", "items": LAYER},
                {"type": "object", "properties": {"name": {"type": "string"}, **_body()}},
            ),
            "layer": _any({"type": "string"}, _entry()),
            **_kinds(),
            **{name: _arguments(rule) for name, rule in RULES.items()},
        },
    }


def _body() -> Schema:
    """What a model has, at the top or within another."""
    return {
        "input": {"$ref": "#/$defs/input"},
        "inputs": {"type": "object", "additionalProperties": {"$ref": "#/$defs/input"}},
        "layers": {"type": "array", "minItems": 1, "items": LAYER},
        "outputs": {"$ref": "#/$defs/refs"},
    }


def _input() -> Schema:
    shape: Schema = {"$ref": "#/$defs/shape"}
    properties: Schema = dict.fromkeys((*INPUT_KEYS, *IGNORED_KEYS), ANY)
    properties |= {
        "shape": _any(shape, SIZE),
        "batch_shape": shape,
        "batch": _any(SIZE, {"type": "null"}),
        "dtype": {"enum": list(INPUT_DTYPES)},
        "time_axis": {"type": ["integer", "null"]},
        "name": {"type": "string"},
    }
    return _any(shape, SIZE, {"type": "object", "properties": properties})


def _entry() -> Schema:
    """One entry of `layers` that is not just the name of a class."""
    classes = {name: {"$ref": f"#/$defs/{name}"} for name in RULES}
    classes |= {alias: {"$ref": f"#/$defs/{name}"} for alias, name in ALIASES.items()}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {
            **classes,
            **{name: {"$ref": "#/$defs/model"} for name in MODEL_NAMES},
            **dict.fromkeys(INPUT_NAMES, ANY),
            "name": {"type": "string"},
            "from": {"$ref": "#/$defs/refs"},
            "call": {"type": "object"},
            "reuse": {"description": "A layer that is called again.", "type": "string"},
            "repeat": {"description": "How often `layers` are repeated.", **SIZE},
            "layers": {"type": "array", "minItems": 1, "items": LAYER},
            "class_name": {"type": "string"},
            "config": _any({"type": "object"}, {"type": "array"}),
        },
        "patternProperties": {OWN: ANY},
        "additionalProperties": False,
    }


def _arguments(rule: Rule) -> Schema:
    """What a class takes: its arguments by name, or the first of them alone."""
    options = {name: _option(each) for name, each in rule.options.items()}
    common = {name: _kind(KINDS.get(name, each.kind)) for name, each in rule.common.items()}
    legacy = (*FIRST_LAYER, *EXPECTED, *MEANINGLESS)
    named: Schema = {
        "type": "object",
        "properties": {**dict.fromkeys(legacy, ANY), **common, **options},
        "additionalProperties": False,
    }
    if "layer" in options:  # the wrapped layer may stand there by the name of its class
        named["patternProperties"] = {OWN: ANY}
    forms = [named, {"type": "null"}]
    if options:
        forms.append({**next(iter(options.values())), "not": {"type": "object"}})
    return {"description": rule.summary, "anyOf": forms}


def _option(parameter: Parameter) -> Schema:
    default = {} if parameter.required else _default(parameter.default)
    return {"description": describe_kind(parameter.kind), **_kind(parameter.kind), **default}


def _default(value: object) -> Schema:
    return {"default": value} if isinstance(value, bool | int | float | str | None) else {}


def _kind(kind: str) -> Schema:
    """Return the schema of a kind of value, as the rules' annotations name it."""
    bare = kind.removesuffix(" | None")
    choices = choices_of(bare)
    parts = bare.split(" | ")
    found = _words(choices) if choices else _any(*({"$ref": f"#/$defs/{KIND}{x}"} for x in parts))
    return _any(found, {"type": "null"}) if bare != kind or kind in NULLABLE else found


def _words(choices: tuple[object, ...]) -> Schema:
    """Words of a choice may be written with capitals."""
    texts = [choice for choice in choices if isinstance(choice, str)]
    others = [choice for choice in choices if not isinstance(choice, str)]
    forms: list[Schema] = [{"enum": [*texts, *others]}]
    if texts:
        forms.append({"type": "string", "pattern": f"^(?:{'|'.join(map(_either_case, texts))})$"})
    return _any(*forms)


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
        "WholeInt": {"type": "number", "multipleOf": 1},
        "Count": COUNT,
        "Sizes": _any(SIZE, list_of_sizes),
        "Counts": _any(COUNT, counts),
        "Margins": _any(COUNT, {"type": "array", "items": _any(COUNT, counts)}),
        "Shape": _any(
            {"type": "array", "items": _any(COUNT, {"type": "null"}, {"const": -1})},
            COUNT,
            {"const": -1},
        ),
        "bool": {"type": "boolean"},
        "int": {"type": "integer"},
        "Axes": _any({"type": "integer"}, {"type": "array", "items": {"type": "integer"}}),
        "Groups": _any(SIZE, {"const": -1}),
        "Clipping": {"type": "object"},
        "Real": number,
        "Rate": _any({"type": "number", "minimum": 0, "maximum": 1}, name),
        "Numbers": _any(number, {"type": "array"}),
        "str": {"type": "string"},
        "DType": _any({"enum": list(DTYPES)}, {"type": "object"}),
        "None": {"type": "null"},
        ACTIVATION: _any({"enum": sorted(ACTIVATIONS)}, {"type": "object"}),
        "Inner": LAYER,
        "Inners": layers,
    }
    for family, names in FAMILIES.items():
        kinds[family.capitalize()] = _any(
            {"enum": sorted(names)}, {"type": "string"}, {"type": "object"}
        )
    return {f"{KIND}{kind}": form for kind, form in kinds.items()}


def _any(*forms: Schema) -> Schema:
    return forms[0] if len(forms) == 1 else {"anyOf": list(forms)}
