"""The contents of a topic on either engine."""

from contracts.topics import POSITIONS, Topic
from services.runtime.engine import Engine
from services.runtime.port import Record


async def committed_records(engine: Engine, topic: Topic) -> list[Record]:
    """Return all committed records, partition by partition: a broker returns the partitions in any order."""
    found = [record async for record in engine.read((topic,), follow=False)]
    return sorted(found, key=lambda record: (record.partition, record.offset))


async def current_books(engine: Engine) -> dict[bytes | None, bytes]:
    """Return the current value of each key of the positions."""
    latest = {record.key: record.value for record in await committed_records(engine, POSITIONS)}
    return {key: value for key, value in latest.items() if value is not None}
