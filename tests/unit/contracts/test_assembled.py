"""Models that are assembled without validation have every field, so that none is missing in their JSON."""

from datetime import date

import pytest

from contracts.base import Contract
from contracts.holding_changed import HoldingChanged, Trades
from contracts.positions_updated import Position, PositionIdentity, PositionsUpdated
from contracts.transactions_reported import TransactionsReported
from services.holdings.alerts import build_alert
from services.holdings.ledger import apply
from tests.holdings_cases.filing_builders import buy, filing, option, sell, trade


@pytest.fixture
def reports() -> list[TransactionsReported]:
    """Parse two filings that give alerts with trades, of shares and of an option."""
    return [
        filing(1, "2023-05-01", buy(500, 9000), option(trade("A", "A", 100, 100))),
        filing(2, "2023-06-01", sell(500, 8500)),
    ]


def test_assembled_models_have_every_field_in_order(reports: list[TransactionsReported]) -> None:
    """A field that is added to a contract later must not be left out of the JSON in silence."""
    book = None
    assembled: list[Contract] = []
    for report in reports:
        applied = apply(book, report)
        book = applied.book
        alerts = [build_alert(draft, report) for draft in applied.drafts]
        assembled += [applied.event, *applied.event.positions, *alerts]
        assembled += [each.position for each in alerts]
        assembled += [entry for each in alerts for entry in each.trades]
    assert {type(each) for each in assembled} == {PositionsUpdated, Position, HoldingChanged, PositionIdentity, Trades}
    for each in assembled:
        assert list(each.__dict__) == list(type(each).model_fields)


def test_assembled_models_are_what_the_constructor_makes(reports: list[TransactionsReported]) -> None:
    """Values are of the declared types, although none is checked."""
    applied = apply(None, reports[0])
    book = applied.event
    assert PositionsUpdated.model_validate_json(book.model_dump_json()) == book
    for draft in applied.drafts:
        alert = build_alert(draft, reports[0])
        assert HoldingChanged.model_validate_json(alert.model_dump_json()) == alert
        assert isinstance(alert.trades[0].first_date, date)
