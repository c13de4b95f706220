"""What makes two lines speak of the same holding: the class of the security, and who holds it.

Filers write the same class and the same holder in many ways. Normalizing folds what carries no meaning (such as
capitals, plurals and par values) and nothing else: Class A and Class B, restricted and not, stay apart.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from contracts.enumerations import Ownership, Table
from contracts.transactions_reported import Line
from services.holdings.amounts import number

_WORDS_REMEMBERED: Final = 4_096
"""Titles and natures whose reading is kept: an issuer's filings repeat the same few."""

_NOTES_REMEMBERED: Final = 512
"""Likewise the footnotes that name holders, which are longer."""

_LONGEST_NOTE: Final = 4_000
"""Characters kept of the footnotes that name a holder: EDGAR accepts 1,000 in each, and the longest seen are 1,348."""


class SecurityClass(NamedTuple):
    """The class that running amounts belong to. The terms are a derivative's; None if blank, and for shares."""

    table: Table
    title: str
    ownership: Ownership | None
    exercise_price: Decimal | None = None
    expiration_date: date | None = None
    underlying: str | None = None

    @property
    def security(self) -> tuple[Table, str]:
        """The security, however it is held: what a transfer moves and a split multiplies."""
        return self[:2]

    @property
    def family(self) -> tuple[Table, str, Ownership | None]:
        """The class without its terms."""
        return self[:3]

    @property
    def is_one_position(self) -> bool:
        """Whether an owner can have only one position in the class: shares, held directly."""
        return self.table == "non_derivative" and self.ownership == "D"

    def fits(self, other: "SecurityClass") -> bool:
        """Return whether both can be one class: a blank term matches any."""
        return self.ownership == other.ownership and self.fits_however_held(other)

    def fits_however_held(self, other: "SecurityClass") -> bool:
        """Return whether both can be one class but for who holds it."""
        if self == other:
            return True
        return self[:2] == other[:2] and all(
            mine is None or its is None or mine == its for mine, its in zip(self[3:], other[3:], strict=True)
        )


class Label(NamedTuple):
    """How a filing writes a holding: everything in a line that identifies its position, as filed."""

    table: Table
    title: str | None
    ownership: Ownership | None
    nature: str | None = None
    note: str | None = None
    exercise_price: str | None = None
    exercise_date: date | None = None
    expiration_date: date | None = None
    underlying: str | None = None
    currency: str | None = None

    @property
    def security(self) -> SecurityClass:
        """The class of the security."""
        return _class(self)

    @property
    def holder(self) -> "Holder":
        """Who holds it."""
        return _DIRECT if self.ownership == "D" else _holder(self)

    def identity(self, position_id: str) -> dict[str, object]:
        """Return the fields of the contract that identify a position under the label."""
        return {
            "position_id": position_id,
            "table": self.table,
            "security_title": self.title,
            "ownership": self.ownership,
            "nature_of_ownership": self.nature,
            "holder_note": self.note,
            "exercise_price": self.exercise_price,
            "exercise_date": self.exercise_date,
            "expiration_date": self.expiration_date,
            "underlying_title": self.underlying,
        }

    def with_terms_of(self, other: "Label") -> "Label":
        """Return this label, its blank terms filled in with those of the other; of equal labels the other."""
        if self == other:
            return other
        if self.table == "non_derivative" and self.title and (self.currency or not other.currency):
            return self
        price = self.exercise_price if number(self.exercise_price) else other.exercise_price or self.exercise_price
        return self._replace(
            title=self.title or other.title,
            exercise_price=price,
            exercise_date=self.exercise_date or other.exercise_date,
            expiration_date=self.expiration_date or other.expiration_date,
            underlying=self.underlying or other.underlying,
            currency=self.currency or other.currency,
        )


class Holder(NamedTuple):
    """Who holds. `key` compares, and is empty for the owner directly; `named` is the name after "held by", if any."""

    key: str
    named: str = ""

    def words_in_common(self, other: "Holder") -> int:
        """Return how many words two holders' keys share: a label that drifts keeps most of them."""
        return len(set(self.key.split()) & set(other.key.split()))


