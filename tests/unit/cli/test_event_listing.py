"""The end of a listing: complete, stopped, or without a reader."""

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
    """A stream whose reader can close it, with an event for the first flush."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed = asyncio.Event()
        self.closed_by_reader = False

    def flush(self) -> None:
        """Flush, or fail if the reader has closed the stream."""
        if self.closed_by_reader:
            raise BrokenPipeError
        if self.getvalue():
            self.flushed.set()


async def wait_forever() -> None:
    """Wait without end, printing nothing."""
    await asyncio.Event().wait()


async def test_a_listing_is_flushed_at_its_end() -> None:
    """The last filing's alerts must not wait for further alerts."""
    stream = Stream()
    printer = Printer(alerts_view(), Format.TABLE, Screen(stream, width=80))

    async def show() -> None:
        printer.add(alert())

    await print_until(asyncio.Event(), show(), printer, follow=False)
    assert "sold 1,000" in stream.getvalue()


async def test_a_followed_listing_is_flushed_soon_and_a_stop_is_not_an_error() -> None:
    """Nothing follows it, so only a timer can flush it; Ctrl-C is the normal way to stop."""
    stream, stop = Stream(), asyncio.Event()
    printer = Printer(alerts_view(), Format.TABLE, Screen(stream, width=80))

    async def show() -> None:
        printer.add(alert())
        await stream.flushed.wait()
        stop.set()
        await wait_forever()

    await print_until(stop, show(), printer, follow=True)
    assert "sold 1,000" in stream.getvalue()


async def test_a_listing_that_is_stopped_has_the_status_of_an_interrupt() -> None:
    """Status 0 would mean that everything was listed."""
    stop = asyncio.Event()
    stop.set()
    printer = Printer(alerts_view(), Format.CSV, Screen(Stream(), width=80))
    with pytest.raises(typer.Exit) as ended:
        await print_until(stop, wait_forever(), printer, follow=False)
    assert ended.value.exit_code == 130


async def test_a_closed_output_ends_the_listing() -> None:
    """This holds even if nothing new arrives."""
    stream = Stream()
    stream.closed_by_reader = True
    with pytest.raises(BrokenPipeError):
        await flushing(wait_forever(), stream.flush)


async def test_an_error_of_the_listing_is_raised() -> None:
    """The error must not be lost between the two tasks."""

    async def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await flushing(fail(), lambda: None)
