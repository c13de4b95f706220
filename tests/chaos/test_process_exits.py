"""The rule about exits detects every kind of violation, and accepts processes that follow it."""

import json

import pytest

from services.cli.application.exit_codes import EXIT_CODES
from tests.chaos.process_exits import EXPECTED_STATUSES, ProcessRun, count_error_codes, exit_violations

INFO = '{"event": "batch_committed", "level": "info"}\n'


def failure(status: int = 75, **changes: object) -> str:
    """Return the log line that gives the reason for an exit."""
    line = {
        "event": "service_failed",
        "service": "parser",
        "code": "stalled",
        "error": "no progress",
        "exit_status": status,
    }
    return json.dumps(line | changes) + "\n"


@pytest.mark.parametrize(
    "run",
    [
        ProcessRun("parser-1", 75, (INFO, failure())),
        ProcessRun("parser-1", 0, (INFO,)),
        ProcessRun("parser-1", 0, ()),
        ProcessRun("parser-1", -9, (INFO, '{"event": "cut o')),
        ProcessRun("parser-1", -15, (failure(),)),
    ],
    ids=["failed", "stopped", "stopped without a line", "killed within a line", "terminated after a failure"],
)
def test_proper_exit_is_accepted(run: ProcessRun) -> None:
    """A signal needs no reason, and a killed process may leave half a line."""
    assert list(exit_violations([run])) == []


@pytest.mark.parametrize(
    ("run", "broken"),
    [
        (ProcessRun("p", 75, (INFO,)), "gives its reason in 0 lines"),
        (ProcessRun("p", 75, (failure(), failure())), "gives its reason in 2 lines"),
        (ProcessRun("p", 70, (failure(75),)), "reports exit status 75"),
        (ProcessRun("p", 75, (failure(code=""),)), "does not report its code"),
        (ProcessRun("p", 75, (failure(service=None, error=None),)), "does not report its service and error"),
        (ProcessRun("p", 0, (failure(),)), "reports a failure: stalled"),
        (ProcessRun("p", 0, ("Traceback (most recent call last):\n",)), "logged 'Traceback"),
        (ProcessRun("p", 0, ('"a string"\n',)), 'logged \'"a string"'),
        (ProcessRun("p", -9, ("no JSON\n", INFO)), "logged 'no JSON"),
        (ProcessRun("p", 1, ('{"event": "half',)), 'logged \'{"event": "half'),
    ],
)
def test_exit_without_exactly_one_reason_is_detected(run: ProcessRun, broken: str) -> None:
    """Operators rely on one line with cause and status; log collectors rely on JSON."""
    assert any(broken in what for what in exit_violations([run]))


def test_defects_are_counted_by_their_error_text() -> None:
    """The code `defect` alone does not help; the error text does."""
    runs = [
        ProcessRun("p", 75, (failure(),)),
        ProcessRun("p", 70, (failure(70, code="defect", error="KeyError: 'x'"),)),
    ]
    assert count_error_codes(runs) == {"stalled": 1, "KeyError: 'x'": 1}


def test_every_expected_status_is_documented() -> None:
    """Signals are negative here and have no row in the table."""
    assert {status for status in EXPECTED_STATUSES if status >= 0} <= {code.status for code in EXIT_CODES}
