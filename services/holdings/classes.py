"""What makes two lines speak of the same holding: the class of the security, and who holds it.

Filers write the same class and the same holder in many ways. Normalizing folds what carries no meaning (case,
punctuation, par value, footnote markers) and nothing else: Class A and Class B, restricted and not, stay apart.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from contracts.positions_updated import PositionIdentity
from contracts.section16 import Ownership, Table
from contracts.transactions_reported import Line
from services.holdings.amounts import number

_WORDS_REMEMBERED: Final = 4_096
"""Titles and natures whose reading is kept: an issuer's filings say the same few again and again."""

_NOTES_REMEMBERED: Final = 512
"""Likewise the footnotes that name holders, which are longer."""


class SecurityClass(NamedTuple):
    """The class that running amounts belong to; the terms are those of a derivative, and None for shares."""

    table: Table
    title: str
    ownership: Ownership | None
    exercise_price: Decimal | None = None
    expiration_date: date | None = None
    underlying: str | None = None

    @property
    def security(self) -> tuple[Table, str]:
        """The security, however it is held: what a transfer moves and a split multiplies."""
        return (self.table, self.title)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds: `key` compares, `nature` and `note` are as filed. A direct holder is the owner: the key is empty."""

    key: str
    nature: str | None = field(default=None, compare=False)
    note: str | None = field(default=None, compare=False)


def class_of(what: Line | PositionIdentity) -> SecurityClass | None:
    """The class of a line or position; None for a line without a title, which can be no class's."""
    if what.security_title is None:
        return None
    if what.table == "non_derivative":
        return _class_of_shares(what.security_title, what.ownership)
    return _class_of_derivative(
        what.security_title, what.ownership, what.exercise_price, what.expiration_date, what.underlying_title
    )


def holder_of_line(line: Line, footnotes: Mapping[str, str]) -> Holder:
    """Who holds, by a line: its nature of ownership or, where that only points to a footnote, the footnote's text."""
    if line.ownership == "D" or _named(line.nature_of_ownership):
        return _holder(line.ownership, line.nature_of_ownership, None)
    cited = line.footnotes.get("nature_of_ownership") or line.footnotes.get("ownership") or ()
    note = " ".join(_texts(cited, footnotes)) or None
    return _holder(line.ownership, line.nature_of_ownership, note)


def holder_of_position(position: PositionIdentity) -> Holder:
    """Who holds, by the ledger: as by the line that last named the holder."""
    return _holder(position.ownership, position.nature_of_ownership, position.holder_note)


@lru_cache(maxsize=_WORDS_REMEMBERED)
def normalized_title(title: str) -> str:
    """A title without case, punctuation, par value and footnote markers.

    "Common Stock, $.01 par value (1)" is "COMMON STOCK"; what would leave nothing is kept as it is.
    """
    bare = title.upper()
    for pattern in _PAR_VALUES:
        bare = pattern.sub(" ", bare)
    return _folded(_MARKER.sub(" ", bare)) or _folded(title) or title


@lru_cache(maxsize=_WORDS_REMEMBERED)
def _class_of_shares(title: str, ownership: Ownership | None) -> SecurityClass:
    return SecurityClass("non_derivative", normalized_title(title), ownership)


@lru_cache(maxsize=_WORDS_REMEMBERED)
def _class_of_derivative(
    title: str, ownership: Ownership | None, price: str | None, expires: date | None, underlying: str | None
) -> SecurityClass:
    return SecurityClass(
        table="derivative",
        title=normalized_title(title),
        ownership=ownership,
        exercise_price=number(price),
        expiration_date=expires,
        underlying=normalized_title(underlying) if underlying else None,
    )


@lru_cache(maxsize=_NOTES_REMEMBERED)
def _holder(ownership: Ownership | None, nature: str | None, note: str | None) -> Holder:
    if ownership == "D":
        return Holder("", nature, note)
    return Holder(_named(nature) or _folded(note or ""), nature, note)


@lru_cache(maxsize=_WORDS_REMEMBERED)
def _named(nature: str | None) -> str:
    """The holder that a nature of ownership names; empty where it names none."""
    return _LEADING.sub("", _POINTER.sub(" ", _folded(_MARKER.sub(" ", (nature or "").upper()))).strip())


def _texts(ids: Iterable[str], footnotes: Mapping[str, str]) -> list[str]:
    return [footnotes[note] for note in dict.fromkeys(ids) if footnotes.get(note)]


def _folded(text: str) -> str:
    """Upper case, letters and digits alone, one space between words; `L.P.` is LP."""
    return " ".join(_PUNCTUATION.sub(" ", _WITHIN_WORD.sub("", text.upper())).split())


_WITHIN_WORD: Final = re.compile(r"(?<=\w)[.'\u2019](?=\w)|(?<=\w)\.(?!\w)|'")
_PUNCTUATION: Final = re.compile(r"[^\w]|_")
_MARKER: Final = re.compile(
    r"\(\s*(?:FN)?\d{1,2}\s*\)|\[\s*F?\d{1,2}\s*\]|[\u207d\u207e\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+"
)
_PRICE: Final = r"(?:US\s*)?\$\s*\d*\.?\d+"
_PAR_VALUES: Final = (
    re.compile(rf"\bPAR(?:\s+VALUE)?(?:\s+OF)?,?\s+(?:{_PRICE}|\d*\.\d+)(?:\s+(?:PER|A)\s+SHARE|\s+EACH)?"),
    re.compile(rf"(?:{_PRICE}|(?<!\w)\d*\.\d+)\s+PAR\b(?:\s+VALUE)?(?:\s+(?:PER|A)\s+SHARE)?"),
    re.compile(r"\b(?:NO|WITHOUT|NIL)\s+PAR\b(?:\s+VALUE)?"),
    re.compile(r"\bPAR\s+VALUE\b"),
)
_POINTER: Final = re.compile(
    r"\b(?:PLEASE )?(?:SEE|REFER TO)(?: THE| ALSO| ATTACHED)*"
    r" (?:FOOT ?NOTES?|NOTES?|EXPLANATIONS?(?: OF RESPONSES?)?|REMARKS?|BELOW|FN)(?: (?:AND|BELOW|NUMBER|NO|F?\d+))*\b"
    r"|^FOOT ?NOTES?(?: (?:AND|F?\d+))*$"
)
_LEADING: Final = re.compile(
    r"^(?:(?:INDIRECTLY|INDIRECT|BENEFICIALLY|HELD|OWNED|OWNERSHIP|BY|IN|THROUGH|VIA|THE)(?:\s+|$))+"
)
