"""Report × Report: what changed, what a checkpoint still loads, what tells two functions apart.

The entries: `diff.differences` of two models, `checkpoint.load_result` of stored weights in a
model, `stored_weights.read_stored_weights` of a file, `lock_entry.lock_entry` of what a lock says
of a model, and `lock_changes.lock_changes` of what changed since. `alignment.align` finds which
layer became which; `equality.Equality` is the verdict on two functions, which `keras_model/` makes.
"""
