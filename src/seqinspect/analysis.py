"""Graph × rules → Report: shapes, weights and time relations of every call, without Keras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from seqinspect.algebra import Expr, as_expr, nonnegative, symbol, total
from seqinspect.errors import SpecError, refuse
from seqinspect.facts import Facts, Inner, Part, Reads, Tensor, Tensors, Weight
from seqinspect.notes import note
from seqinspect.reach import Reach, each
from seqinspect.report import (
    Depends,
    InputReport,
    Report,
    Row,
    TensorReport,
    TimeReport,
    WeightReport,
)
from seqinspect.rules import Rule, find_rule
from seqinspect.spec.graph import MODELS, Graph, Input, Layer, Node, Ref

FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})
MOST_STEPS_TRIED = 4096
"""Up to this many steps causality is decided by trying every one, where no proof is found."""


@dataclass(frozen=True, slots=True)
class Known:
    """A tensor in the model, and which steps of each model input its step t depends on."""

    tensor: Tensor
    depends: Mapping[str, Reach]


def analyse(graph: Graph) -> Report:
    """Everything the rules know of a model. Raises SpecError where a layer cannot be used."""
    walk = _Walk(graph)
    inputs = {each_input.name: _input_tensor(graph, each_input) for each_input in graph.inputs}
    walk.run(inputs)
    return Report(
        model=graph.name,
        source=graph.source,
        dims=graph.dims,
        definitions=graph.definitions,
        inputs=tuple(
            InputReport(given.name, _tensor(inputs[given.name]), inputs[given.name].time, given.place)
            for given in graph.inputs
        ),
        rows=tuple(walk.rows),
        outputs=tuple(_ref_text(ref) for ref in graph.outputs),
        causal=_causal(walk, graph, inputs),
    )


class _Walk:
    """One pass through a graph, in execution order."""

    def __init__(self, graph: Graph, facts_of: dict[object, Facts] | None = None) -> None:
        self.graph = graph
        self.known: dict[Ref, Known] = {}
        self.rows: list[Row] = []
        self.facts_of = {} if facts_of is None else facts_of

    def run(self, inputs: Mapping[str, Tensor]) -> None:
        for name, tensor in inputs.items():
            depends = {name: each(tensor.steps)} if tensor.time is not None else {}
            self.known[Ref(name)] = Known(tensor, depends)
        for node in self.graph.nodes:
            try:
                self.call(node)
            except SpecError as error:
                raise self.explained(error, node) from None

    def call(self, node: Node) -> None:
        sources = [self.get(ref, node) for ref in node.sources]
        if node.layer.graph is not None:
            self.call_model(node, node.layer.graph, sources)
            return
        bound = self.bind(node, sources)
        tensors = {
            name: value if isinstance(value, tuple) else (value,)
            for name, value in bound.items()
            if isinstance(value, Known | tuple)
        }
        facts = self.facts(
            node.layer,
            {name: _bare(value) for name, value in bound.items()},
        )
        depends = [
            _compose(reading, tensors) for reading in _readings(facts, len(facts.outputs))
        ]
        for index, output in enumerate(facts.outputs):
            self.known[Ref(node.name, index)] = Known(output, depends[index])
        first = next(iter(tensors.values()))[0].tensor
        row = self.row(node, facts, first, depends[0])
        self.rows.append(row)
        self.add_parts(facts.parts, row, first, tensors)

    def get(self, ref: Ref, node: Node) -> Known:
        known = self.known.get(ref)
        if known is None:
            count = sum(1 for other in self.known if other.name == ref.name)
            refuse(
                f"output {ref.output} of `{ref.name}` does not exist",
                received=_ref_text(ref),
                expected=f"`{ref.name}` has {count} output{'s' * (count != 1)}, counted from 0",
                remedy="return_state: true makes a recurrent layer put out its states too",
                argument="from",
                about="from",
            )
        return known

    def bind(self, node: Node, sources: list[Known]) -> dict[str, object]:
        """The sources and call arguments by the names that the layer's call gives them."""
        rule = _rule(node.layer)
        names = list(rule.calls)
        bound: dict[str, object] = {}
        if rule.takes_list:
            if not node.listed:
                refuse(
                    "is called on a list of tensors, and receives one",
                    received=", ".join(map(_ref_text, node.sources)),
                    expected="from: [a, b]",
                    argument="from",
                    about="from",
                )
            bound[names[0]] = tuple(sources)
        else:
            tensor_names = [n for n in names if rule.calls[n].kind.startswith("Tensor")]
            if len(sources) > len(tensor_names):
                refuse(
                    f"is called on {len(tensor_names)} tensor{'s' * (len(tensor_names) != 1)},"
                    f" and receives {len(sources)}",
                    received=", ".join(map(_ref_text, node.sources)),
                    expected=", ".join(tensor_names),
                    remedy="merge them first, with Concatenate or Add",
                    argument="from",
                    about="from",
                )
            bound.update(zip(tensor_names, sources, strict=False))
        for name, value in node.call.items():
            if name in bound:
                refuse(f"`{name}` is given twice: by `from` and by `call`", argument=name)
            if isinstance(value, Ref):
                known = self.get(value, node)
                bound[name] = (known,) if rule.calls[name].kind.startswith("Tensors") else known
            elif isinstance(value, tuple):
                bound[name] = tuple(self.get(ref, node) for ref in value)
            else:
                bound[name] = value
        missing = [n for n, p in rule.calls.items() if p.required and n not in bound]
        if missing:
            refuse(
                f"is called without `{missing[0]}`",
                received=", ".join(map(_ref_text, node.sources)),
                expected=f"from: [{', '.join(n for n, p in rule.calls.items() if p.required)}]",
                remedy="for self-attention name the same tensor twice: from: [x, x]"
                if "query" in rule.calls
                else "",
                argument="from",
                about="from",
            )
        return bound

    def facts(self, layer: Layer, bound: Mapping[str, object]) -> Facts:
        """What the layer's rule states, once for equal layers on equal tensors."""
        try:
            key = (layer.type, tuple(layer.arguments.items()), tuple(bound.items()))
            found = self.facts_of.get(key)
        except TypeError:  # an argument that is itself a layer has no hash
            return self.apply(layer, bound)
        if found is None:
            found = self.facts_of[key] = self.apply(layer, bound)
        return found

    def apply(self, layer: Layer, bound: Mapping[str, object]) -> Facts:
        rule = _rule(layer)
        options = {
            name: self.inner(value) if isinstance(value, Layer) else value
            for name, value in layer.arguments.items()
            if name in rule.options
        }
        return _finished(rule.function(**bound, **options), layer.arguments, rule, bound)

    def inner(self, layer: Layer) -> Inner:
        """A layer within a layer, ready to be applied by its wrapper's rule."""

        def apply(inner: Inner, *inputs: Tensor | Tensors | None) -> Facts:
            if layer.graph is not None:
                return self.model_facts(layer.graph, [x for x in inputs if isinstance(x, Tensor)])[0]
            changed = replace(layer, name=inner.name, arguments=inner.arguments)
            given = {
                name: value
                for name, value in zip(_rule(layer).calls, inputs, strict=False)
                if value is not None
            }
            try:
                return self.apply(changed, given)
            except SpecError as error:
                raise error.at(layer.place, dict(layer.places)) from None

        return Inner(layer.type, layer.name, layer.arguments, apply)

    def call_model(self, node: Node, graph: Graph, sources: list[Known]) -> None:
        facts, walk = self.model_facts(graph, [known.tensor for known in sources])
        given = dict(zip((i.name for i in graph.inputs), sources, strict=True))
        outer = {name: (known,) for name, known in given.items()}
        depends = [_compose(reading, outer) for reading in facts.reaches]
        for index, output in enumerate(facts.outputs):
            self.known[Ref(node.name, index)] = Known(output, depends[index])
        parent = self.row(node, facts, sources[0].tensor, depends[0])
        self.rows.append(parent)
        for row in walk.rows:
            self.rows.append(_nested(row, parent, outer, walk))

    def model_facts(self, graph: Graph, tensors: list[Tensor]) -> tuple[Facts, _Walk]:
        """A model within a model, as one layer: what it puts out and what that depends on."""
        if len(tensors) != len(graph.inputs):
            refuse(
                f"has {len(graph.inputs)} input{'s' * (len(graph.inputs) != 1)}"
                f" and receives {len(tensors)}",
                argument="from",
                about="from",
            )
        walk = _Walk(graph, self.facts_of)
        for given, tensor in zip(graph.inputs, tensors, strict=True):
            if given.shape is not None:
                _check_input(given, tensor)
        walk.run({g.name: t for g, t in zip(graph.inputs, tensors, strict=True)})
        outputs = [walk.known[ref] for ref in graph.outputs]
        own = [row for row in walk.rows if row.depth == 0 and row.reuses is None]
        weights = [
            Weight(f"{row.name}/{w.name}", w.symbolic, trainable=w.trainable, dtype=w.dtype)
            for row in own
            for w in row.weights
        ]
        timed = tensors[0].time is not None
        reads: Reads = "all" if timed else "none"
        reach = outputs[0].depends.get(graph.inputs[0].name)
        if timed and reach is not None and reach == each(tensors[0].steps):
            reads = "each"
        facts = Facts(
            outputs=tuple(known.tensor for known in outputs),
            reads=reads,
            reaches=tuple(known.depends for known in outputs),
            weights=tuple(weights),
            products=total(row.multiply_adds for row in walk.rows if row.depth == 0),
        )
        return facts, walk

    def row(self, node: Node, facts: Facts, first: Tensor, depends: Mapping[str, Reach]) -> Row:
        reused = node.reuses is not None
        return Row(
            name=node.name,
            path=node.name,
            depth=0,
            type=node.layer.type,
            place=node.place,
            sources=tuple(_ref_text(ref) for ref in node.sources),
            reuses=node.reuses,
            outputs=tuple(_tensor(output) for output in facts.outputs),
            weights=tuple(_weight(weight) for weight in facts.weights),
            formula=as_expr(0) if reused else facts.params,
            multiply_adds=facts.multiply_adds,
            time=self.time(node.layer, facts, first, depends, node.sources[0].name),
            block=(node.block.name, node.block.index, node.block.count) if node.block else None,
        )

    def time(
        self,
        layer: Layer,
        facts: Facts,
        first: Tensor,
        depends: Mapping[str, Reach],
        source: str = "",
    ) -> TimeReport | None:
        if not depends:
            return None
        output = facts.outputs[0]
        reads = _reads(facts, first)
        shared = _shared(facts, first, layer, self) if facts.weights else None
        return TimeReport(
            axis=output.time,
            steps=output.steps if output.time is not None else None,
            reads=reads,
            applications=as_expr(facts.applications),
            shared=shared,
            depends=tuple(
                Depends(name, *reach.bounds, as_expr(reach.every))
                for name, reach in depends.items()
                if reach.bounds is not None
            ),
            note=note(layer.type, facts, first, reads, source),
        )

    def add_parts(
        self,
        parts: Iterable[Part],
        parent: Row,
        first: Tensor,
        tensors: Mapping[str, tuple[Known, ...]],
    ) -> None:
        for part in parts:
            time = None
            layer = Layer(part.layer.type, part.layer.name, part.layer.arguments)
            if part.same_input:
                depends = _compose(part.facts.reaches[0], tensors)
                time = self.time(layer, part.facts, first, depends)
            row = Row(
                name=part.layer.name,
                path=f"{parent.path}/{part.layer.name}",
                depth=parent.depth + 1,
                type=part.layer.type,
                place=parent.place,
                sources=parent.sources if part.same_input else (),
                reuses=parent.reuses,
                outputs=tuple(_tensor(output) for output in part.facts.outputs),
                weights=tuple(_weight(weight) for weight in part.facts.weights),
                formula=as_expr(0) if parent.reuses else part.facts.params,
                multiply_adds=part.facts.multiply_adds,
                time=time,
                block=parent.block,
            )
            self.rows.append(row)
            self.add_parts(part.facts.parts, row, first, tensors)

    def explained(self, error: SpecError, node: Node) -> SpecError:
        """The error with its layer, its place and, for a lost time axis, the layer to mend."""
        problems = []
        for problem in error.at(node.place, dict(node.layer.places)).problems:
            what = problem.what
            if not what.startswith(f"{node.layer.type} `"):
                join = ": " if what.startswith("`") else " "
                what = f"{node.layer.type} `{node.name}`{join}{what}"
            remedy = problem.remedy
            if problem.about == "rank" and not remedy:
                remedy = self.lost_steps(node)
            line = problem.line
            if not line and problem.place is not None:
                line = self.graph.line(problem.place)
            problems.append(replace(problem, what=what, remedy=remedy, line=line))
        return SpecError(*problems)

    def lost_steps(self, node: Node) -> str:
        """Which layer before this one keeps only its last step, and how to make it keep all."""
        calls = {call.name: call for call in self.graph.nodes}
        refs = list(node.sources)
        while refs:
            call = calls.get(refs.pop().name)
            if call is None:
                continue
            for layer in (call.layer, call.layer.arguments.get("layer")):
                if (
                    isinstance(layer, Layer)
                    and (rule := find_rule(layer.type)) is not None
                    and "return_sequences" in rule.options
                    and not layer.arguments.get("return_sequences", False)
                ):
                    return (
                        f"{call.layer.type} `{call.name}` ({call.place}) puts out its last step"
                        f" only: give {layer.type} return_sequences: true to keep every step"
                    )
            refs += call.sources
        return ""


