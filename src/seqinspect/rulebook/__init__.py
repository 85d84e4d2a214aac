"""The rules as pages, and as the JSON Schema of specs.

The entries: `pages.page` of a class, found by running its rule on named sizes (`examples`), and
`schema.schema`.
"""
