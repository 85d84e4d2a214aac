"""What `compile` and `fit` say of a model: its losses, and the data that it is trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.data import Data, DataArray
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.python.code import CodeDocument
from seqinspect.readers.python.run import plain_number
from seqinspect.readers.python.values import Argument, Array, At, ConfigObject, External
from seqinspect.readers.source.limits import truncate
from seqinspect.rules.losses import find_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.algebra.expression import Expr
    from seqinspect.errors import Place
    from seqinspect.model.data import Arrays
    from seqinspect.model.graph import Graph
    from seqinspect.model.tree import Value
    from seqinspect.readers.python.code import Code
    from seqinspect.readers.python.run import Arguments
    from seqinspect.readers.python.values import Instance, ModelValue

FIT = ("x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split")
"""The parameters of `fit` that code gives by position."""

FOCAL = "focal"
"""In the name of a loss that has other arguments before `from_logits`."""


def compile_model(model: ModelValue | Instance, given: Arguments) -> None:
    """Note the loss that a model is compiled with."""
    model.loss = _second(given, "loss")


def fit_model(model: ModelValue | Instance, given: Arguments) -> Argument | None:
    """Note what a model is fitted on; return its inputs."""
    named = dict(zip(FIT, given.positional, strict=False)) | given.named
    model.fitted = {} if given.open else named
    return named.get("x")


def fitted_data(code: Code, model: ModelValue) -> Data | None:
    """Return the data that the source fits a model on, as far as its shapes are known.

    Of a batch size that is not known hangs what a target is compared with: then it is left out.
    """
    given = model.fitted
    found = {
        name: _arrays(given[name], code) for name in ("x", "y", "sample_weight") if name in given
    }
    size = plain_number(given["batch_size"].value) if "batch_size" in given else None
    if model.subclass is not None:  # it compares nothing with its inputs
        found.pop("x", None)
    if size is not None and not isinstance(size, int):
        found = {"x": found.get("x")}
    if all(each is None for each in found.values()):
        return None
    split = "validation_split" in given or "class_weight" in given
    x, y, weights = (found.get(name) for name in ("x", "y", "sample_weight"))
    return Data(x, y, weights, batch_size=size if isinstance(size, int) else None, split=split)


def _arrays(argument: Argument, code: Code) -> Arrays | None:
    """Return the arrays that an argument is; None where one of them is not known."""
    value, place = argument.value, code.place(argument.at.line, argument.at.column)
    if isinstance(value, Array):
        return _array(value, argument.text, place)
    if isinstance(value, dict) and all(isinstance(each, Array) for each in value.values()):
        return {str(key): _array(each, str(key), place) for key, each in value.items()} or None
    if isinstance(value, list | tuple) and all(isinstance(each, Array) for each in value):
        return tuple(_array(each, argument.text, place) for each in value) or None
    return None


def _array(value: Array, text: str, place: Place) -> DataArray:
    sizes = [plain_number(size) for size in value.shape]
    shape = tuple(size if isinstance(size, int) else None for size in sizes)
    return DataArray(truncate(text), shape, place=place)


def _second(given: Arguments, name: str) -> Argument | None:
    """Return the argument of a name, which may stand at the second position."""
    return given.named.get(name) or (given.positional[1] if len(given.positional) > 1 else None)


def expectations(
    code: Code,
    model: ModelValue,
    graph: Graph,
    only_output: Callable[[Graph], tuple[Expr, ...] | None],
) -> CodeDocument | None:
    """Return what the source says that must hold, as `expect:` of a spec has it.

    `only_output` tells the shape of a model's only output, where it has one and it is known; it is
    asked where the source has a target.
    """
    entries: dict[str, Tree] = {}
    if model.loss is not None:
        loss = _losses(model.loss.value, [str(ref) for ref in graph.outputs], model.loss.at)
        if loss is not None:
            entries["loss"] = loss
    fitted = model.fitted.get("y") if model.loss is None else None  # with a loss, `fit` decides
    if fitted is not None and (output := only_output(graph)) is not None:
        target = _target(fitted, output)
        if target is not None:
            entries["target"] = target
    return CodeDocument(_mapping(entries, model.at), code) if entries else None


def _losses(value: object, outputs: list[str], at: At) -> Tree | None:
    """Return one loss, or those of the outputs by name; None where none of Keras's is known."""
    if isinstance(value, dict):
        named = {str(name): _loss(each, at) for name, each in value.items()}
    elif isinstance(value, list | tuple):
        if len(value) == len(outputs) == 1:
            return _loss(value[0], at)
        named = {name: _loss(each, at) for name, each in zip(outputs, value, strict=False)}
    else:
        return _loss(value, at)
    known = {name: tree for name, tree in named.items() if tree is not None and name in outputs}
    return _mapping(known, at) if known else None


def _loss(value: object, at: At) -> Tree | None:
    """Return a loss by its name of Keras 3, and whether it is made `from_logits`, if that is known.

    `compile` takes a name, or a function, as one of probabilities.
    """
    path = value.path if isinstance(value, External | ConfigObject) else value
    name = find_loss(path.rpartition(".")[2]) if isinstance(path, str) else ""
    if not name:
        return None
    logits: object = False
    more: dict[str, Tree] = {}
    if isinstance(value, ConfigObject):
        first = value.positional[0] if value.positional and FOCAL not in name else False
        logits = plain_number(value.named.get("from_logits", first))
        numbers = {word: plain_number(value.named.get(word)) for word in ("ignore_class", "axis")}
        more = {word: _scalar(each, at) for word, each in numbers.items() if type(each) is int}
    if not isinstance(logits, bool):
        return _scalar(name, at) if not more else _mapping({name: _mapping(more, at)}, at)
    flag = Scalar(logits, str(logits).lower(), False, at.line, at.column)
    return _mapping({name: _mapping({"from_logits": flag, **more}, at)}, at)


def _target(data: Argument, output: tuple[Expr, ...]) -> Tree | None:
    """Return the shape of the data that a model is fitted to; None where it is not known.

    Keras adds a last axis of size 1, or leaves it out, where the output has another rank.
    """
    known = isinstance(data.value, Array) and data.value.rank_known
    shape = data.value.shape[1:] if isinstance(data.value, Array) and known else (None,)
    sizes = [plain_number(size) for size in shape]
    if not all(isinstance(size, int) for size in sizes):
        return None
    if len(sizes) + 2 == len(output) and output[-1].value == 1:
        sizes.append(1)
    elif len(sizes) == len(output) and sizes[-1:] == [1]:
        sizes.pop()
    at = data.at
    batch = Scalar("batch", "batch", False, at.line, at.column)
    return Sequence((batch, *(_scalar(each, at) for each in sizes)), at.line, at.column)


def _scalar(value: object, at: At) -> Scalar:
    shown: Value = value  # type: ignore[assignment]  # a name or an integer
    return Scalar(shown, str(value), isinstance(value, str), at.line, at.column)


def _mapping(entries: dict[str, Tree], at: At) -> Mapping:
    pairs = tuple((_scalar(name, at), tree) for name, tree in entries.items())
    return Mapping(pairs, entries, at.line, at.column)
