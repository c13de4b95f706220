"""Encoding and decoding: new fields are ignored, wrong ones rejected, and errors do not show the content."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts.codec import EVENTS, decode, encode
from contracts.errors import InsidertapeError, InvalidEvent, PermanentError
from contracts.filing_published import FilingPublished
from contracts.transactions_reported import TransactionsReported

PRIVATE = "the-text-of-the-filing"


def report(**changes: Any) -> dict[str, Any]:
    """Return the body of a minimal report with changes."""
    least: dict[str, Any] = {
        "filing": {"filing_id": "x", "form_type": "4", "source_format": "xml"},
        "issuer": {"key": "name:A", "name": "A"},
        "owner": {"key": "name:B", "name": "B"},
    }
    return {**least, **changes}


def decoded(body: dict[str, Any]) -> TransactionsReported:
    """Decode a report from this JSON."""
    return decode(json.dumps(body), TransactionsReported)


def test_encoded_event_decodes_to_the_same_event() -> None:
    """Bytes out, bytes in, and the same event."""
    event = decoded(report(footnotes={"F1": "ünïcode “quotes”"}))
    assert decode(encode(event), TransactionsReported) == event


def test_encoding_has_every_field() -> None:
    """An absent value is null, so that a reader need not know defaults; text is not escaped."""
    data = encode(decoded(report(footnotes={"F1": "ü"})))
    body = json.loads(data)
    assert "ü".encode() in data
    assert set(body) == set(TransactionsReported.model_fields)
    assert body["filing"]["accession_number"] is None
    assert body["transactions"] == []


def test_encoding_is_deterministic() -> None:
    """The same event gives the same bytes, in the order of the model's fields."""
    body = report()
    assert encode(decoded(body)) == encode(decoded(dict(reversed(body.items()))))


def test_unknown_fields_are_ignored_at_every_depth() -> None:
    """A later version may add fields anywhere, and today's readers must not fail."""
    body = report(new=1)
    body["issuer"]["sector"] = {"code": "7372"}
    body["transactions"] = [{"line": 0, "table": "derivative", "venue": "X"}]
    event = decoded(body)
    assert event.transactions[0].table == "derivative"
    assert "sector" not in json.loads(encode(event))["issuer"]


def test_fields_with_a_default_may_be_absent() -> None:
    """An event written before a field existed is read as if the field were empty."""
    event = decoded(report())
    assert (event.owner_index, event.owner_count, event.transactions, event.filing.rule_10b5_1_plan) == (0, 1, (), None)


Spoil = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        pytest.param(lambda b: b.pop("owner"), "owner", id="a required field is absent"),
        pytest.param(lambda b: b["issuer"].update(name=""), "issuer.name", id="an empty text instead of null"),
        pytest.param(lambda b: b["issuer"].update(cik="46129"), "issuer.cik", id="a CIK without its zeros"),
        pytest.param(lambda b: b["filing"].update(form_type="144"), "filing.form_type", id="another form"),
        pytest.param(lambda b: b["filing"].update(period_of_report="13/45/2020"), "period_of_report", id="no date"),
        pytest.param(lambda b: b.update(owner_index=-1), "owner_index", id="a negative index"),
        pytest.param(
            lambda b: b.update(holdings=[{"line": 0, "table": "derivative", "shares_owned_following": 12.5}]),
            "holdings.0.shares_owned_following",
            id="a float for a decimal",
        ),
        pytest.param(
            lambda b: b.update(transactions=[{"line": 0, "table": "derivative", "acquired_disposed": "S"}]),
            "transactions.0.acquired_disposed",
            id="sold is not disposed",
        ),
    ],
)
def test_field_against_the_contract_makes_an_invalid_event(spoil: Spoil, where: str) -> None:
    """The error names the field, and is permanent: the record becomes a dead letter."""
    body = report()
    spoil(body)
    with pytest.raises(InvalidEvent) as caught:
        decoded(body)
    assert caught.value.code == "not_of_contract"
    assert where in caught.value.message
    assert isinstance(caught.value, PermanentError)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("data", [b"", b"{", b"null", b"[]", b"7", b"\xff\xfe", b"{}"])
def test_value_that_is_not_an_event_makes_an_invalid_event(event: Any, data: bytes) -> None:
    """Text that is not JSON, other JSON and bytes that are not UTF-8 give the same error."""
    with pytest.raises(InvalidEvent) as caught:
        decode(data, event)
    assert caught.value.code == "not_of_contract"
    assert event.__name__ in caught.value.message


def test_record_without_a_value_has_a_code_of_its_own() -> None:
    """A tombstone is not malformed JSON."""
    with pytest.raises(InvalidEvent) as caught:
        decode(None, FilingPublished)
    assert str(caught.value) == "no_value: record has no value; expected FilingPublished"


@pytest.mark.parametrize(
    "body",
    [
        {"content": PRIVATE},
        {
            "content": PRIVATE,
            "filing_id": [PRIVATE],
            "content_sha256": PRIVATE,
            "source": PRIVATE,
            "observed_at": PRIVATE,
        },
        {"content": 7, "filed_on": PRIVATE, "accession_number": PRIVATE},
    ],
)
def test_error_does_not_leak_the_content_of_the_record(body: dict[str, Any]) -> None:
    """Messages go to headers and logs; a filing's text does not belong there."""
    with pytest.raises(InvalidEvent) as caught:
        decode(json.dumps(body), FilingPublished)
    assert PRIVATE not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_error_names_three_problems_and_counts_the_rest() -> None:
    """A header has room for the first few."""
    with pytest.raises(InvalidEvent) as caught:
        decode("{}", FilingPublished)
    assert caught.value.message.count("Field required") == 3
    assert caught.value.message.endswith("and 2 more")


def test_error_shows_its_code_before_its_message() -> None:
    """Dead letters and terminals show both in one line."""
    error: InsidertapeError = InvalidEvent("a_code", "what was wrong")
    assert str(error) == "a_code: what was wrong"
    assert error.args == ("what was wrong",)
