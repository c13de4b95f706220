"""The facts of all alerts of a filing: the leading trade, and its effect on the holding. Pure.

Every trade line of a filing is in exactly one alert of each owner, so the sums over the first owner's alerts are those
of the filing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from contracts.enumerations import AcquiredDisposed, Table
from contracts.structs import HoldingChanged, Trades
from services.gateway.amounts import EXACT, number

MarketSide = Literal["buy", "sell"]

_MARKET: Final[dict[tuple[str | None, str | None], MarketSide]] = {("P", "A"): "buy", ("S", "D"): "sell"}
"""Trades at the market, by code and side."""

_NOTHING: Final = Decimal(0)
_SHARES: Final = re.compile(r"\b(?:common|ordinary|stock|shares?|adss?|adrs?|depositary)\b", re.IGNORECASE)
_OTHER_UNITS: Final = re.compile(
    r"\b(?:units?|options?|rights?|warrants?|notes?|bonds?|debentures?|preferred|preference|phantom|swaps?|rsus?|psus?)\b",
    re.IGNORECASE,
)
_UNRECONCILED: Final = frozenset({"unknown", "line_error"})


class TradeKey(NamedTuple):
    """What trades have in common that are summed: table, code, side, and the security if it is not shares."""

    table: Table
    code: str | None
    side: AcquiredDisposed | None
    title: str | None

    @property
    def market_side(self) -> MarketSide | None:
        """`buy` or `sell` for purchases and sales of non-derivative securities, else None."""
        return _MARKET.get((self.code, self.side)) if self.table == "non_derivative" else None


@dataclass(frozen=True, slots=True)
class TradeSum:
    """The trades of one key. `value` and prices are None unless every line has a price in the one currency."""

    key: TradeKey
    shares: Decimal | None
    value: Decimal | None
    average_price: Decimal | None
    has_one_price: bool
    currency: str | None
    alerts: tuple[HoldingChanged, ...]

    @property
    def size(self) -> tuple[Decimal, Decimal]:
        """The order of importance: shares, then value."""
        return abs(self.shares or _NOTHING), abs(self.value or _NOTHING)


@dataclass(frozen=True, slots=True)
class FilingFacts:
    """The alerts of a filing's first owner, in order, and what they say together."""

    alerts: tuple[HoldingChanged, ...]
    lead: TradeSum | None
    sums: tuple[TradeSum, ...]

    @property
    def first(self) -> HoldingChanged:
        """The first alert: its filing, issuer and owner are those of all."""
        return self.lead.alerts[0] if self.lead else self.alerts[0]

    @property
    def lead_alerts(self) -> tuple[HoldingChanged, ...]:
        """The alerts with the leading trade; all of them if the filing has no trades."""
        return self.lead.alerts if self.lead else self.alerts

    @property
    def codes(self) -> frozenset[str | None]:
        """The transaction codes of all trades."""
        return frozenset(each.key.code for each in self.sums)

    @property
    def has_several_codes(self) -> bool:
        """Whether the lead's positions have trades of another code or side."""
        kinds = {(each.code, each.acquired_disposed) for alert in self.lead_alerts for each in alert.trades}
        return len(kinds) > 1

    @property
    def before(self) -> Decimal | None:
        """The amount in the lead's positions before the filing's trades; None if the filing does not say."""
        return _sum(_before(alert) for alert in self.lead_alerts)

    @property
    def after(self) -> Decimal | None:
        """The amount in the lead's positions after the filing's trades; None if the filing does not say."""
        return _sum(number(alert.after) for alert in self.lead_alerts)

    @property
    def unreconciled(self) -> Decimal:
        """The unexplained difference between the leading positions' amounts and the sum of the lines."""
        return _sum(unreconciled_change(alert) for alert in self.lead_alerts) or _NOTHING

    @property
    def reconciles(self) -> bool:
        """Whether the amounts of all alerts are explained."""
        return not any(unreconciled_change(alert) for alert in self.alerts)


