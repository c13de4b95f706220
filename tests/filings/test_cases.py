"""Real and made-up filings of kinds that the corpus lacks: every value as the page shows it, or null."""

from typing import Any

import pytest

from contracts.transactions_reported import TransactionsReported
from services.parser import parse_filing
from tests.filings.corpus import CORPUS

CASES = CORPUS.parent / "cases" / "parser"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason=f"needs the cases in {CASES}")


def read(name: str) -> list[TransactionsReported]:
    """Return the events of a case."""
    return parse_filing((CASES / name).read_bytes())


def values(part: Any, *names: str) -> tuple[Any, ...]:
    """Return the values of some fields."""
    return tuple(getattr(part, name) for name in names)


def test_form_3_of_2003_has_holdings_alone() -> None:
    """First Mid-Illinois: a holding with shares in the place of a transaction's."""
    (event,) = read("xml-2003/0000700565-03-000110.xml")
    assert event.transactions == ()
    amounts = [values(line, "shares_owned_following", "ownership", "underlying_shares") for line in event.holdings]
    assert amounts == [("220.5830", "I", None), (None, "D", "1000")]
    assert event.issuer.tickers == ("FMBH",)


def test_form_5_of_2003_has_its_prices() -> None:
    """Education Lending: `transactionValue` is the price of a gift."""
    (event,) = read("xml-2003/0001181431-03-009430.xml")
    prices = [values(line, "code", "shares", "price_per_share", "acquired_disposed") for line in event.transactions]
    assert prices == [("G", "500", "3.75", "D"), ("G", "35000", "3.85", "A")]
    assert (event.diagnostics, event.issuer.tickers) == ((), ("EDLG",))


def test_form_type_with_a_nested_field_is_read() -> None:
    """Starbucks: the form type has another field within it."""
    (event,) = read("xml-2003/0001209191-03-003774.xml")
    assert values(event.filing, "form_type", "no_securities_owned") == ("3", False)
    assert [line.shares_owned_following for line in event.holdings] == ["57864", "200", None, None]
