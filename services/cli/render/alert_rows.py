"""Alerts as rows and lines: the trade first, then what it means for the holding, then what is open. Pure."""

from decimal import Decimal

from contracts.structs import HoldingChanged
from services.cli.render.alert_notes import PositionNames, reasons
from services.cli.render.trade_text import is_by_value, trades_words
from services.cli.render.wording import amount, held, holder, money, security
from services.section16.alert_day import alert_day
from services.section16.owner_roles import relationship
from services.section16.wording import ticker


def alert_cells(alert: HoldingChanged, names: PositionNames) -> tuple[str, ...]:
    """Return an alert as a row: date, who, trade, security, holding, notes."""
    return (
        alert_day(alert),
        f"{alert.owner.name}, {relationship(alert.owner)}",
        trades_words(alert),
        f"{ticker(alert.issuer)} {_security(alert)}{holder(alert.position)}",
        holding_words(alert),
        reasons(alert, names),
    )


def alert_lines(alert: HoldingChanged, names: PositionNames) -> tuple[str, ...]:
    """Return an alert as lines: the trade; who; what it means for the holding; what is open, if anything is."""
    open_ends = reasons(alert, names)
    return (
        f"{alert_day(alert)}  {ticker(alert.issuer)}  {trades_words(alert)}",
        f"{alert.owner.name}, {relationship(alert.owner)}",
        f"{_security(alert)}{holder(alert.position)}: {holding_words(alert)}",
        *([open_ends] if open_ends else []),
    )


def position_name(alert: HoldingChanged) -> str:
    """Return what another alert calls the position of this one."""
    return f"{_security(alert)}, {held(alert.position)}"


def holding_words(alert: HoldingChanged) -> str:
    """Return what the filing means for the holding: `50,000 → 30,000, -40 %`, `opened with 10`, `sold out`.

    A holding without a trade is compared with the ledger: its own account moves nothing.
    """
    before, after = alert.before if alert.trades else alert.ledger_before, alert.after
    if after is None:
        return "holding not stated" if before is None else f"{_amount(alert, before)} before, after not stated"
    if before is not None:
        return _moved(alert, before, after)
    if not alert.trades:
        return f"holds {_amount(alert, after)}"
    if not Decimal(after):
        return _ended(alert)
    return f"{'opened with' if alert.kind == 'opened' else 'now'} {_amount(alert, after)}"


def _moved(alert: HoldingChanged, before: str, after: str) -> str:
    first, last = Decimal(before), Decimal(after)
    if first == last:
        return f"{_amount(alert, before)} → {_amount(alert, after)}, unchanged" if last else "none before and after"
    if not first:
        return f"opened with {_amount(alert, after)}"
    if not last:
        return f"{_amount(alert, before)} → 0, {_ended(alert)}"
    return f"{_amount(alert, before)} → {_amount(alert, after)}, {_percent(alert, first, last)} %"


def _ended(alert: HoldingChanged) -> str:
    return "sold out" if alert.trades and all(trade.code == "S" for trade in alert.trades) else "closed"


def _percent(alert: HoldingChanged, before: Decimal, after: Decimal) -> str:
    """Return the change in percent, to two decimals at most, as in `-40` or `+61.24`."""
    percent = alert.change_percent if alert.trades else None
    exact = (after - before) / before * 100 if percent is None else Decimal(percent)
    return f"{exact:+,.2f}".rstrip("0").rstrip(".")


def _amount(alert: HoldingChanged, text: str) -> str:
    return money(text, alert.trades[0].currency) if is_by_value(alert) else amount(text)


def _security(alert: HoldingChanged) -> str:
    currency = alert.trades[0].currency if alert.trades else None
    return security(alert.position, currency)
