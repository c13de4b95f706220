"""The holdings service on a partition: what it writes, what it refuses, and when its state changes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.base import Contract
from contracts.codec import decode, encode
from contracts.envelope import Delivery, delivery_of, header_texts, new_envelope
from contracts.errors import InvalidEvent, OversizedRecord, StateCorrupted
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS
from contracts.transactions_reported import TransactionsReported
from services.holdings.processor import (
    REBUILT_HEADER,
    SOURCE_OFFSET_HEADER,
    VERSION_HEADER,
    HoldingsProcessor,
    holdings_service,
)
from services.runtime.port import Output, Record
from tests.unit.holdings.builders import DAY, ISSUER, OWNER, holding, report, traded

NEXT = DAY.replace(day=5)
KEY = f"{ISSUER.key}|{OWNER.key}"
OPENED = report(holding("100"), form="3", filing_id="a")
SOLD = report(traded("D", "10", "90", day=NEXT), filing_id="b")


def source(event: TransactionsReported, offset: int, delivery: Delivery = "live") -> Record:
    """The report as a record of the transactions topic."""
    envelope = new_envelope(
        event_name="transactions_reported",
        source="parser",
        subject=event.filing.filing_id,
        identity=event.filing.filing_id,
        time=datetime(2024, 3, 5, tzinfo=UTC),
        delivery=delivery,
    )
    return Record(TRANSACTIONS.name, 3, offset, event.issuer.key.encode(), encode(event), envelope.headers())


def stored(output: Output, offset: int = 0) -> Record:
    """A positions output as a record of its topic, read back."""
    return Record(POSITIONS.name, 3, offset, output.key, output.value, output.headers)


def restored(*records: Record) -> HoldingsProcessor:
    """A processor with these records of the positions topic for its state."""
    processor = HoldingsProcessor()
    for record in records:
        processor.restore(record)
    processor.restored()
    return processor


def with_header(output: Output, name: str, value: bytes | None) -> Output:
    """The output with another value of that header; None leaves it out."""
    others = tuple(header for header in output.headers if header[0] != name)
    return replace(output, headers=others if value is None else (*others, (name, value)))


def of(outputs: object, event: type[Contract]) -> list[Contract]:
    """The events of that type among the outputs."""
    assert isinstance(outputs, tuple)
    return [decode(output.value, event) for output in outputs if output.topic.event is event]


def test_the_service_is_wired_to_its_topics() -> None:
    """Reads transactions, writes positions and alerts, and restores from positions."""
    service = holdings_service()
    assert (service.name, service.source, service.targets) == ("holdings", TRANSACTIONS, (POSITIONS, ALERTS))
    assert (service.changelog, service.dead_letters) == (POSITIONS, HOLDINGS_DEAD_LETTERS)
    assert isinstance(service.processor(), HoldingsProcessor)
    assert service.processor() is not service.processor()


def test_a_report_gives_positions_and_an_alert() -> None:
    """Positions keyed by issuer and owner, routed by the issuer; alerts keyed by the issuer."""
    positions, alert = HoldingsProcessor().process(source(OPENED, 7)).outputs
    assert (positions.topic, positions.key, positions.routed_by) == (POSITIONS, KEY.encode(), ISSUER.key.encode())
    assert (alert.topic, alert.key, alert.routed_by) == (ALERTS, ISSUER.key.encode(), ISSUER.key.encode())
    assert decode(positions.value, PositionsUpdated).positions[0].shares == "100"
    assert decode(alert.value, HoldingChanged).kind == "opened"


def test_outputs_carry_the_trace_of_their_cause_and_the_source_offset() -> None:
    """CloudEvents headers that follow from the input alone; the positions record says what it came of."""
    record = source(OPENED, 7)
    positions, alert = (header_texts(output.headers) for output in HoldingsProcessor().process(record).outputs)
    cause = header_texts(record.headers)
    for headers, kind in ((positions, "positions_updated"), (alert, "holding_changed")):
        assert headers["ce_type"] == f"insidertape.{kind}.v1"
        assert (headers["ce_source"], headers["ce_time"]) == ("/insidertape/holdings", cause["ce_time"])
        assert headers["traceparent"].split("-")[1] == cause["traceparent"].split("-")[1]
        assert headers["ce_subject"] == KEY
    assert (positions[SOURCE_OFFSET_HEADER], positions[VERSION_HEADER]) == ("7", "1")
    assert not {SOURCE_OFFSET_HEADER, VERSION_HEADER} & set(alert)
    assert positions["ce_id"] != alert["ce_id"]


@pytest.mark.parametrize("delivery", ["live", "backfill"])
def test_outputs_say_how_the_filing_came(delivery: Delivery) -> None:
    """An alert of years gone by can be told from news."""
    outputs = HoldingsProcessor().process(source(OPENED, 7, delivery)).outputs
    assert [delivery_of(output.headers) for output in outputs] == [delivery, delivery]


def test_the_log_is_told_what_came_of_a_report() -> None:
    """One line: which filing, whose, what changed, and the version."""
    processor = HoldingsProcessor()
    facts = processor.process(source(OPENED, 0)).facts
    assert facts == {
        "filing_id": "a",
        "issuer": ISSUER.key,
        "owner": OWNER.key,
        "outcome": "applied",
        "version": 1,
        "changes": ["opened"],
    }
    assert processor.process(source(SOLD, 1)).facts["outcome"] == "applied"
    late = report(holding("5"), filing_id="c")
    assert processor.process(source(late, 2)).facts["outcome"] == "late"
    assert processor.process(source(late, 3)).facts["outcome"] == "duplicate"


def test_a_filing_applied_before_gives_nothing() -> None:
    """At a new offset or the old one: no outputs, and the version stays."""
    processor = HoldingsProcessor()
    processor.process(source(OPENED, 0))
    for offset in (0, 1):
        again = processor.process(source(OPENED, offset))
        assert (again.outputs, again.facts["outcome"], again.facts["version"]) == ((), "duplicate", 1)


def test_a_report_that_changes_no_position_gives_positions_alone() -> None:
    """The filing is recorded as applied."""
    processor = HoldingsProcessor()
    processor.process(source(OPENED, 0))
    outputs = processor.process(source(report(holding("100"), filing_id="b"), 1)).outputs
    assert [output.topic for output in outputs] == [POSITIONS]


def test_owners_keep_their_own_books() -> None:
    """Joint owners of one filing are two books at version one."""
    processor = HoldingsProcessor()
    other = OPENED.model_copy(update={"owner": OWNER.model_copy(update={"key": "name:ROE", "cik": None})})
    for offset, each in enumerate((OPENED, other)):
        (book,) = of(processor.process(source(each, offset)).outputs, PositionsUpdated)
        assert isinstance(book, PositionsUpdated)
        assert (book.version, book.owner.key) == (1, each.owner.key)


def test_a_restored_processor_goes_on_where_the_first_stopped() -> None:
    """The positions topic is the state: the same outputs, byte for byte."""
    first = HoldingsProcessor()
    opened = first.process(source(OPENED, 4)).outputs[0]
    second = HoldingsProcessor()
    second.restore(stored(opened))
    assert second.process(source(SOLD, 9)).outputs == first.process(source(SOLD, 9)).outputs
    assert second.process(source(OPENED, 10)).outputs == ()


def test_a_record_without_a_value_forgets_the_book() -> None:
    """A tombstone: the next report of the owner is the first again."""
    processor = HoldingsProcessor()
    positions = processor.process(source(OPENED, 0)).outputs[0]
    restored = HoldingsProcessor()
    restored.restore(stored(positions))
    restored.restore(stored(replace(positions, value=None), 1))
    assert restored.process(source(OPENED, 5)).facts["version"] == 1


@pytest.mark.parametrize("value", [None, b"", b"{}", b"no json"])
def test_what_is_no_report_is_refused(value: bytes | None) -> None:
    """It can never be processed: a dead letter."""
    with pytest.raises(InvalidEvent):
        HoldingsProcessor().process(replace(source(OPENED, 0), value=value))


def test_a_version_that_does_not_grow_stops_the_service() -> None:
    """Two instances wrote one partition."""
    positions = HoldingsProcessor().process(source(OPENED, 0)).outputs[0]
    with pytest.raises(StateCorrupted, match="version_does_not_grow"):
        restored(stored(positions), stored(with_header(positions, SOURCE_OFFSET_HEADER, b"1"), 1))


def test_a_source_offset_that_does_not_grow_stops_the_service() -> None:
    """On restoring, over all books of the partition; and on processing, where the log was replaced under its state."""
    processor = HoldingsProcessor()
    positions = processor.process(source(OPENED, 5)).outputs[0]
    other = OPENED.model_copy(update={"owner": OWNER.model_copy(update={"key": "name:ROE", "cik": None})})
    second = HoldingsProcessor().process(source(other, 5)).outputs[0]
    with pytest.raises(StateCorrupted, match="source_offset_does_not_grow"):
        processor.process(source(SOLD, 5))
    with pytest.raises(StateCorrupted, match="source_offset_does_not_grow"):
        restored(stored(positions), stored(second, 1))
    with pytest.raises(StateCorrupted, match="source_offset_does_not_grow"):
        restored(stored(positions)).process(source(SOLD, 5))


@pytest.mark.parametrize("text", [None, b"", b"-1", b"1.5", "\u0665".encode()])
def test_positions_without_their_source_offset_stop_the_service(text: bytes | None) -> None:
    """They were not written by holdings."""
    positions = HoldingsProcessor().process(source(OPENED, 0)).outputs[0]
    with pytest.raises(StateCorrupted, match="malformed_header"):
        restored(stored(with_header(positions, SOURCE_OFFSET_HEADER, text)))


def test_positions_under_another_key_stop_the_service() -> None:
    """The record's headers tell whose the positions are."""
    positions = HoldingsProcessor().process(source(OPENED, 0)).outputs[0]
    with pytest.raises(StateCorrupted, match="foreign_positions"):
        restored(stored(replace(positions, key=b"0000000001|0000000002")))


