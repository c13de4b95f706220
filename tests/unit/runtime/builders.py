"""Topics, records and a service for the tests of the runtime's parts."""

from collections.abc import Sequence

from contracts.topics import Topic, dead_letter_topic
from services.runtime.port import Output, Processed, Processor, Record, Service

NUMBERS = Topic(
    name="test.numbers.v1",
    description="of tests",
    event=None,
    key="key",
    partition_key="key",
    cleanup="delete",
    retention_ms=-1,
    max_message_bytes=32 * 1024,
)
STATE = Topic(
    name="test.state.v1",
    description="of tests, compacted",
    event=None,
    key="key",
    partition_key="key",
    cleanup="compact",
    retention_ms=-1,
    max_message_bytes=32 * 1024,
)
DEAD_LETTERS = dead_letter_topic(NUMBERS, "doubling")


def record(value: bytes | None = b"1", *, offset: int = 0, key: bytes | None = b"k") -> Record:
    """Return a record of the numbers."""
    return Record(NUMBERS.name, 3, offset, key, value, (("ce_id", b"id"), ("origin", b"\xff\x00")), 1_700_000_000_000)


def number(value: object, key: str = "k", topic: Topic = NUMBERS) -> Output:
    """Return a number to be written."""
    return Output(topic, key.encode(), str(value).encode())


def service(processor: Processor, name: str = "doubling") -> Service:
    """Return a service that reads the numbers."""
    return Service(
        name, input_topic=NUMBERS, output_topics=(STATE,), dead_letters=DEAD_LETTERS, processor=lambda: processor
    )


class Doubling:
    """Doubles numbers; `trouble` contains the error to raise for a value."""

    def __init__(self, trouble: dict[bytes | None, Exception] | None = None) -> None:
        self._trouble = trouble or {}

    def restore(self, record: Record) -> None:
        """Ignore the record: there is no state."""

    def process(self, record: Record) -> Processed:
        """Return twice the number."""
        if error := self._trouble.get(record.value):
            raise error
        doubled = 2 * int(record.value or b"0")
        return Processed([number(doubled, topic=STATE)], facts={"doubled": doubled})


def values(records: Sequence[Record | Output]) -> list[bytes | None]:
    """Return the values of the records."""
    return [one.value for one in records]
