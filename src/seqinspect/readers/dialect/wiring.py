"""Entries → graph: names, who reads whom, repeats written out, layers called again."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

from seqinspect.model.graph import Block, Graph, Input, Layer, Node, Ref, map_entries
from seqinspect.model.naming import Counters, automatic_name, count_functional
from seqinspect.model.nesting import wrapper_chain
from seqinspect.model.tree import Scalar, Sequence, Tree
from seqinspect.readers.elements.entry import Body, Entry
from seqinspect.readers.elements.inputs import DEFAULT_INPUT_NAME
from seqinspect.readers.keras_config.returned import output_count
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import join_names, nearest
from seqinspect.records import replace
from seqinspect.rules import traits_of
from seqinspect.rules.index import FUNCTIONAL, INPUT_LAYER, SEQUENTIAL

if TYPE_CHECKING:
    from seqinspect.readers.elements.context import ReaderContext


def wire(context: ReaderContext, body: Body, counters: Counters, *, frozen: bool = False) -> Graph:
    """Connect the entries of a model; nothing but its name and definitions is left to set."""
    return _Wiring(context, body, counters, frozen=frozen or body.frozen).graph()


class _Wiring:
    """One model, as far as its entries have been connected."""

    def __init__(
        self, context: ReaderContext, body: Body, counters: Counters, *, frozen: bool
    ) -> None:
        self.context = context
        self.body = body
        self.counters = counters
        self.frozen = frozen
        self.inputs: list[Input] = []
        self.nodes: list[Node] = []
        self.calls: dict[str, Node] = {}
        self.places: dict[str, int] = {}  # the line on which each name was given
        self.tensors: dict[str, Ref] = {}  # by the names that the graph uses
        self.scope: ChainMap[str, Ref] = ChainMap()  # by the names that the author wrote
        self.call_counters: Counters = {}
        self.reserved = _author_names(body.entries)  # no made-up name may be one of them
        self.later_names = _later_names(body.entries)
        self.blocks: set[str] = set()
        self.previous: Ref | None = None

    def graph(self) -> Graph:
        """Connect everything."""
        for model_input in self.body.inputs:
            self.add_input(model_input, self.body.node)
        if len(self.inputs) == 1:
            self.previous = Ref(self.inputs[0].name)
        if not self.inputs and not any(entry.input for entry in self.body.entries):
            self.previous = Ref(DEFAULT_INPUT_NAME)
            self.add_input(Input(DEFAULT_INPUT_NAME, None), self.body.node)
        for entry in self.body.entries:
            self.connect(entry, "", None)
        if self.body.type == SEQUENTIAL:
            self.refuse_several_outputs()
        chain = self.is_chain()
        outputs = self.outputs(whole=chain or self.body.type == SEQUENTIAL)
        return Graph(
            name=self.body.name or "",
            source=self.context.file,
            dims=dict(self.context.sizes),
            inputs=tuple(self.inputs),
            nodes=tuple(self.nodes),
            outputs=outputs,
            sequential=chain and outputs == self.outputs_of_last(),
            lines=self.context.document.line_at,
            keras=self.context.keras,
            saved=self.context.saved,
        )

    def add_input(self, model_input: Input, node: Tree) -> None:
        """Enter a model input under its name."""
        if model_input.name in self.places:
            self.context.report(
                node,
                f"two inputs are named `{model_input.name}`",
                about="name",
                received=model_input.name,
                expected="every name once",
            )
            return
        self.inputs.append(model_input)
        line = model_input.place.line if model_input.place else node.line
        self.places[model_input.name] = self.reserved[model_input.name] = line
        self.tensors[model_input.name] = self.scope[model_input.name] = Ref(model_input.name)

    def connect(self, entry: Entry, suffix: str, block: Block | None) -> str:
        """Add the calls of one entry; return the name under which the author knows the last."""
        if entry.input is not None:
            self.add_input(entry.input, entry.node)
            self.previous = Ref(entry.input.name)
            return entry.input.name
        if entry.type == INPUT_LAYER:
            return ""
        if entry.block or entry.type == "repeat":
            return self.repeat(entry, suffix, block)
        sources, listed = self.sources(entry)
        if entry.reuse is not None:
            return self.reuse_layer(entry, sources, suffix, block, listed=listed)
        layer = self.layer(entry, suffix)
        self.claim_name(layer.name, entry)
        written = entry.label or entry.name or layer.name
        self.add_call(
            entry,
            layer,
            name=layer.name,
            written=written,
            sources=sources,
            listed=listed,
            block=block,
        )
        return written

    def read_call(self, entry: Entry, layer: Layer) -> dict[str, object]:
        """Read the further arguments of a call."""
        from seqinspect.readers.dialect.call_arguments import read_call_arguments  # noqa: PLC0415 - few calls have some

        return read_call_arguments(self.context, entry, layer, self.find_tensor, self.calls)

    def add_call(
        self,
        entry: Entry,
        layer: Layer,
        *,
        name: str,
        written: str,
        sources: tuple[Ref, ...],
        listed: bool,
        block: Block | None,
        reuses: str | None = None,
    ) -> None:
        """Enter one call into the graph."""
        node = Node(
            name=name,
            layer=layer,
            sources=sources,
            listed=listed,
            call={} if entry.call is None else self.read_call(entry, layer),
            reuses=reuses,
            block=block,
            place=self.context.place(entry.node) if reuses else layer.place,
        )
        self.nodes.append(node)
        self.calls[name] = node
        self.previous = self.tensors[name] = self.scope[written] = Ref(name)
        self.later_names.pop(written, None)

    def claim_name(self, name: str, entry: Entry) -> None:
        """Report a name that is taken."""
        line = self.places.get(name)
        if line is None:
            self.places[name] = self.reserved[name] = entry.node.line
            return
        of_input = any(model_input.name == name for model_input in self.inputs)
        place = entry.places.get("name")
        node = Scalar(name, name, False, place.line, place.column) if place else entry.node
        self.context.report(
            node,
            f"the name `{truncate(name)}` is taken: line {line} gives it to"
            f" {'an input' if of_input else 'a layer'}",
            about="name",
            received=truncate(name),
            expected="every name once",
            remedy="choose another name"
            if of_input
            else f"to call the same layer again, write reuse: {truncate(name)}",
        )

    def layer(self, entry: Entry, suffix: str) -> Layer:
        """Make the configured layer, and those inside it first, as Keras does."""
        arguments = entry.arguments
        if entry.nested:
            arguments = {
                name: map_entries(value, Entry, lambda inner: self.layer(inner, ""))
                for name, value in arguments.items()
            }
        graph = None
        if entry.body is not None:
            graph = wire(self.context, entry.body, self.counters, frozen=self.frozen)
        elif self.frozen:
            arguments = {**arguments, "trainable": False}
        if entry.name is not None:
            name = entry.name + suffix
        else:
            kind = traits_of(entry.type).class_name or entry.type
            name = automatic_name(kind, self.counters, self.reserved)
        if graph is not None and graph.sequential:
            count_functional(self.counters)
        if graph is not None:
            graph = replace(graph, name=name)
        place = self.context.place(entry.node)
        translated = tuple(entry.translated)
        return Layer(
            entry.type, name, arguments, place, entry.places, graph, entry.unsupported, translated
        )

    def sources(self, entry: Entry) -> tuple[tuple[Ref, ...], bool]:
        """Find the tensors that an entry reads, and whether they were written as a list."""
        written = entry.sources
        if written is not None:
            items = written.items if isinstance(written, Sequence) else (written,)
            refs = [self.find_tensor(item, "from", entry) for item in items]
            return tuple(ref for ref in refs if ref), isinstance(written, Sequence)
        if self.previous is None:
            names = [model_input.name for model_input in self.inputs]
            self.context.report(
                entry.node,
                "the model has several inputs, and this entry does not say which it reads",
                about="from",
                expected=f"from: {names[0]}, or from: [{', '.join(names[:4])}]"
                if names
                else "from: and the name of an input",
                remedy="write `from` beside the class",
            )
            self.previous = Ref(names[0] if names else DEFAULT_INPUT_NAME)
        return (self.previous,), False

    def find_tensor(self, node: Tree, word: str, entry: Entry | None = None) -> Ref | None:
        """Find the tensor that a name means: `encoder`, or `encoder.1` for its second output."""
        text = node.text if isinstance(node, Scalar) else ""
        ref = self.scope.get(text) or self.tensors.get(text)
        if ref is not None:
            return ref
        name, dot, output = text.rpartition(".")
        ref = self.scope.get(name) or self.tensors.get(name)
        if dot and ref is not None and output.isascii() and output.isdigit() and len(output) < 6:
            if int(output):
                self.check_output(node, name, ref, int(output))
            return replace(ref, output=int(output)) if ref.output == 0 else ref
        self.refuse_source(node, text, word, entry)
        return None

    def check_output(self, node: Tree, name: str, ref: Ref, output: int) -> None:
        """Report an output that a layer with `return_state` does not have."""
        maker = self.calls.get(ref.name)
        if maker is None or ref.output or self.context.keras:
            return
        if maker.layer.arguments.get("return_state"):
            from seqinspect.readers.dialect.suggestions import check_state  # noqa: PLC0415 - few specs need it

            check_state(self.context, node, name, output, maker.layer)

    def refuse_source(self, node: Tree, text: str, word: str, entry: Entry | None) -> None:
        """Say why a name stands for no tensor."""
        name = text.rpartition(".")[0] if text.rpartition(".")[2].isdigit() else text
        later = next(
            (known_names for known_names in (text, name) if known_names in self.later_names), None
        )
        known_names = [*self.scope, *(k for k in self.tensors if k not in self.scope)]
        if entry is not None and later is not None and later == entry.name:
            what, remedy = f"`{truncate(later)}` reads itself", "name an entry above it"
        elif later is not None:
            what = f"`{truncate(later)}` comes later, on line {self.later_names[later]}"
            remedy = "a layer reads what stands above it: move one of the two"
        else:
            what = f"`{word}` names `{truncate(text)}`, which is no input or layer above"
            from seqinspect.readers.dialect.suggestions import tensor_name_remedy  # noqa: PLC0415 - only an error needs it

            sources = entry.sources if entry is not None else None
            remedy = tensor_name_remedy(
                text, sources, ChainMap(self.scope, self.tensors), self.nodes
            )
        self.context.report(
            node,
            what,
            about="from",
            received=truncate(text),
            expected=join_names(reversed(known_names)),
            remedy=remedy,
        )

    def reuse_layer(
        self,
        entry: Entry,
        sources: tuple[Ref, ...],
        suffix: str,
        block: Block | None,
        *,
        listed: bool,
    ) -> str:
        """Call an earlier layer on other tensors, with the same weights."""
        target = entry.reuse
        text = target.text if target is not None else ""
        ref = self.scope.get(text) or self.tensors.get(text)
        first = self.calls.get(ref.name) if ref is not None else None
        if text in self.blocks and target is not None:
            self.context.report(
                target,
                f"`{truncate(text)}` is a repeated block, and `reuse` calls one layer again",
                about="reuse",
                expected="the name of a layer",
            )
        elif first is None and target is not None:
            names = list(self.calls)
            later = self.later_names.get(text)
            near = nearest(text, names)
            self.context.report(
                target,
                f"`{truncate(text)}` comes later, on line {later}"
                if later is not None
                else f"`reuse` names `{truncate(text)}`, which is no layer above",
                about="reuse",
                expected=join_names(reversed(names)) or "a layer above it",
                remedy=f"did you mean `{near}`?" if near and later is None else "",
            )
        if entry.name is not None:
            name = entry.name + suffix
            self.claim_name(name, entry)
        else:
            name = automatic_name(
                f"{first.layer.name if first else text}_call_2", self.call_counters, self.reserved
            )
            self.places[name] = self.reserved[name] = entry.node.line
        written = entry.label or entry.name or name
        if first is None:
            self.previous = self.tensors[name] = self.scope[written] = Ref(name)
            self.later_names.pop(written, None)
            return written
        layer = replace(first.layer, places=entry.places)
        self.add_call(
            entry,
            layer,
            name=name,
            written=written,
            sources=sources,
            listed=listed,
            block=block,
            reuses=first.reuses or first.name,
        )
        return written

    def repeat(self, entry: Entry, suffix: str, block: Block | None) -> str:
        """Write a block out: inside it, `input` is what the iteration before returns."""
        sources, _ = self.sources(entry)
        if len(sources) > 1:
            self.context.report(
                entry.sources or entry.node,
                "a repeated block reads one tensor",
                about="from",
                expected="from: and one name",
            )
        if not sources:
            return ""
        current: Ref = sources[0]
        name = entry.name or automatic_name("repeat", self.counters, self.reserved)
        outer, labels = self.scope, [""] * len(entry.block)
        problems_before = self.context.problem_count
        for index in range(entry.count):
            self.previous = current
            self.scope = outer.new_child({DEFAULT_INPUT_NAME: current})
            inner = block or Block(name, index, entry.count)
            for position, part in enumerate(entry.block):
                label = self.connect(part, f"{suffix}_{index}", inner)
                # A made-up name counts on; the author knows it as it was the first time.
                labels[position] = labels[position] or label
                self.scope[labels[position]] = self.previous or current
            current = self.previous or current
            if self.context.problem_count > problems_before:
                break  # every further iteration would say the same
        self.scope = outer
        self.previous = current
        if entry.name is not None:
            self.claim_name(entry.name + suffix, entry)
            self.blocks.add(entry.name)
            self.scope[entry.name] = self.tensors[entry.name + suffix] = current
            self.later_names.pop(entry.name, None)
        return entry.name or ""

    def outputs(self, *, whole: bool) -> tuple[Ref, ...]:
        """Find the tensors that the model returns: those it names, or the last one.

        `whole`: or all that the last layer returns, as a Sequential does.
        """
        written = self.body.outputs
        if written is None and whole and self.nodes:
            return self.outputs_of_last()
        if written is None:
            return (self.previous,) if self.previous is not None else ()
        items = written.items if isinstance(written, Sequence) else (written,)
        return tuple(ref for item in items if (ref := self.find_tensor(item, "outputs")))

    def outputs_of_last(self) -> tuple[Ref, ...]:
        """Return all that the last layer returns."""
        last = self.nodes[-1]
        return tuple(Ref(last.name, index) for index in range(output_count(last.layer)))

    def refuse_several_outputs(self) -> None:
        """Report layers of a Sequential that hand on several outputs: Keras has no such model."""
        for node in self.nodes[:-1]:
            if node.place is not None and _returns_state(node.layer):
                self.context.problems.report(
                    node.place.line,
                    node.place.column,
                    f"{node.layer.type} `{node.name}` stands within a Sequential, and returns its"
                    " state as well",
                    about="outputs",
                    received="return_state: true",
                    expected="one output, which the next layer reads",
                    remedy="leave return_state out, or make the Sequential a Functional",
                )

    def is_chain(self) -> bool:
        """Tell whether each layer reads only the one before it, and nothing else is named."""
        if len(self.inputs) != 1 or not self.nodes or self.body.type == FUNCTIONAL:
            return False
        previous = self.inputs[0].name
        for node in self.nodes:
            if node.sources != (Ref(previous),) or node.listed or node.call or node.reuses:
                return False
            if output_count(node.layer) > 1 and node is not self.nodes[-1]:
                return False
            previous = node.name
        return self.previous == Ref(previous)


def _returns_state(layer: Layer) -> bool:
    """Tell whether a layer, or the one that it wraps, returns its state as well."""
    return any(each.arguments.get("return_state") for each in wrapper_chain(layer))


def _author_names(entries: list[Entry], suffix: str = "") -> dict[str, int]:
    """Return the names that the author gave, repeats written out, with their lines."""
    names: dict[str, int] = {}
    for entry in entries:
        if entry.name is not None:
            names[entry.name + suffix] = entry.node.line
        for index in range(entry.count if entry.block else 0):
            inner_names = _author_names(entry.block, f"{suffix}_{index}")
            if not inner_names:
                break
            names |= inner_names
    return names


def _later_names(entries: list[Entry]) -> dict[str, int]:
    """Return the names as the author wrote them, with their lines."""
    names: dict[str, int] = {}
    for entry in entries:
        if entry.name is not None:
            names[entry.name] = entry.node.line
        names |= _later_names(entry.block)
    return names
