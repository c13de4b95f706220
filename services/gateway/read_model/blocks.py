"""Keeps the zone map: the union of facets, the span of days and the largest numbers of each block of alerts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.read_model.columns import Columns
from services.gateway.read_model.tables import ALERTS_PER_BLOCK, BLOCKS


async def widen_blocks(connection: AsyncConnection, alerts: Iterable[Columns]) -> None:
    """Widen the blocks of new alerts, within the transaction that writes these."""
    members: dict[int, list[Columns]] = defaultdict(list)
    for alert in alerts:
        members[alert["seq"] // ALERTS_PER_BLOCK].append({**alert, "first_day": alert["day"], "last_day": alert["day"]})
    if not members:
        return
    for known in await connection.execute(select(BLOCKS).where(BLOCKS.c.block.in_(members))):
        members[known.block].append(dict(known._mapping))  # noqa: SLF001 - the public name of a row as a mapping
    await connection.execute(delete(BLOCKS).where(BLOCKS.c.block.in_(members)))
    await connection.execute(insert(BLOCKS), [_block(block, rows) for block, rows in members.items()])


def _block(block: int, rows: Sequence[Columns]) -> Columns:
    return {
        "block": block,
        "facets": reduce(or_, (row["facets"] for row in rows)),
        "first_day": min(_known(rows, "first_day"), default=None),
        "last_day": max(_known(rows, "last_day"), default=None),
        "value": max(_known(rows, "value"), default=None),
        "shares": max(_known(rows, "shares"), default=None),
        "change_percent": max(_known(rows, "change_percent"), default=None),
    }


def _known(rows: Sequence[Columns], column: str) -> list[Any]:
    return [row[column] for row in rows if row[column] is not None]
