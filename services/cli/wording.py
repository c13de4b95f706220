"""Alerts and positions in a person's words: the cells of their tables. Pure."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from textwrap import shorten
from typing import Final

from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import Position, PositionIdentity, PositionsUpdated
from contracts.section16 import TRANSACTION_CODES
from contracts.transactions_reported import Issuer, Owner

ALERT_HEADINGS: Final = ("Date", "Who", "What", "Change", "Of holding", "Now holds", "Price", "Why")
POSITION_HEADINGS: Final = ("Owner", "Issuer", "Security", "Held", "Amount", "As of", "Filing")
_NONE: Final = "-"
_QUOTED: Final = 120  # characters of a footnote in a table; the whole of it is in the event


def alert_cells(alert: HoldingChanged) -> tuple[str, ...]:
    """An alert as the cells under `ALERT_HEADINGS`."""
    when = alert.trades.last_date or alert.filing.period_of_report
    return (
        str(when or alert.filing.filed_on or _NONE),
        f"{alert.owner.name}, {relationship(alert.owner)}",
        f"{ticker(alert.issuer)} {alert.kind}: {security(alert.position)}",
        signed(alert.change),
        f"{signed(alert.change_percent)} %" if alert.change_percent is not None else _NONE,
        amount(alert.after),
        price(alert),
        reason(alert),
    )


def position_cells(update: PositionsUpdated, position: Position) -> tuple[str, ...]:
    """A position as the cells under `POSITION_HEADINGS`."""
    value = f"${amount(position.value)}" if position.shares is None and position.value is not None else None
    return (
        update.owner.name,
        f"{ticker(update.issuer)} {update.issuer.name}",
        security(position),
        held(position),
        value or amount(position.shares),
        str(position.as_of or _NONE),
        position.filing_id,
    )


def held_positions(update: PositionsUpdated, *, closed: bool) -> Iterator[Position]:
    """The positions of an update; those that have come to nothing only where `closed`."""
    for position in update.positions:
        amounts = [Decimal(text) for text in (position.shares, position.value) if text is not None]
        if closed or not amounts or any(amounts):
            yield position


def ticker(issuer: Issuer) -> str:
    """The issuer's first ticker symbol, else its name."""
    return issuer.tickers[0] if issuer.tickers else issuer.name


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
    """The security, with an option's price and expiry, and how it is held where not directly."""
    terms = [f"${position.exercise_price}"] if position.exercise_price is not None else []
    terms += [f"exp {position.expiration_date}"] if position.expiration_date is not None else []
    title = f"{position.security_title} ({', '.join(terms)})" if terms else position.security_title
    return title if position.ownership != "I" else f"{title}, {held(position)}"


def held(position: PositionIdentity) -> str:
    """Directly, or by whom or what."""
    if position.ownership == "D":
        return "directly"
    return position.nature_of_ownership or ("indirectly" if position.ownership == "I" else _NONE)


def amount(text: str | None) -> str:
    """A number with its thousands grouped."""
    return _NONE if text is None else f"{Decimal(text):,f}"


def signed(text: str | None) -> str:
    """A number with its sign and its thousands grouped."""
    if text is None:
        return _NONE
    number = Decimal(text)
    return f"{number:+,f}" if number else "0"


def price(alert: HoldingChanged) -> str:
    """The average price, and the range where there is one."""
    trades = alert.trades
    if trades.average_price is None:
        return _NONE
    average = f"${Decimal(trades.average_price):,.2f}"
    if trades.lowest_price == trades.highest_price or trades.lowest_price is None or trades.highest_price is None:
        return average
    return f"{average} ({Decimal(trades.lowest_price):,.2f}-{Decimal(trades.highest_price):,.2f})"


def reason(alert: HoldingChanged) -> str:
    """Why: the codes in words, the plan, lateness, what is unexplained, and the footnotes that are the evidence."""
    return "; ".join(_reasons(alert))


def _reasons(alert: HoldingChanged) -> Iterable[str]:
    labels = [TRANSACTION_CODES[code].label if code in TRANSACTION_CODES else code for code in alert.trades.codes]
    if labels:
        yield " + ".join(labels)
    elif alert.kind == "opened":
        yield "first report"
    elif alert.kind == "restated":
        yield "holding restated"
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
    for text in alert.footnotes.values():
        yield f'"{shorten(text, _QUOTED, placeholder=" …")}"'
