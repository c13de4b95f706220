"""Metrics and readiness, the same on both engines: counts, lag, and whether a service is ready."""

import asyncio
from collections.abc import Callable

import pytest

from contracts.errors import TransientError
from services.runtime.health import Verdict
from services.runtime.instruments import Instruments
from services.runtime.kafka import lag_monitor
from services.runtime.port import Record
from services.runtime.prometheus import PrometheusMeter
from tests.engines.bench import Bench, within
from tests.engines.processors import CountingSource, Totals
from tests.probes.monitor import value, values

KEYS = [f"key-{n}" for n in range(6)]


@pytest.fixture
def instruments(monkeypatch: pytest.MonkeyPatch) -> Instruments:
    """Return the instruments of one process, which query a broker often."""
    monkeypatch.setattr(lag_monitor, "_EVERY_SECONDS", 0.05)
    return Instruments(PrometheusMeter())


def scrape(instruments: Instruments) -> str:
    """Return the text that a monitoring system would scrape."""
    return instruments.meter.text().decode()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the engine reports this."""

    async def come_true() -> None:
        while not condition():  # noqa: ASYNC110 - polls, as a monitor does
            await asyncio.sleep(0.02)

    await within(come_true())


async def test_batches_are_counted_when_they_are_committed(bench: Bench, instruments: Instruments) -> None:
    """Records, outputs, dead letters by code and one transaction per batch are counted; the lag becomes exactly 0."""
    topics, stop = bench.topics, asyncio.Event()
    service = topics.service()
    numbers = [topics.number(KEYS[n % len(KEYS)], n) for n in range(60)]
    await bench.engine().publish([*numbers, topics.number("a", "poison")])
    running = asyncio.create_task(bench.engine(instruments=instruments).run(service, stop))

    def lags() -> list[float]:
        found = values(scrape(instruments))
        return [count for (name, _), count in found.items() if name == "insidertape_consumer_lag_records"]

    await until(lambda: instruments.health.readiness().ok)
    await until(lambda: len(lags()) == 4 and not any(lags()) and _records(instruments, service.name) == 61)
    text, labels = scrape(instruments), {"service": service.name}
    assert value(text, "insidertape_outputs_total", **labels) == 121
    assert value(text, "insidertape_dead_letters_total", **labels, code="no_number") == 1
    assert value(text, "insidertape_assigned_partitions", **labels) == 4
    committed = value(text, "insidertape_transactions_total", **labels, outcome="committed")
    assert committed == value(text, "insidertape_batch_records_count", **labels)
    assert committed == value(text, "insidertape_transaction_seconds_count", **labels)
    assert value(text, "insidertape_batch_records_sum", **labels) == 61
    assert 0 < value(text, "insidertape_event_age_seconds_sum", **labels) < 3_600 * committed
    assert value(text, "insidertape_restore_seconds_count", **labels) == 4
    stop.set()
    await within(running)
    assert not instruments.health.readiness().ok


def _records(instruments: Instruments, service: str) -> float:
    return values(scrape(instruments)).get(("insidertape_records_total", (("service", service),)), 0.0)


async def test_failed_transaction_is_counted_without_its_records(
    bench: Bench, instruments: Instruments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records that were processed twice count once: the metrics describe the log."""
    topics = bench.topics
    service = topics.service()
    await bench.engine().publish([topics.number("one", n) for n in range(10)])
    error = TransientError("test", "the outcome of the commit is unknown")
    with bench.failing_commits(monkeypatch, error, times=2):
        await bench.drain(service, bench.engine(instruments=instruments))
    text, labels = scrape(instruments), {"service": service.name}
    assert value(text, "insidertape_transactions_total", **labels, outcome="failed") == 2
    assert value(text, "insidertape_records_total", **labels) == 10
    assert value(text, "insidertape_outputs_total", **labels) == 20


async def test_service_is_not_ready_while_its_state_is_restored(bench: Bench, instruments: Instruments) -> None:
    """It reports the partition that is being restored; afterwards it is ready, and its keys are counted."""
    topics = bench.topics
    await bench.engine().publish([topics.number("key-0", n) for n in range(3)])
    await bench.drain(topics.service())
    seen: list[Verdict] = []

    class Watched(Totals):
        @property
        def keys(self) -> int:
            return len(self.totals)

        def restore(self, record: Record) -> None:
            seen.append(instruments.health.readiness())
            super().restore(record)

    stop = asyncio.Event()
    service = topics.service(lambda: Watched(topics))
    running = asyncio.create_task(bench.engine(instruments=instruments).run(service, stop))
    await until(lambda: instruments.health.readiness().ok)
    assert seen
    assert not any(verdict.ok for verdict in seen)
    assert all("is being restored" in verdict.message for verdict in seen)
    keys = [count for (name, _), count in values(scrape(instruments)).items() if name == "insidertape_restored_keys"]
    assert sorted(keys) == [0, 0, 0, 1]
    stop.set()
    await within(running)


async def test_source_is_ready_once_its_cursor_is_restored(bench: Bench, instruments: Instruments) -> None:
    """Its published records are counted; after it has ended it is no longer ready."""
    topics = bench.topics
    seen: list[bool] = []
    source = topics.source_service(
        lambda: CountingSource(topics, 30, after=lambda _: seen.append(instruments.health.readiness().ok))
    )
    await within(bench.engine(instruments=instruments).run_source(source, asyncio.Event()))
    assert seen
    assert all(seen)
    assert not instruments.health.readiness().ok
    text = scrape(instruments)
    assert value(text, "insidertape_outputs_total", service=source.label) == 30 + 5
    assert value(text, "insidertape_transactions_total", service=source.label, outcome="committed") == 5
