"""The filter model: conditions on alerts, positions and reported lines. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Final

from contracts.envelope import Headers, delivery_of
from contracts.filing_day import filed_day
from contracts.holding_changed import HoldingChanged, Trades
from contracts.transactions_reported import Filing, Holding, Issuer, Owner, Transaction, TransactionsReported
from services.cli.options.choices import Delivery, Kind, Plan, Role, Side
from services.cli.render.reported_lines import ReportedLine, line_value

_CODES: Final = {Side.BUY: "P", Side.SELL: "S"}
_ROLES: Final[dict[Role, Callable[[Owner], bool | None]]] = {
    Role.DIRECTOR: lambda owner: owner.is_director,
    Role.OFFICER: lambda owner: owner.is_officer,
    Role.TEN_PERCENT: lambda owner: owner.is_ten_percent_owner,
}
_PLANS: Final = {True: Plan.YES, False: Plan.NO, None: Plan.UNSTATED}
_DOLLARS: Final = frozenset({None, "USD"})


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions combined by AND; the values of one condition by OR. Names match as case-insensitive substrings.

    Sides, codes and directions apply to single trades. An alert matches if any of its trades does; with a minimum, if
    the matching trades reach it together. For example, a minimum of $1,000,000 matches sales of $600,000 and $400,000
    in one alert. Unknown values and other currencies than dollars do not count; without a known value no minimum is
    reached.
    """

    tickers: Sequence[str] = ()
    issuers: Sequence[str] = ()
    owners: Sequence[str] = ()
    roles: Sequence[Role] = ()
    first_owner: bool = False
    since: date | None = None
    until: date | None = None
    late: bool = False
    plans: Sequence[Plan] = ()
    deliveries: Sequence[Delivery] = ()
    kinds: Sequence[Kind] = ()
    sides: Sequence[Side] = ()
    codes: Sequence[str] = ()
    directions: Sequence[str] = ()
    minimum_value: Decimal | None = None
    minimum_shares: Decimal | None = None

    @property
    def needs_alerts(self) -> bool:
        """Whether a condition applies to alerts: a position then matches only through an alert that reported it."""
        of_parties = {"tickers", "issuers", "owners", "roles"}
        blank = Filter()
        return any(
            getattr(self, field.name) != getattr(blank, field.name)
            for field in fields(self)
            if field.name not in of_parties
        )

    def matches_delivery(self, headers: Headers) -> bool:
        """Return whether the delivery in the record's headers matches."""
        return not self.deliveries or delivery_of(headers) in self.deliveries

    def matches_parties(self, issuer: Issuer, owner: Owner) -> bool:
        """Return whether the issuer and the owner match."""
        symbols = {ticker.upper() for ticker in issuer.tickers}
        return (
            (not self.tickers or any(ticker.upper() in symbols for ticker in self.tickers))
            and (not self.issuers or any(_matches_name(wanted, issuer.name, issuer.cik) for wanted in self.issuers))
            and (not self.owners or any(_matches_name(wanted, owner.name, owner.cik) for wanted in self.owners))
            and (not self.roles or any(_ROLES[role](owner) for role in self.roles))
        )

    def matches_alert(self, alert: HoldingChanged) -> bool:
        """Return whether all conditions hold for the alert."""
        traded = (trade.last_date for trade in alert.trades)
        return (
            (not self.kinds or alert.kind in self.kinds)
            and self.matches_parties(alert.issuer, alert.owner)
            and (not self.first_owner or alert.owner_index == 0)
            and (not self.late or bool(alert.days_late))
            and (not self.plans or _PLANS[alert.rule_10b5_1_plan] in self.plans)
            and self._matches_day(alert.filing, traded)
            and self._matches_trades(alert.trades)
        )

    def lines_of(self, report: TransactionsReported, lines: Iterable[ReportedLine]) -> list[ReportedLine]:
        """Return the report's lines for which all conditions hold; minimums apply to each line separately."""
        if not (
            self.matches_parties(report.issuer, report.owner)
            and (not self.first_owner or report.owner_index == 0)
            and (not self.plans or _PLANS[report.filing.rule_10b5_1_plan] in self.plans)
            and self._matches_day(report.filing, (trade.transaction_date for trade in report.transactions))
        ):
            return []
        return [line for line in lines if self._matches_line(line)]

    @property
    def _has_trade_conditions(self) -> bool:
        minimum = self.minimum_value is not None or self.minimum_shares is not None
        return minimum or bool(self.sides or self.codes or self.directions)

    def _matches_trades(self, trades: Sequence[Trades]) -> bool:
        if not self._has_trade_conditions:
            return True
        matching = [trade for trade in trades if self._matches_trade(trade.code, trade.acquired_disposed)]
        return (
            bool(matching)
            and _reaches(
                [_decimal_or_none(each.value) for each in matching if each.currency in _DOLLARS], self.minimum_value
            )
            and _reaches([_decimal_or_none(each.shares) for each in matching], self.minimum_shares)
        )

    def _matches_line(self, line: ReportedLine) -> bool:
        if isinstance(line, Holding):
            return not self._has_trade_conditions
        value = line_value(line) if line.currency in _DOLLARS else None
        return (
            self._matches_trade(line.code, line.acquired_disposed)
            and _reaches([value], self.minimum_value)
            and _reaches([_decimal_or_none(line.shares)], self.minimum_shares)
        )

    def _matches_trade(self, code: str | None, direction: str | None) -> bool:
        return (
            (not self.codes or code in self.codes)
            and (not self.sides or any(code == _CODES[side] for side in self.sides))
            and (not self.directions or direction in self.directions)
        )

    def _matches_day(self, filing: Filing, traded: Iterable[date | None]) -> bool:
        if self.since is None and self.until is None:
            return True
        day = filing_day(filing, traded)
        return day is not None and (self.since or day) <= day <= (self.until or day)


def filing_day(filing: Filing, traded: Iterable[date | None]) -> date | None:
    """Return the filing date in US Eastern time; if unknown, the date of the last trade or of the report."""
    last_trade = max((day for day in traded if day is not None), default=filing.period_of_report)
    return filed_day(filing) or last_trade


def is_trade(line: ReportedLine) -> bool:
    """Return whether a line reports a trade rather than a holding."""
    return isinstance(line, Transaction)


def _matches_name(wanted: str, name: str, cik: str | None) -> bool:
    return wanted.casefold() in name.casefold() or (wanted.isdigit() and wanted.zfill(10) == cik)


def _decimal_or_none(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def _reaches(amounts: Iterable[Decimal | None], minimum: Decimal | None) -> bool:
    if minimum is None:
        return True
    known = [amount for amount in amounts if amount is not None]
    return bool(known) and sum(known) >= minimum
