"""An owner's book: the ledger's state between filings, as its topic holds it and as the fold goes on from it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from contracts.base import decimal_text
from contracts.positions_updated import Position, PositionsUpdated
from contracts.section16 import Table
from contracts.transactions_reported import Issuer, Owner
from services.holdings.accounts import UNCONFIRMED_FROM, Account, Held
from services.holdings.amounts import ZERO, Unit, exactly, text
from services.holdings.classes import Label
from services.holdings.filed_report import FiledReport, OrderKey
from services.holdings.fold import Fold, Security
from services.holdings.notation import (
    account_of,
    account_text,
    base_of,
    base_texts,
    filing_of,
    filing_texts,
    label_from_text,
    label_text,
)

APPLIED_FILINGS_KEPT: Final = 512
"""Filing ids that a book remembers: years of daily filing. One forgotten and seen again is older than the base."""


class Book(NamedTuple):
    """A book as its topic holds it, and read: `held` in the order of its positions, `filings` in their order.

    `base` is the place in order of the latest filing that is folded into the base; None if none is. `labels` are the
    labels that chains are filed under.
    """

    event: PositionsUpdated
    held: tuple[Held, ...]
    filings: tuple[FiledReport, ...]
    base: OrderKey | None
    labels: tuple[Label, ...]

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
            Held.under(base.label or each.label, each.position_id, each.unit, (base,))
            for each in self.held
            if (base := each.accounts[0]).kind == "base"
        ]
        # What lies before the base is gone, so prices and the first subject date of it go on from what is known.
        prices = self._prices() if self.base is not None else {}
        return Fold(held, prices=prices, subject_since=self.event.subject_since)

    def _prices(self) -> dict[Security, Decimal]:
        return {_security_of(name): Decimal(price) for name, price in self.event.last_prices.items()}


class Parties(NamedTuple):
    """The owner and issuer of a book, as the latest filing describes them."""

    owner: Owner
    issuer: Issuer


def book_of(
    fold: Fold, known: Book | None, parties: Parties, *, updated_by: str, base: OrderKey | None, before: Sequence[str]
) -> Book:
    """Return the next version of a book, after a fold. `before` are the ids of filings that the fold does not have."""
    held = tuple(fold.positions)
    labels = _Labels(known.labels if known is not None else ())
    earlier = known if known is not None and known.filings and fold.goes_on_from(known.filings) else None
    before_it = _written_before(earlier)
    written = [_written(each, fold, labels, before_it) for each in held]
    changed = (each for each in held if before_it.get(each.position_id, _NOTHING)[0] is not each)
    days = [account.day for each in changed for account in each.accounts]
    days += [filing.day for filing in (fold.filings[len(earlier.filings) :] if earlier is not None else fold.filings)]
    if known is not None and (earlier is not None or base is not None):
        days.append(known.event.as_of)  # of what is not looked at again
    as_of = max((day for day in days if day is not None), default=None)
    positions = tuple(
        position if position.expiration_date is None else _marked(position, each, as_of)
        for (position, _), each in zip(written, held, strict=True)
    )
    values = PositionsUpdated.blank() | {
        "owner": parties.owner,
        "issuer": parties.issuer,
        "version": known.event.version + 1 if known is not None else 1,
        "updated_by": updated_by,
        "as_of": as_of,
        "positions": positions,
        "applied_filings": (*before, *(filing.filing_id for filing in fold.filings))[-APPLIED_FILINGS_KEPT:],
        "accounts": tuple(accounts for _, accounts in written),
        "filings": _filings(fold, known, earlier, base, labels),
        "labels": labels.written(held),
        "subject_since": fold.subject_since,
        "last_prices": {_security_name(key): decimal_text(price) for key, price in fold.prices.items()},
    }
    return Book(PositionsUpdated.assembled(values), held, tuple(fold.filings), base, labels.all)


_Written = tuple[Position, tuple[str, ...]]


_Known = Mapping[str, tuple[Held | None, _Written | None]]
_NOTHING: Final[tuple[None, None]] = (None, None)


def _written_before(known: Book | None) -> _Known:
    """Return each position of the book that the fold goes on from, with what is written of it, by its id."""
    if known is None:
        return {}
    written = zip(known.event.positions, known.event.accounts, strict=True)
    return {held.position_id: (held, each) for held, each in zip(known.held, written, strict=True)}


class _Labels:
    """The numbers of labels, given as they come."""

    def __init__(self, known: Iterable[Label]) -> None:
        self._numbers = {label: number for number, label in enumerate(known)}

    def number(self, label: Label) -> int:
        """Return the label's number, the next one for a new label."""
        return self._numbers.setdefault(label, len(self._numbers))

    @property
    def all(self) -> tuple[Label, ...]:
        """The labels, in the order of their numbers."""
        return tuple(self._numbers)

    def written(self, held: Sequence[Held]) -> tuple[str | int, ...]:
        """Return the labels as the topic holds them: the place of a position that bears one, else its text."""
        places = {each.label: place for place, each in enumerate(held)}
        notes = {each.label.note: place for place, each in enumerate(held) if each.label.note is not None}
        return tuple(places[label] if label in places else label_text(label, notes) for label in self._numbers)


