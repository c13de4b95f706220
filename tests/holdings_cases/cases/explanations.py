"""Cases of explanations: reasons for changes beyond the trades, the evidence for each, and its limits."""

from decimal import Decimal
from typing import Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import OPTION, TRUST, buy, filing, hold, option, sell, trade

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
AT_AMOUNT: Final = {"shares_owned_following": ("F1",)}
_BOTH: Final = {"shares_owned_following": ("F1", "F2")}

_ROUNDING: Final = (
    case(
        "rounding-of-a-plan-share",
        "A plan's fraction of a share, rounded up in a holding of thousands, is not a real change",
        filing(1, "2023-05-01", buy(10, "4120.37")),
        filing(2, "2023-06-01", sell(100, 4021)),
        held={D: 4021},
        alerts={2: {D: {"un": Decimal("0.63"), "why": "rounding"}}},
    ),
    case(
        "one-share-of-a-few-is-no-rounding",
        "One share too many in a holding of 42 is more than rounding",
        filing(1, "2023-05-01", buy(10, 41)),
        filing(2, "2023-06-01", sell(10, 32)),
        held={D: 32},
        alerts={2: {D: {"un": 1, "why": "unknown"}}},
    ),
)

_SPLITS: Final = (
    case(
        "split-in-the-words-of-a-footnote",
        "A three-for-one split in a cited footnote explains why the holding tripled",
        filing(1, "2023-05-01", buy(10, 4000)),
        filing(2, "2023-06-01", sell(500, 11500, notes=AT_AMOUNT), notes={"F1": "Adjusted for a three-for-one split."}),
        held={D: 11500},
        alerts={2: {D: {"kind": "decreased", "before": 12000, "un": 8000, "why": "split", "by": ["F1"]}}},
    ),
    case(
        "split-of-all-positions-of-the-security",
        "If the direct shares and the trust's both grew fourfold, the stock was split",
        filing(1, "2023-05-01", buy(100, 1200), hold(300, by=TRUST)),
        filing(2, "2023-06-01", sell(100, 4700), hold(1200, by=TRUST)),
        held={D: 4700, BY_TRUST: 1200},
        alerts={
            2: {
                D: {"kind": "decreased", "before": 4800, "un": 3600, "why": "split"},
                BY_TRUST: {"kind": "restated", "un": 900, "why": "split"},
            }
        },
    ),
    case(
        "split-of-one-position-of-an-odd-amount",
        "An odd amount that doubles exactly is a split, because chance would hardly produce it",
        filing(1, "2023-05-01", buy(7, 1237)),
        filing(2, "2023-06-01", sell(11, 2463)),
        held={D: 2463},
        alerts={2: {D: {"before": 2474, "un": 1237, "why": "split"}}},
    ),
    case(
        "split-that-the-price-shows",
        "A doubled round amount is a split if the price fell by about half",
        filing(1, "2023-05-01", buy(100, 3000, at=88)),
        filing(2, "2023-06-01", sell(100, 5900, at=45)),
        held={D: 5900},
        alerts={2: {D: {"before": 6000, "un": 3000, "why": "split"}}},
    ),
    case(
        "doubling-of-a-round-amount-is-no-split",
        "A round amount can double by a purchase, so without a fall in price the change is unexplained",
        filing(1, "2023-05-01", buy(100, 3000, at=88)),
        filing(2, "2023-06-01", sell(100, 5900, at=90)),
        held={D: 5900},
        alerts={2: {D: {"before": 6000, "un": 3000, "why": "unknown"}}},
    ),
    case(
        "reverse-split-of-an-odd-amount",
        "A reverse split of twenty to one is recognized although the result is rounded to a whole share",
        filing(1, "2023-05-01", buy(7, 25013)),
        filing(2, "2023-06-01", sell(251, 1000, at=250)),
        held={D: 1000},
        alerts={2: {D: {"before": 1251, "why": "split"}}},
    ),
    case(
        "split-between-two-lines-of-a-filing",
        "A split between two lines explains the jump from 4,900 to 9,800, and the sales are still no increase",
        filing(1, "2023-05-01", buy(10, 5000, at=60)),
        filing(
            2,
            "2023-06-01",
            sell(100, 4900, at=60, day="2023-05-25"),
            sell(200, 9600, at=30, notes=AT_AMOUNT),
            notes={"F1": "Reflects a two-for-one stock split effected on May 30, 2023."},
        ),
        filing(3, "2023-07-03", sell(100, 9500, at=31)),
        held={D: 9500},
        alerts={
            2: {D: {"kind": "decreased", "after": 9600, "why": "split", "by": ["F1"], "trades": [("S", "D", 300)]}},
            3: {D: {"ledger": 9600, "un": 0}},
        },
    ),
    case(
        "options-follow-the-split-with-their-price",
        "In a split of two for one, an option with twice the amount at half the price follows the stock",
        filing(1, "2023-05-01", buy(100, 1313, at=90), option(hold(800), price=30)),
        filing(2, "2023-08-01", trade("M", "A", 300, 2926, at=15), option(trade("M", "D", 300, 1300), price=15)),
        held={D: 2926, f"{OPTION} D": 1300},
        alerts={
            2: {
                D: {"before": 2626, "un": 1313, "why": "split"},
                f"{OPTION} D": {"before": 1600, "after": 1300, "un": 800, "why": "split"},
            }
        },
    ),
)

