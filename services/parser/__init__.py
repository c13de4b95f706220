"""The parser: a filing's text in, one event per reporting owner out.

`parse_filing` does this without a stream, `parse_filing_json` returns the events encoded, and `processor` does it on a
stream. `form` is about what a page says, and `layouts` about how pages are drawn.
"""

from services.parser.filing import parse_filing
from services.parser.filing_json import parse_filing_json

__all__ = ["parse_filing", "parse_filing_json"]
