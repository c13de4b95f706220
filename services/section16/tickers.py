"""The ticker symbols in a trading symbol as filed, which is free text.

A symbol is read by its own small grammar: tickers in a list, each with the name of a market, a suffix or a class letter
beside it. Text that does not fit the grammar names no ticker: `DEERE & CO` is a company, and not the tickers of two.
"""

import re
from collections.abc import Iterable, Sequence
from string import ascii_uppercase
from typing import Final

_NO_TICKER: Final = re.compile(
    r"N\.?[/\\]?A\.?|N[/\\]K|N[OI]NE|N[IU]LL?|X{3,}|TB[AD]"
    r"|(?:NONE|N/?A|NO|NOT|NON|UN|IN|PRIVATE|PENDING|APPLIED|FORMERLY|TO BE|DOES|CURRENTLY)(?:[- :].*)"
    r"|(?:UNLISTED|UNKNOWN|UNTRADED|UNQUOTED|UNREGISTERED|UNASSIGNED|PRIVATE|PRIVATELY|PENDING|DELISTED)\b.*"
    r"|(?:PLEASE )?(?:SEE|REFER)\b[ :].*"
)
_MARKET: Final = re.compile(
    r"\b(?:THE )?(?:"
    r"NA?SDA?Q(?:[ -]?(?:GS|GM|CM|NM|NMS|SC|OTC(?: ?BB)?|STOCK (?:MARKET|EXCHANGE)"
    r"|(?:NATIONAL|GLOBAL(?: SELECT)?|CAPITAL|SMALL ?CAP)(?: MARKET)?))?"
    r"|NYSE(?:[ -](?:AMERICAN|AMEX|ARCA|MKT|ALTERNEXT))?|NEW YORK STOCK EXCHANGE|AMERICAN STOCK EXCHANGE|AMEX|BATS|CBOE"
    r"|OTC(?:[ -]?(?:BB|QB|QX|PK|ID|MARKETS?|PINKS?(?: SHEETS?)?|BULLETIN BOARD|BULLETIN))?"
    r"|(?:OTC )?BULLETIN BOARD|PINK ?SHEETS?|PINKS?(?=:)"
    r")\b(?: (?:MARKET|EXCHANGE))?"
)
_FOREIGN_MARKET: Final = re.compile(
    r"\b(?:TSX(?:[ -]?V)?|TSE|CSE|CNSX|LSE|AIM|ASX|HKEX|SEHK|SGX|JSE|TASE|FSE|FRA|FWB|XETRA|EURONEXT|SIX|BSE|NSE|BMV|B3"
    r"|TORONTO|LONDON|FRANKFURT)(?: (?:STOCK )?EXCHANGE)?(?= ?[:)\]]| ?$)"
)
_US: Final = "@"
_ABROAD: Final = "#"
"""Signs for a market of the United States, and for another, where a ticker may be another issuer's."""

_BRACKETED: Final = re.compile(r"[(\[{<]([^()\[\]{}<>]*)[)\]}>]")
_BETWEEN: Final = re.compile(r"[,;|]")
_JOINED: Final = re.compile(r" (?:AND|&|OR) ")
_TICKER: Final = re.compile(r"([A-Z]{1,5})((?:[.\-][A-Z]{1,3}){0,2})")
_MARKET_SUFFIX: Final = re.compile(r"(?<=[A-Z])[.\-](?:(?:OB|PK|BB|QB|QX|WI|WD)\b|@)")
_LABELS: Final = re.compile(r"(?:(?:TRADING |TICKER )?SYMBOLS?|TICKERS?|COMMON(?: STOCK)?|[@ ])*+[:\-] ?")
_BESIDE: Final = frozenset({"OB", "PK", "BB", "QB", "QX", "WI", "WD", "US", "EQUITY", "COMMON"})
"""Words beside a ticker that are not its own: markets, when-issued, when-distributed. Alone, they are tickers."""

_CLASSES: Final = frozenset({*ascii_uppercase, "WS", "WT", "UN", "RT"})
"""Letters of classes, and suffixes of warrants, units and rights."""

_COMPANY: Final = frozenset(
    {
        "CO", "INC", "CORP", "LTD", "LLC", "LP", "LLP", "PLC", "NV", "SA", "AG", "THE", "OF", "FUND", "TRUST", "BANK",
        "GROUP", "STOCK", "CLASS", "CL", "SHARE", "UNITS", "NOTES", "NOTE", "OTHER", "BELOW", "ABOVE", "ITEM",
    }
)  # fmt: skip
"""Words of names and sentences that look like tickers beside others."""

