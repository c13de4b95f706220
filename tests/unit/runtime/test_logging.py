"""Logs: JSON lines except on a terminal, one format for our log lines and the libraries', and no secrets."""

import asyncio
import io
import json
import logging
import struct
from collections.abc import Iterator
from typing import Any, Self

import pytest
import structlog
from aiokafka.errors import GroupAuthorizationFailedError, GroupCoordinatorNotAvailableError, KafkaConnectionError

from services.runtime.kafka.clients import KafkaClients
from services.runtime.logging import configure_logging
from services.runtime.settings import KafkaSettings, LogSettings, load

SECRET = "correct-horse-battery-staple"  # noqa: S105 - it opens nothing
TOUCHED = ("", "aiokafka", "aiokafka.conn", "asyncio", "watchfiles", "library")


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Return that this is a terminal."""
        return True


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Restore the logging of the process after each test."""
    root = logging.getLogger()
    handlers, levels = root.handlers, {name: logging.getLogger(name).level for name in TOUCHED}
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def configured(stream: io.StringIO | None = None, **settings: Any) -> io.StringIO:
    """Configure logging with these settings, and return its stream."""
    target = stream or io.StringIO()
    configure_logging(LogSettings(**settings), stream=target)
    return target


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the JSON objects in the stream, one per line."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_without_a_terminal() -> None:
    """It has the event, its level, its time in UTC, and all given and bound fields."""
    stream = configured()
    structlog.get_logger("services").info("batch", records=3, why="ünïcode")
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "batch", "level": "info", "records": 3, "why": "ünïcode"}


def test_a_terminal_gets_console_lines() -> None:
    """Unless the settings ask for JSON."""
    stream = configured(Terminal())
    structlog.get_logger().info("batch", records=3)
    assert not stream.getvalue().startswith("{")
    assert "batch" in stream.getvalue()
    stream = configured(Terminal(), format="json")
    structlog.get_logger().info("batch")
    assert lines(stream)[0]["event"] == "batch"


def test_console_lines_can_be_requested_without_a_terminal() -> None:
    """They have no colours then."""
    stream = configured(format="console")
    structlog.get_logger().info("batch", records=3)
    assert "batch" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_lines_below_the_level_are_not_logged(level: str, shown: list[str]) -> None:
    """Of our own loggers."""
    stream = configured(level=level)
    for severity in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), severity)("message")
    assert [line["level"] for line in lines(stream)] == shown


def test_libraries_log_in_the_same_format() -> None:
    """A log collector needs only one parser."""
    stream = configured()
    logging.getLogger("library").warning("%s of %s", 1, 2)
    (line,) = lines(stream)
    assert (line["event"], line["level"]) == ("1 of 2", "warning")
    assert line["timestamp"].endswith("Z")


def test_transient_errors_of_a_broker_are_not_logged_and_refusals_are() -> None:
    """Errors that the client resolves by a retry must not alarm; its other errors are logged."""
    stream = configured()
    log = logging.getLogger("aiokafka.consumer.group_coordinator")
    log.error("Group Coordinator Request failed: %s", GroupCoordinatorNotAvailableError())
    log.error("Group Coordinator Request failed: %s", GroupAuthorizationFailedError())
    (line,) = lines(stream)
    assert "GroupAuthorizationFailedError" in line["event"]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("logger", ["ours", "a library's"])
def test_an_exception_is_logged_with_its_traceback(logger: str, form: str) -> None:
    """The reader of the log can find the line that failed."""
    stream = configured(format=form)
    said = structlog.get_logger() if logger == "ours" else logging.getLogger("library")
    try:
        int("of what")
    except ValueError:
        said.exception("failed")
    text = lines(stream)[0]["exception"] if form == "json" else stream.getvalue()
    assert "Traceback (most recent call last)" in text
    assert "test_logging.py" in text
    assert "ValueError" in text
    assert "of what" in text


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_the_clients_connections_never_log_below_info(level: str) -> None:
    """At DEBUG they log requests with the SASL password: no setting may enable that."""
    configured(level=level)
    for name in ("aiokafka", "aiokafka.conn", "asyncio", "watchfiles"):
        assert logging.getLogger(name).getEffectiveLevel() > logging.DEBUG
    assert logging.getLogger("aiokafka.conn").getEffectiveLevel() > logging.INFO


VERSIONS, HANDSHAKE, AUTHENTICATE = 18, 17, 36
"""The protocol's numbers of the requests that a client begins with."""
AUTHENTICATION_FAILED = 58


class Broker:
    """Implements as much of the protocol as a client needs to send its password, and then rejects it."""

    def __init__(self) -> None:
        self.heard = b""
        self.address = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while SECRET.encode() not in self.heard:
                size = int.from_bytes(await reader.readexactly(4))
                request = await reader.readexactly(size)
                self.heard += request
                answer = self._answer(int.from_bytes(request[:2]))
                correlation = request[4:8]
                writer.write((len(answer) + 4).to_bytes(4) + correlation + answer)
        except asyncio.IncompleteReadError:
            pass  # the client has left
        finally:
            writer.close()

    @staticmethod
    def _answer(api: int) -> bytes:
        if api == VERSIONS:
            spoken = ((HANDSHAKE, 0, 1), (AUTHENTICATE, 0, 0))
            return struct.pack(">hi", 0, len(spoken)) + b"".join(struct.pack(">hhh", *one) for one in spoken)
        if api == HANDSHAKE:
            return struct.pack(">hih5s", 0, 1, 5, b"PLAIN")
        return struct.pack(">hhi", AUTHENTICATION_FAILED, -1, 0)


@pytest.fixture
def sasl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set variables for a password and the most verbose logs."""
    monkeypatch.setenv("INSIDERTAPE_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    monkeypatch.setenv("INSIDERTAPE_KAFKA_SASL_MECHANISM", "PLAIN")
    monkeypatch.setenv("INSIDERTAPE_KAFKA_SASL_USERNAME", "service")
    monkeypatch.setenv("INSIDERTAPE_KAFKA_SASL_PASSWORD", SECRET)
    monkeypatch.setenv("INSIDERTAPE_LOG_LEVEL", "debug")


async def connect(address: str) -> None:
    """Try to start a client of this address, and log the settings."""
    settings = load(KafkaSettings, kafka_bootstrap_servers=address)
    structlog.get_logger().debug("settings", settings=settings, raw=str(settings))
    client = KafkaClients(settings).producer("id")
    async with asyncio.timeout(30):
        try:
            with pytest.raises(KafkaConnectionError):
                await client.start()
        finally:
            await client.stop()


@pytest.mark.usefixtures("sasl")
async def test_the_sasl_password_is_in_no_log() -> None:
    """It is sent to the broker, and is not logged even at the most verbose level."""
    stream = io.StringIO()
    configure_logging(load(LogSettings), stream=stream)
    async with Broker() as broker:
        await connect(broker.address)
        assert SECRET.encode() in broker.heard
    assert "settings" in stream.getvalue()
    assert SECRET not in stream.getvalue()


@pytest.mark.usefixtures("sasl")
async def test_the_client_would_log_the_password_without_the_guard() -> None:
    """The check of the guard itself: without the level on the connections' logger, the password is logged."""
    stream = io.StringIO()
    configure_logging(load(LogSettings), stream=stream)
    logging.getLogger("aiokafka.conn").setLevel(logging.DEBUG)
    async with Broker() as broker:
        await connect(broker.address)
    assert SECRET in stream.getvalue()
