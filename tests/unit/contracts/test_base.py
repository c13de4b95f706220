"""The value types of the wire: decimals, times and identifiers as text."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.base import (
    AccessionNumber,
    Cik,
    Contract,
    DecimalText,
    Sha256,
    Text,
    UtcDatetime,
    decimal_text,
    utc_text,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("38", "38"),
        ("38.00", "38"),
        ("634.4608", "634.4608"),
        ("1E+3", "1000"),
        ("1E-7", "0.0000001"),
        ("-5000", "-5000"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("0", "0"),
        ("100", "100"),
        ("0.10", "0.1"),
    ],
)
def test_computed_number_is_written_in_plain_notation(value: str, text: str) -> None:
    """No exponent, no trailing zeros after the point, no negative zero; zeros before the point stay."""
    assert decimal_text(Decimal(value)) == text


@pytest.mark.parametrize("text", ["0", "5000", "634.4608", "-12.5", "+1", ".5", "5.", "000", "38.00"])
def test_decimal_text_keeps_a_number_as_filed(text: str) -> None:
    """Leading and trailing zeros included."""
    assert TypeAdapter(DecimalText).validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["", "5,000", "$38", "1e3", "NaN", "Infinity", "N/A", " 5", "5\n", ".", "-", "1.2.3", "٣", 5, 5.0]
)
def test_text_that_is_not_a_plain_number_is_rejected(text: object) -> None:
    """No commas, currency signs, exponents, blanks or digits of other scripts, and never a number of JSON."""
    with pytest.raises(ValidationError):
        TypeAdapter(DecimalText).validate_python(text)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (Cik, "0000046129", "46129"),
        (AccessionNumber, "0001127602-15-028697", "000112760215028697"),
        (Sha256, "0f" * 32, "0F" * 32),
        (Text, "-", ""),
    ],
)
def test_identifier_in_another_form_is_rejected(kind: Any, right: str, wrong: str) -> None:
    """Ten digits, dashes, lower case, not empty."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    assert adapter.validate_python(right) == right
    with pytest.raises(ValidationError):
        adapter.validate_python(wrong)


def test_time_is_converted_to_utc_and_needs_a_zone() -> None:
    """A time without a zone could be any."""
    adapter = TypeAdapter(UtcDatetime)
    eastern = datetime(2024, 8, 16, 17, 12, 44, tzinfo=timezone(timedelta(hours=-4)))
    assert adapter.validate_python(eastern).isoformat() == "2024-08-16T21:12:44+00:00"
    assert utc_text(eastern) == "2024-08-16T21:12:44Z"
    with pytest.raises(ValidationError):
        adapter.validate_json('"2024-08-16T17:12:44"')


def test_time_as_text_keeps_its_fraction() -> None:
    """Microseconds are kept if there are any."""
    assert utc_text(datetime(2024, 8, 16, 17, 12, 44, 125_000, tzinfo=UTC)) == "2024-08-16T17:12:44.125000Z"


def test_events_are_immutable() -> None:
    """An event is a fact: no code may change it on its way."""

    class Fact(Contract):
        value: str

    with pytest.raises(ValidationError):
        Fact(value="a").value = "b"  # type: ignore[misc] # what is tested is that this fails at run time too
