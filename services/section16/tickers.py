"""The ticker symbols in a trading symbol as filed."""

import re
from typing import Final

_NO_TICKER: Final = re.compile(
    r"[^A-Z0-9]*(?:N\.?/?A\.?|NONE|NOT APPLICABLE|NOT LISTED|NO TICKER|UNLISTED|PRIVATE|TBD|NULL)?[^A-Z0-9]*"
)
_TICKER_SEPARATOR: Final = re.compile(r"[,;/|&\s]+(?:AND\s+)?")
_TICKER: Final = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,9}")
_EXCHANGES: Final = frozenset({"NYSE", "NASDAQ", "NSDQ", "AMEX", "OTC", "OTCBB", "OTCQB", "OTCQX", "TSX", "AND"})


def tickers_of(symbol: str | None) -> tuple[str, ...]:
    """Return the ticker symbols in a trading symbol as filed.

    >>> tickers_of("NYSE:NYCB"), tickers_of("HEI, HEI.A"), tickers_of("(SIRI)"), tickers_of("N/A")
    (('NYCB',), ('HEI', 'HEI.A'), ('SIRI',), ())
    """
    if symbol is None:
        return ()
    text = symbol.upper().strip()
    if _NO_TICKER.fullmatch(text):
        return ()
    found: dict[str, None] = {}
    for part in _TICKER_SEPARATOR.split(text):
        ticker = part.rsplit(":", 1)[-1].strip(" ()[]\"'*")
        if _TICKER.fullmatch(ticker) and not _NO_TICKER.fullmatch(ticker) and ticker not in _EXCHANGES:
            found[ticker] = None
    return tuple(found)
