"""The holdings service at work: what it writes for a report, what it refuses, and when its state changes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from contracts.codec import decode
from contracts.envelope import Delivery, delivery_of, header_texts
from contracts.errors import InvalidEvent, OversizedRecord, StateCorrupted
from contracts.structs import HoldingChanged, PositionsUpdated
from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS
from services.holdings.processor import SOURCE_OFFSET_HEADER, VERSION_HEADER, HoldingsProcessor, holdings_service
from tests.unit.holdings.builders import DAY, ISSUER, OWNER, holding, report, traded
from tests.unit.holdings.records import KEY, OPENED, OTHERS, SOLD, restored, source, stored


def test_service_reads_transactions_and_writes_positions_and_alerts() -> None:
    """It reads transactions, writes positions and alerts, and restores from positions."""
    service = holdings_service()
    assert (service.name, service.input_topic, service.output_topics) == ("holdings", TRANSACTIONS, (POSITIONS, ALERTS))
    assert (service.changelog, service.dead_letters) == (POSITIONS, HOLDINGS_DEAD_LETTERS)
    assert isinstance(service.processor(), HoldingsProcessor)
    assert service.processor() is not service.processor()


def test_report_produces_positions_and_an_alert() -> None:
    """Positions are keyed by issuer and owner and routed by the issuer; alerts are keyed by the issuer."""
    positions, alert = HoldingsProcessor().process(source(OPENED, 7)).outputs
    assert (positions.topic, positions.key, positions.routed_by) == (POSITIONS, KEY, ISSUER.key.encode())
    assert (alert.topic, alert.key, alert.routed_by) == (ALERTS, ISSUER.key.encode(), ISSUER.key.encode())
    assert decode(positions.value, PositionsUpdated).positions[0].shares == "100"
    assert decode(alert.value, HoldingChanged).kind == "restated"


def test_outputs_carry_the_trace_of_their_cause_and_the_source_offset() -> None:
    """Headers follow from the input alone; the positions record carries the offset of its cause."""
    record = source(OPENED, 7)
    positions, alert = (header_texts(output.headers) for output in HoldingsProcessor().process(record).outputs)
    cause = header_texts(record.headers)
    for headers, kind in ((positions, "positions_updated"), (alert, "holding_changed")):
        assert headers["ce_type"] == f"insidertape.{kind}.v1"
        assert (headers["ce_source"], headers["ce_time"]) == ("/insidertape/holdings", cause["ce_time"])
        assert headers["traceparent"].split("-")[1] == cause["traceparent"].split("-")[1]
        assert headers["ce_subject"] == KEY.decode()
    assert (positions[SOURCE_OFFSET_HEADER], positions[VERSION_HEADER]) == ("7", "1")
    assert not {SOURCE_OFFSET_HEADER, VERSION_HEADER} & set(alert)
    assert positions["ce_id"] != alert["ce_id"]


@pytest.mark.parametrize("delivery", ["live", "backfill"])
def test_outputs_carry_the_delivery_header_of_the_filing(delivery: Delivery) -> None:
    """Readers distinguish news from alerts of years gone by."""
    outputs = HoldingsProcessor().process(source(OPENED, 7, delivery)).outputs
    assert [delivery_of(output.headers) for output in outputs] == [delivery, delivery]


def test_processing_facts_describe_the_result_of_a_report() -> None:
    """One line: which filing, whose, what changed, and the version."""
    processor = HoldingsProcessor()
    assert processor.process(source(OPENED, 0)).facts == {
        "filing_id": OPENED.filing.filing_id,
        "issuer": ISSUER.key,
        "owner": OWNER.key,
        "outcome": "applied",
        "version": 1,
        "changes": ["restated"],
    }
    late = report(traded("A", "5", "5", title="Class B", day=None), period=None, filing_id="0000000001-24-000009")
    facts = [processor.process(source(each, offset)).facts for offset, each in enumerate((SOLD, late, late), start=1)]
    assert [each["outcome"] for each in facts] == ["applied", "late", "duplicate"]
    assert [each["changes"] for each in facts] == [["decreased"], ["opened"], []]


def test_filing_applied_before_produces_no_output() -> None:
    """At a new offset or the old one there are no outputs, and the version stays."""
    processor = HoldingsProcessor()
    processor.process(source(OPENED, 0))
    for offset in (0, 1):
        again = processor.process(source(OPENED, offset))
        assert (again.outputs, again.facts["outcome"], again.facts["version"]) == ((), "duplicate", 1)


def test_report_without_changes_produces_positions_but_no_alert() -> None:
    """The filing is recorded as applied."""
    processor = HoldingsProcessor()
    processor.process(source(OPENED, 0))
    outputs = processor.process(source(report(holding("100"), filing_id="0000000001-24-000002"), 1)).outputs
    assert [output.topic for output in outputs] == [POSITIONS]


def test_filing_of_two_owners_updates_separate_books() -> None:
    """Joint owners of one filing are two books at version one."""
    processor = HoldingsProcessor()
    for offset, each in enumerate((OPENED, OTHERS)):
        book = decode(processor.process(source(each, offset)).outputs[0].value, PositionsUpdated)
        assert (book.version, book.owner.key) == (1, each.owner.key)


@pytest.mark.parametrize("value", [None, b"", b"{}", b"no json"])
def test_record_that_is_not_a_report_is_rejected(value: bytes | None) -> None:
    """It can never be processed: a dead letter."""
    with pytest.raises(InvalidEvent):
        HoldingsProcessor().process(replace(source(OPENED, 0), value=value))


def test_source_offset_that_does_not_grow_stops_the_service() -> None:
    """The log was replaced under the state: going on would count filings twice or not at all."""
    processor = HoldingsProcessor()
    processor.process(source(OPENED, 5))
    with pytest.raises(StateCorrupted, match="source_offset_does_not_grow"):
        processor.process(source(SOLD, 5))


@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe", b"x" * 100_000])
@pytest.mark.parametrize("name", ["traceparent", "ce_time", "ce_subject", "insidertape_delivery", "b3"])
def test_report_is_applied_despite_malformed_headers(name: str, value: bytes | None) -> None:
    """Tracing agents and Connect write null values; an alert must not be lost for a header."""
    record = source(OPENED, 0)
    hostile = replace(record, headers=(*record.headers, (name, value)), timestamp_ms=1_700_000_000_000)
    for output in HoldingsProcessor().process(hostile).outputs:
        texts = header_texts(output.headers)
        assert len(texts["traceparent"]) == 55
        assert texts["ce_time"] == ("2023-11-14T22:13:20Z" if name == "ce_time" else "2024-03-05T00:00:00Z")
        assert restored(stored(HoldingsProcessor().process(hostile).outputs[0])).faults == {}


@pytest.mark.parametrize(
    ("changes", "written_at", "expected"),
    [
        ({"accepted_at": datetime(2024, 3, 5, 21, 30, tzinfo=UTC), "filed_on": DAY}, 1, "2024-03-05T21:30:00Z"),
        ({"filed_on": DAY}, 1, "2024-03-04T00:00:00Z"),
        ({}, 1_700_000_000_000, "2023-11-14T22:13:20Z"),
        ({}, 2**62, "1970-01-01T00:00:00Z"),
    ],
)
def test_report_without_a_time_takes_the_time_of_its_filing(
    changes: dict[str, Any], written_at: int, expected: str
) -> None:
    """The best that is known: accepted, else filed, else when the record was written; the epoch only without any."""
    event = structs.replace(OPENED, filing=structs.replace(OPENED.filing, **changes))
    record = replace(source(event, 0), headers=(("ce_time", None),), timestamp_ms=written_at)
    for output in HoldingsProcessor().process(record).outputs:
        assert header_texts(output.headers)["ce_time"] == expected


def test_record_that_fails_leaves_the_state_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong after the ledger: the next record finds the book of before."""
    processor = HoldingsProcessor()
    processor.process(source(OPENED, 0))
    with monkeypatch.context() as broken:
        broken.setattr("services.holdings.processor.build_alert", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            processor.process(source(SOLD, 1))
    facts = processor.process(source(SOLD, 1)).facts
    assert (facts["outcome"], facts["version"], facts["changes"]) == ("applied", 2, ["decreased"])


def test_oversized_event_is_rejected_before_the_state_changes() -> None:
    """The engine would write a dead letter and no positions: the book must not be ahead of its topic."""
    processor = HoldingsProcessor()
    huge = report(traded("A", "1", "1", footnotes={"code": ("F1",)}), footnotes={"F1": "x" * ALERTS.max_value_bytes})
    with pytest.raises(OversizedRecord, match=r"insidertape\.alerts\.v1"):
        processor.process(source(huge, 0))
    assert processor.process(source(OPENED, 0)).facts["version"] == 1
