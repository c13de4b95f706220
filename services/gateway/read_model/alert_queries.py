"""Queries for alerts and filings, page by page, the newest first."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.alert_filter import AlertFilter
from contracts.codec import decode
from contracts.structs import TransactionsReported
from services.gateway.read_model.alert_search import AlertSearch, Candidate, stored_alerts
from services.gateway.read_model.stored import FilingAlerts, Page, Preview, StoredAlert
from services.gateway.read_model.tables import ALERT_EVENTS, ALERTS, FILINGS, REPORTS

_ALERTS_PER_FILING: Final = 3
"""Candidates read for each filing wanted; a filing has three alerts on average."""
_PREVIEWED: Final = 3


async def alert_page(
    connection: AsyncConnection, wanted: AlertFilter, before: int | None, limit: int
) -> Page[StoredAlert]:
    """Return the newest matching alerts with ordinals below `before`."""
    search = await AlertSearch.prepare(connection, wanted)
    found: list[Candidate] = []
    async for some in search.newest_first(before, limit + 1):
        found += some
        if len(found) > limit:
            break
    alerts = await stored_alerts(connection, [each.seq for each in found[:limit]])
    return Page(tuple(reversed(alerts)), _next(found, limit))


async def filing_page(
    connection: AsyncConnection, wanted: AlertFilter, before: int | None, limit: int
) -> Page[FilingAlerts]:
    """Return the newest filings with a matching alert.

    A filing's place is that of its first matching alert, which no later alert changes. So each filing is on one page.
    """
    search = await AlertSearch.prepare(connection, wanted)
    found: list[Candidate] = []
    async for some in search.newest_first(before, _ALERTS_PER_FILING * (limit + 1)):
        first = await search.first_in_filings({each.filing_seq for each in some})
        found += [each for each in some if each.seq == first[each.filing_seq]]
        if len(found) > limit:
            break
    filings = await filings_at(connection, [each.filing_seq for each in found[:limit]])
    return Page(tuple(filings), _next(found, limit))


async def filing_count(connection: AsyncConnection, wanted: AlertFilter, most: int) -> int | None:
    """Return the number of filings with a matching alert; None if that takes more than `most` alerts to know."""
    return await (await AlertSearch.prepare(connection, wanted)).count_filings(most)


async def report_page(connection: AsyncConnection, wanted: AlertFilter, before: int | None, limit: int) -> Page[bytes]:
    """Return the reports with a matching line of the newest filings with a matching alert; `limit` counts filings."""
    page = await filing_page(connection, wanted, before, limit)
    reports = (event for filing in page.items for event in filing.transactions)
    matching = (event for event in reports if wanted.matching_lines(decode(event, TransactionsReported)))
    return Page(tuple(matching), page.next)


async def preview_of(connection: AsyncConnection, wanted: AlertFilter, since: date) -> Preview:
    """Return how many filings from a day on match, and the newest that match, of any day."""
    recent = wanted.model_copy(update={"since": max(since, wanted.since or since)})
    count = await (await AlertSearch.prepare(connection, recent)).count_filings() or 0
    return Preview(count, (await filing_page(connection, wanted, None, _PREVIEWED)).items)


async def history_of(
    connection: AsyncConnection, owner_key: str, position_id: str | None, limit: int
) -> list[StoredAlert]:
    """Return the latest alerts of an owner, or of one position, in the order of their days; undated ones come first."""
    condition = ALERTS.c.owner_key == owner_key
    if position_id is not None:
        condition = and_(condition, ALERTS.c.position_id == position_id)
    latest = select(ALERTS.c.seq).where(condition).order_by(ALERTS.c.day.desc().nulls_last(), ALERTS.c.seq.desc())
    ordinals = list((await connection.execute(latest.limit(limit))).scalars())
    by_seq = {alert.seq: alert for alert in await stored_alerts(connection, ordinals)}
    return [by_seq[seq] for seq in reversed(ordinals)]


async def filings_at(connection: AsyncConnection, first_ordinals: Sequence[int]) -> list[FilingAlerts]:
    """Return the filings whose first alerts have these ordinals, in the same order."""
    by_seq = {filing.seq: filing for filing in await _filings(connection, FILINGS.c.first_seq.in_(first_ordinals))}
    return [by_seq[seq] for seq in first_ordinals]


async def filing_named(connection: AsyncConnection, filing_id: str) -> FilingAlerts | None:
    """Return a filing; None if it has no alerts."""
    found = await _filings(connection, FILINGS.c.filing_id == filing_id)
    return found[0] if found else None


async def _filings(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[FilingAlerts]:
    rows = await connection.execute(select(FILINGS.c.first_seq, FILINGS.c.filing_id).where(condition))
    ids = {row.first_seq: row.filing_id for row in rows}
    if not ids:
        return []
    alerts: dict[int, list[bytes]] = defaultdict(list)
    events = (
        select(ALERTS.c.filing_seq, ALERT_EVENTS.c.event)
        .join_from(ALERTS, ALERT_EVENTS, ALERTS.c.seq == ALERT_EVENTS.c.seq)
        .where(ALERTS.c.filing_seq.in_(ids))
        .order_by(ALERTS.c.seq)
    )
    for row in await connection.execute(events):
        alerts[row.filing_seq].append(row.event)
    reports: dict[str, list[bytes]] = defaultdict(list)
    of_filings = (
        select(REPORTS.c.filing_id, REPORTS.c.event)
        .where(REPORTS.c.filing_id.in_(ids.values()))
        .order_by(REPORTS.c.owner_index, REPORTS.c.seq)
    )
    for row in await connection.execute(of_filings):
        reports[row.filing_id].append(row.event)
    return [
        FilingAlerts(filing_id, seq, tuple(alerts[seq]), tuple(reports[filing_id])) for seq, filing_id in ids.items()
    ]


def _next(found: Sequence[Candidate], limit: int) -> int | None:
    return found[limit - 1].seq if len(found) > limit else None
