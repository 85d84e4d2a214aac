"""Graph × rules → Report, without Keras.

`walk.analyse` is the entry. It binds tensors to the arguments of each call (`binding`), evaluates
the rule (`application`), traces which input steps each output depends on (`tracing`), finds its
`bounds` and the `receptive_field` of the outputs, and writes the rows. `memory.with_memory` reads
more from a report, and `call_arguments` turns a call of the graph into a call of a Keras layer.
"""