_ALONE: Final = 2
"""Pieces and words of a list that has one of each."""

_LONGEST: Final = 200
"""Characters of the longest symbol that is read: EDGAR accepts ten, pages have more."""

_LEAST_SHARED: Final = 2
"""Letters that the tickers of one issuer share if only a space parts them: `MOGA MOGB`, but not `SEE NOTE`."""


def tickers_of(symbol: str | None) -> tuple[str, ...]:
    """Return the ticker symbols in a trading symbol as filed; none if it is doubtful what they are.

    >>> tickers_of("NYSE:NYCB"), tickers_of("HEI, HEI.A"), tickers_of("(SIRI)"), tickers_of("N/A")
    (('NYCB',), ('HEI', 'HEI.A'), ('SIRI',), ())
    >>> tickers_of("BRK/A"), tickers_of("EDLG, OB"), tickers_of("DEERE & CO")
    (('BRK.A',), ('EDLG',), ())
    """
    if symbol is None or len(symbol) > _LONGEST:
        return ()
    text = " ".join(re.sub("[\"'`\u2018\u2019\u201c\u201d$*\u00ae\u2122]", "", symbol.upper()).split())
    text = text.replace("W/I", "WI").replace("\\", "/")
    if _NO_TICKER.fullmatch(text.strip(" -.()[]")):
        return ()
    text = _FOREIGN_MARKET.sub(_ABROAD, _MARKET.sub(_US, text))
    outside = _BRACKETED.sub(" ", text).strip(f" -:.()[]{_US}")
    within = [_list_of(content) for content in _BRACKETED.findall(text)]
    if not outside:
        return within[0] if len(within) == 1 else ()
    found = _list_of(outside)
    if found or len(within) != 1 or _ABROAD in text:
        return found
    return within[0] if " " in outside and len(within[0]) == 1 and within[0][0] not in _BESIDE else ()


def _list_of(text: str) -> tuple[str, ...]:
    """Return the tickers of a list, parted by commas, slashes or `and`; none if any of it is not known."""
    found: dict[str, None] = {}
    for part in map(_bare, _BETWEEN.split(text)):
        if not part or _ABROAD in part or _NO_TICKER.fullmatch(part) or (found and part in _BESIDE):
            continue
        tickers = _joined(part.split("/") if "/" in part else [part])
        if not tickers or (found and _COMPANY.intersection(tickers)):
            return ()
        found.update(dict.fromkeys(tickers))
    return tuple(found)


def _bare(text: str) -> str:
    """Return the text without signs of markets and labels."""
    text = _MARKET_SUFFIX.sub("", text)
    labelled = _LABELS.match(text)
    return text[labelled.end() if labelled else 0 :].replace(_US, " ").strip(" -:.()[]")


def _joined(pieces: Sequence[str]) -> list[str]:
    """Return the tickers in the pieces between slashes; nothing if one of them is not a ticker, or a class."""
    tickers: list[str] = []
    for piece in map(_bare, pieces):
        words = _JOINED.sub(" ", f" {piece} ").split()
        if _COMPANY.intersection(words) and len(words) + len(pieces) > _ALONE:
            return []
        found = [] if _NO_TICKER.fullmatch(piece) else _related(words, tickers)
        if found is None:
            return []
        tickers = found
    return tickers


def _related(words: Iterable[str], before: Sequence[str]) -> list[str] | None:
    """Return the tickers before and those in words with spaces between them, all of one issuer; None if in doubt."""
    tickers = list(before)
    first = True
    for word in words:
        if tickers and word in _BESIDE:
            continue
        if tickers and word in _CLASSES:
            root, _, earlier = tickers[-1].partition(".")
            tickers[len(tickers) - (not earlier) :] = [f"{root}.{word}"]
        elif _TICKER.fullmatch(word) and (first or _share_root(tickers[0], word)):
            tickers.append(word)
        else:
            return None
        first = False
    return tickers


def _share_root(one: str, other: str) -> bool:
    roots = [re.split(r"[.\-]", ticker)[0] for ticker in (one, other)]
    shared = next((at for at, (left, right) in enumerate(zip(*roots, strict=False)) if left != right), None)
    shortest = min(map(len, roots))
    return (shortest if shared is None else shared) >= max(_LEAST_SHARED, shortest - 1)
