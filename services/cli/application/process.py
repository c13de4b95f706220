"""The process around a command: logging, signals, and readable errors."""

import asyncio
import gc
import os
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

import typer

from contracts.codes import ErrorCode
from services.cli.application.exit_codes import INTERRUPTED, exit_status
from services.cli.application.invocation import as_typed
from services.cli.application.signals import stop_on_signals
from services.runtime.engine import Stopped, unless_stopped
from services.runtime.failures import code_and_cause, log_failed_tasks, log_service_failure
from services.runtime.logging import configure_logging, is_for_people
from services.runtime.settings import LogSettings, load

Work = Callable[[asyncio.Event], Awaitable[None]]
Level = Literal["warning", "error"]

_OBJECTS_BETWEEN_COLLECTIONS: Final = 50_000
_EXITS: Final = (typer.Exit, typer.Abort, typer.BadParameter)
"""Exceptions that the command line itself handles."""


def run_command(work: Work, *, quiet: bool = False, silent: bool = False) -> None:
    """Run the work of an interactive command; `readable_failures` describes how errors end it.

    If the environment sets no log level, `quiet` logs only warnings on a terminal, since the command shows its own
    progress. `silent` logs only errors, on a terminal and elsewhere: whatever ends the command is printed anyway.
    """
    with readable_failures():
        level: Level | None = "error" if silent else "warning" if quiet and sys.stderr.isatty() else None
        _run(work, _log_settings(level))


def until_stopped(work: Callable[[], Awaitable[None]]) -> Work:
    """Return work that is cancelled when the stop event is set. That is safe: all writes are in transactions.

    Raises:
        Exit: the work was cancelled.
    """

    async def stoppable(stop: asyncio.Event) -> None:
        try:
            await unless_stopped(stop, work())
        except Stopped:
            raise typer.Exit(INTERRUPTED) from None

    return stoppable


def run_service(name: str, work: Work, *, plain: bool = False, quiet: bool = False, silent: bool = False) -> None:
    """Run the work of a service. An error that ends it is logged as one `service_failed` event.

    With `plain`, the error is printed as for a command if the log is for people. See `run_command` for `quiet`;
    `silent` logs only warnings everywhere.
    """
    configure_logging(LogSettings.model_construct())  # so that an error in the settings is logged as well
    with _logged_failures(name) as report:
        settings = _log_settings("warning" if silent or (quiet and sys.stderr.isatty()) else None)
        report.is_plain = plain and is_for_people(settings, sys.stderr)
        _run(work, settings)


def _log_settings(level: Level | None) -> LogSettings:
    """Return the settings of the log, with this level unless the environment sets one."""
    settings = load(LogSettings)
    if level is None or "level" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"level": level})


def _run(work: Work, settings: LogSettings) -> None:
    """Run the work with an event that SIGINT and SIGTERM set; see `stop_on_signals`."""
    configure_logging(settings)
    collect_garbage_rarely()
    asyncio.run(_run_with_signals(work))


def collect_garbage_rarely() -> None:
    """Run the cyclic garbage collector rarely: services create no cycles, and objects live no longer than a batch.

    Python's default, every 700 objects, costs holdings a twelfth of its time.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


@contextmanager
def readable_failures() -> Iterator[None]:
    """Exit with the status of an error after printing one line on standard error: its code and message.

    A defect is preceded by its traceback. If the reader of the output has closed the pipe, the status is 0.
    """
    try:
        with _tolerate_closed_output():
            yield
    except _EXITS:
        raise
    except Exception as error:  # noqa: BLE001 - any error ends the process
        _print_failure(error)
        raise typer.Exit(exit_status(error)) from None


@dataclass
class _FailureReport:
    """Whether an error that ends a service is printed plainly or logged."""

    is_plain: bool = False


@contextmanager
def _logged_failures(service: str) -> Iterator[_FailureReport]:
    report = _FailureReport()
    try:
        with _tolerate_closed_output():
            yield report
    except _EXITS:
        raise
    except Exception as error:  # noqa: BLE001 - any error ends the process
        status = exit_status(error)
        if report.is_plain:
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
        # A closed pipe (`| head`) is not an error; redirect the buffered rest so that it raises nothing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def _print_failure(error: Exception) -> None:
    code, cause = code_and_cause(error)
    if code == ErrorCode.DEFECT:
        traceback.print_exception(error)
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()) if note not in cause)
    typer.echo(f"insidertape: {code}: {as_typed(cause)}{notes}", err=True)


async def _run_with_signals(work: Work) -> None:
    stop = asyncio.Event()
    log_failed_tasks(asyncio.get_running_loop())
    with stop_on_signals(stop):
        await work(stop)
