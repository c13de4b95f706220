"""Find transfers: open changes of other positions that cancel a change. Each is used only once."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple

from services.holdings.accounts import HeldPosition
from services.holdings.amounts import nearly_equal
from services.holdings.labels import Security
from services.holdings.position_changes import PositionChange

_CHANGES_COMPARED: Final = 24
"""Open changes of a security that a change is compared with, the latest ones: they form 2,300 pairs and triples."""

_CHANGES_SCANNED: Final = 512
"""Open changes of a security that are searched for those in the right period: more than a book keeps accounts."""


class OpenChange(NamedTuple):
    """Shares that came to or left a position without a trade: of this filing's change, or of an earlier account."""

    amount: Decimal
    position: HeldPosition | None
    account_index: int
    change: PositionChange | None
    since: date
    until: date


class TransferMatcher:
    """Matches the unexplained changes of a filing with one another and with those that earlier filings left open.

    A change can use open accounts, or the whole of a position that the filing does not list. Another change cannot use
    them again, unless both were matched together.
    """

    def __init__(self, changes: Sequence[PositionChange], positions: Iterable[HeldPosition]) -> None:
        self._open_changes: dict[Security, list[OpenChange]] = {}
        self._whole: dict[tuple[Security, Decimal], list[HeldPosition]] = {}
        self._used: dict[tuple[str, int], tuple[PositionChange | None, ...]] = {}
        wanted = {each.label.security.security for each in changes if each.unexplained or each.position is None}
        if wanted:
            listed = {each.position.position_id for each in changes if each.position is not None}
            self._gather_open(positions, wanted, listed)
            self._gather_changes(changes)

    def cancelling(self, change: PositionChange, amount: Decimal) -> tuple[OpenChange, ...]:
        """Find up to three open changes of other positions in the same period that cancel an amount; mark them used."""
        previous = change.previous
        since = (previous.day if previous is not None else None) or date.min
        until = change.day or date.max
        latest = islice(reversed(self._open_changes.get(change.label.security.security, ())), _CHANGES_SCANNED)
        found = (
            open_change
            for open_change in latest
            if open_change.until >= since and open_change.since <= until and self._is_unused(open_change, change)
        )
        parts = _find_cancelling(amount, list(islice(found, _CHANGES_COMPARED))[::-1])
        together = (change, *(open_change.change for open_change in parts))
        for open_change in parts:
            if open_change.change is None and open_change.position is not None:
                self._used[open_change.position.position_id, open_change.account_index] = together
        return parts

    def whole_position(self, change: PositionChange, amount: Decimal) -> HeldPosition | None:
        """Return the unlisted position of exactly this amount; None if there is none, or more than one."""
        found = self._whole.get((change.label.security.security, amount), ())
        if len(found) != 1 or (found[0].position_id, len(found[0].accounts)) in self._used:
            return None
        return found[0]

    def use_whole(self, change: PositionChange, position: HeldPosition) -> None:
        """Mark the whole of a position as used by a change."""
        self._used[position.position_id, len(position.accounts)] = (change,)

    def _is_unused(self, open_change: OpenChange, change: PositionChange) -> bool:
        """Return whether an open change is of another position, and not used by another change."""
        if open_change.change is not None:
            return open_change.change is not change
        if open_change.position is None or open_change.position is change.position:
            return False
        together = self._used.get((open_change.position.position_id, open_change.account_index))
        return together is None or any(each is change for each in together)

    def _gather_open(self, positions: Iterable[HeldPosition], wanted: set[Security], listed: set[str]) -> None:
        for position in positions:
            security = position.security.security
            if security not in wanted:
                continue
            if position.amount and position.position_id not in listed:
                self._whole.setdefault((security, position.amount), []).append(position)
            for index, account in enumerate(position.accounts):
                if account.still_unexplained:
                    since = position.accounts[index - 1].day if index else None
                    open_change = OpenChange(
                        account.still_unexplained, position, index, None, since or date.min, account.day or date.max
                    )
                    self._open_changes.setdefault(security, []).append(open_change)

    def _gather_changes(self, changes: Sequence[PositionChange]) -> None:
        for change in changes:
            amount = change.unexplained
            if amount is None and change.position is None and change.before:
                amount = change.before
            if amount:
                previous = change.previous
                since = previous.day if previous is not None else None
                open_change = OpenChange(amount, change.position, -1, change, since or date.min, change.day or date.max)
                self._open_changes.setdefault(change.label.security.security, []).append(open_change)


def _find_cancelling(amount: Decimal, open_changes: Sequence[OpenChange]) -> tuple[OpenChange, ...]:
    """Return the fewest open changes, up to three, that sum to the negated amount.

    Exact 2SUM and 3SUM with a hash table: O(n²) for n open changes, at most `_CHANGES_COMPARED`.
    """
    for open_change in open_changes:
        if _cancel(amount, open_change.amount):
            return (open_change,)
    by_amount = {open_change.amount: index for index, open_change in reversed(list(enumerate(open_changes)))}
    for first, open_change in enumerate(open_changes):
        second = by_amount.get(-amount - open_change.amount)
        if second is not None and second > first:
            return (open_change, open_changes[second])
    for first, open_change in enumerate(open_changes):
        for second in range(first + 1, len(open_changes)):
            third = by_amount.get(-amount - open_change.amount - open_changes[second].amount)
            if third is not None and third > second:
                return (open_change, open_changes[second], open_changes[third])
    return ()


def _cancel(one: Decimal, other: Decimal) -> bool:
    return nearly_equal(one, -other) or nearly_equal(-one, other)
