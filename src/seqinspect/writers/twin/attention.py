"""A call of an attention, as statements of a twin: its keys and values are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.rules import traits_of
from seqinspect.streaming.data import Role
from seqinspect.streaming.keeping import is_banded, leads
from seqinspect.streaming.schedule import Once, Stepwise
from seqinspect.time.reach import STEP, moves
from seqinspect.writers.python_format import string_literal

if TYPE_CHECKING:
    from seqinspect.streaming.analyse import PlannedCall
    from seqinspect.streaming.schedule import Read
    from seqinspect.writers.twin.statements import Statements

GIVEN_MASKS = ("mask", "query_mask", "value_mask", "key_mask", "attention_mask")


def write_attention(to: Statements, planned: PlannedCall, outputs: list[str]) -> None:
    """Write a call of an attention. Raises SpecError where it cannot be written."""
    call = planned.call
    roles = {each.role for each in planned.read}
    if any(name in call.node.call for name in GIVEN_MASKS):
        to.refuse(call, "its masks are given")
    attention = _Attention(to, planned, outputs[0])
    whole = attention.once and not is_banded(call)
    cut = not whole and (attention.projects or attention.once)
    if "key_mask" in roles or (attention.masked and cut):
        to.refuse(call, "its keys are masked")
    if attention.masked_queries and attention.projects and not whole:
        to.refuse(call, "its queries are masked")
    attention.write()


class _Attention:
    """A call of an attention that is being written.

    `once`: its value comes as a whole. `sees` is how many steps of it before (None: all) and after
    its own step a query sees. `projects`: it has learned projections. `sources` are the tensors of
    its keys and values, by what is kept of them.
    """

    def __init__(self, to: Statements, planned: PlannedCall, output: str) -> None:
        self.to, self.planned, self.output = to, planned, output
        roles = {each.role: each for each in planned.read}
        self.query, self.value = roles["query"], roles["value"]
        carried = planned.call.facts.carried
        self.sources = {each.name: roles.get(each.name, self.value) for each in carried}
        self.masked = "value_mask" in roles
        self.masked_queries = planned.call.path in to.masked  # it hands on the mask of its query
        self.once = isinstance(self.value.form, Once)
        traits = traits_of(planned.call.node.layer.type)
        self.projects = bool(traits.projections)
        self.private = "_" if traits.private_projections else ""
        self.layer = to.layer(planned.call)
        self.sees = _sees(self.value)
        self.counts = any(each.role is Role.POSITION for each in planned.kept)

    def key(self, name: str) -> str:
        """Return the name of what is kept."""
        return f"{self.planned.call.path}/{name}"

    def state(self, name: str) -> str:
        """Return what is kept, before the step."""
        return f"states[{string_literal(self.key(name))}]"

    def projected(self, name: str, x: str, *, in_step: bool = True) -> str:
        """Return the projection of a tensor, or the tensor where there is none."""
        if not self.projects:
            return x
        dense = f"{self.layer}.{self.private}{name}_dense"
        return f"{self.to.use('on_steps')}({dense}, {x})" if in_step else f"{dense}({x})"

    def write(self) -> None:
        """Write the statements."""
        to, leading = self.to, self.once or leads(self.value.form, self.planned.forms[0])
        together = [self.query] if leading else [self.query, *self.sources.values()]
        fed = [each for each in together if isinstance(each.form, Stepwise)]
        names = to.together(self.planned, fed)
        asks = names[id(self.query.traced)]
        caches = self.made_once() if self.once else self.extended(names)
        position = self.position(asks)
        own = self.own_place(asks, caches[0], position)
        if self.waits:
            asks = self.waiting_queries(asks, caches[0], own)
        queries = self.projected("query", asks)
        if self.once and not any(moves(span.last) for span in self.value.reach.spans):
            result = f"{to.use('on_steps')}({self.ask()}, {', '.join([queries, *caches])})"
        else:
            several = f"[{', '.join(caches)}]"
            result = (
                f"{to.use('over_cache')}({self.ask()}, {queries}, {several}, {own}, {self.sees})"
            )
        to.lines.append(f"{self.output} = {result}")
        self.write_output(asks)
        if not self.once:
            self.keep_caches(caches, position)

    @property
    def waits(self) -> bool:
        """Whether a query waits for steps after its own."""
        return bool(self.sees[1]) and not self.once

    def made_once(self) -> list[str]:
        """Keep keys and values of what comes as a whole; return them in a step."""
        for name, source in self.sources.items():
            made = self.projected(name, self.to.name(source.traced), in_step=False)
            self.to.keep(self.key(name), made, self.state(name))
        if self.masked:
            made = f"{self.to.use('mask_of')}({self.to.name(self.value.traced)})"
            self.to.keep(self.key("value_mask"), made, self.state("value_mask"))
        return list(map(self.state, self.sources))

    def extended(self, names: dict[int, str]) -> list[str]:
        """Write keys and values with those of the new steps; return their variables."""
        to, caches = self.to, []
        for name, source in self.sources.items():
            new = names.get(id(source.traced)) or to.name(source.traced)
            cache = to.variable(f"{self.output}_{name}")
            steps = f"{to.use('after')}({self.state(name)}, {self.projected(name, new)}, 1)"
            to.lines.append(f"{cache} = {steps}")
            caches.append(cache)
        if self.masked:
            cache = to.variable(f"{self.output}_mask")
            new = f"{to.use('mask_of')}({to.name(self.value.traced)})"
            to.lines.append(f"{cache} = {to.use('after')}({self.state('value_mask')}, {new}, 1)")
            caches.append(cache)
        return caches

    def position(self, asks: str) -> str | None:
        """Return the number of the first query step, where the cache does not tell it."""
        if not self.counts:
            return None
        if not self.waits:
            return self.to.position(self.planned, asks, 1)
        variable = self.to.variable(f"{self.planned.call.path}_position")
        self.to.lines.append(f"{variable} = int({self.state('position')})")
        self.to.states[self.key("position")] = f"{self.to.use('counter')}(0)"
        return variable

    def own_place(self, asks: str, cache: str, position: str | None) -> str:
        """Return where the first query step has its own step in the cache."""
        if position is None:
            return f"{cache}.shape[1] - (0 if {asks} is None else {asks}.shape[1])"
        before = self.sees[0]
        return position if before is None or self.once else f"min({position}, {before})"

    def ask(self) -> str:
        """Return the function that asks on one query step."""
        mask = self.state("value_mask")
        if self.projects:
            attend, queries = self.to.use("attend"), "None"
            if not (self.masked or self.masked_queries):
                return attend
            if self.masked_queries:
                queries = f"{self.to.use('mask_of')}({self.to.name(self.query.traced)})"
            both = f"{self.to.use('crossed')}({queries}, {mask if self.masked else None})"
            return f"lambda q, k, v: {attend}(q, k, v, {both})"
        order = ["q", "v", *(["k"] if "key" in self.sources else [])]
        parameters = ["q", *("k" if name == "key" else "v" for name in self.sources)]
        masks = ""
        if self.masked:
            masks = f", mask=[None, {mask if self.once else 'm'}]"
            parameters += [] if self.once else ["m"]
        return f"lambda {', '.join(parameters)}: {self.layer}([{', '.join(order)}]{masks})"

    def waiting_queries(self, asks: str, cache: str, own: str) -> str:
        """Let queries wait for the values that come after them; return those that are ready."""
        to, path = self.to, self.planned.call.path
        every, count, ready = (to.variable(f"{path}_{x}") for x in ("queries", "count", "ready"))
        name = self.query.traced.path
        enough = f"max(0, min({every}.shape[1], {cache}.shape[1] - {self.sees[1]} - {own}))"
        to.lines += [
            f"{every} = {to.use('after')}({self.state(name)}, {asks}, 1)",
            f"{count} = {every}.shape[1] if last else {enough}",
            f"{ready} = {to.use('join')}([{to.use('cut')}({every}, 0, {count}, 1)], 1)",
        ]
        to.keep(self.key(name), to.no_steps(self.query.traced), f"cut({every}, {count}, None, 1)")
        then = f"{to.use('counter')}(int({self.state('position')}) + {count})"
        to.lines.append(f"kept[{string_literal(self.key('position'))}] = {then}")
        return ready

    def write_output(self, asks: str) -> None:
        """Write what is made of the mean: gate and projection, and zeros at masked queries."""
        to, output = self.to, self.output
        if self.projects:
            if self.planned.call.node.layer.arguments.get("use_gate"):
                gate = f"{to.use('on_steps')}({self.layer}._gate_dense, {asks})"
                to.lines.append(f"{output} = None if {output} is None else {output} * {gate}")
            to.lines.append(f"{output} = {self.projected('output', output)}")
        if self.masked_queries:
            mask = f"{to.use('mask_of')}({to.name(self.query.traced)})"
            masked = to.use("masked_by" if self.projects else "of_masked_queries")
            to.lines.append(f"{output} = {masked}({output}, {mask})")

    def keep_caches(self, caches: list[str], position: str | None) -> None:
        """Keep the keys and values that later steps attend to."""
        to, call = self.to, self.planned.call
        dtype, before = call.facts.outputs[0].dtype, self.sees[0]
        shapes = {each.name: (each.shape, dtype) for each in call.facts.carried}
        if self.masked:
            shapes["value_mask"] = ((), "bool")
        for cache, (name, (shape, own_dtype)) in zip(caches, shapes.items(), strict=True):
            sizes = [str(to.number(STEP * 0 + size, call)) for size in shape]
            then = cache
            if before is not None:
                first = f"max(0, {cache}.shape[1] - {before})"
                if position is not None:
                    after = f"int(kept[{string_literal(self.key('position'))}])"
                    first = f"max(0, {after} - {before}) - max(0, {position} - {before})"
                then = f"{to.use('cut')}({cache}, {first}, None, 1)"
            to.keep(self.key(name), to.zeros(["0", *sizes], own_dtype), then)


def _sees(value: Read) -> tuple[int | None, int]:
    """Return how many steps of a value before its own (None: all) and after it a query sees."""
    span = value.reach.spans[0]
    ahead = (span.last - STEP).value or 0 if moves(span.last) else 0
    return ((STEP - span.first).value if moves(span.first) else None), ahead
