"""A tiny domain for the engine tests: keyed numbers are the input; running totals are the output and the state."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from contracts.errors import InvalidEvent
from contracts.topics import Topic, dead_letter_topic
from services.runtime.port import Output, Processed, Processor, Record, Service, Source, SourceService, WriteResult


def new_topic(name: str, cleanup: str = "delete") -> Topic:
    """Return a topic that belongs to one test."""
    return Topic(
        name=f"test.{name}.{uuid4().hex[:12]}.v1",
        description="of a test",
        event=None,
        key="key",
        partition_key="key",
        cleanup="compact" if cleanup == "compact" else "delete",
        retention_ms=-1,
        max_message_bytes=1024 * 1024,
    )


@dataclass(frozen=True)
class Numbers:
    """The topics of one test: numbers (input), totals (compacted, the state), and an echo of every number."""

    numbers: Topic = field(default_factory=lambda: new_topic("numbers"))
    totals: Topic = field(default_factory=lambda: new_topic("totals", "compact"))
    echoes: Topic = field(default_factory=lambda: new_topic("echoes"))
    cursor: Topic = field(default_factory=lambda: new_topic("cursor", "compact"))

    @property
    def dead_letters(self) -> Topic:
        """The topic of the dead letters."""
        return dead_letter_topic(self.numbers, "totals")

    @property
    def all(self) -> tuple[Topic, ...]:
        """Every topic of the test."""
        return (self.numbers, self.totals, self.echoes, self.cursor, self.dead_letters)

    def service(self, processor: Callable[[], Processor] | None = None) -> Service:
        """Return the service under test, with a group named after its topic."""
        return Service(
            name=f"totals-{self.numbers.name}",
            input_topic=self.numbers,
            output_topics=(self.totals, self.echoes),
            dead_letters=self.dead_letters,
            processor=processor or (lambda: Totals(self)),
            changelog=self.totals,
        )

    def number(self, key: str, value: object) -> Output:
        """Return a number with a key."""
        return Output(self.numbers, key.encode(), json.dumps(value).encode(), (("origin", b"test"),))

    def source_service(
        self, source: Callable[[], Source], key: str = "numbers", also_restores: tuple[str, ...] = ()
    ) -> SourceService:
        """Return a source of numbers; it may share the cursor topic with other sources."""
        return SourceService(
            name=f"source-{self.numbers.name}",
            cursor=self.cursor,
            cursor_key=key,
            output_topics=(self.numbers,),
            source=source,
            also_restores=also_restores,
        )


class Totals:
    """Adds up the numbers of each key. A value that is not a number is a permanent error."""

    def __init__(self, topics: Numbers) -> None:
        self._topics = topics
        self.totals: dict[bytes, int] = {}

    def restore(self, record: Record) -> None:
        """Restore a total."""
        self.totals[record.key or b""] = json.loads(record.value or b"0")

    def process(self, record: Record) -> Processed:
        """Return the new total of the key, and an echo of the number."""
        try:
            number = json.loads(record.value or b"null")
        except (ValueError, RecursionError) as error:
            raise InvalidEvent("no_json", str(error)) from None
        if not isinstance(number, int):
            raise InvalidEvent("no_number", f"{number!r} is not a number")
        key = record.key or b""
        self.totals[key] = self.totals.get(key, 0) + number
        return Processed(
            outputs=(
                Output(self._topics.totals, key, str(self.totals[key]).encode()),
                Output(self._topics.echoes, key, str(number).encode()),
            ),
            facts={"total": self.totals[key]},
        )


class CountingSource:
    """Publishes the numbers 0 to `count` - 1 in batches; its cursor is the count of published numbers."""

    def __init__(
        self,
        topics: Numbers,
        count: int,
        batch: int = 7,
        after: Callable[[int], None] | None = None,
        key: str = "numbers",
    ) -> None:
        self._topics = topics
        self._key = key.encode()
        self._count = count
        self._batch = batch
        self._after = after
        self.published = 0

    def restore(self, record: Record) -> None:
        """Restore the cursor."""
        self.published = max(self.published, int(record.value or b"0"))

    async def next_batch(self) -> Sequence[Output] | None:
        """Return the next numbers with the cursor that accounts for them."""
        if self._after is not None:
            self._after(self.published)
        if self.published >= self._count:
            return None
        numbers = range(self.published, min(self._count, self.published + self._batch))
        self.published = numbers.stop
        return [
            *(self._topics.number(f"key-{number % 5}", number) for number in numbers),
            Output(self._topics.cursor, self._key, str(numbers.stop).encode()),
        ]

    def committed(self, _placed: Sequence[WriteResult]) -> None:
        """Do nothing: the cursor has moved already, and a failed source is dropped."""
