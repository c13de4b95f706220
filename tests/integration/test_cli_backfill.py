"""`insidertape backfill` as a process, against a fake EDGAR: alone, killed, and next to a watcher."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.codec import decode
from contracts.envelope import Delivery, delivery_of
from contracts.filing_published import FilingPublished, FilingSource
from contracts.topics import ALERTS, FILINGS, POSITIONS, TRANSACTIONS, Topic
from deploy.kafka.local import LocalKafka
from services.runtime.clock import SystemClock
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.port import Record
from services.runtime.settings import KafkaSettings
from services.section16.edgar_calendar import eastern_day
from services.watcher.edgar.submission import Origin, filing_from_submission
from services.watcher.publication import filing_output
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar
from tests.edgar.filings import EASTERN, Filing, bulk_text, submission_text
from tests.edgar.samples import make_filing
from tests.unit.cli.command import insidertape, running

CONTACT = "Jane Doe jane@example.com"
NOW = datetime.now(UTC)
TODAY = eastern_day(NOW)


def filed(days_ago: int, number: int, *, form: str = "4") -> Filing:
    """Return a filing from noon Eastern, the given number of days before today."""
    day = TODAY - timedelta(days=days_ago)
    return make_filing(number, datetime(day.year, day.month, day.day, 12, number % 60, tzinfo=EASTERN), form=form)


PAST = [filed(days_ago, 100 * days_ago + number) for days_ago in (3, 2, 1) for number in range(6)]
SINCE = str(TODAY - timedelta(days=3))


@asynccontextmanager
async def serving(filings: Sequence[Filing]) -> AsyncIterator[tuple[FakeEdgar, dict[str, str]]]:
    """Yield a fake EDGAR with these filings and immediate indexes, and the variables that point commands to it."""
    catalog = Catalog(filings, index_appears=lambda day: datetime(day.year, day.month, day.day, tzinfo=EASTERN))
    fake_edgar = FakeEdgar(catalog, SystemClock())
    async with fake_edgar.running() as origin:
        yield fake_edgar, {"INSIDERTAPE_EDGAR_URL": origin, "INSIDERTAPE_EDGAR_CONTACT": CONTACT}


async def records(data: Path, topic: Topic) -> list[Record]:
    """Return the records of a topic in the data directory."""
    engine = EmbeddedEngine(EmbeddedLog(data, read_only=True))
    try:
        async with aclosing(engine.read((topic,), follow=False)) as found:
            return [record async for record in found]
    finally:
        await engine.close()


async def published(data: Path) -> list[str]:
    """Return the accession numbers of all published filings, sorted."""
    found = [decode(record.value, FilingPublished).filing_id for record in await records(data, FILINGS)]
    return sorted(found)


async def test_a_backfill_publishes_past_filings_once_and_updates_positions(tmp_path: Path) -> None:
    """Each filing is published once, however often the command runs; its alerts are marked as backfilled."""
    async with serving([*PAST, make_filing(999, NOW)]) as (_, variables):
        words: tuple[str | Path, ...] = ("backfill", "--from", SINCE, "--rate", "8", "--data", tmp_path)
        first = await asyncio.to_thread(insidertape, *words, **variables)
        assert first.returncode == 0, first.stderr
        assert "18 filings published." in first.stdout
        again = await asyncio.to_thread(insidertape, *words, **variables)
        assert "0 filings published." in again.stdout
    assert await published(tmp_path) == sorted(filing.accession for filing in PAST)
    assert {delivery_of(record.headers) for record in await records(tmp_path, ALERTS)} == {"backfill"}
    shown = {
        delivery: insidertape("alerts", "--delivery", delivery, "--format", "jsonl", "--data", tmp_path).stdout
        for delivery in ("live", "backfill")
    }
    assert shown["live"] == ""
    assert len(shown["backfill"].splitlines()) == len(await records(tmp_path, ALERTS)) > 0


async def test_with_bulk_whole_days_are_read_from_archives(tmp_path: Path) -> None:
    """This takes one request per day and one for the index, and none per filing; other forms are left out."""
    filings = [filed(1, number, form="4" if number % 3 else "3") for number in range(60)]
    async with serving(filings) as (fake_edgar, variables):
        words: tuple[str | Path, ...] = (
            "backfill",
            "--from",
            str(TODAY - timedelta(days=1)),
            "--forms",
            "4,4/A",
            "--bulk",
            "--data",
            tmp_path,
        )
        run = await asyncio.to_thread(insidertape, *words, **variables)
        assert "40 filings published." in run.stdout, run.stderr
        assert fake_edgar.traffic.total == len(fake_edgar.traffic.paths("/full-index/")) + 1
    assert await published(tmp_path) == sorted(filing.accession for filing in filings if filing.form == "4")


async def test_a_killed_backfill_continues_where_it_stopped(tmp_path: Path) -> None:
    """After SIGKILL, what was published is kept and not fetched again."""
    async with serving(PAST) as (fake_edgar, variables):
        words: tuple[str | Path, ...] = ("backfill", "--from", SINCE, "--data", tmp_path)
        given = {**variables, "INSIDERTAPE_LOG_FORMAT": "json"}
        with running(*words, variables=given) as run:
            shown = json.loads(await asyncio.to_thread(run.err.until, '"day_backfilled"'))
            run.process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(run.ends)
        before = await published(tmp_path)
        assert set(before) < {filing.accession for filing in PAST}
        assert shown["filings"] == 6
        again = await asyncio.to_thread(insidertape, *words, **variables)
        assert f"{18 - len(before)} filings published." in again.stdout, again.stderr
        fetched = [path.rpartition("/")[2].removesuffix(".txt") for path in fake_edgar.traffic.paths("/edgar/data/")]
    assert all(fetched.count(number) == 1 for number in before)
    assert await published(tmp_path) == sorted(filing.accession for filing in PAST)


async def test_an_interrupted_backfill_reports_that_the_same_command_continues(tmp_path: Path) -> None:
    """The exit status is that of an interrupt."""
    async with serving(PAST) as (_, variables):
        words: tuple[str | Path, ...] = ("backfill", "--from", SINCE, "--data", tmp_path)
        with running(*words, variables={**variables, "INSIDERTAPE_LOG_FORMAT": "json"}) as run:
            await asyncio.to_thread(run.err.until, '"batch_committed"')
            run.process.send_signal(signal.SIGINT)
            await asyncio.to_thread(run.out.until, "Stopped early; the same command continues from here.")
            assert await asyncio.to_thread(run.ends) == 130


async def test_a_live_watcher_and_a_backfill_publish_different_days(tmp_path: Path) -> None:
    """Two processes share one log: the watcher publishes today's filings, the backfill earlier ones, each once."""
    today = [make_filing(number, NOW) for number in range(4)]
    async with serving([*PAST, *today]) as (fake_edgar, variables):
        given = {**variables, "INSIDERTAPE_LOG_FORMAT": "json"}
        with running("run", "--edgar", "--data", tmp_path, variables=given) as live:
            await asyncio.to_thread(live.err.until, '"edgar_cycle"')
            words: tuple[str | Path, ...] = ("backfill", "--from", SINCE, "--to", str(TODAY), "--data", tmp_path)
            run = await asyncio.to_thread(insidertape, *words, **variables)
            live.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(live.ends)
        assert "18 filings published." in run.stdout, run.stderr
        assert f"Ended early: {TODAY - timedelta(days=1)} is the last complete day." in run.stdout
        assert fake_edgar.traffic.most_in_a_second <= 8
    assert await published(tmp_path) == sorted(filing.accession for filing in (*PAST, *today))
    came = {decode(record.value, FilingPublished).filing_id: record for record in await records(tmp_path, FILINGS)}
    assert {delivery_of(came[filing.accession].headers) for filing in today} == {"live"}
    assert {delivery_of(came[filing.accession].headers) for filing in PAST} == {"backfill"}


