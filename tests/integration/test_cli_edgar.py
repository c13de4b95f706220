"""`insidertape run --edgar` and `watcher --edgar` as processes, against a fake EDGAR."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from contracts.topics import FILINGS
from deploy.kafka.local import LocalKafka
from services.runtime.clock import SystemClock
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.metric_names import METRICS
from services.runtime.settings import KafkaSettings, load
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar, Respond
from tests.edgar.filings import Filing
from tests.edgar.samples import make_filing
from tests.probes.monitor import ask, free_port, names, until
from tests.unit.cli.command import PATIENCE, TYPED, insidertape, running

CONTACT = "Jane Doe jane@example.com"
NOW = datetime.now(UTC)


@asynccontextmanager
async def serving(filings: Sequence[Filing]) -> AsyncIterator[tuple[FakeEdgar, dict[str, str]]]:
    """Yield a fake EDGAR with these filings, and the variables that point commands to it."""
    fake_edgar = FakeEdgar(Catalog(filings), SystemClock())
    async with fake_edgar.running() as origin:
        yield fake_edgar, {"INSIDERTAPE_EDGAR_URL": origin, "INSIDERTAPE_EDGAR_CONTACT": CONTACT}


@pytest.mark.parametrize("command", [("run", "--edgar"), ("watcher", "--edgar", "--kafka", "127.0.0.1:1")])
def test_without_a_contact_nothing_starts(command: tuple[str, ...], tmp_path: Path) -> None:
    """The error says what is missing and how to give it, and no file is left behind."""
    refused = insidertape(*command, INSIDERTAPE_DATA=str(tmp_path / "data"))
    assert refused.returncode == 78
    assert "no_contact" in refused.stderr
    assert "--contact" in refused.stderr
    assert not (tmp_path / "data").exists()


async def test_one_pass_publishes_each_filing_in_todays_feed_once(tmp_path: Path) -> None:
    """A filing with two owners counts once, other forms are skipped; a second pass fetches no filing."""
    filings = [
        make_filing(1, NOW, owners=2),
        make_filing(2, NOW, form="4/A"),
        make_filing(3, NOW, form="3"),
        make_filing(4, NOW, form="424B2"),
    ]
    async with serving(filings) as (fake_edgar, variables):
        words = ("run", "--once", "--edgar", "--data", tmp_path)
        first = await asyncio.to_thread(insidertape, *words, **variables)
        assert first.returncode == 0, first.stderr
        assert "3 filings parsed" in first.stdout
        assert f"{TYPED} run --edgar --data {tmp_path}" in first.stdout
        fetched = fake_edgar.traffic.paths("/Archives/edgar/data/")
        assert len(fetched) == 3
        again = await asyncio.to_thread(insidertape, *words, **variables)
        assert "Nothing new." in again.stdout
        assert fake_edgar.traffic.paths("/Archives/edgar/data/") == fetched


async def test_a_watching_run_logs_each_cycle_and_serves_metrics_on_the_given_port(tmp_path: Path) -> None:
    """The log line and the metrics agree. After SIGTERM the run ends, and nothing listens any more."""
    port = free_port()
    async with serving([make_filing(1, NOW), make_filing(2, NOW)]) as (_, variables):
        given = {**variables, "INSIDERTAPE_METRICS_PORT": str(port)}
        with running("run", "--edgar", "--contact", CONTACT, "--data", tmp_path, variables=given) as run:
            lines = [json.loads(await asyncio.to_thread(run.err.until, '"edgar_cycle"'))]
            assert lines[0]["published"] == lines[0]["new"] == 2
            assert lines[0]["requests"] == 3 + 2
            assert lines[0]["behind_seconds"] >= 0
            metrics = (await asyncio.to_thread(ask, port, "/metrics")).text
            assert 'insidertape_edgar_published_total{source="edgar-current"} 2.0' in metrics
            assert "insidertape_edgar_requests_total 5.0" in metrics
            assert 'insidertape_outputs_total{service="watcher.edgar"}' in metrics
            assert 'insidertape_watcher_last_success_timestamp_seconds{source="edgar"}' in metrics
            assert names(metrics) >= {metric.name for metric in METRICS if "EDGAR" in metric.only}
            await asyncio.to_thread(until, port, "/readyz", 200, "watcher.edgar: open")
            run.process.send_signal(signal.SIGTERM)
            assert "2 filings parsed" in "\n".join(await asyncio.to_thread(run.out.rest))
            assert await asyncio.to_thread(run.ends) == 0
    with pytest.raises(OSError, match="refused"):
        ask(port, "/metrics")


async def test_a_killed_run_continues_where_it_stopped(tmp_path: Path) -> None:
    """After SIGKILL at any time, published filings are not published again, and those filed meanwhile are."""
    before, meanwhile = (
        [make_filing(n, NOW) for n in range(5)],
        [make_filing(n, NOW + timedelta(seconds=1)) for n in range(5, 9)],
    )
    async with serving(before) as (fake_edgar, variables):
        with running("run", "--edgar", "--data", tmp_path, variables=variables) as run:
            await asyncio.to_thread(run.err.until, '"edgar_cycle"')
            run.process.kill()
        fake_edgar.catalog = Catalog([*before, *meanwhile])
        words = ("run", "--once", "--edgar", "--data", tmp_path)
        again = await asyncio.to_thread(insidertape, *words, **variables)
        assert again.returncode == 0, again.stderr
        paths = fake_edgar.traffic.paths("/Archives/edgar/data/")
        assert len(paths) == len(set(paths)) == 9


@pytest.mark.kafka
async def test_on_kafka_a_killed_watcher_and_the_next_publish_each_filing_once(own_kafka: LocalKafka) -> None:
    """The pending filings are restored from the compacted topic; the services process them as usual."""
    before, meanwhile = (
        [make_filing(n, NOW) for n in range(60)],
        [make_filing(n, NOW + timedelta(seconds=1)) for n in range(60, 70)],
    )
    place = ("--kafka", own_kafka.bootstrap_servers)
    assert (await asyncio.to_thread(insidertape, "topics", "apply", *place)).returncode == 0
    async with serving(before) as (fake_edgar, variables):
        asked = asyncio.Event()

        async def fiftieth(request: web.Request, _now: datetime, respond: Respond) -> web.StreamResponse:
            if len(fake_edgar.traffic.paths("/Archives/edgar/data/")) >= 49 and "/data/" in request.path:
                asked.set()
            return await respond()

        fake_edgar.faults.append(fiftieth)
        with running("watcher", "--edgar", *place, variables=variables) as watcher:
            async with asyncio.timeout(PATIENCE):
                await asked.wait()
            watcher.process.kill()
        fake_edgar.catalog = Catalog([*before, *meanwhile])
        with running("watcher", "--edgar", *place, variables=variables) as watcher:
            line = json.loads(await asyncio.to_thread(watcher.err.until, '"edgar_cycle"'))
            assert line["waiting"] == 0
            watcher.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(watcher.ends) == 0
    engine = KafkaEngine(load(KafkaSettings, kafka_bootstrap_servers=own_kafka.bootstrap_servers))
    published = [record.key or b"" async for record in engine.read((FILINGS,), follow=False)]
    assert sorted(published) == sorted(filing.accession.encode() for filing in [*before, *meanwhile])
    parsed = await asyncio.to_thread(insidertape, "run", "--once", *place)
    assert "70 filings parsed" in parsed.stdout
