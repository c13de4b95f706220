"""The holdings service on a partition: reports in, positions and alerts out, and the positions topic its state."""

from collections.abc import Mapping
from typing import Final

from contracts.codec import decode, encode
from contracts.envelope import Headers, caused_envelope
from contracts.errors import StateCorrupted
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS, positions_key
from contracts.transactions_reported import TransactionsReported
from services.holdings.alerts import alert_of
from services.holdings.ledger import Applied, apply
from services.holdings.state import Books, positions_of
from services.runtime.port import Output, Processed, Record, Service

NAME: Final = "holdings"

SOURCE_OFFSET_HEADER: Final = "insidertape_source_offset"
"""Header of a positions record: the offset of the transactions record that it came of, in decimal."""

VERSION_HEADER: Final = "insidertape_version"
"""Header of a positions record: the version of the positions, in decimal. The oldest records lack it."""

_SUBJECT_HEADER: Final = "ce_subject"


def holdings_service() -> Service:
    """The service as an engine runs it."""
    return Service(
        name=NAME,
        source=TRANSACTIONS,
        targets=(POSITIONS, ALERTS),
        dead_letters=HOLDINGS_DEAD_LETTERS,
        processor=HoldingsProcessor,
        changelog=POSITIONS,
    )


class HoldingsProcessor:
    """Applies the reports of one partition to the books of its owners, each filing once.

    In memory it changes only once a record has given all its outputs; versions grow with each book, and the source's
    offsets over the partition. Where either does not, two instances wrote one partition, or the log was replaced
    under its state, and going on would count filings twice or not at all.
    """

    def __init__(self) -> None:
        self._books = Books()
        self._source_offset = -1

    def restore(self, record: Record) -> None:
        """Take in one record of the positions topic; one without a value forgets the book.

        The value is not read before it is used, so that a partition is restored as fast as it can be fetched: what
        can be checked now are the headers.

        Raises:
            StateCorrupted: the record is not one of this service's, or contradicts an earlier one.
        """
        key = record.key or b""
        if record.value is None:
            self._books.forget(key)
            return
        headers = dict(record.headers)
        if headers.get(_SUBJECT_HEADER) != key:
            raise StateCorrupted("foreign_positions", f"{_place(record)}: the key is not that of the positions")
        source_offset = _number(record, headers, SOURCE_OFFSET_HEADER)
        if VERSION_HEADER in headers:
            version = _number(record, headers, VERSION_HEADER)
        else:
            version = positions_of(key, record.value).version
        self._check(record, key, version, source_offset)
        self._books.restore(key, version, record.value)
        self._source_offset = source_offset

    def process(self, record: Record) -> Processed:
        """Apply one report, whole or not at all. One whose filing was applied before gives nothing.

        Raises:
            InvalidEvent: the record holds no report.
            OversizedRecord: the positions or an alert would be more than a topic takes.
            StateCorrupted: the record was processed before, or the owner's restored positions cannot be read.
        """
        report = decode(record.value, TransactionsReported)
        key = positions_key(report.issuer.key, report.owner.key).encode()
        applied = apply(self._books.book(key), report)
        facts = _facts(report, applied)
        if applied.outcome == "duplicate":
            return Processed(facts=facts)
        self._check(record, key, applied.book.version, record.offset)
        positions = _positions_output(applied.book, key, record)
        outputs = (positions, *(_alert_output(alert_of(change, report), key, record) for change in applied.changes))
        for output in outputs:
            output.check_size()  # now: an engine that refuses later would leave the state ahead of its topic
        self._books.keep(key, applied.after, positions.value or b"")
        self._source_offset = record.offset
        return Processed(outputs=outputs, facts=facts)

    def _check(self, record: Record, key: bytes, version: int, source_offset: int) -> None:
        known = self._books.version(key)
        if version <= known:
            raise StateCorrupted(
                "version_does_not_grow",
                f"{_place(record)}: {key.decode('utf-8', 'replace')} is at version {known}, {version} came after",
            )
        if source_offset <= self._source_offset:
            raise StateCorrupted(
                "source_offset_does_not_grow",
                f"{_place(record)}: offset {source_offset} of {TRANSACTIONS.name} came after {self._source_offset}",
            )


def _positions_output(book: PositionsUpdated, key: bytes, cause: Record) -> Output:
    subject = key.decode()
    envelope = caused_envelope(
        event_name="positions_updated",
        source=NAME,
        subject=subject,
        identity=f"{subject}|{book.version}",
        cause=cause.headers,
    )
    headers: Headers = (
        *envelope.headers(),
        (SOURCE_OFFSET_HEADER, str(cause.offset).encode()),
        (VERSION_HEADER, str(book.version).encode()),
    )
    return Output(topic=POSITIONS, key=key, value=encode(book), headers=headers, routing=book.issuer.key.encode())


def _alert_output(alert: HoldingChanged, key: bytes, cause: Record) -> Output:
    envelope = caused_envelope(
        event_name="holding_changed", source=NAME, subject=key.decode(), identity=alert.alert_id, cause=cause.headers
    )
    return Output(topic=ALERTS, key=alert.issuer.key.encode(), value=encode(alert), headers=envelope.headers())


def _facts(report: TransactionsReported, applied: Applied) -> dict[str, object]:
    return {
        "filing_id": report.filing.filing_id,
        "issuer": report.issuer.key,
        "owner": report.owner.key,
        "outcome": applied.outcome,
        "version": applied.book.version,
        "changes": [change.kind for change in applied.changes],
    }


def _number(record: Record, headers: Mapping[str, bytes], name: str) -> int:
    digits = headers.get(name) or b""  # a foreign header may have no value
    if not digits.isdigit():
        raise StateCorrupted("malformed_header", f"{_place(record)}: its {name} header is no number")
    return int(digits)


def _place(record: Record) -> str:
    return f"{record.topic}[{record.partition}]@{record.offset}"
