"""Configures logs: JSON lines, or console lines on a terminal, and never with a secret."""

import logging
import sys
from typing import Final, TextIO

import structlog

from services.runtime.settings import LogSettings

_MINIMUM_LEVELS: Final = {
    "alembic": logging.WARNING,
    "aiokafka": logging.ERROR,  # it warns about conditions that the engine handles
    "aiokafka.conn": logging.ERROR,  # at DEBUG it logs SASL secrets, so never allow it
    "apprise": logging.CRITICAL,  # its errors may contain addresses, which contain tokens
    "asyncio": logging.WARNING,
    "uvicorn": logging.ERROR,  # it warns about requests that are not HTTP, which anyone can send
    "watchfiles": logging.WARNING,
}

_TRANSIENT_ERRORS: Final = (
    "GroupCoordinatorNotAvailableError",
    "GroupLoadInProgressError",
    "NotCoordinatorForGroupError",
    "NotLeaderForPartitionError",
)
"""Errors of a broker at first use or after a change of leaders. The client retries, so they are not logged."""


def configure_logging(settings: LogSettings, *, stream: TextIO | None = None) -> None:
    """Send the logs of this process and of its libraries to `stream` (standard error if None)."""
    target = stream or sys.stderr
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    console = is_for_people(settings, target)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[structlog.typing.Processor] = (
        # A plain traceback: rich's would show the values of variables, and one may be a password.
        [structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    handler.addFilter(_is_relevant)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.INFO))
    for name, least in _MINIMUM_LEVELS.items():
        logging.getLogger(name).setLevel(max(least, level))


def is_for_people(settings: LogSettings, stream: TextIO) -> bool:
    """Return whether lines on the stream are formatted for people, and not as JSON."""
    return settings.format == "console" or (settings.format == "auto" and stream.isatty())


def _is_relevant(record: logging.LogRecord) -> bool:
    return not (record.name.startswith("aiokafka") and any(name in record.getMessage() for name in _TRANSIENT_ERRORS))
