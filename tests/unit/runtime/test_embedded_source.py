"""A source on the embedded engine starts with a cursor without old tombstones."""

import asyncio
from pathlib import Path

from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Output
from tests.engines.processors import CountingSource, Numbers

YEAR_MS = 365 * 86_400_000


async def test_old_tombstones_of_the_cursor_are_not_read_again(tmp_path: Path) -> None:
    """A watcher deletes a cursor record for every filing it has published."""
    topics, log = Numbers(), EmbeddedLog(tmp_path)
    engine = EmbeddedEngine(log)
    with log.transaction():
        log.append([Output(topics.cursor, f"numbers|{n}".encode(), None, routing=b"numbers") for n in range(3)])
        log._db.execute("UPDATE records SET timestamp_ms = timestamp_ms - ?", (YEAR_MS,))
    await engine.run_source(topics.source_service(lambda: CountingSource(topics, 10)), asyncio.Event())
    marks = [record async for record in engine.read((topics.cursor,), follow=False) if record.value is None]
    await engine.close()
    assert marks == []
