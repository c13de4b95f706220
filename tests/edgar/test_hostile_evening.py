"""An evening with every fault of EDGAR and the network: no crash, no gap, and a log line for each.

Twelve filings come shortly before EDGAR closes, three of which the feed never shows; their index comes at 22:45. Every
fault strikes the feed, the submissions and the index, a few times each.
"""

import gzip
import ssl
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import trustme
from aiohttp import web

from services.watcher.edgar.budget import LIVE_PER_SECOND
from tests.edgar import faults, pages
from tests.edgar.catalog import index_written
from tests.edgar.evening_run import DROPPED, EVENING, FILINGS, TODAY, EveningResult, run_evening
from tests.edgar.fake_edgar import Fault, Respond
from tests.edgar.filings import Filing
from tests.edgar.outcome import published_in

PLACES: Final = ("getcurrent", "/Archives/edgar/data/", "/daily-index/")
BAD_RESPONSES: Final = {
    "malformed pages": faults.replaced(b'<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n<entry>'),
    "truncated gzip": faults.cut_short,
    "HTML in place of XML": faults.replaced(pages.UNAVAILABLE),
    "nothing at all": faults.replaced(b""),
    "a redirect to elsewhere": faults.redirected("http://127.0.0.2:9/"),
    "a connection that breaks off": faults.broken_off,
    "a connection that is gone": faults.gone,
    "403 HTML": faults.refused(403, pages.THROTTLED),
    "429 and a time to wait": faults.refused(429, retry_after="60"),
    "500": faults.refused(500),
    "503": faults.refused(503),
}


def evening(directory: Path, *faults: Fault, **options: Any) -> EveningResult:
    """Run the evening; the watcher must neither end nor send requests too fast."""
    watched = run_evening(directory, *faults, **options)
    assert watched.fake_edgar.traffic.most_in_a_second <= LIVE_PER_SECOND
    assert not [line for line in watched.logs if line["log_level"] == "error" or line["event"] == "source_reopened"]
    return watched


def expected(filings: Sequence[Filing] = FILINGS) -> list[str]:
    """Return every accession number, once."""
    return sorted(filing.accession for filing in filings)


def test_evening_without_faults_logs_no_warning(tmp_path: Path) -> None:
    """Everything is published, dropped filings from the index."""
    watched = evening(tmp_path)
    assert sorted(watched.published) == expected()
    assert not [line for line in watched.logs if line["log_level"] == "warning"]
    assert set(watched.published[-3:]) == DROPPED


@pytest.mark.parametrize("bad_response", BAD_RESPONSES.values(), ids=BAD_RESPONSES.keys())
def test_every_fault_is_logged_and_leaves_no_gap(bad_response: faults.BadResponse, tmp_path: Path) -> None:
    """It strikes the first three requests of each kind: each has a line with path and reason."""
    watched = evening(tmp_path, *(faults.first(3, bad_response, of=place) for place in PLACES))
    assert sorted(watched.published) == expected()
    failed = watched.lines("edgar_request_failed")
    assert len(failed) == 9
    assert {place for place in PLACES for line in failed if place in line["path"] and line["error"]} == set(PLACES)


@pytest.mark.parametrize("bad_response", [faults.hanging, faults.stalled], ids=["at once", "half-way"])
def test_hanging_connection_is_logged_and_leaves_no_gap(bad_response: faults.BadResponse, tmp_path: Path) -> None:
    """Once per kind of request; the time-out passes in real time."""
    watched = evening(tmp_path, *(faults.first(1, bad_response, of=place) for place in PLACES), silence=1.0)
    assert sorted(watched.published) == expected()
    failed = watched.lines("edgar_request_failed")
    assert {place for place in PLACES for line in failed if place in line["path"] and line["error"]} == set(PLACES)


async def plain(_request: web.Request, respond: Respond) -> web.StreamResponse:
    """Respond without compression and without version headers."""
    right = await respond()
    body = right.body if isinstance(right, web.Response) and isinstance(right.body, bytes) else b""
    if "Content-Encoding" in right.headers:
        body = gzip.decompress(body)
    return web.Response(status=right.status, body=body, content_type=right.content_type)


