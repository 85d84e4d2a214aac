"""The arguments of one layer: found by name, checked against its rule's signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.context import ReaderContext, is_null, plain_value
from seqinspect.readers.keras_config.keras1 import (
    ARGUMENTS,
    EXPECTED,
    FIRST_LAYER,
    MEANINGLESS,
    REFUSED,
)
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import as_yaml_list, join_names, nearest
from seqinspect.records import replace
from seqinspect.rules import COMMON, Parameter, Rule, find_rule
from seqinspect.rules.arguments import describe_kind, read_argument
from seqinspect.rules.index import MODELS
from seqinspect.rules.wrong_values import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.readers.elements.entry import Entry

    Inside = Callable[[Tree], Entry | None]

KINDS = {"dtype": "DType | None"}
"""Kinds of the arguments that every layer takes, where the rule book's is too wide."""

ENTRY_KEYS = ("name", "from", "call")
"""What stands beside a class in an entry, not among its arguments."""


def read_arguments(
    context: ReaderContext, rule: Rule, entry: Entry, node: Tree, read_inner: Inside
) -> None:
    """Read the arguments of a layer into its entry; `read_inner` reads a layer within the layer."""
    layer = _ArgumentReader(context, rule, entry, read_inner)
    if isinstance(node, Mapping):
        layer.read_all(node)
    elif is_null(node):
        layer.check_required(set())
    else:
        layer.read_only(node)


FOREIGN_ARGUMENTS = {
    "batch_first": "leave it out: in Keras the batch is always the first axis",
    "input_size": "leave it out: Keras takes it from the input",
    "in_features": "leave it out: Keras takes it from the input",
    "in_channels": "leave it out: Keras takes it from the input",
    "num_layers": "write an entry for each layer, all but the last with return_sequences: true",
    "bidirectional": "write Bidirectional: {layer: {LSTM: 8}} around the layer",
}
"""What other libraries have as arguments, and what to write in Keras instead."""


