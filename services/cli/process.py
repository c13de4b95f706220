"""One process around a command: logs, signals, and errors that a person can read."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import typer

from contracts.errors import InsidertapeError
from services.runtime.logging import configure_logging
from services.runtime.settings import LogSettings, load

_SHOW_CURSOR = "\x1b[?25h"
_OBJECTS_BETWEEN_COLLECTIONS: Final = 50_000


def run_command(work: Callable[[asyncio.Event], Awaitable[None]], *, quiet: bool = False, silent: bool = False) -> None:
    """Run the work with an event that SIGINT and SIGTERM set; a second of the same ends the process at once.

    Unless the environment sets a level, only warnings are logged to a terminal with `quiet`, since the command has its
    own way of showing what happens, and anywhere with `silent`.
    """
    with readable_ends():
        settings = load(LogSettings)
        if (silent or (quiet and sys.stderr.isatty())) and "level" not in settings.model_fields_set:
            settings = settings.model_copy(update={"level": "warning"})
        configure_logging(settings)
        collect_seldom()
        asyncio.run(_with_signals(work))


def collect_seldom() -> None:
    """Look for cycles of objects seldom: services make none, and what they make is gone with its batch.

    Looking every 700 objects, as Python does by itself, takes holdings a twelfth of its time.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


@contextmanager
def readable_ends() -> Iterator[None]:
    """End with status 1, code and message on an error on purpose; with 0 where the reader of the output has gone."""
    try:
        yield
        sys.stdout.flush()
    except InsidertapeError as error:
        typer.echo(f"insidertape: {error}", err=True)
        raise typer.Exit(1) from None
    except BrokenPipeError:
        # `| head` has had enough: nothing is wrong, and what is left in the buffer must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


async def _with_signals(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)
        signal.signal(number, _end_at_once)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    await work(stop)


def _end_at_once(number: int, _: object) -> None:
    """Die of the signal, so that a shell sees it; the progress line must not leave the terminal without its cursor."""
    if sys.stdout.isatty():
        os.write(sys.stdout.fileno(), _SHOW_CURSOR.encode())
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
