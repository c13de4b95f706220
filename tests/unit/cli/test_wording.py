"""Words and numbers that all tables share."""

from typing import Any

import pytest

from contracts.structs import Issuer, Owner
from services.cli.render.wording import amount, held, issuer_name, money, quoted, security, signed
from services.section16.owner_roles import relationship
from services.section16.wording import plural, shortened, ticker
from tests.unit.cli.builders import ISSUER, OPTION, position

NO_ROLE: dict[str, Any] = {"is_director": False, "is_officer": False, "is_ten_percent_owner": False, "is_other": False}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0", "$0"),
        ("7", "$7"),
        ("1234567.5", "$1,234,567.50"),
        ("0.0005", "$0.0005"),
        ("634.4608", "$634.46"),
        ("-1000", "-$1,000"),
        ("-0.0005", "-$0.0005"),
    ],
)
def test_dollars_have_cents_if_there_are_any(text: str, shown: str) -> None:
    """A fraction of a cent is shown rather than rounded to zero."""
    assert money(text) == shown
    assert money(text, "USD") == shown


def test_another_currency_has_its_code() -> None:
    """Other currencies must not look like dollars."""
    assert (money("1250", "EUR"), money("-1250.5", "CAD")) == ("EUR 1,250", "-CAD 1,250.50")


def test_numbers_keep_every_digit_and_group_their_thousands() -> None:
    """Fractions of shares are real; a change always has a sign, except for zero."""
    assert (amount("1612.4375"), amount("12345678901234567890")) == ("1,612.4375", "12,345,678,901,234,567,890")
    assert (signed("1000"), signed("-1000.5"), signed("0.00")) == ("+1,000", "-1,000.5", "0")
    assert (plural(1, "alert"), plural(1234, "alert")) == ("1 alert", "1,234 alerts")


def test_a_relationship_lists_every_role() -> None:
    """The roles are in the form's order; a title replaces the word officer."""
    everything = Owner(
        key="k",
        name="N",
        is_director=True,
        is_officer=True,
        is_ten_percent_owner=True,
        is_other=True,
        other_text="Trustee",
    )
    assert relationship(everything) == "director, officer, 10% owner, Trustee"
    assert relationship(Owner(key="k", name="N", is_other=True)) == "other"


def test_a_relationship_that_is_not_readable_is_not_called_unstated() -> None:
    """A rendered page may not show its boxes; a form with no box ticked is another case."""
    assert relationship(Owner(key="k", name="N")) == "relationship not readable"
    assert relationship(Owner(key="k", name="N", **{**NO_ROLE, "is_other": None})) == "relationship not readable"
    assert relationship(Owner(key="k", name="N", **NO_ROLE)) == "relationship not stated"
    assert relationship(Owner(key="k", name="N", is_director=True)) == "director"


def test_an_issuer_is_shown_by_its_ticker_if_it_has_one() -> None:
    """The first of several tickers is shown."""
    private = Issuer(key="k", name="ACME CORP")
    assert (ticker(ISSUER), issuer_name(ISSUER)) == ("ACM", "ACM ACME CORP")
    assert (ticker(private), issuer_name(private)) == ("ACME CORP", "ACME CORP")


def test_a_security_without_a_title_is_called_untitled() -> None:
    """A line may have no title; its terms are shown nevertheless."""
    assert security(position(security_title=None)) == "untitled security"
    untitled = position(**{**OPTION, "security_title": None})
    assert security(untitled, "EUR") == "untitled security (EUR 18.50, exp 2031-05-14)"


def test_unreadable_ownership_is_a_dash() -> None:
    """A dash is shown."""
    assert held(position(ownership=None)) == "-"
    assert held(position(ownership="I")) == "indirectly"


def test_a_quoted_text_is_on_one_line_and_cut_between_words() -> None:
    """White space is collapsed to one space."""
    assert quoted("Held\n  by a\ttrust.", 40) == '"Held by a trust."'
    assert shortened("one two three", 13) == "one two three"
    assert shortened("one two three", 12) == "one two …"
    assert shortened("unbroken" * 9, 10) == "unbroken …"
    assert shortened("a " + " " * 900 + "b", 10) == "a b"
    assert len(shortened("word " * 1000, 120)) <= 120
