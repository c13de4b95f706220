"""How a listing ends: at its end, when it is stopped, or when nobody reads any more."""

import asyncio
import io

import pytest
import typer

from services.cli.options.choices import Format
from services.cli.reading.event_listing import flushing, print_until
from services.cli.render.event_views import Printer, alerts_view
from services.cli.render.screen import Screen
from tests.unit.cli.builders import alert


class Stream(io.StringIO):
    """A stream that can be closed at its other end, and says when it has been flushed."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed = asyncio.Event()
        self.closed_by_reader = False

    def flush(self) -> None:
        """Send on its way what was written."""
        if self.closed_by_reader:
            raise BrokenPipeError
        if self.getvalue():
            self.flushed.set()


async def never() -> None:
    """Print nothing, for ever."""
    await asyncio.Event().wait()


async def test_a_listing_is_flushed_at_its_end() -> None:
    """The last filing's alerts wait for no others."""
    stream = Stream()
    printer = Printer(alerts_view(), Format.TABLE, Screen(stream, width=80))

    async def show() -> None:
        printer.add(alert())

    await print_until(asyncio.Event(), show(), printer, follow=False)
    assert "sold 1,000" in stream.getvalue()


async def test_what_follows_is_seen_soon_and_ends_in_peace() -> None:
    """Though nothing comes after it; Ctrl-C is how one ends it."""
    stream, stop = Stream(), asyncio.Event()
    printer = Printer(alerts_view(), Format.TABLE, Screen(stream, width=80))

    async def show() -> None:
        printer.add(alert())
        await stream.flushed.wait()
        stop.set()
        await never()

    await print_until(stop, show(), printer, follow=True)
    assert "sold 1,000" in stream.getvalue()


async def test_a_listing_that_is_stopped_has_the_status_of_an_interrupt() -> None:
    """Status 0 would say that all has been listed."""
    stop = asyncio.Event()
    stop.set()
    printer = Printer(alerts_view(), Format.CSV, Screen(Stream(), width=80))
    with pytest.raises(typer.Exit) as ended:
        await print_until(stop, never(), printer, follow=False)
    assert ended.value.exit_code == 130


async def test_a_reader_that_leaves_ends_what_would_print_on_for_nobody() -> None:
    """Also while nothing new comes."""
    stream = Stream()
    stream.closed_by_reader = True
    with pytest.raises(BrokenPipeError):
        await flushing(never(), stream.flush)


async def test_an_error_of_the_listing_is_its_own() -> None:
    """It is not lost between the two."""

    async def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await flushing(fail(), lambda: None)