def _rule(layer: Layer) -> Rule:
    rule = find_rule(layer.type)
    if rule is None:
        refuse(f"{layer.type} has no rule", received=layer.type, expected="a Keras layer")
    return rule


def _bare(value: object) -> object:
    if isinstance(value, Known):
        return value.tensor
    if isinstance(value, tuple):
        return tuple(known.tensor for known in value)
    return value


def _finished(
    facts: Facts, arguments: Mapping[str, object], rule: Rule, bound: Mapping[str, object]
) -> Facts:
    """The facts with what every Keras layer adds: its dtype policy, and `trainable: false`."""
    policy = str(arguments.get("dtype") or "float32")
    compute = policy.removeprefix("mixed_")
    variable = "float32" if policy.startswith("mixed_") else policy
    frozen = arguments.get("trainable") is False
    weights = tuple(
        replace(weight, dtype=weight.dtype or variable, trainable=weight.trainable and not frozen)
        for weight in facts.weights
    )
    outputs = tuple(
        output
        if rule.keeps_dtype and output.dtype not in FLOATS
        else replace(output, dtype=compute)
        for output in facts.outputs
    )
    return replace(facts, weights=weights, outputs=outputs)


def _readings(facts: Facts, outputs: int) -> tuple[Reach | Mapping[str, Reach], ...]:
    if len(facts.reaches) != outputs:
        raise TypeError(f"a rule states {outputs} outputs and {len(facts.reaches)} reaches")
    return facts.reaches


