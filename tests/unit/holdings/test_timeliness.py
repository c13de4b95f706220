"""Business days past the two that Section 16(a) allows."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.business_days import is_business_day
from services.holdings.timeliness import business_days, days_late
from tests.unit.holdings.builders import report, traded

FRIDAY = date(2024, 3, 1)


def late(day: date, filed_on: date | None, form: str = "4", **line: Any) -> int | None:
    """How late one line of that day is, filed on that day."""
    one = report(traded("A", "1", "1", day=day, **line), form=form, filed_on=filed_on)  # type: ignore[arg-type]
    return days_late(one.transactions, one.filing)


@pytest.mark.parametrize(
    ("filed", "expected"),
    [(1, 0), (4, 0), (5, 0), (6, 1), (8, 3), (11, 4)],
)
def test_two_business_days_are_allowed(filed: int, expected: int) -> None:
    """A Friday's trade is due on Tuesday; weekends don't count."""
    assert late(FRIDAY, date(2024, 3, filed)) == expected


def test_federal_holidays_do_not_count() -> None:
    """Before Memorial Day: Friday's trade is due on Wednesday. Independence Day on a Saturday is kept on Friday."""
    assert late(date(2024, 5, 24), date(2024, 5, 29)) == 0
    assert late(date(2024, 5, 24), date(2024, 5, 30)) == 1
    assert not is_business_day(date(2020, 7, 3))
    assert is_business_day(date(2020, 7, 6))


def test_the_latest_line_counts() -> None:
    """One line on time does not excuse another."""
    lines = (traded("A", "1", "1", day=date(2024, 3, 4)), traded("A", "1", "2", day=date(2024, 3, 6)))
    one = report(*lines, filed_on=date(2024, 3, 8))
    assert days_late(one.transactions, one.filing) == 2


def test_without_a_day_of_filing_nothing_is_said() -> None:
    """Unknown is not on time."""
    assert late(FRIDAY, None) is None


def test_the_time_of_acceptance_gives_the_day_in_eastern_time() -> None:
    """One in the morning UTC is the evening before, and in time."""
    one = report(traded("A", "1", "1", day=FRIDAY), accepted_at=datetime(2024, 3, 6, 1, tzinfo=UTC))
    assert days_late(one.transactions, one.filing) == 0


def test_the_two_days_run_from_the_deemed_execution() -> None:
    """Rule 16a-3(g): under a plan the insider learns of the trade later."""
    assert late(FRIDAY, date(2024, 3, 7), deemed_execution_date=date(2024, 3, 5)) == 0
    assert late(FRIDAY, date(2024, 3, 7), deemed_execution_date=date(2024, 2, 5)) == 2


@pytest.mark.parametrize(
    ("form", "line"),
    [("4", {"form_type": "5"}), ("5", {}), ("5", {"form_type": "5"}), ("4", {"code": "L"}), ("4", {"day": None})],
)
def test_lines_that_may_wait_are_not_late(form: str, line: dict[str, Any]) -> None:
    """Form 5 lines, small acquisitions, and lines without a date."""
    assert late(line.pop("day", FRIDAY), date(2024, 6, 3), form, **line) is None


def test_a_form_4_line_on_a_form_5_is_late() -> None:
    """It says itself that it should not have waited."""
    assert late(FRIDAY, date(2024, 3, 8), "5", form_type="4") == 3


def test_before_the_two_day_rule_nothing_is_late_by_it() -> None:
    """Until 29 August 2002 a Form 4 was due ten days after the month."""
    assert late(date(2002, 8, 28), date(2002, 9, 30)) is None
    assert late(date(2002, 8, 29), date(2002, 9, 30)) == 19


def test_days_do_not_run_backwards() -> None:
    """A filing before its transaction is not late."""
    assert late(FRIDAY, date(2024, 2, 1)) == 0
    assert business_days(FRIDAY, date(2024, 2, 1)) == 0
