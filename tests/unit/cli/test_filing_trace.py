"""The state of a filing according to the records of the topics: its steps and its outcome."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.errors import InvalidFiling, Misconfigured
from contracts.filing_published import FilingPublished
from contracts.structs import TransactionsReported
from contracts.topics import FILINGS, HOLDINGS_DEAD_LETTERS, PARSER_DEAD_LETTERS, TRANSACTIONS, WATCHER_CURSOR, Topic
from services.cli.reading.filing_trace import subject_of
from services.cli.reading.trace_steps import Subject, Trace
from services.holdings.processor import HoldingsProcessor
from services.runtime.dead_letters import dead_letter
from services.runtime.port import Output, Record
from services.watcher.directory import Entry
from services.watcher.publication import filing_output
from tests.unit.holdings.builders import DAY, holding, report, traded
from tests.unit.holdings.records import source

FILING = "0000000001-24-000001"
SUBJECT = Subject(FILING)
OPENED = report(holding("100"), form="3", filing_id=FILING)
SOLD = report(traded("D", "10", "90", day=DAY.replace(day=5)), filing_id="0000000001-24-000002")


def at(minute: int, topic: Topic, output: Output, offset: int = 0) -> Record:
    """Return the output as a record of its topic, written in that minute of an hour."""
    time = datetime(2024, 3, 5, 10, minute, tzinfo=UTC)
    return Record(topic.name, 1, offset, output.key, output.value, output.headers, int(time.timestamp() * 1000))


def published(minute: int = 1, offset: int = 0) -> Record:
    """Return the filing as the watcher publishes it."""
    filing = FilingPublished(
        filing_id=FILING,
        accession_number=FILING,
        content="a text",
        content_sha256="0" * 64,
        source="edgar-current",
        source_url="https://www.sec.gov/a.txt",
        observed_at=datetime(2024, 3, 5, 10, 0, tzinfo=UTC),
    )
    return at(minute, FILINGS, filing_output(filing, source="watcher/edgar"), offset)


def parsed(event: TransactionsReported = OPENED, minute: int = 2, offset: int = 0) -> Record:
    """Return a report as the parser writes it."""
    record = source(event, offset)
    return at(minute, TRANSACTIONS, Output(TRANSACTIONS, record.key, record.value, record.headers), offset)


def held(*reports: Record) -> list[Record]:
    """Return the output of holdings for the reports, one minute after each."""
    processor = HoldingsProcessor()
    made: list[Record] = []
    for record in reports:
        for output in processor.process(record).outputs:
            later = at(0, output.topic, output, len(made))
            made.append(replace(later, timestamp_ms=record.timestamp_ms + 60_000))
    return made


def refused(record: Record, topic: Topic, minute: int = 3) -> Record:
    """Return the dead letter of a record."""
    output = dead_letter(topic, record, InvalidFiling("no_issuer", "none is named"), stage="parser")
    return at(minute, topic, output)


def cursor(key: str, value: dict[str, object], minute: int = 0) -> Record:
    """Return an entry of the watcher's cursor."""
    return at(minute, WATCHER_CURSOR, Output(WATCHER_CURSOR, key.encode(), json.dumps(value).encode()))


def traced(*records: Record, subject: Subject = SUBJECT) -> Trace:
    """Return the trace of these records, none of which may be skipped."""
    skipped: list[str] = []
    trace = Trace(subject, lambda record, why: skipped.append(f"{record.location}: {why}"))
    for record in records:
        trace.take(record)
    assert skipped == []
    return trace


def names(trace: Trace) -> list[str]:
    """Return the names of the steps in order."""
    return [step.name for step in trace.steps()]


def test_steps_are_in_order_of_time_whatever_the_order_of_the_topics() -> None:
    """The topics are read one after another, and the trace must be one sequence."""
    trace = traced(*held(parsed()), parsed(), published(), cursor(f"edgar|{FILING}", {"published": "2024-03-05"}))
    assert names(trace) == ["seen", "published", "parsed", "positions", "alert"]
    assert trace.outcome == "It is in the positions, with 1 alert."
    assert [step.as_json()["offset"] for step in trace.steps()] == [0, 0, 0, 0, 1]
    assert trace.steps()[1].as_json()["source_url"] == "https://www.sec.gov/a.txt"
    assert trace.steps()[3].as_json()["version"] == 1
    assert trace.title.startswith("Form 3 of ")


def test_filing_that_was_seen_and_not_fetched_is_waiting() -> None:
    """An operator asks this while EDGAR does not respond."""
    entry: dict[str, object] = {"source": "edgar-index", "path": "/a.txt", "seen_at": "2024-03-05T10:00:00Z"}
    trace = traced(cursor(f"edgar|{FILING}", entry))
    assert names(trace) == ["waiting"]
    assert trace.outcome == "It is waiting to be fetched from EDGAR."
    assert trace.steps()[0].as_json()["seen_at"] == "2024-03-05T10:00:00Z"


def test_filing_of_a_backfill_is_found_in_its_batch() -> None:
    """One record accounts for a whole batch of filings."""
    trace = traced(cursor("edgar-backfill|batch|2006-01-03|x", {"day": "2006-01-03", "filings": {FILING: "4"}}))
    assert (names(trace), trace.outcome) == (["seen"], "It was seen but is not published.")


def test_published_filing_without_a_report_is_not_parsed_yet() -> None:
    """The parser is behind, or is not running."""
    trace = traced(published())
    assert (names(trace), trace.outcome) == (["published"], "It is published but not parsed yet.")


