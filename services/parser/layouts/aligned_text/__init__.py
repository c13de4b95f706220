"""Text in aligned columns: drawn boxes, and columns with only blanks between them."""
