"""Null, empty, huge, non-UTF-8 and mistyped parts of a record, on both engines.

Foreign producers may write anything. One such record must not stop a partition or a service. It is processed if it
contains what the service needs, otherwise it becomes one dead letter. Its neighbours are not affected.
"""

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from contracts.envelope import header_texts
from services.runtime.dead_letters import PREFIX
from services.runtime.partitioning import partition_of
from services.runtime.port import Output, Record
from services.runtime.settings import KafkaSettings, load
from tests.engines.arena import PARTITIONS
from tests.engines.bench import Bench, within
from tests.engines.hostile import ForeignRecord, RawHeaders, put, put_row
from tests.engines.processors import CountingSource
from tests.secured_broker import Acl, SecuredKafka

HOME: Final = 2
HUGE: Final = 700 * 1024
ACLS: Final[tuple[Acl, ...]] = (
    *((operation, "Topic", "*") for operation in ("Read", "Write", "Create", "DescribeConfigs")),
    ("Read", "Group", "*"),
    ("Write", "TransactionalId", "*"),
)
_NUMBERS: Final[Iterator[int]] = count(1)


@pytest.fixture
async def secured_place(secured_kafka: SecuredKafka) -> KafkaSettings:
    """Return settings of a broker with passwords, certificates and ACLs, for a user who may do what the tests need."""
    user = await secured_kafka.user(*ACLS)
    settings = secured_kafka.settings("SASL_SSL", kafka_sasl_username=user, kafka_partitions=PARTITIONS)
    return load(KafkaSettings, **settings)


@pytest.fixture(params=["embedded", *(pytest.param(kind, marks=pytest.mark.kafka) for kind in ("kafka", "secured"))])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | KafkaSettings:
    """Return the location of the log: a directory, a plain broker, or a secured one."""
    if request.param == "embedded":
        return tmp_path
    if request.param == "kafka":
        bootstrap = request.getfixturevalue("kafka_bootstrap")
        return load(KafkaSettings, kafka_bootstrap_servers=bootstrap, kafka_partitions=PARTITIONS)
    settings: KafkaSettings = request.getfixturevalue("secured_place")
    return settings


def unusual(
    name: str, *, key: bytes | None = b"home", headers: RawHeaders = (), timestamp_ms: int = 1
) -> ForeignRecord:
    """Return a record with a unique number that is unusual otherwise."""
    return ForeignRecord(name, str(next(_NUMBERS)).encode(), key, headers, timestamp_ms, good=True)


FOREIGN_RECORDS: Final = (
    ForeignRecord("value null", None),
    ForeignRecord("value empty", b""),
    ForeignRecord("value not UTF-8", b"\xff\xfe\x00"),
    ForeignRecord("value huge", b"x" * HUGE),
    ForeignRecord("value of another type", b'{"a": [1]}'),
    ForeignRecord("value nested deeply", b"[" * 100_000),
    ForeignRecord("everything null", None, None, ((b"", None),)),
    ForeignRecord("bad value with bad header", b"bad", b"\xff", ((b"\xffname", None), (b"traceparent", None))),
    unusual("key null", key=None),
    unusual("key empty", key=b""),
    unusual("key not UTF-8", key=b"\xff\xfe"),
    unusual("key huge", key=b"k" * HUGE),
    *(
        unusual(f"{name} null", headers=((name.encode(), None),))
        for name in ("traceparent", "ce_time", "ce_subject", "b3")
    ),
    unusual("header name empty", headers=((b"", b"value"),)),
    unusual("header name not UTF-8", headers=((b"trace\xff\xfe", b"value"), (b"fine", b"value"))),
    unusual("header name huge", headers=((b"n" * HUGE, b"value"),)),
    unusual("header value not UTF-8", headers=((b"traceparent", b"\xff\xfe"),)),
    unusual("header value huge", headers=((b"traceparent", b"v" * HUGE),)),
    unusual("header repeated", headers=((b"ce_time", b"1"), (b"ce_time", None), (b"ce_time", b"\xff"))),
    unusual("headers many", headers=((b"h", b"v"),) * 5_000),
    unusual("header of ours", headers=((f"{PREFIX}topic".encode(), None), (f"{PREFIX}partition".encode(), b"\xff"))),
    unusual("timestamp zero", timestamp_ms=0),
)


async def expect_each_once(bench: Bench, records: list[ForeignRecord]) -> list[Record]:
    """Check that every number was echoed once and every other record has one dead letter; return the dead letters."""
    echoes = [int(record.value or b"") for record in await bench.records(bench.topics.echoes)]
    assert sorted(echoes) == sorted(int(record.value or b"") for record in records if record.good)
    dead_letters = await bench.records(bench.topics.dead_letters)
    offsets = [int(header_texts(letter.headers)[f"{PREFIX}offset"]) for letter in dead_letters]
    assert sorted(offsets) == [offset for offset, record in enumerate(records) if not record.good]
    for letter, offset in zip(dead_letters, offsets, strict=True):
        assert (letter.key, letter.value) == (records[offset].key, records[offset].value)
        assert header_texts(letter.headers)[f"{PREFIX}partition"] == str(HOME)
    return dead_letters


