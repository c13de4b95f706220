"""Versions of a book: what a fold leaves, written as the topic holds it. Only what changed is written anew. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count
from operator import is_
from typing import Any, Final

from contracts.base import decimal_text
from contracts.codec import encode
from contracts.positions_updated import Position, PositionsUpdated
from services.holdings.accounts import UNCONFIRMED_FROM, Account, HeldPosition
from services.holdings.amounts import ZERO, text
from services.holdings.book import MISSED, Book, Parties
from services.holdings.filed_report import OrderKey
from services.holdings.fold import Fold
from services.holdings.labels import Label
from services.holdings.state_codec import account_text, base_texts, filing_texts, label_text

APPLIED_FILINGS_KEPT: Final = 512
"""Filing ids that a book remembers: years of daily filing. One forgotten and seen again is older than the base."""


def book_of(
    fold: Fold, known: Book | None, parties: Parties, *, updated_by: str, base: OrderKey | None, before: Sequence[str]
) -> Book:
    """Return the next version of a book, after a fold. `before` are the ids of filings that the fold does not have."""
    held = tuple(fold.positions)
    labels = _LabelNumbers(known.labels if known is not None else ())
    earlier = known if known is not None and known.filings and fold.goes_on_from(known.filings) else None
    written = _PositionWriter(fold, labels)
    written.write(held, earlier)
    days = written.days + [
        filing.day for filing in (fold.filings[len(earlier.filings) :] if earlier is not None else fold.filings)
    ]
    if known is not None and (earlier is not None or base is not None):
        days.append(known.event.as_of)  # of what is not looked at again
    as_of = max((day for day in days if day is not None), default=None)
    positions = tuple(
        [
            position if position.expiration_date is None else _marked(position, of, as_of)
            for position, of in zip(written.positions, held, strict=True)
        ]
    )
    filings = _filings(fold, known, earlier, base, labels)
    values = PositionsUpdated.blank() | {
        "owner": parties.owner,
        "issuer": parties.issuer,
        "version": known.event.version + 1 if known is not None else 1,
        "updated_by": updated_by,
        "as_of": as_of,
        "positions": positions,
        "applied_filings": (*before, *[filing.filing_id for filing in fold.filings])[-APPLIED_FILINGS_KEPT:],
        "accounts": tuple(written.accounts),
        "filings": filings,
        "labels": labels.written(held, earlier),
        "subject_since": fold.subject_since,
        "last_prices": {" ".join(security): decimal_text(price) for security, price in fold.prices.items()},
    }
    texts = _texts(positions, earlier)
    return Book(PositionsUpdated.assembled(values), held, tuple(fold.filings), base, labels.all, texts)


def _texts(positions: Sequence[Position], earlier: Book | None) -> tuple[bytes, ...]:
    """Return positions as JSON: those that are the same in the earlier version as they are there, the others anew."""
    texts: list[bytes] = []
    if earlier is not None:
        known = zip(positions, earlier.event.positions, earlier.texts, strict=False)
        texts = [text if each is before else encode(each) for each, before, text in known]
    return (*texts, *map(encode, positions[len(texts) :]))


class _LabelNumbers:
    """The numbers of labels, given as they come."""

    def __init__(self, known: Sequence[Label]) -> None:
        self._numbers = dict(zip(known, count(), strict=False))
        self._known = len(known)

    def number(self, label: Label) -> int:
        """Return the label's number, the next one for a new label."""
        return self._numbers.setdefault(label, len(self._numbers))

    @property
    def all(self) -> tuple[Label, ...]:
        """The labels, in the order of their numbers."""
        return tuple(self._numbers)

    def written(self, held: Sequence[HeldPosition], earlier: Book | None) -> tuple[str | int, ...]:
        """Return the labels as the topic holds them: the place of a position that bears one, else its text."""
        if earlier is not None and len(self._numbers) == self._known and _alike_labelled(held, earlier.held):
            return earlier.event.labels
        places = {each.label: place for place, each in enumerate(held)}
        notes = {each.label.note: place for place, each in enumerate(held) if each.label.note is not None}
        return tuple([places[label] if label in places else label_text(label, notes) for label in self._numbers])


def _alike_labelled(held: Sequence[HeldPosition], before: Sequence[HeldPosition]) -> bool:
    """Return whether positions bear the labels that they bore before."""
    return len(held) == len(before) and all(
        each is other or each.label is other.label for each, other in zip(held, before, strict=True)
    )


