"""Business days past the two that Section 16(a) allows, and every exception: lateness accuses somebody."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec import convert

from contracts.enumerations import FormType
from contracts.structs import Filing, Transaction
from services.holdings.lateness import business_days, days_late
from services.section16.edgar_calendar import EASTERN

FRIDAY = date(2024, 3, 1)
MUCH_LATER = date(2024, 6, 3)


def filed(day: date | None = None, *, form: FormType = "4", accepted_at: datetime | None = None) -> Filing:
    """Make a filing with this form and day."""
    return Filing(
        filing_id="0000000001-24-000001", form_type=form, filed_on=day, accepted_at=accepted_at, source_format="xml"
    )


def traded(day: date | None = FRIDAY, *, code: str | None = "S", side: str | None = "D", **fields: Any) -> Transaction:
    """Make a line of the day; a sale by default."""
    values = {"line": 0, "table": "non_derivative", "transaction_date": day, "code": code, "acquired_disposed": side}
    return convert(values | fields, Transaction)


def late(
    line: Transaction,
    day: date | None,
    form: FormType = "4",
    *,
    plan: bool = False,
    since: date | None = None,
    accepted_at: datetime | None = None,
) -> int | None:
    """Return by how many days a line is late that was filed on that day."""
    return days_late([line], filed(day, form=form, accepted_at=accepted_at), subject_since=since, plan=plan)


@pytest.mark.parametrize(("day", "expected"), [(1, 0), (4, 0), (5, 0), (6, 1), (8, 3), (11, 4)])
def test_two_business_days_are_allowed(day: int, expected: int) -> None:
    """A Friday's trade is due on Tuesday: weekends do not count."""
    assert late(traded(FRIDAY), date(2024, 3, day)) == expected


def test_federal_holidays_do_not_count() -> None:
    """A trade of the Friday before Memorial Day is due on Wednesday."""
    assert late(traded(date(2024, 5, 24)), date(2024, 5, 29)) == 0
    assert late(traded(date(2024, 5, 24)), date(2024, 5, 30)) == 1


@pytest.mark.parametrize(
    ("day", "due", "next_day"),
    [
        (date(2018, 12, 3), date(2018, 12, 6), date(2018, 12, 7)),
        (date(2018, 12, 4), date(2018, 12, 7), date(2018, 12, 10)),
        (date(2019, 12, 23), date(2019, 12, 27), date(2019, 12, 30)),
        (date(2020, 12, 22), date(2020, 12, 28), date(2020, 12, 29)),
        (date(2024, 12, 23), date(2024, 12, 27), date(2024, 12, 30)),
        (date(2025, 1, 7), date(2025, 1, 10), date(2025, 1, 13)),
    ],
    ids=str,
)
def test_days_closed_by_decree_do_not_count(day: date, due: date, next_day: date) -> None:
    """Whoever filed as soon as EDGAR was open again is not late."""
    assert late(traded(day), due) == 0
    assert late(traded(day), next_day) == 1


def test_acceptance_after_hours_before_a_day_closed_by_decree_counts_for_the_day_after_it() -> None:
    """The night before January 9, 2025 belongs to January 10: that is in time for a trade of January 7."""
    accepted_at = datetime(2025, 1, 8, 22, 30, tzinfo=EASTERN)
    assert late(traded(date(2025, 1, 7)), None, accepted_at=accepted_at) == 0
    assert late(traded(date(2025, 1, 6)), None, accepted_at=accepted_at) == 1


def test_latest_of_several_lines_counts() -> None:
    """One line on time does not excuse another, and a line without a deadline does not either."""
    lines = [traded(date(2024, 3, 4), line=0), traded(date(2024, 3, 6), line=1), traded(line=2, code="J")]
    assert days_late(lines, filed(date(2024, 3, 8)), subject_since=None, plan=False) == 2


def test_lateness_without_lines_or_dates_is_none() -> None:
    """Unknown is not on time."""
    assert days_late([], filed(MUCH_LATER), subject_since=None, plan=False) is None
    assert late(traded(None), MUCH_LATER) is None
    assert late(traded(), None) is None


@pytest.mark.parametrize(
    ("accepted_at", "expected"),
    [
        (datetime(2024, 3, 6, 1, tzinfo=UTC), 0),
        (datetime(2024, 3, 5, 22, 0, 0, tzinfo=EASTERN), 0),
        (datetime(2024, 3, 5, 22, 0, 1, tzinfo=EASTERN), 1),
        (datetime(2024, 3, 8, 21, 59, tzinfo=EASTERN), 3),
        (datetime(2024, 3, 8, 22, 30, tzinfo=EASTERN), 4),
    ],
    ids=["evening in the East", "as EDGAR closes", "a second later", "Friday", "Friday night counts for Monday"],
)
def test_acceptance_counts_in_eastern_time_and_after_2200_for_the_next_business_day(
    accepted_at: datetime, expected: int
) -> None:
    """One in the morning in UTC is the evening before; forms accepted after hours have the next day's date."""
    assert late(traded(), None, accepted_at=accepted_at) == expected
    assert late(traded(), MUCH_LATER, accepted_at=accepted_at) == expected, "it is not the filing date that counts"


def test_days_run_from_the_deemed_execution_date() -> None:
    """Rule 16a-3(g): under a plan the insider learns of the trade later."""
    assert late(traded(deemed_execution_date=date(2024, 3, 5)), date(2024, 3, 7)) == 0
    assert late(traded(deemed_execution_date=date(2024, 3, 5)), date(2024, 3, 8)) == 1


