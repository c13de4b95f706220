"""Write the next version of a book after a fold. Only changed positions and accounts are encoded again. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import compress, count
from operator import is_, is_not
from typing import Final

from msgspec.structs import replace

from contracts.base import decimal_text
from contracts.codec import encode
from contracts.structs import Position, PositionsUpdated
from services.holdings.accounts import UNCONFIRMED_FROM, Account, HeldPosition
from services.holdings.amounts import ZERO, amount_text
from services.holdings.book import ABSENCES_PREFIX, Book, Parties
from services.holdings.filed_report import OrderKey
from services.holdings.fold import Fold
from services.holdings.labels import Label
from services.holdings.state_codec import encode_account, encode_base, encode_filing, encode_label

APPLIED_FILINGS_KEPT: Final = 512
"""Filing ids that a book remembers, enough for years of daily filings. A forgotten one is older than the base."""


def write_next_version(
    fold: Fold, known: Book | None, parties: Parties, *, updated_by: str, base: OrderKey | None, before: Sequence[str]
) -> Book:
    """Write the next version of a book. `before` contains the ids of applied filings that the fold does not have."""
    positions = tuple(fold.positions)
    labels = _LabelNumbers(known.labels if known is not None else {})
    earlier = known if known is not None and known.filings and fold.extends(known.filings) else None
    written = _PositionWriter(fold, labels)
    written.write(positions, earlier)
    days = written.days + [
        filing.day for filing in (fold.filings[len(earlier.filings) :] if earlier is not None else fold.filings)
    ]
    if known is not None and (earlier is not None or base is not None):
        days.append(known.event.as_of)  # covers what is not visited again
    as_of = max((day for day in days if day is not None), default=None)
    published_positions = _with_expirations(written.published, positions, as_of)
    filings = _filings(fold, known, earlier, base, labels)
    event = PositionsUpdated(
        owner=parties.owner,
        issuer=parties.issuer,
        version=known.event.version + 1 if known is not None else 1,
        updated_by=updated_by,
        as_of=as_of,
        positions=published_positions,
        applied_filings=(*before, *[filing.filing_id for filing in fold.filings])[-APPLIED_FILINGS_KEPT:],
        accounts=tuple(written.accounts),
        filings=filings,
        labels=labels.encoded(positions, earlier),
        subject_since=fold.subject_since,
        last_prices={" ".join(security): decimal_text(price) for security, price in fold.prices.items()},
    )
    texts = _texts(published_positions, earlier)
    return Book(event, positions, tuple(fold.filings), base, labels.all, texts, fold)


def _texts(published_positions: Sequence[Position], earlier: Book | None) -> tuple[bytes, ...]:
    """Encode positions as JSON; unchanged positions reuse the text of the earlier version."""
    texts: list[bytes] = []
    if earlier is not None and earlier.texts:
        texts = list(earlier.texts)
        for index in compress(count(), map(is_not, published_positions, earlier.event.positions)):
            texts[index] = encode(published_positions[index])
    return (*texts, *map(encode, published_positions[len(texts) :]))


class _LabelNumbers:
    """Numbers labels in the order of first use; `known` are numbered already."""

    def __init__(self, known: Mapping[Label, int]) -> None:
        self._numbers = dict(known)  # copies the hashes too: labels are long tuples
        self._known = len(known)

    def number(self, label: Label) -> int:
        """Return the label's number; a new label gets the next one."""
        return self._numbers.setdefault(label, len(self._numbers))

    @property
    def all(self) -> Mapping[Label, int]:
        """The numbers of the labels, in order."""
        return self._numbers

    def encoded(self, positions: Sequence[HeldPosition], earlier: Book | None) -> tuple[str | int, ...]:
        """Encode the labels for the topic: the index of a position with the label, else its text."""
        if (
            earlier is not None
            and len(self._numbers) == self._known
            and _have_same_labels(positions, earlier.positions)
        ):
            return earlier.event.labels
        indexes = {each.label: index for index, each in enumerate(positions)}
        notes = {each.label.note: index for index, each in enumerate(positions) if each.label.note is not None}
        return tuple([indexes[label] if label in indexes else encode_label(label, notes) for label in self._numbers])


def _have_same_labels(positions: Sequence[HeldPosition], before: Sequence[HeldPosition]) -> bool:
    """Return whether the positions have the same labels as before."""
    if len(positions) != len(before):
        return False
    changed = compress(count(), map(is_not, positions, before))
    return all(positions[index].label is before[index].label for index in changed)


