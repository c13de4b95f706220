"""Cases of transfers: shares that went from one of the owner's positions to others, without a trade."""

from typing import Final

from tests.holdings_cases.builders import TRUST, buy, filing, hold, sell
from tests.holdings_cases.case import Case, case

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
BY_SPOUSE: Final = "Common Stock I By Spouse"
SPOUSE: Final = "By Spouse"
AT_AMOUNT: Final = {"shares_owned_following": ("F1",)}

_START: Final = filing(1, "2023-05-01", buy(10, 5000), hold(1000, by=TRUST), hold(700, by=SPOUSE))
CASES: Final[tuple[Case, ...]] = (
    case(
        "transfer-within-a-filing",
        "`transfer` (nets to zero against unexplained changes of the owner's other positions, in this filing)",
        _START,
        filing(2, "2023-06-01", sell(100, 2900), hold(3000, by=TRUST)),
        held={D: 2900, BY_TRUST: 3000, BY_SPOUSE: 700},
        alerts={
            2: {
                D: {"before": 3000, "un": -2000, "why": "transfer", "by": ["position"]},
                BY_TRUST: {"kind": "restated", "un": 2000, "why": "transfer", "by": ["position"]},
            }
        },
    ),
    case(
        "transfer-over-two-filings",
        "Or still open from earlier ones, which are then closed",
        _START,
        filing(2, "2023-06-01", sell(100, 2900)),
        filing(3, "2023-07-03", sell(50, 2950, by=TRUST)),
        filing(4, "2023-08-01", buy(25, 4925)),
        held={D: 4925, BY_TRUST: 2950, BY_SPOUSE: 700},
        alerts={
            2: {D: {"un": -2000, "why": "unknown"}},
            3: {BY_TRUST: {"before": 3000, "after": 2950, "un": 2000, "why": "transfer"}},
            4: {D: {"un": 2000, "why": "unknown"}},
        },
    ),
    case(
        "transfer-to-three-positions",
        "Nets to zero against up to three unexplained changes",
        filing(
            1,
            "2023-05-01",
            buy(10, 9000),
            hold(1000, by=TRUST),
            hold(700, by=SPOUSE),
            hold(50, by="By Son"),
        ),
        filing(
            2,
            "2023-06-01",
            sell(10, 5990),
            hold(2000, by=TRUST),
            hold(2250, by=SPOUSE),
            hold(500, by="By Son"),
        ),
        held={D: 5990, BY_TRUST: 2000, BY_SPOUSE: 2250, "Common Stock I By Son": 500},
        alerts={
            2: {
                D: {"un": -3000, "why": "transfer"},
                BY_TRUST: {"un": 1000, "why": "transfer"},
                BY_SPOUSE: {"un": 1550, "why": "transfer"},
                "Common Stock I By Son": {"un": 450, "why": "transfer"},
            }
        },
    ),
    case(
        "transfer-to-a-new-trust",
        "Against up to three unexplained changes or first amounts of the owner's other positions in the security",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(2, "2023-06-01", sell(100, 2900), hold(2000, by=TRUST)),
        held={D: 2900, BY_TRUST: 2000},
        alerts={
            2: {
                D: {"before": 3000, "un": -2000, "why": "transfer"},
                BY_TRUST: {"kind": "restated", "after": 2000, "ledger": None},
            }
        },
    ),
    case(
        "whole-position-moved-with-a-footnote",
        "The whole of one other position that this filing does not list, and a cited footnote speaks of it",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(2, "2023-05-15", buy(10, 1000, by=TRUST)),
        filing(
            3,
            "2023-06-01",
            sell(100, 5900, by=TRUST, notes=AT_AMOUNT),
            notes={"F1": "The shares that were held directly were transferred to the trust."},
        ),
        held={BY_TRUST: 5900},
        alerts={3: {BY_TRUST: {"before": 6000, "un": 5000, "why": "transfer", "kind": "decreased"}}},
    ),
    case(
        "whole-position-moved-to-a-trust-seen-for-the-first-time",
        "Unexplained changes or first amounts; the whole of one other position, and a cited footnote speaks of it",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(
            2,
            "2023-06-01",
            sell(100, 4900, by=TRUST, notes=AT_AMOUNT),
            notes={"F1": "Transferred to the trust on May 20, 2023."},
        ),
        filing(3, "2023-07-03", buy(40, 40)),
        held={BY_TRUST: 4900, D: 40},
        alerts={
            2: {BY_TRUST: {"kind": "decreased", "before": 5000, "after": 4900, "trades": [("S", "D", 100)]}},
            3: {D: {"kind": "opened", "before": 0, "ledger": 0, "un": 0}},
        },
    ),
    case(
        "whole-position-of-an-odd-amount-moved",
        "The whole of one other position that this filing does not list, and the number is not round: it is then 0",
        filing(1, "2023-05-01", buy(10, 5123)),
        filing(2, "2023-05-15", buy(10, 1000, by=TRUST)),
        filing(3, "2023-06-01", sell(100, 6023, by=TRUST)),
        filing(4, "2023-07-03", buy(200, 200)),
        held={BY_TRUST: 6023, D: 200},
        alerts={
            3: {BY_TRUST: {"before": 6123, "un": 5123, "why": "transfer"}},
            4: {D: {"kind": "opened", "before": 0, "after": 200, "ledger": 0, "un": 0}},
        },
    ),
    case(
        "round-amount-without-a-footnote-stays",
        "The whole of one other position, and a cited footnote speaks of it or the number is not round",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(2, "2023-05-15", buy(10, 1000, by=TRUST)),
        filing(3, "2023-06-01", sell(100, 5900, by=TRUST)),
        held={BY_TRUST: 5900, D: 5000},
        alerts={3: {BY_TRUST: {"before": 6000, "un": 5000, "why": "unknown"}}},
    ),
    case(
        "position-that-the-filing-lists-is-not-moved",
        "The whole of one other position that this filing does not list",
        filing(1, "2023-05-01", buy(10, 5123)),
        filing(2, "2023-05-15", buy(10, 1000, by=TRUST)),
        filing(3, "2023-06-01", sell(100, 6023, by=TRUST), hold(5123)),
        held={BY_TRUST: 6023, D: 5123},
        alerts={3: {BY_TRUST: {"un": 5123, "why": "unknown"}}},
    ),
)
