"""Builders for the ledger's tests: reports and their lines, and chains, accounts and positions as made of them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

from msgspec import convert
from msgspec.structs import replace

from contracts.enumerations import FormType, Table
from contracts.structs import Filing, Holding, Issuer, Owner, Transaction, TransactionsReported
from services.holdings.accounts import Account, HeldPosition
from services.holdings.book import Book
from services.holdings.chains import Chain, ChainStep, summarize
from services.holdings.filed_report import FiledReport
from services.holdings.labels import Label
from services.holdings.ledger import ApplyResult, apply

Item = TypeVar("Item")

ISSUER: Final = Issuer(key="0001318605", cik="0001318605", name="ACME CORP", trading_symbol="ACME", tickers=("ACME",))
OWNER: Final = Owner(key="0001494730", cik="0001494730", name="DOE JANE", is_officer=True)
DAY: Final = date(2024, 3, 4)


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
    """Make a transaction; `by` is the nature of an indirect holding, None if the owner holds directly."""
    return convert(
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
        },
        Transaction,
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
    """Make a line that reports a holding without a transaction."""
    return convert(
        {
            "line": line,
            "table": table,
            "security_title": title,
            "shares_owned_following": following,
            "ownership": "D" if by is None else "I",
            "nature_of_ownership": by,
            **fields,
        },
        Holding,
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
    """Make a report of the lines, numbered in the order given."""
    numbered = [replace(each, line=number) for number, each in enumerate(lines)]
    return TransactionsReported(
        filing=convert(
            {
                "filing_id": filing_id,
                "form_type": form,
                "period_of_report": period,
                "accepted_at": accepted_at,
                "source_format": "xml",
                **filing,
            },
            Filing,
        ),
        issuer=ISSUER,
        owner=OWNER,
        transactions=tuple(each for each in numbered if isinstance(each, Transaction)),
        holdings=tuple(each for each in numbered if isinstance(each, Holding)),
        footnotes=footnotes or {},
    )


def applied(*reports: TransactionsReported) -> ApplyResult:
    """Apply the reports in the order given, and return the result of the last."""
    book: Book | None = None
    result: ApplyResult | None = None
    for each in reports:
        result = apply(book, each)
        book = result.book
    assert result is not None
    return result


def only(items: Iterable[Item]) -> Item:
    """Return the one item there is."""
    (item,) = items
    return item


def row(*values: object) -> tuple[object, ...]:
    """Return values side by side, to be compared with plain numbers: a Decimal equals the int it is."""
    return values


def amount(value: int | str | None) -> Decimal | None:
    """Return a number as an amount."""
    return None if value is None else Decimal(value)


def label(title: str = "Common Stock", by: str | None = None, **terms: Any) -> Label:
    """Make a label; terms of a derivative put it into Table II."""
    table: Table = "derivative" if terms or title == "RSU" else "non_derivative"
    return Label(table, title, "D" if by is None else "I", by, **terms)


def step(
    delta: int | str | None, reported_after: int | str | None, *, code: str | None = "S", day: date | None = DAY
) -> ChainStep:
    """Make a trade's step; a negative amount is disposed of."""
    return ChainStep(code, day, amount(delta), amount(reported_after))


def listed(reported_after: int | str | None) -> ChainStep:
    """Make the step of a holding line."""
    return ChainStep(None, None, Decimal(0), amount(reported_after), is_trade=False)


def chain(of: Label, *steps: ChainStep, **more: Any) -> Chain:
    """Make a chain of steps under a label."""
    trades = any(each.is_trade for each in steps)
    return Chain(of, of.security, of.holder, more.pop("unit", "shares"), steps, summarize(steps), trades, **more)


def account(before: int | str | None, after: int | str | None, *, days: int = 0, **more: Any) -> Account:
    """Make an account of trades dated `days` after `DAY`; `total` is the difference unless given."""
    first, last = amount(before), amount(after)
    total = more.pop("total", None if first is None or last is None else last - first)
    of_filing: dict[str, Any] = {"filing": 0, "chains": (0,), "kind": "trades", "day": DAY + timedelta(days)}
    return Account(**of_filing | {"before": first, "after": last, "total": total} | more)


def position(of: Label, *accounts: Account, position_id: str = "p", **more: Any) -> HeldPosition:
    """Make a position with its accounts."""
    return HeldPosition.labelled(of, position_id, more.pop("unit", "shares"), accounts, **more)


def filed(*chains: Chain, filing_id: str = "0000000001-24-000001", day: date | None = DAY, **more: Any) -> FiledReport:
    """Make what the state keeps of a filing, a Form 4 unless stated."""
    facts: dict[str, Any] = {
        "form_type": "4",
        "accepted_at": None,
        "period": day,
        "original": None,
        "fingerprint": "",
        "size": 1,
    }
    return FiledReport(filing_id=filing_id, day=day, chains=chains, **facts | more)
