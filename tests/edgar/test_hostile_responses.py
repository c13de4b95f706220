"""Whatever EDGAR or the network answers, the client waits, says so once for each failure, and gets it in the end."""

import ssl
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import trustme
from structlog.testing import capture_logs

from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.responses import EdgarUnavailable, NotThere
from tests.edgar import faults, pages
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar, Fault
from tests.edgar.filings import submission_text
from tests.edgar.hooks import simulated_time
from tests.edgar.samples import make_filing
from tests.edgar.simulated_clock import SimulatedClock, run_simulated

START: Final = datetime(2025, 3, 10, 20, 0, tzinfo=UTC)
FILING: Final = make_filing(1, START)
PATH: Final = f"/Archives/edgar/data/912345/{FILING.accession}.txt"
TROUBLES: Final = {
    "truncated gzip": faults.cut_short,
    "a connection that breaks off": faults.broken_off,
    "a connection that is gone": faults.gone,
    "403 HTML": faults.refused(403, pages.THROTTLED),
    "429": faults.refused(429),
    "500": faults.refused(500),
    "503": faults.refused(503),
    "HTML in place of it": faults.replaced(pages.UNAVAILABLE),
    "nothing at all": faults.replaced(b""),
    "a redirect to elsewhere": faults.redirected("http://127.0.0.2:9/"),
    "a redirect to no URL": faults.redirected("http://[::1/"),
}


@dataclass
class Asked:
    """What came of asking for the submission: its text or the error, what was logged, the clock and the stand-in."""

    text: str
    error: Exception | None
    logs: Sequence[MutableMapping[str, Any]]
    clock: SimulatedClock
    fake_edgar: FakeEdgar

    @property
    def failures(self) -> list[MutableMapping[str, Any]]:
        """The lines that tell of a request that failed."""
        return [line for line in self.logs if line["event"] == "edgar_request_failed"]

    @property
    def took(self) -> timedelta:
        """Simulated time."""
        return self.clock.now() - START


def ask(*faults: Fault, timeout: float = 30.0, tls: ssl.SSLContext | None = None) -> Asked:
    """Ask for the submission; `timeout` is real time."""
    clock = SimulatedClock(START)
    fake_edgar = FakeEdgar(Catalog([FILING]), clock)
    fake_edgar.faults = [*faults]
    limiter, traces = RequestLimiter(clock), [simulated_time(clock)]

    async def main() -> str:
        async with (
            fake_edgar.running(tls) as origin,
            EdgarClient(origin, "tests@example.com", clock, limiter, timeout=timeout, traces=traces) as client,
        ):
            return await client.get(PATH, whole, most=1_000_000)

    with capture_logs() as logs:
        try:
            return Asked(run_simulated(clock, main()), None, logs, clock, fake_edgar)
        except (EdgarUnavailable, NotThere) as error:
            return Asked("", error, logs, clock, fake_edgar)


def whole(content: bytes) -> str:
    """The text, where it is a submission."""
    text = content.decode()
    if not text.startswith("<SEC-DOCUMENT>"):
        raise EdgarUnavailable("unreadable_answer", "it is no submission")
    return text


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_a_bad_answer_is_waited_out(trouble: faults.Trouble) -> None:
    """Two bad ones, then the right one: the content is whole, time has passed, and each failure has its line."""
    asked = ask(faults.first(2, trouble))
    assert asked.text == submission_text(FILING)
    assert asked.took > timedelta(seconds=1)
    assert len(asked.failures) == 2
    assert all(line["path"] == PATH and line["error"] for line in asked.failures)
    assert asked.fake_edgar.traffic.most_in_a_second <= 8


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_what_stays_bad_is_given_up_with_a_reason(trouble: faults.Trouble) -> None:
    """After a few tries the caller is told; nothing else escapes, and nothing is asked in a hurry."""
    asked = ask(faults.first(1_000, trouble))
    assert isinstance(asked.error, EdgarUnavailable)
    assert asked.error.message
    assert asked.failures[-1]["given_up"]
    assert asked.fake_edgar.traffic.total < 20


@pytest.mark.parametrize("trouble", [faults.hanging, faults.stalled], ids=["at once", "half-way"])
def test_a_hanging_connection_is_given_up(trouble: faults.Trouble) -> None:
    """After the time-out, which passes for real; the next try is answered."""
    asked = ask(faults.first(1, trouble), timeout=0.2)
    assert asked.text == submission_text(FILING)
    assert [line["code"] for line in asked.failures] == ["edgar_unreachable"]


@pytest.mark.parametrize("status", [403, 429, 503])
def test_retry_after_is_honoured(status: int) -> None:
    """No request comes before the moment it names, in seconds or as a date."""
    for told in ("120", pages.http_date(START + timedelta(seconds=120))):
        asked = ask(faults.first(1, faults.refused(status, retry_after=told)))
        moments = [request.at for request in asked.fake_edgar.traffic.asked]
        assert asked.text == submission_text(FILING)
        assert timedelta(seconds=119) <= moments[1] - moments[0] < timedelta(seconds=240)


def test_a_redirect_within_the_origin_is_followed() -> None:
    """It counts as another request of the budget."""
    asked = ask(faults.first(1, faults.redirected(f"{PATH}?moved=1")))
    assert asked.text == submission_text(FILING)
    assert not asked.failures
    assert asked.fake_edgar.traffic.paths() == [PATH, f"{PATH}?moved=1"]


def test_a_redirect_in_a_circle_is_given_up() -> None:
    """It is followed a few times and no more."""
    asked = ask(faults.first(1_000, faults.redirected(PATH)))
    assert isinstance(asked.error, EdgarUnavailable)
    assert asked.fake_edgar.traffic.total < 20


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    """Nothing is asked over such a connection; the reason names the certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    asked = ask(tls=tls)
    assert isinstance(asked.error, EdgarUnavailable)
    assert "certificate" in asked.error.message.lower()
    assert asked.fake_edgar.traffic.total == 0
    assert asked.took > timedelta(seconds=1)


def test_a_file_of_the_archive_that_is_not_there_is_no_throttling() -> None:
    """Its 403 is told apart from the throttle's: nobody has to wait for it, and no line is logged."""
    asked = ask(faults.first(1, faults.refused(403, pages.ACCESS_DENIED)))
    assert isinstance(asked.error, NotThere)
    assert asked.took == timedelta()
    assert not asked.failures
