"""The readers of values: exact, or nothing."""

from datetime import date

import pytest

from services.parser.values import boolean_of, code_of, date_of, decimal_of, one_of
from services.section16.identity import cik_of
from services.section16.vocabulary import form_type_of


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("634.4608", "634.4608"),
        ("1,234,567.50", "1234567.50"),
        ("$38", "38"),
        ("$ 1,000", "1000"),
        ("-$5", "-5"),
        ("US$10.50", "10.50"),
        ("12 1/2", "12.5"),
        ("$68-5/16", "68.3125"),
        ("1,000 3/64", "1000.046875"),
        ("USD 10.50", "10.50"),
        (" 0 ", "0"),
        (".333333", ".333333"),
        ("5.", "5."),
        ("00012", "00012"),
    ],
)
def test_a_number_is_as_filed_less_commas_and_currency(raw: str, value: str) -> None:
    """No digit is added, dropped or rounded."""
    assert decimal_of(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        "30,7836", "1,23", "12,34,567", "1,2345", ",123", "17,408(2)", "3693 [F5]", "(500)", "5%", "N/A", "-", "", "$",
        "1e5", "1 000", "1.2.3", "$$5", "5 shares", "٣", "1" * 41, "NaN", "1_000", "--5",
        "\u20ac10.50", "\u00a51000", "\u00a31000", "C$10", "EUR 10.50", "10.50 EUR", "$\u20ac5",
        "121/2", "1/2", "10/16", "12 3/2", "12 1/3", "12 1/2 3", "12  1/2",
    ],
)  # fmt: skip
def test_inexact_number_is_none(raw: str) -> None:
    """A guess would be a defect: `30,7836` is neither 307836 nor 30.7836, and euros are not dollars."""
    assert decimal_of(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        "2024-07-19",
        "2024-07-19-05:00",
        "2024-07-19Z",
        "2024-07-19T23:59:59-05:00",
        "07/19/2024",
        "7/19/2024",
        "20240719",
    ],
)
def test_a_date_is_its_day_whatever_the_zone(raw: str) -> None:
    """The first ten characters, never shifted."""
    assert date_of(raw) == date(2024, 7, 19)


@pytest.mark.parametrize(
    "raw", ["2013-02-30", "13/45/2028", "2024-07-191", "July 19, 2024", "19.07.2024", "7/19/24", ""]
)
def test_inexact_date_is_none(raw: str) -> None:
    """A day that does not exist, a two-digit year, or words."""
    assert date_of(raw) is None


def test_booleans_have_many_spellings() -> None:
    """Any other text is None."""
    assert [boolean_of(raw) for raw in ("1", "true", "TRUE", "Y", " yes ")] == [True] * 5
    assert [boolean_of(raw) for raw in ("0", "false", "False", "N", "no")] == [False] * 5
    assert [boolean_of(raw) for raw in ("", "X", "2", "maybe")] == [None] * 4


def test_cik_has_ten_digits() -> None:
    """Leading zeros are added. Text with other characters, or with zeros only, is None."""
    assert cik_of("912345") == "0000912345"
    assert [cik_of(raw) for raw in ("12345678901", "x1", "", "0000000000")] == [None] * 4


def test_only_six_form_types_are_known() -> None:
    """With any spacing. A 10-K is None."""
    assert [form_type_of(raw) for raw in ("4", " 4/a", "FORM 5", "3/A")] == ["4", "4/A", "5", "3/A"]
    assert [form_type_of(raw) for raw in ("10-K", "", "44", "SC 13D")] == [None] * 4


def test_letters_are_read_in_either_case() -> None:
    """And only those of the choice."""
    read = one_of("A", "D")
    assert [read(raw) for raw in ("A", "d", " D ", "AD", "", "I")] == ["A", "D", "D", None, None, None]


def test_code_in_lower_case_is_the_known_one() -> None:
    """An unknown one stays as filed, for the diagnostic."""
    assert [code_of(raw) for raw in ("s", "S", "q", "Sale")] == ["S", "S", "q", "Sale"]
