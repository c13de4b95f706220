"""Cases of amendments: which filing they correct, which of its lines, and what that moves."""

from typing import Final

from tests.holdings_cases.builders import TRUST, buy, filing, hold, sell, trade
from tests.holdings_cases.case import Case, case

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
START: Final = filing(1, "2023-05-01", buy(500, 5000, at=30), hold(800, by=TRUST))

CASES: Final[tuple[Case, ...]] = (
    case(
        "amendment-corrects-shares-and-moves-what-follows",
        "The difference moves the original's `after` and each following account that begins at the uncorrected amount",
        START,
        filing(2, "2023-06-01", sell(100, 4900)),
        filing(3, "2023-07-03", sell(200, 4700)),
        filing(4, "2023-06-01", sell(150, 4850), form="4/A", amends="2023-06-02", filed="2023-07-10"),
        filing(5, "2023-08-01", sell(50, 4600)),
        held={D: 4600, BY_TRUST: 800},
        alerts={
            4: {
                D: {
                    "is_amendment": True,
                    "trades": [("S", "D", 150)],
                    "before": 5000,
                    "after": 4850,
                    "ledger": 5000,
                    "un": 0,
                    "is_current": False,
                    "current": 4650,
                    "days_late": None,
                }
            },
            5: {D: {"before": 4650, "ledger": 4650, "un": 0}},
        },
    ),
    case(
        "account-that-does-not-begin-at-the-uncorrected-amount",
        "Each following account as long as it begins at the uncorrected amount",
        START,
        filing(2, "2023-06-01", sell(100, 4900)),
        filing(3, "2023-07-03", sell(200, 4650)),
        filing(4, "2023-06-01", sell(150, 4850), form="4/A", amends="2023-06-02", filed="2023-07-10"),
        held={D: 4650, BY_TRUST: 800},
        alerts={3: {D: {"un": -50, "why": "unknown"}}, 4: {D: {"ledger": 5000, "un": 0, "current": 4650}}},
    ),
    case(
        "amendment-of-an-amendment",
        "The original is the owner's filing of the date of original submission, else of the same period",
        START,
        filing(2, "2023-06-01", sell(100, 4900)),
        filing(3, "2023-06-01", sell(150, 4850), form="4/A", amends="2023-06-02", filed="2023-06-12"),
        filing(4, "2023-06-01", sell(170, 4830), form="4/A", amends="2023-06-02", filed="2023-06-20"),
        filing(5, "2023-08-01", sell(30, 4800)),
        held={D: 4800, BY_TRUST: 800},
        alerts={
            3: {D: {"ledger": 5000, "un": 0, "current": 4850}},
            4: {D: {"ledger": 5000, "un": 0, "current": 4830, "trades": [("S", "D", 170)]}},
            5: {D: {"ledger": 4830, "un": 0}},
        },
    ),
    case(
        "amendment-without-the-date-of-the-original",
        "Else of the same period",
        START,
        filing(2, "2023-06-01", sell(100, 4900, at=31)),
        filing(3, "2023-06-01", sell(100, 4900, at=13), form="4/A", filed="2023-06-12"),
        held={D: 4900, BY_TRUST: 800},
        alerts={3: {D: {"ledger": 5000, "before": 5000, "un": 0, "current": 4900, "values": [1300]}}},
    ),
    case(
        "amendment-of-the-amount-alone",
        "The amendment's lines take the place of the original's lines of the same date and code",
        START,
        filing(2, "2023-06-01", sell(100, 4950, at=31)),
        filing(3, "2023-06-01", sell(100, 4900, at=31), form="4/A", amends="2023-06-02", filed="2023-06-12"),
        filing(4, "2023-07-03", sell(50, 4850)),
        held={D: 4850, BY_TRUST: 800},
        alerts={
            2: {D: {"before": 5050, "un": 50, "why": "unknown"}},
            3: {D: {"before": 5000, "after": 4900, "ledger": 5000, "un": 0, "current": 4900}},
            4: {D: {"ledger": 4900, "un": 0}},
        },
    ),
    case(
        "amendment-of-the-code",
        "Of all, if it begins at the original's `before` and has as many lines",
        START,
        filing(2, "2023-06-01", sell(100, 4900)),
        filing(3, "2023-06-01", trade("G", "D", 100, 4900, at=0), form="4/A", amends="2023-06-02", filed="2023-06-12"),
        filing(4, "2023-07-03", sell(50, 4850)),
        held={D: 4850, BY_TRUST: 800},
        alerts={
            3: {D: {"trades": [("G", "D", 100)], "ledger": 5000, "un": 0, "current": 4900}},
            4: {D: {"ledger": 4900, "un": 0}},
        },
    ),
    case(
        "amendment-of-one-of-two-parts-of-a-day",
        "Of several the one with most lines in common",
        START,
        filing(2, "2023-06-01", sell(100, 4900, at=31), sell(40, 4860, at=32)),
        filing(3, "2023-06-01", sell(60, 4800, at=33), sell(80, 4720, at=34)),
        filing(
            4,
            "2023-06-01",
            sell(60, 4800, at=33),
            sell(90, 4710, at=34),
            form="4/A",
            amends="2023-06-02",
            filed="2023-06-12",
        ),
        held={D: 4710, BY_TRUST: 800},
        alerts={4: {D: {"before": 4860, "after": 4710, "ledger": 4860, "un": 0, "current": 4710}}},
    ),
    case(
        "amendment-of-another-date-and-as-many-lines",
        "Of all, if it begins at the original's `before` and has as many lines",
        START,
        filing(2, "2023-06-01", sell(100, 4900, day="2023-05-31"), sell(200, 4700, day="2023-05-31")),
        filing(
            3,
            "2023-06-01",
            sell(100, 4900, day="2023-05-30"),
            sell(250, 4650, day="2023-05-30"),
            form="4/A",
            amends="2023-06-02",
            filed="2023-06-12",
        ),
        held={D: 4650, BY_TRUST: 800},
        alerts={3: {D: {"trades": [("S", "D", 350)], "ledger": 5000, "after": 4650, "un": 0, "current": 4650}}},
    ),
    case(
        "amended-holding-line",
        "A holding line of an amendment replaces the original's amount likewise, and erases no other",
        START,
        filing(2, "2023-06-01", sell(100, 4900), hold(850, by=TRUST)),
        filing(3, "2023-06-01", hold(900, by=TRUST), form="4/A", amends="2023-06-02", filed="2023-06-12"),
        held={D: 4900, BY_TRUST: 900},
        alerts={
            3: {
                BY_TRUST: {
                    "kind": "restated",
                    "after": 900,
                    "ledger": 850,
                    "un": 50,
                    "why": "amendment",
                    "current": 900,
                }
            }
        },
    ),
    case(
        "amended-form-3",
        "A holding line of an amendment replaces the original's amount likewise, and erases no other",
        filing(1, "2023-03-01", hold(4000), hold(200, by=TRUST), form="3"),
        filing(2, "2023-06-01", sell(100, 3900)),
        filing(3, "2023-03-01", hold(260, by=TRUST), form="3/A", amends="2023-03-02", filed="2023-07-10"),
        held={D: 3900, BY_TRUST: 260},
        alerts={3: {BY_TRUST: {"kind": "restated", "after": 260, "ledger": 200, "why": "amendment"}}},
    ),
    case(
        "amendment-before-its-original",
        "If the original comes later, the fold puts both in order",
        START,
        filing(2, "2023-06-01", sell(100, 4900, at=31)),
        filing(3, "2023-06-01", sell(130, 4870, at=31), form="4/A", amends="2023-06-02", filed="2023-06-12"),
        held={D: 4870, BY_TRUST: 800},
        alerts={3: {D: {"ledger": 5000, "un": 0, "after": 4870, "current": 4870}}},
        late={
            (1, 3, 2): {
                D: {
                    "trades": [("S", "D", 100)],
                    "before": 5000,
                    "ledger": 5000,
                    "un": 0,
                    "is_current": False,
                    "current": 4870,
                }
            }
        },
    ),
    case(
        "amendment-whose-original-is-not-known",
        "The original is the owner's filing of the date of original submission, else of the same period",
        START,
        filing(2, "2023-06-01", sell(100, 4900), form="4/A", amends="2023-06-02", filed="2023-06-12"),
        held={D: 4900, BY_TRUST: 800},
        alerts={2: {D: {"trades": [("S", "D", 100)], "ledger": 5000, "un": 0, "days_late": None, "current": 4900}}},
    ),
    case(
        "amendment-adds-a-gift-of-the-trust",
        "The amendment's lines take the place of the original's lines of the same date and code; it erases no other",
        START,
        filing(2, "2023-06-01", sell(100, 4900)),
        filing(
            3,
            "2023-06-01",
            trade("G", "D", 300, 500, by=TRUST, at=0),
            form="4/A",
            amends="2023-06-02",
            filed="2023-06-12",
        ),
        held={D: 4900, BY_TRUST: 500},
        alerts={3: {BY_TRUST: {"before": 800, "after": 500, "ledger": 800, "un": 0, "days_late": None}}},
    ),
    case(
        "amendment-after-the-position-was-sold",
        "The difference moves each following account as long as it begins at the uncorrected amount",
        filing(1, "2023-05-01", buy(500, 5000, at=30)),
        filing(2, "2023-06-01", sell(2000, 3000, at=31)),
        filing(3, "2023-07-03", sell(3000, 0, at=32)),
        filing(4, "2023-06-01", sell(2000, 3000, at=13), form="4/A", amends="2023-06-02", filed="2023-07-10"),
        held={},
        alerts={4: {D: {"ledger": 5000, "un": 0, "is_current": False, "current": 0, "kind": "decreased"}}},
    ),
)
