"""The independent judge of time and masks: whole models at random, moved in Keras.

`drawing` makes specs, `real_model` makes a Keras model of one, `movement` changes input steps and
sees which output steps move, `claims` compares that with the JSON report, `lengths` asks for the
same model at other numbers of steps. Nothing here imports `seqinspect.time`, `analysis` or the
experiment. `python -m tests.keras.time_judge --help` runs it.
"""
