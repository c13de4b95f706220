"""Renderings: a filing as a page or as text made from one, read by its captions and by the kinds of its values.

A page reader (`lines` for rows of tabs and pipes, and one for each other layout) turns its layout into the blocks of
`page`; `form` sorts the blocks into the parts of the form; `reader` reads the parts into a RawDocument.
"""
