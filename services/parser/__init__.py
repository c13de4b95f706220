"""The parser: filing text in, normalized transactions out."""