def _filings(
    fold: Fold, known: Book | None, earlier: Book | None, base: OrderKey | None, labels: _Labels
) -> tuple[tuple[str, ...], ...]:
    if earlier is not None:
        new = fold.filings[len(earlier.filings) :]
        return (*earlier.event.filings, *(filing_texts(filing, labels.number) for filing in new))
    texts: Mapping[int, tuple[str, ...]] = {}
    if known is not None:
        of_filings = known.event.filings[1:] if known.base is not None else known.event.filings
        texts = {id(filing): each for filing, each in zip(known.filings, of_filings, strict=True)}
    written = (texts.get(id(filing)) or filing_texts(filing, labels.number) for filing in fold.filings)
    return (*((base_texts(base),) if base is not None else ()), *written)


def _written(held: Held, fold: Fold, labels: _Labels, known: _Known) -> _Written:
    before, written = known.get(held.position_id, _NOTHING)
    if written is not None and before is held:
        return written
    position, texts = written or (None, ())
    missed = (f"{_MISSED}{held.missed}",) if held.missed else ()
    if before is not None and position is not None and before.accounts is held.accounts and before.label is held.label:
        unconfirmed = held.missed >= UNCONFIRMED_FROM
        if position.unconfirmed != unconfirmed:
            position = position.model_copy(update={"unconfirmed": unconfirmed})
        return position, (*texts[: len(held.accounts)], *missed)
    start = _in_common(before.accounts, held.accounts) if before is not None else 0
    accounts = list(texts[:start])
    previous = held.accounts[start - 1] if start else None
    for account in held.accounts[start:]:
        filed = fold.filings[account.filing].day if account.filing >= 0 else None
        accounts.append(account_text(account, previous, filed, labels.number))
        previous = account
    current, label = held.current, held.label
    unexplained = next((each.open for each in reversed(held.accounts) if each.open and not each.first), None)
    amount = text(current.after)
    values = Position.blank() | {
        **label.identity(held.position_id),
        "shares": amount if held.unit == "shares" else None,
        "value": amount if held.unit == "value" else None,
        "currency": label.currency,
        "as_of": current.day,
        "filing_id": fold.filings[current.speaks_for].filing_id if current.speaks_for >= 0 else current.source,
        "unexplained_change": text(unexplained),
        "unconfirmed": held.missed >= UNCONFIRMED_FROM,
    }
    return Position.assembled(values), (*accounts, *missed)


def _in_common(one: Sequence[Account], other: Sequence[Account]) -> int:
    """Return how many accounts both begin with."""
    common = zip(one, other, strict=False)
    return next((place for place, (mine, its) in enumerate(common) if mine is not its), min(len(one), len(other)))


def _marked(position: Position, held: Held, as_of: date | None) -> Position:
    """Return the position, marked as expired if it is held past its expiration."""
    ends = position.expiration_date
    lapses = position.table == "derivative" and ends is not None and held.amount != ZERO
    expired = lapses and ends is not None and as_of is not None and ends < as_of
    return position if expired == position.expired else position.model_copy(update={"expired": expired})


_MISSED: Final = "u"
"""What the text of a position's missed filings begins with, behind its accounts."""


def _held(
    position: Position, label: Label, texts: Sequence[str], filings: Sequence[FiledReport], labels: Sequence[Label]
) -> Held:
    missed = int(texts[-1].removeprefix(_MISSED)) if texts[-1].startswith(_MISSED) else 0
    accounts: list[Account] = []
    for each in texts[:-1] if missed else texts:
        accounts.append(account_of(each, accounts[-1] if accounts else None, filings, labels))
    unit: Unit = "value" if position.value is not None else "shares"
    return Held.under(label, position.position_id, unit, tuple(accounts), missed)


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


def _security_name(security: Security) -> str:
    return " ".join(security)


def _security_of(name: str) -> Security:
    table, _, title = name.partition(" ")
    found: Table = "derivative" if table == "derivative" else "non_derivative"
    return found, title
