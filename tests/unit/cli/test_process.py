"""The end of a process: its last lines, and its exit status."""

import asyncio
import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
import structlog
import typer

from contracts.errors import Refused, TransientError
from services.cli.application.process import run_command, run_service
from services.runtime.failures import note_location
from tests.unit.runtime.test_logging import restored_logging

REFUSED = Refused("kafka_wrong_password", "the broker does not accept the password of service")
__all__ = ["restored_logging"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the log settings from the environment."""
    for name in ("LEVEL", "FORMAT"):
        monkeypatch.delenv(f"INSIDERTAPE_LOG_{name}", raising=False)


def raising(error: Exception) -> Callable[[asyncio.Event], Any]:
    """Return work that fails with the error."""

    async def work(_: asyncio.Event) -> None:
        raise error

    return work


def exit_status_of(run: Callable[[], None]) -> int:
    """Return the exit status with which it ends."""
    with pytest.raises(typer.Exit) as end:
        run()
    return end.value.exit_code


@pytest.fixture
def failed_lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads standard error, one JSON object per line."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_expected_error_ends_a_service_with_one_line(failed_lines: Callable[[], list[dict[str, Any]]]) -> None:
    """Like any log line it has a level, and also service, code, cause and status, without a traceback."""
    assert exit_status_of(lambda: run_service("parser", raising(REFUSED))) == 77
    (line,) = failed_lines()
    assert line.pop("timestamp")
    assert line == {
        "event": "service_failed",
        "level": "error",
        "service": "parser",
        "code": "kafka_wrong_password",
        "error": "the broker does not accept the password of service",
        "exit_status": 77,
    }


def test_a_failure_names_topic_partition_and_offset_if_they_are_known(
    failed_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """The location may also be noted on the error's cause."""
    inner = ValueError("no")
    note_location(inner, "while parser processed", "insidertape.filings.v1", 3, 41)
    outer = TransientError("away", "it is")
    outer.__cause__ = inner
    assert exit_status_of(lambda: run_service("parser", raising(outer))) == 75
    (line,) = failed_lines()
    assert (line["topic"], line["partition"], line["offset"]) == ("insidertape.filings.v1", 3, 41)


def test_a_defect_has_its_traceback_within_the_line(failed_lines: Callable[[], list[dict[str, Any]]]) -> None:
    """A developer needs the traceback; a log collector needs a single line."""
    assert exit_status_of(lambda: run_service("parser", raising(ZeroDivisionError("of what")))) == 70
    (line,) = failed_lines()
    assert (line["code"], line["error"]) == ("defect", "ZeroDivisionError: of what")
    assert "test_process.py" in line["exception"]


def test_at_debug_an_expected_error_has_its_traceback_too(
    failed_lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The debug level includes everything."""
    monkeypatch.setenv("INSIDERTAPE_LOG_LEVEL", "debug")
    exit_status_of(lambda: run_service("parser", raising(REFUSED)))
    (line,) = (line for line in failed_lines() if line["event"] == "service_failed")
    assert "Traceback" in line["exception"]


def test_a_wrong_log_setting_ends_a_service_with_such_a_line(
    failed_lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The logs are not configured at that moment."""
    monkeypatch.setenv("INSIDERTAPE_LOG_LEVEL", "loud")
    assert exit_status_of(lambda: run_service("parser", raising(REFUSED))) == 78
    (line,) = failed_lines()
    assert (line["event"], line["code"]) == ("service_failed", "wrong_setting")
    assert "INSIDERTAPE_LOG_LEVEL" in line["error"]


def test_a_task_that_nobody_awaits_fails_in_one_line(failed_lines: Callable[[], list[dict[str, Any]]]) -> None:
    """Without a handler, asyncio would print a traceback over many lines when the task is collected."""

    async def work(_: asyncio.Event) -> None:
        asyncio.create_task(divide(), name="lost")  # noqa: RUF006 - that it is lost is the point
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def divide() -> None:
        raise ZeroDivisionError("of what")

    run_service("parser", work)
    (line,) = failed_lines()
    assert (line["event"], line["level"], line["error"]) == ("task_failed", "error", "ZeroDivisionError: of what")
    assert "divide" in line["exception"]


def test_a_connection_that_the_garbage_collector_closes_is_not_a_failure(
    failed_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """The client reports this on a busy machine; as an error it would look like a defect."""

    async def work(_: asyncio.Event) -> None:
        report = asyncio.get_running_loop().call_exception_handler
        report({"message": "Unclosed AIOKafkaConnection"})
        report({"message": "Task was destroyed but it is pending!"})

    run_service("parser", work)
    (line,) = failed_lines()
    assert line["error"] == "Task was destroyed but it is pending!"


def test_a_command_ends_with_a_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A person has typed the command."""
    assert exit_status_of(lambda: run_command(raising(REFUSED))) == 77
    expected = "insidertape: kafka_wrong_password: the broker does not accept the password of service\n"
    assert capsys.readouterr().err == expected


def test_a_defect_of_a_command_shows_its_traceback_and_then_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The line has the location."""
    error = ZeroDivisionError("of what")
    note_location(error, "while parser processed", "t", 3, 41)
    assert exit_status_of(lambda: run_command(raising(error))) == 70
    printed = capsys.readouterr().err.splitlines()
    assert printed[0].startswith("Traceback")
    assert printed[-1] == "insidertape: defect: ZeroDivisionError: of what (while parser processed t[3]@41)"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Return that this is a terminal."""
        return True


def test_a_run_with_json_logs_ends_with_a_json_line(
    failed_lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal the logs are JSON lines, and so is the last line."""
    exit_status_of(lambda: run_service("run", raising(REFUSED), plain=True))
    assert [line["event"] for line in failed_lines()] == ["service_failed"]
    monkeypatch.setenv("INSIDERTAPE_LOG_LEVEL", "error")
    exit_status_of(lambda: run_service("run", raising(REFUSED), plain=True))
    assert [line["event"] for line in failed_lines()] == ["service_failed"]


def test_a_run_on_a_terminal_ends_with_a_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last log line is formatted for people."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    exit_status_of(lambda: run_service("run", raising(REFUSED), plain=True))
    assert terminal.getvalue() == f"insidertape: {REFUSED}\n"
    exit_status_of(lambda: run_service("parser", raising(REFUSED)))
    assert "service_failed" in terminal.getvalue()
    assert '"event"' not in terminal.getvalue()


def test_silent_command_logs_no_warning_but_a_silent_service_does(capsys: pytest.CaptureFixture[str]) -> None:
    """A command reports its failure itself: three lines about three attempts to connect would only repeat it."""

    async def work(_: asyncio.Event) -> None:
        structlog.get_logger().warning("connection_failed")

    run_command(work, silent=True)
    assert capsys.readouterr().err == ""
    run_service("run", work, silent=True)
    assert "connection_failed" in capsys.readouterr().err