def label_of(line: Line, footnotes: Mapping[str, str]) -> Label:
    """Return the label of a line; the note is the footnote's text if the nature of ownership only points to it."""
    note = None
    if line.ownership != "D" and not _named(line.nature_of_ownership):
        cited = line.footnotes.get("nature_of_ownership") or line.footnotes.get("ownership") or ()
        note = " ".join(_texts(cited, footnotes))[:_LONGEST_NOTE] or None
    return Label(
        line.table,
        line.security_title,
        line.ownership,
        line.nature_of_ownership,
        note,
        line.exercise_price,
        line.exercise_date,
        line.expiration_date,
        line.underlying_title,
        line.currency,
    )


@lru_cache(maxsize=_WORDS_REMEMBERED)
def normalized_title(title: str) -> str:
    """Return a title reduced to the words that tell classes apart, with Shares as Stock.

    "Common Shares, $.01 par value (1)" is "COMMON STOCK"; a title that would leave nothing is kept as it is.
    """
    bare = title.upper()
    for pattern in _PAR_VALUES:
        bare = pattern.sub(" ", bare)
    folded = _folded(_MARKER.sub(" ", bare)) or _folded(title)
    return _SHARE.sub("STOCK", _without_plural(folded)) or title


def _without_plural(folded: str) -> str:
    """Drop the final S of each word; both sides of a comparison lose it, so a singular such as SERIES does no harm."""
    return " ".join(
        word[:-1] if len(word) > _SHORTEST_PLURAL and word[-1] == "S" and word[-2] != "S" else word
        for word in folded.split()
    )


_SHARE: Final = re.compile(r"\bSHARE\b")


_SHORTEST_PLURAL: Final = 3
"""Letters up to which a final S is part of an abbreviation: ADS, not AD."""


@lru_cache(maxsize=_WORDS_REMEMBERED)
def _class(label: Label) -> SecurityClass:
    normalized = normalized_title(label.title) if label.title else ""
    if label.table == "non_derivative":
        return SecurityClass(label.table, normalized, label.ownership)
    return SecurityClass(
        table=label.table,
        title=normalized,
        ownership=label.ownership,
        exercise_price=number(label.exercise_price) or None,
        expiration_date=label.expiration_date,
        underlying=normalized_title(label.underlying) if label.underlying else None,
    )


@lru_cache(maxsize=_NOTES_REMEMBERED)
def _holder(label: Label) -> Holder:
    key = _named(label.nature) or _without_plural(_folded(label.note or ""))
    found = _HELD_BY.search(label.note or label.nature or "")
    return Holder(key, _without_plural(_folded(found[1])) if found else key)


_DIRECT: Final = Holder("")


@lru_cache(maxsize=_WORDS_REMEMBERED)
def _named(nature: str | None) -> str:
    """Return the holder that a nature of ownership names; empty if it names none."""
    named = _LEADING.sub("", _POINTER.sub(" ", _folded(_MARKER.sub(" ", (nature or "").upper()))).strip())
    return _without_plural(named)


def _texts(ids: Iterable[str], footnotes: Mapping[str, str]) -> list[str]:
    return [footnotes[note] for note in dict.fromkeys(ids) if footnotes.get(note)]


def _folded(text: str) -> str:
    """Return upper case, letters and digits alone, one space between words; `L.P.` is LP."""
    return " ".join(_PUNCTUATION.sub(" ", _WITHIN_WORD.sub("", text.upper())).split())


_WITHIN_WORD: Final = re.compile(r"(?<=\w)[.'\u2019](?=\w)|(?<=\w)\.(?!\w)|'")
_PUNCTUATION: Final = re.compile(r"[^\w]|_")
_MARKER: Final = re.compile(
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
_POINTER: Final = re.compile(
    r"\b(?:PLEASE )?(?:SEE|REFER TO)(?: THE| ALSO| ATTACHED)*"
    r" (?:FOOT ?NOTES?|NOTES?|EXPLANATIONS?(?: OF RESPONSES?)?|REMARKS?|BELOW|FN)(?: (?:AND|BELOW|NUMBER|NO|F?\d+))*\b"
    r"|^FOOT ?NOTES?(?: (?:AND|F?\d+))*$"
)
_LEADING: Final = re.compile(
    r"^(?:(?:INDIRECTLY|INDIRECT|BENEFICIALLY|HELD|OWNED|OWNERSHIP|BY|IN|THROUGH|VIA|THE)(?:\s+|$))+"
)
_HELD_BY: Final = re.compile(r"\bheld\s+(?:of\s+record\s+|directly\s+)?by\s+(?:the\s+)?([^,;.(]{2,120})", re.IGNORECASE)
