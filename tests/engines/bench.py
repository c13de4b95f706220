"""A log of either engine behind one interface, for tests that run on both."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from aiokafka import AIOKafkaProducer

from contracts.topics import Topic
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.engine import Engine
from services.runtime.instruments import Instruments
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Record, Service
from services.runtime.settings import KafkaSettings
from tests.engines.processors import Numbers
from tests.engines.topic_contents import committed_records

PATIENCE_SECONDS = 60
T = TypeVar("T")


class Bench:
    """A log of one kind, and any number of engines on it, each like a separate process."""

    def __init__(self, place: Path | KafkaSettings, topics: Numbers | None = None) -> None:
        self.topics = topics or Numbers()
        self._place = place
        self._engines: list[Engine] = []

    def engine(self, *, dead_letter_share: float = 1.0, instruments: Instruments | None = None) -> Engine:
        """Return another engine on the same log."""
        engine: Engine
        if isinstance(self._place, KafkaSettings):
            engine = KafkaEngine(self._place, dead_letter_share=dead_letter_share, instruments=instruments)
        else:
            log = EmbeddedLog(self._place)
            engine = EmbeddedEngine(log, dead_letter_share=dead_letter_share, instruments=instruments)
        self._engines.append(engine)
        return engine

    async def close(self) -> None:
        """Close every engine."""
        for engine in self._engines:
            await engine.close()

    async def drain(self, service: Service, engine: Engine | None = None) -> None:
        """Run the service until it has processed everything."""
        await within(run_pipeline(engine or self.engine(), (), (service,), asyncio.Event(), once=True))

    async def records(self, topic: Topic) -> list[Record]:
        """Return all committed records of the topic, partition by partition."""
        return await committed_records(self.engine(), topic)

    async def values(self, topic: Topic) -> list[tuple[str, int]]:
        """Return all committed records as key and number, in the log's order within a key."""
        return [((r.key or b"").decode(), int(r.value or b"0")) for r in await self.records(topic)]

    @contextmanager
    def failing_commits(self, monkeypatch: pytest.MonkeyPatch, error: Exception, *, times: int = 1) -> Iterator[None]:
        """Make the first commits fail at the end: outputs are written, but the transaction is not committed."""
        left = [times]
        if isinstance(self._place, Path):
            commit = EmbeddedLog.commit_offset

            def fail(self: EmbeddedLog, *args: object, **kwargs: object) -> None:
                commit(self, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
                if left[0]:
                    left[0] -= 1
                    raise error

            patch: tuple[object, str, object] = (EmbeddedLog, "commit_offset", fail)
        else:
            end = AIOKafkaProducer.commit_transaction

            async def fail_async(self: AIOKafkaProducer) -> None:
                if left[0]:
                    left[0] -= 1
                    raise error
                await end(self)

            patch = (AIOKafkaProducer, "commit_transaction", fail_async)
        with monkeypatch.context() as patched:
            patched.setattr(*patch)
            yield


async def within(work: Awaitable[T]) -> T:
    """Await with a time limit: a hang is a failure."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await work
