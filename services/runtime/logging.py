"""Logs: JSON lines unless a person looks on, and no secret in any of them."""

import logging
import sys
from typing import Final, TextIO

import structlog

from services.runtime.settings import LogSettings

_TALKATIVE: Final = {
    "aiokafka": logging.ERROR,  # it reports as warnings what the loop settles by itself
    "aiokafka.conn": logging.ERROR,  # and at DEBUG its connections print SASL secrets: never let it, whatever the level
    "asyncio": logging.WARNING,
    "watchfiles": logging.WARNING,
}

_HICCUPS: Final = (
    "GroupCoordinatorNotAvailableError",
    "GroupLoadInProgressError",
    "NotCoordinatorForGroupError",
    "NotLeaderForPartitionError",
)
"""What a broker says at first use or after a move of leaders. The client tries again, so it is no error of anyone's."""


def configure_logging(settings: LogSettings, *, stream: TextIO | None = None) -> None:
    """Send this process's logs, and those of its libraries, to `stream` (standard error where None)."""
    target = stream or sys.stderr
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    console = is_for_people(settings, target)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[structlog.typing.Processor] = (
        # A traceback as Python prints it: rich's would show the values of variables, and a password may be among them.
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
    handler.addFilter(_is_no_hiccup)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.INFO))
    for name, least in _TALKATIVE.items():
        logging.getLogger(name).setLevel(max(least, level))


def is_for_people(settings: LogSettings, stream: TextIO) -> bool:
    """Whether lines on the stream are written for people to read, and not as JSON."""
    return settings.format == "console" or (settings.format == "auto" and stream.isatty())


def _is_no_hiccup(record: logging.LogRecord) -> bool:
    return not (record.name.startswith("aiokafka") and any(name in record.getMessage() for name in _HICCUPS))
