"""The judges of the rule book: random configurations of every rule against Keras itself.

Three judges. The first builds a random configuration in Keras (without weights) and compares weight
names, shapes, dtypes, trainability, output shapes and dtypes, and refusals. The second (`--time`)
runs a tiny real layer, changes one input step at a time, and compares the steps that each output
step moves with, with those that the rule's reach names. The third (`--operations`) runs a tiny real
layer and counts the multiply-adds of every operation that is executed, loop bodies as often as they
run, at two numbers of time steps.

    python -m tests.rules.judge                                 all rules, 300 configurations each
    python -m tests.rules.judge --layer LSTM --count 1000 --seed 7
    python -m tests.rules.judge --layer LSTM --seed 7 --only 123    one configuration, as printed
    python -m tests.rules.judge --family recurrent --time
    python -m tests.rules.judge --operations --count 1000

Each configuration follows from (layer, seed, index) alone. What is counted:

    agree      both accept, and all facts are the same
    refused    both refuse
    stricter   a value made wrong on purpose is refused when it is read, Keras takes it (a size 0);
               or tensors made wrong on purpose, which Keras broadcasts against each other
    open       Keras builds it; whether it runs depends on an unknown size or the backend's dtypes
    disagree   anything else: printed, with the command that repeats it; the exit code is then 1

Keras refuses a configuration when its constructor or its call on symbolic tensors raises, or when
a trace of the real call with the sizes filled in raises (many layers only compute a shape for
symbolic tensors, and fail on the first batch).

Hints. A layer whose rule takes one tensor of any rank needs none: options are drawn by their kind.
Any other layer gets a function in `inputs_<family>.py` (found by name, owned by the family's
author), which draws options and inputs together:

    @draws("LSTM", "GRU", "SimpleRNN")
    def recurrent(draw: Draw, layer: str) -> Draft:
        options = draw.options(layer)                   # raw values, as a spec writes them
        x = draw.sequence()                             # (batch, time, features)
        return Draft(layer, options, {"sequences": x})

`draw.options(layer, padding="same", axis=draw.axis)` fixes an option, or draws it by a function
(called only where the option is drawn at all; `always=("units",)` draws it every time).
`draw.real` says that the layer will run: every size is a number, the dtype is float64, and nothing
is wrong on purpose. Sizes are at least 2 there, so that a softmax or a norm has something to mix.
Draw invalid combinations as well, about one in ten, when `draw.wrong()` says so; wrong ranks,
unknown sizes and wrong values come by themselves. Integer inputs hold 0…Draft.below−1.
"""
