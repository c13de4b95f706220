"""What the options' values may be."""

from decimal import Decimal

import pytest
import typer

from services.cli.options import dollars, examples, transaction_code


@pytest.mark.parametrize("text", ["1000000", "1,000,000", "$1,000,000", "1e6", "1000000.00"])
def test_dollars_are_taken_as_a_person_types_them(text: str) -> None:
    """With commas, a sign, or neither."""
    assert dollars(text) == Decimal(1_000_000)


@pytest.mark.parametrize("text", ["", "a million", "nan", "inf", "$", "1 000"])
def test_what_is_no_amount_is_refused_with_what_was_typed(text: str) -> None:
    """Also numbers that compare with nothing."""
    with pytest.raises(typer.BadParameter, match="no amount of dollars") as refused:
        dollars(text)
    assert repr(text) in str(refused.value)


def test_a_code_is_taken_in_either_case() -> None:
    """As the forms print it."""
    assert (transaction_code("s"), transaction_code("S")) == ("S", "S")


def test_what_is_no_code_is_refused_with_those_there_are() -> None:
    """A word for a code is a likely mistake."""
    with pytest.raises(typer.BadParameter, match="'sale' is no transaction code; there are P purchase, S sale"):
        transaction_code("sale")


def test_examples_name_the_command() -> None:
    """So that they can be copied."""
    assert examples("parse a.xml", "positions") == "Examples:\n  insidertape parse a.xml\n  insidertape positions"
