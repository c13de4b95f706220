"""The headers of every record: CloudEvents 1.0 in binary mode, and W3C trace context.

All of them are computed from the input alone. The same input gives the same `ce_id`, `ce_time` and `traceparent`, so a
record that is produced again after a crash is the same record. In addition, `insidertape_delivery` indicates whether
the filing was published as it appeared, or from the archives.
"""

import hashlib
import re
from datetime import datetime
from typing import Final, Literal, NamedTuple

from contracts.base import utc_text

Headers = tuple[tuple[str, bytes | None], ...]
"""Names and values in order. Anyone can write records: a value may be null or any bytes, and a name may repeat."""

CONTENT_TYPE: Final = "application/json"
SPEC_VERSION: Final = "1.0"
DELIVERY_HEADER: Final = "insidertape_delivery"
Delivery = Literal["live", "backfill"]
"""How a filing arrived: `live` as it appeared, however late it was found, or `backfill` from the archives."""

EXHIBITS_HEADER: Final = "insidertape_stripped_exhibits"
"""Header of a filing published without its exhibits: their types, each once, as in `EX-24, EX-99.1`."""

_SPEC_VERSION_BYTES: Final = SPEC_VERSION.encode()
_CONTENT_TYPE_BYTES: Final = CONTENT_TYPE.encode()
_SAMPLED: Final = "01"
_TRACEPARENT: Final = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_TIME: Final = re.compile(rb"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_NO_TIME: Final = "1970-01-01T00:00:00Z"
"""The time of an event whose time is unknown."""


class Envelope(NamedTuple):
    """The identity of one event: CloudEvents attributes, W3C trace and delivery."""

    id: str
    type: str
    source: str
    subject: str
    time: str
    traceparent: str
    delivery: Delivery = "live"

    def headers(self) -> Headers:
        """Return the record headers, in a fixed order."""
        return (
            ("ce_id", self.id.encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_specversion", _SPEC_VERSION_BYTES),
            ("ce_time", self.time.encode()),
            ("ce_subject", self.subject.encode()),
            ("content-type", _CONTENT_TYPE_BYTES),
            ("traceparent", self.traceparent.encode()),
            (DELIVERY_HEADER, self.delivery.encode()),
        )


def new_envelope(
    *, event_name: str, source: str, subject: str, identity: str, time: datetime, delivery: Delivery = "live"
) -> Envelope:
    """Return the envelope of an event that begins a trace, as a source publishes it.

    >>> from datetime import UTC
    >>> envelope = new_envelope(
    ...     event_name="filing_published", source="watcher/edgar", subject="0001318605",
    ...     identity="0001127602-24-029999", time=datetime(2024, 12, 30, 21, 15, tzinfo=UTC),
    ... )
    >>> envelope.type, envelope.time, envelope.delivery
    ('insidertape.filing_published.v1', '2024-12-30T21:15:00Z', 'live')
    """
    event_id = event_id_of(event_name, identity)
    return Envelope(
        id=event_id,
        type=event_type(event_name),
        source=f"/insidertape/{source}",
        subject=subject,
        time=utc_text(time),
        traceparent=f"00-{_digest('trace', event_id, 32)}-{_digest('span', event_id, 16)}-{_SAMPLED}",
        delivery=delivery,
    )


class Cause(NamedTuple):
    """The time, trace and delivery that an event inherits from its cause. The trace is None if the cause has none."""

    time: str
    trace: str | None
    delivery: Delivery


def cause_of(headers: Headers, known_time: datetime | None = None) -> Cause:
    """Return what events inherit from a record with these headers.

    A missing or malformed time is replaced by `known_time`; without that, by the epoch.

    >>> cause_of((("ce_time", b"2024-12-30T21:15:00Z"), ("insidertape_delivery", b"backfill")))
    Cause(time='2024-12-30T21:15:00Z', trace=None, delivery='backfill')
    >>> cause_of(()).time
    '1970-01-01T00:00:00Z'
    """
    known = dict(headers)
    followed = _TRACEPARENT.fullmatch(known.get("traceparent") or b"")
    return Cause(
        time=_time(known.get("ce_time")) or (utc_text(known_time) if known_time else _NO_TIME),
        trace=followed[1].decode() if followed else None,
        delivery=_delivery(known.get(DELIVERY_HEADER)),
    )


def caused_envelope(*, event_name: str, source: str, subject: str, identity: str, cause: Cause) -> Envelope:
    """Return the envelope of an event that follows from a cause; if that has no trace, the event begins one.

    >>> cause = Cause("2024-12-30T21:15:00Z", trace="ab" * 16, delivery="live")
    >>> envelope = caused_envelope(
    ...     event_name="transactions_reported", source="parser", subject="0001318605", identity="1", cause=cause
    ... )
    >>> envelope.time, envelope.traceparent[:35]
    ('2024-12-30T21:15:00Z', '00-abababababababababababababababab')
    """
    event_id = event_id_of(event_name, identity)
    trace = cause.trace or _digest("trace", event_id, 32)
    return Envelope(
        id=event_id,
        type=event_type(event_name),
        source=f"/insidertape/{source}",
        subject=subject,
        time=cause.time,
        traceparent=f"00-{trace}-{_digest('span', event_id, 16)}-{_SAMPLED}",
        delivery=cause.delivery,
    )


def delivery_of(headers: Headers) -> Delivery:
    """Return how the filing of a record arrived: `live` if no header says so, as on the oldest records.

    >>> delivery_of((("insidertape_delivery", b"backfill"),)), delivery_of(())
    ('backfill', 'live')
    """
    return _delivery(dict(headers).get(DELIVERY_HEADER))


def event_type(event_name: str) -> str:
    """Return the CloudEvents type of an event, with its major version.

    >>> event_type("holding_changed")
    'insidertape.holding_changed.v1'
    """
    return f"insidertape.{event_name}.v1"


def event_id_of(event_name: str, identity: str) -> str:
    """Return the deterministic id of an event: the same name and identity give the same id.

    >>> event_id_of("filing_published", "0001127602-24-029999")
    '02c7f75549e542bfe6db09b3dd9fe482'
    """
    return _digest(event_name, identity, 32)


def header_texts(headers: Headers) -> dict[str, str]:
    """Return headers as text: the last value of a name wins, null is empty, and bytes that are not UTF-8 are replaced.

    >>> header_texts((("a", b"1"), ("a", b"2"), ("b", None)))
    {'a': '2', 'b': ''}
    """
    return {name: _text(value) for name, value in headers}


def _delivery(value: bytes | None) -> Delivery:
    return "backfill" if value == b"backfill" else "live"


def _time(value: bytes | None) -> str | None:
    """Return a header's time as it was written; None if it is not a time, or is the placeholder for an unknown one."""
    if value is None or not _TIME.fullmatch(value):
        return None
    text = value.decode()
    try:
        datetime.fromisoformat(text)
    except ValueError:  # the shape is right, but there is no such day or hour
        return None
    return None if text == _NO_TIME else text


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _digest(kind: str, text: str, length: int) -> str:
    return hashlib.sha256(f"{kind}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:length]
