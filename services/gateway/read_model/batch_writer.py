"""Writes a batch's rows, offsets included, within a transaction of the projector.

The row of `PROJECTION` is compared and set first. Its lock is held until the commit, so two projectors cannot both
commit, and ordinals are visible in the order in which they were given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import Column, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.codes import ErrorCode
from contracts.errors import TransientError
from services.gateway.read_model.blocks import widen_blocks
from services.gateway.read_model.columns import Columns, key_text, market_trades
from services.gateway.read_model.decoded_batch import DecodedAlert, DecodedBatch, Mark
from services.gateway.read_model.stored import StoredAlert
from services.gateway.read_model.tables import (
    ALERT_EVENTS,
    ALERTS,
    FILINGS,
    NAMES,
    OFFSETS,
    POSITIONS,
    PROJECTION,
    REPORTS,
    TRADES,
)

T = TypeVar("T")

_MOST_VALUES: Final = 500
"""Values in one IN list. SQLite takes at most 32,766 parameters, and each length of a list is compiled separately."""


@dataclass(frozen=True, slots=True)
class ProjectionState:
    """The progress that the database accounts for: committed batches, newest ordinals, and offsets by partition."""

    generation: str
    batches: int
    newest_seq: int
    newest_report: int
    marks: Mapping[tuple[str, int], Mark]


async def projection_state(connection: AsyncConnection) -> ProjectionState:
    """Return the state as of the last commit."""
    row = (await connection.execute(select(PROJECTION))).one()
    marks = {
        (offset.topic, offset.partition): Mark(offset.next_offset, offset.last_digest)
        for offset in await connection.execute(select(OFFSETS))
    }
    return ProjectionState(row.generation, row.batches, row.newest_seq, row.newest_report, marks)


async def write_batch(
    connection: AsyncConnection, state: ProjectionState, batch: DecodedBatch
) -> tuple[ProjectionState, list[StoredAlert]]:
    """Write the batch's rows, and return the state after them and the alerts that are new.

    Raises:
        TransientError: another gateway has written in the meantime; nothing may be committed.
    """
    new_alerts = [batch.alerts[key] for key in await _unknown(connection, ALERTS.c.alert_id, batch.alerts)]
    new_reports = await _unknown_reports(connection, batch)
    after = replace(
        state,
        batches=state.batches + 1,
        newest_seq=state.newest_seq + len(new_alerts),
        newest_report=state.newest_report + len(new_reports),
        marks={**state.marks, **batch.marks},
    )
    await _claim(connection, state, after)
    stored = await _write_alerts(connection, state.newest_seq, new_alerts)
    await _insert(connection, REPORTS, _numbered(new_reports, state.newest_report))
    await _write_positions(connection, batch.positions)
    await _write_names(connection, batch)
    await _write_offsets(connection, batch.marks)
    return after, stored


async def _claim(connection: AsyncConnection, before: ProjectionState, after: ProjectionState) -> None:
    claimed = await connection.execute(
        update(PROJECTION)
        .where(PROJECTION.c.generation == before.generation, PROJECTION.c.batches == before.batches)
        .values(batches=after.batches, newest_seq=after.newest_seq, newest_report=after.newest_report)
    )
    if claimed.rowcount != 1:
        raise TransientError(ErrorCode.OFFSET_CONFLICT, "another gateway has written to the read model")


async def _write_alerts(connection: AsyncConnection, newest: int, alerts: Sequence[DecodedAlert]) -> list[StoredAlert]:
    filings = await _write_filings(connection, newest, alerts)
    rows: list[Columns] = []
    trades: list[Columns] = []
    stored: list[StoredAlert] = []
    for seq, alert in enumerate(alerts, newest + 1):
        rows.append({"seq": seq, "filing_seq": filings[key_text(alert.event.filing.filing_id)], **alert.columns})
        trades.extend({"seq": seq, **trade} for trade in market_trades(alert.event))
        stored.append(StoredAlert(seq, alert.event.alert_id, alert.value, alert.delivery))
    await _insert(connection, ALERTS, rows)
    await _insert(connection, ALERT_EVENTS, [{"seq": alert.seq, "event": alert.event} for alert in stored])
    await _insert(connection, TRADES, trades)
    await widen_blocks(connection, rows)
    return stored


async def _write_filings(connection: AsyncConnection, newest: int, alerts: Sequence[DecodedAlert]) -> dict[str, int]:
    """Write the filings of the alerts, and return the ordinal of each filing's first alert."""
    last_seq: dict[str, int] = {}
    first: dict[str, tuple[int, DecodedAlert]] = {}
    for seq, alert in enumerate(alerts, newest + 1):
        filing_id = key_text(alert.event.filing.filing_id)
        last_seq[filing_id] = seq
        first.setdefault(filing_id, (seq, alert))
    known: dict[str, int] = {}
    for some in _chunks(first):
        query = select(FILINGS.c.filing_id, FILINGS.c.first_seq).where(FILINGS.c.filing_id.in_(some))
        known.update((row.filing_id, row.first_seq) for row in await connection.execute(query))
    for filing_id, first_seq in known.items():
        await connection.execute(
            update(FILINGS).where(FILINGS.c.first_seq == first_seq).values(last_seq=last_seq[filing_id])
        )
    await _insert(
        connection,
        FILINGS,
        [
            {
                "first_seq": seq,
                "last_seq": last_seq[filing_id],
                "filing_id": filing_id,
                "issuer_key": alert.columns["issuer_key"],
                "day": alert.columns["day"],
            }
            for filing_id, (seq, alert) in first.items()
            if filing_id not in known
        ],
    )
    return {filing_id: known.get(filing_id, seq) for filing_id, (seq, _) in first.items()}


