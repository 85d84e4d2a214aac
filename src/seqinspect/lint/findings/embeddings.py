"""SEQ209 and on: tables that are too small for what looks up in them, or that are nearly all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.lint.edits import with_argument
from seqinspect.lint.model_index import Use, skip_shape_preserving
from seqinspect.lint.registry import finding, finding_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.model_index import Call, ModelIndex
    from seqinspect.model.finding import Finding

LARGE = 1_000_000
NEARLY_ALL = 95
"""Of 100 parameters."""

POSITIONS = re.compile(
    r"(pos|positions?|positional|step|steps)"
    r"([-_ ]?(emb|embed|embedding|embeddings|encoding|ids?|ind(ex|ices)|table))?([-_ ]?\d+)?"
)
"""What people call the numbers of steps, and a table of them."""


@finding_kind(
    "SEQ209",
    "too-few-positions",
    "error",
    message="{layer} has {rows} rows, and reads the numbers of {steps:step}",
    remedy="give it an input_dim of at least {steps}",
    on=lambda traits: traits.looks_up,
    fixable="unsafe",
)
def too_few_positions(model: ModelIndex) -> Iterator[Finding]:
    """An Embedding of positions has fewer rows than there are steps.

    ### What
    An Embedding that is called one of positions, or whose input is, is added to an Embedding of
    something else, and has an `input_dim` below the number of steps that it reads.

    ### Why it matters
    Steps beyond the table have no row: on a CPU the model stops with an error, on a GPU it reads
    zeros and says nothing.

    ### Remedy
    Give the table as many rows as the longest sequence has steps.

    ### Example
    ```yaml
    inputs: {words: {shape: [512], dtype: int32}, positions: {shape: [512], dtype: int32}}
    layers:
      - Embedding: {input_dim: 1000, output_dim: 16, name: word}
        from: words
      - Embedding: {input_dim: 256, output_dim: 16, name: position}
        from: positions
      - Add: {}
        from: [word, position]
    ```
    Instead:
    ```yaml
    inputs: {words: {shape: [512], dtype: int32}, positions: {shape: [512], dtype: int32}}
    layers:
      - Embedding: {input_dim: 1000, output_dim: 16, name: word}
        from: words
      - Embedding: {input_dim: 512, output_dim: 16, name: position}
        from: positions
      - Add: {}
        from: [word, position]
    ```
    """
    for use in model.of(lambda traits: traits.looks_up):
        source = use.call.sources[0]
        steps = source.report.symbolic[-1] if source.rank > 1 else None
        rows = _rows(use)
        if rows is None or steps is None or steps.value is None or rows >= steps.value:
            continue
        if _says_positions(use.layer.name, source.name) and _added_to_other(use.call):
            yield finding(
                use.at("input_dim"),
                layer=use,
                rows=rows,
                steps=steps,
                edits=with_argument(use.call.graph, use.layer, "input_dim", steps.value),
            )


def _rows(use: Use) -> int | None:
    weights = use.call.row.weights
    return weights[0].shape[0] if weights else None


def _says_positions(*names: str) -> bool:
    return any(POSITIONS.fullmatch(name.lower()) for name in names)


def _added_to_other(call: Call) -> bool:
    """Whether what a table gives is added to what another one gives for another input."""
    pending = [*call.outputs]
    while pending:
        for reader in pending.pop().readers:
            if reader.traits.joins and reader.outputs[0].features == call.outputs[0].features:
                makers = [skip_shape_preserving(source).call for source in reader.sources]
                tables = [each for each in makers if each is not None and each.traits.looks_up]
                return any(each.node is not call.node for each in tables)
            if reader.traits.keeps_shape:
                pending += reader.outputs
    return False


@finding_kind(
    "SEQ210",
    "heavy-vocabulary",
    "note",
    message="{layer} holds {percent} % of the {params} parameters of the model: {rows} rows of"
    " {features} numbers",
    remedy="use fewer words, shorter rows, or rows that were trained before and are frozen",
    on=lambda traits: traits.looks_up,
    by_hand=True,
)
def heavy_vocabulary(model: ModelIndex) -> Iterator[Finding]:
    """A vocabulary holds nearly all weights of a model.

    ### What
    Of at least a million parameters, 95 of 100 or more are the table of one Embedding that is
    trained. Said of specs only: in code and in saved files of language models it is everywhere.

    ### Why it matters
    Memory, checkpoint and training time are those of the table, whatever is changed behind it; rare
    words hardly train their rows, and the model learns the frequent ones by heart.

    ### Remedy
    Keep the frequent words only, let rare ones share rows (Hashing), make the rows shorter, or load
    vectors that were trained on more text, with `trainable: false`.

    ### Example
    ```yaml
    input: {shape: [30], dtype: int32}
    layers:
      - Embedding: {input_dim: 400000, output_dim: 300}
      - LSTM: 16
    ```
    Instead:
    ```yaml
    input: {shape: [30], dtype: int32}
    layers:
      - Embedding: {input_dim: 20000, output_dim: 32}
      - LSTM: 128
    ```
    """
    params = 0 if model.graph.keras or not model.report.complete else model.report.params or 0
    for use in model.of(lambda traits: traits.looks_up):
        row = use.call.row
        weights = row.params or 0
        if params < LARGE or weights * 100 < params * NEARLY_ALL or row.trainable == 0:
            continue
        yield finding(
            use.at("input_dim"),
            layer=use,
            params=params,
            percent=weights * 100 // params,
            features=use.call.outputs[0].features or 0,
            rows=_rows(use) or 0,
        )


@finding_kind(
    "SEQ211",
    "index-beyond-table",
    "error",
    message="{layer} has {rows} rows, and {maker} gives it indexes up to {largest}",
    remedy="give it an input_dim of at least {needed}",
    on=lambda traits: traits.indexes_below,
    fixable="unsafe",
)
def index_beyond_table(model: ModelIndex) -> Iterator[Finding]:
    """An Embedding has fewer rows than there are indexes.

    ### What
    The indexes come from a layer that says how many there are (Hashing, HashedCrossing,
    Discretization), and `input_dim` is smaller. How large the numbers of data are is not known
    here: `--data` looks at them.

    ### Why it matters
    An index from `input_dim` on has no row: on a CPU the model stops with an error, on a GPU it
    reads zeros and says nothing.

    ### Remedy
    Give the table a row for each index: the largest one and 1.

    ### Example
    ```yaml
    input: [30]
    layers:
      - Discretization: {bin_boundaries: [0.0, 0.5, 1.0]}
      - Embedding: {input_dim: 3, output_dim: 8}
    ```
    Instead:
    ```yaml
    input: [30]
    layers:
      - Discretization: {bin_boundaries: [0.0, 0.5, 1.0]}
      - Embedding: {input_dim: 4, output_dim: 8}
    ```
    """
    for use in model.of(lambda traits: traits.looks_up):
        rows = _rows(use)
        source = use.call.sources[0]
        while source.call is not None and (
            source.call.traits.keeps_shape or source.call.traits.rearranges
        ):
            source = source.call.sources[0]
        maker = source.call
        count = None if maker is None else _count_of_indexes(Use(maker.layer, maker))
        if maker is None or rows is None or count is None or count <= rows:
            continue
        yield finding(
            use.at("input_dim"),
            layer=use,
            rows=rows,
            maker=maker,
            largest=count - 1,
            needed=count,
            edits=with_argument(use.call.graph, use.layer, "input_dim", count),
        )


def _count_of_indexes(use: Use) -> int | None:
    """How many different integers a layer may return, from 0 on; None where that is not known."""
    if use.get("output_mode", "int") != "int":
        return None
    for name in use.traits.indexes_below:
        value = use.get(name)
        if isinstance(value, tuple):
            return len(value) + 1
        if value is not None:
            return value.value if isinstance(value, Expr) else int(str(value))
    return None
