"""One process around a command: logs, signals, and errors that a person can read."""

import asyncio
import gc
import os
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import typer

from services.cli.application.exit_codes import INTERRUPTED, exit_status
from services.cli.application.invocation import as_typed
from services.cli.application.signals import stop_on_signals
from services.runtime.engine import Stopped, unless_stopped
from services.runtime.failures import DEFECT, code_and_cause, log_failed_tasks, log_service_failure
from services.runtime.logging import configure_logging, is_for_people
from services.runtime.settings import LogSettings, load

Work = Callable[[asyncio.Event], Awaitable[None]]

_OBJECTS_BETWEEN_COLLECTIONS: Final = 50_000
_EXITS: Final = (typer.Exit, typer.Abort, typer.BadParameter)
"""What the command line itself ends with."""


def run_command(work: Work, *, quiet: bool = False, silent: bool = False) -> None:
    """Run the work of a command that a person has typed; see `readable_failures` for how it ends.

    Unless the environment sets a level, only warnings are logged to a terminal with `quiet`, since the command has its
    own way of showing what happens, and anywhere with `silent`.
    """
    with readable_failures():
        _run(work, _log_settings(quiet=quiet, silent=silent))


def until_stopped(work: Callable[[], Awaitable[None]]) -> Work:
    """Return the work of a command, cancelled when the stop event is set. What is written is written in transactions.

    Raises:
        Exit: it was cancelled.
    """

    async def stoppable(stop: asyncio.Event) -> None:
        try:
            await unless_stopped(stop, work())
        except Stopped:
            raise typer.Exit(INTERRUPTED) from None

    return stoppable


def run_service(name: str, work: Work, *, plain: bool = False, quiet: bool = False, silent: bool = False) -> None:
    """Run the work of a service. An error that ends it is one line of the log, `service_failed`, like all others.

    With `plain` it is the line of a command, if the log is for people. See `run_command` for `quiet` and `silent`.
    """
    configure_logging(LogSettings.model_construct())  # until the settings are read: an error in them is a line, too
    with _logged_failures(name) as end:
        settings = _log_settings(quiet=quiet, silent=silent)
        end.is_plain = plain and is_for_people(settings, sys.stderr)
        _run(work, settings)


def _log_settings(*, quiet: bool, silent: bool) -> LogSettings:
    settings = load(LogSettings)
    if (silent or (quiet and sys.stderr.isatty())) and "level" not in settings.model_fields_set:
        return settings.model_copy(update={"level": "warning"})
    return settings


def _run(work: Work, settings: LogSettings) -> None:
    """Run the work with an event that SIGINT and SIGTERM set; see `stop_on_signals`."""
    configure_logging(settings)
    collect_garbage_rarely()
    asyncio.run(_run_with_signals(work))


def collect_garbage_rarely() -> None:
    """Look for cycles of objects seldom: services make none, and what they make is gone with its batch.

    Looking every 700 objects, as Python does by itself, takes holdings a twelfth of its time.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


@contextmanager
def readable_failures() -> Iterator[None]:
    """End with the status of an error, and with one line on standard error: its code and its message.

    A defect has its traceback before that line. When the reader of the output has gone, the status is 0.
    """
    try:
        with _tolerate_closed_output():
            yield
    except _EXITS:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is ends the process
        _print_failure(error)
        raise typer.Exit(exit_status(error)) from None


@dataclass
class _FailureReport:
    """How an error that ends a service is told: as a line of the log, or plainly."""

    is_plain: bool = False


@contextmanager
def _logged_failures(service: str) -> Iterator[_FailureReport]:
    end = _FailureReport()
    try:
        with _tolerate_closed_output():
            yield end
    except _EXITS:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is ends the process
        status = exit_status(error)
        if end.is_plain:
            _print_failure(error)
        else:
            log_service_failure(service, error, exit_status=status)
        raise typer.Exit(status) from None


@contextmanager
def _tolerate_closed_output() -> Iterator[None]:
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # `| head` has had enough: nothing is wrong, and what is left in the buffer must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def _print_failure(error: Exception) -> None:
    code, cause = code_and_cause(error)
    if code == DEFECT:
        traceback.print_exception(error)
    place = "".join(f" ({note})" for note in getattr(error, "__notes__", ()) if note not in cause)
    typer.echo(f"insidertape: {code}: {as_typed(cause)}{place}", err=True)


async def _run_with_signals(work: Work) -> None:
    stop = asyncio.Event()
    log_failed_tasks(asyncio.get_running_loop())
    with stop_on_signals(stop):
        await work(stop)
