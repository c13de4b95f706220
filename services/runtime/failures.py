"""What ends a service or a task of it, as one line of the log: the cause, and the place in the log if it has one."""

import asyncio
import logging
from typing import Any, Final

import structlog

from contracts.codes import ErrorCode
from contracts.errors import InsidertapeError
from services.runtime.port import Record

_log = structlog.get_logger(__name__)

DEFECT: Final = ErrorCode.DEFECT
"""The code of an error that nobody raised on purpose."""

_UNCLOSED: Final = "Unclosed "
"""How aiokafka and aiohttp begin the message of a connection that the garbage collector has closed: no harm is done."""


class LocationNote(str):
    """A note of an exception that also says where: topic, partition and, if known, offset."""

    __slots__ = ("place",)
    place: dict[str, object]


def note_location(error: BaseException, doing: str, topic: str, partition: int, offset: int | None = None) -> None:
    """Note on the error where it happened, unless it knows already: whoever is nearest knows best."""
    if location_of(error):
        return
    at = "" if offset is None else f"@{offset}"
    note = LocationNote(f"{doing} {topic}[{partition}]{at}")
    note.place = {"topic": topic, "partition": partition, **({} if offset is None else {"offset": offset})}
    error.add_note(note)


def note_record(error: BaseException, doing: str, record: Record) -> None:
    """Note on the error which record it is about; see `note_location`."""
    note_location(error, doing, record.topic, record.partition, record.offset)


def location_of(error: BaseException) -> dict[str, object]:
    """Return topic, partition and offset that were noted on the error or what it was raised from; {} if none."""
    seen: BaseException | None = error
    while seen is not None:
        for note in getattr(seen, "__notes__", ()):
            if isinstance(note, LocationNote):
                return note.place
        seen = seen.__cause__
    return {}


def code_and_cause(error: BaseException) -> tuple[str, str]:
    """Return the error's stable code and its cause in words."""
    if isinstance(error, InsidertapeError):
        return error.code, error.message
    return DEFECT, f"{type(error).__name__}: {error}".rstrip(": ")


def log_service_failure(service: str, error: BaseException, *, exit_status: int) -> None:
    """Log the one line that says why a service ends. A traceback is part of it for a defect, and at debug."""
    code, cause = code_and_cause(error)
    detailed = code == DEFECT or _log.is_enabled_for(logging.DEBUG)
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
    """Have errors that nobody awaits logged as lines like all others, in place of asyncio's own words."""
    loop.set_exception_handler(_log_unawaited)


def _log_unawaited(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if error is None and context["message"].startswith(_UNCLOSED):
        _log.debug("connection_closed_late", error=context["message"])
        return
    if error is None:
        _log.error("task_failed", code=DEFECT, error=context["message"])
        return
    code, cause = code_and_cause(error)
    detailed = code == DEFECT or _log.is_enabled_for(logging.DEBUG)
    _log.error("task_failed", code=code, error=cause, **location_of(error), **({"exc_info": error} if detailed else {}))
