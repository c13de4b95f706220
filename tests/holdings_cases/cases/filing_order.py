"""Cases of the order of filings: what a place in order rests on, and what arriving out of turn does."""

from typing import Final

from tests.holdings_cases.case import Case, case
from tests.holdings_cases.filing_builders import accession, buy, filing, hold, sell

D: Final = "Common Stock D"

CASES: Final[tuple[Case, ...]] = (
    case(
        "acceptance-orders-two-forms-of-one-day",
        "Acceptance times order two forms of the same day, even against their accession numbers",
        filing(1, "2023-05-01", buy(700, 8700)),
        filing(3, "2023-06-01", sell(300, 8400, at=40), filed="2023-06-02", accepted="2023-06-02T15:00:00+00:00"),
        filing(2, "2023-06-01", sell(200, 8200, at=41), filed="2023-06-02", accepted="2023-06-02T20:30:00+00:00"),
        held={D: 8200},
        alerts={
            2: {D: {"before": 8700, "after": 8400, "ledger": 8700, "un": 0, "why": None}},
            3: {D: {"before": 8400, "after": 8200, "ledger": 8400, "un": 0, "why": None}},
        },
        late={(1, 3, 2): {D: {"before": 8700, "after": 8400, "ledger": 8700, "un": 0, "is_current": False}}},
    ),
    case(
        "filing-date-orders-forms-without-acceptance",
        "Without acceptance times, the dates of filing decide which report is newer",
        filing(1, "2023-05-01", buy(700, 8700), accepted=None),
        filing(2, "2023-06-01", sell(300, 8400), accepted=None),
        filing(3, "2023-07-03", sell(200, 8200), accepted=None),
        held={D: 8200},
        alerts={3: {D: {"ledger": 8400, "un": 0, "is_current": True, "current": 8200}}},
        late={(1, 3, 2): {D: {"trades": [("S", "D", 300)], "is_current": False, "current": 8200, "ledger": 8700}}},
    ),
    case(
        "signature-date-orders-forms-without-header",
        "Files without a header are ordered by the dates of their signatures, not by the hashes that name them",
        filing("sha256:" + "b" * 32, "2023-05-01", buy(700, 8700), filed=None, signed="2023-05-02"),
        filing("sha256:" + "c" * 32, "2023-06-01", sell(300, 8400), filed=None, signed="2023-06-02"),
        filing("sha256:" + "a" * 32, "2023-07-03", sell(200, 8200), filed=None, signed="2023-07-05"),
        held={D: 8200},
        late={(1, 3, 2): {D: {"is_current": False, "current": 8200, "ledger": 8700, "un": 0}}},
    ),
    case(
        "period-orders-forms-with-nothing-else",
        "A file with no other date is ordered by its period of report",
        filing("sha256:" + "b" * 32, "2023-05-01", buy(700, 8700), filed=None),
        filing("sha256:" + "a" * 32, "2023-06-01", sell(300, 8400), filed=None),
        held={D: 8400},
        alerts={2: {D: {"ledger": 8700, "un": 0, "days_late": None}}},
    ),
    case(
        "parts-of-a-day-numbered-backwards",
        "Two parts of one day are ordered by their amounts, even if they are numbered in reverse",
        filing(1, "2023-05-01", buy(900, 9000), accepted=None),
        filing(9, "2023-06-01", sell(1000, 8000, at=30), sell(150, 7850, at=31), accepted=None),
        filing(4, "2023-06-01", sell(350, 7500, at=32), accepted=None),
        held={D: 7500},
        alerts={
            2: {D: {"before": 9000, "after": 7850, "un": 0}},
            3: {D: {"before": 7850, "after": 7500, "ledger": 7850, "un": 0, "why": None, "is_current": True}},
        },
        late={(1, 3, 2): {D: {"before": 9000, "ledger": 9000, "un": 0, "is_current": False, "current": 7500}}},
    ),
    case(
        "three-parts-of-a-day-numbered-backwards",
        "Three parts numbered in reverse leave nothing unexplained once each starts from the previous amount",
        filing(2, "2023-06-01", sell(100, 8900), accepted=None),
        filing(8, "2023-08-01", sell(200, 8700), accepted=None),
        filing(7, "2023-08-01", sell(300, 8400), accepted=None),
        filing(6, "2023-08-01", sell(400, 8000), accepted=None),
        held={D: 8000},
        alerts={number: {D: {"un": 0, "why": None}} for number in (2, 3, 4)},
    ),
    case(
        "parts-of-a-day-numbered-in-the-header",
        "The accession numbers in the headers order parts of a day whose files are named by hashes",
        filing(1, "2023-05-01", buy(900, 9000), accepted=None),
        filing("sha256:" + "f" * 32, "2023-06-01", buy(50, 9050), accepted=None, accession_number=accession(2)),
        filing("sha256:" + "0" * 32, "2023-06-01", sell(50, 9000), accepted=None, accession_number=accession(3)),
        filing("sha256:" + "5" * 32, "2023-06-01", sell(20, 8980), accepted=None, accession_number=accession(4)),
        held={D: 8980},
        alerts={4: {D: {"ledger": 9000, "un": 0}}},
    ),
    case(
        "only-the-arriving-report-is-told",
        "A late arrival rebuilds the whole book, but only its own trade is reported",
        filing(1, "2023-05-01", buy(900, 9000)),
        filing(2, "2023-06-01", sell(500, 8500)),
        filing(3, "2023-07-03", sell(500, 8000)),
        filing(4, "2023-08-01", sell(500, 7500)),
        held={D: 7500},
        late={
            (1, 3, 4, 2): {D: {"trades": [("S", "D", 500)], "lines": (0,), "before": 9000, "after": 8500, "un": 0}},
            (4, 3, 2, 1): {D: {"trades": [("P", "A", 900)], "before": 8100, "after": 9000, "ledger": None}},
        },
    ),
    case(
        "form-3-arrives-after-the-form-4-that-it-precedes",
        "A Form 3 takes its place ahead of the first Form 4, because it describes the earlier period",
        filing(1, "2023-03-01", hold(4000), hold(250, by="By Spouse"), form="3", filed="2023-03-09"),
        filing(2, "2023-06-01", sell(100, 3900)),
        held={D: 3900, "Common Stock I By Spouse": 250},
        alerts={
            1: {
                D: {"kind": "restated", "after": 4000, "ledger": None, "trades": [], "days_late": None},
                "Common Stock I By Spouse": {"kind": "restated", "after": 250, "ledger": None},
            },
            2: {D: {"kind": "decreased", "ledger": 4000, "un": 0}},
        },
    ),
    case(
        "undated-filing-is-told",
        "A trade without any date is still reported",
        filing(1, "2023-05-01", buy(900, 9000)),
        filing(2, None, sell(100, 8900, day=None), filed=None),
        held=None,
        alerts={2: {D: {"trades": [("S", "D", 100)], "before": 9000, "after": 8900}}},
    ),
)
