"""SEQ6xx: data: whether arrays fit the model, as `fit` decides or should decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.lint.fit_inputs import check_inputs
from seqinspect.lint.fit_targets import check_targets
from seqinspect.lint.fit_values import check_values
from seqinspect.lint.fitting import Fit
from seqinspect.lint.registry import as_facts, finding_kind
from seqinspect.model.finding import Finding, LayerName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seqinspect.lint.fitting import Trouble
    from seqinspect.lint.model_index import ModelIndex

WINDOWS = {
    "window": "cut it into windows: {window}; the target of a window's last step is then"
    " y = y[{last}:]",
    "windows of both": "cut it and the target into windows: {window}; {windows_of_target}",
}
TARGETS = {
    "one-hot": "make numbers of classes of it: {array} = {array}.argmax(-1); or use"
    " categorical_crossentropy",
    "numbers": "use sparse_categorical_crossentropy, which takes numbers of classes; or {array} ="
    " keras.utils.to_categorical({array}, {classes})",
    "order": "exchange its axes: {array} = numpy.transpose({array}, ({order}))",
    "last step": "keep the target of the last step: {array} = {array}[:, -1]; or let the model"
    " return every step (return_sequences: true)",
    "every step": "let the model return one output a sample (the last layer of time without"
    " return_sequences, or a pooling), or give a target for every step: shape {due}",
    "units": "give the last layer as many units as the target has columns, {columns}, or give the"
    " target the shape {due}",
    "shape": "give {array} the shape {due}",
}


@finding_kind(
    "SEQ601",
    "data-refused",
    "error",
    looks_at="run",
    message={
        "unknown": "the model has no input and no output `{array}`",
        "missing": "{array} has no array for {names:and}, which the model has as {what}",
        "count": "{array} is {found:array}, and the model has {due} {what} ({names:and})",
        "weights of outputs": "sample_weight is not one array for each of the outputs {names:and}",
        "table": "{which} holds words in {columns:and}: fit refuses text",
        "type": "{which} is an array of {dtype}: fit refuses it",
        "strings": "{which} is {dtype}, and the input takes strings: fit refuses it",
        "samples": "{array} has {count:sample}, and {second} has {other}: fit refuses arrays of"
        " different lengths",
        "batch": "of {count:sample} in batches of {batch} the last batch has {rest}: a stateful"
        " layer refuses it",
        "batch size": "a stateful layer takes batches of {batch}, and fit makes other ones of"
        " {count:sample}",
        "order": "{which} has shape {shape}, and the input `{input}` takes {due}: fit refuses it",
        "window": "{which} has shape {shape}, a series that is not cut into windows: the"
        " input `{input}` takes {due}, and fit refuses it",
        "shape": "{which} has shape {shape}, and the input `{input}` takes {due}: fit refuses it",
        "layer": "{which} has shape {shape}, which the input `{input}` takes and a layer"
        " behind it does not: fit refuses it",
        "target": "{which} has shape {shape}, and the output `{output}` is {made}: {loss}"
        " refuses it as a target",
        "target and weights": "{which} has shape {shape}, and the output `{output}` is {made}: the"
        " losses have {losses} then, and fit refuses weights or a mask of {over}",
        "weights": "{which} has shape {shape}, and the losses of the output"
        " `{output}` have {losses}: fit refuses the weights",
        "mask": "with a target {target} the losses of the output `{output}` have shape {losses},"
        " and its mask has {over}: fit refuses them",
    },
    remedy={
        "unknown": "name one of {names:or}, or x, y or sample_weight",
        "missing": "give an array for each: --data NAME=FILE, or an .npz with these names",
        "count": "give one array for each: --data NAME=FILE, or a list in their order",
        "weights of outputs": "give targets and weights as lists in the order of the outputs, or"
        " one weight for each sample",
        "factorize": "make numbers of the text first, with StringLookup, TextVectorization or"
        " pandas.factorize, or leave these columns out",
        "numbers": "make numbers of it: {array} = {array}.astype('float32')",
        "columns": "make one array of its columns:"
        " {array} = numpy.lib.recfunctions.structured_to_unstructured({array})",
        "strings": "give it strings, or give the input a dtype of numbers",
        "samples": "give each sample one entry in every array",
        "batch": "leave the last samples out: {whole} of them are a multiple of {batch}",
        "batch size": "fit with batch_size={batch}",
        "order": "exchange its axes: {array} = numpy.transpose({array}, ({order}))",
        "transposed": "exchange its axes: {array} = {array}.T",
        **WINDOWS,
        "axes": "give it {axes} axes",
        "columns of x": "choose {size} of its {found} columns, as {array} = {array}[..., :{size}];"
        " a target is often still among them",
        "features": "give the input {found} features, or {array} {size}",
        "cut": "cut it to the last steps: {array} = {array}[:, -{size}:]; or leave the steps of the"
        " input open",
        "steps": "give axis {axis} of {array} the size {size}, or leave it open in the input",
        "layer": "give it more steps, or the sizes that the layers need",
        **{f"target {name}": text for name, text in TARGETS.items()},
        "sample": "spread each weight over the steps of its sample: sample_weight ="
        " sample_weight.reshape({spread})",
        "axis": "give the target a last axis, so that every step has its loss:"
        " {array} = {array}[..., numpy.newaxis]",
        "weights": "give sample_weight the shape {losses}, one weight for each loss",
    },
)
def data_refused(trouble: Trouble) -> Iterator[Finding]:
    """The arrays do not fit the model: `fit` refuses them.

    ### What
    `check --data x=X.npy --data y=Y.npy` compares arrays with the inputs, the outputs and the loss
    of a model as `fit` of Keras 3 does: how many there are and what they are called, their types,
    how many samples they have, their shapes, the weights of the samples against the losses. In
    code the arrays of `model.fit` are compared where their shapes can be read.

    ### Why it matters
    `fit` raises an error, often from deep within the backend and in the middle of an epoch. Not
    everything is refused that looks wrong: Keras drops or adds a last axis of size 1, and takes
    what it can lay over the output (SEQ602).

    ### Remedy
    The message says both shapes, the remedy the change of the model or the line of numpy.
    """
    return _finding(trouble)


@finding_kind(
    "SEQ602",
    "target-broadcast",
    "error",
    looks_at="run",
    message={
        "target": "{which} has shape {shape}, and the output `{output}` is {made}: {loss}"
        " lays {first} over {second} and compares numbers of shape {result}, and fit says nothing",
    },
    remedy={f"target {name}": text for name, text in TARGETS.items() if name != "one-hot"},
)
def target_broadcast(trouble: Trouble) -> Iterator[Finding]:
    """The target has another shape than the output, and `fit` trains without a word.

    ### What
    Losses of distances (`mse`, `mae`, `huber`, …), `kl_divergence`, `poisson` and the hinge losses
    lay a target over the output as numpy does, from the last axis on. A target (batch, 1) is
    compared with every step of an output (batch, T, 1), a target (batch, T, 1) with the one number
    of an output (batch, 1), a target (batch,) with the numbers of other samples. The crossentropies
    refuse the same shapes.

    ### Why it matters
    Keras trains, the loss falls, and the model learns something else: one number for all steps,
    or the mean of a batch.

    ### Remedy
    Let the model return what the target has, or give the target the shape of the output. Only a
    last axis of size 1 may be left out.
    """
    return _finding(trouble)


@finding_kind(
    "SEQ603",
    "data-misread",
    "error",
    looks_at="run",
    message={
        "steps": "{which} has shape {shape}, a series that is not cut into windows: fit"
        " takes each number for a sample of one step, though the input `{input}` is {due}",
        "size": "{which} has shape {shape}: fit takes it, though the input `{input}` is {due}",
        "complex": "{which} is {dtype}: fit drops the imaginary part",
        "empty": "{array} has no samples: fit trains nothing",
        "last batch": "of {count:sample} in batches of {batch} the last batch has 1: fit repeats it"
        " for the states of {batch:sample}, or refuses it",
        "weights": "{which} has shape {shape}, and the losses of the output"
        " `{output}` have {losses}: fit gives a loss the weights of other samples",
        "mask": "with a target {target} the losses of the output `{output}` have shape {losses},"
        " and its mask has {over}: fit lays the mask of a step over another sample",
    },
    remedy={
        **WINDOWS,
        "size": "give {array} the shape {due}",
        "complex": "say so where the real part is meant: {array} = {array}.real; or give both parts"
        " to an input with twice the features",
        "last batch": "leave the last samples out: {whole} of them are a multiple of {batch}",
        "empty": "look at how the arrays are made: a filter or a window that is too long leaves"
        " nothing",
        "sample": "spread each weight over the steps of its sample: sample_weight ="
        " sample_weight.reshape({spread})",
        "axis": "give the target a last axis, so that every step has its loss:"
        " {array} = {array}[..., numpy.newaxis]",
        "weights": "give sample_weight the shape {losses}, one weight for each loss",
    },
)
def data_misread(trouble: Trouble) -> Iterator[Finding]:
    """`fit` takes the arrays for something else than they are, without a word.

    ### What
    One long series (N, 1) for an input (batch, T, 1) or (batch, T): Keras adds or drops the last
    axis, does not compare T, and trains on samples of a single step. Complex numbers lose their
    imaginary part. Arrays without samples train nothing. Where a target (batch, T) leaves one loss
    a sample, weights or a mask of shape (batch, T) are laid over the wrong axis if a batch has as
    many samples as there are steps.

    ### Why it matters
    The model trains, and not on what it is for.

    ### Remedy
    The message says what Keras makes of the array, the remedy the line of numpy that makes what is
    meant.
    """
    return _finding(trouble)


@finding_kind(
    "SEQ604",
    "index-out-of-range",
    "error",
    looks_at="run",
    message={
        "labels": "{which} holds the class {value}, and the output has {classes:unit} for"
        " {loss}: 0 to {last}",
        "words": "{which} holds the index {value}, and {layer} has {size:row}",
    },
    remedy={
        "labels from 1": "count the classes of the target from 0: {array} = {array} - 1",
        "labels above": "give the last layer {rows} units, or number the classes of the target from"
        " 0 on",
        "labels below": "number the classes of the target from 0 on; a label to be left out is"
        " named by ignore_class={value}",
        "words above": "give it input_dim: {rows}, or replace the index by that of unknown words",
        "words below": "number the words from 0 on",
    },
)
def index_out_of_range(trouble: Trouble) -> Iterator[Finding]:
    """A label names a class that the output does not have, or an index no row of the Embedding.

    ### What
    A label of a sparse crossentropy is the number of a class, from 0 to k−1 for an output of k. An
    index of an Embedding is from 0 to input_dim−1. Values are read from the file in a few places;
    what is found is there, what is not found may be elsewhere.

    ### Why it matters
    On a CPU `fit` stops in the batch that holds it; on a GPU the loss is not a number, or the word
    is a vector of zeros, without an error.

    ### Remedy
    Count from 0, or give the layer one more: a vocabulary of k words with 0 for padding needs
    input_dim k+1.
    """
    return _finding(trouble)


@finding_kind(
    "SEQ605",
    "doubtful-values",
    looks_at="run",
    message={
        "fraction": "{which} holds {value}, and numbers of {what} are cut to integers",
        "negative": "{which} holds {value}: {layer} takes the row {row} of its table for it",
        "unit": "{which} holds {value}, and {loss} takes a target from 0 to 1",
        "scaled": "the largest number of {which} is {value}: its labels were divided by 255, and"
        " {loss} takes a target from 0 to 1",
        "total": "a row of {which} adds up to {value}, and {loss} takes a target that adds up to 1",
        "negative target": "{which} holds {value}, and {loss} takes a target from 0 on",
        "signs": "{which} holds {value}, and {loss} takes a target of −1 and 1",
    },
    remedy={
        "labels": "give numbers of classes as they are, not scaled; a regression has another loss",
        "words": "give numbers of words as they are, not scaled; features belong into a model"
        " without Embedding",
        "negative": "number the words from 0 on",
        "binary": "use sparse_categorical_crossentropy with a unit for each class, or scale the"
        " target",
        "scaled": "give the labels of the target as they were, 0 and 1",
        "signs of bce": "scale the target: {array} = ({array} + 1) / 2",
        "distribution": "scale the target so that each row adds up to 1",
        "total": "use binary_crossentropy with sigmoid where several classes hold at once, or scale"
        " each row",
        "negative target": "use mean_squared_error, or scale the target",
        "signs": "label the classes of the target −1 and 1",
    },
)
def doubtful_values(trouble: Trouble) -> Iterator[Finding]:
    """Values of an array are not what the loss or the Embedding is made for.

    ### What
    Labels that are fractions are cut to integers by a sparse crossentropy: labels divided by 255
    are all of class 0. Indexes are cut as well, and a negative one counts from the end of the
    table. `binary_crossentropy` takes numbers from 0 to 1, a categorical one rows that add up to
    1, the hinge losses −1 and 1, `poisson` no negative number.

    ### Why it matters
    Keras does not look at values: it trains, and the loss may be negative, constant or of another
    class.

    ### Remedy
    Scale features, not labels, and choose the loss that is made for them.
    """
    return _finding(trouble)


@finding_kind(
    "SEQ606",
    "data-not-judged",
    "note",
    looks_at="run",
    message={
        "spare": "no input reads {names:and}: fit leaves it out without a word",
        "batch": "the input says batches of {batch}, and of {count:sample} fit makes one of {rest}:"
        " only stateful layers mind",
        "loss": "no loss is known: whether {array} fits the output is not judged",
    },
    remedy={
        "spare": "leave it out, or give the model an input of that name",
        "batch": "leave the size of the batch out of the input, or fit with batch_size={batch}",
        "loss": "say it under `expect:`, as in expect: {{loss: mse}}",
    },
)
def data_not_judged(trouble: Trouble) -> Iterator[Finding]:
    """Something of the data is left out, or cannot be judged.

    ### What
    An array that no input reads; a number of samples that leaves a smaller last batch for an input
    of a fixed batch; a target without a known loss.

    ### Why it matters
    Keras leaves an array that it does not need out without a word, though it may be misspelled. A
    fixed batch is enforced by stateful layers only. Which targets fit hangs on the loss.

    ### Remedy
    Say the loss under `expect:`, and leave out what nothing reads.
    """
    return _finding(trouble)


@finding_kind(
    "SEQ607",
    "not-a-number",
    looks_at="run",
    message={
        "nan": "{which} holds values that are not a number (NaN)",
        "infinite": "{which} holds values that are infinite",
    },
    remedy="fill them or leave their samples out before training:"
    " {array} = numpy.nan_to_num({array})",
)
def not_a_number(trouble: Trouble) -> Iterator[Finding]:
    """An array holds values that are not a number, or infinite.

    ### What
    Among the values that were read is NaN or an infinity; an empty cell of a table is NaN.

    ### Why it matters
    One of them makes the loss of its batch NaN, and with it every weight of the model. Masking
    does not help: NaN times 0 is NaN.

    ### Remedy
    Fill gaps by a value of their own and mask that, or leave the samples out.
    """
    return _finding(trouble)


KINDS: dict[str, Callable[[Trouble], Iterator[Finding]]] = {
    "SEQ601": data_refused,
    "SEQ602": target_broadcast,
    "SEQ603": data_misread,
    "SEQ604": index_out_of_range,
    "SEQ605": doubtful_values,
    "SEQ606": data_not_judged,
    "SEQ607": not_a_number,
}


def look_at_data(model: ModelIndex) -> Iterator[Finding]:
    """Yield what is found in the data that a model is to be fitted on, where there is any."""
    if model.data is None:
        return
    fit = Fit(model, model.data)
    check_inputs(fit)
    check_targets(fit)
    check_values(fit)
    for trouble in fit.troubles:
        yield from KINDS[trouble.code](trouble)


def _finding(trouble: Trouble) -> Iterator[Finding]:
    facts = dict(trouble.facts)
    layer = facts.pop("layer", None)
    about = layer if isinstance(layer, LayerName) else None
    yield Finding("", trouble.place, trouble.variant, trouble.remedy, about, as_facts(facts))
