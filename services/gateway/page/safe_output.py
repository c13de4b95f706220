"""Makes text of filings safe to show: no control, no bidirectional override, no megabytes. Pure.

Escaping is Jinja's; this is what escaping leaves. Names and titles are otherwise shown as filed.
"""

from typing import Any, Final

from markupsafe import Markup

from services.section16.safe_text import escaped

LONGEST: Final = 20_000
"""Characters of one text that a page shows; what is left out is counted, and the event has all of it."""


def display_text(text: str) -> str:
    r"""Return a text with invisible and direction-turning characters escaped, cut with a note if it is very long.

    >>> display_text("Smith\u202e John")
    'Smith\\u202e John'
    """
    if len(text) <= LONGEST:
        return escaped(text)
    return f"{escaped(text[:LONGEST])} [{len(text) - LONGEST:,} more characters: see the event as JSON]"


def finalize(value: Any) -> Any:
    """Return what a template prints for a value: nothing for None, safe text for a string, markup as it is."""
    if value is None:
        return ""
    return display_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value
