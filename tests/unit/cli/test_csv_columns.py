"""The columns of CSV output."""

import json
from datetime import date
from decimal import Decimal

from contracts.structs import Filing, HoldingChanged, Position, PositionIdentity, Trades
from services.cli.render.csv_columns import POSITION_COLUMNS
from services.section16.alert_csv import ALERT_COLUMNS, ALERT_CSV_COLUMNS, TRADE_COLUMNS, alert_csv_rows
from tests.unit.cli.builders import OPTION, alert, bare_trade, filing, position, restated, trade, update

TODAY = date(2024, 6, 1)


def rows(changed: HoldingChanged) -> list[dict[str, object]]:
    """Return the rows of an alert, each as values by column name."""
    return [dict(zip(ALERT_CSV_COLUMNS, row, strict=True)) for row in alert_csv_rows(changed)]


def test_an_alerts_columns_have_its_fields_as_in_the_event() -> None:
    """Decimals are unrounded text; several tickers are separated by a space; absent values are None."""
    (row,) = rows(alert(change_percent="-33.33", explanation="transfer", is_amendment=True, current="3500"))
    assert (row["ticker"], row["relationship"], row["is_director"]) == ("ACM ACM.A", "director, CFO", True)
    assert (row["before"], row["after"], row["change"], row["change_percent"]) == ("4000", "3000", "-1000", "-33.33")
    assert (row["owner_cik"], row["issuer_cik"], row["filing_id"]) == (
        "0001494730",
        "0001318605",
        "0000000001-24-000001",
    )
    assert (row["code"], row["value"], row["average_price"], row["trade_lines"]) == ("S", "25500", "25.5", "0 1")
    assert (row["explanation"], row["is_amendment"], row["days_late"]) == ("transfer", True, None)
    assert (row["ledger_before"], row["current"], row["is_current"], row["lines"]) == ("4000", "3500", True, "0 1")
    assert row["date"] == "2024-03-05"


def test_each_trade_of_an_alert_is_a_row_with_the_alerts_columns_repeated() -> None:
    """A table can then be grouped by code, and counted by alert."""
    first, second = rows(alert(trades=[bare_trade("M", "A", "10000"), trade()]))
    assert (first["alert_id"], second["alert_id"]) == ("a1", "a1")
    assert (first["trades"], first["trade"], first["code"], first["shares"], first["value"]) == (
        2,
        0,
        "M",
        "10000",
        None,
    )
    assert (second["trades"], second["trade"], second["code"], second["shares"]) == (2, 1, "S", "1000")


def test_a_holding_without_a_trade_is_a_row_without_one() -> None:
    """No alert is lost in a table of trades."""
    (row,) = rows(restated())
    assert (row["kind"], row["after"], row["trades"], row["trade"]) == ("restated", "2750", 0, None)
    assert all(row[name] is None for name in TRADE_COLUMNS)


def test_times_terms_and_evidence_have_columns() -> None:
    """The table omits these: acceptance, filing date, a derivative's terms, complete footnotes."""
    changed = alert(
        filing=filing(filed_on="2024-03-06", accepted_at="2024-03-06T21:30:00Z"),
        position=OPTION,
        footnotes={"F1": "“Quoted”, and\nbroken."},
        explained_by=[{"kind": "footnote", "id": "F1"}],
        diagnostics=[{"code": "odd_price", "raw": "1,0"}],
    )
    (row,) = rows(changed)
    assert (str(row["filed_on"]), row["accepted_at"]) == ("2024-03-06", "2024-03-06T21:30:00+00:00")
    assert (row["security"], row["underlying"]) == ("Option", "Common Stock")
    assert (row["exercise_price"], str(row["expiration_date"])) == ("18.5", "2031-05-14")
    assert json.loads(str(row["footnotes"])) == {"F1": "“Quoted”, and\nbroken."}
    assert json.loads(str(row["explained_by"])) == [{"kind": "footnote", "id": "F1"}]
    assert json.loads(str(row["diagnostics"])) == [{"code": "odd_price", "field": None, "raw": "1,0"}]
    assert row["co_owners"] is None


def test_every_field_of_an_alert_has_a_column() -> None:
    """A new field of the contract needs a column, or a reason in this test."""
    renamed = {"security_title": "security", "underlying_title": "underlying", "lines": "trade_lines"}
    parts = {"filing", "issuer", "owner", "position", "trades"}
    assert set(HoldingChanged.__struct_fields__) - parts <= set(ALERT_COLUMNS)
    assert {renamed.get(name, name) for name in Trades.__struct_fields__} - {"count"} <= set(TRADE_COLUMNS)
    assert {renamed.get(name, name) for name in PositionIdentity.__struct_fields__} <= set(ALERT_COLUMNS)
    boxes = {"no_securities_owned", "form3_holdings_reported", "form4_transactions_reported"}
    whole = {"signatures", "remarks", "source_format", "schema_version"}  # of the filing, not of the alert
    assert set(Filing.__struct_fields__) - boxes - whole <= set(ALERT_COLUMNS)


def test_a_positions_columns_have_its_fields() -> None:
    """Shares and value have separate columns; expired is also true if the day has passed since the last filing."""
    notes = position(**{**OPTION, "expiration_date": "2024-05-31"}, shares=None, value="2000000", unconfirmed=True)
    row = {name: value(update(), notes, TODAY) for name, value in POSITION_COLUMNS.items()}
    assert (row["shares"], row["value"], row["table"]) == (None, "2000000", "derivative")
    assert (row["exercise_price"], row["underlying"], row["version"]) == ("18.5", "Common Stock", 1)
    assert (row["owner"], row["ticker"]) == ("DOE JANE", "ACM ACM.A")
    assert (row["expired"], row["unconfirmed"]) == (True, True)


def test_every_field_of_a_position_has_a_column() -> None:
    """A new field of the contract needs a column."""
    renamed = {"security_title": "security", "underlying_title": "underlying"}
    fields = set(PositionIdentity.__struct_fields__) | set(Position.__struct_fields__)
    assert {renamed.get(field, field) for field in fields} <= set(POSITION_COLUMNS)


def test_a_value_survives_csv_as_a_number() -> None:
    """There is no grouping and no currency sign."""
    assert Decimal(str(TRADE_COLUMNS["value"](trade()))) == Decimal(25_500)
