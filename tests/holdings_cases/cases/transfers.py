"""Cases of transfers: shares that went from one of the owner's positions to others, without a trade."""

from typing import Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import TRUST, buy, filing, hold, sell

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
BY_SPOUSE: Final = "Common Stock I By Spouse"
SPOUSE: Final = "By Spouse"
AT_AMOUNT: Final = {"shares_owned_following": ("F1",)}

_START: Final = filing(1, "2023-05-01", buy(10, 5000), hold(1000, by=TRUST), hold(700, by=SPOUSE))
CASES: Final[tuple[Case, ...]] = (
    case(
        "transfer-within-a-filing",
        "Shares that one position lacks and another has gained in the same filing were moved between them",
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
        "A shortfall pairs with the next filing's surplus and is used up, so a later surplus stays unexplained",
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
        "One shortfall can be spread over as many as three other positions",
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
        "A trust that first appears with exactly the missing shares has received them",
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
        "A gain as large as the unlisted direct holding empties it if a footnote mentions the move",
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
        "A new trust takes over the whole direct holding if its footnote says so; later purchases start from zero",
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
        "A gain equal to another position's odd amount is hardly chance, so it empties that position without a "
        "footnote",
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
        "A round amount may match by chance, so without a footnote the other position keeps its shares",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(2, "2023-05-15", buy(10, 1000, by=TRUST)),
        filing(3, "2023-06-01", sell(100, 5900, by=TRUST)),
        held={BY_TRUST: 5900, D: 5000},
        alerts={3: {BY_TRUST: {"before": 6000, "un": 5000, "why": "unknown"}}},
    ),
    case(
        "position-that-the-filing-lists-is-not-moved",
        "A position that the filing still lists cannot have moved to the trust",
        filing(1, "2023-05-01", buy(10, 5123)),
        filing(2, "2023-05-15", buy(10, 1000, by=TRUST)),
        filing(3, "2023-06-01", sell(100, 6023, by=TRUST), hold(5123)),
        held={BY_TRUST: 6023, D: 5123},
        alerts={3: {BY_TRUST: {"un": 5123, "why": "unknown"}}},
    ),
)
