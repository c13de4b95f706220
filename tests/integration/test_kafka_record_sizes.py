"""Record sizes: what the topic allows is processed, and anything larger is rejected as a whole."""

import random
from dataclasses import replace

import pytest

from contracts.errors import Misconfigured
from contracts.topics import FILINGS, Topic, dead_letter_topic
from services.runtime.port import Output, Processed, Record, Service
from tests.engines.processors import Numbers, new_topic
from tests.integration.kafka_broker import KafkaBroker

pytestmark = pytest.mark.kafka


class Measuring:
    """Outputs the size of each record."""

    def __init__(self, target: Topic) -> None:
        self._target = target

    def restore(self, record: Record) -> None:
        """Ignore the record: there is no state."""

    def process(self, record: Record) -> Processed:
        """Return the size of the record's value, in bytes."""
        return Processed([Output(self._target, record.key or b"", str(len(record.value or b"")).encode())])


async def test_a_record_of_several_megabytes_is_processed(broker: KafkaBroker) -> None:
    """It is larger than Kafka's default limit of 1 MB and than one fetch, and is among small records."""
    large, sizes = replace(new_topic("large"), max_message_bytes=FILINGS.max_message_bytes), new_topic("sizes")
    dead_letters = dead_letter_topic(large, "measuring")
    await broker.create(large, sizes, dead_letters, partitions=1)
    value = random.Random(4).randbytes(5 * 1024 * 1024)  # noqa: S311 - does not compress
    small = [Output(large, b"k", b"small")] * 3
    await broker.engine().publish([*small, Output(large, b"k", value), *small])
    service = Service(f"measuring-{large.name}", large, (sizes,), dead_letters, lambda: Measuring(sizes))
    await broker.drain(service)
    assert await broker.values(sizes) == [b"5"] * 3 + [str(len(value)).encode()] + [b"5"] * 3
    assert (await broker.values(large))[3] == value
    assert await broker.values(dead_letters) == []


async def test_a_record_too_large_for_its_topic_is_fatal_and_nothing_is_written(
    broker: KafkaBroker, topics: Numbers
) -> None:
    """A commit would succeed without the failed record, so every delivery is awaited first."""
    value = random.Random(4).randbytes(2 * 1024 * 1024)  # noqa: S311 - does not compress
    outputs = [topics.number("a", 1), Output(topics.numbers, b"a", value), topics.number("a", 2)]
    with pytest.raises(Misconfigured, match="kafka_refuses: MessageSizeTooLargeError"):
        await broker.engine().publish(outputs)
    await broker.engine().publish([topics.number("a", 3)])
    assert await broker.values(topics.numbers) == [b"3"]
