"""The register of findings: one function each, found by code; its docstring is the manual page."""

from __future__ import annotations

from functools import cache, wraps
from importlib import import_module
from textwrap import dedent
from typing import TYPE_CHECKING, Literal, ParamSpec, TypeAlias

from seqinspect.algebra.expression import Expr
from seqinspect.lint.model_index import Call, Use
from seqinspect.model.finding import Finding, as_formula
from seqinspect.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from seqinspect.errors import Place, Problem
    from seqinspect.lint.model_index import ModelIndex
    from seqinspect.model.finding import Edit, Fact, LayerName
    from seqinspect.model.graph import Graph
    from seqinspect.rules import Traits

P = ParamSpec("P")
Finder: TypeAlias = "Callable[P, Iterator[Finding]]"

LooksAt = Literal["model", "problem", "run"]
Fixable = Literal["", "safe", "unsafe"]
"""Whether a kind has fixes. Safe ones keep what the model computes and load its checkpoint, or make
a spec usable that was not; unsafe ones need --unsafe-fixes."""

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
"""From what cannot stay to what one should know."""

FAMILIES = {
    "0": "the spec itself",
    "1": "time",
    "2": "weights and cost",
    "3": "masks and state",
    "4": "numerics and speed",
    "5": "portability",
    "6": "data",
}
"""What the first digit of a code stands for."""

