"""Alerts in a person's words, the cells and lines they are shown by; and the words that positions share. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from textwrap import shorten
from typing import Final

from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionIdentity
from contracts.section16 import TRANSACTION_CODES
from contracts.transactions_reported import Issuer, Owner

_NONE: Final = "-"
_WITHOUT_TRADES: Final = {"opened": "first report", "restated": "holding restated"}
_QUOTED: Final = 120  # characters of a footnote; the whole of it is in the event
_MOST_QUOTED: Final = 2  # footnotes; one filing can cite ten on one line


def alert_cells(alert: HoldingChanged) -> tuple[str, ...]:
    """An alert as a row: date, who, what, change, of holding, now holds, price, why."""
    return (
        date_of(alert),
        f"{alert.owner.name}, {relationship(alert.owner)}",
        f"{ticker(alert.issuer)} {alert.kind}: {security(alert.position)}{holder(alert.position)}",
        changed(alert),
        share_of_holding(alert) or _NONE,
        now_holds(alert),
        price(alert) or _NONE,
        reason(alert),
    )


def alert_lines(alert: HoldingChanged) -> tuple[str, ...]:
    """An alert as lines: what happened in one, who and of what in the next, why in the last."""
    share, each = share_of_holding(alert), price(alert)
    amounts = [
        *([changed(alert) + (f" ({share})" if share else "")] if alert.change is not None else []),
        f"now {now_holds(alert)}",
        *([f"at {each}"] if each else []),
    ]
    return (
        f"{date_of(alert)}  {ticker(alert.issuer)} {alert.kind}  {', '.join(amounts)}",
        f"{alert.owner.name}, {relationship(alert.owner)}: {security(alert.position)}{holder(alert.position)}",
        reason(alert),
    )


def date_of(alert: HoldingChanged) -> str:
    """The day of the last trade, else the day the filing speaks of."""
    return str(alert.trades.last_date or alert.filing.period_of_report or alert.filing.filed_on or _NONE)


def ticker(issuer: Issuer) -> str:
    """The issuer's first ticker symbol, else its name."""
    return issuer.tickers[0] if issuer.tickers else issuer.name


def issuer_name(issuer: Issuer) -> str:
    """The issuer's ticker symbol, where it has one, and name."""
    return f"{issuer.tickers[0]} {issuer.name}" if issuer.tickers else issuer.name


def relationship(owner: Owner) -> str:
    """What the owner is to the issuer."""
    roles = (
        ("director", owner.is_director),
        (owner.officer_title or "officer", owner.is_officer),
        ("10% owner", owner.is_ten_percent_owner),
        (owner.other_text or "other", owner.is_other),
    )
    return ", ".join(role for role, holds in roles if holds) or "relationship not stated"


def security(position: PositionIdentity) -> str:
    """The security, with a derivative's price and expiry."""
    terms = [dollars(position.exercise_price)] if position.exercise_price is not None else []
    terms += [f"exp {position.expiration_date}"] if position.expiration_date is not None else []
    return f"{position.security_title} ({', '.join(terms)})" if terms else position.security_title


def held(position: PositionIdentity) -> str:
    """Directly, or by whom or what."""
    if position.ownership == "D":
        return "directly"
    return position.nature_of_ownership or ("indirectly" if position.ownership == "I" else _NONE)


def holder(position: PositionIdentity) -> str:
    """By whom or what, after a comma; nothing for the common case, which is directly."""
    return f", {held(position)}" if position.ownership == "I" else ""


def amount(text: str) -> str:
    """A number with its thousands grouped."""
    return f"{Decimal(text):,f}"


def signed(text: str) -> str:
    """A number with its sign and its thousands grouped."""
    number = Decimal(text)
    return f"{number:+,f}" if number else "0"


def dollars(text: str) -> str:
    """Dollars, with cents where there are any; a fraction of a cent as it is."""
    number = Decimal(text)
    if 0 < abs(number) < Decimal("0.01"):
        return f"${number:f}"
    return f"${number:,.0f}" if number == number.to_integral_value() else f"${number:,.2f}"


def changed(alert: HoldingChanged) -> str:
    """The change with its sign; in dollars where the trades are counted by value."""
    if alert.change is None:
        return _NONE
    text = signed(alert.change)
    return f"{text[0]}${text[1:]}" if _by_value(alert) and text != "0" else text


def share_of_holding(alert: HoldingChanged) -> str | None:
    """The change as a percentage of what was held; None where nothing was, or nobody knows what."""
    return None if alert.change_percent is None else f"{signed(alert.change_percent)} %"


def now_holds(alert: HoldingChanged) -> str:
    """The amount after the change."""
    if alert.after is None:
        return _NONE
    return f"${amount(alert.after)}" if _by_value(alert) else amount(alert.after)


def price(alert: HoldingChanged) -> str | None:
    """The average price of a share, and the range where there is one."""
    trades = alert.trades
    if trades.average_price is None:
        return None
    average = dollars(trades.average_price)
    if trades.lowest_price == trades.highest_price or trades.lowest_price is None or trades.highest_price is None:
        return average
    return f"{average} ({dollars(trades.lowest_price)} to {dollars(trades.highest_price)})"


def reason(alert: HoldingChanged) -> str:
    """Why: the codes in words, the plan, lateness, what is unexplained, and the footnotes that are the evidence."""
    return "; ".join(_reasons(alert))


def _reasons(alert: HoldingChanged) -> Iterator[str]:
    if alert.trades.codes:
        yield " + ".join(_label(code) for code in alert.trades.codes)
    elif alert.kind in _WITHOUT_TRADES:
        yield _WITHOUT_TRADES[alert.kind]
    if alert.rule_10b5_1_plan:
        yield "10b5-1 plan"
    if alert.owner_count > 1:
        yield f"joint filing, owner {alert.owner_index + 1} of {alert.owner_count}"
    if alert.is_amendment:
        yield "amendment"
    if alert.days_late:
        yield f"{alert.days_late} business day{'s' if alert.days_late > 1 else ''} late"
    if alert.unexplained_change is not None and Decimal(alert.unexplained_change):
        yield f"{signed(alert.unexplained_change)} unexplained ({alert.explanation or 'unknown'})"
    yield from _quotations(list(dict.fromkeys(alert.footnotes.values())))


def _label(code: str) -> str:
    return TRANSACTION_CODES[code].label if code in TRANSACTION_CODES else code


def _quotations(notes: list[str]) -> Iterator[str]:
    """The first footnotes in their own words, and how many more there are."""
    for text in notes[:_MOST_QUOTED]:
        yield f'"{shorten(text, _QUOTED, placeholder=" …")}"'
    if len(notes) > _MOST_QUOTED:
        more = len(notes) - _MOST_QUOTED
        yield f"{more} more footnote{'s' if more > 1 else ''}"


def _by_value(alert: HoldingChanged) -> bool:
    """Whether the trades are counted in dollars: they have a value and no shares."""
    return alert.trades.shares is None and alert.trades.value is not None
