"""Labels: what identifies the position of a line, namely the class of the security and the holder.

Filers write the same class and the same holder in many ways. Normalization removes what carries no meaning, such as
capitals, plurals and par values. Class A and Class B, restricted and unrestricted, remain distinct.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from contracts.enumerations import Ownership, Table
from contracts.structs import Line, PositionIdentity
from services.holdings.amounts import parse_amount
from services.holdings.text_normalization import FOOTNOTE_MARKER, fold_text, normalized_title, strip_plurals

_LABELS_CACHED: Final = 4_096
"""Classes and holders that are cached: an issuer's filings repeat the same few."""

_NOTES_CACHED: Final = 512
"""Holders named by footnotes that are cached; their keys are longer."""

_NOTE_LENGTH_KEPT: Final = 4_000
"""Characters kept of the footnotes that name a holder. EDGAR accepts 1,000 in each; the longest seen have 1,348."""


Security = tuple[Table, str]
"""Table and normalized title: a security, however it is held and on whatever terms."""


class SecurityClass(NamedTuple):
    """The class of a security. The three terms apply to derivatives; they are None if blank, and for shares."""

    table: Table
    title: str
    ownership: Ownership | None
    exercise_price: Decimal | None = None
    expiration_date: date | None = None
    underlying: str | None = None

    @property
    def security(self) -> Security:
        """The security, however it is held: transfers and splits apply to it."""
        return self[:2]

    @property
    def family(self) -> tuple[Table, str, Ownership | None]:
        """The class without its terms."""
        return self[:3]

    @property
    def is_one_position(self) -> bool:
        """Whether an owner can have only one position in the class, as with shares held directly."""
        return self.table == "non_derivative" and self.ownership == "D"

    def fits(self, other: "SecurityClass") -> bool:
        """Return whether both can be the same class: a blank term matches any."""
        return self.terms_fit(other) and self.family == other.family

    def fits_however_held(self, other: "SecurityClass") -> bool:
        """Return whether both can be the same class, apart from direct or indirect ownership."""
        return self.terms_fit(other) and self.security == other.security

    def terms_fit(self, other: "SecurityClass") -> bool:
        """Return whether both terms can be the same; a blank term matches any.

        A book with many options calls this for each of them and each line, so it is written out.
        """
        _, _, _, price, expiration, underlying = self
        _, _, _, its_price, its_expiration, its_underlying = other
        return (
            (price == its_price or price is None or its_price is None)
            and (expiration == its_expiration or expiration is None or its_expiration is None)
            and (underlying == its_underlying or underlying is None or its_underlying is None)
        )


class Label(NamedTuple):
    """Everything in a line that identifies its position, as filed."""

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
        return _security_class(self)

    @property
    def holder(self) -> "Holder":
        """The holder."""
        return _DIRECT if self.ownership == "D" else _holder(self)

    def identity(self, position_id: str) -> PositionIdentity:
        """Return what identifies a position under the label."""
        return PositionIdentity(
            position_id=position_id,
            table=self.table,
            security_title=self.title,
            ownership=self.ownership,
            nature_of_ownership=self.nature,
            holder_note=self.note,
            exercise_price=self.exercise_price,
            exercise_date=self.exercise_date,
            expiration_date=self.expiration_date,
            underlying_title=self.underlying,
        )

    def with_terms_of(self, other: "Label") -> "Label":
        """Return this label with its blank terms filled in from the other; if they are equal, the other."""
        if self == other:
            return other
        if self.table == "non_derivative" and self.title and (self.currency or not other.currency):
            return self
        price = (
            self.exercise_price if parse_amount(self.exercise_price) else other.exercise_price or self.exercise_price
        )
        return self._replace(
            title=self.title or other.title,
            exercise_price=price,
            exercise_date=self.exercise_date or other.exercise_date,
            expiration_date=self.expiration_date or other.expiration_date,
            underlying=self.underlying or other.underlying,
            currency=self.currency or other.currency,
        )


class Holder(NamedTuple):
    """A holder. `key` identifies it and is empty for direct ownership; `named` is the name after "held by", if any."""

    key: str
    named: str = ""

    def words_in_common(self, other: "Holder") -> int:
        """Return how many words two holders' keys share: a reworded label keeps most of them."""
        return len(set(self.key.split()) & set(other.key.split()))


def read_label(line: Line, footnotes: Mapping[str, str]) -> Label:
    """Read the label of a line. The note is the footnote's text if the nature of ownership only refers to it."""
    note = None
    if line.ownership != "D" and not _named_holder(line.nature_of_ownership):
        cited = line.footnotes.get("nature_of_ownership") or line.footnotes.get("ownership") or ()
        note = " ".join(_cited_texts(cited, footnotes))[:_NOTE_LENGTH_KEPT] or None
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


@lru_cache(maxsize=_LABELS_CACHED)
def _security_class(label: Label) -> SecurityClass:
    normalized = normalized_title(label.title) if label.title else ""
    if label.table == "non_derivative":
        return SecurityClass(label.table, normalized, label.ownership)
    return SecurityClass(
        table=label.table,
        title=normalized,
        ownership=label.ownership,
        exercise_price=parse_amount(label.exercise_price) or None,
        expiration_date=label.expiration_date,
        underlying=normalized_title(label.underlying) if label.underlying else None,
    )


@lru_cache(maxsize=_NOTES_CACHED)
def _holder(label: Label) -> Holder:
    key = _named_holder(label.nature) or strip_plurals(fold_text(label.note or ""))
    found = _HELD_BY.search(label.note or label.nature or "")
    return Holder(key, strip_plurals(fold_text(found[1])) if found else key)


_DIRECT: Final = Holder("")


@lru_cache(maxsize=_LABELS_CACHED)
def _named_holder(nature: str | None) -> str:
    """Return the holder that a nature of ownership names; empty if it names none."""
    named = _LEADING.sub("", _POINTER.sub(" ", fold_text(FOOTNOTE_MARKER.sub(" ", (nature or "").upper()))).strip())
    return strip_plurals(named)


def _cited_texts(ids: Iterable[str], footnotes: Mapping[str, str]) -> list[str]:
    return [footnotes[note] for note in dict.fromkeys(ids) if footnotes.get(note)]


_POINTER: Final = re.compile(
    r"\b(?:PLEASE )?(?:SEE|REFER TO)(?: THE| ALSO| ATTACHED)*"
    r" (?:FOOT ?NOTES?|NOTES?|EXPLANATIONS?(?: OF RESPONSES?)?|REMARKS?|BELOW|FN)(?: (?:AND|BELOW|NUMBER|NO|F?\d+))*\b"
    r"|^FOOT ?NOTES?(?: (?:AND|F?\d+))*$"
)
_LEADING: Final = re.compile(
    r"^(?:(?:INDIRECTLY|INDIRECT|BENEFICIALLY|HELD|OWNED|OWNERSHIP|BY|IN|THROUGH|VIA|THE)(?:\s+|$))+"
)
_HELD_BY: Final = re.compile(r"\bheld\s+(?:of\s+record\s+|directly\s+)?by\s+(?:the\s+)?([^,;.(]{2,120})", re.IGNORECASE)
