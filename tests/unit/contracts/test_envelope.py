"""Headers are computed from the input alone: a record that is produced again is the same record."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.envelope import (
    DELIVERY_HEADER,
    Delivery,
    Envelope,
    Headers,
    cause_of,
    caused_envelope,
    delivery_of,
    event_id_of,
    event_type,
    header_texts,
    new_envelope,
)

NOON = datetime(2024, 8, 16, 12, 0, tzinfo=UTC)
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")


def first(**changes: Any) -> Envelope:
    """Return the envelope of a filing as the watcher publishes it."""
    given: dict[str, Any] = {
        "event_name": "filing_published",
        "source": "watcher",
        "subject": "a filing",
        "identity": "0009990901-24-000037",
        "time": NOON,
    }
    return new_envelope(**{**given, **changes})


def caused(cause: Any, identity: str = "0009990901-24-000037|0", *, known_time: datetime | None = None) -> Envelope:
    """Return the envelope of a report that follows from a record with these headers."""
    return caused_envelope(
        event_name="transactions_reported",
        source="parser",
        subject="an owner",
        identity=identity,
        cause=cause_of(cause, known_time),
    )


def test_same_input_gives_the_same_headers() -> None:
    """A record produced again after a crash must be the same, byte for byte."""
    assert first().headers() == first().headers()
    assert caused(first().headers()).headers() == caused(first().headers()).headers()


def test_ids_differ_by_event_and_by_identity() -> None:
    """Two events of one filing are two, and so are two filings."""
    assert len({event_id_of("a", "x"), event_id_of("a", "y"), event_id_of("b", "x")}) == 3


def test_name_and_identity_are_kept_apart_in_an_id() -> None:
    """`ab` of `c` must not have the id of `a` of `bc`."""
    assert event_id_of("ab", "c") != event_id_of("a", "bc")


def test_ids_never_change() -> None:
    """If ids were computed differently, every reader would see every event again."""
    assert event_id_of("filing_published", "0009990901-24-000037") == "8a3919cc5fdded760668b6fd64ada773"


def test_headers_are_cloudevents_in_binary_mode() -> None:
    """All required attributes, and the content type under its HTTP name."""
    headers = header_texts(first().headers())
    assert list(headers) == [
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_specversion",
        "ce_time",
        "ce_subject",
        "content-type",
        "traceparent",
        "insidertape_delivery",
    ]
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == event_type("filing_published") == "insidertape.filing_published.v1"
    assert headers["ce_source"] == "/insidertape/watcher"
    assert headers["ce_time"] == "2024-08-16T12:00:00Z"
    assert headers["content-type"] == "application/json"
    assert TRACEPARENT.fullmatch(headers["traceparent"])


def test_caused_event_keeps_time_and_trace_with_its_own_span() -> None:
    """One trace from the filing to its alerts, at the filing's time."""
    cause = first()
    effect = caused(cause.headers())
    assert effect.time == cause.time
    _, trace, span, _ = effect.traceparent.split("-")
    assert trace == cause.traceparent.split("-")[1]
    assert span != cause.traceparent.split("-")[2]
    assert span != caused(cause.headers(), "another").traceparent.split("-")[2]


@pytest.mark.parametrize("delivery", ["live", "backfill"])
def test_caused_event_inherits_the_delivery(delivery: Delivery) -> None:
    """Readers of alerts can leave out those of past years."""
    cause = first(delivery=delivery).headers()
    for headers in (cause, caused(cause).headers(), caused(caused(cause).headers()).headers()):
        assert dict(headers)[DELIVERY_HEADER] == delivery.encode()
        assert delivery_of(headers) == delivery


@pytest.mark.parametrize("headers", [(), ((DELIVERY_HEADER, b""),), ((DELIVERY_HEADER, b"by post"),)])
def test_record_without_a_delivery_is_live(headers: Headers) -> None:
    """Records older than backfills have no such header, and their alerts must not be lost."""
    assert delivery_of(headers) == caused(headers).delivery == "live"


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        b"",
        b"nonsense",
        b"00-\xff",
        b"00-" + b"a" * 100_000 + b"-b-01",
        b"00-x-y-01",
        b"00-" + b"g" * 32 + b"-1-01",
    ],
)
def test_event_without_a_usable_trace_begins_one(traceparent: bytes | None) -> None:
    """Anyone can write headers: an unusable trace is replaced by a valid one."""
    for cause in (
        (),
        (("traceparent", traceparent),),
        (("traceparent", first().traceparent.encode()), ("traceparent", None)),
    ):
        assert TRACEPARENT.fullmatch(caused(cause).traceparent)


@pytest.mark.parametrize(
    "time",
    [
        None,
        b"",
        b"\xff",
        b"yesterday",
        b"2024-08-16",
        b"2024-99-99T99:99:99Z",
        b"2024-08-16T12:00:00Z" * 9_999,
        b"1970-01-01T00:00:00Z",
    ],
)
def test_known_time_replaces_an_unusable_one(time: bytes | None) -> None:
    """The epoch would date an alert 54 years too early: it is only for a time that is unknown."""
    for cause in ((), (("ce_time", time),)):
        assert caused(cause, known_time=NOON).time == "2024-08-16T12:00:00Z"
        assert caused(cause).time == "1970-01-01T00:00:00Z"
    assert caused((("ce_time", b"2024-08-16T14:00:00.5+02:00"),)).time == "2024-08-16T14:00:00.5+02:00"


@pytest.mark.parametrize("name", ["ce_id", "ce_time", "ce_subject", "traceparent", "insidertape_delivery", "b3"])
def test_header_without_a_value_is_accepted(name: str) -> None:
    """Kafka allows null header values; tracing agents and Connect write them."""
    headers: Headers = (*first().headers(), (name, None))
    assert TRACEPARENT.fullmatch(caused(headers).traceparent)
    assert delivery_of(headers) == "live"
    assert header_texts(headers)[name] == ""


def test_identity_that_is_not_unicode_has_an_id() -> None:
    """A lone surrogate from a broken file name does not stop the stream."""
    assert event_id_of("filing_published", "\udcff") != event_id_of("filing_published", "\udcfe")


def test_last_of_repeated_headers_wins_and_bytes_become_readable() -> None:
    """Anyone can write headers."""
    assert header_texts((("a", b"1"), ("a", b"2"), ("b", b"\xff"))) == {"a": "2", "b": "\ufffd"}
