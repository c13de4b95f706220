"""The vocabulary: form types, and the one table of transaction codes."""

from typing import get_args

from contracts.enumerations import FormType
from services.section16.vocabulary import FORM_TYPES, SEC_FORM_NUMBERS, TRANSACTION_CODES


def test_table_of_transaction_codes_has_each_code_once() -> None:
    """Each has a label for tables and a meaning."""
    assert set(TRANSACTION_CODES) == set("PSVADFIMCEHOXGLWZJKU")
    for code, entry in TRANSACTION_CODES.items():
        assert entry.code == code
        assert entry.label
        assert entry.meaning
    labels = [entry.label for entry in TRANSACTION_CODES.values()]
    assert len(set(labels)) == len(labels)


def test_only_purchases_and_sales_are_called_so() -> None:
    """A grant is acquired and a gift disposed, without a market."""
    assert [entry.code for entry in TRANSACTION_CODES.values() if "purchase" in entry.label] == ["P"]
    assert [entry.code for entry in TRANSACTION_CODES.values() if "sale" in entry.label] == ["S"]


def test_each_original_form_has_its_sec_number() -> None:
    """The number in the footer identifies the form if its header is missing."""
    assert get_args(FormType) == FORM_TYPES
    assert set(SEC_FORM_NUMBERS.values()) == {form for form in FORM_TYPES if not form.endswith("/A")}
