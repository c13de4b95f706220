"""Normalize titles and names for comparison: capitals, punctuation, plurals, par values and footnote markers."""

import re
from functools import lru_cache
from typing import Final

_TITLES_CACHED: Final = 4_096
"""Titles whose normal form is cached: an issuer's filings repeat the same few."""


@lru_cache(maxsize=_TITLES_CACHED)
def normalized_title(title: str) -> str:
    """Return the words of a title that distinguish classes, with "Shares" as "Stock".

    Example: "Common Shares, $.01 par value (1)" becomes "COMMON STOCK". A title that would become empty is kept.
    """
    bare = title.upper()
    for pattern in _PAR_VALUES:
        bare = pattern.sub(" ", bare)
    text = fold_text(FOOTNOTE_MARKER.sub(" ", bare)) or fold_text(title)
    return _SHARE.sub("STOCK", strip_plurals(text)) or title


def strip_plurals(text: str) -> str:
    """Remove the final S of each word. Both sides of a comparison lose it, so a singular such as SERIES is harmless."""
    return " ".join(
        word[:-1] if len(word) > _SHORTEST_PLURAL and word[-1] == "S" and word[-2] != "S" else word
        for word in text.split()
    )


_SHARE: Final = re.compile(r"\bSHARE\b")


_SHORTEST_PLURAL: Final = 3
"""Up to this length, a final S is part of an abbreviation: ADS, not AD."""


def fold_text(text: str) -> str:
    """Return the text in upper case, without punctuation and with single spaces: "Fund I, L.P." becomes "FUND I LP"."""
    return " ".join(_PUNCTUATION.sub(" ", _WITHIN_WORD.sub("", text.upper())).split())


_WITHIN_WORD: Final = re.compile(r"(?<=\w)[.'\u2019](?=\w)|(?<=\w)\.(?!\w)|'")
_PUNCTUATION: Final = re.compile(r"[^\w]|_")
FOOTNOTE_MARKER: Final = re.compile(
    r"\(\s*(?:FN)?\d{1,2}\s*\)|\[\s*F?\d{1,2}\s*\]|[\u207d\u207e\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+"
)
_PRICE: Final = r"(?:US\s*)?\$\s*\d{0,12}\.?\d{1,12}"
_FRACTION: Final = r"\d{0,12}\.\d{1,12}"
_PAR_VALUES: Final = (
    re.compile(rf"\bPAR(?:\s+VALUE)?(?:\s+OF)?,?\s+(?:{_PRICE}|{_FRACTION})(?:\s+(?:PER|A)\s+SHARE|\s+EACH)?"),
    re.compile(rf"(?:{_PRICE}|(?<!\w){_FRACTION})\s+PAR\b(?:\s+VALUE)?(?:\s+(?:PER|A)\s+SHARE)?"),
    re.compile(r"\b(?:NO|WITHOUT|NIL)\s+PAR\b(?:\s+VALUE)?"),
    re.compile(r"\bPAR\s+VALUE\b"),
)