@pytest.mark.parametrize(
    ("value", "code"),
    [(b"{}", "unreadable_positions"), (b"", "unreadable_positions"), (None, "foreign_positions")],
)
def test_positions_that_are_not_what_their_headers_say_stop_the_service_when_used(
    value: bytes | None, code: str
) -> None:
    """They are read no sooner: restoring a million takes seconds. Until then nothing is written on top of them."""
    other = OPENED.model_copy(update={"owner": OWNER.model_copy(update={"key": "name:ROE", "cik": None})})
    foreign = HoldingsProcessor().process(source(other, 0)).outputs[0].value
    positions = HoldingsProcessor().process(source(OPENED, 0)).outputs[0]
    processor = HoldingsProcessor()
    processor.restore(stored(replace(positions, value=foreign if value is None else value)))
    assert processor.process(source(other, 1)).facts["version"] == 1
    with pytest.raises(StateCorrupted, match=code):
        processor.process(source(SOLD, 2))


def test_positions_of_another_version_than_their_header_says_stop_the_service_when_used() -> None:
    """The header is what growth was checked by."""
    positions = HoldingsProcessor().process(source(OPENED, 0)).outputs[0]
    processor = HoldingsProcessor()
    processor.restore(stored(with_header(positions, VERSION_HEADER, b"2")))
    with pytest.raises(StateCorrupted, match="foreign_positions"):
        processor.process(source(SOLD, 1))