def filing_facts(alerts: Iterable[HoldingChanged]) -> FilingFacts:
    """Return the facts of one filing from its alerts, in any order, possibly those of several owners.

    Raises:
        ValueError: there are no alerts, or they are of several filings.
    """
    told = sorted(alerts, key=lambda alert: (alert.owner_index, alert.owner.key, alert.lines, alert.alert_id))
    if not told or len({alert.filing.filing_id for alert in told}) > 1:
        raise ValueError("expected the alerts of one filing")
    first_owner = tuple(alert for alert in told if alert.owner.key == told[0].owner.key)
    sums = _trade_sums(first_owner)
    return FilingFacts(first_owner, max(sums, key=_importance, default=None), sums)


def _trade_sums(alerts: Sequence[HoldingChanged]) -> tuple[TradeSum, ...]:
    groups: dict[TradeKey, list[tuple[HoldingChanged, Trades]]] = {}
    for alert in alerts:
        for trade in alert.trades:
            key = TradeKey(alert.position.table, trade.code, trade.acquired_disposed, _other_unit(alert))
            groups.setdefault(key, []).append((alert, trade))
    return tuple(_trade_sum(key, group) for key, group in groups.items())


def _trade_sum(key: TradeKey, group: Sequence[tuple[HoldingChanged, Trades]]) -> TradeSum:
    trades = [trade for _, trade in group]
    shares = _sum((number(trade.shares) for trade in trades if trade.shares is not None), empty=None)
    value = _value(trades)
    prices = {Decimal(price) for trade in trades for price in (trade.lowest_price, trade.highest_price) if price}
    return TradeSum(
        key=key,
        shares=shares,
        value=value,
        average_price=_average(trades, value, shares),
        has_one_price=len(prices) == 1,
        currency=trades[0].currency,
        alerts=tuple({alert.alert_id: alert for alert, _ in group}.values()),
    )


def _value(trades: Sequence[Trades]) -> Decimal | None:
    """Return the value of the trades; None if a line has no price, or the currencies differ."""
    has_one_currency = len({trade.currency for trade in trades}) == 1
    if not has_one_currency or any(Decimal(trade.unpriced_shares) for trade in trades):
        return None
    return _sum(number(trade.value) for trade in trades)


def _average(trades: Sequence[Trades], value: Decimal | None, shares: Decimal | None) -> Decimal | None:
    """Return the value per share; None if it is not known, or some trades are counted by value."""
    if value is None or not shares or any(trade.shares is None for trade in trades):
        return None
    return EXACT.divide(value, shares)


def _importance(each: TradeSum) -> tuple[object, ...]:
    """Return the place among sums: market trades first, then other non-derivative ones, by size, then by code."""
    key = each.key
    return (
        key.market_side is not None,
        key.table == "non_derivative",
        *each.size,
        key.code or "",
        key.side or "",
        key.title or "",
    )


def _other_unit(alert: HoldingChanged) -> str | None:
    """Return the title of a security that is not counted in shares; None for shares."""
    title = alert.position.security_title
    if alert.position.table == "non_derivative" and (title is None or _is_shares(title)):
        return None
    return title or "an untitled derivative"


def _is_shares(title: str) -> bool:
    return bool(_SHARES.search(title)) and not _OTHER_UNITS.search(title)


def _before(alert: HoldingChanged) -> Decimal | None:
    if alert.before is not None:
        return Decimal(alert.before)
    if alert.after is None or alert.reported_change is None:
        return None
    return EXACT.subtract(Decimal(alert.after), Decimal(alert.reported_change))


def unreconciled_change(alert: HoldingChanged) -> Decimal:
    """Return the part of an alert's change that neither its lines nor a known cause accounts for."""
    if alert.explanation not in _UNRECONCILED or alert.unexplained_change is None:
        return _NOTHING
    return Decimal(alert.unexplained_change)


def _sum(numbers: Iterable[Decimal | None], *, empty: Decimal | None = _NOTHING) -> Decimal | None:
    """Return the sum; None if a number is missing, `empty` without any."""
    total = empty
    for each in numbers:
        if each is None:
            return None
        total = EXACT.add(total or _NOTHING, each)
    return total
