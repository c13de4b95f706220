"""Finds the alerts that match a filter, the newest first: candidates by columns, then a test of the undecided ones."""

from collections.abc import AsyncIterator, Collection
from typing import Final, NamedTuple, Self

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.alert_filter import AlertFilter
from services.gateway.read_model.conditions import Conditions, conditions_of
from services.gateway.read_model.facets import delivery_of_facets
from services.gateway.read_model.stored import StoredAlert
from services.gateway.read_model.tables import ALERT_EVENTS, ALERTS

_STORED: Final = select(ALERTS.c.seq, ALERTS.c.alert_id, ALERTS.c.facets, ALERT_EVENTS.c.event).join_from(
    ALERTS, ALERT_EVENTS, ALERTS.c.seq == ALERT_EVENTS.c.seq
)
_COUNTED_AT_ONCE: Final = 500
_TEST_COST: Final = 10
"""Testing an event takes as long as counting about ten alerts by their columns."""


class Candidate(NamedTuple):
    """An alert that fulfils a filter's conditions."""

    seq: int
    filing_seq: int
    facets: int


class AlertSearch:
    """One search on one connection."""

    def __init__(self, connection: AsyncConnection, wanted: AlertFilter, conditions: Conditions) -> None:
        self._connection = connection
        self._wanted = wanted
        self._conditions = conditions

    @classmethod
    async def prepare(cls, connection: AsyncConnection, wanted: AlertFilter) -> Self:
        """Return the search for a filter; its names are looked up."""
        return cls(connection, wanted, await conditions_of(connection, wanted))

    async def newest_first(self, before: int | None, size: int) -> AsyncIterator[list[Candidate]]:
        """Yield the matching alerts with ordinals below `before`, as found among `size` candidates at a time."""
        while True:
            candidates = await self._run(self._conditions.candidates(before, size))
            yield await self._matching(candidates)
            if len(candidates) < size:
                return
            before = candidates[-1].seq

    async def count_filings(self, most: int | None = None) -> int | None:
        """Return the number of filings with a matching alert; None if that takes more than `most` alerts to know."""
        if not self._conditions.undecided:
            counts = (await self._connection.execute(self._conditions.counts(most))).one()
            return None if counts.alerts == most else counts.filings
        filings: set[int] = set()
        tested = 0
        async for some in self.newest_first(None, _COUNTED_AT_ONCE):
            filings.update(each.filing_seq for each in some)
            tested += _COUNTED_AT_ONCE
            if most is not None and tested * _TEST_COST > most:
                return None
        return len(filings)

    async def first_in_filings(self, filings: Collection[int]) -> dict[int, int]:
        """Return the ordinal of the first matching alert of each of these filings that has one."""
        candidates = await self._run(self._conditions.in_filings(filings))
        first: dict[int, int] = {}
        for each in await self._matching(candidates):
            first[each.filing_seq] = min(each.seq, first.get(each.filing_seq, each.seq))
        return first

    async def _run(self, query: Select[int, int, int]) -> list[Candidate]:
        rows = await self._connection.execute(query)
        return [Candidate(row.seq, row.filing_seq, row.facets) for row in rows]

    async def _matching(self, candidates: list[Candidate]) -> list[Candidate]:
        undecided = [each.seq for each in candidates if each.facets & self._conditions.undecided]
        refused = {
            alert.seq
            for alert in await stored_alerts(self._connection, undecided)
            if not self._wanted.matches(alert.holding_changed, delivery=alert.delivery)
        }
        return [each for each in candidates if each.seq not in refused]


async def stored_alerts(connection: AsyncConnection, ordinals: Collection[int]) -> list[StoredAlert]:
    """Return the alerts with these ordinals, in order."""
    return await _stored(connection, _STORED.where(ALERTS.c.seq.in_(ordinals))) if ordinals else []


async def alerts_after(connection: AsyncConnection, seq: int, limit: int) -> list[StoredAlert]:
    """Return the first alerts after an ordinal, in order."""
    return await _stored(connection, _STORED.where(ALERTS.c.seq > seq).limit(limit))


async def alert_named(connection: AsyncConnection, alert_id: str) -> StoredAlert | None:
    """Return the alert with that id; None if there is none."""
    found = await _stored(connection, _STORED.where(ALERTS.c.alert_id == alert_id))
    return found[0] if found else None


async def _stored(connection: AsyncConnection, query: Select[int, str, int, bytes]) -> list[StoredAlert]:
    rows = await connection.execute(query.order_by(ALERTS.c.seq))
    return [StoredAlert(row.seq, row.alert_id, row.event, delivery_of_facets(row.facets)) for row in rows]
