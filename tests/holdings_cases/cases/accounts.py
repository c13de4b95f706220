"""Cases of which account is current: late reports, gaps that they close, sums that are owed, and effective times."""

from typing import Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import TRUST, buy, filing, hold, sell, trade

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
_SPRING_GIFT: Final = trade("G", "D", 300, 7700, day="2023-04-03", at=0, form_type="5")
START: Final = filing(1, "2023-01-10", buy(500, 9000, at=30))

CASES: Final[tuple[Case, ...]] = (
    case(
        "late-report-closes-a-part-of-a-gap",
        "A late sale that accounts for only part of a gap keeps its place in time and does not become the current "
        "amount",
        START,
        filing(2, "2023-05-01", buy(100, 7100)),
        filing(3, "2023-03-01", sell(1500, 7500), filed="2023-08-01"),
        held={D: 7100},
        alerts={
            2: {D: {"before": 7000, "after": 7100, "un": -2000, "why": "unknown"}},
            3: {D: {"before": 9000, "after": 7500, "ledger": 9000, "un": 0, "is_current": False, "current": 7100}},
        },
    ),
    case(
        "two-late-reports-close-a-gap",
        "A second late sale fits between the first one and the newer filing, and the two together close the gap",
        START,
        filing(2, "2023-05-01", buy(100, 7100)),
        filing(3, "2023-03-01", sell(1500, 7500), filed="2023-08-01"),
        filing(4, "2023-04-03", sell(500, 7000), filed="2023-09-01"),
        held={D: 7100},
        alerts={
            4: {
                D: {
                    "before": 7500,
                    "after": 7000,
                    "ledger": 7500,
                    "un": 0,
                    "why": "late_report",
                    "by": ["2"],
                    "is_current": False,
                    "current": 7100,
                }
            }
        },
    ),
    case(
        "late-report-closes-a-gap-of-a-trust",
        "A late sale by the trust fills the hole in the trust's shares, and names the filing that showed the hole",
        filing(1, "2023-01-10", buy(500, 9000), buy(10, 400, by=TRUST)),
        filing(2, "2023-05-01", sell(100, 8900), sell(50, 250, by=TRUST)),
        filing(3, "2023-02-01", sell(100, 300, by=TRUST), filed="2023-08-01"),
        held={D: 8900, BY_TRUST: 250},
        alerts={
            2: {D: {"un": 0}, BY_TRUST: {"before": 300, "after": 250, "un": -100, "why": "unknown"}},
            3: {BY_TRUST: {"un": 0, "why": "late_report", "by": ["2"], "is_current": False, "current": 250}},
        },
    ),
    case(
        "late-report-that-knows-what-came-between",
        "A late filing that starts from the amount held now comes last, because its author already knew of the newer "
        "trade",
        START,
        filing(2, "2023-05-01", sell(100, 8900)),
        filing(3, "2023-03-01", sell(400, 8500), filed="2023-08-01"),
        filing(4, "2023-09-01", sell(500, 8000)),
        held={D: 8000},
        alerts={
            3: {D: {"before": 8900, "after": 8500, "un": 0, "is_current": True, "current": 8500, "why": None}},
            4: {D: {"ledger": 8500, "un": 0}},
        },
    ),
    case(
        "sums-owed-by-two-late-reports",
        "Two late sales that no filing continues are remembered, and together they explain a later shortfall of the "
        "same size",
        START,
        filing(2, "2023-06-12", trade("G", "D", 100, 8900, at=0)),
        filing(3, "2023-06-06", sell(1000, 8000), filed="2023-06-13"),
        filing(4, "2023-06-07", sell(450, 8550), filed="2023-06-14"),
        filing(5, "2023-07-05", sell(100, 7350)),
        held={D: 7350},
        alerts={
            3: {D: {"trades": [("S", "D", 1000)], "is_current": False, "current": 8900}},
            4: {D: {"trades": [("S", "D", 450)], "is_current": False, "current": 8900}},
            5: {D: {"before": 7450, "after": 7350, "un": -1450, "why": "late_report", "by": ["3", "4"]}},
        },
    ),
    case(
        "sum-owed-by-one-of-two-late-reports",
        "One late sale that no filing continues explains a later shortfall of exactly its shares",
        START,
        filing(2, "2023-06-12", trade("G", "D", 100, 8900, at=0)),
        filing(3, "2023-06-06", sell(1000, 8000), filed="2023-06-13"),
        filing(4, "2023-07-05", sell(100, 7800)),
        held={D: 7800},
        alerts={4: {D: {"before": 7900, "after": 7800, "un": -1000, "why": "late_report", "by": ["3"]}}},
    ),
    case(
        "of-equal-times-the-later-filing-is-later",
        "When two trades have the same date, the one filed second gives the newer amount",
        START,
        filing(2, "2023-05-01", sell(100, 8900), filed="2023-05-02"),
        filing(3, "2023-05-01", sell(100, 8300), filed="2023-05-03"),
        held={D: 8300},
        alerts={3: {D: {"before": 8400, "ledger": 8900, "un": -500, "is_current": True, "current": 8300}}},
    ),
    case(
        "gift-of-spring-on-the-annual-form",
        "A Form 5 reports year-end balances, so its gift in April is applied after the sale in November",
        START,
        filing(2, "2023-11-01", sell(1000, 8000)),
        filing(
            3,
            "2023-12-31",
            _SPRING_GIFT,
            form="5",
            filed="2024-02-09",
        ),
        held={D: 7700},
        alerts={
            3: {D: {"before": 8000, "after": 7700, "ledger": 8000, "un": 0, "is_current": True, "days_late": None}}
        },
    ),
    case(
        "annual-form-after-a-trade-of-the-new-year",
        "A Form 5 stays before a January trade that ignores it, and its gift explains the next shortfall",
        START,
        filing(2, "2023-11-01", sell(1000, 8000)),
        filing(3, "2024-01-10", sell(500, 7500)),
        filing(
            4,
            "2023-12-31",
            _SPRING_GIFT,
            form="5",
            filed="2024-02-09",
        ),
        filing(5, "2024-03-11", sell(100, 7100)),
        held={D: 7100},
        alerts={
            4: {D: {"before": 8000, "after": 7700, "ledger": 8000, "un": 0, "is_current": False, "current": 7500}},
            5: {D: {"before": 7200, "ledger": 7500, "un": -300, "why": "late_report", "by": ["4"]}},
        },
    ),
    case(
        "holding-line-of-a-form-5-is-of-the-year-end",
        "A holding on Form 5 describes 31 December, so the January trade stays current and no alert is due",
        START,
        filing(2, "2024-01-10", sell(500, 8500)),
        filing(3, "2023-12-31", hold(9000), form="5", filed="2024-02-09"),
        held={D: 8500},
        alerts={3: {}},
    ),
    case(
        "holding-line-of-a-form-4-is-of-its-filing",
        "A holding on Form 4 is as recent as the filing itself, so even a late Form 4 restates the trust",
        filing(1, "2023-01-10", buy(500, 9000), hold(700, by=TRUST)),
        filing(2, "2023-05-01", sell(100, 600, by=TRUST)),
        filing(3, "2023-03-01", sell(10, 8990), hold(550, by=TRUST), filed="2023-08-01"),
        held={D: 8990, BY_TRUST: 550},
        alerts={
            3: {
                D: {"un": 0},
                BY_TRUST: {"kind": "restated", "ledger": 600, "after": 550, "un": -50, "is_current": True},
            }
        },
    ),
    case(
        "year-of-a-trade-mistyped-for-the-future",
        "A trade dated after its own filing is placed at the period, with a diagnostic, so that the next trade follows "
        "it",
        START,
        filing(2, "2023-05-01", sell(100, 8900, day="2032-05-01")),
        filing(3, "2023-06-01", sell(200, 8700)),
        held={D: 8700},
        alerts={
            2: {D: {"un": 0, "codes": ["date_contradicts_period"]}},
            3: {D: {"ledger": 8900, "un": 0, "is_current": True, "codes": []}},
        },
    ),
    case(
        "year-of-a-trade-mistyped-for-the-last",
        "A January trade dated one year too early is placed by its corrected year, with a diagnostic",
        filing(1, "2022-12-12", buy(500, 9000)),
        filing(2, "2023-01-10", sell(100, 8900, day="2022-01-10")),
        held={D: 8900},
        alerts={2: {D: {"un": 0, "is_current": True, "codes": ["date_contradicts_period"]}}},
    ),
    case(
        "trade-before-the-period-is-common-and-true",
        "A trade a few days ahead of the period of report is normal and gets no diagnostic",
        START,
        filing(2, "2023-05-08", sell(100, 8900, day="2023-05-04"), sell(100, 8800, day="2023-05-08")),
        held={D: 8800},
        alerts={2: {D: {"before": 9000, "after": 8800, "un": 0, "codes": []}}},
    ),
)
