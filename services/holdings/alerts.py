"""A change to its alert: the evidence gathered from the lines behind it. Pure."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from contracts.envelope import event_id_of
from contracts.holding_changed import HoldingChanged, Trades
from contracts.positions_updated import Position, PositionIdentity
from contracts.transactions_reported import Transaction, TransactionsReported
from services.holdings.amounts import ZERO, Line, exactly, number, text
from services.holdings.ledger import Change
from services.holdings.timeliness import days_late

_CENT_OF_A_PERCENT: Final = Decimal("0.01")
_PRICE_STEP: Final = Decimal("0.0001")
"""Prices are filed to four decimals; an average is given to as many."""


_NO_TRADES: Final = Trades()


def alert_of(change: Change, report: TransactionsReported) -> HoldingChanged:
    """The alert of one changed position. The same report and change give the same alert, byte for byte."""
    with exactly():
        moved = None if change.before is None or change.after is None else change.after - change.before
        return HoldingChanged(
            alert_id=_alert_id(change, report),
            kind=change.kind,
            issuer=report.issuer,
            owner=report.owner,
            owner_index=report.owner_index,
            owner_count=report.owner_count,
            co_owners=report.co_owners,
            filing=report.filing,
            position=_identity(change.position),
            before=text(change.before),
            after=text(change.after),
            change=text(moved),
            change_percent=_percent(moved, change.before),
            reported_change=text(change.reported),
            unexplained_change=text(change.unexplained),
            explanation=change.explanation,
            trades=trades_of(change.transactions),
            rule_10b5_1_plan=report.filing.rule_10b5_1_plan,
            days_late=days_late(change.transactions, report.filing),
            is_amendment=report.filing.form_type.endswith("/A"),
            footnotes=_cited(change.lines, report),
        )


def trades_of(transactions: Sequence[Transaction]) -> Trades:
    """The lines summed. A sum is null where a line lacks what it needs: a part is not the whole.

    So is the average price of lines that go both ways: what an exercise cost and a sale gave is nobody's price.
    """
    if not transactions:
        return _NO_TRADES
    shares: Decimal | None = ZERO
    value: Decimal | None = ZERO
    prices: list[Decimal] = []
    for line in transactions:
        moved, price, dollars = number(line.shares), number(line.price_per_share), number(line.total_value)
        if line.total_value is None and moved is not None and price is not None:
            dollars = moved * price
        shares = None if shares is None or moved is None else shares + moved
        value = None if value is None or dollars is None else value + dollars
        if price is not None:
            prices.append(price)
    one_way = len({line.acquired_disposed for line in transactions}) == 1
    dates = [line.transaction_date for line in transactions if line.transaction_date is not None]
    return Trades(
        codes=tuple(dict.fromkeys(line.code for line in transactions if line.code)),
        shares=text(shares),
        value=text(value),
        average_price=text(_rounded(value / shares, _PRICE_STEP)) if one_way and value is not None and shares else None,
        lowest_price=text(min(prices, default=None)),
        highest_price=text(max(prices, default=None)),
        first_date=min(dates, default=None),
        last_date=max(dates, default=None),
        count=len(transactions),
    )


def _identity(position: Position) -> PositionIdentity:
    return PositionIdentity(
        position_id=position.position_id,
        table=position.table,
        security_title=position.security_title,
        ownership=position.ownership,
        nature_of_ownership=position.nature_of_ownership,
        holder_note=position.holder_note,
        exercise_price=position.exercise_price,
        exercise_date=position.exercise_date,
        expiration_date=position.expiration_date,
        underlying_title=position.underlying_title,
    )


def _alert_id(change: Change, report: TransactionsReported) -> str:
    """Who reported what, where: a filing's line moves one position of an owner, so the first names the change."""
    first = min(line.line for line in change.lines)
    identity = f"{report.issuer.key}|{report.owner.key}|{report.filing.filing_id}|{first}"
    return event_id_of("alert", identity)


def _percent(moved: Decimal | None, before: Decimal | None) -> str | None:
    if moved is None or not before:
        return None
    return text(_rounded(100 * moved / before, _CENT_OF_A_PERCENT))


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, rounding=ROUND_HALF_EVEN)


def _cited(lines: Iterable[Line], report: TransactionsReported) -> dict[str, str]:
    """The footnotes that the lines cite and the filing has, in the order of citing."""
    ids = [note for line in lines for notes in line.footnotes.values() for note in notes]
    return {note: report.footnotes[note] for note in dict.fromkeys(ids) if note in report.footnotes}
