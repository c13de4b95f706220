"""Writers of foreign records that bypass all of our checks: raw batches on Kafka, raw rows in SQLite."""

import json
import sqlite3
from base64 import b64encode
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from contracts.topics import Topic
from services.runtime.data_directory import FILE_NAME
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.kafka.clients import KafkaClients
from services.runtime.settings import KafkaSettings

RawHeaders = tuple[tuple[bytes, bytes | None], ...]
_LARGEST: Final = 9 * 1024 * 1024
_ZSTD: Final = 4


@dataclass(frozen=True)
class ForeignRecord:
    """A foreign record of any shape. It is `good` if it contains a number, however unusual it is otherwise."""

    name: str
    value: bytes | None
    key: bytes | None = b"home"
    headers: RawHeaders = ()
    timestamp_ms: int = 1_700_000_000_000
    good: bool = False

    def __str__(self) -> str:
        return self.name


class _RawName(str):
    """A header name with given bytes: aiokafka calls its `encode`."""

    __slots__ = ("raw",)
    raw: bytes

    def encode(self, *_: object) -> bytes:
        return self.raw


def raw_name(raw: bytes) -> str:
    """Return a header name that aiokafka writes as exactly these bytes."""
    name = _RawName("raw")
    name.raw = raw
    return name


async def put(
    place: Path | KafkaSettings,
    topic: Topic,
    partition: int,
    records: Sequence[ForeignRecord],
    *,
    together: bool = False,
) -> None:
    """Append the records to the partition: on Kafka one batch per record, or one compressed batch if `together`."""
    if isinstance(place, KafkaSettings):
        await _put_kafka(place, topic, partition, records, together=together)
    else:
        _put_embedded(place, topic, partition, records)


async def _put_kafka(
    settings: KafkaSettings, topic: Topic, partition: int, records: Sequence[ForeignRecord], *, together: bool
) -> None:
    producer = AIOKafkaProducer(**KafkaClients(settings)._connection(), max_request_size=_LARGEST)
    await producer.start()
    try:
        for some in [records] if together else [[record] for record in records]:
            batch = producer.create_batch()
            batch._builder = _DefaultRecordBatchBuilderPy(  # the compiled builder encodes names itself
                2, _ZSTD if together else 0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0,
                batch_size=_LARGEST,
            )  # fmt: skip
            for record in some:
                headers = [(raw_name(name), value) for name, value in record.headers]
                batch.append(timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=headers)
            batch.close()
            await (await producer.send_batch(batch, topic.name, partition=partition))
    finally:
        await producer.stop()


def _put_embedded(directory: Path, topic: Topic, partition: int, records: Sequence[ForeignRecord]) -> None:
    for record in records:
        pairs: list[list[Any]] = [
            [name.decode("latin-1"), None if value is None else b64encode(value).decode()]
            for name, value in record.headers
        ]
        text = json.dumps(pairs, ensure_ascii=False).encode("latin-1")
        key = 0 if record.key is None else record.key
        put_row(directory, topic, partition, key=key, value=record.value, headers=text, at=record.timestamp_ms)


def put_row(
    directory: Path,
    topic: Topic,
    partition: int,
    *,
    key: object = b"home",
    value: object = b"1",
    headers: object = b"[]",
    at: object = 0,
) -> None:
    """Append a row with any values in its columns; headers are bytes stored as text."""
    EmbeddedLog(directory).close()
    with closing(sqlite3.connect(directory / FILE_NAME)) as db, db:
        db.execute("BEGIN IMMEDIATE")  # other processes may write: the end must not move between the two statements
        found = db.execute(
            "SELECT next FROM ends WHERE topic = ? AND partition = ?", (topic.name, partition)
        ).fetchone()
        offset = found[0] if found else 0
        db.execute(
            "INSERT INTO records (topic, partition, offset, timestamp_ms, key, value, headers) "
            "VALUES (?, ?, ?, ?, ?, ?, CAST(? AS TEXT))",
            (topic.name, partition, offset, at, key, value, headers),
        )
        db.execute("INSERT OR REPLACE INTO ends VALUES (?, ?, ?)", (topic.name, partition, offset + 1))
