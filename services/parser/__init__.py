"""The parser: a filing's text in, one event per reporting owner out.

`parse_filing` does this without a stream, and `processor` does it on one. `form` is about what a page says, and
`layouts` about how pages are drawn.
"""

from services.parser.filing import parse_filing

__all__ = ["parse_filing"]
