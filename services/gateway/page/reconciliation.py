"""A position's change as an addition: held before, what the lines report, what they do not, held now. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contracts.structs import HoldingChanged, Position, Trades
from services.gateway.amounts import number
from services.gateway.amounts import price as price_text
from services.gateway.filing_facts import unreconciled_change
from services.gateway.page import figures
from services.gateway.page.figures import Amount
from services.section16.vocabulary import TRANSACTION_CODES
from services.section16.wording import plural

_NOUNS: Final = {
    "P": "Purchase",
    "S": "Sale",
    "A": "Grant or award",
    "D": "Returned to the issuer",
    "F": "Withheld for tax or price",
    "M": "Exercise or vesting",
    "C": "Conversion",
    "G": "Gift",
    "J": "Other",
    "X": "Exercise",
    "O": "Exercise",
}
_EXPLAINED: Final = {
    "rounding": "Rounding",
    "split": "Stock split",
    "transfer": "Moved between holdings",
    "amendment": "Corrected by amendment",
    "late_report": "Reported late",
    "stated": "Stated in a footnote",
    "line_error": "A line contradicts the total",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an addition; `value` is None if it is not known."""

    label: str
    value: Amount | None
    soft: bool = True


@dataclass(frozen=True, slots=True)
class Addition:
    """The addition of one position, and what it comes to."""

    title: str
    held: str
    steps: tuple[Step, ...]
    total: Amount | None
    verdict: str
    reconciles: bool


def addition_of(alert: HoldingChanged) -> Addition:
    """Return the addition of an alert: from what the ledger held, if it is known, to what is held as filed."""
    verdict, reconciles = _verdict(alert)
    return Addition(
        title=alert.position.security_title or "Security without a title",
        held=holder_of(alert.position.ownership, alert.position.nature_of_ownership),
        steps=tuple(_steps(alert)),
        total=figures.amount(number(alert.after)),
        verdict=verdict,
        reconciles=reconciles,
    )


def holder_of(ownership: str | None, nature: str | None) -> str:
    """Return how a position is held, in the words of the filing."""
    if ownership == "I":
        return nature or "indirect"
    return "direct" if ownership == "D" else "not stated how"


def terms_of(position: Position) -> str:
    """Return a derivative's price and last day, as in `at $350.02 to 20 Jan 2028`."""
    price = number(position.exercise_price)
    parts = [f"at {figures.price(price, currency=position.currency)}"] if price else []
    if position.expiration_date is not None:
        last = figures.day(position.expiration_date)
        parts.append(f"past expiry, {last}" if position.expired else f"to {last}")
    return " ".join(parts)


def is_reconciled(alert: HoldingChanged) -> bool:
    """Return whether trades and ledger agree, or differ for a known cause."""
    return not unreconciled_change(alert)


def _steps(alert: HoldingChanged) -> Iterator[Step]:
    before = alert.before if alert.ledger_before is None else alert.ledger_before
    yield Step("Held before", figures.amount(number(before)))
    for trade in alert.trades:
        yield Step(_trade_words(trade), _trade_amount(trade, alert.position.table))
    if difference := number(alert.unexplained_change):
        label = _EXPLAINED.get(alert.explanation or "", "Not explained by the lines")
        yield Step(label, figures.amount(difference, signed=True), soft=is_reconciled(alert))


def _trade_words(trade: Trades) -> str:
    code = trade.code or ""
    known = TRANSACTION_CODES.get(code)
    noun = _NOUNS.get(code) or (known.label.capitalize() if known else "Trade")
    low, high = number(trade.lowest_price), number(trade.highest_price)
    prices = ""
    if low is not None and high is not None and high > 0:
        lowest, highest = (price_text(price, trade.currency) for price in (low, high))
        prices = f" at {lowest}" if lowest == highest else f" at {lowest} to {highest}"
    return f"{noun}, {plural(trade.count, 'line')}{prices}"


def _trade_amount(trade: Trades, table: str) -> Amount | None:
    shares = number(trade.shares)
    if shares is None:
        return None
    signed = -shares if trade.acquired_disposed == "D" else shares
    return figures.amount(signed, signed=True, side=side_of(trade.code, table))


def side_of(code: str | None, table: str) -> str:
    """Return the colour of a line: only purchases and sales of non-derivative securities have one."""
    return {"P": "buy", "S": "sell"}.get(code or "", "") if table == "non_derivative" else ""


def _verdict(alert: HoldingChanged) -> tuple[str, bool]:
    difference = number(alert.unexplained_change)
    if difference is None:
        if alert.ledger_before is None:
            return "First filing seen for this holding.", True
        return "The filing does not state all amounts.", True
    if difference == 0:
        return "Reconciles to the share.", True
    if is_reconciled(alert):
        return "Reconciles once that is counted.", True
    return "Does not reconcile: a filing may be missing from this tape, or the form is wrong.", False


def change_of(alert: HoldingChanged) -> Amount | None:
    """Return an alert's change, signed; of a restatement, which trades nothing, from what the ledger held."""
    after, ledger = number(alert.after), number(alert.ledger_before)
    if alert.kind == "restated":
        return None if after is None or ledger is None else figures.amount(after - ledger, signed=True)
    return figures.amount(number(alert.change), signed=True)
