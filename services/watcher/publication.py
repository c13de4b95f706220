"""Write filings of any source to the log."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

import structlog

from contracts.codec import decode, encode
from contracts.codes import ErrorCode
from contracts.envelope import EXHIBITS_HEADER, Delivery, new_envelope
from contracts.errors import InvalidEvent, OversizedRecord
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, WATCHER_DEAD_LETTERS
from services.runtime.port import Output, WriteResult
from services.watcher.oversize import without_exhibits
from services.watcher.peek import issuer_routing

_log = structlog.get_logger(__name__)

MOST_READ: Final = 64 * 1024 * 1024
"""Limit for reading a submission, in bytes: enough for scanned exhibits, which are then removed."""


def filing_output(filing: FilingPublished, *, source: str, delivery: Delivery = "live") -> Output:
    """Return the record of a filing. If it is too large, its exhibits are removed, and a header lists their types.

    `source` names the source in the envelope, as in `watcher/directory`. The same filing with the same text always has
    the same `ce_id`.

    Raises:
        OversizedRecord: it is too large even without its exhibits.
    """
    identity = f"{filing.filing_id}/{filing.content_sha256}"
    value = encode(filing)
    exhibits: tuple[str, ...] = ()
    if len(value) > FILINGS.max_value_bytes:
        filing, exhibits = _stripped(filing)
        value = encode(filing)
    if len(value) > FILINGS.max_value_bytes:
        without = " without its exhibits" if exhibits else ""
        raise OversizedRecord(
            ErrorCode.OVERSIZED_FILING,
            f"the event has {len(value)} bytes{without}; the limit is {FILINGS.max_value_bytes}",
        )
    envelope = new_envelope(
        event_name="filing_published",
        source=source,
        subject=filing.filing_id,
        identity=identity,
        time=filing.observed_at,
        delivery=delivery,
    )
    exhibits_header = ((EXHIBITS_HEADER, ", ".join(exhibits).encode()),) if exhibits else ()
    headers = (*envelope.headers(), *exhibits_header)
    return Output(FILINGS, filing.filing_id.encode(), value, headers, routing=issuer_routing(filing.content))


def filing_routing(value: bytes | None) -> bytes | None:
    """Return the routing bytes of a record of the filings topic; None if it is not a filing: its key routes it."""
    try:
        return issuer_routing(decode(value, FilingPublished).content)
    except InvalidEvent:
        return None


def log_committed(
    facts: Iterable[Mapping[str, object] | None], placed: Iterable[WriteResult], *, waiting: int | None = None
) -> None:
    """Log a committed batch: one line per filing and dead letter, with its offset, and a summary.

    `facts` are the fields of each record's line, in order, or None if it has none; a dead letter's have a `code`.
    `waiting` is the number of filings still to be published.
    """
    filings = dead = 0
    for each, at in zip(facts, placed, strict=False):
        if each is None:
            continue
        if "code" in each:
            dead += 1
            log, event, topic = _log.warning, "filing_refused", WATCHER_DEAD_LETTERS
        else:
            filings += 1
            log, event, topic = _log.info, "filing_published", FILINGS
        log(event, **each, topic=topic.name, partition=at.partition, offset=at.offset)
    if filings or dead:
        rest = {} if waiting is None else {"waiting": waiting}
        _log.info("filings_published", filings=filings, dead_letters=dead, **rest)


def _stripped(filing: FilingPublished) -> tuple[FilingPublished, tuple[str, ...]]:
    """Return the filing without its exhibits, and their types. The hash is that of the remaining text."""
    left = without_exhibits(filing.content)
    changed = {"content": left.text, "content_sha256": hashlib.sha256(left.text.encode()).hexdigest()}
    return filing.model_copy(update=changed), left.exhibits
