"""Small alerts, positions, reports and records for the tests of the command's output."""

from datetime import date
from typing import Any

from msgspec import convert

from contracts.structs import HoldingChanged, Issuer, Owner, Position, PositionsUpdated, Trades, TransactionsReported

ISSUER = Issuer(
    key="0001318605", cik="0001318605", name="ACME CORP", trading_symbol="ACM, ACM.A", tickers=("ACM", "ACM.A")
)
OWNER = Owner(
    key="0001494730",
    cik="0001494730",
    name="DOE JANE",
    is_director=True,
    is_officer=True,
    is_ten_percent_owner=False,
    is_other=False,
    officer_title="CFO",
)
FILING_ID = "0000000001-24-000001"
POSITION = {
    "position_id": "p1",
    "table": "non_derivative",
    "security_title": "Common Stock",
    "ownership": "D",
}
OPTION = {
    "table": "derivative",
    "security_title": "Option",
    "exercise_price": "18.5",
    "expiration_date": "2031-05-14",
    "underlying_title": "Common Stock",
}
SALE: dict[str, Any] = {
    "line": 1,
    "table": "non_derivative",
    "security_title": "Common Stock",
    "transaction_date": "2024-03-04",
    "code": "S",
    "shares": "1000",
    "price_per_share": "25.5",
    "acquired_disposed": "D",
    "shares_owned_following": "3000",
    "ownership": "I",
    "nature_of_ownership": "By Trust",
    "footnotes": {"price_per_share": ["F2"], "shares": ["F1", "F2"]},
}
WARRANT: dict[str, Any] = {
    "line": 0,
    "table": "derivative",
    "security_title": "Warrant",
    "exercise_price": "1.5",
    "expiration_date": "2029-07-19",
    "underlying_title": "Common Stock",
    "underlying_shares": "20000",
    "ownership": "D",
}


def filing(**fields: Any) -> dict[str, Any]:
    """Return a Form 4 without dates, with `fields` changed."""
    return {"filing_id": FILING_ID, "form_type": "4", "source_format": "xml", **fields}


def trade(**fields: Any) -> Trades:
    """Return a sale of 1,000 shares at $25.50 over two days, with `fields` changed."""
    return convert(
        {
            "code": "S",
            "acquired_disposed": "D",
            "shares": "1000",
            "value": "25500",
            "average_price": "25.5",
            "lowest_price": "25.5",
            "highest_price": "25.5",
            "first_date": "2024-03-04",
            "last_date": "2024-03-05",
            "count": 2,
            "lines": [0, 1],
            **fields,
        },
        Trades,
    )


def bare_trade(code: str | None, side: str | None, shares: str | None = "40000", **fields: Any) -> Trades:
    """Return a trade with only a code, a side, shares and `fields`."""
    return convert({"code": code, "acquired_disposed": side, "shares": shares, "count": 1, **fields}, Trades)


def alert(**fields: Any) -> HoldingChanged:
    """Return a sale of 1,000 of 4,000 shares, with `fields` changed; those of `position` are merged."""
    position = fields.pop("position", {})
    return convert(
        {
            "alert_id": "a1",
            "kind": "decreased",
            "issuer": ISSUER,
            "owner": OWNER,
            "filing": filing(),
            "position": {**POSITION, **position},
            "lines": [0, 1],
            "before": "4000",
            "after": "3000",
            "change": "-1000",
            "change_percent": "-25",
            "reported_change": "-1000",
            "ledger_before": "4000",
            "unexplained_change": "0",
            "current": "3000",
            "trades": [trade()],
            **fields,
        },
        HoldingChanged,
    )


def restated(**fields: Any) -> HoldingChanged:
    """Return a holding line without a trade: 2,750 shares instead of 2,500 in the ledger, with `fields` changed."""
    usual: dict[str, Any] = {
        "kind": "restated",
        "trades": [],
        "before": "2750",
        "after": "2750",
        "change": "0",
        "change_percent": "0",
        "reported_change": "0",
        "ledger_before": "2500",
        "unexplained_change": "250",
        "current": "2750",
        "filing": filing(period_of_report="2024-02-01"),
    }
    return alert(**{**usual, **fields})


def position(**fields: Any) -> Position:
    """Return 3,000 shares held directly, with `fields` changed."""
    return convert(
        {**POSITION, "shares": "3000", "as_of": date(2024, 3, 5), "filing_id": FILING_ID, **fields}, Position
    )


def update(*positions: Position, **fields: Any) -> PositionsUpdated:
    """Return an owner's positions in an issuer."""
    return convert(
        {
            "owner": OWNER,
            "issuer": ISSUER,
            "version": 1,
            "updated_by": FILING_ID,
            "positions": positions,
            **fields,
        },
        PositionsUpdated,
    )


def report(**fields: Any) -> TransactionsReported:
    """Return one owner's sale and warrant, with `fields` changed."""
    return convert(
        {
            "filing": filing(source_format="text", period_of_report="2024-03-04"),
            "issuer": ISSUER,
            "owner": OWNER,
            "transactions": [SALE],
            "holdings": [WARRANT],
            "footnotes": {"F1": "One.", "F2": "Two."},
            "diagnostics": [{"code": "malformed_number", "field": "holdings[0].shares", "raw": "30,7836"}],
            **fields,
        },
        TransactionsReported,
    )
