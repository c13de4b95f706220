"""The parser on a stream: records in, records out, by the port's rules."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.codec import decode, encode
from contracts.envelope import Delivery, delivery_of, header_texts, new_envelope
from contracts.errors import InvalidEvent, InvalidFiling, OversizedRecord
from contracts.filing_published import FilingPublished, Hints, PartyHint
from contracts.structs import TransactionsReported
from contracts.topics import FILINGS, PARSER_DEAD_LETTERS, TRANSACTIONS
from services.parser.filing_json import NOT_INSTALLED, active_reader
from services.parser.processor import ParserProcessor, parser_service
from services.runtime.port import Record

NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
OWNERS = "".join(
    f"<reportingOwner><reportingOwnerId><rptOwnerName>{name}</rptOwnerName></reportingOwnerId></reportingOwner>"
    for name in ("A", "B")
)


def record(content: str, delivery: Delivery = "live") -> Record:
    """Return a published filing, as the watcher puts it on the log."""
    published = FilingPublished(
        filing_id="0000912399-22-000017",
        accession_number="0000912399-22-000017",
        content=content,
        content_sha256=hashlib.sha256(content.encode()).hexdigest(),
        source="directory",
        observed_at=NOW,
        hints=Hints(issuer=PartyHint(cik="0000912345", name="LAMP CO")),
    )
    envelope = new_envelope(
        event_name="filing_published",
        source="watcher",
        subject="s",
        identity=published.filing_id,
        time=NOW,
        delivery=delivery,
    )
    return Record(FILINGS.name, 0, 0, b"k", encode(published), envelope.headers())


def filing(remarks: str = "") -> str:
    """Return a joint Form 4 that names no issuer."""
    return f"<ownershipDocument><documentType>4</documentType>{OWNERS}<remarks>{remarks}</remarks></ownershipDocument>"


def test_defect_of_a_reader_refuses_the_filing_and_names_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it would end the process at every start, and no later filing would ever be read."""

    def broken(text: str) -> object:
        return text[len(text)]

    monkeypatch.setattr("services.parser.filing.read_ownership_xml", broken)
    with pytest.raises(InvalidFiling, match=r"IndexError at test_processor\.py:\d+: string index") as refused:
        ParserProcessor().process(record(filing()))
    assert refused.value.code == "parser_defect"


def test_lack_of_memory_does_not_refuse_the_filing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends, and reads it again."""

    def greedy(_: str) -> object:
        raise MemoryError

    monkeypatch.setattr("services.parser.filing.read_ownership_xml", greedy)
    with pytest.raises(MemoryError):
        ParserProcessor().process(record(filing()))


def test_each_owner_is_an_output_keyed_by_the_issuer() -> None:
    """With the filing's time and trace, and its own id."""
    cause = record(filing())
    processed = ParserProcessor().process(cause)
    assert [output.topic for output in processed.outputs] == [TRANSACTIONS] * 2
    assert [output.key for output in processed.outputs] == [b"0000912345"] * 2
    events = [decode(output.value, TransactionsReported) for output in processed.outputs]
    assert [event.owner.name for event in events] == ["A", "B"]
    headers = [header_texts(output.headers) for output in processed.outputs]
    assert {found["ce_type"] for found in headers} == {"insidertape.transactions_reported.v1"}
    assert {found["ce_subject"] for found in headers} == {"0000912399-22-000017"}
    assert {found["ce_time"] for found in headers} == {"2024-05-01T12:00:00Z"}
    assert len({found["ce_id"] for found in headers}) == 2
    trace = header_texts(cause.headers)["traceparent"].split("-")[1]
    assert {found["traceparent"].split("-")[1] for found in headers} == {trace}


@pytest.mark.parametrize("delivery", ["live", "backfill"])
def test_outputs_carry_the_origin_of_the_filing(delivery: Delivery) -> None:
    """As the filing's own record does."""
    outputs = ParserProcessor().process(record(filing(), delivery)).outputs
    assert {delivery_of(output.headers) for output in outputs} == {delivery}


def test_the_same_record_gives_the_same_outputs() -> None:
    """To the byte, ids and all: it may be processed again after a crash."""
    assert ParserProcessor().process(record(filing())) == ParserProcessor().process(record(filing()))


def test_facts_for_the_log_describe_the_filing() -> None:
    """Its id, form, format, owners, lines and diagnostics, and why the native reader did not read it."""
    assert ParserProcessor().process(record(filing())).facts == {
        "filing_id": "0000912399-22-000017",
        "form_type": "4",
        "source_format": "xml",
        "owners": 2,
        "lines": 0,
        "diagnostics": 0,
        "declined": "party" if active_reader() == "native" else NOT_INSTALLED,
    }


def test_invalid_event_and_invalid_filing_are_refused() -> None:
    """Both failures are permanent: the engine writes a dead letter."""
    with pytest.raises(InvalidEvent):
        ParserProcessor().process(Record(FILINGS.name, 0, 0, b"k", b"{}"))
    with pytest.raises(InvalidEvent):
        ParserProcessor().process(Record(FILINGS.name, 0, 0, b"k", None))
    with pytest.raises(InvalidFiling):
        ParserProcessor().process(record("10-K"))


def test_an_event_larger_than_its_topic_takes_is_refused() -> None:
    """Whole: no owner's event is written without the others'."""
    with pytest.raises(OversizedRecord) as refused:
        ParserProcessor().process(record(filing("a" * TRANSACTIONS.max_value_bytes)))
    assert refused.value.code == "event_too_large"


def test_the_service_has_no_state() -> None:
    """No changelog; and a record to restore would be a mistake."""
    service = parser_service()
    assert (service.name, service.group) == ("parser", "insidertape.parser")
    assert (service.input_topic, service.output_topics, service.dead_letters) == (
        FILINGS,
        (TRANSACTIONS,),
        PARSER_DEAD_LETTERS,
    )
    assert service.changelog is None
    with pytest.raises(InvalidEvent):
        service.processor().restore(record(filing()))


def test_filing_without_a_time_has_the_time_it_was_observed() -> None:
    """Anybody may write a header without a value. The epoch would put the event half a century back."""
    published = record(filing())
    headers = tuple((name, None if name == "ce_time" else value) for name, value in published.headers)
    outputs = ParserProcessor().process(replace(published, headers=headers)).outputs
    assert {header_texts(output.headers)["ce_time"] for output in outputs} == {"2024-05-01T12:00:00Z"}
