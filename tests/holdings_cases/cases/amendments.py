"""Cases of amendments: which filing they correct, which of its lines, and what that moves."""

from typing import Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import TRUST, buy, filing, hold, sell, trade

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
START: Final = filing(1, "2023-05-01", buy(500, 5000, at=30), hold(800, by=TRUST))

CASES: Final[tuple[Case, ...]] = (
    case(
        "amendment-corrects-shares-and-moves-what-follows",
        "A corrected number of shares shifts every later balance that was built on the mistake",
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
        "A later filing that already starts from the right amount is not shifted by the correction",
        START,
        filing(2, "2023-06-01", sell(100, 4900)),
        filing(3, "2023-07-03", sell(200, 4650)),
        filing(4, "2023-06-01", sell(150, 4850), form="4/A", amends="2023-06-02", filed="2023-07-10"),
        held={D: 4650, BY_TRUST: 800},
        alerts={3: {D: {"un": -50, "why": "unknown"}}, 4: {D: {"ledger": 5000, "un": 0, "current": 4650}}},
    ),
    case(
        "amendment-of-an-amendment",
        "A second amendment of the same original replaces the first, so only the last correction counts",
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
        "An amendment that does not date its original corrects the filing with its own period",
        START,
        filing(2, "2023-06-01", sell(100, 4900, at=31)),
        filing(3, "2023-06-01", sell(100, 4900, at=13), form="4/A", filed="2023-06-12"),
        held={D: 4900, BY_TRUST: 800},
        alerts={3: {D: {"ledger": 5000, "before": 5000, "un": 0, "current": 4900, "values": [1300]}}},
    ),
    case(
        "amendment-of-the-amount-alone",
        "A line that corrects only the balance replaces the sale with its date and code",
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
        "A sale corrected to a gift is replaced, because the gift starts from the same amount and is also one line",
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
        "When two filings have the original's date, the amendment corrects the one that shares a line with it",
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
        "Corrected dates match no original line, but the opening amount and the number of lines show which are "
        "replaced",
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
        "A corrected holding line replaces only the trust's amount; the sale beside it stays",
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
        "A Form 3/A that lists only the trust leaves the direct shares alone",
        filing(1, "2023-03-01", hold(4000), hold(200, by=TRUST), form="3"),
        filing(2, "2023-06-01", sell(100, 3900)),
        filing(3, "2023-03-01", hold(260, by=TRUST), form="3/A", amends="2023-03-02", filed="2023-07-10"),
        held={D: 3900, BY_TRUST: 260},
        alerts={3: {BY_TRUST: {"kind": "restated", "after": 260, "ledger": 200, "why": "amendment"}}},
    ),
    case(
        "amendment-before-its-original",
        "An original that arrives after its amendment does not undo the correction",
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
        "An amendment without a known original moves the position like any report, but is never late",
        START,
        filing(2, "2023-06-01", sell(100, 4900), form="4/A", amends="2023-06-02", filed="2023-06-12"),
        held={D: 4900, BY_TRUST: 800},
        alerts={2: {D: {"trades": [("S", "D", 100)], "ledger": 5000, "un": 0, "days_late": None, "current": 4900}}},
    ),
    case(
        "amendment-adds-a-gift-of-the-trust",
        "An amendment that adds a forgotten gift moves the trust and keeps the sale of the original",
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
        "A corrected price of an old sale does not bring back a position that was sold since",
        filing(1, "2023-05-01", buy(500, 5000, at=30)),
        filing(2, "2023-06-01", sell(2000, 3000, at=31)),
        filing(3, "2023-07-03", sell(3000, 0, at=32)),
        filing(4, "2023-06-01", sell(2000, 3000, at=13), form="4/A", amends="2023-06-02", filed="2023-07-10"),
        held={},
        alerts={4: {D: {"ledger": 5000, "un": 0, "is_current": False, "current": 0, "kind": "decreased"}}},
    ),
)
