"""The parser: a filing's text in, one event for each reporting owner out.

`parse_filing` is the whole of it without a stream; `processor` puts it on one.
"""

from services.parser.filing import parse_filing

__all__ = ["parse_filing"]
