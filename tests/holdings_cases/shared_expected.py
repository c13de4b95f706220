"""The expected results of a shared chain of filings, and the labels of its positions."""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.holdings_cases.case import AlertsOfFiling

COMMON: Final = "Common Stock D"
OPTION: Final = "Stock Option (right to buy) D"
RSU: Final = "Restricted Stock Units D"
TRUST: Final = "Common Stock I By Trust"
SPOUSE: Final = "Common Stock I By Spouse"
NOTE: Final = "Common Stock I See footnote"


@dataclass(frozen=True)
class Expected:
    """The final holdings, and the alerts of each file, by the file's name without its suffix."""

    held: dict[str, Any]
    alerts: dict[str, AlertsOfFiling] = field(default_factory=dict)


def sale(shares: int) -> list[tuple[str, str, int]]:
    """Return the trades of an alert that reports sales alone."""
    return [("S", "D", shares)]
