"""The state of one reading of a source: work done, models found, sizes named, things not known."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, const, symbol
from seqinspect.errors import Problem, SpecError
from seqinspect.readers.elements.names import RESERVED
from seqinspect.readers.keras_config.in_code import OLD_MODULES, OLD_TENSORFLOW
from seqinspect.readers.python.values import Argument, At, Call, External, ModelValue, Unknown
from seqinspect.records import NamedTuple, dataclass, field

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from seqinspect.readers.python.code import Code
    from seqinspect.readers.python.values import (
        Array,
        Class,
        Function,
        Instance,
        LayerValue,
        Module,
        Partial,
        Scope,
        Signal,
        TensorValue,
    )

MOST_STEPS = 200_000
"""So many parts of the source are evaluated, those in loops each time."""

MOST_LAYERS = 5_000
"""So many layers are read in all models of a source, those of several models for each."""

DEEPEST = 40
"""So many calls of functions of the source within each other are followed."""

MOST_ITEMS = 100_000
"""No list, range or string is longer."""

MOST_VALUES = 20
"""A name that takes more values is no longer a name of a size: its numbers stand for themselves."""

LONGEST_TEXT = 60
"""A longer expression gets a short name as a size."""

LIBRARIES = re.compile(r"(builtins|jax|keras|math|numpy|tensorflow|tf_keras|torch)(\.|$)")
"""What comes from these is no size."""

BIGGEST = 10**18


LONGEST_STRING = 10_000
"""A string that the code puts together is no longer."""


SETTINGS = {"image_data_format": "channels_last", "image_dim_ordering": "tf"}
"""What Keras's settings are, by the functions that tell them, where nobody has changed them."""


class StepsExceeded(Exception):  # noqa: N818 - it ends a run, and is no error of the code
    """The work on one source is beyond the limit."""


@dataclass(slots=True, eq=False)
class Arguments:
    """What a call passes: by position and by name. `open` where more of them is not known."""

    positional: list[Argument] = field(default_factory=list)
    named: dict[str, Argument] = field(default_factory=dict)
    open: str = ""


def with_partial(partial: Partial, given: Arguments) -> Arguments:
    """Return what a call of a partial function passes to the function."""
    positional = [*partial.positional, *given.positional]
    return Arguments(positional, {**partial.named, **given.named}, given.open or partial.open)


class CallSite(NamedTuple):
    """What a call passes, where it stands, and its source text."""

    given: Arguments
    at: At
    text: str