async def test_every_record_is_either_processed_or_a_dead_letter_exactly_once(
    bench: Bench, place: Path | KafkaSettings
) -> None:
    """The whole list, with a plain record before and after each one, processed in two runs."""
    records = [each for stranger in FOREIGN_RECORDS for each in (unusual("plain"), stranger)] + [unusual("plain")]
    await put(place, bench.topics.numbers, HOME, records)
    for _ in range(2):
        await bench.drain(bench.topics.service())
        await expect_each_once(bench, records)


async def test_a_bad_record_in_a_compressed_batch_does_not_affect_the_others(
    bench: Bench, place: Path | KafkaSettings
) -> None:
    """A client that gave up on the batch would lose or repeat the records around it."""
    records = [unusual("plain"), *FOREIGN_RECORDS, unusual("plain")]
    small = [record for record in records if len(record.value or b"") + len(record.key or b"") < 1_000]
    await put(place, bench.topics.numbers, HOME, small, together=True)
    await bench.drain(bench.topics.service())
    await expect_each_once(bench, small)


async def test_a_null_key_stays_null_in_outputs_and_dead_letters(bench: Bench) -> None:
    """An empty key is another key: a replayed record would differ from the record that failed."""
    topics = bench.topics
    outputs = [Output(topics.numbers, key, b"bad", (("trace", None), ("x", b"1"))) for key in (None, b"")]
    await bench.engine().publish(outputs)
    await bench.drain(topics.service())
    for topic in (topics.numbers, topics.dead_letters):
        records = await bench.records(topic)
        assert [record.key for record in records] == [None, b""]
        assert all(record.headers[:2] == (("trace", None), ("x", b"1")) for record in records)


async def test_a_record_too_large_for_a_dead_letter_becomes_one_without_a_value(bench: Bench) -> None:
    """A batch that compresses well passes any size limit. Its dead letter must not be rejected without end."""
    topics = bench.topics
    value = b"x" * (4 * 1024 * 1024)
    await bench.engine().publish([topics.number("a", 1), Output(topics.numbers, b"a", value), topics.number("a", 2)])
    await bench.drain(topics.service())
    (letter,) = await bench.records(topics.dead_letters)
    texts = header_texts(letter.headers)
    assert (letter.key, letter.value, texts[f"{PREFIX}offset"]) == (b"a", None, "1")
    assert "4194305 bytes" in texts[f"{PREFIX}incomplete"]
    assert [value for _, value in await bench.values(topics.echoes)] == [1, 2]


@pytest.mark.parametrize("headers", [b"", b"no json", b"5", b"[5]", b"[[5, null]]", b'[["a", "not base64"]]', b"\xff"])
async def test_a_row_whose_headers_cannot_be_read_is_a_dead_letter(tmp_path: Path, headers: bytes) -> None:
    """This is what an unreadable record is on the embedded engine: another program has written to the file."""
    bench = Bench(tmp_path)
    put_row(tmp_path, bench.topics.numbers, HOME, value=b"1")
    put_row(tmp_path, bench.topics.numbers, HOME, value=b"2", headers=headers)
    put_row(tmp_path, bench.topics.numbers, HOME, value=b"3")
    await bench.drain(bench.topics.service())
    assert [value for _, value in await bench.values(bench.topics.echoes)] == [1, 3]
    (letter,) = await bench.records(bench.topics.dead_letters)
    texts = header_texts(letter.headers)
    assert (letter.value, texts[f"{PREFIX}offset"]) == (b"2", "1")
    assert texts[f"{PREFIX}exception.message"].startswith("unreadable_record: ")
    await bench.close()


async def test_a_row_with_columns_of_other_types_is_read_as_bytes(tmp_path: Path) -> None:
    """SQLite stores any type in any column."""
    bench = Bench(tmp_path)
    put_row(tmp_path, bench.topics.numbers, HOME, key="text", value="7", at="noon")
    put_row(tmp_path, bench.topics.numbers, HOME, key=b"blob", value=8, at=1.5)
    await bench.drain(bench.topics.service())
    assert sorted(await bench.values(bench.topics.echoes)) == [("blob", 8), ("text", 7)]
    await bench.close()


@pytest.mark.parametrize("what", ["state", "cursor"])
async def test_an_error_during_a_restore_names_the_record(bench: Bench, place: Path | KafkaSettings, what: str) -> None:
    """An operator must be able to find the record in the log."""
    topics = bench.topics
    topic = topics.totals if what == "state" else topics.cursor
    partition = HOME if what == "state" else partition_of(b"numbers", 4)
    await put(place, topic, partition, [ForeignRecord("no number", b"garbage", b"numbers")])
    await put(place, topics.numbers, HOME, [unusual("plain")])
    source = topics.source_service(lambda: CountingSource(topics, 3))
    work = bench.drain(topics.service()) if what == "state" else bench.engine().run_source(source, asyncio.Event())
    with pytest.raises(ValueError, match=r"garbage|Expecting value") as raised:
        await within(work)
    assert raised.value.__notes__ == [f"while restoring {topic.name}[{partition}]@0"]
