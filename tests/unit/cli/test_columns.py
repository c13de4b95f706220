"""The columns of CSV."""

from decimal import Decimal

from contracts.holding_changed import HoldingChanged, Trades
from contracts.positions_updated import Position, PositionIdentity
from services.cli.columns import ALERT_COLUMNS, POSITION_COLUMNS
from tests.unit.cli.builders import alert, position, update


def test_an_alerts_columns_hold_its_fields_as_they_travel() -> None:
    """Decimals as text, unrounded; several tickers or codes apart by a space; what is absent is None."""
    told = alert(trades={"codes": ["M", "S"]}, change_percent="-33.33", explanation="transfer", is_amendment=True)
    row = {name: value(told) for name, value in ALERT_COLUMNS.items()}
    assert (row["ticker"], row["codes"], row["relationship"]) == ("ACM ACM.A", "M S", "director, CFO")
    assert (row["before"], row["after"], row["change"], row["change_percent"]) == ("4000", "3000", "-1000", "-33.33")
    assert (row["owner_cik"], row["issuer_cik"], row["filing_id"]) == (
        "0001494730",
        "0001318605",
        "0000000001-24-000001",
    )
    assert (row["value"], row["explanation"], row["is_amendment"], row["days_late"]) == (
        "25500",
        "transfer",
        True,
        None,
    )
    assert str(row["date"]) == "2024-03-05"


def test_an_alert_without_trades_is_dated_by_its_period() -> None:
    """As in the table."""
    filing = {"filing_id": "f", "form_type": "3", "source_format": "xml", "period_of_report": "2024-02-01"}
    assert str(ALERT_COLUMNS["date"](alert(trades=None, filing=filing))) == "2024-02-01"


def test_every_number_of_an_alert_has_a_column() -> None:
    """A field that the contract gains must be given a column, or a reason here why it has none."""
    without = {"alert_id", "co_owners", "footnotes", "filing", "issuer", "owner", "position", "trades"}
    apart = {"first_date", "last_date", "count"}
    assert set(HoldingChanged.model_fields) - without <= set(ALERT_COLUMNS)
    assert set(Trades.model_fields) - apart <= set(ALERT_COLUMNS)


def test_a_positions_columns_hold_its_fields() -> None:
    """Shares and value in columns of their own."""
    notes = position(
        shares=None, value="2000000", table="derivative", exercise_price="12.50", underlying_title="Common"
    )
    row = {name: value(update(), notes) for name, value in POSITION_COLUMNS.items()}
    assert (row["shares"], row["value"], row["table"]) == (None, "2000000", "derivative")
    assert (row["exercise_price"], row["underlying"], row["version"]) == ("12.50", "Common", 1)
    assert (row["owner"], row["ticker"]) == ("DOE JANE", "ACM ACM.A")


def test_every_field_of_a_position_has_a_column() -> None:
    """But those that serve the ledger alone."""
    renamed = {"security_title": "security", "underlying_title": "underlying"}
    internal = {"accepted_at", "day_amounts", "held_before", "unexplained_change"}
    fields = (set(PositionIdentity.model_fields) | set(Position.model_fields)) - internal
    assert {renamed.get(field, field) for field in fields} <= set(POSITION_COLUMNS)


def test_a_value_survives_csv_as_a_number() -> None:
    """No grouping, no sign of money."""
    assert Decimal(str(ALERT_COLUMNS["value"](alert()))) == Decimal(25_500)
