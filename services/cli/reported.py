"""A filing as it was read, in a person's words: whose it is, the lines of its tables, what could not be read. Pure."""

from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import Final

from contracts.section16 import TRANSACTION_CODES
from contracts.transactions_reported import Diagnostic, Holding, Transaction, TransactionsReported
from services.cli.wording import amount, dollars, issuer_name, relationship

LINE_HEADINGS: Final = ("Date", "What", "Amount", "Price", "Security", "Held", "Holds after", "Notes")

_NONE: Final = "-"
_QUOTED: Final = 160  # characters of a footnote or of what could not be read; the whole is in the event


def heading(report: TransactionsReported) -> str:
    """The form, its day, and the issuer."""
    filing = report.filing
    day = filing.period_of_report or filing.filed_on or "of an unknown day"
    return f"Form {filing.form_type}  {day}  {issuer_name(report.issuer)}"


def owner_lines(reports: Sequence[TransactionsReported]) -> list[str]:
    """Each reporting owner, and what the owner is to the issuer."""
    return [f"{report.owner.name}, {relationship(report.owner)}" for report in reports]


def line_cells(line: Transaction | Holding) -> tuple[str, ...]:
    """A line of a table under `LINE_HEADINGS`."""
    trade = line if isinstance(line, Transaction) else None
    return (
        str(trade.transaction_date or _NONE) if trade else "",
        _what(trade) if trade else "holds",
        _traded(trade) if trade else "",
        _price(line),
        _security(line),
        line.nature_of_ownership or {"D": "directly", "I": "indirectly"}.get(line.ownership or "", _NONE),
        _amount(line.shares_owned_following, line.value_owned_following),
        " ".join(dict.fromkeys(identity for ids in line.footnotes.values() for identity in ids)),
    )


def lines_of(report: TransactionsReported) -> list[Transaction | Holding]:
    """Transactions and holdings in the order of the document."""
    return sorted((*report.transactions, *report.holdings), key=lambda line: line.line)


def notes(reports: Sequence[TransactionsReported]) -> Iterator[str]:
    """The footnotes, and then what could not be read, of all owners once."""
    for identity, text in reports[0].footnotes.items():
        yield f"{identity}  {shorten(text, _QUOTED, placeholder=' …')}"
    said: dict[str, None] = {}
    for report in reports:
        said.update(dict.fromkeys(_complaint(diagnostic) for diagnostic in report.diagnostics))
    yield from said


def _complaint(diagnostic: Diagnostic) -> str:
    words = diagnostic.code.replace("_", " ")
    where = f" in {diagnostic.field}" if diagnostic.field else ""
    raw = f": {shorten(diagnostic.raw, _QUOTED, placeholder=' …')}" if diagnostic.raw else ""
    return f"!   {words}{where}{raw}"


def _what(trade: Transaction) -> str:
    if trade.code is None:
        return _NONE
    label = TRANSACTION_CODES[trade.code].label if trade.code in TRANSACTION_CODES else "unknown code"
    return f"{trade.code} {label}"


def _traded(trade: Transaction) -> str:
    sign = {"A": "+", "D": "-"}.get(trade.acquired_disposed or "", "")
    return sign + _amount(trade.shares, trade.total_value)


def _price(line: Transaction | Holding) -> str:
    price = line.price_per_share if isinstance(line, Transaction) else None
    return "" if price is None else dollars(price)


def _security(line: Transaction | Holding) -> str:
    terms = [dollars(line.exercise_price)] if line.exercise_price is not None else []
    terms += [f"exp {line.expiration_date}"] if line.expiration_date is not None else []
    if isinstance(line, Holding) and line.underlying_shares is not None:
        terms.append(f"into {amount(line.underlying_shares)} {line.underlying_title or 'shares'}")
    title = line.security_title or _NONE
    return f"{title} ({', '.join(terms)})" if terms else title


def _amount(shares: str | None, value: str | None) -> str:
    if shares is not None:
        return amount(shares)
    return _NONE if value is None else dollars(value)