def test_positions_from_before_the_version_header_are_read_for_it() -> None:
    """Slower, and good as ever: the version is in the value too."""
    opened = with_header(HoldingsProcessor().process(source(OPENED, 0)).outputs[0], VERSION_HEADER, None)
    with pytest.raises(StateCorrupted, match="version_does_not_grow"):
        restored(stored(opened), stored(with_header(opened, SOURCE_OFFSET_HEADER, b"1"), 1))
    assert restored(stored(opened)).process(source(SOLD, 2)).facts["version"] == 2
    with pytest.raises(StateCorrupted, match="unreadable_positions"):
        restored(stored(replace(opened, value=b"{}")))


@pytest.mark.parametrize("text", [b"", b"-1", b"one"])
def test_a_version_that_is_no_number_stops_the_service(text: bytes) -> None:
    """Holdings did not write it."""
    positions = HoldingsProcessor().process(source(OPENED, 0)).outputs[0]
    with pytest.raises(StateCorrupted, match="malformed_header"):
        restored(stored(with_header(positions, VERSION_HEADER, text)))


@pytest.mark.parametrize("key", [None, b"", b"\xff", KEY.encode()])
def test_a_foreign_record_in_the_state_stops_the_service_and_says_what_to_do(key: bytes | None) -> None:
    """Whatever its parts are: going on without a book would count its filings anew."""
    for headers in ((), (("ce_subject", None),), (("ce_subject", key), (SOURCE_OFFSET_HEADER, None))):
        foreign = Record(POSITIONS.name, 3, 7, key, b"\xff", headers)
        with pytest.raises(StateCorrupted, match=r"positions\.v1\[3\]@7: .*; `insidertape state verify` lists"):
            restored(foreign)
    with pytest.raises(StateCorrupted, match=r"unreadable_state: .*@7: its checksum is wrong; `insidertape state"):
        restored(Record(POSITIONS.name, 3, 7, key, b"raw", unreadable="its checksum is wrong"))


