"""The experiment: change one input step of a real model, and see which outputs move.

The entries: `prove.prove` marks the time of every row as confirmed or not, `trial_report.Trials`
shows single layers, and `equal.compare_functions` says whether two models are the same function.
"""
