"""The parser on a stream: one FilingPublished in, one TransactionsReported out per reporting owner."""

from datetime import datetime
from typing import Final

from contracts.codec import decode, encode
from contracts.codes import ErrorCode
from contracts.envelope import cause_of, caused_envelope
from contracts.errors import InvalidEvent, OversizedRecord
from contracts.filing_published import FilingPublished
from contracts.structs import TransactionsReported
from contracts.topics import FILINGS, PARSER_DEAD_LETTERS, TRANSACTIONS
from services.parser.defects import refused_on_defect
from services.parser.filing import parse_filing
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
            events = parse_filing(
                published.content,
                hints=published.hints,
                filing_id=published.filing_id,
                accession_number=published.accession_number,
                form_type=published.form_type,
                filed_on=published.filed_on,
                accepted_at=published.accepted_at,
                source_url=published.source_url,
            )
        first = events[0]
        diagnostics = [diagnostic.code for event in events for diagnostic in event.diagnostics]
        return Processed(
            outputs=[_output(event, record, published.observed_at) for event in events],
            facts={
                "filing_id": first.filing.filing_id,
                "form_type": first.filing.form_type,
                "source_format": first.filing.source_format,
                "owners": len(events),
                "lines": len(first.transactions) + len(first.holdings),
                "diagnostics": len(diagnostics),
            },
            diagnostics=diagnostics,
        )


def _output(event: TransactionsReported, cause: Record, observed_at: datetime) -> Output:
    filing_id = event.filing.filing_id
    value = encode(event)
    if len(value) > TRANSACTIONS.max_value_bytes:
        raise OversizedRecord(
            ErrorCode.EVENT_TOO_LARGE,
            f"the event of owner {event.owner_index} of {filing_id} has {len(value)} bytes,"
            f" and {TRANSACTIONS.name} takes {TRANSACTIONS.max_value_bytes}",
        )
    envelope = caused_envelope(
        event_name="transactions_reported",
        source=NAME,
        subject=filing_id,
        identity=f"{filing_id}/{event.owner_index}",
        cause=cause_of(cause.headers, observed_at),
    )
    return Output(topic=TRANSACTIONS, key=event.issuer.key.encode(), value=value, headers=envelope.headers())


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
