"""Expectations of ../shared/cases/ledger: trades, holders, classes, splits, transfers and owners."""

from decimal import Decimal
from typing import Final

from tests.holdings_cases.shared_expected import COMMON, NOTE, OPTION, RSU, SPOUSE, TRUST, Expected, sale

TRADES: Final[dict[str, Expected]] = {
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
}