def test_report_that_is_in_no_book_is_not_in_the_positions_yet() -> None:
    """Holdings is behind; the owner is named."""
    trace = traced(published(), parsed())
    assert trace.outcome == f"It is parsed but not yet in the positions of {OPENED.owner.key}."


def test_dead_letter_has_its_code_its_reason_and_the_command_that_shows_it() -> None:
    """An operator looks at the dead letter next."""
    trace = traced(published(), refused(published(), PARSER_DEAD_LETTERS))
    step = trace.steps()[-1].as_json()
    assert (step["code"], step["reason"]) == ("no_issuer", "no_issuer: none is named")
    assert (step["letter"], step["replayed"]) == ("parser/1/0", False)
    assert trace.outcome == "It is among the dead letters: `insidertape dlq show parser/1/0` prints it."


def test_replayed_dead_letter_is_marked_and_followed_by_further_steps() -> None:
    """The filing is in its topic a second time, after the dead letter."""
    again = published(4, 1)
    report_again = parsed(minute=5)
    trace = traced(published(), refused(published(), PARSER_DEAD_LETTERS), again, report_again, *held(report_again))
    assert names(trace) == ["published", "dead", "published", "parsed", "positions", "alert"]
    assert trace.steps()[1].as_json()["replayed"] is True
    assert trace.outcome == "It is in the positions, with 1 alert."


def test_dead_letter_with_a_replay_marker_is_not_the_outcome() -> None:
    """The record itself may not be there yet, or no longer; the marker is not another dead letter."""
    letter = refused(published(), PARSER_DEAD_LETTERS)
    headers = (("insidertape_replayed", f"{letter.partition}@{letter.offset}".encode()),)
    marker = at(4, PARSER_DEAD_LETTERS, Output(PARSER_DEAD_LETTERS, letter.key, None, headers), 1)
    trace = traced(published(), letter, marker)
    assert names(trace) == ["published", "dead"]
    assert trace.steps()[1].as_json()["replayed"] is True
    assert trace.outcome == "It is published but not parsed yet."


def test_report_that_holdings_refused_is_found_by_its_filing() -> None:
    """Its key is the issuer's: only the value names the filing."""
    other = parsed(SOLD, offset=1)
    letters = [refused(parsed(), HOLDINGS_DEAD_LETTERS), refused(other, HOLDINGS_DEAD_LETTERS)]
    trace = traced(published(), parsed(), other, *letters)
    assert names(trace) == ["published", "parsed", "dead"]


def test_filing_is_found_in_a_later_version_of_the_book() -> None:
    """The positions topic keeps only the latest version of a book."""
    records = [parsed(), parsed(SOLD, 4, 1)]
    made = held(*records)
    versions = [record for record in made if record.topic.endswith("positions.v1")]
    trace = traced(published(), *records, versions[-1])
    assert names(trace) == ["published", "parsed", "positions"]
    step = trace.steps()[-1]
    assert step.as_json()["version"] == 2
    assert "counted; now version 2" in step.words
    assert trace.outcome == "It is in the positions, with 0 alerts."


def test_records_of_other_filings_are_not_steps() -> None:
    """This includes a book that names the filing among others, and all records about other filings."""
    records = [parsed(), parsed(SOLD, 4, 1)]
    trace = traced(*records, *held(*records), subject=Subject("0000000001-24-000003"))
    assert names(trace) == []


def test_record_with_the_filings_id_that_is_not_an_event_is_reported() -> None:
    """Topics contain foreign records too; the trace continues without them."""
    skipped: list[str] = []
    trace = Trace(Subject(FILING), lambda record, _: skipped.append(record.location))
    trace.take(at(0, TRANSACTIONS, Output(TRANSACTIONS, b"k", f'{{"filing": "{FILING}"}}'.encode())))
    assert (skipped, trace.steps()) == (["insidertape.transactions.v1[1]@0"], [])


def test_refused_file_is_found_by_its_path(tmp_path: Path) -> None:
    """It has no filing id: the watcher's dead letter and its cursor entry have the file's URI."""
    uri = (tmp_path / "a.txt").as_uri()
    entry = cursor(f"directory|{uri}", {"uri": uri, "size": 1, "mtime_ns": 1, "filing_id": ""})
    trace = traced(entry, subject=Subject(None, uri))
    assert names(trace) == ["seen"]


@pytest.mark.parametrize(
    ("name", "filing_id"),
    [
        (FILING, FILING),
        (FILING.replace("-", ""), FILING),
        ("sha256:" + "0" * 32, "sha256:" + "0" * 32),
    ],
)
def test_filing_is_found_by_each_form_of_its_id(name: str, filing_id: str) -> None:
    """The accession number may be written as on EDGAR's pages or as in its addresses; other ids work too."""
    assert subject_of(name, {}) == Subject(filing_id)


def test_file_is_identified_by_the_cursor(tmp_path: Path) -> None:
    """This holds even if the file is gone; a file that is not in the cursor is identified by its text."""
    path = tmp_path / "a.txt"
    uri = path.as_uri()
    assert subject_of(str(path), {uri: Entry(uri, 1, 1, "", FILING)}) == Subject(FILING, uri)
    assert subject_of(str(path), {}) == Subject(None, uri)
    path.write_text("ACCESSION NUMBER: 0000000001-24-000009\n")
    assert subject_of(str(path), {}) == Subject("0000000001-24-000009", uri)


def test_directory_is_not_one_filing(tmp_path: Path) -> None:
    """A user means one of the files in it."""
    with pytest.raises(Misconfigured, match=r"not_a_file: .* is a directory"):
        subject_of(str(tmp_path), {})
