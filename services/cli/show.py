"""What the log holds of alerts and positions, and what comes to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from typing import TypeVar

from contracts.base import Contract
from contracts.codec import decode
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from contracts.topics import ALERTS, POSITIONS, Topic
from services.cli.filters import Filter
from services.cli.views import ALERTS_VIEW, Format, Printer, positions_view
from services.runtime.engine import NOWHERE, Engine, Place, Stopped, unless_stopped
from services.runtime.port import Record

E = TypeVar("E", bound=Contract)


async def show_alerts(engine: Engine, wanted: Filter, form: Format, stop: asyncio.Event, *, follow: bool) -> None:
    """Print the alerts so far; with `follow`, also those to come."""
    printer = Printer(ALERTS_VIEW, form)
    async for _, alert in events(engine, ALERTS, HoldingChanged, stop, follow=follow):
        if wanted.takes_alert(alert):
            printer.add(alert)


async def show_positions(
    engine: Engine, wanted: Filter, form: Format, stop: asyncio.Event, *, follow: bool, closed: bool
) -> None:
    """Print the latest positions by owner and issuer; with `follow`, then each update as it comes."""
    printer = Printer(positions_view(closed=closed), form)
    ends = await engine.ends((POSITIONS,))
    latest: dict[bytes | None, PositionsUpdated] = {}
    async for record, update in events(engine, POSITIONS, PositionsUpdated, stop, follow=False):
        if wanted.takes_parties(update.issuer, update.owner):
            latest[record.key] = update
    for update in sorted(latest.values(), key=lambda update: (update.owner.name, update.issuer.name)):
        printer.add(update)
    if follow:
        async for _, update in events(engine, POSITIONS, PositionsUpdated, stop, follow=True, after=ends):
            if wanted.takes_parties(update.issuer, update.owner):
                printer.add(update)


async def events(
    engine: Engine, topic: Topic, event_type: type[E], stop: asyncio.Event, *, follow: bool, after: Place = NOWHERE
) -> AsyncIterator[tuple[Record, E]]:
    """The events of a topic, each with its record, until its end or until `stop` is set."""
    async for record in records_until(engine, (topic,), stop, follow=follow, after=after):
        if record.value is not None:
            yield record, decode(record.value, event_type)


async def records_until(
    engine: Engine, topics: tuple[Topic, ...], stop: asyncio.Event, *, follow: bool, after: Place = NOWHERE
) -> AsyncIterator[Record]:
    """The records of topics until their end or until `stop` is set."""
    async with aclosing(engine.read(topics, follow=follow, after=after)) as records:
        if not follow:
            async for record in records:
                yield record
            return
        with suppress(Stopped, StopAsyncIteration):
            while True:
                yield await unless_stopped(stop, anext(records))
