"""What the README of ../shared/cases/ledger expects of each chain, as data. The chains themselves are not here."""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Final

from contracts.transactions_reported import TransactionsReported
from services.parser import parse_filing
from tests.filings.corpus import SHARED
from tests.holdings_cases.case import AlertsOfFiling, Case

FOLDER: Final = SHARED / "cases" / "ledger"
COMMON: Final = "Common Stock D"
OPTION: Final = "Stock Option (right to buy) D"
RSU: Final = "Restricted Stock Units D"
TRUST: Final = "Common Stock I By Trust"
SPOUSE: Final = "Common Stock I By Spouse"
NOTE: Final = "Common Stock I See footnote"


@dataclass(frozen=True)
class Expected:
    """What is held at the end, and the alerts of each file, by the file's name without its ending."""

    held: dict[str, Any]
    alerts: dict[str, AlertsOfFiling] = field(default_factory=dict)


def sale(shares: int) -> list[tuple[str, str, int]]:
    """Return the trades of an alert that reports sales alone."""
    return [("S", "D", shares)]


EXPECTED: Final[dict[str, Expected]] = {
    "exercise-and-sale": Expected(
        held={COMMON: 5000, OPTION: 60000},
        alerts={
            "01": {COMMON: {"kind": "increased", "before": 4000, "after": 5000, "ledger": None, "un": None}},
            "02": {
                COMMON: {
                    "kind": "unchanged",
                    "before": 5000,
                    "after": 5000,
                    "trades": [("M", "A", 40000), ("S", "D", 40000)],
                    "values": [400000, 2010000],
                    "averages": [10, Decimal("50.25")],
                    "prices": [(10, 10), (50, 51)],
                    "lines": (0, 1, 2),
                    "un": 0,
                    "why": None,
                    "current": 5000,
                },
                OPTION: {"kind": "decreased", "before": 100000, "after": 60000, "trades": [("M", "D", 40000)]},
            },
            "03": {
                COMMON: {
                    "kind": "unchanged",
                    "trades": [("C", "A", 40000), ("S", "D", 40000)],
                    "values": [None, 2000000],
                    "unpriced": 40000,
                    "un": 0,
                }
            },
        },
    ),
    "late-form": Expected(
        held={COMMON: 3500},
        alerts={
            "02": {COMMON: {"before": 3000, "after": 3500, "ledger": 5000, "un": -2000, "why": "unknown"}},
            "03": {
                COMMON: {
                    "kind": "decreased",
                    "trades": sale(2000),
                    "before": 5000,
                    "after": 3000,
                    "days_late": 139,
                    "is_current": False,
                    "current": 3500,
                    "un": 0,
                    "why": "late_report",
                    "by": ["02"],
                }
            },
        },
    ),
    "amended-price-of-a-middle-line": Expected(
        held={COMMON: 4400},
        alerts={
            "02": {COMMON: {"before": 5000, "after": 4400, "trades": sale(600), "un": 0, "why": None}},
            "03": {
                COMMON: {
                    "is_amendment": True,
                    "trades": sale(200),
                    "prices": [(13, 13)],
                    "ledger": 4900,
                    "un": 0,
                    "current": 4400,
                    "days_late": None,
                }
            },
        },
    ),
    "amendment-of-holdings-only": Expected(
        held={COMMON: 4900, TRUST: 7000},
        alerts={"03": {TRUST: {"kind": "restated", "after": 7000, "trades": [], "is_amendment": True}}},
    ),
    "amendment-adds-a-sale": Expected(
        held={COMMON: 900},
        alerts={
            "03": {
                COMMON: {
                    "kind": "decreased",
                    "trades": sale(4100),
                    "before": 5000,
                    "after": 900,
                    "why": "amendment",
                    "un": 0,
                    "current": 900,
                    "days_late": None,
                }
            }
        },
    ),
    "amendment-adds-an-earlier-sale": Expected(
        held={COMMON: 900},
        alerts={"03": {COMMON: {"trades": sale(4100), "before": 5000, "after": 900, "un": 0, "days_late": None}}},
    ),
    "two-parts-of-a-day": Expected(
        held={COMMON: 3000},
        alerts={
            "02": {COMMON: {"before": 5000, "after": 4500, "un": 0, "why": None}},
            "03": {COMMON: {"before": 4500, "after": 3000, "un": 0, "why": None}},
        },
    ),
    "same-lines-two-numbers": Expected(
        held={COMMON: 4500},
        alerts={
            "02": {COMMON: {"repeats": None, "un": 0}},
            "03": {
                COMMON: {
                    "repeats": "02",
                    "trades": sale(500),
                    "un": 0,
                    "days_late": None,
                    "is_current": True,
                    "current": 4500,
                }
            },
        },
    ),
    "same-lines-after-the-next": Expected(
        held={COMMON: 4000},
        alerts={
            "04": {
                COMMON: {
                    "repeats": "02",
                    "trades": sale(500),
                    "un": 0,
                    "days_late": None,
                    "is_current": False,
                    "current": 4000,
                }
            }
        },
    ),
    "total-in-price-column": Expected(
        held={COMMON: 80100},
        alerts={
            "02": {COMMON: {"trades": [("P", "A", 100)], "unpriced": 100, "values": [None], "diagnosed": True}},
            "03": {COMMON: {"trades": [("P", "A", 75000)], "unpriced": 75000, "values": [None], "diagnosed": True}},
        },
    ),
    "joint-and-separate-forms": Expected(
        held={f"{owner} {NOTE}": 9000000 for owner in ("BIG FUND LP", "BIG GP LLC", "BIG HOLDINGS INC", "BOSS ALICE")},
        alerts={
            "01": {
                f"BIG FUND LP {NOTE}": {"owner_place": (0, 3), "trades": sale(1000000)},
                f"BIG GP LLC {NOTE}": {"owner_place": (1, 3), "trades": sale(1000000)},
                f"BOSS ALICE {NOTE}": {"owner_place": (2, 3), "trades": sale(1000000)},
            },
            "02": {f"BIG HOLDINGS INC {NOTE}": {"owner_place": (0, 1), "trades": sale(1000000)}},
        },
    ),
    "rsu-two-grants": Expected(
        held={COMMON: 5650, "Restricted Stock Unit D": 500},
        alerts={
            "02": {RSU: {"kind": "opened", "before": 0, "after": 1000}},
            "03": {RSU: {"kind": "opened", "before": 0, "after": 600}},
            "04": {
                COMMON: {"before": 5000, "after": 5300, "un": 0},
                "Restricted Stock Unit D": {"before": 1000, "after": 500, "un": 0, "why": None},
            },
            "05": {
                COMMON: {"before": 5300, "after": 5650, "un": 0},
                RSU: {"kind": "closed", "before": 600, "after": 0, "un": 0, "why": None},
            },
        },
    ),
    "gifts": Expected(
        held={COMMON: 3500, SPOUSE: 1000},
        alerts={
            "02": {
                COMMON: {"kind": "decreased", "before": 5000, "after": 4000, "days_late": 11, "un": 0},
                SPOUSE: {"kind": "opened", "before": 0, "after": 1000, "days_late": None},
            },
            "03": {COMMON: {"before": 4000, "after": 3500, "un": 0, "days_late": None, "trades": [("G", "D", 500)]}},
        },
    ),
    "reverse-split": Expected(
        held={COMMON: 100},
        alerts={"02": {COMMON: {"kind": "decreased", "before": 167, "after": 100, "ledger": 5000, "why": "split"}}},
    ),
    "split-3-for-2": Expected(
        held={COMMON: 7000},
        alerts={
            "02": {
                COMMON: {"kind": "decreased", "before": 7500, "after": 7000, "un": 2500, "why": "split", "by": ["F1"]}
            }
        },
    ),
    "sale-after-a-split": Expected(
        held={COMMON: 30000},
        alerts={
            "02": {
                COMMON: {
                    "kind": "decreased",
                    "before": 50000,
                    "after": 30000,
                    "percent": -40,
                    "un": 45000,
                    "why": "split",
                }
            }
        },
    ),
    "renamed-owner-and-issuer": Expected(
        held={f"ROE JANE Q {COMMON}": 4900, f"DOE JANE QUINN {COMMON}": 4800},
        alerts={
            "02": {f"ROE JANE Q {COMMON}": {"before": 5000, "after": 4900, "ledger": 5000, "un": 0}},
            "03": {f"DOE JANE QUINN {COMMON}": {"before": 4900, "after": 4800, "ledger": None}},
        },
    ),
    "stale-amount-all-sold": Expected(
        held={COMMON: 10},
        alerts={
            "02": {
                COMMON: {
                    "kind": "closed",
                    "before": 5000,
                    "after": 0,
                    "why": "line_error",
                    "un": 0,
                    "current": 0,
                    "trades": sale(5000),
                }
            },
            "03": {COMMON: {"kind": "opened", "before": 0, "after": 10, "trades": [("P", "A", 10)], "un": 0}},
        },
    ),
    "purchase-plan-in-a-footnote": Expected(
        held={COMMON: Decimal("4715.5")},
        alerts={
            "02": {
                COMMON: {
                    "before": Decimal("5215.5"),
                    "after": Decimal("4715.5"),
                    "un": Decimal("215.5"),
                    "why": "stated",
                    "by": ["F1"],
                }
            }
        },
    ),
    "transposed-digits": Expected(
        held={COMMON: 4700, TRUST: 127231},
        alerts={
            "02": {COMMON: {"un": 0}, TRUST: {"kind": "restated", "after": 127231, "ledger": None}},
            "03": {COMMON: {"un": 0}, TRUST: {"kind": "restated", "after": 127321, "why": "unknown", "un": 90}},
            "04": {COMMON: {"un": 0}, TRUST: {"kind": "restated", "after": 127231, "why": "unknown", "un": -90}},
        },
    ),
    "transfer-in-a-footnote": Expected(
        held={COMMON: 200, TRUST: 5510},
        alerts={
            "03": {
                TRUST: {
                    "kind": "decreased",
                    "before": 6010,
                    "after": 5510,
                    "un": 5000,
                    "why": "transfer",
                    "trades": sale(500),
                }
            },
            "04": {COMMON: {"kind": "opened", "before": 0, "after": 200, "un": 0}},
        },
    ),
    "class-renamed": Expected(
        held={"Ordinary Shares D": 4000},
        alerts={
            "02": {"Class A Common Stock D": {"before": 5000, "after": 4500, "ledger": 5000, "un": 0}},
            "03": {"Ordinary Shares D": {"before": 4500, "after": 4000, "ledger": 4500, "un": 0}},
        },
    ),
    "edgar-closed-by-decree": Expected(
        held={COMMON: 2000},
        alerts={file: {COMMON: {"days_late": 0}} for file in ("01", "02", "03", "04")},
    ),
    "latest-first-with-exercise": Expected(
        held={COMMON: 5300},
        alerts={
            "02": {
                COMMON: {
                    "before": 5000,
                    "after": 5300,
                    "un": 0,
                    "why": None,
                    "lines": (2, 1, 0),
                    "reported": 300,
                }
            }
        },
    ),
    "latest-first-sales": Expected(
        held={COMMON: 4800}, alerts={"02": {COMMON: {"before": 5000, "after": 4800, "un": 0, "trades": sale(200)}}}
    ),
    "latest-first-same-day": Expected(
        held={COMMON: 5300}, alerts={"02": {COMMON: {"before": 5000, "after": 5300, "un": 0, "why": None}}}
    ),
    "form-3-after-form-4": Expected(
        held={COMMON: 4900, SPOUSE: 800},
        alerts={"01": {COMMON: {"days_late": 0}}},
    ),
    "amended-price": Expected(
        held={COMMON: 4000},
        alerts={
            "03": {
                COMMON: {
                    "trades": sale(1000),
                    "prices": [(30, 30)],
                    "is_amendment": True,
                    "ledger": 5000,
                    "un": 0,
                    "current": 4000,
                    "days_late": None,
                }
            }
        },
    ),
    "amended-away": Expected(
        held={COMMON: 5000},
        alerts={"03": {COMMON: {"kind": "restated", "after": 5000, "why": "amendment", "current": 5000}}},
    ),
    "joint-owners-reordered": Expected(
        held={f"FUND LP {NOTE}": 800, f"GP LLC {NOTE}": 800},
        alerts={
            "02": {
                f"FUND LP {NOTE}": {"ledger": 900, "un": 0, "owner_place": (1, 2)},
                f"GP LLC {NOTE}": {"ledger": 900, "un": 0, "owner_place": (0, 2)},
            }
        },
    ),
    "two-trusts-drifting-labels": Expected(
        held={"Common Stock I By Family Trust A": 900, "Common Stock I By Family Trust B": 600},
        alerts={
            "02": {"Common Stock I By Family Trust B": {"ledger": 1000, "un": 0}},
            "03": {"Common Stock I By Family Trust A": {"ledger": 1000, "un": 0}},
        },
    ),
    "timely-but-out-of-order": Expected(
        held={COMMON: 800},
        alerts={
            "03": {
                COMMON: {
                    "trades": sale(4000),
                    "values": [1000000],
                    "before": 5000,
                    "after": 1000,
                    "days_late": 0,
                    "is_current": False,
                }
            },
            "04": {COMMON: {"before": 900, "after": 800, "why": "late_report", "by": ["03"], "un": -4000}},
        },
    ),
    "mistyped-year-2034": Expected(
        held={COMMON: 7000},
        alerts={
            "2": {COMMON: {"trades": sale(500), "codes": ["date_contradicts_period"]}},
            "3": {COMMON: {"trades": sale(500), "un": 0, "codes": []}},
            "4": {COMMON: {"trades": sale(1000), "un": 0, "codes": []}},
        },
    ),
    "mistyped-january": Expected(
        held={COMMON: 8500},
        alerts={
            "1": {COMMON: {"trades": sale(1000), "codes": []}},
            "2": {COMMON: {"trades": sale(500), "un": 0, "codes": ["date_contradicts_period"]}},
        },
    ),
}


@cache
def read_case(name: str) -> Case:
    """Parse the files of a case, and put what is expected beside them."""
    expected = EXPECTED[name]
    filings: dict[str, tuple[TransactionsReported, ...]] = {
        file.stem: tuple(parse_filing(file.read_bytes())) for file in sorted((FOLDER / name).iterdir())
    }
    return Case(name, "../shared/cases/ledger/README.md", filings, expected.held, expected.alerts)
