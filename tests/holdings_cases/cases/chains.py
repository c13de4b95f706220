"""Cases of chains: how lines with the same class and holder follow on each other."""

from typing import Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import (
    OPTION,
    RSU,
    TRUST,
    buy,
    derivative,
    filing,
    hold,
    option,
    rsu,
    sell,
    trade,
)

D: Final = "Common Stock D"
BY_TRUST: Final = "Common Stock I By Trust"
START: Final = filing(1, "2023-05-01", buy(500, 5000, at=30))

CASES: Final[tuple[Case, ...]] = (
    case(
        "lines-shuffled",
        "Lines listed out of order form one chain once their amounts are matched end to end",
        START,
        filing(2, "2023-06-01", sell(100, 4900), sell(100, 4600), sell(100, 4800), sell(100, 4700)),
        held={D: 4600},
        alerts={2: {D: {"before": 5000, "after": 4600, "reported": -400, "un": 0, "why": None, "lines": (0, 2, 3, 1)}}},
    ),
    case(
        "side-of-a-sale-mistyped",
        "A sale filed with side A is turned if only then the amounts continue",
        START,
        filing(2, "2023-06-01", sell(200, 4800), trade("S", "A", 500, 4300), sell(100, 4200)),
        held={D: 4200},
        alerts={
            2: {D: {"kind": "decreased", "before": 5000, "after": 4200, "reported": -800, "un": 0, "why": "line_error"}}
        },
    ),
    case(
        "side-of-a-grant-is-not-turned",
        "A grant can have either side, so it is not turned and the break in the amounts is unexplained",
        START,
        filing(2, "2023-06-01", sell(200, 4800), trade("A", "A", 500, 4300)),
        held={D: 4300},
        alerts={2: {D: {"before": 5000, "after": 4300, "reported": 300, "un": -1000, "why": "unknown"}}},
    ),
    case(
        "amount-of-a-line-mistyped-and-carried-on",
        "An error that the next line builds on is the filer's, and the last amount filed still holds",
        START,
        filing(2, "2023-06-01", sell(100, 4900), sell(100, 4780), sell(100, 4680)),
        held={D: 4680},
        alerts={2: {D: {"before": 5000, "after": 4680, "reported": -300, "un": -20, "why": "line_error"}}},
    ),
    case(
        "line-without-an-amount",
        "If a line gives no amount, its shares change the position: 4,900 less 50 is 4,850",
        START,
        filing(2, "2023-06-01", sell(100, 4900), sell(50, None)),
        filing(3, "2023-07-03", sell(50, 4800)),
        held={D: 4800},
        alerts={
            2: {D: {"trades": [("S", "D", 150)], "current": 4850, "kind": "decreased"}},
            3: {D: {"ledger": 4850, "un": 0}},
        },
    ),
    case(
        "filing-without-any-amount",
        "If a filing gives no amounts, its sale alone shows that the position decreased",
        START,
        filing(2, "2023-06-01", sell(100, None)),
        held={D: 4900},
        alerts={2: {D: {"kind": "decreased", "trades": [("S", "D", 100)], "reported": -100, "current": 4900}}},
    ),
    case(
        "total-repeated-on-each-line",
        "The same amount on every line is the balance after all of them, so the sales explain it in full",
        START,
        filing(2, "2023-06-01", sell(100, 4400, at=31), sell(200, 4400, at=32), sell(300, 4400, at=33)),
        held={D: 4400},
        alerts={2: {D: {"before": 5000, "after": 4400, "reported": -600, "un": 0, "why": None}}},
    ),
    case(
        "gap-in-the-middle",
        "A break between two lines of direct shares is an unexplained change, not a second position",
        START,
        filing(2, "2023-06-01", sell(100, 4900), sell(100, 4550)),
        held={D: 4550},
        alerts={2: {D: {"kind": "decreased", "before": 5000, "after": 4550, "un": -250, "why": "unknown"}}},
    ),
    case(
        "gap-whose-ends-tie",
        "A wrong amount in the middle does no harm if the last amount agrees with the book and all trades",
        START,
        filing(2, "2023-06-01", sell(100, 4850), sell(100, 4800)),
        held={D: 4800},
        alerts={2: {D: {"before": 5000, "after": 4800, "reported": -200, "un": 0}}},
    ),
    case(
        "before-below-zero",
        "Nobody holds less than zero shares, so the book gives the opening amount when the filing's arithmetic cannot",
        START,
        filing(2, "2023-06-01", buy(9000, 6500)),
        held={D: 6500},
        alerts={2: {D: {"kind": "increased", "before": 5000, "after": 6500, "ledger": 5000, "un": -7500}}},
    ),
    case(
        "before-below-zero-with-nothing-known",
        "The opening amount is unknown if the filing's arithmetic gives less than zero and the book is empty",
        filing(1, "2023-06-01", buy(9000, 6500)),
        held={D: 6500},
        alerts={1: {D: {"kind": "increased", "before": None, "after": 6500, "ledger": None, "un": None}}},
    ),
    case(
        "two-trusts-of-one-label-interleaved",
        "Two trusts under the same label stay apart, because the lines of each follow on its previous amount",
        filing(
            1,
            "2023-05-01",
            trade("G", "A", 1000, 1000, by=TRUST, at=0),
            trade("G", "A", 600, 600, by=TRUST, at=0),
        ),
        filing(
            2, "2023-06-01", *(sell(shares, after, by=TRUST) for shares, after in ((100, 900), (50, 550), (100, 800)))
        ),
        held={BY_TRUST: [550, 800]},
        alerts={
            1: {BY_TRUST: [{"kind": "opened", "after": 1000}, {"kind": "opened", "after": 600}]},
            2: {
                BY_TRUST: [
                    {"before": 1000, "after": 800, "ledger": 1000, "un": 0, "lines": (0, 2)},
                    {"before": 600, "after": 550, "ledger": 600, "un": 0, "lines": (1,)},
                ]
            },
        },
    ),
    case(
        "two-grants-of-units-in-one-filing",
        "Two grants of units that both start from zero are separate positions",
        filing(
            1,
            "2023-05-01",
            rsu(trade("A", "A", 800, 800, at=0)),
            rsu(trade("A", "A", 300, 300, at=0)),
        ),
        filing(2, "2023-08-01", rsu(trade("M", "D", 100, 200, at=0))),
        held={f"{RSU} D": [200, 800]},
        alerts={
            1: {f"{RSU} D": [{"kind": "opened", "after": 800}, {"kind": "opened", "after": 300}]},
            2: {f"{RSU} D": {"before": 300, "after": 200, "ledger": 300, "un": 0}},
        },
    ),
    case(
        "grant-beside-units-held",
        "A grant that starts from zero is new, even if the owner already has units of the class",
        filing(1, "2023-02-01", rsu(trade("A", "A", 800, 800, at=0))),
        filing(2, "2023-05-01", rsu(trade("A", "A", 500, 500, at=0))),
        filing(3, "2023-08-01", rsu(trade("M", "D", 200, 600, at=0))),
        held={f"{RSU} D": [500, 600]},
        alerts={
            2: {f"{RSU} D": {"kind": "opened", "before": 0, "after": 500, "current": 500}},
            3: {f"{RSU} D": {"before": 800, "after": 600, "ledger": 800, "un": 0}},
        },
    ),
    case(
        "direct-holdings-are-one-position",
        "A grant adds to the direct shares, so a later holding line with their sum reports nothing new",
        START,
        filing(2, "2023-06-01", trade("A", "A", 400, 5400, at=0)),
        filing(3, "2023-07-03", hold(5400)),
        held={D: 5400},
        alerts={2: {D: {"before": 5000, "after": 5400, "un": 0}}, 3: {}},
    ),
    case(
        "lots-of-a-direct-holding",
        "Direct shares listed in several lots add up to a single position",
        filing(1, "2023-05-01", hold(3000), hold(2000), form="3"),
        filing(2, "2023-06-01", sell(100, 2900), hold(2000)),
        held={D: 4900},
        alerts={2: {D: {"kind": "decreased", "before": 5000, "after": 4900, "ledger": 5000, "un": 0}}},
    ),
    case(
        "title-written-in-five-ways",
        "Capitals, punctuation, plurals, par value and footnote marks do not make a new class",
        START,
        filing(2, "2023-06-01", sell(100, 4900, title="COMMON STOCK, $0.001 par value")),
        filing(3, "2023-07-03", sell(100, 4800, title="Common Shares (1)")),
        filing(4, "2023-08-01", sell(100, 4700, title="common stock, par value $.001 per share")),
        filing(5, "2023-09-01", sell(100, 4600, title="Common Stock.")),
        held={"Common Stock. D": 4600},
        alerts={
            2: {"COMMON STOCK, $0.001 par value D": {"ledger": 5000, "un": 0}},
            3: {"Common Shares (1) D": {"ledger": 4900, "un": 0}},
            4: {"common stock, par value $.001 per share D": {"ledger": 4800, "un": 0}},
            5: {"Common Stock. D": {"ledger": 4700, "un": 0}},
        },
    ),
    case(
        "holder-written-in-two-ways",
        "A fund is the same holder with or without the periods in L.P., but fund II is not fund III",
        filing(1, "2023-05-01", sell(10, 3000, by="By Rivet Fund II, L.P."), sell(10, 5000, by="By Rivet Fund III LP")),
        filing(2, "2023-06-01", sell(10, 2990, by="By Rivet Fund II LP"), sell(10, 4990, by="By Rivet Fund III, L.P.")),
        held={"Common Stock I By Rivet Fund II LP": 2990, "Common Stock I By Rivet Fund III, L.P.": 4990},
    ),
    case(
        "option-without-its-terms-in-a-later-filing",
        "Terms that a later filing leaves out do not contradict those of the known option",
        filing(1, "2023-05-01", option(trade("A", "A", 900, 900, at=0))),
        filing(2, "2023-06-01", option(trade("M", "D", 200, 700), price=0, expires=None)),
        filing(3, "2023-07-03", option(trade("M", "D", 100, 600), price=None, underlying_title=None)),
        held={f"{OPTION} D": 600},
        alerts={
            2: {f"{OPTION} D": {"before": 900, "after": 700, "ledger": 900, "un": 0}},
            3: {f"{OPTION} D": {"before": 700, "after": 600, "ledger": 700, "un": 0}},
        },
    ),
    case(
        "terms-blank-on-one-line-of-a-filing",
        "A line that leaves out the expiration continues the other line of its filing",
        filing(1, "2023-05-01", option(trade("A", "A", 900, 900, at=0))),
        filing(2, "2023-06-01", option(trade("M", "D", 200, 700)), option(trade("M", "D", 100, 600), expires=None)),
        held={f"{OPTION} D": 600},
        alerts={2: {f"{OPTION} D": {"before": 900, "after": 600, "un": 0, "lines": (0, 1)}}},
    ),
    case(
        "options-of-two-prices-are-two",
        "Options with two exercise prices are two positions, so an exercise at 20 reduces only that grant",
        filing(
            1,
            "2023-05-01",
            option(trade("A", "A", 900, 900, at=0), price=10),
            option(trade("A", "A", 900, 900, at=0), price=20),
        ),
        filing(2, "2023-06-01", option(trade("M", "D", 200, 700), price=20)),
        held={f"{OPTION} D": [700, 900]},
        alerts={2: {f"{OPTION} D": {"ledger": 900, "un": 0, "kind": "decreased"}}},
    ),
    case(
        "note-counted-by-value",
        "A note has no shares, so its position is counted in dollars until the conversion closes it",
        filing(
            1,
            "2023-05-01",
            derivative(trade("P", "A", None, None, title="Note", total_value="250000", value_owned_following="400000")),
        ),
        filing(2, "2023-06-01", derivative(trade("C", "D", None, 0, title="Note", total_value="400000"))),
        held={},
        alerts={
            1: {"Note D": {"kind": "increased", "before": 150000, "after": 400000, "values": [250000]}},
            2: {
                "Note D": {
                    "kind": "closed",
                    "before": 400000,
                    "after": 0,
                    "values": [400000],
                    "ledger": 400000,
                    "un": 0,
                }
            },
        },
    ),
    case(
        "total-value-beside-a-price",
        "The stated total of a line is its value, even if the price column holds another number",
        filing(
            1,
            "2023-05-01",
            derivative(
                trade("S", "D", None, None, at=99, title="Note", total_value="7000", value_owned_following="3000")
            ),
        ),
        held={"Note D": 3000},
        alerts={1: {"Note D": {"kind": "decreased", "before": 10000, "after": 3000, "values": [7000]}}},
    ),
)
