"""Logs the error that ends a service or one of its tasks, in one line with its cause and the record concerned."""

import asyncio
import logging
from typing import Any, Final

import structlog

from contracts.codes import ErrorCode
from contracts.errors import InsidertapeError
from services.runtime.port import Record

_log = structlog.get_logger(__name__)

_UNCLOSED: Final = "Unclosed "
"""Start of the message if the garbage collector closed a connection of aiokafka or aiohttp, which is harmless."""


class LocationNote(str):
    """A note of an exception that holds topic, partition and, if known, offset."""

    __slots__ = ("location",)
    location: dict[str, object]


def note_location(error: BaseException, doing: str, topic: str, partition: int, offset: int | None = None) -> None:
    """Note on the error where it happened, unless it has such a note: the innermost caller knows best."""
    if location_of(error):
        return
    at = "" if offset is None else f"@{offset}"
    note = LocationNote(f"{doing} {topic}[{partition}]{at}")
    note.location = {"topic": topic, "partition": partition, **({} if offset is None else {"offset": offset})}
    error.add_note(note)


def note_record(error: BaseException, doing: str, record: Record) -> None:
    """Note on the error which record caused it; see `note_location`."""
    note_location(error, doing, record.topic, record.partition, record.offset)


def location_of(error: BaseException) -> dict[str, object]:
    """Return topic, partition and offset noted on the error or on one of its causes; {} if none were noted."""
    seen: BaseException | None = error
    while seen is not None:
        for note in getattr(seen, "__notes__", ()):
            if isinstance(note, LocationNote):
                return note.location
        seen = seen.__cause__
    return {}


def code_and_cause(error: BaseException) -> tuple[str, str]:
    """Return the error's stable code and its message."""
    if isinstance(error, InsidertapeError):
        return error.code, error.message
    return ErrorCode.DEFECT, f"{type(error).__name__}: {error}".rstrip(": ")


def log_service_failure(service: str, error: BaseException, *, exit_status: int) -> None:
    """Log the one line that explains why a service ends. It has a traceback for a defect, or at debug level."""
    code, cause = code_and_cause(error)
    detailed = code == ErrorCode.DEFECT or _log.is_enabled_for(logging.DEBUG)
    _log.error(
        "service_failed",
        service=service,
        code=code,
        error=cause,
        **location_of(error),
        exit_status=exit_status,
        **({"exc_info": error} if detailed else {}),
    )


def log_failed_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Log errors of tasks that nobody awaits as structured lines, in place of asyncio's own messages."""
    loop.set_exception_handler(_log_unawaited)


def _log_unawaited(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if error is None and context["message"].startswith(_UNCLOSED):
        _log.debug("connection_closed_late", error=context["message"])
        return
    if error is None:
        _log.error("task_failed", code=ErrorCode.DEFECT, error=context["message"])
        return
    code, cause = code_and_cause(error)
    detailed = code == ErrorCode.DEFECT or _log.is_enabled_for(logging.DEBUG)
    _log.error("task_failed", code=code, error=cause, **location_of(error), **({"exc_info": error} if detailed else {}))