async def test_a_filing_published_by_watcher_and_backfill_counts_once(tmp_path: Path) -> None:
    """An archive and the live source have the same id and the same transactions for it, and holdings applies one."""
    filing = PAST[0]
    engine = EmbeddedEngine(EmbeddedLog(tmp_path))
    texts: tuple[tuple[str, FilingSource, Delivery], ...] = (
        (submission_text(filing), "edgar-index", "live"),
        (bulk_text(filing), "edgar-bulk", "backfill"),
    )
    for text, source, delivery in texts:
        origin = Origin(filing.accession, "4", source, "https://example.com/a.txt")
        published = filing_from_submission(text.encode(), origin, observed_at=NOW)
        await engine.publish([filing_output(published, source="watcher/edgar", delivery=delivery)])
    await engine.close()
    run = await asyncio.to_thread(insidertape, "run", "--once", "--data", tmp_path)
    assert run.returncode == 0, run.stderr
    assert len(await records(tmp_path, FILINGS)) == 2
    transactions = await records(tmp_path, TRANSACTIONS)
    assert len({dict(record.headers)["ce_id"] for record in transactions}) == 1
    assert len(await records(tmp_path, POSITIONS)) == 1
    assert [delivery_of(record.headers) for record in await records(tmp_path, ALERTS)] == ["live"]


@pytest.mark.kafka
async def test_on_kafka_a_backfill_and_a_watcher_publish_to_the_same_services(own_kafka: LocalKafka) -> None:
    """Each process has its own transactional id, and knows what the other has published."""
    place = ("--kafka", own_kafka.bootstrap_servers)
    today = [make_filing(number, NOW) for number in range(4)]
    async with serving([*PAST, *today]) as (_, variables):
        applied = await asyncio.to_thread(insidertape, "topics", "apply", *place)
        assert applied.returncode == 0, applied.stderr
        words: tuple[str, ...] = ("backfill", "--from", SINCE, "--to", str(TODAY), *place)
        with running("watcher", "--edgar", *place, variables={**variables, "INSIDERTAPE_LOG_FORMAT": "json"}) as live:
            await asyncio.to_thread(live.err.until, '"edgar_cycle"')
            runs = [await asyncio.to_thread(insidertape, *words, **variables) for _ in range(2)]
            live.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(live.ends) == 0
    assert "18 filings published." in runs[0].stdout, runs[0].stderr
    assert "0 filings published." in runs[1].stdout, runs[1].stderr
    engine = KafkaEngine(KafkaSettings(kafka_bootstrap_servers=own_kafka.bootstrap_servers))
    async with aclosing(engine.read((FILINGS,), follow=False)) as found:
        numbers = [(record.key or b"").decode() async for record in found]
    assert sorted(numbers) == sorted(filing.accession for filing in (*PAST, *today))


def test_without_a_contact_no_request_is_sent(tmp_path: Path) -> None:
    """EDGAR requires a contact in each request."""
    refused = insidertape("backfill", "--from", "2024-05-01", "--data", tmp_path / "data")
    assert refused.returncode == 78
    assert "no_contact: " in refused.stderr
    assert not (tmp_path / "data").exists()
