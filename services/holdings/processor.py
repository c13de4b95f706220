"""The holdings service on a partition: reports in, positions and alerts out, and the positions topic its state."""

from dataclasses import dataclass
from typing import Final

from contracts.codec import decode, encode
from contracts.envelope import Headers, caused_envelope, header_texts
from contracts.errors import InvalidEvent, StateCorrupted
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS, positions_key
from contracts.transactions_reported import TransactionsReported
from services.holdings.alerts import alert_of
from services.holdings.ledger import Applied, apply
from services.runtime.port import Output, Processed, Record, Service

NAME: Final = "holdings"

SOURCE_OFFSET_HEADER: Final = "insidertape_source_offset"
"""Header of a positions record: the offset of the transactions record that it came of, in decimal."""


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


@dataclass(frozen=True, slots=True)
class _Book:
    """An owner's book as the positions topic holds it: decoded only when it is used."""

    version: int
    value: bytes


class HoldingsProcessor:
    """Applies the reports of one partition to the books of its owners, each filing once.

    In memory it changes only once a record has given all its outputs; versions grow with each book, and the source's
    offsets over the partition. Where either does not, two instances wrote one partition, or the log was replaced
    under its state, and going on would count filings twice or not at all.
    """

    def __init__(self) -> None:
        self._books: dict[str, _Book] = {}
        self._source_offset = -1

    def restore(self, record: Record) -> None:
        """Take in one record of the positions topic; one without a value forgets the book.

        Raises:
            StateCorrupted: the record is not one of this service's, or contradicts an earlier one.
        """
        key = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            self._books.pop(key, None)
            return
        try:
            book = decode(record.value, PositionsUpdated)
        except InvalidEvent as error:
            raise StateCorrupted("unreadable_positions", f"{_place(record)}: {error.message}") from None
        if key != positions_key(book.issuer.key, book.owner.key):
            raise StateCorrupted("foreign_positions", f"{_place(record)}: the key is not that of the positions")
        source_offset = _source_offset(record)
        self._check(record, key, book.version, source_offset)
        self._books[key] = _Book(book.version, record.value)
        self._source_offset = source_offset

    def process(self, record: Record) -> Processed:
        """Apply one report, whole or not at all. One whose filing was applied before gives nothing.

        Raises:
            InvalidEvent: the record holds no report.
            OversizedRecord: the positions or an alert would be more than a topic takes.
            StateCorrupted: the record was processed before.
        """
        report = decode(record.value, TransactionsReported)
        key = positions_key(report.issuer.key, report.owner.key)
        known = self._books.get(key)
        applied = apply(None if known is None else decode(known.value, PositionsUpdated), report)
        facts = _facts(report, applied)
        if applied.outcome == "duplicate":
            return Processed(facts=facts)
        self._check(record, key, applied.book.version, record.offset)
        positions = _positions_output(applied.book, key, record)
        outputs = (positions, *(_alert_output(alert_of(change, report), record) for change in applied.changes))
        for output in outputs:
            output.check_size()  # now: an engine that refuses later would leave the state ahead of its topic
        self._books[key] = _Book(applied.book.version, positions.value or b"")
        self._source_offset = record.offset
        return Processed(outputs=outputs, facts=facts)

    def _check(self, record: Record, key: str, version: int, source_offset: int) -> None:
        known = self._books.get(key)
        if known is not None and version <= known.version:
            raise StateCorrupted(
                "version_does_not_grow", f"{_place(record)}: {key} is at version {known.version}, {version} came after"
            )
        if source_offset <= self._source_offset:
            raise StateCorrupted(
                "source_offset_does_not_grow",
                f"{_place(record)}: offset {source_offset} of {TRANSACTIONS.name} came after {self._source_offset}",
            )


def _positions_output(book: PositionsUpdated, key: str, cause: Record) -> Output:
    envelope = caused_envelope(
        event_name="positions_updated",
        source=NAME,
        subject=key,
        identity=f"{key}|{book.version}",
        cause=cause.headers,
    )
    headers: Headers = (*envelope.headers(), (SOURCE_OFFSET_HEADER, str(cause.offset).encode()))
    return Output(
        topic=POSITIONS, key=key.encode(), value=encode(book), headers=headers, routing=book.issuer.key.encode()
    )


def _alert_output(alert: HoldingChanged, cause: Record) -> Output:
    envelope = caused_envelope(
        event_name="holding_changed",
        source=NAME,
        subject=positions_key(alert.issuer.key, alert.owner.key),
        identity=alert.alert_id,
        cause=cause.headers,
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


def _source_offset(record: Record) -> int:
    text = header_texts(record.headers).get(SOURCE_OFFSET_HEADER, "")
    if not (text.isascii() and text.isdigit()):
        raise StateCorrupted("no_source_offset", f"{_place(record)}: no {SOURCE_OFFSET_HEADER} header tells its source")
    return int(text)


def _place(record: Record) -> str:
    return f"{record.topic}[{record.partition}]@{record.offset}"
