"""When a filing speaks, and which of two filings came first."""

from datetime import UTC, date, datetime

import pytest

from services.holdings.order import filed_day, moment_of
from tests.unit.holdings.builders import DAY, amounts, applied, holding, report, traded

NEXT = DAY.replace(day=5)
NOON = datetime(2024, 3, 5, 17, tzinfo=UTC)
LATER = datetime(2024, 3, 5, 18, tzinfo=UTC)


def test_a_filing_speaks_of_its_last_transaction() -> None:
    """The period of a Form 4 is its first."""
    assert moment_of(report(traded("A", "1", "1"), traded("A", "1", "2", day=NEXT))).date == NEXT


def test_a_filing_without_transactions_speaks_of_its_period_or_its_day_of_filing() -> None:
    """What there is, in that order."""
    assert moment_of(report(holding("1"))).date == DAY
    assert moment_of(report(holding("1"), period=None, filed_on=NEXT)).date == NEXT
    assert moment_of(report(holding("1"), period=None)).date is None


def test_a_date_in_the_future_does_not_make_all_later_filings_late() -> None:
    """2109 for 2019: the day of filing bounds what a filing can speak of."""
    typo = report(traded("A", "1", "1", day=date(2109, 3, 4)), traded("A", "1", "2", day=DAY), filed_on=NEXT)
    assert moment_of(typo).date == DAY
    assert moment_of(report(traded("A", "1", "1", day=date(2109, 3, 4)), filed_on=NEXT)).date == NEXT


def test_the_day_of_filing_is_eastern() -> None:
    """Accepted at two in the morning UTC is the evening before at EDGAR."""
    accepted = datetime(2024, 3, 6, 2, tzinfo=UTC)
    assert filed_day(report(accepted_at=accepted).filing) == NEXT
    assert filed_day(report(accepted_at=accepted, filed_on=DAY).filing) == DAY
    assert filed_day(report().filing) is None


def test_filings_of_one_day_are_told_apart_by_their_amounts() -> None:
    """The second of two Form 4s came first, even with the lower number: the first ends where it began."""
    start = report(holding("100"), form="3", filing_id="x-0", period=DAY.replace(day=1))
    first = report(traded("D", "10", "90"), filing_id="x-9")
    second = report(traded("D", "20", "70"), filing_id="x-8")
    assert amounts(applied(start, first, second).book) == ["70"]
    result = applied(start, second, first)
    assert (result.outcome, amounts(result.book)) == ("late", ["70"])


def test_amounts_that_run_on_are_stronger_than_the_time_of_acceptance() -> None:
    """The second of two may have been accepted first."""
    first = report(traded("D", "10", "90"), filing_id="x-9", accepted_at=LATER)
    second = report(traded("D", "20", "70"), filing_id="x-8", accepted_at=NOON)
    for order in ((first, second), (second, first)):
        assert amounts(applied(*order).book) == ["70"]


@pytest.mark.parametrize(("accepted_at", "expected"), [(NOON, "90"), (LATER, "50")])
def test_where_amounts_do_not_tell_the_time_of_acceptance_does(accepted_at: datetime, expected: str) -> None:
    """Of two filings of one day that don't continue one another the one accepted later holds."""
    known = report(traded("D", "10", "90"), filing_id="y", accepted_at=NOON.replace(minute=30))
    other = report(traded("D", "10", "50"), filing_id="z", accepted_at=accepted_at)
    assert amounts(applied(known, other).book) == [expected]


@pytest.mark.parametrize(
    ("filing_id", "expected"),
    [
        ("0000000001-24-000004", "90"),
        ("0000000001-24-000006", "50"),
        ("0000000002-24-000004", "50"),
        ("0000000000-24-000004", "50"),
        ("sha256:00000000000000000000000000000000", "50"),
    ],
)
def test_last_the_accession_number_tells_if_one_agent_gave_both(filing_id: str, expected: str) -> None:
    """Numbers of different agents say nothing of time, and hashes neither: such a filing is not late."""
    known = report(traded("D", "10", "90"), filing_id="0000000001-24-000005")
    other = report(traded("D", "10", "50"), filing_id=filing_id)
    assert amounts(applied(known, other).book) == [expected]


def test_a_form_5_speaks_of_the_end_of_the_fiscal_year() -> None:
    """Its columns say so: a gift of November stands beside what was held in December, after the Form 4s of then."""
    sold = report(traded("D", "10", "90", day=date(2023, 12, 5)), filing_id="a", period=date(2023, 12, 5))
    gift = traded("D", "5", "85", day=date(2023, 11, 20), code="G")
    annual = report(gift, filing_id="b", form="5", period=date(2023, 12, 31))
    assert moment_of(annual).date == date(2023, 12, 31)
    for order in ((sold, annual), (annual, sold)):
        assert amounts(applied(*order).book) == ["85"]
    assert moment_of(report(gift, form="5", period=None)).date == date(2023, 11, 20)
