"""Alerts, positions and reported lines from the log, and, when following, new ones as they arrive."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, date, datetime
from typing import Final, Protocol, TypeVar

import typer
from msgspec import Struct

from contracts.alert_filter import AlertFilter
from contracts.codec import decode
from contracts.codes import ErrorCode
from contracts.envelope import delivery_of
from contracts.errors import InvalidEvent
from contracts.structs import HoldingChanged, Position, PositionsUpdated, TransactionsReported
from contracts.topics import ALERTS, POSITIONS, TRANSACTIONS, Topic
from services.cli.application.exit_codes import INTERRUPTED
from services.cli.options.choices import AlertFormat, Format
from services.cli.reading.event_filter import has_conditions, is_trade, needs_alerts
from services.cli.reading.skipped_records import Skipped
from services.cli.render.event_views import Printer, alert_printer, positions_view, reports_view
from services.cli.render.positions_view import is_closed
from services.cli.render.reported_lines import ReportedLine
from services.runtime.engine import FROM_BEGINNING, Engine, Offsets, Stopped, unless_stopped
from services.runtime.port import Record

E = TypeVar("E", bound=Struct)

_RECORDS_BETWEEN_TURNS: Final = 200
_FLUSH_SECONDS: Final = 0.1


async def show_alerts(
    engine: Engine, wanted: AlertFilter, form: AlertFormat, stop: asyncio.Event, *, follow: bool
) -> None:
    """Print the alerts so far; with `follow`, also new ones."""
    printer = alert_printer(form, prompt=follow)

    async def show() -> None:
        async for record, alert in events(engine, ALERTS, HoldingChanged, follow=follow):
            printer.add(alert, matches=wanted.matches(alert, delivery=delivery_of(record.headers)))

    await print_until(stop, show(), printer, follow=follow)
    if not follow and not printer.count:
        _print_message("No alerts match the filter." if has_conditions(wanted) else "There are no alerts yet.")


async def show_transactions(
    engine: Engine, wanted: AlertFilter, form: Format, stop: asyncio.Event, *, follow: bool, trades_only: bool
) -> None:
    """Print the lines that filings report; with `follow`, also those of new filings."""

    def lines(report: TransactionsReported) -> list[ReportedLine]:
        return [line for line in wanted.matching_lines(report) if is_trade(line) or not trades_only]

    printer = Printer(reports_view(lines), form, prompt=follow)

    async def show() -> None:
        async for record, report in events(engine, TRANSACTIONS, TransactionsReported, follow=follow):
            if wanted.matches_delivery(delivery_of(record.headers)) and lines(report):
                printer.add(report)

    await print_until(stop, show(), printer, follow=follow)
    if not follow and not printer.count:
        _print_message("No lines match the filter." if has_conditions(wanted) else "No filings have been parsed yet.")


async def show_positions(
    engine: Engine, wanted: AlertFilter, form: Format, stop: asyncio.Event, *, follow: bool, closed: bool
) -> None:
    """Print the current positions by owner and issuer; with `follow`, then those that each new filing sets.

    If `wanted` needs alerts, only positions that a matching alert has reported are printed. Closed positions are
    printed only with `closed`, or if a new filing has just closed them.
    """
    today = datetime.now(UTC).date()
    ends = await engine.ends((POSITIONS,))
    latest: dict[bytes | None, PositionsUpdated] = {}
    reported: set[str] = set()

    def shown(update: PositionsUpdated) -> list[Position]:
        return [
            each
            for each in update.positions
            if (closed or not is_closed(each)) and (not needs_alerts(wanted) or each.position_id in reported)
        ]

    printer = Printer(positions_view(shown, today), form)

    async def show() -> None:
        if needs_alerts(wanted):
            reported.update(await _reported_by(engine, wanted))
        latest.update(await _latest_positions(engine, wanted))
        for update in sorted(latest.values(), key=lambda update: (update.owner.name, update.issuer.name)):
            if shown(update):
                printer.add(update)

    await print_until(stop, show(), printer, follow=False)
    if follow:
        await _follow_positions(engine, wanted, form, stop, ends, headed=bool(printer.count), today=today)
    elif not printer.count:
        none_at_all = not has_conditions(wanted) and not latest
        _print_message("There are no positions yet." if none_at_all else "No positions match the filter.")


async def _latest_positions(engine: Engine, wanted: AlertFilter) -> dict[bytes | None, PositionsUpdated]:
    """Return the latest update under each key, for matching issuers and owners."""
    latest: dict[bytes | None, PositionsUpdated] = {}

    def forget(record: Record) -> None:
        latest.pop(record.key, None)

    async for record, update in events(engine, POSITIONS, PositionsUpdated, follow=False, deleted=forget):
        if wanted.matches_parties(update):
            latest[record.key] = update
    return latest


async def _reported_by(engine: Engine, wanted: AlertFilter) -> set[str]:
    """Return the ids of the positions reported by alerts that match the filter."""
    return {
        alert.position.position_id
        async for record, alert in events(engine, ALERTS, HoldingChanged, follow=False)
        if wanted.matches(alert, delivery=delivery_of(record.headers))
    }


async def _follow_positions(
    engine: Engine, wanted: AlertFilter, form: Format, stop: asyncio.Event, after: Offsets, *, headed: bool, today: date
) -> None:
    printer = Printer(positions_view(_just_set, today), form, headed=headed or form is Format.CSV, prompt=True)

    async def show() -> None:
        async for _, update in events(engine, POSITIONS, PositionsUpdated, follow=True, after=after):
            if wanted.matches_parties(update) and _just_set(update):
                printer.add(update)

    await print_until(stop, show(), printer, follow=True)


def _just_set(update: PositionsUpdated) -> list[Position]:
    """Return the positions set by the filing that made this update."""
    return [each for each in update.positions if each.filing_id == update.updated_by]


class Flushed(Protocol):
    """A printer that keeps what is not complete yet."""

    def flush(self) -> None:
        """Print what is complete."""

    def finish(self) -> None:
        """Print everything."""


async def print_until(stop: asyncio.Event, printing: Awaitable[None], printer: Flushed, *, follow: bool) -> None:
    """Run `printing` until it is done or `stop` is set, flushing its output regularly.

    Raises:
        Exit: it was stopped early without `follow`.
        BrokenPipeError: the reader has closed the pipe.
    """
    try:
        await unless_stopped(stop, flushing(printing, printer.flush))
    except Stopped:
        if not follow:
            printer.finish()
            raise typer.Exit(INTERRUPTED) from None
    printer.finish()


async def flushing(printing: Awaitable[None], flush: Callable[[], None]) -> None:
    """Await `printing` and call `flush` ten times per second; the first error of either ends both."""
    tasks = [asyncio.ensure_future(printing), asyncio.ensure_future(_repeat(flush))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(flush: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(_FLUSH_SECONDS)
        flush()


async def events(
    engine: Engine,
    topic: Topic,
    event_type: type[E],
    *,
    follow: bool,
    after: Offsets = FROM_BEGINNING,
    deleted: Callable[[Record], None] = lambda _: None,
) -> AsyncIterator[tuple[Record, E]]:
    """Yield the events of a topic with their records; with `follow`, indefinitely.

    Records that are not events are skipped and reported on standard error. `deleted` is called with each record that
    deletes its key from a compacted topic.
    """
    skipped = Skipped()
    async with aclosing(engine.read((topic,), follow=follow, after=after)) as records:
        try:
            async for record in _turns(records):
                if record.value is None and topic.cleanup == "compact":
                    deleted(record)
                    continue
                try:
                    event = _event(record, event_type)
                except InvalidEvent as error:
                    skipped.add(record, error.message)
                else:
                    yield record, event
        finally:
            skipped.end()


def _event(record: Record, event_type: type[E]) -> E:
    """Return the event of a record.

    Raises:
        InvalidEvent: the record does not contain one.
    """
    if record.unreadable:
        raise InvalidEvent(ErrorCode.UNREADABLE_RECORD, record.unreadable)
    return decode(record.value, event_type)


async def _turns(records: AsyncIterator[Record]) -> AsyncIterator[Record]:
    """Yield the records, and let other tasks run in between: a busy engine never yields, and Ctrl-C needs a turn."""
    count = 0
    async for record in records:
        count += 1
        if not count % _RECORDS_BETWEEN_TURNS:
            await asyncio.sleep(0)
        yield record


def _print_message(text: str) -> None:
    sys.stderr.write(f"{text}\n")
