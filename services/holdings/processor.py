"""The holdings service on a partition: reports in, positions and alerts out, and the positions topic its state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from contracts.codec import decode, encode
from contracts.codes import ErrorCode
from contracts.envelope import Cause, Headers, cause_of, caused_envelope
from contracts.errors import InvalidEvent, StateCorrupted
from contracts.holding_changed import HoldingChanged
from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS, positions_key, routing_parts
from contracts.transactions_reported import TransactionsReported
from services.holdings.alerts import alert_of
from services.holdings.book import Book
from services.holdings.book_store import REMEDY, BookStore, book_read, positions_of
from services.holdings.ledger import ApplyResult, apply
from services.runtime.port import Output, Processed, Record, Service

NAME: Final = "holdings"

SOURCE_OFFSET_HEADER: Final = "insidertape_source_offset"
"""Header of a positions record: the offset of the transactions record that it came of, in decimal."""

VERSION_HEADER: Final = "insidertape_version"
"""Header of a positions record: the version of the positions, in decimal. The oldest records lack it."""

REBUILT_HEADER: Final = "insidertape_rebuilt"
"""Header of a positions record that `insidertape state repair` wrote: it stands, whatever its key held before."""

_SUBJECT_HEADER: Final = "ce_subject"
_LONGEST_NUMBER: Final = 19
"""Digits of the largest offset there can be."""
_CONTRADICTIONS: Final = frozenset({ErrorCode.VERSION_DOES_NOT_GROW, ErrorCode.SOURCE_OFFSET_DOES_NOT_GROW})


def holdings_service() -> Service:
    """The service as an engine runs it."""
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
    """A record of the positions topic that holdings cannot build on, and why."""

    record: Record
    error: StateCorrupted


class HoldingsProcessor:
    """Applies the reports of one partition to the books of its owners, each filing once.

    In memory it changes only once a record has given all its outputs; versions grow with each book, and the source's
    offsets over the partition. If either does not, two instances wrote one partition, or the log was replaced
    under its state, and going on would count filings twice or not at all.

    `faults` are the records of the state that stop the service, by key. What is foreign counts no more once a later
    record of its key takes its place; a contradiction only once the key is deleted or rebuilt.
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
        """How many books there are."""
        return self._books.count

    def restore(self, record: Record) -> None:
        """Take in one record of the positions topic; one without a value forgets the book, and any fault of its key.

        The value is not read before it is used, so that a partition is restored as fast as it can be fetched: what
        can be checked now are the headers. A record that cannot be built on is kept among the faults.
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
        """Judge the state, now that all of it is there.

        Raises:
            StateCorrupted: a record is not one of this service's, or contradicts an earlier one, and nothing mends it.
        """
        for fault in self.faults.values():
            more = f" and {len(self.faults) - 1} more" if len(self.faults) > 1 else ""
            raise StateCorrupted(fault.error.code, f"{fault.error.message}{more}; {REMEDY}")

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
            version = positions_of(key, value).version
        if REBUILT_HEADER not in headers:
            self._check(record, key, version, source_offset)
        if REBUILT_HEADER in headers or (key in self.faults and self.faults[key].error.code not in _CONTRADICTIONS):
            self.faults.pop(key, None)
        self._books.restore(key, version, value)
        self._source_offset = max(self._source_offset, source_offset)

    def process(self, record: Record) -> Processed:
        """Apply one report as a unit. One whose filing was applied before gives nothing.

        Raises:
            InvalidEvent: the record holds no report, or that of another issuer than its key's.
            OversizedRecord: the positions or an alert would be more than a topic takes.
            StateCorrupted: the record was processed before, or the owner's restored positions cannot be read.
        """
        report = decode(record.value, TransactionsReported)
        if record.key != report.issuer.key.encode():  # its positions would be written into another's partition
            raise InvalidEvent(ErrorCode.WRONG_KEY, f"the record's key must be its issuer's, {report.issuer.key}")
        key = positions_key(report.issuer.key, report.owner.key).encode()
        applied = apply(self._books.book(key), report)
        facts = _facts(report, applied)
        if applied.outcome == "duplicate":
            return Processed(facts=facts)
        self._check(record, key, applied.book.version, record.offset)
        cause = cause_of(record.headers, _known_time(report, record))
        positions = _positions_output(applied.after, key, record.offset, cause)
        alerts = [alert_of(change, report) for change in applied.changes]
        outputs = [positions, *[_alert_output(alert, key, cause) for alert in alerts]]
        for output in outputs:
            output.check_size()  # now: an engine that refuses later would leave the state ahead of its topic
        self._books.keep(key, applied.after, positions.value or b"")
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
    """Return what is wrong with the value of a record of the positions topic, read in full; None if nothing is."""
    key, version = record.key or b"", dict(record.headers).get(VERSION_HEADER)
    try:
        book_read(key, positions_of(key, record.value or b"", int(version) if version else None))
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
        "outcome": applied.outcome,
        "version": applied.book.version,
        "changes": [change.kind for change in applied.changes],
    }


def _known_time(report: TransactionsReported, cause: Record) -> datetime | None:
    """Return the time of a report whose record does not give one: when it was accepted, filed, or written here."""
    filed_on = report.filing.filed_on
    return report.filing.accepted_at or (datetime.combine(filed_on, time.min, UTC) if filed_on else cause.time)


def _number(record: Record, headers: Mapping[str, bytes | None], name: str) -> int:
    digits = headers.get(name) or b""
    if not digits.isdigit() or len(digits) > _LONGEST_NUMBER:
        raise StateCorrupted(ErrorCode.MALFORMED_HEADER, f"{record.location}: its {name} header is not a number")
    return int(digits)
