"""What the log holds of alerts and positions, and what comes to it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from typing import TypeVar

from contracts.base import Contract
from contracts.codec import decode
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import Position, PositionsUpdated
from contracts.topics import ALERTS, POSITIONS, Topic
from services.cli.filters import Filter
from services.cli.ledger import is_closed
from services.cli.views import ALERTS_VIEW, Format, Printer, positions_view
from services.runtime.engine import NOWHERE, Engine, Place, Stopped, unless_stopped
from services.runtime.port import Record

E = TypeVar("E", bound=Contract)


async def show_alerts(engine: Engine, wanted: Filter, form: Format, stop: asyncio.Event, *, follow: bool) -> None:
    """Print the alerts so far; with `follow`, also those to come."""
    printer = Printer(ALERTS_VIEW, form)
    async for record, alert in events(engine, ALERTS, HoldingChanged, stop, follow=follow):
        if wanted.takes_delivery(record.headers) and wanted.takes_alert(alert):
            printer.add(alert)
    if not follow and not printer.count:
        sys.stderr.write("No alert is like that.\n" if wanted != Filter() else "There are no alerts yet.\n")


async def show_positions(
    engine: Engine, wanted: Filter, form: Format, stop: asyncio.Event, *, follow: bool, closed: bool
) -> None:
    """Print the latest positions by owner and issuer; with `follow`, then what each further filing sets.

    Where `wanted` asks of alerts, only positions that such an alert so far has told of. Those that have come to
    nothing only where `closed`, or where a filing has just closed them.
    """
    ends = await engine.ends((POSITIONS,))
    told = await _told(engine, wanted, stop) if wanted.asks_of_alerts else None

    def standing(update: PositionsUpdated) -> list[Position]:
        return [
            each
            for each in update.positions
            if (closed or not is_closed(each)) and (told is None or each.position_id in told)
        ]

    latest: dict[bytes | None, PositionsUpdated] = {}
    async for record, update in events(engine, POSITIONS, PositionsUpdated, stop, follow=False):
        if wanted.takes_parties(update.issuer, update.owner):
            latest[record.key] = update
    printer = Printer(positions_view(standing), form)
    for update in sorted(latest.values(), key=lambda update: (update.owner.name, update.issuer.name)):
        if standing(update):
            printer.add(update)
    if follow:
        headed = bool(printer.count) or form is Format.CSV
        await _follow_positions(engine, wanted, Printer(positions_view(_just_set), form, headed=headed), stop, ends)
    elif not printer.count:
        none_at_all = wanted == Filter() and not latest
        sys.stderr.write("There are no positions yet.\n" if none_at_all else "No position is like that.\n")


async def _told(engine: Engine, wanted: Filter, stop: asyncio.Event) -> set[str]:
    """The ids of the positions that alerts like the wanted have told of."""
    return {
        alert.position.position_id
        async for _, alert in events(engine, ALERTS, HoldingChanged, stop, follow=False)
        if wanted.takes_alert(alert)
    }


async def _follow_positions(
    engine: Engine, wanted: Filter, printer: Printer[PositionsUpdated], stop: asyncio.Event, after: Place
) -> None:
    async for _, update in events(engine, POSITIONS, PositionsUpdated, stop, follow=True, after=after):
        if wanted.takes_parties(update.issuer, update.owner) and _just_set(update):
            printer.add(update)


def _just_set(update: PositionsUpdated) -> list[Position]:
    """The positions that the update's own filing set."""
    return [each for each in update.positions if each.filing_id == update.updated_by]


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
