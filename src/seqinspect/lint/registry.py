"""The register of findings: one function each, found by code; its docstring is the manual page."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from textwrap import dedent
from typing import TYPE_CHECKING, Literal, TypeVar

from seqinspect.model.report import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seqinspect.errors import Place
    from seqinspect.lint.model_index import ModelIndex
    from seqinspect.model.report import Edit
    from seqinspect.rules import Traits

Function = TypeVar("Function", bound="Callable[..., object]")

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
}
"""What the first digit of a code stands for."""

MODULES = ("basics", "time", "sequences", "weights", "masks", "numerics", "portability")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding. `on`: only models with a layer of such traits can have it.

    Those with `asks` are looked for in every model; the others are made where they happen.
    """

    code: str
    name: str
    level: Level
    function: Callable[..., object]
    asks: bool
    on: Callable[[Traits], object] | None
    fixable: bool

    @property
    def title(self) -> str:
        """What it finds, in one sentence."""
        return (self.function.__doc__ or "").strip().split("\n")[0]

    @property
    def page(self) -> str:
        """The manual page below the title, as Markdown."""
        _, _, rest = (self.function.__doc__ or "").strip().partition("\n")
        return dedent(rest).strip()

    @property
    def family(self) -> str:
        """What kind of trouble it is, in words."""
        return FAMILIES[self.code[3]]


KINDS: dict[str, Kind] = {}
"""All kinds of findings by code, as far as their modules are imported."""


def kind(
    code: str,
    name: str,
    level: Level = "warning",
    *,
    asks: bool = True,
    on: Callable[[Traits], object] | None = None,
    fixable: bool = False,
) -> Callable[[Function], Function]:
    """Enter a function as what finds `code`; a code or a name that is there already is refused."""

    def enter(function: Function) -> Function:
        if code in KINDS or any(known.name == name for known in KINDS.values()):
            raise ValueError(f"two findings are called {code} or {name}")
        KINDS[code] = Kind(code, name, level, function, asks, on, fixable)
        return function

    return enter


def found(
    message: str,
    place: Place | None,
    remedy: str = "",
    *,
    layer: str = "",
    edits: tuple[Edit, ...] = (),
) -> Finding:
    """Make a finding; its code is that of the function that makes it."""
    return Finding("", message, place, remedy, layer, edits)


def all_kinds() -> dict[str, Kind]:
    """Every kind of finding, in the order of the codes."""
    for module in MODULES:
        import_module(f"seqinspect.lint.findings.{module}")
    return dict(sorted(KINDS.items()))


def find(model: ModelIndex, kinds: Iterable[Kind]) -> Iterator[Finding]:
    """Yield what the kinds find in a model; the same at the same place is said once."""
    told: set[tuple[str, Place | None, str]] = set()
    for each in kinds:
        if not each.asks or (each.on is not None and not any(map(each.on, model.traits.values()))):
            continue
        for finding in each.function(model):  # type: ignore[attr-defined]  # those that ask yield findings
            key = (each.code, finding.place, "" if finding.place else finding.message)
            if key not in told:
                told.add(key)
                yield finding._replace(code=each.code)


def matching(selectors: Iterable[str], kinds: Iterable[Kind]) -> tuple[set[str], list[str]]:
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
