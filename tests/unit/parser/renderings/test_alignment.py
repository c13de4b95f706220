"""A cell is placed only where its column is beyond doubt."""

from services.parser.renderings.alignment import place
from services.parser.renderings.captions import standard_columns
from services.parser.renderings.markup import Cell


def test_a_cell_under_no_caption_is_left_out_and_the_others_stay() -> None:
    """A title and an amount that ran together are neither; the row has its columns, and so has every other cell."""
    columns = (("security_title",), ("transaction_date",), ("code",), (), ("ownership",))
    cells = [Cell(text) for text in ("Option", "10/22/2020", "P", "Common 5,250 Stock", "D")]
    found = place(cells, columns, standard_columns("derivative", "4"))
    assert found is not None
    assert {slot: cell.text for slot, cell in found.cells.items()} == {
        "security_title": "Option",
        "transaction_date": "10/22/2020",
        "code": "P",
        "ownership": "D",
    }
    assert found.unplaced == [((), cells[3])]
