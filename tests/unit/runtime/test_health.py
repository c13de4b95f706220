"""The responses of the probes, from the reports of the engines."""

import time

import pytest

from services.runtime.health import ProcessHealth, ServiceHealth
from services.runtime.instruments import Instruments


def readiness(instruments: Instruments) -> tuple[bool, str]:
    """Return the response of /readyz: success, and the message."""
    verdict = instruments.health.readiness()
    return verdict.ok, verdict.message


def test_process_without_a_service_is_alive_and_not_ready() -> None:
    """An empty result must not look like a good one."""
    health = ProcessHealth()
    assert health.liveness().ok
    assert (health.readiness().ok, health.readiness().message) == (False, "no service has started yet")


def test_service_is_ready_when_every_assigned_partition_is_restored() -> None:
    """Not before, and the reason names what is missing."""
    instruments = Instruments()
    holdings = instruments.service("holdings")
    assert readiness(instruments) == (False, "holdings: is starting")
    holdings.assigned([0, 3])
    assert readiness(instruments) == (False, "holdings: partition 0 is being restored (and 1 more)")
    holdings.opened(0, seconds=1, keys=1)
    assert readiness(instruments) == (False, "holdings: partition 3 is being restored")
    holdings.opened(3, seconds=1, keys=1)
    assert readiness(instruments) == (True, "holdings: 2 partitions assigned and restored")
    holdings.assigned([0, 3, 4])
    assert readiness(instruments) == (False, "holdings: partition 4 is being restored")
    holdings.assigned([3])
    assert readiness(instruments) == (True, "holdings: 1 partition assigned and restored")


def test_standby_is_ready_and_reported() -> None:
    """More members than partitions are not a failure; a rollout must be able to end."""
    instruments = Instruments()
    instruments.service("parser").assigned([])
    assert readiness(instruments) == (True, "parser: standing by, no partitions assigned")


def test_failure_shows_until_the_partition_works_again() -> None:
    """The reason is the error's message, on one line."""
    instruments = Instruments()
    parser = instruments.service("parser")
    parser.assigned([0])
    parser.opened(0, seconds=1, keys=0)
    parser.failed_partition(0, OSError("kafka_unavailable:\n the line is dead"))
    stopped = "parser: partition 0 stopped and will be retried: kafka_unavailable: the line is dead"
    assert readiness(instruments) == (False, stopped)
    parser.opening(0)
    assert not readiness(instruments)[0]
    parser.opened(0, seconds=1, keys=0)
    assert readiness(instruments)[0]


def test_silent_broker_makes_a_service_unready_but_alive() -> None:
    """Restarting every service does not bring a broker back."""
    instruments = Instruments()
    parser = instruments.service("parser")
    parser.assigned([0])
    parser.opened(0, seconds=1, keys=0)
    parser.is_silent("no answer for 5 s")
    assert readiness(instruments) == (False, "parser: the broker does not answer: no answer for 5 s")
    assert instruments.health.liveness().ok
    parser.answers()
    assert readiness(instruments)[0]
    parser.is_silent("no answer for 5 s")
    parser.waits(OSError("gone"))
    assert readiness(instruments) == (False, "parser: stopped and will be retried: gone")
    parser.assigned([])  # a new member: what the old one had noted is over
    assert readiness(instruments)[0]


def test_service_that_has_ended_is_not_ready() -> None:
    """A process that stops takes no more work."""
    instruments = Instruments()
    parser = instruments.service("parser")
    parser.assigned([])
    parser.ended()
    assert readiness(instruments) == (False, "parser: has stopped")


def test_one_bad_service_makes_the_process_unready() -> None:
    """`run` is three services; the answer names the one."""
    instruments = Instruments()
    instruments.service("parser").assigned([])
    instruments.service("watcher.directory")
    assert readiness(instruments) == (False, "watcher.directory: is starting")


def test_edgar_is_ready_from_its_first_success_until_the_next_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watcher sets the schedule: it polls seldom at night, and is ready all the same."""
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    instruments = Instruments()
    watcher = instruments.service("watcher.edgar")
    watcher.awaits_success("edgar")
    watcher.works()
    now[0] += 1
    assert readiness(instruments) == (False, "watcher.edgar: no poll of edgar has succeeded yet")
    watcher.succeeded("edgar", next_within=600)
    assert readiness(instruments) == (True, "watcher.edgar: open")
    now[0] += 601
    assert readiness(instruments) == (False, "watcher.edgar: no poll of edgar has succeeded for more than 600 s")
    watcher.succeeded("edgar", next_within=600)
    assert readiness(instruments)[0]


def test_service_that_stops_polling_is_not_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's fetch task may end silently. A service without a member is not supposed to poll."""
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    health = ProcessHealth(poll_limit=60)
    instruments = Instruments(None, health)
    parser = instruments.service("parser")
    parser.polled()
    now[0] += 59
    health.loop_ran()
    assert health.liveness().ok
    now[0] += 2
    health.loop_ran()
    assert (health.liveness().ok, health.liveness().message) == (False, "parser: has not polled for 61 s")
    parser.waits(OSError("the broker is away"))
    assert health.liveness().ok


def test_reason_stays_short() -> None:
    """An error may quote a megabyte."""
    health = ServiceHealth("parser")
    health.obstruct("", "x" * 10_000)
    assert len(health.readiness(0).message) < 400
