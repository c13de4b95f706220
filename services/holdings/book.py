"""An owner's book: the ledger's state between filings, encoded for its topic and decoded for the fold."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count
from typing import Final, NamedTuple

from msgspec.structs import replace

from contracts.codec import encode
from contracts.enumerations import Table
from contracts.structs import Issuer, Owner, Position, PositionsUpdated
from services.holdings.accounts import Account, HeldPosition
from services.holdings.amounts import Unit, exact_arithmetic
from services.holdings.filed_report import FiledReport, OrderKey
from services.holdings.fold import Fold
from services.holdings.labels import Label, Security
from services.holdings.state_codec import decode_account, decode_base, decode_filing, decode_label

ABSENCES_PREFIX: Final = "u"
"""Prefix of a position's absence count, which follows the accounts."""

_NO_POSITIONS: Final = b'"positions":[]'
"""The JSON of a book without positions. It is unambiguous, because quotes within strings are escaped."""


class Book(NamedTuple):
    """A book, encoded and decoded.

    - `event`: the book as its topic contains it.
    - `positions`: the decoded positions in the event's order; `filings`: the filings in their order.
    - `base`: the sort key of the latest filing in the base; None if there is no base.
    - `labels`: the numbers of the chains' labels.
    - `texts`: the positions as JSON; empty for a decoded book.
    - `ended`: the fold that ended with the book; None for a decoded book.
    """

    event: PositionsUpdated
    positions: tuple[HeldPosition, ...]
    filings: tuple[FiledReport, ...]
    base: OrderKey | None
    labels: Mapping[Label, int]
    texts: tuple[bytes, ...] = ()
    ended: Fold | None = None

    @classmethod
    def from_event(cls, event: PositionsUpdated) -> "Book":
        """Decode a book.

        Raises:
            ValueError, LookupError, ArithmeticError, TypeError: the state is not in the ledger's encoding.
        """
        own = [_label_of_position(published) for published in event.positions]
        notes = [published.holder_note for published in event.positions]
        labels = tuple(own[each] if isinstance(each, int) else decode_label(each, notes) for each in event.labels)
        texts = event.filings
        base = decode_base(texts[0]) if texts else None
        of_filings = texts[1:] if base is not None else texts
        ids = event.applied_filings[len(event.applied_filings) - len(of_filings) :]
        filings = tuple(decode_filing(*each, labels) for each in zip(ids, of_filings, strict=True))
        with exact_arithmetic():  # totals that follow from two amounts are not encoded but computed
            positions = tuple(
                _read_position(published, label, accounts, filings, labels)
                for published, label, accounts in zip(event.positions, own, event.accounts, strict=True)
            )
        return cls(event, positions, filings, base, dict(zip(labels, count())))

    def fold(self) -> Fold:
        """Return a fold that continues from the book."""
        if self.ended is not None:
            return self.ended.copy()
        return Fold(self.positions, self.filings, prices=self._prices(), subject_since=self.event.subject_since)

    def fold_from_base(self) -> Fold:
        """Return a fold that starts from the base alone."""
        positions = [
            HeldPosition.labelled(base.label or each.label, each.position_id, each.unit, (base,))
            for each in self.positions
            if (base := each.accounts[0]).kind == "base"
        ]
        # The filings before the base are gone, so their prices and subject date are taken from the book.
        prices = self._prices() if self.base is not None else {}
        return Fold(positions, prices=prices, subject_since=self.event.subject_since)

    def encoded(self) -> bytes:
        """Encode the book for its topic, reusing the JSON of positions that is already known."""
        event = self.event
        if len(self.texts) != len(event.positions):
            return encode(event)
        others = encode(replace(event, positions=()))
        return others.replace(_NO_POSITIONS, b'"positions":[%b]' % b",".join(self.texts), 1)

    def _prices(self) -> dict[Security, Decimal]:
        return {_security_of(name): Decimal(price) for name, price in self.event.last_prices.items()}


class Parties(NamedTuple):
    """The owner and issuer of a book, as the latest filing describes them."""

    owner: Owner
    issuer: Issuer


def _read_position(
    published: Position, label: Label, texts: Sequence[str], filings: Sequence[FiledReport], labels: Sequence[Label]
) -> HeldPosition:
    absences = int(texts[-1].removeprefix(ABSENCES_PREFIX)) if texts[-1].startswith(ABSENCES_PREFIX) else 0
    accounts: list[Account] = []
    for each in texts[:-1] if absences else texts:
        accounts.append(decode_account(each, accounts[-1] if accounts else None, filings, labels))
    unit: Unit = "value" if published.value is not None else "shares"
    return HeldPosition.labelled(label, published.position_id, unit, tuple(accounts), absences)


def _label_of_position(published: Position) -> Label:
    return Label(
        published.table,
        published.security_title,
        published.ownership,
        published.nature_of_ownership,
        published.holder_note,
        published.exercise_price,
        published.exercise_date,
        published.expiration_date,
        published.underlying_title,
        published.currency,
    )


def _security_of(name: str) -> Security:
    table, _, title = name.partition(" ")
    found: Table = "derivative" if table == "derivative" else "non_derivative"
    return found, title
