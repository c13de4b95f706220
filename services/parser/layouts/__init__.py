"""How a page is drawn: one reader per layout, each of which brings its pages to the blocks of `form.blocks`.

`catalog` lists the layouts in the order in which they are tried, and picks the one that reads a page.
"""
