"""The lag of the embedded engine, which is always exact."""

import asyncio
from pathlib import Path

import pytest

from contracts.errors import TransientError
from services.runtime.batch import MOST_RECORDS
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog, OffsetConflictError
from services.runtime.health import ProcessHealth
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.pipeline import run_pipeline
from services.runtime.prometheus import PrometheusMeter
from tests.probes.monitor import value
from tests.unit.runtime.builders import Doubling, number, service


async def test_lag_is_the_number_of_records_left_after_each_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch has at most 2,000 records: of 2,500, 500 are left after the first one, and none after the second."""
    lags: list[int] = []
    monkeypatch.setattr(ServiceInstruments, "lag", lambda _self, _partition, records: lags.append(records))
    engine = EmbeddedEngine(EmbeddedLog(tmp_path, partitions=1), instruments=Instruments(PrometheusMeter()))
    await engine.publish([number(1) for _ in range(MOST_RECORDS + 500)])
    await run_pipeline(engine, (), (service(Doubling()),), asyncio.Event(), once=True)
    assert lags[:2] == [500, 0]
    assert not any(lags[2:])
    await engine.close()


async def test_busy_log_makes_a_service_unready_until_it_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process holds the file: the reason is shown until the next success."""
    instruments = Instruments(PrometheusMeter(), ProcessHealth())
    engine = EmbeddedEngine(EmbeddedLog(tmp_path, partitions=1), instruments=instruments)
    heartbeat, seen = EmbeddedLog.heartbeat, list[str]()

    def busy(self: EmbeddedLog, *args: object, **kwargs: object) -> list[str]:
        seen.append(instruments.health.readiness().message)
        if "will be retried" not in seen[-1]:
            raise TransientError("log_busy", "another process holds the file")
        return heartbeat(self, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(EmbeddedLog, "heartbeat", busy)
    await engine.publish([number(1)])
    await run_pipeline(engine, (), (service(Doubling()),), asyncio.Event(), once=True)
    assert seen[-1] == "doubling: will be retried: log_busy: another process holds the file"
    text = instruments.meter.text().decode()
    assert value(text, "insidertape_records_total", service="doubling") == 1
    await engine.close()


async def test_batch_that_another_member_committed_first_is_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is counted as void, and its records once, when they are committed."""
    instruments = Instruments(PrometheusMeter())
    engine = EmbeddedEngine(EmbeddedLog(tmp_path, partitions=1), instruments=instruments)
    commit, failed = EmbeddedLog.commit_offset, list[str]()

    def conflict_once(self: EmbeddedLog, *args: object, **kwargs: object) -> None:
        if not failed:
            failed.append("void")
            raise OffsetConflictError("offset_conflict", "another process has moved the group's offset")
        commit(self, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(EmbeddedLog, "commit_offset", conflict_once)
    await engine.publish([number(1), number(2)])
    await run_pipeline(engine, (), (service(Doubling()),), asyncio.Event(), once=True)
    text = instruments.meter.text().decode()
    assert value(text, "insidertape_transactions_total", service="doubling", outcome="void") == 1
    assert value(text, "insidertape_transactions_total", service="doubling", outcome="committed") == 1
    assert value(text, "insidertape_records_total", service="doubling") == 2
    await engine.close()
