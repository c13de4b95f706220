"""Numbers of the pages: whole or absent."""

import doctest
import importlib
from decimal import Decimal
from pathlib import Path

import pytest

import services.gateway.page
from services.gateway.page import figures
from services.gateway.page.figures import MINUS
from services.gateway.page.safe_output import display_text

PACKAGE = Path(services.gateway.page.__file__).parent


@pytest.mark.parametrize("name", sorted(path.stem for path in PACKAGE.glob("*.py")))
def test_examples_are_true(name: str) -> None:
    """An example that is out of date misleads more than none."""
    assert doctest.testmod(importlib.import_module(f"services.gateway.page.{name}")).failed == 0


def test_fraction_is_apart_from_the_whole_part() -> None:
    """Tables align the whole parts."""
    amount = figures.amount(Decimal("-15711.8844"), signed=True)
    assert amount is not None
    assert (amount.whole, amount.fraction) == (f"{MINUS}15,711", ".8844")


def test_large_amounts_keep_all_their_digits() -> None:
    """K and M are for axes alone, and no digit gets an exponent."""
    assert str(figures.amount(Decimal("1E+12"))) == "1,000,000,000,000"
    assert figures.dollars(Decimal("39387472130.4999")) == "$39,387,472,130"
    assert figures.price(Decimal("0.00001")) == "$0.00001"


def test_absent_is_not_zero() -> None:
    """A zero would be a statement."""
    assert figures.amount(None) is None
    assert figures.dollars(None) is None
    assert str(figures.amount(Decimal(0))) == "0"


def test_minus_is_the_sign_that_is_as_wide_as_plus() -> None:
    """A hyphen is narrower, and breaks a line."""
    assert figures.dollars(Decimal(-94578), signed=True) == f"{MINUS}$94,578"


def test_own_characters_survive_what_makes_text_safe() -> None:
    """The narrow no-break space is one that filings may not be refused for either."""
    assert (
        display_text(f"5{figures.NARROW}%{figures.FIXED}{MINUS}1 ·") == f"5{figures.NARROW}%{figures.FIXED}{MINUS}1 ·"
    )