def _compose(
    reading: Reach | Mapping[str, Reach], tensors: Mapping[str, tuple[Known, ...]]
) -> dict[str, Reach]:
    """What an output depends on: what it reads of each input, composed with what that saw."""
    found: dict[str, list[Reach]] = {}
    for name, group in tensors.items():
        reach = reading if isinstance(reading, Reach) else reading.get(name, Reach())
        for known in group:
            for model_input, depends in known.depends.items():
                seen = depends if known.tensor.time is None else reach.then(depends)
                if seen:
                    found.setdefault(model_input, []).append(seen)
    return {name: Reach.union(reaches) for name, reaches in found.items()}


def _nested(
    row: Row, parent: Row, outer: Mapping[str, tuple[Known, ...]], walk: _Walk
) -> Row:
    """A row of a model within the model, with its dependence on the outer model's inputs."""
    time = row.time
    if time is not None:
        known = walk.known.get(Ref(row.name)) if row.depth == 0 else None
        depends: tuple[Depends, ...] = ()
        if known is not None:
            depends = tuple(
                Depends(name, *reach.bounds, as_expr(reach.every))
                for name, reach in _compose(known.depends, outer).items()
                if reach.bounds is not None
            )
        time = replace(time, depends=depends)
    return replace(
        row,
        path=f"{parent.path}/{row.path}",
        depth=row.depth + parent.depth + 1,
        formula=as_expr(0) if parent.reuses else row.formula,
        reuses=row.reuses or parent.reuses,
        time=time,
        block=parent.block,
    )


