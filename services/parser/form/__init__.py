"""What a page says: the blocks that every layout is brought to, read by their captions and by the kinds of values.

`scanner` sorts a page's blocks by section of the form, and `reader` reads the sections into a RawDocument: once for all
layouts.
"""
