"""Graph × rules → Report, without Keras.

`walk.analyse` is the entry. It binds tensors to the arguments of each call (`binding`), evaluates
the rule (`application`), traces which input steps each output depends on (`tracing`) and writes
the rows. `receptive_field.receptive_fields` and `memory.with_memory` read more from a report, and
`call_arguments` turns a call of the graph into a call of a Keras layer.
"""