def test_edgar_without_etags_and_gzip_is_watched_as_well(tmp_path: Path) -> None:
    """They are not guaranteed: pages are then sent again, and nothing is published again."""
    watched = evening(tmp_path, faults.first(1_000_000, plain))
    assert sorted(watched.published) == expected()
    assert watched.fake_edgar.traffic.statuses[304] == 0


def test_outage_of_hours_leaves_no_gap(tmp_path: Path) -> None:
    """From before the first filing until long after the index is due."""
    over = EVENING + timedelta(hours=4)
    watched = evening(tmp_path, faults.during(EVENING, over, faults.gone))
    assert sorted(watched.published) == expected()
    assert sum(asked.at < over for asked in watched.fake_edgar.traffic.asked) < 1_000


def test_untrusted_certificate_leaves_no_gap(tmp_path: Path) -> None:
    """Nothing is sent to such a server, the reason is logged, and the evening is caught up with the right one."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    watched = evening(tmp_path, until=EVENING + timedelta(minutes=30), tls=tls)
    assert watched.fake_edgar.traffic.total == 0
    assert watched.lines("poll_failed")
    assert all("certificate" in line["error"].lower() for line in watched.lines("poll_failed", "edgar_request_failed"))
    assert sorted(evening(tmp_path, begins=EVENING + timedelta(minutes=30)).published) == expected()


@pytest.mark.parametrize("listed", [0, 1, 8], ids=["none", "one", "all but one"])
def test_index_that_lacks_filings_of_the_feed_is_read_again(listed: int, tmp_path: Path) -> None:
    """It was read while it was written."""
    shown = [filing for filing in FILINGS if filing.shown_at is not None]
    part = pages.master_index(shown[:listed], last=TODAY, daily=True)
    watched = evening(
        tmp_path,
        faults.first(3, faults.replaced(part), of="/daily-index/"),
        until=EVENING + timedelta(hours=14),
        poll_interval=120,
    )
    assert sorted(watched.published) == expected()
    assert len(watched.lines("index_incomplete" if listed else "index_missing")) == 3


def test_index_that_stays_incomplete_is_accepted_after_a_day(tmp_path: Path) -> None:
    """A filing may be listed on another day, which must not keep the day open forever."""
    part = pages.master_index([filing for filing in FILINGS if filing != FILINGS[1]], last=TODAY, daily=True)
    watched = evening(
        tmp_path,
        faults.first(1_000, faults.replaced(part), of="master.20250310"),
        until=EVENING + timedelta(hours=40),
        poll_interval=120,
    )
    assert sorted(watched.published) == expected()
    told = watched.lines("index_incomplete")
    assert {line["first"] for line in told} == {FILINGS[1].accession}
    assert [line["given_up"] for line in told] == [False] * (len(told) - 1) + [True]
    assert len(told) < 60


@pytest.mark.parametrize("hours", [1, 9, 70])
def test_late_index_is_waited_for(hours: int, tmp_path: Path) -> None:
    """With a few requests per hour at most."""
    watched = evening(
        tmp_path, index_late=hours, until=index_written(TODAY) + timedelta(hours=hours + 2), poll_interval=120
    )
    assert sorted(watched.published) == expected()
    assert len(watched.fake_edgar.traffic.paths("master.20250310")) < 10 + 4 * hours


def test_filing_removed_by_edgar_delays_no_other(tmp_path: Path) -> None:
    """It is requested ever more rarely, and logged."""
    gone = FILINGS[1]
    not_there = faults.refused(404, pages.NOT_FOUND)
    watched = evening(tmp_path, faults.first(1_000, not_there, of=gone.accession))
    assert sorted(watched.published) == expected([filing for filing in FILINGS if filing != gone])
    told = watched.lines("filing_not_fetched")
    assert {line["filing_id"] for line in told} == {gone.accession}
    assert len(told) < 40


def test_submission_of_another_filing_is_not_accepted(tmp_path: Path) -> None:
    """A number must only carry the text filed under it."""
    other = faults.replaced(b"<SEC-DOCUMENT>0000000000-25-000001.txt : 20250310\n<SEC-HEADER>\n</SEC-DOCUMENT>\n")
    watched = evening(tmp_path, faults.first(5, other, of="/Archives/edgar/data/"))
    assert sorted(watched.published) == expected()
    assert all(filing.content.startswith(f"<SEC-DOCUMENT>{filing.filing_id}") for filing in published_in(tmp_path))
