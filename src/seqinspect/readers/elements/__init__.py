"""What the dialect and Keras configs share: the parts of a model as any reader finds them.

`context.ReaderContext` has the text, the sizes and the problems of one file; `entry` and `inputs`
are layers and inputs as read; `expression.parse_size` reads the arithmetic of a size.
"""
