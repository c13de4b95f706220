"""Damage on a broker's disk: a corrupted batch stops nothing, and no other record is lost."""

import pytest

from contracts.envelope import header_texts
from deploy.kafka.local import LocalKafka
from services.runtime.dead_letters import INCOMPLETE, PREFIX
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.settings import KafkaSettings, load
from tests.engines.bench import Bench
from tests.engines.hostile import ForeignRecord, put
from tests.engines.processors import Numbers

pytestmark = pytest.mark.kafka

MARK = b"the batch to be damaged"


def damage(kafka: LocalKafka, topic: str) -> None:
    """Change one byte of the batch that contains the mark, in the broker's log segment."""
    (segment,) = (kafka.directory / "data" / f"{topic}-0").glob("*.log")
    data = segment.read_bytes()
    with segment.open("r+b") as file:
        file.seek(data.index(MARK))
        file.write(b"T")


async def test_a_damaged_batch_becomes_one_dead_letter_and_the_others_are_processed(own_kafka: LocalKafka) -> None:
    """The client rejects such a batch after each restart: without an offset after it, the partition is stuck."""
    settings = load(KafkaSettings, kafka_bootstrap_servers=own_kafka.bootstrap_servers, kafka_partitions=1)
    topics = Numbers()
    await apply_topics(KafkaClients(settings), topics.all)
    bench = Bench(settings, topics)
    await put(
        settings, topics.numbers, 0, [ForeignRecord("1", b"1"), ForeignRecord("marked", MARK), ForeignRecord("3", b"3")]
    )
    await put(settings, topics.numbers, 0, [ForeignRecord("4", b"4"), ForeignRecord("5", b"5")], together=True)
    damage(own_kafka, topics.numbers.name)
    for _ in range(2):
        await bench.drain(topics.service())
        assert [value for _, value in await bench.values(topics.echoes)] == [1, 3, 4, 5]
        (letter,) = await bench.records(topics.dead_letters)
    texts = header_texts(letter.headers)
    assert (texts[f"{PREFIX}topic"], texts[f"{PREFIX}partition"]) == (topics.numbers.name, "0")
    assert (texts[f"{PREFIX}offset"], letter.key) == ("1", None)
    assert texts[f"{PREFIX}exception.message"] == (
        "unreadable_record: the batch from offset 1 to 1 cannot be read: its checksum is wrong"
    )
    assert INCOMPLETE in texts
    assert MARK[1:] in (letter.value or b"")
