"""Whatever EDGAR or the network responds, the client retries, logs each failure once, and succeeds in the end."""

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
BAD_RESPONSES: Final = {
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
class Attempt:
    """The result of a request for the submission: text or error, log lines, clock and fake EDGAR."""

    text: str
    error: Exception | None
    logs: Sequence[MutableMapping[str, Any]]
    clock: SimulatedClock
    fake_edgar: FakeEdgar

    @property
    def failures(self) -> list[MutableMapping[str, Any]]:
        """The log lines of failed requests."""
        return [line for line in self.logs if line["event"] == "edgar_request_failed"]

    @property
    def took(self) -> timedelta:
        """The simulated time taken."""
        return self.clock.now() - START


def ask(*faults: Fault, timeout: float = 30.0, tls: ssl.SSLContext | None = None) -> Attempt:
    """Request the submission; `timeout` is real time."""
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
            return Attempt(run_simulated(clock, main()), None, logs, clock, fake_edgar)
        except (EdgarUnavailable, NotThere) as error:
            return Attempt("", error, logs, clock, fake_edgar)


def whole(content: bytes) -> str:
    """Return the text if it is a submission."""
    text = content.decode()
    if not text.startswith("<SEC-DOCUMENT>"):
        raise EdgarUnavailable("unreadable_answer", "the content is not a submission")
    return text


@pytest.mark.parametrize("bad_response", BAD_RESPONSES.values(), ids=BAD_RESPONSES.keys())
def test_bad_responses_are_retried(bad_response: faults.BadResponse) -> None:
    """Two bad ones, then the right one: the content is complete, and each failure has its line."""
    attempt = ask(faults.first(2, bad_response))
    assert attempt.text == submission_text(FILING)
    assert attempt.took > timedelta(seconds=1)
    assert len(attempt.failures) == 2
    assert all(line["path"] == PATH and line["error"] for line in attempt.failures)
    assert attempt.fake_edgar.traffic.most_in_a_second <= 8


@pytest.mark.parametrize("bad_response", BAD_RESPONSES.values(), ids=BAD_RESPONSES.keys())
def test_persistent_failure_is_given_up_with_a_reason(bad_response: faults.BadResponse) -> None:
    """No other exception escapes, and nothing is requested in a hurry."""
    attempt = ask(faults.first(1_000, bad_response))
    assert isinstance(attempt.error, EdgarUnavailable)
    assert attempt.error.message
    assert attempt.failures[-1]["given_up"]
    assert attempt.fake_edgar.traffic.total < 20


@pytest.mark.parametrize("bad_response", [faults.hanging, faults.stalled], ids=["at once", "half-way"])
def test_hanging_connection_is_given_up(bad_response: faults.BadResponse) -> None:
    """After the time-out, in real time; the next attempt succeeds."""
    attempt = ask(faults.first(1, bad_response), timeout=0.2)
    assert attempt.text == submission_text(FILING)
    assert [line["code"] for line in attempt.failures] == ["edgar_unreachable"]


@pytest.mark.parametrize("status", [403, 429, 503])
def test_retry_after_is_honoured(status: int) -> None:
    """In seconds or as a date."""
    for told in ("120", pages.http_date(START + timedelta(seconds=120))):
        attempt = ask(faults.first(1, faults.refused(status, retry_after=told)))
        moments = [request.at for request in attempt.fake_edgar.traffic.asked]
        assert attempt.text == submission_text(FILING)
        assert timedelta(seconds=119) <= moments[1] - moments[0] < timedelta(seconds=240)


def test_redirect_within_the_origin_is_followed() -> None:
    """It counts as another request of the budget."""
    attempt = ask(faults.first(1, faults.redirected(f"{PATH}?moved=1")))
    assert attempt.text == submission_text(FILING)
    assert not attempt.failures
    assert attempt.fake_edgar.traffic.paths() == [PATH, f"{PATH}?moved=1"]


def test_redirect_loop_is_given_up() -> None:
    """After a few redirects."""
    attempt = ask(faults.first(1_000, faults.redirected(PATH)))
    assert isinstance(attempt.error, EdgarUnavailable)
    assert attempt.fake_edgar.traffic.total < 20


def test_untrusted_certificate_is_refused() -> None:
    """Nothing is sent over such a connection; the reason names the certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    attempt = ask(tls=tls)
    assert isinstance(attempt.error, EdgarUnavailable)
    assert "certificate" in attempt.error.message.lower()
    assert attempt.fake_edgar.traffic.total == 0
    assert attempt.took > timedelta(seconds=1)


def test_missing_file_of_the_archive_is_not_throttling() -> None:
    """Its 403 must not pause other requests."""
    attempt = ask(faults.first(1, faults.refused(403, pages.ACCESS_DENIED)))
    assert isinstance(attempt.error, NotThere)
    assert attempt.took == timedelta()
    assert not attempt.failures
