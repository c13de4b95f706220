"""Records of the holdings service's topics: reports in, and positions written and read back."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from msgspec import structs

from contracts.codec import encode
from contracts.envelope import Delivery, new_envelope
from contracts.structs import TransactionsReported
from contracts.topics import POSITIONS, TRANSACTIONS
from services.holdings.processor import HoldingsProcessor
from services.runtime.port import Output, Record
from tests.unit.holdings.builders import DAY, ISSUER, OWNER, holding, report, traded

KEY: Final = f"{ISSUER.key}|{OWNER.key}".encode()
OPENED: Final = report(holding("100"), form="3", filing_id="0000000001-24-000001")
SOLD: Final = report(traded("D", "10", "90", day=DAY.replace(day=5)), filing_id="0000000001-24-000002")
OTHERS: Final = structs.replace(OPENED, owner=structs.replace(OWNER, key="name:ROE", cik=None))
"""The same filing by another owner."""


def source(event: TransactionsReported, offset: int, delivery: Delivery = "live") -> Record:
    """Return the report as a record of the transactions topic."""
    envelope = new_envelope(
        event_name="transactions_reported",
        source="parser",
        subject=event.filing.filing_id,
        identity=event.filing.filing_id,
        time=datetime(2024, 3, 5, tzinfo=UTC),
        delivery=delivery,
    )
    return Record(TRANSACTIONS.name, 3, offset, event.issuer.key.encode(), encode(event), envelope.headers())


def positions_of_report(event: TransactionsReported, offset: int = 0) -> Output:
    """Return the positions that a new processor writes for the report."""
    return HoldingsProcessor().process(source(event, offset)).outputs[0]


def stored(output: Output, offset: int = 0) -> Record:
    """Return a positions output as a record of its topic, read back."""
    return Record(POSITIONS.name, 3, offset, output.key, output.value, output.headers)


def restored(*records: Record) -> HoldingsProcessor:
    """Return a processor with these records of the positions topic as its state."""
    processor = HoldingsProcessor()
    for record in records:
        processor.restore(record)
    processor.restored()
    return processor


def with_header(output: Output, name: str, value: bytes | None) -> Output:
    """Return the output with another value of that header; None leaves it out."""
    others = tuple(header for header in output.headers if header[0] != name)
    return replace(output, headers=others if value is None else (*others, (name, value)))