def _filings(
    fold: Fold, known: Book | None, earlier: Book | None, base: OrderKey | None, labels: _LabelNumbers
) -> tuple[tuple[str, ...], ...]:
    if earlier is not None:
        new = fold.filings[len(earlier.filings) :]
        return (*earlier.event.filings, *[filing_texts(filing, labels.number) for filing in new])
    texts: Mapping[int, tuple[str, ...]] = {}
    if known is not None:
        of_filings = known.event.filings[1:] if known.base is not None else known.event.filings
        texts = {id(filing): each for filing, each in zip(known.filings, of_filings, strict=True)}
    written = (texts.get(id(filing)) or filing_texts(filing, labels.number) for filing in fold.filings)
    return (*((base_texts(base),) if base is not None else ()), *written)


class _PositionWriter:
    """Writes positions and their accounts as the topic holds them, and gathers the days of accounts that are new."""

    def __init__(self, fold: Fold, labels: _LabelNumbers) -> None:
        self._fold = fold
        self._labels = labels
        self.positions: list[Position] = []
        self.accounts: list[tuple[str, ...]] = []
        self.days: list[date | None] = []

    def write(self, held: Sequence[HeldPosition], earlier: Book | None) -> None:
        """Write positions in their order; those of the earlier version come first, in its order."""
        if earlier is not None:
            known = zip(earlier.held, earlier.event.positions, earlier.event.accounts, strict=True)
            for each, (before, position, texts) in zip(held, known, strict=False):
                if each is before:
                    self.positions.append(position)
                    self.accounts.append(texts)
                else:
                    self._write_changed(each, before, position, texts)
        for each in held[len(self.positions) :]:
            self._write_accounts(each, 0, ())
            self._write_position(each, _identity(each))

    def _write_changed(
        self, held: HeldPosition, before: HeldPosition, position: Position, texts: tuple[str, ...]
    ) -> None:
        if before.accounts is held.accounts and before.label is held.label:
            unconfirmed = held.missed >= UNCONFIRMED_FROM
            if position.unconfirmed != unconfirmed:
                position = position.model_copy(update={"unconfirmed": unconfirmed})
            self.positions.append(position)
            self.accounts.append((*texts[: len(held.accounts)], *_missed(held)))
            return
        alike = before.label is held.label and before.unit == held.unit
        self._write_accounts(held, _in_common(before.accounts, held.accounts), texts)
        self._write_position(held, position.__dict__ if alike else _identity(held))

    def _write_accounts(self, held: HeldPosition, start: int, known: tuple[str, ...]) -> None:
        """Write the accounts from a place on, behind the known texts of those before it."""
        texts: list[str] = []
        previous = held.accounts[start - 1] if start else None
        for account in held.accounts[start:]:
            filed = self._fold.filings[account.filing].day if account.filing >= 0 else None
            texts.append(account_text(account, previous, filed, self._labels.number))
            self.days.append(account.day)
            previous = account
        self.accounts.append((*known[:start], *texts, *_missed(held)))

    def _write_position(self, held: HeldPosition, identity: dict[str, Any]) -> None:
        current = held.accounts[-1]
        still_open = [each.open for each in held.accounts if each.open is not None and not each.first and each.open]
        number = current.speaks_for
        values = identity | {
            held.unit: text(current.after),
            "as_of": current.day,
            "filing_id": self._fold.filings[number].filing_id if number >= 0 else current.source,
            "unexplained_change": text(still_open[-1]) if still_open else None,
            "expired": False,
            "unconfirmed": held.missed >= UNCONFIRMED_FROM,
        }
        self.positions.append(Position.assembled(values))


def _missed(held: HeldPosition) -> tuple[str, ...]:
    return (f"{MISSED}{held.missed}",) if held.missed else ()


def _identity(held: HeldPosition) -> dict[str, Any]:
    """Return the fields of a position that follow from its label, and the defaults of the others."""
    return Position.blank() | held.label.identity(held.position_id) | {"currency": held.label.currency}


def _in_common(one: Sequence[Account], other: Sequence[Account]) -> int:
    """Return how many accounts both begin with."""
    alike = list(map(is_, one, other))
    return alike.index(False) if False in alike else len(alike)


def _marked(position: Position, held: HeldPosition, as_of: date | None) -> Position:
    """Return the position, marked as expired if it is held past its expiration."""
    ends = position.expiration_date
    expired = (
        ends is not None
        and as_of is not None
        and ends < as_of
        and position.table == "derivative"
        and held.amount != ZERO
    )
    return position if expired == position.expired else position.model_copy(update={"expired": expired})