def test_deemed_execution_date_before_the_trade_is_ignored() -> None:
    """A trade cannot be reported before it is made: the date is mistyped."""
    assert late(traded(deemed_execution_date=date(2024, 2, 5)), date(2024, 3, 7)) == 2
    assert late(traded(deemed_execution_date=date(2024, 2, 5)), date(2024, 3, 7), plan=True) is None


def test_corrected_trade_date_replaces_the_mistyped_one() -> None:
    """January 2024 on a form of January 2025 is a slip, not a year of silence."""
    line = traded(date(2024, 1, 6), line=3)
    filing = filed(date(2025, 1, 7))
    assert days_late([line], filing, subject_since=None, plan=False) == 248
    assert days_late([line], filing, subject_since=None, plan=False, executed={3: date(2025, 1, 6)}) == 0
    assert days_late([line], filing, subject_since=None, plan=False, executed={2: date(2025, 1, 6)}) == 248


@pytest.mark.parametrize("form", ["3/A", "4/A", "5/A"])
def test_amendments_are_never_late(form: FormType) -> None:
    """They correct what was reported in time, or not, before."""
    assert late(traded(form_type="4"), MUCH_LATER, form) is None


@pytest.mark.parametrize(("form", "line_form"), [("4", "5"), ("5", "5"), ("5", None), ("3", None), ("4", "3")])
def test_lines_that_do_not_belong_on_form_4_have_no_deadline(form: FormType, line_form: str | None) -> None:
    """A Form 5 is due after the fiscal year, a Form 3 has ten days."""
    assert late(traded(form_type=line_form), MUCH_LATER, form) is None


def test_form_4_line_on_a_form_5_is_late() -> None:
    """The line's own form type shows that it belonged on a Form 4."""
    assert late(traded(form_type="4"), date(2024, 3, 8), "5") == 3


@pytest.mark.parametrize("code", ["L", "W", "J"])
def test_small_acquisitions_inheritances_and_other_transactions_have_no_deadline(code: str) -> None:
    """Rule 16a-6 and Rule 16b-5; J is described by a footnote and is mostly exempt."""
    assert late(traded(code=code), MUCH_LATER) is None


@pytest.mark.parametrize("code", ["S", "P", "M", "C", "F", "A", "D", "U", "K", None])
def test_all_other_transactions_have_the_deadline(code: str | None) -> None:
    """Exempt ones too since 2002: grants and exercises are due in two business days."""
    assert late(traded(code=code), date(2024, 3, 8)) == 3


def test_gifts_received_have_no_deadline() -> None:
    """Only the giver reports a gift on Form 4. Without a side it may have been received."""
    assert late(traded(code="G", side="A"), MUCH_LATER) is None
    assert late(traded(code="G", side=None), MUCH_LATER) is None
    assert late(traded(code="G", side="D"), date(2024, 3, 8)) == 3


def test_gifts_made_before_2023_02_27_have_no_deadline() -> None:
    """Until then they belonged on Form 5."""
    assert late(traded(date(2023, 2, 26), code="G"), date(2023, 3, 31)) is None
    assert late(traded(date(2023, 2, 27), code="G"), date(2023, 3, 2)) == 1


def test_trades_before_the_owner_became_subject_have_no_deadline() -> None:
    """A first Form 4 looks back at trades of months before; the Form 3's event date is the first day that counts."""
    assert late(traded(), MUCH_LATER, since=date(2024, 3, 2)) is None
    assert late(traded(), date(2024, 3, 8), since=FRIDAY) == 3
    assert late(traded(), date(2024, 3, 8), since=None) == 3


@pytest.mark.parametrize(("day", "expected"), [(5, 0), (6, None), (7, None), (8, None), (11, 4)])
def test_plan_trades_without_a_deemed_date_are_not_judged_from_the_third_to_the_fifth_day(
    day: int, expected: int | None
) -> None:
    """Notice of the trade may come as late as the third business day after it: two more are allowed from there."""
    assert late(traded(), date(2024, 3, day), plan=True) == expected


@pytest.mark.parametrize(("day", "expected"), [(5, 0), (6, None), (8, None), (11, 4)])
def test_discretionary_transactions_are_not_judged_from_the_third_to_the_fifth_day(
    day: int, expected: int | None
) -> None:
    """Code I: the administrator of an employee plan gives notice of them."""
    assert late(traded(code="I"), date(2024, 3, day)) == expected


def test_plan_trade_with_a_deemed_date_is_judged() -> None:
    """The deemed date is the notice date, so lateness can be determined."""
    line = traded(deemed_execution_date=FRIDAY)
    assert late(line, date(2024, 3, 7), plan=True) == 2
    assert late(traded(code="I", deemed_execution_date=FRIDAY), date(2024, 3, 7)) == 2


def test_doubtful_plan_trade_does_not_affect_the_other_lines() -> None:
    """A line of the fourth day is not judged, one of the sixth is."""
    lines = [traded(FRIDAY, line=0), traded(date(2024, 2, 28), line=1)]
    assert days_late(lines, filed(date(2024, 3, 7)), subject_since=None, plan=True) == 4


def test_trades_before_the_two_day_rule_are_not_judged_by_it() -> None:
    """Until 29 August 2002 a Form 4 was due ten days after the month."""
    assert late(traded(date(2002, 8, 28)), date(2002, 9, 30)) is None
    assert late(traded(date(2002, 8, 29)), date(2002, 9, 30)) == 19


def test_filing_before_its_trade_is_not_late() -> None:
    """Days do not run backwards."""
    assert late(traded(), date(2024, 2, 1)) == 0
    assert business_days(FRIDAY, date(2024, 2, 1)) == 0


def test_dates_a_century_apart_are_not_counted() -> None:
    """One of them is mistyped; counting its days would take seconds."""
    assert late(traded(), date(9999, 12, 31)) is None