_STATED: Final = (
    case(
        "stated-in-a-footnote",
        "A footnote on the balance explains the change if it gives the very number of shares",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(
            2,
            "2023-06-01",
            sell(100, "5218.25", notes=AT_AMOUNT),
            notes={"F1": "Includes 318.25 dividend shares."},
        ),
        held={D: Decimal("5218.25")},
        alerts={2: {D: {"un": Decimal("318.25"), "why": "stated", "by": ["F1"]}}},
    ),
    case(
        "stated-as-a-sum-of-three",
        "Three numbers of a footnote can add up to the change: 1,000, 250 and 25 are 1,275",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(
            2,
            "2023-06-01",
            sell(100, 6175, notes=AT_AMOUNT),
            notes={"F1": "Includes 1,000 restricted shares, 250 plan shares and 25 shares of reinvested dividends."},
        ),
        held={D: 6175},
        alerts={2: {D: {"un": 1275, "why": "stated", "by": ["F1"]}}},
    ),
    case(
        "stated-cause-without-a-number",
        "A footnote that cites Rule 16a-13 and gives no number is accepted as the reason",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(
            2,
            "2023-06-01",
            sell(100, 4400, notes=AT_AMOUNT),
            notes={"F1": "Reflects a change in the form of beneficial ownership exempt under Rule 16a-13."},
        ),
        held={D: 4400},
        alerts={2: {D: {"un": -500, "why": "stated", "by": ["F1"]}}},
    ),
    case(
        "another-number-in-the-footnote",
        "A footnote about 2,317 plan shares does not explain a loss of 500",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(
            2,
            "2023-06-01",
            sell(100, 4400, notes=AT_AMOUNT),
            notes={"F1": "Includes 2,317 shares acquired under the employee stock purchase plan."},
        ),
        held={D: 4400},
        alerts={2: {D: {"un": -500, "why": "unknown"}}},
    ),
    case(
        "footnote-of-another-column",
        "A footnote on the price does not explain the balance, even if its number matches",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(
            2,
            "2023-06-01",
            sell(100, 4400, notes={"price_per_share": ("F1",)}),
            notes={"F1": "The weighted average of sales of 500 shares at prices from $30 to $31."},
        ),
        held={D: 4400},
        alerts={2: {D: {"un": -500, "why": "unknown"}}},
    ),
    case(
        "one-of-two-footnotes-states-it",
        "Only the footnote that explains the change is given as evidence",
        filing(1, "2023-05-01", buy(10, 5000)),
        filing(
            2,
            "2023-06-01",
            sell(100, 5300, notes=_BOTH),
            notes={"F1": "Held jointly with a spouse.", "F2": "Includes 400 shares acquired by dividend reinvestment."},
        ),
        held={D: 5300},
        alerts={2: {D: {"un": 400, "why": "stated", "by": ["F2"]}}},
    ),
)

_LINE_ERRORS: Final = (
    case(
        "amount-is-that-before-the-trade",
        "A sale that leaves the amount as it was is the filer's mistake, so the ledger computes the balance",
        filing(1, "2023-05-01", buy(10, 6000)),
        filing(2, "2023-06-01", sell(300, 6000)),
        filing(3, "2023-07-03", sell(100, 5600)),
        held={D: 5600},
        alerts={
            2: {D: {"kind": "decreased", "before": 6000, "after": 5700, "un": 0, "why": "line_error", "current": 5700}},
            3: {D: {"before": 5700, "after": 5600, "ledger": 5700, "un": 0}},
        },
    ),
    case(
        "amount-before-the-trade-was-right-after-all",
        "The computed balance is dropped when the next filing starts from the filed one",
        filing(1, "2023-05-01", buy(10, 6000)),
        filing(2, "2023-06-01", sell(300, 6000)),
        filing(3, "2023-07-03", sell(100, 5900)),
        held={D: 5900},
        alerts={
            2: {D: {"before": 6000, "after": 5700, "why": "line_error"}},
            3: {D: {"before": 6000, "after": 5900, "ledger": 6000, "un": 0}},
        },
    ),
    case(
        "amount-that-rests-on-a-holding-line",
        "A Form 3 may already include the purchase, so an unchanged balance after it is not a mistake",
        filing(1, "2023-05-01", hold(6000), form="3"),
        filing(2, "2023-06-01", buy(300, 6000)),
        held={D: 6000},
        alerts={2: {D: {"before": 5700, "after": 6000, "ledger": 6000, "un": -300, "why": "unknown"}}},
    ),
    case(
        "change-that-nothing-accounts-for",
        "A change without any evidence stays unexplained, because the ledger does not guess",
        filing(1, "2023-05-01", buy(10, 9000)),
        filing(2, "2023-06-01", buy(100, 7165)),
        held={D: 7165},
        alerts={2: {D: {"kind": "increased", "before": 7065, "after": 7165, "un": -1935, "why": "unknown", "by": []}}},
    ),
)

CASES: Final[tuple[Case, ...]] = (*_ROUNDING, *_SPLITS, *_STATED, *_LINE_ERRORS)
