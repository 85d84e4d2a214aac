"""SEQ304 and SEQ307: states that nobody reads, and states that start the wrong half of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.lint.model_index import Use, inputs_of, recurrent
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.records import NamedTuple
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.model_index import Call, ModelIndex, Tensor
    from seqinspect.model.finding import Finding


@finding_kind(
    "SEQ304",
    "unread-state",
    "note",
    message={
        "": "{layer} returns its state, which is unused",
        "decoder": "{layer} returns its state, which is unused: {decoder}, which has as many units"
        " and reads another input, starts from zeros",
    },
    remedy={
        "": "remove return_state, or read the state (`{name}.1`)",
        "decoder": "give {decoder} the state: initial_state with {states:and}; or remove"
        " return_state",
    },
    on=lambda traits: traits.step_by_step,
    by_hand=True,
)
def unread_state(model: ModelIndex) -> Iterator[Finding]:
    """A layer returns its state, which is unused.

    ### What
    With `return_state: true` a recurrent layer has several outputs: `lstm` is what it returns,
    `lstm.1` and `lstm.2` are its states. Here only the first is read. Where another recurrent layer
    has as many units, reads another input and is given no state, it is named: a decoder that does
    not start from what the encoder has read. A layer that starts from given states is left alone:
    step by step, another model goes on from what it returns.

    ### Why it matters
    In Keras such a layer cannot stand in a Sequential model, and in a functional one the call
    returns a list, which is a common error to pass on. The states cost nothing; the argument
    promises something that does not happen, such as a decoder that starts from them.

    ### Remedy
    Remove `return_state`, or read the states:
    `call: {initial_state: [encoder.1, encoder.2]}`.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, return_state: true}
      - Dense: 1
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: 1
    ```
    """
    for call in model.calls:
        layer = recurrent(call)
        if layer is None or call.states:  # a decoder, whose states another model needs
            continue
        states = call.outputs[1:]
        if states and not any(state.readers or state.is_output for state in states):
            place, name = Use(layer, call).at("return_state"), call.node.name
            decoder = _decoder(model, call)
            yield finding(
                place,
                layer=call,
                variant="" if decoder is None else "decoder",
                decoder=decoder or call,
                name=name,
                states=tuple(f"{name}.{index}" for index in range(1, len(states) + 1)),
            )


def _decoder(model: ModelIndex, encoder: Call) -> Call | None:
    """A recurrent layer of this class and size that reads another input and starts from zeros."""
    inner = recurrent(encoder)
    for call in model.calls:
        layer = recurrent(call)
        if call is encoder or layer is None or inner is None or call.states or not call.sources:
            continue
        same = (call.type, layer.type) == (encoder.type, inner.type)
        units = layer.arguments.get("units") == inner.arguments.get("units")
        if same and units and inputs_of(call.sources[0]).isdisjoint(inputs_of(encoder.sources[0])):
            return call
    return None


class State(NamedTuple):
    """Which state of a recurrent layer a tensor is: `half` is 0 for h, 1 for c."""

    half: int
    backward: bool


@finding_kind(
    "SEQ307",
    "initial-state-mixed-up",
    "error",
    message={
        "": "{layer} starts with {given} as {due}",
        "joined": "{layer} starts with {given} of {maker} joined as its {due}",
        "direction": "{layer} starts its {due} half with a state of the {given} half of {maker}",
    },
    remedy={
        "": "give the states in the order in which {maker} returns them: {order:and}",
        "joined": "join the states of one kind: {order:and}",
    },
    on=lambda traits: traits.step_by_step,
)
def initial_state_mixed_up(model: ModelIndex) -> Iterator[Finding]:
    """A recurrent layer starts from states in the wrong order, or twice from the same one.

    ### What
    An LSTM has two states, h (what it returns) and c (what it keeps), in this order; a
    Bidirectional has those of its forward half, then those of its backward half. `initial_state`
    gives h where c belongs, c for h, or the state of the other direction.

    ### Why it matters
    All states have the same shape, so that nothing is refused. The decoder starts from something
    that was never meant as such.

    ### Remedy
    With `return_state: true`, `encoder.1` is h and `encoder.2` is c:
    `call: {initial_state: [encoder.1, encoder.2]}`. `encoder` itself is h again, or the sequence.

    ### Example
    ```yaml
    inputs: {src: [10, 4], tgt: [6, 2]}
    layers:
      - LSTM: {units: 8, return_state: true, name: encoder}
        from: src
      - LSTM: {units: 8, return_sequences: true, name: decoder}
        from: tgt
        call: {initial_state: [encoder.2, encoder.1]}
    outputs: [decoder]
    ```
    Instead:
    ```yaml
    inputs: {src: [10, 4], tgt: [6, 2]}
    layers:
      - LSTM: {units: 8, return_state: true, name: encoder}
        from: src
      - LSTM: {units: 8, return_sequences: true, name: decoder}
        from: tgt
        call: {initial_state: [encoder.1, encoder.2]}
    outputs: [decoder]
    ```
    """
    for call in model.calls:
        layer = recurrent(call)
        if layer is None:
            continue
        count = _states_of(call)
        for index, tensor in enumerate(call.states if count else ()):
            due = State(index % count, call.traits.both_directions and index >= count)
            states, maker = _states_in(tensor)
            if not states or maker is None or _states_of(maker) != count:
                continue
            halves = [*dict.fromkeys(state.half for state in states)]
            mixed = halves != [due.half]
            turned = maker.traits.both_directions and call.traits.both_directions
            if not mixed and not (turned and [s.backward for s in states] == [not due.backward]):
                continue
            names, directions = ("h", "c"), ("forward", "backward")
            variant = "direction" if not mixed else "joined" if len(states) > 1 else ""
            given = " and ".join(names[half] for half in halves)
            yield finding(
                call.node.place,
                layer=call,
                variant=variant,
                given=given if mixed else directions[states[0].backward],
                due=names[due.half] if mixed else directions[due.backward],
                maker=maker,
                order=_order(maker, count, joined=len(states) > 1),
            )
            break


def _order(maker: Call, count: int, *, joined: bool) -> tuple[str, ...]:
    """What must be given: the states of a call, or for each half those of both directions."""
    stem = maker.node.name
    if joined:
        return tuple(f"{stem}.{half} with {stem}.{half + count}" for half in range(1, count + 1))
    many = count * (2 if maker.traits.both_directions else 1)
    return tuple(f"{stem}.{number}" for number in range(1, many + 1))


def _states_of(call: Call) -> int:
    """How many states the recurrent layer of a call has, in one direction."""
    layer = recurrent(call)
    return 0 if layer is None else traits_of(layer.type).states


def _states_in(tensor: Tensor) -> tuple[tuple[State, ...], Call | None]:
    """Which states a tensor holds, of which call; none where it holds anything else."""
    call = tensor.call
    if call is None:
        return (), None
    if call.traits.joins:
        found = [_states_in(source) for source in call.sources]
        makers = {id(maker): maker for _, maker in found}
        whole = len(makers) == 1 and all(states for states, _ in found)
        states = tuple(state for states, _ in found for state in states)
        return (states, found[0][1]) if whole else ((), None)
    count = _states_of(call)
    if not count:
        return (), None
    if not tensor.index:
        vector = tensor.rank == 2 and not call.traits.both_directions
        return ((State(0, backward=False),), call) if vector else ((), None)
    return (State((tensor.index - 1) % count, backward=tensor.index > count),), call