MODULES = (
    "basics", "decisions", "time", "sequences", "axes", "windows", "attention", "weights",
    "training", "embeddings", "masks", "states", "numerics", "outputs", "losses", "portability",
    "data",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding. `on`: only models with a layer of such traits can have it.

    `looks_at`: it is looked for in every "model", or in the "problem" that makes a spec unusable;
    or the "run" of a check makes it where it happens. `messages` and `remedies` are its sentences
    by variant, with facts in braces. `by_hand`: not in files that Keras wrote, with every default.
    """

    code: str
    name: str
    level: Level
    finder: Callable[..., Iterator[Finding]]
    looks_at: LooksAt
    messages: Mapping[str, str]
    remedies: Mapping[str, str]
    on: Callable[[Traits], object] | None
    fixable: Fixable
    by_hand: bool

    @property
    def title(self) -> str:
        """What it finds, in one sentence."""
        return (self.finder.__doc__ or "").strip().split("\n")[0]

    @property
    def page(self) -> str:
        """The manual page below the title, as Markdown."""
        _, _, rest = (self.finder.__doc__ or "").strip().partition("\n")
        return dedent(rest).strip()

    @property
    def family(self) -> str:
        """What kind of trouble it is, in words."""
        return FAMILIES[self.code[3]]


KINDS: dict[str, FindingKind] = {}
"""All kinds of findings by code, as far as their modules are imported."""

PROBLEM_FINDERS: list[Callable[..., Iterator[Finding]]] = []
"""What knows a problem that makes a spec unusable as a finding with a code of its own."""


def finding_kind(
    code: str,
    name: str,
    level: Level = "warning",
    *,
    message: str | Mapping[str, str],
    remedy: str | Mapping[str, str] = "",
    looks_at: LooksAt = "model",
    on: Callable[[Traits], object] | None = None,
    fixable: Fixable = "",
    by_hand: bool = False,
) -> Callable[[Finder[P]], Finder[P]]:
    """Enter a function as what yields findings of `code`; its docstring is their manual page.

    `message` and `remedy` are the sentences, with the names of facts in braces; where there are
    several of them, they have names, and `finding(variant=…)` chooses. `{layer}` is the call that
    the finding is about; `{steps:step}` is "1 step" or "10 steps", and `{names:and}` joins a list.
    A code or a name that is there already is refused.
    """

    def enter(function: Finder[P]) -> Finder[P]:
        if code in KINDS or any(known.name == name for known in KINDS.values()):
            raise ValueError(f"two findings are called {code} or {name}")
        finder = _with_code(code, function)
        sentences = _variants(message), _variants(remedy)
        KINDS[code] = FindingKind(
            code, name, level, finder, looks_at, *sentences, on, fixable, by_hand
        )
        if looks_at == "problem":
            PROBLEM_FINDERS.append(finder)
        return finder

    return enter


def _variants(sentences: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"": sentences} if isinstance(sentences, str) else sentences


def _with_code(code: str, function: Finder[P]) -> Finder[P]:
    """Return a function whose findings have the code."""

    @wraps(function)
    def finder(*args: P.args, **kwargs: P.kwargs) -> Iterator[Finding]:
        return (each._replace(code=code) for each in function(*args, **kwargs))

    return finder


def problem_finder(
    code: str,
) -> Callable[[Finder[[Problem, Graph | None]]], Finder[[Problem, Graph | None]]]:
    """Enter a function that finds in problems what another one finds in models."""

    def enter(
        function: Finder[[Problem, Graph | None]],
    ) -> Finder[[Problem, Graph | None]]:
        PROBLEM_FINDERS.append(_with_code(code, function))
        return function

    return enter


def finding(
    place: Place | None,
    *,
    layer: Call | Use | LayerName | None = None,
    variant: str = "",
    remedy: str = "",
    edits: tuple[Edit, ...] = (),
    **facts: Fact | Call | Use | Expr,
) -> Finding:
    """Make a finding of the facts that its sentences need; its kind is that of its maker.

    `variant` names the message, where the kind has several, and the remedy of the same name;
    `remedy` names another one.
    """
    about = layer.layer_name if isinstance(layer, Call | Use) else layer
    return Finding("", place, variant, remedy or variant, about, as_facts(facts), edits)


def as_facts(facts: Mapping[str, Fact | Call | Use | Expr]) -> tuple[tuple[str, Fact], ...]:
    """Return facts by name as a finding carries them."""
    return tuple((name, _as_fact(value)) for name, value in facts.items())


def _as_fact(value: Fact | Call | Use | Expr) -> Fact:
    if isinstance(value, Call | Use):
        return value.layer_name
    return as_formula(value) if isinstance(value, Expr) else value


@cache
def all_kinds() -> Mapping[str, FindingKind]:
    """Return every kind of finding, in the order of the codes."""
    for module in MODULES:
        import_module(f"seqinspect.lint.findings.{module}")
    return dict(sorted(KINDS.items()))


def find(model: ModelIndex, kinds: Iterable[FindingKind]) -> Iterator[Finding]:
    """Yield what the kinds find in a model: at one place, or with the same facts, only once."""
    seen: set[tuple[object, ...]] = set()
    for kind in kinds:
        if kind.looks_at != "model" or (kind.by_hand and model.graph.saved):
            continue
        if kind.on is not None and not any(map(kind.on, model.traits.values())):
            continue
        for each in kind.finder(model):
            key = (each.code, each.place) if each.place else each.content
            if key not in seen:
                seen.add(key)
                yield each


def find_in_problem(problem: Problem, graph: Graph | None) -> Finding | None:
    """Return the finding that says best why a spec is unusable; None where only the problem does.

    `graph` is the spec as far as it was read.
    """
    for finder in PROBLEM_FINDERS:
        for each in finder(problem, graph):
            return each
    return None


def matching(selectors: Iterable[str], kinds: Iterable[FindingKind]) -> tuple[set[str], list[str]]:
    """Return the codes that selectors name (a code, the beginning of codes, a name, ALL).

    The second part is those that name nothing.
    """
    codes: set[str] = set()
    unknown: list[str] = []
    known = list(kinds)
    for selector in selectors:
        text = selector.strip()
        prefix = text.upper()
        chosen = {
            each.code
            for each in known
            if prefix == "ALL"
            or text == each.name
            or (len(prefix) >= 3 and each.code.startswith(prefix))
        }
        codes |= chosen
        if not chosen:
            unknown.append(selector)
    return codes, unknown
