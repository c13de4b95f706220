"""Prints filings as sentences: one line per filing, from all of its alerts."""

from dataclasses import dataclass, field

from contracts.filing_day import filing_day
from contracts.structs import HoldingChanged
from services.cli.render.screen import Screen
from services.cli.render.wording import NONE
from services.gateway.sentences import sentence
from services.section16.safe_text import printable


@dataclass(slots=True)
class _Filing:
    """The alerts of a filing so far; it is printed if one of them matches."""

    alerts: list[HoldingChanged] = field(default_factory=list)
    matches: bool = False
    is_settled: bool = False


class SentenceList:
    """Prints a sentence per filing; `count` is how many.

    A filing waits for its other alerts, which follow directly in the same partition: until an alert of another filing
    of the issuer arrives, or until a second `flush` finds no more of them.
    """

    def __init__(self, screen: Screen | None = None) -> None:
        self.count = 0
        self._screen = screen or Screen()
        self._filings: dict[str, _Filing] = {}
        self._latest: dict[str, str] = {}

    def add(self, alert: HoldingChanged, *, matches: bool = True) -> None:
        """Take an alert. Those that do not match are needed too: the sentence sums over all of a filing."""
        filing_id, issuer = alert.filing.filing_id, alert.issuer.key
        before = self._latest.get(issuer)
        if before is not None and before != filing_id:
            self._print(before)
        self._latest[issuer] = filing_id
        filing = self._filings.setdefault(filing_id, _Filing())
        filing.alerts.append(alert)
        filing.matches |= matches
        filing.is_settled = False

    def flush(self) -> None:
        """Print the filings that have not grown since the last call."""
        for filing_id, filing in list(self._filings.items()):
            if filing.is_settled:
                self._print(filing_id)
            filing.is_settled = True
        self._screen.output.flush()

    def finish(self) -> None:
        """Print all filings that wait."""
        for filing_id in list(self._filings):
            self._print(filing_id)
        self._screen.output.flush()

    def _print(self, filing_id: str) -> None:
        filing = self._filings.pop(filing_id, None)
        if filing is None or not filing.matches:
            return
        self.count += 1
        self._screen.write(f"{_day(filing.alerts[0])}  {printable(sentence(filing.alerts))}\n")


def _day(alert: HoldingChanged) -> str:
    day = filing_day(alert.filing, [trade.last_date for trade in alert.trades])
    return NONE if day is None else str(day)
