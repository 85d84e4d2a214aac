"""Mutation: every integer in a rule is changed, and a test must notice.

    python -m tests.rules.mutate                          all modules, by Keras and by the cases
    python -m tests.rules.mutate --module keras.recurrent   one module of src/seqinspect/rules
    python -m tests.rules.mutate --cases                  without Keras: the cases by hand only

A mutant is one module in which one number is one larger. It is entered into the rule book in
memory, with everything that imports it, and judged: by the cases of tests/rules/cases, by the
constructor's defaults, by what Keras said of a sample of configurations, and by which steps moved
in the experiments. Keras is asked once; a mutant is killed by the first thing that differs.
Survivors are printed with their line. `known.py` lists those that change nothing, with the reason.
"""