class _ArgumentReader:
    """One layer whose arguments are being read."""

    def __init__(
        self, context: ReaderContext, rule: Rule, entry: Entry, read_inner: Inside
    ) -> None:
        self.context = context
        self.rule = rule
        self.entry = entry
        self.read_inner = read_inner

    def read_all(self, node: Mapping) -> None:
        """Read arguments by name; equal plain ones of the same class only once."""
        context, entry = self.context, self.entry
        key = _cache_key(self.rule, node)
        cached = context.arguments.get(key) if key is not None else None
        if cached is not None:
            entry.arguments = cached
            for name, value in node.entries:
                entry.places[name.text] = context.place(value)
                if name.text == "name":
                    self.take_name(value)
            return
        wrapped = _wrapped_class(self.rule, node)
        problems_before = context.problem_count
        names: set[str] = set()
        for name, value in node.entries:
            if name is wrapped:
                alone = Mapping(((name, value),), {name.text: value}, name.line, name.column)
                self.read_inner_layer("layer", alone)
                names.add("layer")
            else:
                names.add(self.read(name, value))
        self.check_required(names)
        if (
            key is not None
            and context.problem_count == problems_before
            and not entry.input_arguments
            and not entry.nested
        ):
            context.arguments[key] = entry.arguments

    def read_only(self, node: Tree) -> None:
        """Read a value without a name: the constructor's first parameter."""
        first = next(iter(self.rule.options.values()), None)
        if first is None:
            self.context.report(
                node,
                f"{self.rule.name} takes no argument",
                about="unknown argument",
                remedy=f"write {self.rule.name} alone",
            )
            return
        problems_before = self.context.problem_count
        self.read_value(first, node)
        if self.context.problem_count > problems_before and isinstance(node, Scalar):
            self.read_as_code(node)
        self.check_required({first.name})

    def read_as_code(self, node: Scalar) -> None:
        """Say how a spec writes `8, return_sequences=True`, which was refused as one value."""
        refused = self.context.problems.found[-1]
        if refused.about != "expression" or not ("=" in node.text or "," in node.text):
            return
        from seqinspect.readers.dialect.pasted_code import entry_for_code, entry_of_call  # noqa: PLC0415 - only an error needs it

        code = f"{self.rule.name}({node.text})"
        if "=" in node.text:
            _, remedy = entry_for_code(code)
            what = f"{self.rule.name}: several arguments are written by name, in braces"
            self.replace_remedy(remedy, what)
        elif not node.text.startswith("(") and (exact := entry_of_call(code)) is not None:
            self.replace_remedy(f"write {exact[1]}")

    def read(self, key: Scalar, node: Tree) -> str:
        """Read one argument; return its name, or the one that was probably meant."""
        name = key.text
        parameter = self.rule.options.get(name) or self.rule.common.get(name)
        if name in REFUSED:
            self.entry.places[name] = self.context.place(node)
        if name == "name":
            self.take_name(node)
        elif parameter is not None:
            self.read_value(parameter, node)
        elif name in FIRST_LAYER:
            self.entry.input_arguments[name] = node
        elif self.context.keras and (name in EXPECTED or _is_unused(node)):
            if name == "time_major" and not _is_unused(node):
                self.entry.unknown_arguments.append(name)
        elif name in EXPECTED:
            if not isinstance(node, Scalar) or node.value is not EXPECTED[name]:
                self.context.report(
                    node,
                    f"`{name}` of {self.rule.name} is not understood",
                    about="value",
                    expected=show(EXPECTED[name]),
                    remedy="remove it",
                )
        elif name not in MEANINGLESS:
            if self.context.keras and name in COMMON:
                return name  # classes that now refuse it wrote it before Keras 3
            if self.context.keras:
                self.entry.unknown_arguments.append(name)
                return name
            return self.refuse_unknown(key)
        return name

    def read_value(self, parameter: Parameter, node: Tree) -> None:
        """Check one value against the kind that the rule's signature gives it."""
        name = parameter.name
        kind = KINDS.get(name, parameter.kind)
        if kind.startswith("Inner") and not (is_null(node) and kind.endswith("None")):
            if "Inners" in kind and isinstance(node, Sequence):
                self.read_inner_layers(name, node)
            elif kind == "Inners":
                self.refuse_single_layer(name, node)
            else:
                self.read_inner_layer(name, node)
            return
        self.entry.places[name] = self.context.place(node)
        if self.context.keras:
            from seqinspect.readers.keras_config.coercion import coerce_value  # noqa: PLC0415 - configs

            node = coerce_value(name, kind, node)
        try:
            self.entry.arguments[name] = read_argument(name, kind, plain_value(node), self.context)
        except SpecError as error:
            self.context.report_error(error, node, self.rule.name, name)
            text = node.text if isinstance(node, Scalar) else ""
            if text.startswith("(") and "," in text and "list" in describe_kind(kind):
                self.replace_remedy(f"write {as_yaml_list(text)}")

    def replace_remedy(self, remedy: str, what: str = "") -> None:
        """Give the last problem another remedy."""
        problems = self.context.problems.found
        problems[-1] = replace(problems[-1], remedy=remedy)
        if what:
            problems[-1] = replace(problems[-1], what=what, expected="")

    def read_inner_layers(self, name: str, node: Sequence) -> None:
        """Read layers that are the argument of a layer."""
        inner = [self.read_inner(item) for item in node.items]
        self.entry.nested = True
        self.entry.places[name] = self.context.place(node)
        self.entry.arguments[name] = tuple(entry for entry in inner if entry is not None)

    def refuse_single_layer(self, name: str, node: Tree) -> None:
        """Report a layer where a list of them is due."""
        self.context.report(
            node,
            f"{self.rule.name}: `{name}` must be a list of layers",
            about="value",
            expected=f"{self.rule.name}: {{{name}: [...]}}",
            remedy="start each of them with a dash",
        )

    def read_inner_layer(self, name: str, node: Tree) -> None:
        """Read a layer that is the argument of a layer."""
        if isinstance(node, Scalar) and not isinstance(node.value, str):
            example = "LSTM: {units: n}" if self.rule.traits.both_directions else "Dense: n"
            self.context.report(
                node,
                f"{self.rule.name}: `{name}` must be a layer",
                about="value",
                expected=f"{self.rule.name}: {{{example}}}",
            )
            return
        inner = self.read_inner(node)
        if inner is not None:
            self.entry.nested = True
            self.entry.places[name] = self.context.place(inner.node)
            self.entry.arguments[name] = inner

    def take_name(self, node: Tree) -> None:
        """Take the name of the layer from among its arguments."""
        if is_null(node):
            return
        entry = self.entry
        if self.context.keras and entry.name is not None:
            return  # a config says it twice
        name = self.context.checked_name(node, "the name of a layer")
        if entry.name is not None and name is not None and name != entry.name:
            self.context.report(
                node,
                "the layer has two names",
                about="name",
                received=f"{truncate(entry.name)}, {truncate(name)}",
                expected="one name, beside the class or among its arguments",
            )
        entry.name = name or entry.name
        entry.places["name"] = self.context.place(node)

    def check_required(self, given_names: set[str]) -> None:
        """Report the arguments that the layer cannot be without."""
        rule = self.rule
        given_names |= self.entry.misplaced
        missing = [parameter for parameter in rule.demanded if parameter.name not in given_names]
        if not missing:
            return
        names = ", ".join(f"`{parameter.name}`" for parameter in missing)
        self.context.report(
            self.entry.node,
            f"{rule.name} needs {names}",
            about="missing argument",
            expected="; ".join(f"{p.name}: {describe_kind(p.kind)}" for p in missing),
            remedy=f"write {rule.name}: {{{', '.join(f'{p.name}: …' for p in missing)}}}",
        )

    def refuse_unknown(self, key: Scalar) -> str:
        """Report an argument that the layer does not have, and the one that was meant."""
        rule, name = self.rule, key.text
        renamed = next((new for new in ARGUMENTS.get(name, ()) if new in rule.options), "")
        near = nearest(name, [*rule.options, *rule.common])
        if name in ENTRY_KEYS:
            remedy = f"write it beside {rule.name}, not among its arguments"
        elif name in rule.calls:
            remedy = f"it belongs to the call: write call: {{{name}: …}} beside {rule.name}"
        elif renamed:
            remedy = f"Keras calls it `{renamed}`"
        elif name in FOREIGN_ARGUMENTS:
            remedy = FOREIGN_ARGUMENTS[name]
        else:
            remedy = f"did you mean `{near}`?" if near else ""
        self.context.report(
            key,
            f"{rule.name} has no argument `{truncate(name)}`",
            about="unknown argument",
            received=truncate(name),
            expected=join_names(rule.options) or "no arguments of its own",
            remedy=remedy,
            renamed=renamed,
        )
        return renamed or near or name


