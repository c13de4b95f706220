"""Records of one partition that were fetched and are not being processed yet."""

import asyncio
from collections import deque
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.batch import MOST_BYTES, MOST_RECORDS
from services.runtime.port import Record


class Inbox:
    """A partition's fetched records. It pauses the consumer when full, and resumes it when empty.

    `arrived` is set when there may be something to take. `records_seen` counts the records among the `offsets_seen`
    offsets that the consumer moved over; the other offsets were commit markers.
    """

    def __init__(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        self.is_open = False
        self.arrived = asyncio.Event()
        self.records_seen = 0
        self.offsets_seen = 0
        self._consumer = consumer
        self._partition = partition
        self._records: deque[Record] = deque()
        self._expected = 0  # the offset after the last record put in

    def __len__(self) -> int:
        """Return how many records can be taken."""
        return len(self._records)

    def put(self, records: Sequence[Record]) -> None:
        """Put in what was fetched, except records from before the offset it was opened at."""
        if not self.is_open:
            return
        for record in records:
            if record.offset >= self._expected:
                self._records.append(record)
                self.records_seen += 1
                self.offsets_seen += record.offset + 1 - self._expected
                self._expected = record.offset + 1
        self.arrived.set()
        if len(self._records) >= MOST_RECORDS or _size(self._records) >= MOST_BYTES:
            self._consumer.pause(self._partition)

    def take(self) -> list[Record]:
        """Take the records of one batch; none if the inbox is empty."""
        taken: list[Record] = []
        size = 0
        while self._records and len(taken) < MOST_RECORDS and size < MOST_BYTES:
            taken.append(self._records.popleft())
            size += len(taken[-1].value or b"")
        if taken and not self._records and self.is_open and self._partition in self._consumer.assignment():
            self._consumer.resume(self._partition)
        return taken

    def open_at(self, offset: int) -> None:
        """Discard what is in it, and have the consumer fetch from this offset on."""
        self._expected = offset
        self._records.clear()
        self._consumer.seek(self._partition, offset)
        self._consumer.resume(self._partition)
        self.is_open = True

    def close(self) -> None:
        """Discard what is in it, and put nothing in until it is opened again."""
        self.is_open = False
        self._records.clear()


def _size(records: deque[Record]) -> int:
    return sum(len(record.value or b"") for record in records)
