"""Cases of lateness: business days after the two-day deadline, and the trades that have no such deadline."""

from typing import Any, Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import TRUST, Line, filing, hold, sell, trade

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
    lateness(
        "on-the-second-business-day",
        "A report on the second business day is on time",
        0,
        sell(10, 90),
        filed="2023-06-05",
    ),
    lateness(
        "on-the-third-business-day",
        "A report on the third business day is one day late",
        1,
        sell(10, 90),
        filed="2023-06-06",
    ),
    lateness(
        "after-ten-in-the-evening",
        "A filing accepted one second after 22:00 in New York counts for the following day",
        1,
        sell(10, 90),
        filed="2023-06-06",
        accepted="2023-06-06T02:00:01+00:00",
    ),
    lateness(
        "shortly-before-ten-in-the-evening",
        "A filing accepted at 21:59 in New York still counts for the same day",
        0,
        sell(10, 90),
        filed="2023-06-05",
        accepted="2023-06-06T01:59:00+00:00",
    ),
    lateness(
        "over-a-federal-holiday",
        "Weekends and Memorial Day are not business days",
        0,
        sell(10, 90),
        period="2023-05-25",
        filed="2023-05-30",
    ),
    lateness(
        "edgar-was-closed-by-decree",
        "EDGAR was closed on Christmas Eve 2024, which gives the filer another day",
        0,
        sell(10, 90),
        period="2024-12-23",
        filed="2024-12-27",
    ),
    lateness(
        "edgar-was-closed-for-a-day-of-mourning",
        "The day of mourning of 9 January 2025 does not count, so this filing is one day late instead of two",
        1,
        sell(10, 90),
        period="2025-01-08",
        filed="2025-01-14",
    ),
    lateness(
        "from-the-deemed-execution-date",
        "The two days begin at the deemed execution date if the line has one",
        0,
        sell(10, 90, day="2023-05-26", deemed_execution_date="2023-06-01"),
        filed="2023-06-05",
    ),
    lateness(
        "latest-of-the-lines",
        "The slowest line decides: the sale of 19 May makes the alert nine days late",
        9,
        sell(10, 90, day="2023-05-19"),
        sell(10, 80, day="2023-06-01"),
        filed="2023-06-06",
    ),
)

_EXCEPTIONS: Final = (
    lateness(
        "form-5-line-on-a-form-4",
        "A line that could wait for Form 5 is not late on a Form 4",
        None,
        sell(10, 90, form_type="5"),
        filed="2023-07-03",
    ),
    lateness(
        "small-acquisition",
        "A small acquisition (code L) may wait for the annual form",
        None,
        trade("L", "A", 10, 90),
        filed="2023-07-03",
    ),
    lateness(
        "inheritance",
        "An inheritance (code W) has no two-day deadline",
        None,
        trade("W", "A", 10, 90),
        filed="2023-07-03",
    ),
    lateness(
        "other-code",
        "Code J covers events of every kind, so no deadline can be assumed",
        None,
        trade("J", "D", 10, 90),
        filed="2023-07-03",
    ),
    lateness(
        "gift-received", "A gift received has no two-day deadline", None, trade("G", "A", 10, 90), filed="2023-07-03"
    ),
    lateness(
        "gift-made",
        "A gift made in June 2023 is due within two days, like a sale",
        1,
        trade("G", "D", 10, 90),
        filed="2023-06-06",
    ),
    lateness(
        "gift-made-before-the-rule",
        "A gift made on the last business day under the old rule could wait for the annual form",
        None,
        trade("G", "D", 10, 90),
        period="2023-02-24",
        filed="2023-04-03",
    ),
    lateness(
        "gift-made-on-the-first-day-of-the-rule",
        "The two-day deadline for gifts already holds on 27 February 2023, the first day of the rule",
        1,
        trade("G", "D", 10, 90),
        period="2023-02-27",
        filed="2023-03-02",
    ),
    lateness(
        "fifth-business-day-under-a-plan",
        "An owner may learn of a plan's trade three days later, so the fifth business day is not called late",
        None,
        sell(10, 90),
        filed="2023-06-08",
        rule_10b5_1_plan=True,
    ),
    lateness(
        "sixth-business-day-under-a-plan",
        "A plan excuses no report after the fifth business day: the sixth is four days late",
        4,
        sell(10, 90),
        filed="2023-06-09",
        rule_10b5_1_plan=True,
    ),
    lateness(
        "third-business-day-under-a-plan-of-a-footnote",
        "A plan that only a footnote mentions gives the same grace as the checkbox",
        None,
        sell(10, 90, notes=PLAN),
        filed="2023-06-06",
        notes={"F1": "Sold under a Rule 10b5-1 trading plan adopted on December 1, 2022."},
    ),
    lateness(
        "plan-with-a-deemed-date",
        "A deemed execution date already allows for the plan, so there is no further grace",
        1,
        sell(10, 90, deemed_execution_date="2023-06-01"),
        filed="2023-06-06",
        rule_10b5_1_plan=True,
    ),
    lateness(
        "discretionary-transaction",
        "A discretionary transaction (code I) has the same grace as a plan",
        None,
        trade("I", "D", 10, 90),
        filed="2023-06-07",
    ),
    lateness(
        "form-4-line-on-a-form-5",
        "A trade that was due on Form 4 is late on Form 5, here by 143 business days",
        143,
        sell(10, 90, day="2023-06-01", form_type="4"),
        period="2023-12-31",
        form="5",
        filed="2024-01-02",
    ),
    lateness(
        "unknown-when-accepted",
        "Lateness is unknown if nothing shows when the filing was made",
        None,
        sell(10, 90),
        filed=None,
    ),
    case(
        "trade-before-the-owner-was-subject",
        "A trade from before the owner became an insider has no deadline; a later one does",
        filing(1, "2023-06-12", hold(4000), form="3", filed="2023-06-14"),
        filing(2, "2023-06-20", sell(100, 3900, day="2023-06-05"), filed="2023-06-21"),
        filing(3, "2023-07-03", sell(100, 3800, day="2023-07-03"), filed="2023-07-10"),
        held=None,
        alerts={2: {D: {"days_late": None}}, 3: {D: {"days_late": 2}}},
    ),
    case(
        "late-line-of-the-trust-alone",
        "A late line of the trust does not make the alert of the direct shares late",
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
