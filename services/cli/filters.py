"""Which events a person asked for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from contracts.envelope import Headers, delivery_of
from contracts.holding_changed import HoldingChanged
from contracts.transactions_reported import Issuer, Owner


class Kind(StrEnum):
    """The kinds of alerts, as the command line takes them."""

    OPENED = "opened"
    INCREASED = "increased"
    DECREASED = "decreased"
    CLOSED = "closed"
    RESTATED = "restated"


class Delivery(StrEnum):
    """How the filing of an alert came, as the command line takes it."""

    LIVE = "live"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that all must hold; within one, any of its values. Names match in part, whatever their case.

    `minimum_value` is dollars of the reported trades: an alert whose value is unknown does not reach it.
    """

    tickers: Sequence[str] = ()
    owners: Sequence[str] = ()
    kinds: Sequence[str] = ()
    codes: Sequence[str] = ()
    minimum_value: Decimal | None = None
    deliveries: Sequence[str] = ()

    @property
    def asks_of_alerts(self) -> bool:
        """Whether there is a condition that only an alert can meet, and a position only through its alerts."""
        return bool(self.kinds or self.codes) or self.minimum_value is not None

    def takes_delivery(self, headers: Headers) -> bool:
        """Whether the condition on how the filing came holds for the record with these headers."""
        return not self.deliveries or delivery_of(headers) in self.deliveries

    def takes_parties(self, issuer: Issuer, owner: Owner) -> bool:
        """Whether the ticker and owner conditions hold."""
        tickers = {ticker.upper() for ticker in issuer.tickers}
        ticker_holds = not self.tickers or any(ticker.upper() in tickers for ticker in self.tickers)
        name = owner.name.casefold()
        owner_holds = not self.owners or any(
            wanted.casefold() in name or (wanted.isdigit() and wanted.zfill(10) == owner.cik) for wanted in self.owners
        )
        return ticker_holds and owner_holds

    def takes_alert(self, alert: HoldingChanged) -> bool:
        """Whether all conditions hold for the alert."""
        value = alert.trades.value
        return (
            self.takes_parties(alert.issuer, alert.owner)
            and (not self.kinds or alert.kind in self.kinds)
            and (not self.codes or any(code in alert.trades.codes for code in self.codes))
            and (self.minimum_value is None or (value is not None and Decimal(value) >= self.minimum_value))
        )