def _reads(facts: Facts, first: Tensor) -> Reads:
    """The steps that one application reads; of an input without time axis, what it holds."""
    if first.time is not None or not first.holds:
        return facts.reads or "none"
    if first.holds in ("last", "first"):
        return first.holds  # type: ignore[return-value]  # both are words of Reads
    return "all"


def _shared(facts: Facts, first: Tensor, layer: Layer, walk: _Walk) -> bool:
    """Whether no weight's shape contains the number of steps: then all steps share the weights."""
    if first.time is None:
        return first.holds != "folded"
    if facts.reads != "all" or layer.graph is not None:
        return True
    rule = _rule(layer)
    mark = symbol("steps of the input", first.steps.value)
    shape = (*first.shape[: first.time], mark, *first.shape[first.time + 1 :])
    name = next(iter(rule.calls))
    if rule.takes_list or sum(p.required for p in rule.calls.values()) != 1:
        return True
    marked = walk.apply(layer, {name: replace(first, shape=shape)})
    return not any(
        "steps of the input" in as_expr(size).symbols()
        for weight in marked.weights
        for size in weight.shape
    )


def _tensor(tensor: Tensor) -> TensorReport:
    return TensorReport(tuple(size.plain() for size in tensor.shape), tensor.dtype)


def _weight(weight: Weight) -> WeightReport:
    return WeightReport(
        weight.name,
        tuple(as_expr(size) for size in weight.shape),
        weight.trainable,
        weight.dtype,
    )


