"""Text that converters to markdown make of pages: tables in one line, rows without bars, a paragraph for each cell."""
