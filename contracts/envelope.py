"""The headers every record carries: CloudEvents 1.0 in binary mode, and W3C trace context.

All of them follow from the input alone: the same input gives the same `ce_id`, `ce_time` and `traceparent`, so a
record produced again after a crash is the same record. Beside them, `insidertape_delivery` says whether the filing an
event came of was published as it appeared or from the archives.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from contracts.base import utc_text

Headers = tuple[tuple[str, bytes | None], ...]
"""Names and values in order. Records come from anybody: a value may be null or any bytes, and a name may repeat."""

CONTENT_TYPE: Final = "application/json"
SPEC_VERSION: Final = "1.0"
DELIVERY_HEADER: Final = "insidertape_delivery"
Delivery = Literal["live", "backfill"]
"""How a filing came: `live` as it appeared, however late it was found, or `backfill`, asked for from the archives."""

EXHIBITS_HEADER: Final = "insidertape_stripped_exhibits"
"""Header of a filing published without its exhibits: their types, each once, as in `EX-24, EX-99.1`."""

_SPEC_VERSION_BYTES: Final = SPEC_VERSION.encode()
_CONTENT_TYPE_BYTES: Final = CONTENT_TYPE.encode()
_SAMPLED: Final = "01"
_TRACEPARENT: Final = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_TIME: Final = re.compile(rb"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_NO_TIME: Final = "1970-01-01T00:00:00Z"
"""The time of an event whose time is unknown."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event's identity: CloudEvents `id`, `type`, `source`, `subject` and `time`, its trace and its delivery."""

    id: str
    type: str
    source: str
    subject: str
    time: str
    traceparent: str
    delivery: Delivery = "live"

    def headers(self) -> Headers:
        """The record headers, in a fixed order."""
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
    """The envelope of an event that begins a trace, as a source publishes it."""
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
    """What the events that follow from a record have of it: its time, its trace (None if it has none), its delivery."""

    time: str
    trace: str | None
    delivery: Delivery


def cause_of(headers: Headers, known_time: datetime | None = None) -> Cause:
    """Return the cause that a record with these headers is.

    One without a well-formed time has `known_time`; the epoch stands for a time that nobody knows.
    """
    known = dict(headers)
    followed = _TRACEPARENT.fullmatch(known.get("traceparent") or b"")
    return Cause(
        time=_time(known.get("ce_time")) or (utc_text(known_time) if known_time else _NO_TIME),
        trace=followed[1].decode() if followed else None,
        delivery=_delivery(known.get(DELIVERY_HEADER)),
    )


def caused_envelope(*, event_name: str, source: str, subject: str, identity: str, cause: Cause) -> Envelope:
    """Return the envelope of an event that follows from a cause; if that has no trace, the event begins one."""
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
    """How the filing of a record came: `live` where the record says nothing, as before there was a backfill."""
    return _delivery(dict(headers).get(DELIVERY_HEADER))


def event_type(event_name: str) -> str:
    """The CloudEvents type of an event, with its major version."""
    return f"insidertape.{event_name}.v1"


def event_id_of(event_name: str, identity: str) -> str:
    """The deterministic id of an event: the same name and identity give the same id."""
    return _digest(event_name, identity, 32)


def header_texts(headers: Headers) -> dict[str, str]:
    """Return headers as text: the last of a name wins, null is empty, and bytes that are not UTF-8 are replaced."""
    return {name: _text(value) for name, value in headers}


def _delivery(value: bytes | None) -> Delivery:
    return "backfill" if value == b"backfill" else "live"


def _time(value: bytes | None) -> str | None:
    """Return a header's time as it was written; None if it is not a time, or is the one that stands for none."""
    if value is None or not _TIME.fullmatch(value):
        return None
    text = value.decode()
    try:
        datetime.fromisoformat(text)
    except ValueError:  # of the right shape, but no day or hour like that
        return None
    return None if text == _NO_TIME else text


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _digest(kind: str, text: str, length: int) -> str:
    return hashlib.sha256(f"{kind}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:length]
