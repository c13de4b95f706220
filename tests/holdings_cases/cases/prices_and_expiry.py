"""Cases of prices, expiry and absence: what the ledger marks without changing what was filed."""

from typing import Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import TRUST, buy, filing, hold, option, sell, trade

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
OPTION: Final = "Stock Option (right to buy) D"

CASES: Final[tuple[Case, ...]] = (
    case(
        "total-in-the-price-column",
        "A price of 10,500 for shares that usually cost 41 is the total of 250 shares, so the line has no price",
        filing(1, "2023-05-01", buy(100, 4000, at=41)),
        filing(2, "2023-06-01", sell(250, 3750, at=10500)),
        held={D: 3750},
        alerts={2: {D: {"values": [None], "unpriced": 250, "diagnosed": True, "trades": [("S", "D", 250)]}}},
    ),
    case(
        "price-that-is-merely-high",
        "A price of 22 times the usual one is kept if it cannot be the line's total",
        filing(1, "2023-05-01", buy(100, 4000, at=41)),
        filing(2, "2023-06-01", sell(250, 3750, at=900)),
        held={D: 3750},
        alerts={2: {D: {"values": [225000], "unpriced": 0, "diagnosed": False}}},
    ),
    case(
        "price-of-over-a-million",
        "No share costs more than a million, so a price one cent above is dropped even without earlier prices",
        filing(1, "2023-05-01", sell(4, 40, at="1000000.01")),
        held={D: 40},
        alerts={1: {D: {"values": [None], "unpriced": 4, "diagnosed": True}}},
    ),
    case(
        "price-of-the-dearest-share",
        "A price of 628,930 is real for the dearest share on the market, so it is kept",
        filing(1, "2023-05-01", sell(4, 40, at=628930)),
        held={D: 40},
        alerts={1: {D: {"values": [2515720], "unpriced": 0, "diagnosed": False}}},
    ),
    case(
        "one-line-of-two-with-its-total",
        "A dropped price leaves only its own line out of the value and the average",
        filing(1, "2023-05-01", buy(100, 4000, at=41)),
        filing(2, "2023-06-01", sell(250, 3750, at=10500), sell(100, 3650, at=42)),
        held={D: 3650},
        alerts={2: {D: {"values": [4200], "unpriced": 250, "averages": [42], "diagnosed": True}}},
    ),
    case(
        "usual-price-of-another-position",
        "A trust's price is compared with what the owner paid for the direct shares of the same security",
        filing(1, "2023-05-01", buy(100, 4000, at=41)),
        filing(2, "2023-06-01", sell(300, 700, at=12300, by=TRUST)),
        held={D: 4000, BY_TRUST: 700},
        alerts={2: {BY_TRUST: {"values": [None], "unpriced": 300, "diagnosed": True}}},
    ),
    case(
        "implausible-price-is-not-the-usual-one",
        "A price that was dropped does not become the standard for the next trade",
        filing(1, "2023-05-01", buy(100, 4000, at=41)),
        filing(2, "2023-06-01", sell(250, 3750, at=10500)),
        filing(3, "2023-07-03", sell(50, 3700, at=2050)),
        held={D: 3700},
        alerts={3: {D: {"values": [None], "unpriced": 50, "diagnosed": True}}},
    ),
    case(
        "option-past-its-expiration",
        "An option that ran out in August is no longer held in September",
        filing(1, "2023-05-01", buy(100, 4000), option(hold(700), expires="2023-08-15")),
        filing(2, "2023-06-01", sell(100, 3900)),
        filing(3, "2023-09-01", sell(100, 3800)),
        held={D: 3800},
    ),
    case(
        "option-on-its-last-day",
        "An option has not expired yet on its last day",
        filing(1, "2023-05-01", buy(100, 4000), option(hold(700), expires="2023-09-01")),
        filing(2, "2023-09-01", sell(100, 3900), filed="2023-09-01"),
        held=None,
    ),
    case(
        "position-that-two-filings-leave-out",
        "A trust that two filings leave out is in doubt, but it keeps its amount",
        filing(1, "2023-05-01", buy(100, 4000, by="By Spouse"), hold(700, by=TRUST)),
        filing(2, "2023-06-01", sell(100, 3900, by="By Spouse")),
        filing(3, "2023-07-03", sell(100, 3800, by="By Spouse")),
        held={"Common Stock I By Spouse": 3800, BY_TRUST: 700},
    ),
    case(
        "gift-to-a-trust-in-two-lines",
        "A gift to the owner's own trust is two lines, and each is reported for its own position",
        filing(1, "2023-05-01", buy(100, 4000), hold(700, by=TRUST)),
        filing(2, "2023-06-01", trade("G", "D", 300, 3700, at=0), trade("G", "A", 300, 1000, by=TRUST, at=0)),
        held={D: 3700, BY_TRUST: 1000},
        alerts={2: {D: {"un": 0, "kind": "decreased"}, BY_TRUST: {"un": 0, "kind": "increased", "before": 700}}},
    ),
)