def _ref_text(ref: Ref) -> str:
    return f"{ref.name}.{ref.output}" if ref.output else ref.name


TIME_FIRST = frozenset({"TimeDistributed", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
SAME_SHAPE = frozenset(
    "Dropout Masking Activation GaussianNoise GaussianDropout AlphaDropout Identity ReLU LeakyReLU"
    " ELU PReLU BatchNormalization LayerNormalization Rescaling".split()
)


def _input_tensor(graph: Graph, given: Input) -> Tensor:
    """A model input with its time axis: stated, or known from its rank and from who reads it."""
    shape = given.shape or ()
    time = given.time_axis
    if not given.says_time:
        readers = _readers(graph, given.name)
        if (
            len(shape) == 3
            or (len(shape) == 2 and "Embedding" in readers)
            or (len(shape) > 3 and readers & TIME_FIRST)
        ):
            time = 1
    return Tensor(tuple(size.settled() for size in shape), given.dtype, time)


def _readers(graph: Graph, name: str) -> set[str]:
    """The layer types that read an input, looking through layers that keep its shape."""
    names, types = {name}, set()
    for node in graph.nodes:
        if any(ref.name in names for ref in node.sources):
            types.add(node.layer.type)
            if node.layer.type in SAME_SHAPE:
                names.add(node.name)
            elif node.layer.graph is not None and node.layer.type in MODELS:
                inner = node.layer.graph
                types |= {kind for i in inner.inputs for kind in _readers(inner, i.name)}
    return types


def _check_input(given: Input, tensor: Tensor) -> None:
    shape = given.shape or ()
    fits = len(shape) == tensor.rank and all(
        a.value is None or b.value is None or a.value == b.value
        for a, b in zip(shape[1:], tensor.shape[1:], strict=True)
    )
    if not fits:
        expected = f"({', '.join(size.text() for size in shape)})"
        refuse(
            f"has the input shape {expected} and receives"
            f" ({', '.join(size.text() for size in tensor.shape)})",
            expected=expected,
            argument="from",
            about="shape",
        )


def _causal(walk: _Walk, graph: Graph, inputs: Mapping[str, Tensor]) -> bool | None:
    """Whether no output step depends on a later step of an input with as many steps."""
    answers: list[bool | None] = []
    for ref in graph.outputs:
        known = walk.known[ref]
        if known.tensor.time is None:
            continue
        steps = known.tensor.steps
        for name, reach in known.depends.items():
            if inputs[name].steps == steps and reach.bounds is not None:
                answers.append(_never_ahead(reach, steps, graph.dims))
    if not answers or (None in answers and False not in answers):
        return None
    return False not in answers


def _never_ahead(reach: Reach, steps: Expr, dims: Mapping[str, Expr]) -> bool | None:
    assert reach.bounds is not None  # noqa: S101  # the caller looked
    last = reach.bounds[1]
    room = symbol("t") - last
    if nonnegative(room, {"t": 0}):
        return True
    names = last.symbols() - {"t"}
    values = {
        name: size.value
        for name, size in dims.items()
        if name in names and size.value is not None
    }
    count = steps.value
    if count is None or count > MOST_STEPS_TRIED or len(values) < len(names):
        return None
    return all(last.evaluate({**values, "t": step}) <= step for step in range(count))
