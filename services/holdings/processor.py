"""The holdings service on one partition: reports in, positions and alerts out. The positions topic is its state."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from contracts.codec import decode, encode
from contracts.codes import ErrorCode
from contracts.envelope import Cause, Headers, cause_of, caused_envelope
from contracts.errors import InvalidEvent, StateCorrupted
from contracts.structs import HoldingChanged, TransactionsReported
from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS, positions_key, routing_parts
from services.holdings.alerts import build_alert
from services.holdings.book import Book
from services.holdings.book_store import REMEDY, BookStore, decode_positions, read_book
from services.holdings.compression import ENCODING
from services.holdings.ledger import ApplyResult, apply
from services.runtime.port import Output, Processed, Record, Service

NAME: Final = "holdings"

SOURCE_OFFSET_HEADER: Final = "insidertape_source_offset"
"""Header of a positions record: the offset of the transactions record that caused it, in decimal."""

VERSION_HEADER: Final = "insidertape_version"
"""Header of a positions record: the version of the positions, in decimal. The oldest records lack it."""

REBUILT_HEADER: Final = "insidertape_rebuilt"
"""Header of a positions record written by `insidertape state repair`: valid whatever its key contained before."""

_SUBJECT_HEADER: Final = "ce_subject"
_LONGEST_NUMBER: Final = 19
"""Digits of the largest possible offset."""
_CONTRADICTIONS: Final = frozenset({ErrorCode.VERSION_DOES_NOT_GROW, ErrorCode.SOURCE_OFFSET_DOES_NOT_GROW})


def holdings_service() -> Service:
    """Return the service for an engine to run."""
    return Service(
        name=NAME,
        input_topic=TRANSACTIONS,
        output_topics=(POSITIONS, ALERTS),
        dead_letters=HOLDINGS_DEAD_LETTERS,
        processor=HoldingsProcessor,
        changelog=POSITIONS,
        routing=routing_parts,
    )


@dataclass(frozen=True, slots=True)
class StateFault:
    """A record of the positions topic that holdings cannot use, and why."""

    record: Record
    error: StateCorrupted


class HoldingsProcessor:
    """Applies the reports of one partition to the books of its owners, each filing once.

    The state in memory changes only after a record has produced all its outputs. Versions grow with each book, and
    source offsets grow over the partition. If either does not, two instances wrote to one partition, or the log was
    replaced under its state. Continuing would count filings twice or lose them.

    `faults` contains the records of the state that stop the service, by key. A foreign record no longer counts once a
    later record of its key replaces it; a contradiction, only once the key is deleted or rebuilt.
    """

    def __init__(self) -> None:
        self._books = BookStore()
        self._source_offset = -1
        self.faults: dict[bytes, StateFault] = {}

    @property
    def source_offset(self) -> int:
        """The last offset of the transactions topic that the state accounts for; -1 if there is none."""
        return self._source_offset

    @property
    def keys(self) -> int:
        """The number of books."""
        return self._books.count

    def restore(self, record: Record) -> None:
        """Restore one record of the positions topic. A record without a value removes the book and its fault.

        Only the headers are checked now. The value is decoded on first use, so that a partition is restored as fast as
        it can be fetched. Unusable records are collected in `faults`.
        """
        key = record.key or b""
        if record.value is None and not record.unreadable:
            self._books.forget(key)
            self.faults.pop(key, None)
            return
        try:
            self._restore(record, key)
        except StateCorrupted as error:
            self.faults[key] = StateFault(record, error)

    def restored(self) -> None:
        """Check the complete state.

        Raises:
            StateCorrupted: a record is foreign or contradicts an earlier one, and no later record repairs that.
        """
        for fault in self.faults.values():
            more = f" and {len(self.faults) - 1} more" if len(self.faults) > 1 else ""
            raise StateCorrupted(fault.error.code, f"{fault.error.message}{more}; {REMEDY}")

    @property
    def snapshot_encoding(self) -> str:
        """The encoding of the books in a snapshot."""
        return ENCODING

    def save(self) -> Iterator[bytes]:
        """Return the present state, which has no faults, as the frames of a snapshot."""
        return self._books.save(self._source_offset)

    def load(self, frame: bytes) -> None:
        """Load a frame of a snapshot. As with records, books are decoded on first use."""
        self._source_offset = self._books.load(frame)

    def _restore(self, record: Record, key: bytes) -> None:
        if record.unreadable:
            raise StateCorrupted(ErrorCode.UNREADABLE_STATE, f"{record.location}: {record.unreadable}")
        value, headers = record.value or b"", dict(record.headers)
        if headers.get(_SUBJECT_HEADER) != key:
            raise StateCorrupted(
                ErrorCode.FOREIGN_POSITIONS, f"{record.location}: the key is not that of the positions"
            )
        source_offset = _number(record, headers, SOURCE_OFFSET_HEADER)
        if VERSION_HEADER in headers:
            version = _number(record, headers, VERSION_HEADER)
        else:
            version = decode_positions(key, value).version
        if REBUILT_HEADER not in headers:
            self._check(record, key, version, source_offset)
        if REBUILT_HEADER in headers or (key in self.faults and self.faults[key].error.code not in _CONTRADICTIONS):
            self.faults.pop(key, None)
        self._books.restore(key, version, value)
        self._source_offset = max(self._source_offset, source_offset)

    def process(self, record: Record) -> Processed:
        """Apply one report as a unit. A report whose filing was applied before produces no output.

        Raises:
            InvalidEvent: the record is not a report, or its key is not its issuer's.
            OversizedRecord: the positions or an alert exceed the size limit of a topic.
            StateCorrupted: the record was processed before, or the owner's restored positions cannot be read.
        """
        report = decode(record.value, TransactionsReported)
        if record.key != report.issuer.key.encode():  # its positions would be written to the wrong partition
            raise InvalidEvent(ErrorCode.WRONG_KEY, f"the record's key must be its issuer's, {report.issuer.key}")
        key = positions_key(report.issuer.key, report.owner.key).encode()
        applied = apply(self._books.book(key), report)
        facts = _facts(report, applied)
        if applied.status == "duplicate":
            return Processed(facts=facts)
        self._check(record, key, applied.event.version, record.offset)
        cause = cause_of(record.headers, _known_time(report, record))
        positions = _positions_output(applied.book, key, record.offset, cause)
        alerts = [build_alert(draft, report) for draft in applied.drafts]
        outputs = [positions, *[_alert_output(alert, key, cause) for alert in alerts]]
        for output in outputs:
            output.check_size()  # check now: if the engine refused it later, the state would be ahead of its topic
        self._books.keep(key, applied.book, positions.value or b"")
        self._source_offset = record.offset
        return Processed(outputs=outputs, facts=facts)

    def _check(self, record: Record, key: bytes, version: int, source_offset: int) -> None:
        known = self._books.version(key)
        if version <= known:
            raise StateCorrupted(
                ErrorCode.VERSION_DOES_NOT_GROW,
                f"{record.location}: {key.decode('utf-8', 'replace')} is at version {known}, {version} came after",
            )
        if source_offset <= self._source_offset:
            raise StateCorrupted(
                ErrorCode.SOURCE_OFFSET_DOES_NOT_GROW,
                f"{record.location}: offset {source_offset} of {TRANSACTIONS.name} came after {self._source_offset}",
            )


def state_fault(record: Record) -> StateFault | None:
    """Decode the value of a positions record in full, and return its fault; None if it is valid."""
    key, version = record.key or b"", dict(record.headers).get(VERSION_HEADER)
    try:
        read_book(key, decode_positions(key, record.value or b"", int(version) if version else None))
    except StateCorrupted as error:
        return StateFault(record, StateCorrupted(error.code, f"{record.location}: {error.message}"))
    return None


def _positions_output(book: Book, key: bytes, source_offset: int, cause: Cause) -> Output:
    subject = key.decode()
    envelope = caused_envelope(
        event_name="positions_updated",
        source=NAME,
        subject=subject,
        identity=f"{subject}|{book.event.version}",
        cause=cause,
    )
    headers: Headers = (
        *envelope.headers(),
        (SOURCE_OFFSET_HEADER, str(source_offset).encode()),
        (VERSION_HEADER, str(book.event.version).encode()),
    )
    return Output(
        topic=POSITIONS, key=key, value=book.encoded(), headers=headers, routing=book.event.issuer.key.encode()
    )


def _alert_output(alert: HoldingChanged, key: bytes, cause: Cause) -> Output:
    envelope = caused_envelope(
        event_name="holding_changed",
        source=NAME,
        subject=key.decode(),
        identity=alert.alert_id,
        cause=cause,
    )
    return Output(topic=ALERTS, key=alert.issuer.key.encode(), value=encode(alert), headers=envelope.headers())


def _facts(report: TransactionsReported, applied: ApplyResult) -> dict[str, object]:
    return {
        "filing_id": report.filing.filing_id,
        "issuer": report.issuer.key,
        "owner": report.owner.key,
        "outcome": applied.status,
        "version": applied.event.version,
        "changes": [draft.kind for draft in applied.drafts],
    }


def _known_time(report: TransactionsReported, cause: Record) -> datetime | None:
    """Return the time of a report whose record has none: that of acceptance, of filing, or of the record."""
    filed_on = report.filing.filed_on
    return report.filing.accepted_at or (datetime.combine(filed_on, time.min, UTC) if filed_on else cause.time)


def _number(record: Record, headers: Mapping[str, bytes | None], name: str) -> int:
    digits = headers.get(name) or b""
    if not digits.isdigit() or len(digits) > _LONGEST_NUMBER:
        raise StateCorrupted(ErrorCode.MALFORMED_HEADER, f"{record.location}: its {name} header is not a number")
    return int(digits)