def _filings(
    fold: Fold, known: Book | None, earlier: Book | None, base: OrderKey | None, labels: _LabelNumbers
) -> tuple[tuple[str, ...], ...]:
    if earlier is not None:
        new = fold.filings[len(earlier.filings) :]
        return (*earlier.event.filings, *[encode_filing(filing, labels.number) for filing in new])
    texts: Mapping[int, tuple[str, ...]] = {}
    if known is not None:
        of_filings = known.event.filings[1:] if known.base is not None else known.event.filings
        texts = {id(filing): each for filing, each in zip(known.filings, of_filings, strict=True)}
    written = (texts.get(id(filing)) or encode_filing(filing, labels.number) for filing in fold.filings)
    return (*((encode_base(base),) if base is not None else ()), *written)


class _PositionWriter:
    """Encodes positions and their accounts for the topic, and collects the days of new accounts."""

    def __init__(self, fold: Fold, labels: _LabelNumbers) -> None:
        self._fold = fold
        self._labels = labels
        self.published: list[Position] = []
        self.accounts: list[tuple[str, ...]] = []
        self.days: list[date | None] = []

    def write(self, positions: Sequence[HeldPosition], earlier: Book | None) -> None:
        """Write positions in order. Those of the earlier version come first, in the same order."""
        if earlier is not None:
            self.published = list(earlier.event.positions)
            self.accounts = list(earlier.event.accounts)
            changed = map(is_not, positions, earlier.positions)  # most are not, and no loop in Python visits them
            for index in compress(count(), changed):
                self._write_changed(index, positions[index], earlier.positions[index])
        for each in positions[len(self.published) :]:
            self.accounts.append(self._account_texts(each, 0, ()))
            self.published.append(self._position(each))

    def _write_changed(self, index: int, position: HeldPosition, before: HeldPosition) -> None:
        texts = self.accounts[index]
        if before.accounts is position.accounts and before.label is position.label:
            unconfirmed = position.absences >= UNCONFIRMED_FROM
            if self.published[index].unconfirmed != unconfirmed:
                self.published[index] = replace(self.published[index], unconfirmed=unconfirmed)
            self.accounts[index] = (*texts[: len(position.accounts)], *_encode_absences(position))
            return
        same = _common_length(before.accounts, position.accounts)
        self.accounts[index] = self._account_texts(position, same, texts)
        self.published[index] = self._position(position)

    def _account_texts(self, position: HeldPosition, start: int, known: tuple[str, ...]) -> tuple[str, ...]:
        """Encode the accounts from an index on, after the known texts of those before it."""
        texts: list[str] = []
        previous = position.accounts[start - 1] if start else None
        for account in position.accounts[start:]:
            filed = self._fold.filings[account.filing].day if account.filing >= 0 else None
            texts.append(encode_account(account, previous, filed, self._labels.number))
            self.days.append(account.day)
            previous = account
        return (*known[:start], *texts, *_encode_absences(position))

    def _position(self, position: HeldPosition) -> Position:
        label, current = position.label, position.accounts[-1]
        still_open = [
            each.still_unexplained
            for each in position.accounts
            if each.still_unexplained is not None and not each.is_first_amount and each.still_unexplained
        ]
        number, amount = current.filing_in_force, amount_text(current.after)
        return Position(
            position_id=position.position_id,
            table=label.table,
            security_title=label.title,
            ownership=label.ownership,
            nature_of_ownership=label.nature,
            holder_note=label.note,
            exercise_price=label.exercise_price,
            exercise_date=label.exercise_date,
            expiration_date=label.expiration_date,
            underlying_title=label.underlying,
            shares=amount if position.unit == "shares" else None,
            value=amount if position.unit == "value" else None,
            currency=label.currency,
            as_of=current.day,
            filing_id=self._fold.filings[number].filing_id if number >= 0 else current.base_filing_id,
            unexplained_change=amount_text(still_open[-1]) if still_open else None,
            unconfirmed=position.absences >= UNCONFIRMED_FROM,
        )


def _encode_absences(position: HeldPosition) -> tuple[str, ...]:
    return (f"{ABSENCES_PREFIX}{position.absences}",) if position.absences else ()


def _common_length(one: Sequence[Account], other: Sequence[Account]) -> int:
    """Return the length of the common prefix."""
    identical = list(map(is_, one, other))
    return identical.index(False) if False in identical else len(identical)


def _with_expirations(
    published: Sequence[Position], positions: Sequence[HeldPosition], as_of: date | None
) -> tuple[Position, ...]:
    """Return the positions, those past their expiration marked. Few are looked at: most were marked before."""
    marked = list(published)
    if as_of is not None:
        for index, each in enumerate(published):
            ends = each.expiration_date
            if ends is not None and (ends < as_of) is not each.expired:
                marked[index] = _mark_expired(each, positions[index], as_of)
    return tuple(marked)


def _mark_expired(published: Position, position: HeldPosition, as_of: date) -> Position:
    """Return the position, marked as expired if it is a derivative past its expiration that is not closed."""
    ends = published.expiration_date
    expired = ends is not None and ends < as_of and published.table == "derivative" and position.amount != ZERO
    return published if expired == published.expired else replace(published, expired=expired)
