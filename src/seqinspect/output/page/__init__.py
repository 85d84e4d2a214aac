"""A page: one file of HTML with the table, the picture and what each step depends on.

`view.view` makes of a model what a page shows, `html.page` the file of several, `html.fragment` a
part of another page, which takes `html.stylesheet` and `html.script` along.
"""
