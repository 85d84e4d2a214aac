"""The rule book as pages: what a rule says, found by running it on sizes that are only names."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, symbol
from seqinspect.analysis.walk import analyse
from seqinspect.compare.row_facts import Fact, differing_facts
from seqinspect.errors import SpecError
from seqinspect.model.graph import Graph, Input, Layer, Node, Ref
from seqinspect.records import NamedTuple
from seqinspect.rulebook.examples import (
    ABOVE_ONE,
    INTEGERS,
    LENGTHS,
    MOVING,
    NUMBERS,
    OF_STEPS,
    SEQUENCE,
    SIZED,
    SUMMARY,
    TOGETHER,
    UNEQUAL,
    Shape,
    Shapes,
    T,
    alternatives,
    options,
    tensors,
)
from seqinspect.rules import ALIASES, MODULES, RULES, Parameter, Rule, find_rule
from seqinspect.rules.argument_words import argument_words, choice_words
from seqinspect.rules.arguments import NULLABLE, describe_kind
from seqinspect.rules.objects import Named
from seqinspect.rules.wrong_values import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seqinspect.model.report import Row


class Argument(NamedTuple):
    """An argument of a constructor: its default as a spec would write it, what it takes and does.

    `choices` are values that have words of their own.
    """

    name: str
    default: str
    required: bool
    takes: str
    words: str
    choices: tuple[tuple[str, str], ...]


class CallArgument(NamedTuple):
    """A tensor or flag of the layer's call; `shapes` are some that it takes, where it needs one.

    `listed`: it takes a list of tensors.
    """

    name: str
    shapes: tuple[Shape, ...]
    required: bool
    takes: str
    listed: bool


class Variant(NamedTuple):
    """What becomes of the layer with one option: the row of the same call with it.

    `shapes` are of the tensors that it is called on, where the option needs others.
    """

    option: str
    row: Row
    shapes: Shapes | None = None


class Page(NamedTuple):
    """All that the rule of a class says.

    `common` are the arguments of all layers that it takes besides its own, `lacks` those that it
    refuses.
    `row` is a call with all options at their defaults and sizes that are called as their arguments
    are; `example_arguments` are further arguments that it needed.
    """

    name: str
    aliases: tuple[str, ...]
    family: str
    mathematics: tuple[str, ...]
    call_arguments: tuple[CallArgument, ...]
    arguments: tuple[Argument, ...]
    common: tuple[str, ...]
    lacks: tuple[str, ...]
    example_arguments: tuple[tuple[str, str], ...]
    row: Row
    variants: tuple[Variant, ...]


class _Call(NamedTuple):
    """A call of a layer: its options, its tensors by name, and its flags."""

    options: Mapping[str, object]
    tensors: Mapping[str, Shapes]
    flags: Mapping[str, object]
    time_axis: int | None = None


def names() -> list[str]:
    """Return every class that has a page, in the order of the rule book."""
    return [name for name in MODULES if name in RULES]


def known_names() -> list[str]:
    """Return every name that a class can be asked for by, aliases included."""
    return [*RULES, *ALIASES]


def page(name: str, *, variants: bool = True) -> Page | None:
    """Return the page of a Keras class; None where no rule has this name."""
    rule = find_rule(name)
    if rule is None:
        return None
    call, row = _example_call(rule)
    return Page(
        name=rule.name,
        aliases=tuple(alias for alias, first in ALIASES.items() if first == rule.name),
        family=rule.family,
        mathematics=tuple(paragraphs(rule.function.__doc__ or "")),
        call_arguments=tuple(
            CallArgument(
                each.name,
                call.tensors.get(each.name, ()),
                each.required,
                takes(each),
                listed=rule.tensors.get(each.name, False),
            )
            for each in rule.calls.values()
        ),
        arguments=tuple(
            Argument(
                each.name,
                format_value(each.default),
                each.required,
                takes(each),
                argument_words(rule, each),
                tuple((format_value(value), said) for value, said in choice_words(each).items()),
            )
            for each in rule.options.values()
        ),
        common=tuple(rule.common),
        lacks=rule.lacks,
        example_arguments=tuple(
            (option, format_value(value))
            for option, value in call.options.items()
            if not (rule.options[option].required and _is_name(value, option))
        ),
        row=row,
        variants=tuple(_variants(rule, call, row)) if variants else (),
    )


def _is_name(value: object, option: str) -> bool:
    """Tell whether a value is only the name of the argument."""
    return isinstance(value, Expr) and value.text() == option


PageFact = Literal["weights", "parameters", "multiply-adds", "output", "time steps"]

PAGE_FACTS: Mapping[PageFact, tuple[Fact, ...]] = {
    "weights": ("symbolic_weights",),
    "parameters": ("formula",),
    "multiply-adds": ("multiply_adds",),
    "output": ("symbolic_shapes", "dtypes"),
    "time steps": ("reads", "own_weights", "windows", "time_summary", "time_remarks"),
}
"""What a page says of an option, and the facts of its row that make it."""


def changed_facts(one: Row, other: Row) -> list[PageFact]:
    """Name the facts of a page in which two rows differ."""
    return [name for name, facts in PAGE_FACTS.items() if differing_facts(one, other, *facts)]


def format_value(value: object) -> str:
    """Return the value of an argument as a spec writes it."""
    if isinstance(value, Named):
        inside = ", ".join(f"{name}: {format_value(each)}" for name, each in value.arguments)
        return f"{{{value.type}: {{{inside}}}}}" if inside else value.type
    if isinstance(value, Layer):
        inside = ", ".join(
            f"{name}: {format_value(each)}" for name, each in value.arguments.items()
        )
        return f"{{{value.type}: {{{inside}}}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(format_value, value))}]"
    return show(value)


def _example_call(rule: Rule) -> tuple[_Call, Row]:
    """Find a call that the rule takes, with its row. Raises SpecError where there is none."""
    refusal: SpecError | None = None
    for arguments, received in product(options(rule), tensors(rule)):
        call = _Call(arguments, received, {})
        try:
            _row_of_call(rule, _with_numbers(call, _numbers(call) | LENGTHS))
        except SpecError as error:
            refusal = refusal or error
        else:
            return call, _row(rule, call)
    raise refusal or SpecError()


def _row(rule: Rule, call: _Call) -> Row:
    """Return the row of a call, with as few numbers behind its names as the rule needs."""
    numbers = _numbers(call)
    least = {name: number for name, number in numbers.items() if name in ABOVE_ONE}
    if not call.flags.keys().isdisjoint(UNEQUAL):
        least |= LENGTHS
    for numbers_given in (least, numbers):
        try:
            return _row_of_call(rule, _with_numbers(call, numbers_given))
        except SpecError:
            continue
    return _row_of_call(rule, _with_numbers(call, numbers | LENGTHS))


def _row_of_call(rule: Rule, call: _Call) -> Row:
    """Return the row of the layer in a model that is just this call."""
    dtype = "int32" if rule.name in INTEGERS else "float32"
    inputs: list[Input] = []
    refs: dict[str, tuple[Ref, ...]] = {}
    for name, shapes in call.tensors.items():
        several = len(shapes) > 1
        mine = [f"{name}_{index}" if several else name for index in range(len(shapes))]
        refs[name] = tuple(map(Ref, mine))
        inputs += [
            Input(each, shape, dtype, call.time_axis, says_time=call.time_axis is not None)
            for each, shape in zip(mine, shapes, strict=True)
        ]
    nodes: list[Node] = []
    if rule.name in OF_STEPS:  # its vector is made of steps: of others there is nothing to say
        (vector,) = inputs
        inputs = [Input("sequence", SEQUENCE, dtype, 1, says_time=True)]
        summary = Layer(SUMMARY, vector.name, {})
        nodes.append(Node(vector.name, summary, (Ref("sequence"),)))
    first, *others = refs
    takes_list = rule.takes_list
    node = Node(
        name=rule.name.lower(),
        layer=Layer(rule.name, rule.name.lower(), call.options),
        sources=refs[first],
        listed=takes_list,
        call={
            **{
                name: refs[name] if rule.calls[name].kind.startswith("Tensors") else refs[name][0]
                for name in others
            },
            **call.flags,
        },
    )
    graph = Graph(rule.name, "", {}, tuple(inputs), (*nodes, node), (Ref(node.name),))
    return [row for row in analyse(graph).rows if row.depth == 0][-1]


def _numbers(call: _Call) -> dict[str, int]:
    return {
        name: NUMBERS.get(name, 224 if name in ("units", "filters") else 4)
        for name, value in call.options.items()
        if isinstance(value, Expr)
    }


def _with_numbers(call: _Call, numbers: Mapping[str, int]) -> _Call:
    """Return the call with numbers behind some of its names."""
    sizes = {name: symbol(name, number) for name, number in numbers.items()}

    def known(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(map(known, value))
        return value.substitute(sizes) if isinstance(value, Expr) else value

    return call._replace(
        options={name: known(value) for name, value in call.options.items()},
        tensors={
            name: tuple(tuple(size.substitute(sizes) for size in shape) for shape in shapes)
            for name, shapes in call.tensors.items()
        },
    )


def _variants(rule: Rule, call: _Call, row: Row) -> Iterator[Variant]:
    """Yield every option, and every flag of the call, that changes what the layer is."""
    for parameter in rule.options.values():
        if parameter.required and parameter.kind in SIZED:
            continue
        for value in alternatives(parameter, call.options.get(parameter.name, parameter.default)):
            other = call._replace(options={**call.options, parameter.name: value})
            turned = _turned(other, value)
            row_with = _row_or_none(rule, turned)
            on = None if turned is other else next(iter(turned.tensors.values()))
            says = row_with is not None and (on is not None or changed_facts(row, row_with))
            if row_with is not None and says and _for_all(rule, turned, row_with):
                yield Variant(f"{parameter.name}: {format_value(value)}", row_with, on)
    for settings, shapes in TOGETHER.get(rule.name, ()):
        yield _combined_options(rule, call, settings, shapes)
    for flag in rule.calls.values():
        if flag.kind == "bool":
            row_with = _row_or_none(rule, call._replace(flags={flag.name: not flag.default}))
            if row_with is not None and changed_facts(row, row_with):
                option = f"call: {{{flag.name}: {format_value(not flag.default)}}}"
                yield Variant(option, row_with)


def _combined_options(
    rule: Rule, call: _Call, settings: Mapping[str, object], shapes: Shapes | None
) -> Variant:
    """Return what options that go together change, on other tensors where they need them."""
    other = call._replace(options={**call.options, **settings})
    if shapes is not None:
        axis = shapes[0].index(T) if T in shapes[0] else None
        other = other._replace(tensors={next(iter(call.tensors)): shapes}, time_axis=axis)
    option = ", ".join(f"{name}: {format_value(value)}" for name, value in settings.items())
    return Variant(option, _row(rule, other), shapes)


def _turned(call: _Call, value: object) -> _Call:
    """Return the call with channels before the other axes, where the option says so."""
    if value != "channels_first":
        return call
    turned = {
        name: tuple(
            (*shape[:first], shape[-1], *shape[first:-1])
            for shape in shapes
            for first in (2 if shape in MOVING else 1,)
        )
        for name, shapes in call.tensors.items()
    }
    sequences = any(SEQUENCE in shapes for shapes in call.tensors.values())
    return call._replace(tensors=turned, time_axis=2 if sequences else None)


def _for_all(rule: Rule, call: _Call, row: Row) -> bool:
    """Tell whether a row holds for the numbers behind its names, and says the same of others."""
    try:
        _row_of_call(rule, _with_numbers(call, _numbers(call) | LENGTHS))
    except SpecError:
        return False
    doubled = {name: 2 * number for name, number in _numbers(call).items()}
    try:
        other = _row_of_call(rule, _with_numbers(call, doubled | LENGTHS))
    except SpecError:
        return True
    return not set(changed_facts(row, other)) - {"time steps"}


def _row_or_none(rule: Rule, call: _Call) -> Row | None:
    """Return the row of a call; None where the rule refuses it."""
    try:
        return _row(rule, call)
    except SpecError:
        return None


def takes(parameter: Parameter) -> str:
    """Return which values an argument takes."""
    kind = parameter.kind
    if kind.startswith("Tensor"):
        return "a list of tensors" if kind.startswith("Tensors") else "a tensor"
    if kind == "None":
        return "nothing but null"
    return describe_kind(kind) + (" or null" if kind in NULLABLE else "")


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a docstring, each as one line."""
    for paragraph in text.split("\n\n"):
        line = " ".join(paragraph.split())
        if line:
            yield line
