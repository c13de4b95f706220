"""One process around a coroutine: logs, signals, and errors that a person can read."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable

import typer

from contracts.errors import InsidertapeError
from services.runtime.logging import configure_logging
from services.runtime.settings import LogSettings, load


def run_command(work: Callable[[asyncio.Event], Awaitable[None]], *, quiet: bool = False) -> None:
    """Run the work with an event that SIGINT and SIGTERM set; a second SIGINT ends the process at once.

    With `quiet`, a terminal shows only warnings where the environment does not say otherwise: the command has its own
    way of showing what happens. An error on purpose ends with exit status 1, its code and message on standard error.
    """
    try:
        settings = load(LogSettings)
        if quiet and sys.stderr.isatty() and "level" not in settings.model_fields_set:
            settings = settings.model_copy(update={"level": "warning"})
        configure_logging(settings)
        asyncio.run(_with_signals(work))
    except InsidertapeError as error:
        typer.echo(f"insidertape: {error}", err=True)
        raise typer.Exit(1) from None
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is wrong, and nothing more is wanted.
        sys.stderr.close()
        raise typer.Exit(0) from None


async def _with_signals(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    await work(stop)
