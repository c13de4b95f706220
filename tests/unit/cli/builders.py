"""Alerts, positions and records, as small as tests of what is shown need them."""

from datetime import date
from typing import Any

from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import Position, PositionsUpdated
from contracts.transactions_reported import Issuer, Owner

ISSUER = Issuer(
    key="0001318605", cik="0001318605", name="ACME CORP", trading_symbol="ACM, ACM.A", tickers=("ACM", "ACM.A")
)
OWNER = Owner(
    key="0001494730", cik="0001494730", name="DOE JANE", is_director=True, is_officer=True, officer_title="CFO"
)
POSITION = {
    "position_id": "p1",
    "table": "non_derivative",
    "security_title": "Common Stock",
    "ownership": "D",
}
TRADES = {
    "codes": ["S"],
    "shares": "1000",
    "value": "25500",
    "average_price": "25.5",
    "lowest_price": "25.5",
    "highest_price": "25.5",
    "first_date": "2024-03-04",
    "last_date": "2024-03-05",
    "count": 2,
}


def alert(**fields: Any) -> HoldingChanged:
    """A sale of 1,000 of 4,000 shares, but for `fields`; those of `trades` and `position` are laid over the usual."""
    trades, position = fields.pop("trades", {}), fields.pop("position", {})
    return HoldingChanged.model_validate(
        {
            "alert_id": "a1",
            "kind": "decreased",
            "issuer": ISSUER,
            "owner": OWNER,
            "filing": {"filing_id": "0000000001-24-000001", "form_type": "4", "source_format": "xml"},
            "position": {**POSITION, **position},
            "before": "4000",
            "after": "3000",
            "change": "-1000",
            "change_percent": "-25",
            "reported_change": "-1000",
            "unexplained_change": "0",
            "trades": {**TRADES, **trades} if trades is not None else {},
            **fields,
        }
    )


def position(**fields: Any) -> Position:
    """3,000 shares held directly, but for `fields`."""
    return Position.model_validate(
        {**POSITION, "shares": "3000", "as_of": date(2024, 3, 5), "filing_id": "0000000001-24-000001", **fields}
    )


def update(*positions: Position, **fields: Any) -> PositionsUpdated:
    """An owner's positions in an issuer, set by the filing that `position` names."""
    return PositionsUpdated.model_validate(
        {
            "owner": OWNER,
            "issuer": ISSUER,
            "version": 1,
            "updated_by": "0000000001-24-000001",
            "positions": positions,
            **fields,
        }
    )
