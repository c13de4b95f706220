"""Cells: what converters leave in them is not of the value."""

import pytest

from services.parser.form.cell_values import CellValue, read_cell
from services.parser.layouts.converter_markup import read_markup, remove_markup

DEFINED = {"F1": "One.", "F2": "Two."}


@pytest.mark.parametrize(
    ("raw", "cell"),
    [
        ("17,408(2)", CellValue("17,408", ("F2",))),
        ("785 <sup>(1)</sup>", CellValue("785", ("F1",))),
        ("785<sup>1</sup>", CellValue("785", ("F1",))),
        ("30,7836 <u>(3)</u>", CellValue("30,7836", ("F3",))),
        ("s ⁽¹⁾", CellValue("s", ("F1",))),
        ("⁽²⁾⁽³⁾", CellValue("", ("F2", "F3"))),
        ("⁽¹⁰⁾", CellValue("", ("F10",))),
        ("(1)", CellValue("", ("F1",))),
        ("\\$102.0764 (6)", CellValue("$102.0764", ("F6",))),
        ("By Trust (2)(1)", CellValue("By Trust", ("F2", "F1"))),
        ("By Trust (9)", CellValue("By Trust (9)", ())),
        ("Warrants (right to buy)(2)", CellValue("Warrants (right to buy)", ("F2",))),
        ("Fund <sup>(9)</sup> A", CellValue("Fund A", ("F9",))),
        ("Rule (1) of two", CellValue("Rule (1) of two", ())),
        ("<u>AMOT</u>", CellValue("AMOT", ())),
        ("**Common**<br>Stock", CellValue("Common Stock", ())),
        ("Smith &amp; Co", CellValue("Smith & Co", ())),
        ("3,33<sup>(2)</sup>5,986", CellValue("3,33 5,986", ("F2",))),
        ("", CellValue("", ())),
    ],
)
def test_cell_is_divided_into_text_and_markers(raw: str, cell: CellValue) -> None:
    """A plain number in brackets at the end of words is a marker only if that footnote is defined."""
    assert read_cell(read_markup(raw), DEFINED) == cell


def test_number_in_brackets_is_a_marker_if_the_footnotes_are_lost() -> None:
    """Better an undefined citation than a marker within a title."""
    assert read_cell("Common Stock(1)", None) == CellValue("Common Stock", ("F1",))


def test_boxes_become_plain_marks() -> None:
    """Checked whatever the attribute looks like."""
    assert remove_markup('<input checked="" type="checkbox"/> A') == "[X] A"
    assert remove_markup('<input type="checkbox" checked=""> A') == "[X] A"
    assert remove_markup('<input type="checkbox"/> A') == "[ ] A"


def test_text_with_less_than_signs_keeps_them() -> None:
    """Only known tags are taken out."""
    assert remove_markup("a < b <unknown> c") == "a < b <unknown> c"