def _is_unused(node: Tree) -> bool:
    """Tell whether a config says of an argument only that it is not used."""
    if isinstance(node, Scalar):
        return node.value in (None, False, 0, "")  # a size that code names is none of these
    return not (node.items if isinstance(node, Sequence) else node.entries)


def _cache_key(rule: Rule, node: Mapping) -> object:
    """Return what arguments are equal by; None where they are more than plain values."""
    parts: list[object] = [rule.name]
    for name, value in node.entries:
        if type(value) is not Scalar:
            return None
        if name.text != "name":
            parts += (name.text, value.text, value.quoted)
    return tuple(parts)


def _wrapped_class(rule: Rule, node: Mapping) -> Scalar | None:
    """Return the class name in `TimeDistributed: {Dense: n}`, where it stands for `layer`."""
    layer = rule.options.get("layer")
    if layer is None or not layer.kind.startswith("Inner") or node.get("layer") is not None:
        return None
    if node.get("class_name") is not None:
        return None
    others = [key for key, _ in node.entries if key.text not in rule.options]
    others = [key for key in others if key.text not in COMMON and key.text not in FIRST_LAYER]
    classes = [key for key in others if key.text in MODELS or find_rule(key.text) is not None]
    capital = [key for key in others if key.text[:1].isupper()]
    return next(iter(classes or capital or (others if len(node.entries) == 1 else [])), None)
