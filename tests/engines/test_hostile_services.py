"""The parser and holdings on both engines, given records with headers of any shape.

Tracing agents and Kafka Connect write headers without values. No filing may be lost, duplicated or dated to 1970
because of them.
"""

import asyncio
from collections import Counter

from msgspec.structs import replace

from contracts.codec import decode, encode
from contracts.envelope import header_texts
from contracts.filing_published import FilingPublished
from contracts.structs import HoldingChanged, TransactionsReported
from contracts.topics import ALERTS, FILINGS, PARSER_DEAD_LETTERS, TRANSACTIONS
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.dead_letters import PREFIX
from services.runtime.pipeline import run_pipeline
from tests.engines.arena import HOME, LATER, Arena
from tests.engines.bench import within
from tests.engines.hostile import ForeignRecord, RawHeaders, put
from tests.unit.cli.command import SAMPLES
from tests.unit.holdings.builders import ISSUER, OWNER

SAMPLE = (SAMPLES / "2024-12-20-quillmark-vance-form4-gift.xml").read_text()
NAMES = (
    b"traceparent",
    b"ce_time",
    b"ce_subject",
    b"ce_id",
    b"insidertape_delivery",
    b"content-type",
    b"\xff\xfe",
    b"",
)
VALUES = (None, b"", b"\xff\xfe", b"x" * 100_000)
HEADERS: tuple[RawHeaders, ...] = (
    (),
    *(((name, value),) for name in NAMES for value in VALUES),
    tuple((name, None) for name in NAMES) * 2,
)


def published(number: int) -> bytes:
    """Return a filing as the watcher publishes it, with a unique id."""
    return encode(
        FilingPublished(
            filing_id=f"filing-{number}",
            content=SAMPLE,
            content_sha256=f"{number:064x}",
            source="directory",
            observed_at="2024-12-20T20:00:00Z",
        )
    )


async def test_filings_with_any_headers_are_each_parsed_once(arena: Arena) -> None:
    """Every other record becomes one dead letter, whatever its headers are."""
    good = [ForeignRecord(f"good {n}", published(n), b"k", headers) for n, headers in enumerate(HEADERS)]
    bad = [ForeignRecord(f"bad {n}", b"bad", None, headers) for n, headers in enumerate(HEADERS)]
    await put(arena.place, FILINGS, HOME, [record for pair in zip(good, bad, strict=True) for record in pair])
    before = len(await arena.records(TRANSACTIONS))
    for _ in range(2):
        await within(run_pipeline(arena.engine, (), (parser_service(),), asyncio.Event(), once=True))
        reports = [record for record in await arena.records(TRANSACTIONS) if b"filing-" in (record.value or b"")]
        assert len(await arena.records(TRANSACTIONS)) == before + len(reports)
        told = Counter(decode(record.value, TransactionsReported).filing.filing_id for record in reports)
        assert told == {f"filing-{number}": 1 for number in range(len(HEADERS))}
        letters = await arena.records(PARSER_DEAD_LETTERS)
        offsets = sorted(int(header_texts(letter.headers)[f"{PREFIX}offset"]) for letter in letters)
        assert offsets == list(range(1, 2 * len(HEADERS), 2))
        assert {(letter.key, letter.value) for letter in letters} == {(None, b"bad")}


async def test_reports_with_any_headers_are_each_applied_once(arena: Arena) -> None:
    """Each report has its alert; the time is never the epoch, and the trace id is always valid."""
    before = len(await arena.records(ALERTS))
    reports = [_report(number) for number in range(len(HEADERS))]
    strangers = [
        ForeignRecord(f"report {number}", encode(report), ISSUER.key.encode(), headers)
        for number, (report, headers) in enumerate(zip(reports, HEADERS, strict=True))
    ]
    await put(arena.place, TRANSACTIONS, HOME, strangers)
    for _ in range(2):
        await within(run_pipeline(arena.engine, (), (holdings_service(),), asyncio.Event(), once=True))
        alerts = (await arena.records(ALERTS))[before:]
        told = Counter(decode(record.value, HoldingChanged).owner.key for record in alerts)
        assert told == {report.owner.key: 1 for report in reports}
    for record in alerts:
        texts = header_texts(record.headers)
        assert len(texts["traceparent"]) == len("00-") + 32 + len("-") + 16 + len("-01")
        assert texts["ce_time"] == "2023-11-14T22:13:20Z"  # the record's timestamp, for lack of anything better


def _report(number: int) -> TransactionsReported:
    owner = replace(OWNER, key=f"name:OWNER {number}", cik=None)
    filing = replace(LATER.filing, filing_id=f"report-{number}")
    return replace(LATER, owner=owner, filing=filing)
