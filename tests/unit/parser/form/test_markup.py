"""Cells: what converters leave in them is not of the value."""

import pytest

from services.parser.form.markup import Cell, clean, plain, read_cell

DEFINED = {"F1": "One.", "F2": "Two."}


@pytest.mark.parametrize(
    ("raw", "cell"),
    [
        ("17,408(2)", Cell("17,408", ("F2",))),
        ("785 <sup>(1)</sup>", Cell("785", ("F1",))),
        ("785<sup>1</sup>", Cell("785", ("F1",))),
        ("30,7836 <u>(3)</u>", Cell("30,7836", ("F3",))),
        ("s ⁽¹⁾", Cell("s", ("F1",))),
        ("⁽²⁾⁽³⁾", Cell("", ("F2", "F3"))),
        ("⁽¹⁰⁾", Cell("", ("F10",))),
        ("(1)", Cell("", ("F1",))),
        ("\\$102.0764 (6)", Cell("$102.0764", ("F6",))),
        ("By Trust (2)(1)", Cell("By Trust", ("F2", "F1"))),
        ("By Trust (9)", Cell("By Trust (9)", ())),
        ("Warrants (right to buy)(2)", Cell("Warrants (right to buy)", ("F2",))),
        ("Fund <sup>(9)</sup> A", Cell("Fund A", ("F9",))),
        ("Rule (1) of two", Cell("Rule (1) of two", ())),
        ("<u>AMOT</u>", Cell("AMOT", ())),
        ("**Common**<br>Stock", Cell("Common Stock", ())),
        ("Smith &amp; Co", Cell("Smith & Co", ())),
        ("3,33<sup>(2)</sup>5,986", Cell("3,33 5,986", ("F2",))),
        ("", Cell("", ())),
    ],
)
def test_a_cell_is_its_text_and_its_markers(raw: str, cell: Cell) -> None:
    """A plain number in brackets at the end of words is a marker only where that footnote is defined."""
    assert read_cell(clean(raw), DEFINED) == cell


def test_where_the_footnotes_are_lost_a_number_in_brackets_is_a_marker() -> None:
    """Better an undefined citation than a marker within a title."""
    assert read_cell("Common Stock(1)", None) == Cell("Common Stock", ("F1",))


def test_boxes_become_plain_marks() -> None:
    """Checked whatever the attribute looks like."""
    assert plain('<input checked="" type="checkbox"/> A') == "[X] A"
    assert plain('<input type="checkbox" checked=""> A') == "[X] A"
    assert plain('<input type="checkbox"/> A') == "[ ] A"


def test_text_with_less_than_signs_keeps_them() -> None:
    """Only known tags are taken out."""
    assert plain("a < b <unknown> c") == "a < b <unknown> c"
