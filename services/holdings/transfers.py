"""Flows: shares that came to or left positions without a trade, and those that cancel a change, each taken once."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple

from contracts.enumerations import Table
from services.holdings.accounts import HeldPosition
from services.holdings.amounts import same
from services.holdings.position_changes import PositionChange

_FLOWS_COMPARED: Final = 24
"""Open changes of a security that a change is compared with, the latest: pairs and triples of them are 2,300."""

_FLOWS_SEEN: Final = 512
"""Open changes of a security that are looked at for those of the right days: more than a book keeps accounts."""


class OpenChange(NamedTuple):
    """Shares that came to or left a position without a trade: of a movement, or of an account that is still open."""

    amount: Decimal
    held: HeldPosition | None
    place: int
    movement: PositionChange | None
    since: date
    until: date


class TransferMatcher:
    """The flows of a filing's movements, and those that earlier filings left open, by security.

    A movement takes open accounts, or the whole of a position that the filing does not list. What one has taken, no
    other may, unless they were taken together.
    """

    def __init__(self, movements: Sequence[PositionChange], positions: Iterable[HeldPosition]) -> None:
        self._flows: dict[tuple[Table, str], list[OpenChange]] = {}
        self._whole: dict[tuple[tuple[Table, str], Decimal], list[HeldPosition]] = {}
        self._taken: dict[tuple[str, int], tuple[PositionChange | None, ...]] = {}
        wanted = {each.label.security.security for each in movements if each.unexplained or each.held is None}
        if wanted:
            listed = {each.held.position_id for each in movements if each.held is not None}
            self._gather_open(positions, wanted, listed)
            self._gather_movements(movements)

    def cancelling(self, movement: PositionChange, change: Decimal) -> tuple[OpenChange, ...]:
        """Take up to three flows of other positions at the same time that cancel a change; empty if none do."""
        previous = movement.previous
        since = (previous.day if previous is not None else None) or date.min
        until = movement.day or date.max
        latest = islice(reversed(self._flows.get(movement.label.security.security, ())), _FLOWS_SEEN)
        found = (
            flow for flow in latest if flow.until >= since and flow.since <= until and self._is_free(flow, movement)
        )
        parts = _cancelling(change, list(islice(found, _FLOWS_COMPARED))[::-1])
        together = (movement, *(flow.movement for flow in parts))
        for flow in parts:
            if flow.movement is None and flow.held is not None:
                self._taken[flow.held.position_id, flow.place] = together
        return parts

    def whole_position(self, movement: PositionChange, change: Decimal) -> HeldPosition | None:
        """Return the one position of just so many shares that the filing does not list; None if there are several."""
        found = self._whole.get((movement.label.security.security, change), ())
        if len(found) != 1 or (found[0].position_id, len(found[0].accounts)) in self._taken:
            return None
        return found[0]

    def take_whole(self, movement: PositionChange, held: HeldPosition) -> None:
        """Note that a movement has taken the whole of a position."""
        self._taken[held.position_id, len(held.accounts)] = (movement,)

    def _is_free(self, flow: OpenChange, movement: PositionChange) -> bool:
        """Return whether a flow is of another position, and not taken by others."""
        if flow.movement is not None:
            return flow.movement is not movement
        if flow.held is None or flow.held is movement.held:
            return False
        together = self._taken.get((flow.held.position_id, flow.place))
        return together is None or any(each is movement for each in together)

    def _gather_open(self, positions: Iterable[HeldPosition], wanted: set[tuple[Table, str]], listed: set[str]) -> None:
        for held in positions:
            security = held.security.security
            if security not in wanted:
                continue
            if held.amount and held.position_id not in listed:
                self._whole.setdefault((security, held.amount), []).append(held)
            for place, account in enumerate(held.accounts):
                if account.open:
                    since = held.accounts[place - 1].day if place else None
                    flow = OpenChange(account.open, held, place, None, since or date.min, account.day or date.max)
                    self._flows.setdefault(security, []).append(flow)

    def _gather_movements(self, movements: Sequence[PositionChange]) -> None:
        for movement in movements:
            amount = movement.unexplained
            if amount is None and movement.held is None and movement.before:
                amount = movement.before
            if amount:
                previous = movement.previous
                since = previous.day if previous is not None else None
                flow = OpenChange(amount, movement.held, -1, movement, since or date.min, movement.day or date.max)
                self._flows.setdefault(movement.label.security.security, []).append(flow)


def _cancelling(change: Decimal, flows: Sequence[OpenChange]) -> tuple[OpenChange, ...]:
    """Return up to three flows that cancel a change; the first of the fewest (3SUM by a table, quadratic)."""
    for flow in flows:
        if _cancel(change, flow.amount):
            return (flow,)
    by_amount = {flow.amount: place for place, flow in reversed(list(enumerate(flows)))}
    for first, flow in enumerate(flows):
        second = by_amount.get(-change - flow.amount)
        if second is not None and second > first:
            return (flow, flows[second])
    for first, flow in enumerate(flows):
        for second in range(first + 1, len(flows)):
            third = by_amount.get(-change - flow.amount - flows[second].amount)
            if third is not None and third > second:
                return (flow, flows[second], flows[third])
    return ()


def _cancel(one: Decimal, other: Decimal) -> bool:
    return same(one, -other) or same(-one, other)
