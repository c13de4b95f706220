"""Alignment: a cell is assigned only if its column is certain."""

import pytest

from services.parser.form.alignment import assign_columns, fits
from services.parser.form.captions import standard_columns
from services.parser.form.cell_values import CellValue


def test_a_cell_under_no_caption_is_left_out_and_the_others_stay() -> None:
    """A title and an amount that ran together are neither; the row has its columns, and so has every other cell."""
    columns = (("security_title",), ("transaction_date",), ("code",), (), ("ownership",))
    cells = [CellValue(text) for text in ("Option", "10/22/2020", "P", "Common 5,250 Stock", "D")]
    found = assign_columns(cells, columns, standard_columns("derivative", "4"))
    assert found is not None
    assert {slot: cell.text for slot, cell in found.cells.items()} == {
        "security_title": "Option",
        "transaction_date": "10/22/2020",
        "code": "P",
        "ownership": "D",
    }
    assert found.undecided == [((), cells[3])]


@pytest.mark.parametrize("text", ["1" * 400_000 + "x", "." * 400_000, ",1" * 200_000 + "x", " " * 400_000])
def test_long_cell_is_scanned_in_linear_time(text: str) -> None:
    """Text that is almost a number fails at its end, and is not tried again from each digit: that took hours."""
    assert not fits("amount", CellValue(text))


@pytest.mark.parametrize("text", ["1", ".5", "1,000.25", "$ 12", "(3)", "-$1.5", "50%", "£7"])
def test_numbers_are_known_with_their_signs(text: str) -> None:
    """As filers write amounts and prices."""
    assert fits("amount", CellValue(text))


@pytest.mark.parametrize("text", ["", "$", ".", ",", "-", "1x", "1 2", "A"])
def test_signs_without_digits_are_not_a_number(text: str) -> None:
    """A dash means none, and fits the place of an amount. An empty cell fits any place."""
    assert fits("amount", CellValue(text)) == (text in {"", "-"})