@dataclass(eq=False)
class Run:
    """One evaluation of a source along one path through conditions that are not known.

    `decisions` are the answers to those conditions, in their order; further ones are taken to be
    true, and listed in `conditions`. `line` is where it is, `cut` why it went no further, `active`
    are the functions that are being followed. `given` are the numbers that `--set` gives sizes,
    `unknown_names` those that have none of their own in the source. `modules` are those beside the
    source by their real path, `models_beside` the models that they make while they are imported.
    `answers` are what `--set` gives conditions, rates and words that are not known, by their text;
    `open_values` the rates and words. `flags` are the options of `absl` by name.
    `foreign` are the layers from code that is not read, with the values that stand for them,
    `foreign_calls` the calls of models among them on an input of their own, and `foreign_parts`
    the tensors taken from a call of one. `traced_inputs` are the first inputs of the layers whose
    `call` is being followed, `unread_calls` what was called on something that is not read.
    `placeholders` are the names of sizes that the source does not name, `weight_tensors` the
    weights of layers of the source, where these are followed, with the tensors that they are.
    `texts` are the sizes by name whose text in the source is another one, `layers_made` how many
    layers of the source are being made, within each other, `turns` how often the loops around go
    round together.
    """

    code: Code
    decisions: tuple[bool, ...] = ()
    given: Mapping[str, int | None] = field(default_factory=dict)
    answers: Mapping[str, bool | float | str] = field(default_factory=dict)
    steps: int = 0
    layer_count: int = 0
    depth: int = 0
    line: int = 1
    cut: str = ""
    active: list[object] = field(default_factory=list)
    models: list[ModelValue] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    layers: list[LayerValue] = field(default_factory=list)
    sizes: dict[str, Expr] = field(default_factory=dict)
    formulas: dict[str, Expr] = field(default_factory=dict)
    aliases: dict[str, Expr] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    conditions: list[tuple[str, bool]] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    open_loops: list[tuple[At, str]] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    open_values: dict[str, None] = field(default_factory=dict)
    flags: dict[str, object] = field(default_factory=dict)
    open_lists: dict[int, object] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    models_beside: list[ModelValue] = field(default_factory=list)
    foreign: dict[int | str, tuple[object, LayerValue]] = field(default_factory=dict)
    foreign_calls: dict[int, Call] = field(default_factory=dict)
    foreign_parts: dict[int, dict[str, int]] = field(default_factory=dict)
    traced_inputs: list[TensorValue] = field(default_factory=list)
    unread_calls: list[LayerValue | ModelValue] = field(default_factory=list)
    placeholders: set[str] = field(default_factory=set)
    weight_tensors: dict[int, tuple[Array, TensorValue]] = field(default_factory=dict)
    importing: bool = False
    layers_made: int = 0
    turns: int = 1
    unknown_names: frozenset[str] = frozenset()
    legacy: bool = False
    keras1: bool = False
    settings: dict[str, object] = field(default_factory=lambda: dict(SETTINGS))
    execute: Callable[[list[ast.stmt], Scope], Signal | None] = lambda *_: None
    invoke: Callable[[object, Arguments, At], object] = lambda *_: None
    model_method: Callable[[ModelValue, str, Arguments, At], object] = lambda *_: None
    instance_method: Callable[[Instance, str, Arguments, At], object] = lambda *_: None
    trace: Callable[[Instance, object], ModelValue | None] = lambda *_: None
    shape_of: Callable[[TensorValue], object] = lambda _: None

    def enter_model(self, model: ModelValue) -> None:
        """Note a model that the source makes, and whether it is a part of a layer of its own."""
        model.within_layer = self.layers_made > 0
        self.models.append(model)

    def count_layer(self) -> None:
        """Count a layer of a model. Raises StepsExceeded beyond the limit for all models."""
        self.layer_count += 1
        if self.layer_count > MOST_LAYERS:
            raise StepsExceeded(f"models of more than {MOST_LAYERS:,} layers together")

    def spend(self, count: int = 1) -> None:
        """Count work. Raises StepsExceeded beyond the limit."""
        self.steps += count
        if self.steps > MOST_STEPS:
            raise StepsExceeded

    def at(self, node: ast.AST) -> At:
        """Return where a node stands."""
        return At(getattr(node, "lineno", 1), self.code.column(node))

    def mind_era(self, path: str) -> None:
        """Note whether what the source imports or names is only in an older Keras."""
        owner, _, name = path.rpartition(".")
        old = owner == "tensorflow" and name in OLD_TENSORFLOW
        if old or OLD_MODULES.match(path):
            self.legacy = True

    def enter(self, call: Call) -> None:
        """Number a call as the last one that was made."""
        call.number = len(self.calls)
        self.calls.append(call)

    def decide(self, text: str) -> bool:
        """Answer a condition that is not known: as this path has it, else with yes."""
        for known, answer in self.conditions:
            if known == text:
                return answer
        given = self.answers.get(text)
        if isinstance(given, bool):
            return given
        index = len(self.conditions)
        answer = self.decisions[index] if index < len(self.decisions) else True
        self.conditions.append((text, answer))
        return answer

    def symbol(self, text: str, value: int | None = None, formula: Expr | None = None) -> Expr:
        """Return the size that goes by a text of the source; an equal one is the same.

        Its name is a word of Python, by which formulas can be computed; it is shown as the text,
        where that is short.
        """
        base, label = _names_of(text)
        name, number, own = base, 2, (value, formula)
        while True:
            value, formula = (self.given[name], None) if self.is_set(name, own[0]) else own
            if name not in self.sizes:
                break
            known = self.sizes[name]
            if (
                known.value == (formula.value if formula is not None else value)
                and self.formulas.get(name) == formula
                and self.texts.get(name, name) == text
            ):
                return known
            name, number = f"{base}_{number}", number + 1
            if number > MOST_VALUES:
                return formula if formula is not None and value is None else const(value or 1)
        if name != base and label:
            label = f"{label}_{number - 1}"
        found = symbol(name, value, formula, label=label)
        self.sizes[name] = found
        if name != text:
            self.texts[name] = text
        if formula is not None:
            self.formulas[name] = formula
        return found

    def placeholder(self, name: str, number: int) -> str:
        """Return the name of a size of an input of which nothing is said: the source has others."""
        while True:
            text = name if number == 1 else f"{name}_{number}"
            if text not in self.sizes or text in self.placeholders:
                self.placeholders.add(text)
                return text
            number += 1

    def open_count(self, text: str) -> str:
        """Return why a number is open, by the text that it comes from, and how a size is given."""
        if text.startswith("len("):
            self.symbol(text)
        named = text in self.sizes or text in self.texts.values()
        quote = "" if re.fullmatch(r"[\w.]+", text) else '"' if "'" in text else "'"
        given = f"; as a size it is given by --set {quote}{text}=2{quote}" if named else ""
        return f"is open: it depends on what cannot be read ({text}){given}"

    @staticmethod
    def as_open(value: object) -> Unknown | None:
        """Return a value that is not known as such, also what comes from a module not read."""
        if isinstance(value, External) and not LIBRARIES.match(value.path):
            return Unknown(value.path.rpartition(".")[2])
        return value if isinstance(value, Unknown) else None

    def count_text(self, value: Unknown) -> str:
        """Return what says how many items a value has: a size that it comes from, or its length."""
        if value.size is not None and value.size.symbols():
            name = min(value.size.symbols())
            return self.texts.get(name, name)
        return f"len({value.text})"

    def without_aliases(self, size: Expr) -> Expr:
        """Return a formula with one name for sizes that are the same: `X.shape[-1]`, the last."""
        names = ((name, self.texts.get(name, name)) for name in size.symbols())
        found = {name: self.aliases[text] for name, text in names if text in self.aliases}
        return size.substitute(found)

    def is_set(self, name: str, value: int | None) -> bool:
        """Tell whether `--set` gives a size its number: a known one gives way to an unknown one."""
        return name in self.given and (value is None or name not in self.unknown_names)

    def is_open(self, value: object) -> bool:
        """Tell whether a list or dictionary may hold more than is known of it."""
        return id(value) in self.open_lists

    def size(self, value: object) -> Expr | None:
        """Return a value as a size; None where it is none."""
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int):
            return const(value) if abs(value) <= BIGGEST else None
        if isinstance(value, float):
            return const(int(value)) if value.is_integer() and abs(value) < BIGGEST else None
        if isinstance(value, Expr):
            return value
        if isinstance(value, Unknown):
            return value.size if value.size is not None else self.symbol(value.text)
        if isinstance(value, External) and not LIBRARIES.match(value.path):
            return self.imported_size(value.path)
        return None

    def imported_size(self, path: str) -> Expr:
        """Return the size that something imported is, whose module is not read."""
        short = path.rpartition(".")[2]
        return self.symbol(short if self.imports.setdefault(short, path) == path else path)