async def _write_positions(connection: AsyncConnection, positions: Mapping[str, Columns | None]) -> None:
    for some in _chunks(positions):
        await connection.execute(delete(POSITIONS).where(POSITIONS.c.key.in_(some)))
    await _insert(connection, POSITIONS, [row for row in positions.values() if row is not None])


async def _write_names(connection: AsyncConnection, batch: DecodedBatch) -> None:
    known: set[tuple[str, ...]] = set()
    columns = NAMES.c.kind, NAMES.c.key, NAMES.c.form, NAMES.c.text
    for some in _chunks(dict.fromkeys(name.key for name in batch.names)):
        known.update(tuple(row) for row in await connection.execute(select(*columns).where(NAMES.c.key.in_(some))))
    await _insert(
        connection,
        NAMES,
        [{**name._asdict(), "folded": name.text.casefold()} for name in batch.names if tuple(name) not in known],
    )


async def _write_offsets(connection: AsyncConnection, marks: Mapping[tuple[str, int], Mark]) -> None:
    for topic, partition in marks:
        await connection.execute(delete(OFFSETS).where(OFFSETS.c.topic == topic, OFFSETS.c.partition == partition))
    await _insert(
        connection,
        OFFSETS,
        [{"topic": topic, "partition": partition, **mark._asdict()} for (topic, partition), mark in marks.items()],
    )


async def _unknown(connection: AsyncConnection, column: Column[str], keys: Iterable[str]) -> list[str]:
    """Return the keys that the column does not have yet, in order."""
    found: set[str] = set()
    wanted = list(keys)
    for some in _chunks(wanted):
        found.update((await connection.execute(select(column).where(column.in_(some)))).scalars())
    return [key for key in wanted if key not in found]


async def _unknown_reports(connection: AsyncConnection, batch: DecodedBatch) -> list[Columns]:
    found: set[tuple[object, ...]] = set()
    columns = REPORTS.c.filing_id, REPORTS.c.owner_index, REPORTS.c.owner_key
    for some in _chunks(dict.fromkeys(filing_id for filing_id, _, _ in batch.reports)):
        query = select(*columns).where(REPORTS.c.filing_id.in_(some))
        found.update(tuple(row) for row in await connection.execute(query))
    return [row for identity, row in batch.reports.items() if identity not in found]


async def _insert(connection: AsyncConnection, table: Table, rows: Sequence[Columns]) -> None:
    if rows:
        await connection.execute(insert(table), rows)


def _numbered(rows: Iterable[Columns], newest: int) -> list[Columns]:
    return [{"seq": seq, **row} for seq, row in enumerate(rows, newest + 1)]


def _chunks(items: Iterable[T]) -> Iterator[tuple[T, ...]]:
    iterator = iter(items)
    while some := tuple(islice(iterator, _MOST_VALUES)):
        yield some
