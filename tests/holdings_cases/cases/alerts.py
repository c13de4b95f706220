"""Cases of alerts: holding lines, kinds, repetitions, and lines with missing values."""

from typing import Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import TRUST, buy, filing, hold, option, sell, trade

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
START: Final = filing(1, "2023-05-01", buy(500, 9000, at=30), hold(2000, by=TRUST))

CASES: Final[tuple[Case, ...]] = (
    case(
        "holding-seen-for-the-first-time",
        "A trust that appears without a trade is reported, with no earlier amount to compare",
        filing(1, "2023-05-01", buy(500, 9000)),
        filing(2, "2023-06-01", sell(100, 8900), hold(2000, by=TRUST)),
        held={D: 8900, BY_TRUST: 2000},
        alerts={
            2: {D: {"un": 0}, BY_TRUST: {"kind": "restated", "after": 2000, "ledger": None, "un": None, "trades": []}}
        },
    ),
    case(
        "holding-as-it-was",
        "A holding line that repeats the known amount causes no alert",
        START,
        filing(2, "2023-06-01", sell(100, 8900), hold(2000, by=TRUST)),
        held={D: 8900, BY_TRUST: 2000},
        alerts={2: {D: {"un": 0}}},
    ),
    case(
        "holding-rounded",
        "A holding line that differs by a fraction of a share causes no alert",
        START,
        filing(2, "2023-06-01", sell(100, 8900), hold("2000.6", by=TRUST)),
        held=None,
        alerts={2: {D: {"un": 0}}},
    ),
    case(
        "holding-of-another-amount",
        "A holding line with a new amount is reported as a restatement, because no trade accounts for it",
        START,
        filing(2, "2023-06-01", sell(100, 8900), hold(2150, by=TRUST)),
        held={D: 8900, BY_TRUST: 2150},
        alerts={
            2: {
                D: {"un": 0},
                BY_TRUST: {
                    "kind": "restated",
                    "after": 2150,
                    "ledger": 2000,
                    "un": 150,
                    "why": "unknown",
                    "is_current": True,
                    "current": 2150,
                },
            }
        },
    ),
    case(
        "holding-without-an-amount",
        "Outside Form 3, a new holding line without an amount contains nothing to report",
        START,
        filing(2, "2023-06-01", sell(100, 8900), option(hold(None))),
        held=None,
        alerts={2: {D: {"un": 0}}},
    ),
    case(
        "trades-that-cancel",
        "An exercise whose shares are all withheld or sold leaves the amount as it was, but every part is reported",
        START,
        filing(
            2, "2023-06-01", trade("M", "A", 700, 9700, at=5), trade("F", "D", 300, 9400, at=31), sell(400, 9000, at=32)
        ),
        held={D: 9000, BY_TRUST: 2000},
        alerts={
            2: {
                D: {
                    "kind": "unchanged",
                    "before": 9000,
                    "after": 9000,
                    "trades": [("M", "A", 700), ("F", "D", 300), ("S", "D", 400)],
                    "values": [3500, 9300, 12800],
                    "reported": 0,
                    "un": 0,
                }
            }
        },
    ),
    case(
        "entries-by-code-and-side",
        "Trades are summed by code and side, and shares without a price stay out of the value",
        START,
        filing(
            2,
            "2023-06-01",
            sell(100, 8900, at=30),
            sell(300, 8600, at=34),
            sell(100, 8500),
            trade("G", "D", 500, 8000, at=None),
        ),
        held={D: 8000, BY_TRUST: 2000},
        alerts={
            2: {
                D: {
                    "trades": [("S", "D", 500), ("G", "D", 500)],
                    "values": [13200, None],
                    "averages": [33, None],
                    "unpriced": 600,
                    "reported": -1000,
                }
            }
        },
    ),
    case(
        "sold-out-and-bought-again",
        "A sale of everything closes the position, and the next purchase opens it from zero",
        START,
        filing(2, "2023-06-01", sell(9000, 0)),
        filing(3, "2023-07-03", buy(50, 50)),
        held={D: 50, BY_TRUST: 2000},
        alerts={
            2: {D: {"kind": "closed", "before": 9000, "after": 0, "percent": -100, "current": 0}},
            3: {D: {"kind": "opened", "before": 0, "after": 50, "ledger": 0, "un": 0, "percent": None}},
        },
    ),
    case(
        "same-lines-under-a-second-number",
        "A filing submitted twice is reported as a repetition and moves the position once",
        START,
        filing(2, "2023-06-01", sell(100, 8900, at=40), sell(50, 8850, at=41)),
        filing(3, "2023-06-01", sell(100, 8900, at=40), sell(50, 8850, at=41), filed="2023-06-20"),
        filing(4, "2023-07-03", sell(50, 8800)),
        held={D: 8800, BY_TRUST: 2000},
        alerts={
            3: {
                D: {
                    "repeats": "2",
                    "trades": [("S", "D", 150)],
                    "before": 9000,
                    "after": 8850,
                    "ledger": 9000,
                    "un": 0,
                    "is_current": True,
                    "current": 8850,
                    "days_late": None,
                }
            },
            4: {D: {"ledger": 8850, "un": 0}},
        },
        late={(1, 2, 4, 3): {D: {"repeats": "2", "is_current": False, "current": 8800, "un": 0, "ledger": 9000}}},
    ),
    case(
        "same-trade-again-is-not-a-repetition",
        "Equal trades on two days are two trades, because the second starts from the first one's balance",
        START,
        filing(2, "2023-06-01", sell(100, 8900, at=40)),
        filing(3, "2023-06-02", sell(100, 8800, at=40)),
        held={D: 8800, BY_TRUST: 2000},
        alerts={3: {D: {"repeats": None, "ledger": 8900, "un": 0, "before": 8900}}},
    ),
    case(
        "line-without-title-side-amount-or-date",
        "A line that lacks its title, side, amount or date is still reported exactly once",
        START,
        filing(
            2,
            "2023-06-01",
            sell(100, 8900, title=None),
            trade("S", None, 100, 8800),
            trade("S", "D", None, 8700),
            sell(100, 8600, day=None),
            trade(None, "D", 100, 8500),
            trade(None, None, None, None, title=None, day=None),
        ),
        held=None,
    ),
    case(
        "line-without-ownership",
        "A line that leaves open whether it is direct or indirect is still reported exactly once",
        START,
        filing(2, "2023-06-01", sell(100, 8900, ownership=None), sell(10, 1990, ownership="I")),
        held=None,
    ),
)
