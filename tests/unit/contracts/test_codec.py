"""Events to bytes and back: tolerant of what is new, strict about what is wrong, silent about what it held."""

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
    """The least that makes a report, changed."""
    least: dict[str, Any] = {
        "filing": {"filing_id": "x", "form_type": "4", "source_format": "xml"},
        "issuer": {"key": "name:A", "name": "A"},
        "owner": {"key": "name:B", "name": "B"},
    }
    return {**least, **changes}


def decoded(body: dict[str, Any]) -> TransactionsReported:
    """The report that travels as this JSON."""
    return decode(json.dumps(body), TransactionsReported)


def test_an_event_comes_back_as_it_was() -> None:
    """Bytes out, bytes in, and the same event."""
    event = decoded(report(footnotes={"F1": "ünïcode “quotes”"}))
    assert decode(encode(event), TransactionsReported) == event


def test_the_bytes_are_utf8_json_with_every_field() -> None:
    """What is absent is null, so that a reader need not know defaults; text is not escaped away."""
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
    """A later version may add fields anywhere, and today's readers read on."""
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
        pytest.param(lambda b: b["issuer"].update(name=""), "issuer.name", id="empty where absent is null"),
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
def test_what_is_not_of_the_contract_is_an_invalid_event(spoil: Spoil, where: str) -> None:
    """The error says where, and is permanent: the record goes to the dead letters."""
    body = report()
    spoil(body)
    with pytest.raises(InvalidEvent) as caught:
        decoded(body)
    assert caught.value.code == "not_of_contract"
    assert where in caught.value.message
    assert isinstance(caught.value, PermanentError)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("data", [b"", b"{", b"null", b"[]", b"7", b"\xff\xfe", b"{}"])
def test_what_is_no_event_at_all_is_an_invalid_event(event: Any, data: bytes) -> None:
    """No JSON, other JSON, no UTF-8: one error for all."""
    with pytest.raises(InvalidEvent) as caught:
        decode(data, event)
    assert caught.value.code == "not_of_contract"
    assert event.__name__ in caught.value.message


def test_a_record_without_a_value_says_so() -> None:
    """A tombstone is not malformed JSON, and is told apart by its code."""
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
def test_an_error_does_not_leak_what_the_record_held(body: dict[str, Any]) -> None:
    """Messages go to headers and logs; a filing's text does not belong there."""
    with pytest.raises(InvalidEvent) as caught:
        decode(json.dumps(body), FilingPublished)
    assert PRIVATE not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_error_names_three_problems_and_counts_the_rest() -> None:
    """A header has room for the first few."""
    with pytest.raises(InvalidEvent) as caught:
        decode("{}", FilingPublished)
    assert caught.value.message.count("Field required") == 3
    assert caught.value.message.endswith("and 2 more")


def test_errors_are_one_tree() -> None:
    """Whatever insidertape raises on purpose is caught by one name, and shows its code before its message."""
    error: InsidertapeError = InvalidEvent("a_code", "what was wrong")
    assert str(error) == "a_code: what was wrong"
    assert error.args == ("what was wrong",)
