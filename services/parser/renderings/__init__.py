"""Renderings: a filing as a page or as text made from one, read by its captions and by the kinds of its values.

A page reader turns its layout into the blocks of `page`: `lines` for rows of tabs and pipes, `html`, `markdown`,
`spatial` and `paper` for theirs; `layout` chooses among those of text. `form` sorts the blocks into the parts of the
form, and `reader` reads the parts into a RawDocument: once for all layouts.
"""
