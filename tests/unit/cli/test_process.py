"""How a process ends: what it says, in how many lines, and with which status."""

import asyncio
import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
import typer

from contracts.errors import Refused, TransientError
from services.cli.application.process import run_command, run_service
from services.runtime.failures import note_location
from tests.unit.runtime.test_logging import loggers_as_before

REFUSED = Refused("kafka_wrong_password", "the broker does not accept the password of service")
__all__ = ["loggers_as_before"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but a test's."""
    for name in ("LEVEL", "FORMAT"):
        monkeypatch.delenv(f"INSIDERTAPE_LOG_{name}", raising=False)


def raising(error: Exception) -> Callable[[asyncio.Event], Any]:
    """Work that fails."""

    async def work(_: asyncio.Event) -> None:
        raise error

    return work


def ended(run: Callable[[], None]) -> int:
    """The status that it ends with."""
    with pytest.raises(typer.Exit) as end:
        run()
    return end.value.exit_code


@pytest.fixture
def failed_lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """What standard error holds, each line a JSON object."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_error_on_purpose_ends_a_service_with_one_line(failed_lines: Callable[[], list[dict[str, Any]]]) -> None:
    """It is a line like all others, with level, service, code, cause and status, and without a traceback."""
    assert ended(lambda: run_service("parser", raising(REFUSED))) == 77
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
    """Also if the place was noted on the error that it was raised from."""
    inner = ValueError("no")
    note_location(inner, "while parser processed", "insidertape.filings.v1", 3, 41)
    outer = TransientError("away", "it is")
    outer.__cause__ = inner
    assert ended(lambda: run_service("parser", raising(outer))) == 75
    (line,) = failed_lines()
    assert (line["topic"], line["partition"], line["offset"]) == ("insidertape.filings.v1", 3, 41)


def test_a_defect_has_its_traceback_within_the_line(failed_lines: Callable[[], list[dict[str, Any]]]) -> None:
    """Whoever mends it needs that; a collector of logs needs one line."""
    assert ended(lambda: run_service("parser", raising(ZeroDivisionError("of what")))) == 70
    (line,) = failed_lines()
    assert (line["code"], line["error"]) == ("defect", "ZeroDivisionError: of what")
    assert "test_process.py" in line["exception"]


def test_at_debug_an_error_on_purpose_has_its_traceback_too(
    failed_lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for everything gets it."""
    monkeypatch.setenv("INSIDERTAPE_LOG_LEVEL", "debug")
    ended(lambda: run_service("parser", raising(REFUSED)))
    (line,) = (line for line in failed_lines() if line["event"] == "service_failed")
    assert "Traceback" in line["exception"]


def test_a_wrong_log_setting_ends_a_service_with_such_a_line(
    failed_lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The logs are not configured by then."""
    monkeypatch.setenv("INSIDERTAPE_LOG_LEVEL", "loud")
    assert ended(lambda: run_service("parser", raising(REFUSED))) == 78
    (line,) = failed_lines()
    assert (line["event"], line["code"]) == ("service_failed", "wrong_setting")
    assert "INSIDERTAPE_LOG_LEVEL" in line["error"]


def test_a_task_that_nobody_awaits_fails_in_one_line(failed_lines: Callable[[], list[dict[str, Any]]]) -> None:
    """Left to asyncio it would be a traceback over many lines, when the task is collected."""

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
    """The client reports it on a busy machine; as an error it would send an operator looking for a defect."""

    async def work(_: asyncio.Event) -> None:
        report = asyncio.get_running_loop().call_exception_handler
        report({"message": "Unclosed AIOKafkaConnection"})
        report({"message": "Task was destroyed but it is pending!"})

    run_service("parser", work)
    (line,) = failed_lines()
    assert line["error"] == "Task was destroyed but it is pending!"


def test_a_command_ends_with_a_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A person has typed it."""
    assert ended(lambda: run_command(raising(REFUSED))) == 77
    said = "insidertape: kafka_wrong_password: the broker does not accept the password of service\n"
    assert capsys.readouterr().err == said


def test_a_defect_of_a_command_shows_its_traceback_and_then_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The line names the place."""
    error = ZeroDivisionError("of what")
    note_location(error, "while parser processed", "t", 3, 41)
    assert ended(lambda: run_command(raising(error))) == 70
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("Traceback")
    assert told[-1] == "insidertape: defect: ZeroDivisionError: of what (while parser processed t[3]@41)"


class Terminal(io.StringIO):
    """A stream on which a person looks on."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_a_run_ends_as_its_logs_look(
    failed_lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A JSON line among JSON lines; see below for a terminal."""
    ended(lambda: run_service("run", raising(REFUSED), plain=True))
    assert [line["event"] for line in failed_lines()] == ["service_failed"]
    monkeypatch.setenv("INSIDERTAPE_LOG_LEVEL", "error")
    ended(lambda: run_service("run", raising(REFUSED), plain=True))
    assert [line["event"] for line in failed_lines()] == ["service_failed"]


def test_a_run_on_a_terminal_ends_with_a_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service on a terminal ends with a line of its log, written for people."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    ended(lambda: run_service("run", raising(REFUSED), plain=True))
    assert terminal.getvalue() == f"insidertape: {REFUSED}\n"
    ended(lambda: run_service("parser", raising(REFUSED)))
    assert "service_failed" in terminal.getvalue()
    assert '"event"' not in terminal.getvalue()
