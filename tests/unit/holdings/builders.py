"""Small builders for the ledger's tests: a report, its lines, and a book grown from reports."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from contracts.positions_updated import PositionsUpdated
from contracts.section16 import FormType, Table
from contracts.transactions_reported import Filing, Holding, Issuer, Owner, Transaction, TransactionsReported
from services.holdings.book import Book
from services.holdings.ledger import Applied, apply

Item = TypeVar("Item")

ISSUER = Issuer(key="0001318605", cik="0001318605", name="ACME CORP", trading_symbol="ACME", tickers=("ACME",))
OWNER = Owner(key="0001494730", cik="0001494730", name="DOE JANE", is_officer=True)
DAY = date(2024, 3, 4)


def traded(  # noqa: PLR0913 - a line has as many columns
    acquired_disposed: str | None,
    shares: str | None,
    following: str | None,
    *,
    line: int = 0,
    day: date | None = DAY,
    code: str = "P",
    title: str | None = "Common Stock",
    by: str | None = None,
    table: Table = "non_derivative",
    **fields: Any,
) -> Transaction:
    """A transaction: `by` is the nature of an indirect holding, None where the owner holds directly."""
    return Transaction.model_validate(
        {
            "line": line,
            "table": table,
            "security_title": title,
            "transaction_date": day,
            "code": code,
            "acquired_disposed": acquired_disposed,
            "shares": shares,
            "shares_owned_following": following,
            "ownership": "D" if by is None else "I",
            "nature_of_ownership": by,
            **fields,
        }
    )


def holding(
    following: str | None,
    *,
    line: int = 0,
    title: str | None = "Common Stock",
    by: str | None = None,
    table: Table = "non_derivative",
    **fields: Any,
) -> Holding:
    """A line that reports a holding without a transaction."""
    return Holding.model_validate(
        {
            "line": line,
            "table": table,
            "security_title": title,
            "shares_owned_following": following,
            "ownership": "D" if by is None else "I",
            "nature_of_ownership": by,
            **fields,
        }
    )


def report(
    *lines: Transaction | Holding,
    filing_id: str = "0000000001-24-000001",
    form: FormType = "4",
    period: date | None = DAY,
    accepted_at: datetime | None = None,
    footnotes: dict[str, str] | None = None,
    **filing: Any,
) -> TransactionsReported:
    """A report of the lines, numbered in the order given."""
    numbered = [each.model_copy(update={"line": number}) for number, each in enumerate(lines)]
    return TransactionsReported(
        filing=Filing.model_validate(
            {
                "filing_id": filing_id,
                "form_type": form,
                "period_of_report": period,
                "accepted_at": accepted_at,
                "source_format": "xml",
                **filing,
            }
        ),
        issuer=ISSUER,
        owner=OWNER,
        transactions=tuple(each for each in numbered if isinstance(each, Transaction)),
        holdings=tuple(each for each in numbered if isinstance(each, Holding)),
        footnotes=footnotes or {},
    )


def applied(*reports: TransactionsReported) -> Applied:
    """What came of the last of the reports, applied in the order given."""
    book: Book | None = None
    result: Applied | None = None
    for each in reports:
        result = apply(book, each)
        book = result.after
    assert result is not None
    return result


def amounts(book: PositionsUpdated) -> list[str | None]:
    """The shares of each position, in the book's order."""
    return [position.shares for position in book.positions]


def row(*values: object) -> tuple[object, ...]:
    """Values side by side, to be compared with plain numbers: a Decimal equals the int it is."""
    return values


def only(items: Iterable[Item]) -> Item:
    """The one item there is."""
    (item,) = items
    return item
