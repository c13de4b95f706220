"""Cases of lateness: business days past the two of Section 16(a), and the exceptions to the accusation."""

from typing import Any, Final

from tests.holdings_cases.builders import TRUST, Line, filing, hold, sell, trade
from tests.holdings_cases.case import Case, case

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
PLAN: Final = {"transaction_date": ("F1",)}


def lateness(name: str, says: str, days: int | None, *lines: Line, period: str = "2023-06-01", **facts: Any) -> Case:
    """Make a case of one filing, of which the direct position's lateness is expected."""
    held = {D: lines[-1].shares_owned_following}
    return case(
        name, says, filing(1, period, *lines, **facts), held=_numbers(held), alerts={1: {D: {"days_late": days}}}
    )


def _numbers(held: dict[str, str | None]) -> dict[str, int | None]:
    return {label: int(amount) for label, amount in held.items() if amount is not None}


_DAYS: Final = (
    # 1 June 2023 is a Thursday: due on Monday, 5 June.
    lateness("on-the-second-business-day", "Business days past the two", 0, sell(10, 90), filed="2023-06-05"),
    lateness("on-the-third-business-day", "Business days past the two", 1, sell(10, 90), filed="2023-06-06"),
    lateness(
        "after-ten-in-the-evening",
        "To acceptance in Eastern time (after 22:00 is the next day)",
        1,
        sell(10, 90),
        filed="2023-06-06",
        accepted="2023-06-06T02:00:01+00:00",
    ),
    lateness(
        "shortly-before-ten-in-the-evening",
        "To acceptance in Eastern time (after 22:00 is the next day)",
        0,
        sell(10, 90),
        filed="2023-06-05",
        accepted="2023-06-06T01:59:00+00:00",
    ),
    lateness(
        "over-a-federal-holiday",
        "Business days past the two",
        0,
        sell(10, 90),
        period="2023-05-25",
        filed="2023-05-30",
    ),
    lateness(
        "edgar-was-closed-by-decree",
        "Days on which EDGAR was closed by decree (2024-12-24) do not count",
        0,
        sell(10, 90),
        period="2024-12-23",
        filed="2024-12-27",
    ),
    lateness(
        "edgar-was-closed-for-a-day-of-mourning",
        "Days on which EDGAR was closed by decree (2025-01-09) do not count",
        1,
        sell(10, 90),
        period="2025-01-08",
        filed="2025-01-14",
    ),
    lateness(
        "from-the-deemed-execution-date",
        "From the deemed execution date (2A), else the trade date",
        0,
        sell(10, 90, day="2023-05-26", deemed_execution_date="2023-06-01"),
        filed="2023-06-05",
    ),
    lateness(
        "latest-of-the-lines",
        "The alert has the latest of its lines",
        9,
        sell(10, 90, day="2023-05-19"),
        sell(10, 80, day="2023-06-01"),
        filed="2023-06-06",
    ),
)

_EXCEPTIONS: Final = (
    lateness(
        "form-5-line-on-a-form-4",
        "Null for lines of form type 5",
        None,
        sell(10, 90, form_type="5"),
        filed="2023-07-03",
    ),
    lateness("small-acquisition", "Null for codes L, W and J", None, trade("L", "A", 10, 90), filed="2023-07-03"),
    lateness("inheritance", "Null for codes L, W and J", None, trade("W", "A", 10, 90), filed="2023-07-03"),
    lateness("other-code", "Null for codes L, W and J", None, trade("J", "D", 10, 90), filed="2023-07-03"),
    lateness("gift-received", "Null for gifts received", None, trade("G", "A", 10, 90), filed="2023-07-03"),
    lateness("gift-made", "Null for gifts made before 2023-02-27", 1, trade("G", "D", 10, 90), filed="2023-06-06"),
    lateness(
        "gift-made-before-the-rule",
        "Null for gifts made before 2023-02-27",
        None,
        trade("G", "D", 10, 90),
        period="2023-02-24",
        filed="2023-04-03",
    ),
    lateness(
        "gift-made-on-the-first-day-of-the-rule",
        "Null for gifts made before 2023-02-27",
        1,
        trade("G", "D", 10, 90),
        period="2023-02-27",
        filed="2023-03-02",
    ),
    lateness(
        "fifth-business-day-under-a-plan",
        "Without a deemed date, null for the third to fifth business day of trades under a plan (box or footnote)",
        None,
        sell(10, 90),
        filed="2023-06-08",
        rule_10b5_1_plan=True,
    ),
    lateness(
        "sixth-business-day-under-a-plan",
        "Null for the third to fifth business day of trades under a plan",
        4,
        sell(10, 90),
        filed="2023-06-09",
        rule_10b5_1_plan=True,
    ),
    lateness(
        "third-business-day-under-a-plan-of-a-footnote",
        "Trades under a plan (box or footnote)",
        None,
        sell(10, 90, notes=PLAN),
        filed="2023-06-06",
        notes={"F1": "Sold under a Rule 10b5-1 trading plan adopted on December 1, 2022."},
    ),
    lateness(
        "plan-with-a-deemed-date",
        "And, without a deemed date, for the third to fifth business day of trades under a plan",
        1,
        sell(10, 90, deemed_execution_date="2023-06-01"),
        filed="2023-06-06",
        rule_10b5_1_plan=True,
    ),
    lateness(
        "discretionary-transaction",
        "For the third to fifth business day of trades under a plan and of code I",
        None,
        trade("I", "D", 10, 90),
        filed="2023-06-07",
    ),
    lateness(
        "form-4-line-on-a-form-5",
        "A Form 5's lines of form type 4 count",
        143,
        sell(10, 90, day="2023-06-01", form_type="4"),
        period="2023-12-31",
        form="5",
        filed="2024-01-02",
    ),
    lateness("unknown-when-accepted", "To acceptance", None, sell(10, 90), filed=None),
    case(
        "trade-before-the-owner-was-subject",
        "Null for trades before the owner became subject (its Form 3's event date)",
        filing(1, "2023-06-12", hold(4000), form="3", filed="2023-06-14"),
        filing(2, "2023-06-20", sell(100, 3900, day="2023-06-05"), filed="2023-06-21"),
        filing(3, "2023-07-03", sell(100, 3800, day="2023-07-03"), filed="2023-07-10"),
        held=None,
        alerts={2: {D: {"days_late": None}}, 3: {D: {"days_late": 2}}},
    ),
    case(
        "late-line-of-the-trust-alone",
        "The alert has the latest of its lines",
        filing(
            1,
            "2023-06-01",
            sell(10, 90, day="2023-06-01"),
            sell(10, 90, day="2023-05-25", by=TRUST),
            filed="2023-06-05",
        ),
        held={D: 90, BY_TRUST: 90},
        alerts={1: {D: {"days_late": 0}, BY_TRUST: {"days_late": 4}}},
    ),
)

CASES: Final[tuple[Case, ...]] = (*_DAYS, *_EXCEPTIONS)
