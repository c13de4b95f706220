"""Origins of web pages: scheme, host and port, without a path."""

import re
from typing import Final

_ORIGIN: Final = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def checked_origin(text: str) -> str:
    """Return the origin if it is one, without a trailing slash.

    Raises:
        ValueError: it is not a scheme and a host.

    >>> checked_origin("https://tape.example.com/")
    'https://tape.example.com'
    """
    origin = text.removesuffix("/")
    if not _ORIGIN.fullmatch(origin):
        raise ValueError("an origin is http:// or https:// and a host, without a path")
    return origin
