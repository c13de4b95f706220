"""Expectations of ../shared/cases/ledger: amendments, repetitions, errors, late reports and orders of lines."""

from typing import Final

from tests.holdings_cases.shared_expected import COMMON, SPOUSE, TRUST, Expected, sale

CORRECTIONS: Final[dict[str, Expected]] = {
    "late-form": Expected(
        held={COMMON: 3500},
        alerts={
            "02": {COMMON: {"before": 3000, "after": 3500, "ledger": 5000, "un": -2000, "why": "unknown"}},
            "03": {
                COMMON: {
                    "kind": "decreased",
                    "trades": sale(2000),
                    "before": 5000,
                    "after": 3000,
                    "days_late": 139,
                    "is_current": False,
                    "current": 3500,
                    "un": 0,
                    "why": "late_report",
                    "by": ["02"],
                }
            },
        },
    ),
    "amended-price-of-a-middle-line": Expected(
        held={COMMON: 4400},
        alerts={
            "02": {COMMON: {"before": 5000, "after": 4400, "trades": sale(600), "un": 0, "why": None}},
            "03": {
                COMMON: {
                    "is_amendment": True,
                    "trades": sale(200),
                    "prices": [(13, 13)],
                    "ledger": 4900,
                    "un": 0,
                    "current": 4400,
                    "days_late": None,
                }
            },
        },
    ),
    "amendment-of-holdings-only": Expected(
        held={COMMON: 4900, TRUST: 7000},
        alerts={"03": {TRUST: {"kind": "restated", "after": 7000, "trades": [], "is_amendment": True}}},
    ),
    "amendment-adds-a-sale": Expected(
        held={COMMON: 900},
        alerts={
            "03": {
                COMMON: {
                    "kind": "decreased",
                    "trades": sale(4100),
                    "before": 5000,
                    "after": 900,
                    "why": "amendment",
                    "un": 0,
                    "current": 900,
                    "days_late": None,
                }
            }
        },
    ),
    "amendment-adds-an-earlier-sale": Expected(
        held={COMMON: 900},
        alerts={"03": {COMMON: {"trades": sale(4100), "before": 5000, "after": 900, "un": 0, "days_late": None}}},
    ),
    "two-parts-of-a-day": Expected(
        held={COMMON: 3000},
        alerts={
            "02": {COMMON: {"before": 5000, "after": 4500, "un": 0, "why": None}},
            "03": {COMMON: {"before": 4500, "after": 3000, "un": 0, "why": None}},
        },
    ),
    "same-lines-two-numbers": Expected(
        held={COMMON: 4500},
        alerts={
            "02": {COMMON: {"repeats": None, "un": 0}},
            "03": {
                COMMON: {
                    "repeats": "02",
                    "trades": sale(500),
                    "un": 0,
                    "days_late": None,
                    "is_current": True,
                    "current": 4500,
                }
            },
        },
    ),
    "same-lines-after-the-next": Expected(
        held={COMMON: 4000},
        alerts={
            "04": {
                COMMON: {
                    "repeats": "02",
                    "trades": sale(500),
                    "un": 0,
                    "days_late": None,
                    "is_current": False,
                    "current": 4000,
                }
            }
        },
    ),
    "total-in-price-column": Expected(
        held={COMMON: 80100},
        alerts={
            "02": {COMMON: {"trades": [("P", "A", 100)], "unpriced": 100, "values": [None], "diagnosed": True}},
            "03": {COMMON: {"trades": [("P", "A", 75000)], "unpriced": 75000, "values": [None], "diagnosed": True}},
        },
    ),
    "stale-amount-all-sold": Expected(
        held={COMMON: 10},
        alerts={
            "02": {
                COMMON: {
                    "kind": "closed",
                    "before": 5000,
                    "after": 0,
                    "why": "line_error",
                    "un": 0,
                    "current": 0,
                    "trades": sale(5000),
                }
            },
            "03": {COMMON: {"kind": "opened", "before": 0, "after": 10, "trades": [("P", "A", 10)], "un": 0}},
        },
    ),
    "transposed-digits": Expected(
        held={COMMON: 4700, TRUST: 127231},
        alerts={
            "02": {COMMON: {"un": 0}, TRUST: {"kind": "restated", "after": 127231, "ledger": None}},
            "03": {COMMON: {"un": 0}, TRUST: {"kind": "restated", "after": 127321, "why": "unknown", "un": 90}},
            "04": {COMMON: {"un": 0}, TRUST: {"kind": "restated", "after": 127231, "why": "unknown", "un": -90}},
        },
    ),
    "latest-first-with-exercise": Expected(
        held={COMMON: 5300},
        alerts={
            "02": {
                COMMON: {
                    "before": 5000,
                    "after": 5300,
                    "un": 0,
                    "why": None,
                    "lines": (2, 1, 0),
                    "reported": 300,
                }
            }
        },
    ),
    "latest-first-sales": Expected(
        held={COMMON: 4800}, alerts={"02": {COMMON: {"before": 5000, "after": 4800, "un": 0, "trades": sale(200)}}}
    ),
    "latest-first-same-day": Expected(
        held={COMMON: 5300}, alerts={"02": {COMMON: {"before": 5000, "after": 5300, "un": 0, "why": None}}}
    ),
    "form-3-after-form-4": Expected(
        held={COMMON: 4900, SPOUSE: 800},
        alerts={"01": {COMMON: {"days_late": 0}}},
    ),
    "amended-price": Expected(
        held={COMMON: 4000},
        alerts={
            "03": {
                COMMON: {
                    "trades": sale(1000),
                    "prices": [(30, 30)],
                    "is_amendment": True,
                    "ledger": 5000,
                    "un": 0,
                    "current": 4000,
                    "days_late": None,
                }
            }
        },
    ),
    "amended-away": Expected(
        held={COMMON: 5000},
        alerts={"03": {COMMON: {"kind": "restated", "after": 5000, "why": "amendment", "current": 5000}}},
    ),
    "timely-but-out-of-order": Expected(
        held={COMMON: 800},
        alerts={
            "03": {
                COMMON: {
                    "trades": sale(4000),
                    "values": [1000000],
                    "before": 5000,
                    "after": 1000,
                    "days_late": 0,
                    "is_current": False,
                }
            },
            "04": {COMMON: {"before": 900, "after": 800, "why": "late_report", "by": ["03"], "un": -4000}},
        },
    ),
    "mistyped-year-2034": Expected(
        held={COMMON: 7000},
        alerts={
            "2": {COMMON: {"trades": sale(500), "codes": ["date_contradicts_period"]}},
            "3": {COMMON: {"trades": sale(500), "un": 0, "codes": []}},
            "4": {COMMON: {"trades": sale(1000), "un": 0, "codes": []}},
        },
    ),
    "mistyped-january": Expected(
        held={COMMON: 8500},
        alerts={
            "1": {COMMON: {"trades": sale(1000), "codes": []}},
            "2": {COMMON: {"trades": sale(500), "un": 0, "codes": ["date_contradicts_period"]}},
        },
    ),
}
