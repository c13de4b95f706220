"""Builders for the filings of an invented owner, one line of code each, so that cases need no external files."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from msgspec import convert
from msgspec.structs import replace

from contracts.enumerations import FormType, Table
from contracts.structs import Filing, Holding, Issuer, Owner, Signature, Transaction, TransactionsReported

ISSUER: Final = Issuer(
    key="0007100002", cik="0007100002", name="GLOBEX RIVET CORP", trading_symbol="GLBX", tickers=("GLBX",)
)
OWNER: Final = Owner(key="0007000003", cik="0007000003", name="VANCE ORLA M", is_director=False, is_officer=True)
COMMON: Final = "Common Stock"
RSU: Final = "Restricted Stock Units"
OPTION: Final = "Stock Option (right to buy)"
TRUST: Final = "By Trust"
_AFTERNOON: Final = time(21, 0, tzinfo=UTC)
_PERIOD: Final = date.min
"""Placeholder for the period of the filing, until the line is part of one."""

Line = Transaction | Holding
Amount = int | str | None


def trade(  # noqa: PLR0913 - a line has as many columns
    code: str | None,
    side: str | None,
    shares: Amount,
    after: Amount,
    *,
    day: str | None = "",
    at: Amount = None,
    title: str | None = COMMON,
    by: str | None = None,
    notes: Mapping[str, tuple[str, ...]] | None = None,
    **fields: Any,
) -> Transaction:
    """Make a transaction line. `by` is an indirect holder; an empty `day` is the period of the filing."""
    return convert(
        _common(after, title, by, notes)
        | {"transaction_date": _PERIOD if day == "" else day, "code": code, "acquired_disposed": side, "form_type": "4"}
        | {"shares": _text(shares), "price_per_share": _text(at)}
        | fields,
        Transaction,
    )


def buy(shares: Amount, after: Amount, **fields: Any) -> Transaction:
    """Make a purchase (P, acquired)."""
    return trade("P", "A", shares, after, **fields)


def sell(shares: Amount, after: Amount, **fields: Any) -> Transaction:
    """Make a sale (S, disposed)."""
    return trade("S", "D", shares, after, **fields)


def hold(after: Amount, *, title: str | None = COMMON, by: str | None = None, **fields: Any) -> Holding:
    """Make a line that reports a holding without a transaction."""
    return convert(_common(after, title, by, fields.pop("notes", None)) | fields, Holding)


def derivative(line: Line, **terms: Any) -> Line:
    """Move a line to Table II, with the terms given."""
    return replace(line, **({"table": "derivative", "underlying_title": COMMON} | terms))


def option(line: Line, price: Amount = "12.5", expires: str | None = "2031-03-01", **terms: Any) -> Line:
    """Move a line to Table II as an option."""
    named = {"security_title": OPTION} if line.security_title == COMMON else {}
    expiration = date.fromisoformat(expires) if expires else None
    return derivative(line, exercise_price=_text(price), expiration_date=expiration, **named, **terms)


def rsu(line: Line, **terms: Any) -> Line:
    """Move a line to Table II as restricted stock units, without price and expiration."""
    named = {"security_title": RSU} if line.security_title == COMMON else {}
    return derivative(line, **named, **terms)


def filing(  # noqa: PLR0913 - a filing has as many facts
    number: int | str,
    period: str | None,
    *lines: Line,
    form: FormType = "4",
    filed: str | None = "",
    accepted: str | None = "",
    amends: str | None = None,
    notes: Mapping[str, str] | None = None,
    owner: Owner = OWNER,
    issuer: Issuer = ISSUER,
    **facts: Any,
) -> TransactionsReported:
    """Make a report. It is filed and accepted (5 p.m. Eastern or so) the day after the period, unless stated.

    `filed=None` is a filing without a filing date; `accepted` an ISO time in UTC, None for a filing without one.
    """
    day = date.fromisoformat(period) if period else None
    filed_on = date.fromisoformat(filed) if filed else _next_weekday(day) if day and filed is not None else None
    accepted_at = datetime.fromisoformat(accepted) if accepted else None
    if accepted == "" and filed_on is not None:
        accepted_at = datetime.combine(filed_on, _AFTERNOON)
    signed = facts.pop("signed", None)
    parties = {each: facts.pop(each) for each in ("owner_index", "owner_count", "co_owners") if each in facts}
    dated = [replace(_dated(each, day), line=place) for place, each in enumerate(lines)]
    return TransactionsReported(
        filing=convert(
            {
                "filing_id": number if isinstance(number, str) and len(number) > 4 else accession(int(number)),
                "form_type": form,
                "period_of_report": day,
                "date_of_original_submission": amends,
                "filed_on": filed_on,
                "accepted_at": accepted_at,
                "source_format": "xml",
                "signatures": (Signature(name="/s/ Orla Vance", date=signed),) if signed else (),
                **facts,
            },
            Filing,
        ),
        issuer=issuer,
        owner=owner,
        transactions=tuple(each for each in dated if isinstance(each, Transaction)),
        holdings=tuple(each for each in dated if isinstance(each, Holding)),
        footnotes=dict(notes or {}),
        **parties,
    )


def accession(number: int) -> str:
    """Return the accession number of a case's filing."""
    return f"0007000003-23-{number:06d}"


def _common(
    after: Amount, title: str | None, by: str | None, notes: Mapping[str, tuple[str, ...]] | None
) -> dict[str, Any]:
    table: Table = "non_derivative"
    return {
        "line": 0,
        "table": table,
        "security_title": title,
        "shares_owned_following": _text(after),
        "ownership": "D" if by is None else "I",
        "nature_of_ownership": by,
        "footnotes": dict(notes or {}),
    }


def _dated(line: Line, day: date | None) -> Line:
    """Give a trade the period as its date, unless it has a date or was made without one."""
    if isinstance(line, Transaction) and line.transaction_date == _PERIOD:
        return replace(line, transaction_date=day)
    return line


def _next_weekday(day: date) -> date:
    following = day + timedelta(1)
    return following + timedelta(7 - following.weekday()) if following.weekday() > 4 else following


def _text(amount: Amount) -> str | None:
    return None if amount is None else str(amount)
