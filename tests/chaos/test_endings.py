"""The rule about ends notices each way of breaking it, and says nothing of processes that keep it."""

import json

import pytest

from services.cli.application.exit_codes import EXIT_CODES
from tests.chaos.endings import ENDINGS, Life, codes, unexplained

INFO = '{"event": "batch_committed", "level": "info"}\n'


def failure(status: int = 75, **changes: object) -> str:
    """The line that says why a service ended."""
    line = {
        "event": "service_failed",
        "service": "parser",
        "code": "stalled",
        "error": "it stands",
        "exit_status": status,
    }
    return json.dumps(line | changes) + "\n"


@pytest.mark.parametrize(
    "life",
    [
        Life("parser-1", 75, (INFO, failure())),
        Life("parser-1", 0, (INFO,)),
        Life("parser-1", 0, ()),
        Life("parser-1", -9, (INFO, '{"event": "cut o')),
        Life("parser-1", -15, (failure(),)),
    ],
    ids=["failed", "left", "left in silence", "killed in the middle of a line", "told to end when it had failed"],
)
def test_an_end_as_it_should_be_breaks_nothing(life: Life) -> None:
    """A signal needs no reason; a process that was killed may leave half a line."""
    assert list(unexplained([life])) == []


@pytest.mark.parametrize(
    ("life", "broken"),
    [
        (Life("p", 75, (INFO,)), "says why in 0 lines"),
        (Life("p", 75, (failure(), failure())), "says why in 2 lines"),
        (Life("p", 70, (failure(75),)), "says that it ends with 75"),
        (Life("p", 75, (failure(code=""),)), "does not say its code"),
        (Life("p", 75, (failure(service=None, error=None),)), "does not say its service and error"),
        (Life("p", 0, (failure(),)), "says that it failed: stalled"),
        (Life("p", 0, ("Traceback (most recent call last):\n",)), "logged 'Traceback"),
        (Life("p", 0, ('"a string"\n',)), 'logged \'"a string"'),
        (Life("p", -9, ("no JSON\n", INFO)), "logged 'no JSON"),
        (Life("p", 1, ('{"event": "half',)), 'logged \'{"event": "half'),
    ],
)
def test_an_end_without_its_one_line_is_noticed(life: Life, broken: str) -> None:
    """Each end by itself has one line with its cause and its status; nothing else but JSON is in the log."""
    assert any(broken in what for what in unexplained([life]))


def test_codes_count_why_services_ended_and_show_what_a_defect_was() -> None:
    """`defect` says nothing: its error does."""
    lives = [Life("p", 75, (failure(),)), Life("p", 70, (failure(70, code="defect", error="KeyError: 'x'"),))]
    assert codes(lives) == {"stalled": 1, "KeyError: 'x'": 1}


def test_every_expected_ending_is_a_documented_exit_status() -> None:
    """But for signals, which are negative here."""
    assert {status for status in ENDINGS if status >= 0} <= {code.status for code in EXIT_CODES}
