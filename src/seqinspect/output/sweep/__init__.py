"""The rows of a sweep, written as they come (`rows`), or shown.

`document.document` shows a few of them in a table, `picture.svg` draws two of their columns.
"""
