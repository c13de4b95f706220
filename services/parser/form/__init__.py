"""The content of a page: the blocks that all layouts share, read by their captions and by the kinds of values.

`scanner` sorts a page's blocks by section of the form, and `reader` reads the sections into a RawDocument: once for all
layouts.
"""
