"""Cases of joins: the position that a chain continues if labels drift, classes are renamed or footnotes name it."""

from typing import Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import OPTION, TRUST, buy, derivative, filing, hold, option, rsu, sell, trade

D: Final = "Common Stock D"
SEE_NOTE: Final = "See footnote"
_CITED: Final = {"nature_of_ownership": ("F1",)}
_CITED_2: Final = {"nature_of_ownership": ("F2",)}

CASES: Final[tuple[Case, ...]] = (
    case(
        "trust-under-another-label",
        "A trust whose label was reworded is recognized by its amount",
        filing(1, "2023-05-01", buy(10, 640, by="By Orla Vance Trust"), buy(10, 310, by="By Rivet Trust")),
        filing(2, "2023-06-01", sell(40, 600, by="By OV Revocable Trust u/a/d 1999")),
        filing(3, "2023-07-03", sell(10, 300, by="Rivet Family Trust")),
        held={"Common Stock I By OV Revocable Trust u/a/d 1999": 600, "Common Stock I Rivet Family Trust": 300},
        alerts={
            2: {"Common Stock I By OV Revocable Trust u/a/d 1999": {"ledger": 640, "un": 0}},
            3: {"Common Stock I Rivet Family Trust": {"ledger": 310, "un": 0}},
        },
    ),
    case(
        "opening-under-a-new-label-is-another-position",
        "A gift that starts from zero does not revive an emptied trust under a new label",
        filing(1, "2023-05-01", sell(500, 0, by=TRUST)),
        filing(2, "2023-06-01", trade("G", "A", 200, 200, by="By Spouse", at=0)),
        held={"Common Stock I By Spouse": 200},
        alerts={2: {"Common Stock I By Spouse": {"kind": "opened", "before": 0, "after": 200}}},
    ),
    case(
        "class-named-for-its-par-value-and-letter",
        "A holding continues under a new title when no other position matches its amount, and takes that title",
        filing(1, "2023-05-01", buy(10, 7450)),
        filing(2, "2023-06-01", sell(50, 7400, title="Series A Voting Common")),
        held={"Series A Voting Common D": 7400},
        alerts={2: {"Series A Voting Common D": {"before": 7450, "ledger": 7450, "un": 0}}},
    ),
    case(
        "class-that-is-in-the-filing-is-not-renamed",
        "If the filing still lists the old class, a second title that starts from the same amount is a separate class",
        filing(1, "2023-05-01", buy(10, 7450)),
        filing(2, "2023-06-01", sell(50, 7400), sell(50, 7400, title="Series A Voting Common")),
        held={D: 7400, "Series A Voting Common D": 7400},
        alerts={2: {D: {"ledger": 7450, "un": 0}, "Series A Voting Common D": {"ledger": None}}},
    ),
    case(
        "class-of-which-two-positions-have-the-amount",
        "If two classes match the amount, a third title stays separate, because either guess could be wrong",
        filing(1, "2023-05-01", buy(10, 7450), buy(10, 7450, title="Class B Common Stock")),
        filing(2, "2023-06-01", sell(50, 7400, title="Ordinary Shares")),
        held={D: 7450, "Class B Common Stock D": 7450, "Ordinary Shares D": 7400},
        alerts={2: {"Ordinary Shares D": {"ledger": None}}},
    ),
    case(
        "class-that-has-a-position-of-its-own",
        "A title that already has a position continues it, even if another class matches the amount",
        filing(1, "2023-05-01", buy(10, 7450), buy(10, 900, title="Class B Common Stock")),
        filing(2, "2023-06-01", sell(50, 7400, title="Class B Common Stock")),
        held={D: 7450, "Class B Common Stock D": 7400},
        alerts={2: {"Class B Common Stock D": {"ledger": 900, "un": 6550}}},
    ),
    case(
        "option-after-a-split",
        "An option keeps its identity through a split: a third of the price and three times the amount",
        filing(1, "2023-05-01", option(trade("A", "A", 1000, 1000, at=0), price=30)),
        filing(2, "2023-08-01", option(trade("M", "D", 600, 2400), price=10)),
        held={f"{OPTION} D": 2400},
        alerts={2: {f"{OPTION} D": {"before": 3000, "after": 2400, "ledger": 1000, "un": 2000, "why": "split"}}},
    ),
    case(
        "option-of-another-price-is-another-grant",
        "An option whose price fell without a matching rise in its amount is another grant",
        filing(1, "2023-05-01", option(trade("A", "A", 1000, 1000, at=0), price=30)),
        filing(2, "2023-08-01", option(trade("M", "D", 600, 1900), price=10)),
        held={f"{OPTION} D": [1000, 1900]},
        alerts={2: {f"{OPTION} D": {"before": 2500, "after": 1900, "ledger": None}}},
    ),
    case(
        "label-with-most-words-in-common",
        "When two trusts hold the same amount, the one with the most similar label continues",
        filing(
            1, "2023-05-01", buy(10, 1000, by="By Orla Vance 2009 Trust"), buy(10, 1000, by="By Rivet Family Trust")
        ),
        filing(2, "2023-06-01", sell(100, 900, by="By Rivet Trust")),
        held={"Common Stock I By Orla Vance 2009 Trust": 1000, "Common Stock I By Rivet Trust": 900},
        alerts={2: {"Common Stock I By Rivet Trust": {"ledger": 1000, "un": 0}}},
    ),
    case(
        "two-chains-from-the-amount-of-one-position",
        "A position continues in one chain only, so a second trust that starts from the same amount is new",
        filing(1, "2023-05-01", buy(10, 1000, by="By Anvil Trust")),
        filing(2, "2023-06-01", sell(100, 900, by="By Anvil Trust"), sell(50, 950, by="By Bellows Trust")),
        held={"Common Stock I By Anvil Trust": 900, "Common Stock I By Bellows Trust": 950},
        alerts={
            2: {
                "Common Stock I By Anvil Trust": {"ledger": 1000, "un": 0},
                "Common Stock I By Bellows Trust": {"ledger": None, "un": None},
            }
        },
    ),
    case(
        "label-that-a-position-bore-before",
        "A holder may return to an earlier label, so a position is still recognized by a name it once had",
        filing(1, "2023-05-01", buy(10, 4800, by="By estate planning vehicles")),
        filing(2, "2023-06-01", sell(100, 4700, by="Estate Planning")),
        filing(3, "2023-07-03", sell(100, 6100, by="By estate planning vehicles")),
        held={"Common Stock I By estate planning vehicles": 6100},
        alerts={3: {"Common Stock I By estate planning vehicles": {"ledger": 4700, "un": 1500, "why": "unknown"}}},
    ),
    case(
        "holders-that-footnotes-name",
        "'See footnote' names nobody, so the footnote's text identifies the fund, whatever number the footnote has",
        filing(
            1,
            "2023-05-01",
            sell(10, 3000, by=SEE_NOTE, notes=_CITED),
            sell(10, 3000, by=SEE_NOTE, notes=_CITED_2),
            notes={"F1": "Held by Anvil Fund LP.", "F2": "Held by Bellows Fund LP."},
        ),
        filing(
            2,
            "2023-06-01",
            sell(100, 2900, by=SEE_NOTE, notes=_CITED),
            notes={"F1": "Held by Bellows Fund LP."},
        ),
        filing(
            3,
            "2023-07-03",
            sell(500, 2500, by=SEE_NOTE, notes=_CITED),
            notes={"F1": "Held by Anvil Fund LP."},
        ),
        held={"Common Stock I See footnote": [2500, 2900]},
        alerts={
            1: {"Common Stock I See footnote": [{"after": 3000}, {"after": 3000}]},
            2: {"Common Stock I See footnote": {"ledger": 3000, "un": 0}},
            3: {"Common Stock I See footnote": {"ledger": 3000, "un": 0}},
        },
    ),
    case(
        "holder-held-of-record-by",
        "Differently worded footnotes identify the same holder if they name the same fund as the one that holds the "
        "shares",
        filing(
            1,
            "2023-05-01",
            sell(10, 3000, by=SEE_NOTE, notes=_CITED),
            sell(10, 3000, by=SEE_NOTE, notes=_CITED_2),
            notes={
                "F1": "These shares are held directly by Anvil Fund LP.",
                "F2": "These shares are held directly by Bellows Fund LP.",
            },
        ),
        filing(
            2,
            "2023-06-01",
            sell(100, 2900, by=SEE_NOTE, notes=_CITED),
            notes={"F1": "Shares held of record by Bellows Fund LP, of which Ms. Vance is a manager."},
        ),
        filing(
            3,
            "2023-07-03",
            sell(100, 2800, by=SEE_NOTE, notes=_CITED),
            notes={"F1": "Held by Bellows Fund LP; see above."},
        ),
        held={"Common Stock I See footnote": [2800, 3000]},
        alerts={3: {"Common Stock I See footnote": {"ledger": 2900, "un": 0}}},
    ),
    case(
        "same-holder-alone",
        "If no amount matches, the same holder's position continues, and the difference is unexplained",
        filing(1, "2023-05-01", buy(10, 3000, by=TRUST), buy(10, 800, by="By Spouse")),
        filing(2, "2023-06-01", sell(100, 2650, by=TRUST)),
        held={"Common Stock I By Trust": 2650, "Common Stock I By Spouse": 800},
        alerts={2: {"Common Stock I By Trust": {"before": 2750, "ledger": 3000, "un": -250, "why": "unknown"}}},
    ),
    case(
        "form-3-option-of-unknown-amount",
        "An exercise that leaves no options also closes the Form 3 entry that never had an amount",
        filing(1, "2023-03-01", option(hold(None), underlying_shares="500"), form="3"),
        filing(2, "2023-06-01", option(trade("M", "D", 500, 0))),
        held={},
        alerts={
            1: {f"{OPTION} D": {"kind": "restated", "after": None, "trades": []}},
            2: {f"{OPTION} D": {"kind": "closed", "before": 500, "after": 0}},
        },
    ),
    case(
        "form-3-option-of-other-terms-stays",
        "An exercise at another price does not close a Form 3 option without an amount",
        filing(1, "2023-03-01", option(hold(None), price=8, underlying_shares="500"), form="3"),
        filing(2, "2023-06-01", option(trade("M", "D", 500, 0), price=9)),
        held={f"{OPTION} D": None},
    ),
    case(
        "form-3-class-that-lost-a-word",
        "A Form 3 warrant without an amount is closed even if the later title drops a word",
        filing(
            1,
            "2023-03-01",
            derivative(
                hold(None, title="Series C Preferred Stock Warrants (right to buy)"), underlying_shares="325441"
            ),
            form="3",
        ),
        filing(2, "2023-06-01", derivative(trade("X", "D", 325441, 0, title="Series C Warrants (right to buy)"))),
        held={},
    ),
    case(
        "units-and-common-are-not-one-class",
        "Restricted units and the shares they turn into are different classes, even with equal amounts",
        filing(1, "2023-02-01", buy(10, 900), rsu(trade("A", "A", 900, 900, at=0))),
        filing(2, "2023-08-01", trade("M", "A", 900, 1800, at=0), rsu(trade("M", "D", 900, 0, at=0))),
        held={D: 1800},
        alerts={
            2: {D: {"ledger": 900, "un": 0}, "Restricted Stock Units D": {"kind": "closed", "ledger": 900, "un": 0}}
        },
    ),
)