def choice_text(text: str, answer: bool) -> str:
    """Return a condition that is not known as it was answered."""
    return text if answer else f"not {text}"


def _names_of(text: str) -> tuple[str, str]:
    """Return the name of a size for a text of the source, and the text by which it is shown.

    The name is a word of letters, digits and underscores; a long text is shown by it.
    """
    text = re.sub(r"\s+", " ", text)
    if text in RESERVED or text == "batch":
        return f"{text}_", ""
    short = len(text) <= LONGEST_TEXT and text.isprintable()
    words = re.findall(r"[A-Za-z0-9_]+", text.replace("-", "minus_"))
    name = ("_".join(words) if short else "_".join(words[-2:])[:30]) or "size"
    if name[0].isdigit() or keyword.iskeyword(name) or name in RESERVED:
        name = f"size_{name}"
    return name, text if short and text != name else ""


def number_of(value: object) -> int | None:
    """Return the integer that a value is; None where it is none or not known."""
    if isinstance(value, Expr):
        return value.value
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, int) else None


def plain_number(value: object) -> object:
    """Return a size with a number as that number; anything else as it is."""
    if isinstance(value, Expr) and value.value is not None:
        return value.value
    return value


def refuse_at(code: Code, at: At, what: str, **rest: str) -> SpecError:
    """Return an error at a position of the source."""
    place = code.place(at.line, at.column)
    return SpecError(Problem(what, place=place, line=code.line(at.line, at.column), **rest))
