"""An owner's book: the ledger's state between filings, as its topic holds it and as the fold goes on from it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from contracts.codec import encode
from contracts.enumerations import Table
from contracts.positions_updated import Position, PositionsUpdated
from contracts.transactions_reported import Issuer, Owner
from services.holdings.accounts import Account, HeldPosition
from services.holdings.amounts import Unit, exactly
from services.holdings.filed_report import FiledReport, OrderKey
from services.holdings.fold import Fold, Security
from services.holdings.labels import Label
from services.holdings.state_codec import account_of, base_of, filing_of, label_from_text

MISSED: Final = "u"
"""What the text of a position's missed filings begins with, behind its accounts."""

_NO_POSITIONS: Final = b'"positions":[]'
"""How a book without positions reads; within a text its quotes would be escaped."""


class Book(NamedTuple):
    """A book as its topic holds it, and read: `held` in the order of its positions, `filings` in their order.

    `base` is the place in order of the latest filing that is folded into the base; None if none is. `labels` are the
    labels that chains are filed under. `texts` are the positions as JSON; empty for a book that was read.
    """

    event: PositionsUpdated
    held: tuple[HeldPosition, ...]
    filings: tuple[FiledReport, ...]
    base: OrderKey | None
    labels: tuple[Label, ...]
    texts: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, event: PositionsUpdated) -> "Book":
        """Read a book.

        Raises:
            ValueError, LookupError, ArithmeticError, TypeError: its state is not in the ledger's notation.
        """
        own = [_label_of(position) for position in event.positions]
        notes = [position.holder_note for position in event.positions]
        labels = tuple(own[each] if isinstance(each, int) else label_from_text(each, notes) for each in event.labels)
        texts = event.filings
        base = base_of(texts[0]) if texts else None
        of_filings = texts[1:] if base is not None else texts
        ids = event.applied_filings[len(event.applied_filings) - len(of_filings) :]
        filings = tuple(filing_of(*each, labels) for each in zip(ids, of_filings, strict=True))
        with exactly():  # sums that follow from two amounts are not written
            held = tuple(
                _held(position, label, accounts, filings, labels)
                for position, label, accounts in zip(event.positions, own, event.accounts, strict=True)
            )
        return cls(event, held, filings, base, labels)

    def fold(self) -> Fold:
        """Return the fold that goes on from the book."""
        return Fold(self.held, self.filings, prices=self._prices(), subject_since=self.event.subject_since)

    def fold_from_base(self) -> Fold:
        """Return the fold of what is in the base alone."""
        held = [
            HeldPosition.under(base.label or each.label, each.position_id, each.unit, (base,))
            for each in self.held
            if (base := each.accounts[0]).kind == "base"
        ]
        # What lies before the base is gone, so prices and the first subject date of it go on from what is known.
        prices = self._prices() if self.base is not None else {}
        return Fold(held, prices=prices, subject_since=self.event.subject_since)

    def encoded(self) -> bytes:
        """Return the book as its topic holds it: `encode` of its event, without encoding each position again."""
        event = self.event
        if len(self.texts) != len(event.positions):
            return encode(event)
        others = encode(PositionsUpdated.assembled(event.__dict__ | {"positions": ()}))
        return others.replace(_NO_POSITIONS, b'"positions":[%b]' % b",".join(self.texts), 1)

    def _prices(self) -> dict[Security, Decimal]:
        return {_security_of(name): Decimal(price) for name, price in self.event.last_prices.items()}


class Parties(NamedTuple):
    """The owner and issuer of a book, as the latest filing describes them."""

    owner: Owner
    issuer: Issuer


def _held(
    position: Position, label: Label, texts: Sequence[str], filings: Sequence[FiledReport], labels: Sequence[Label]
) -> HeldPosition:
    missed = int(texts[-1].removeprefix(MISSED)) if texts[-1].startswith(MISSED) else 0
    accounts: list[Account] = []
    for each in texts[:-1] if missed else texts:
        accounts.append(account_of(each, accounts[-1] if accounts else None, filings, labels))
    unit: Unit = "value" if position.value is not None else "shares"
    return HeldPosition.under(label, position.position_id, unit, tuple(accounts), missed)


def _label_of(position: Position) -> Label:
    return Label(
        position.table,
        position.security_title,
        position.ownership,
        position.nature_of_ownership,
        position.holder_note,
        position.exercise_price,
        position.exercise_date,
        position.expiration_date,
        position.underlying_title,
        position.currency,
    )


def _security_of(name: str) -> Security:
    table, _, title = name.partition(" ")
    found: Table = "derivative" if table == "derivative" else "non_derivative"
    return found, title
