"""The parser on a stream: one FilingPublished in, one TransactionsReported out per reporting owner."""

from datetime import datetime
from typing import Final

from contracts.codec import decode
from contracts.codes import ErrorCode
from contracts.envelope import cause_of, caused_envelope
from contracts.errors import InvalidEvent, OversizedRecord
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, PARSER_DEAD_LETTERS, TRANSACTIONS
from services.parser.defects import refused_on_defect
from services.parser.filing_json import EncodedFiling, encode_filing
from services.runtime.port import Output, Processed, Record, Service

NAME: Final = "parser"


class ParserProcessor:
    """Parses each filing on its own, without state."""

    def restore(self, record: Record) -> None:
        """Refuse the record: the parser has no changelog, so this is never called.

        Raises:
            InvalidEvent: always.
        """
        raise InvalidEvent(ErrorCode.NO_STATE, f"the parser has no state to restore from {record.topic}")

    def process(self, record: Record) -> Processed:
        """Return the events of one filing, and facts about it for the log.

        Raises:
            InvalidEvent: the record is not a FilingPublished.
            InvalidFiling: its content is not a readable Form 3, 4 or 5, or triggers a defect of the parser.
            OversizedRecord: an event is larger than its topic accepts.
        """
        published = decode(record.value, FilingPublished)
        with refused_on_defect():
            filing = encode_filing(
                published.content,
                hints=published.hints,
                filing_id=published.filing_id,
                accession_number=published.accession_number,
                form_type=published.form_type,
                filed_on=published.filed_on,
                accepted_at=published.accepted_at,
                source_url=published.source_url,
            )
        return Processed(
            outputs=[_output(filing, index, record, published.observed_at) for index in range(len(filing.events))],
            facts={
                "filing_id": filing.filing_id,
                "form_type": filing.form_type,
                "source_format": filing.source_format,
                "owners": len(filing.events),
                "lines": filing.lines,
                "diagnostics": len(filing.diagnostics),
                "declined": filing.declined,
            },
            diagnostics=filing.diagnostics,
        )


def _output(filing: EncodedFiling, owner_index: int, cause: Record, observed_at: datetime) -> Output:
    value = filing.events[owner_index]
    if len(value) > TRANSACTIONS.max_value_bytes:
        raise OversizedRecord(
            ErrorCode.EVENT_TOO_LARGE,
            f"the event of owner {owner_index} of {filing.filing_id} has {len(value)} bytes,"
            f" and {TRANSACTIONS.name} takes {TRANSACTIONS.max_value_bytes}",
        )
    envelope = caused_envelope(
        event_name="transactions_reported",
        source=NAME,
        subject=filing.filing_id,
        identity=f"{filing.filing_id}/{owner_index}",
        cause=cause_of(cause.headers, observed_at),
    )
    return Output(topic=TRANSACTIONS, key=filing.issuer_key.encode(), value=value, headers=envelope.headers())


def parser_service() -> Service:
    """Return the parser as an engine runs it.

    >>> parser_service().name
    'parser'
    """
    return Service(
        name=NAME,
        input_topic=FILINGS,
        output_topics=(TRANSACTIONS,),
        dead_letters=PARSER_DEAD_LETTERS,
        processor=ParserProcessor,
    )