def test_a_foreign_record_counts_no_more_once_its_key_is_deleted_or_written_again() -> None:
    """Kafka keeps a record for a time after a later one has taken its place: a repair must hold at once."""
    opened = HoldingsProcessor().process(source(OPENED, 0)).outputs[0]
    foreign = Record(POSITIONS.name, 3, 1, opened.key, b"foreign")
    assert restored(stored(opened), foreign, stored(replace(opened, value=None), 2)).faults == {}
    assert restored(foreign, stored(opened, 2)).process(source(SOLD, 1)).facts["version"] == 2


def test_a_contradiction_is_mended_by_a_rebuilt_book_alone() -> None:
    """A later version only hides that two instances wrote the partition; a rebuilt one is known to be right."""
    writer = HoldingsProcessor()
    opened, sold = (writer.process(source(each, offset)).outputs[0] for offset, each in enumerate((OPENED, SOLD)))
    contradiction = stored(with_header(opened, SOURCE_OFFSET_HEADER, b"9"), 1)
    later = stored(with_header(sold, SOURCE_OFFSET_HEADER, b"10"), 2)
    with pytest.raises(StateCorrupted, match="version_does_not_grow"):
        restored(stored(opened), contradiction, later)
    rebuilt = stored(with_header(sold, REBUILT_HEADER, b"1"), 3)
    processor = restored(stored(opened), contradiction, later, rebuilt)
    with pytest.raises(StateCorrupted, match="source_offset_does_not_grow"):
        processor.process(source(report(holding("7"), filing_id="c"), 10))
    assert processor.process(source(report(holding("7"), filing_id="c"), 11)).facts["version"] == 3


@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe", b"x" * 100_000])
@pytest.mark.parametrize("name", ["traceparent", "ce_time", "ce_subject", "insidertape_delivery", "b3"])
def test_whatever_a_cause_s_headers_hold_the_report_is_applied(name: str, value: bytes | None) -> None:
    """Tracing agents and Connect write null values; an alert must not be lost for a header."""
    record = source(OPENED, 0)
    hostile = replace(record, headers=(*record.headers, (name, value)), timestamp_ms=1_700_000_000_000)
    for output in HoldingsProcessor().process(hostile).outputs:
        texts = header_texts(output.headers)
        assert len(texts["traceparent"]) == 55
        assert texts["ce_time"] == ("2023-11-14T22:13:20Z" if name == "ce_time" else "2024-03-05T00:00:00Z")
        assert restored(stored(HoldingsProcessor().process(hostile).outputs[0])).faults == {}


def test_a_report_without_a_time_has_that_of_its_filing() -> None:
    """The best that is known: accepted, else filed, else when the record was written; the epoch only without any."""
    accepted, filed = datetime(2024, 3, 5, 21, 30, tzinfo=UTC), DAY
    for changes, at, expected in (
        ({"accepted_at": accepted, "filed_on": filed}, 1, "2024-03-05T21:30:00Z"),
        ({"filed_on": filed}, 1, "2024-03-04T00:00:00Z"),
        ({}, 1_700_000_000_000, "2023-11-14T22:13:20Z"),
        ({}, 2**62, "1970-01-01T00:00:00Z"),
    ):
        event = OPENED.model_copy(update={"filing": OPENED.filing.model_copy(update=changes)})
        record = replace(source(event, 0), headers=(("ce_time", None),), timestamp_ms=at)
        for output in HoldingsProcessor().process(record).outputs:
            assert header_texts(output.headers)["ce_time"] == expected


def test_a_record_that_fails_leaves_the_state_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong after the ledger: the next record finds the book of before."""
    processor = HoldingsProcessor()
    processor.process(source(OPENED, 0))
    with monkeypatch.context() as broken:
        broken.setattr("services.holdings.processor.alert_of", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            processor.process(source(SOLD, 1))
    assert processor.process(source(SOLD, 1)).facts == {
        **processor.process(source(SOLD, 2)).facts,
        "outcome": "applied",
        "changes": ["decreased"],
    }


def test_an_event_too_large_for_its_topic_is_refused_before_the_state_takes_it_in() -> None:
    """The engine would write a dead letter and no positions: the book must not be ahead of its topic."""
    processor = HoldingsProcessor()
    huge = report(traded("A", "1", "1", footnotes={"code": ("F1",)}), footnotes={"F1": "x" * ALERTS.max_value_bytes})
    with pytest.raises(OversizedRecord, match=r"insidertape\.alerts\.v1"):
        processor.process(source(huge, 0))
    assert processor.process(source(OPENED, 0)).facts["version"] == 1
