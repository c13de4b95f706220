"""Drawn boxes: captions over parts, rules that cross only a part, check boxes, and boxes that break off."""

from services.parser.form.blocks import Block, FootnoteMarker, Row, Text, build_text, plain_text
from services.parser.layouts.catalog import read_layout

TABLE = """\
┌────────────────────────────────────────────────────┐
│      Table I - Non-Derivative Securities           │
├──────────────┬─────────────┬─────────┬─────────────┤
│ 1. Title of  │ 3.          │ 5.      │ 6. Ownership│
│ Security     │ Transaction │ Amount  │ Form        │
│              │ Code        │of       │             │
│              ├──────┬──────┤Owned    │             │
│              │ Code │  V   │         │             │
├──────────────┼──────┼──────┼─────────┼─────────────┤
│ Common Stock,│  S   │      │ 519^(1) │      D      │
│ par value    │      │      │         │             │
├──────────────┼──────┼──────┼─────────┼─────────────┤
│ Preferred    │  S   │      │ 7 ^     │      I      │
│              │      │      │ (2)     │             │
└──────────────┴──────┴──────┴─────────┴─────────────┘
"""
ASCII = """\
+---------------------------------+
| 1. Title of  | 3.      | 6. Own |
| Security     | Code    | Form   |
|              |---------|        |
|              |Code | V |        |
|--------------+-----+---+--------|
| Common       |  S  |   |   D    |
+---------------------------------+
"""


def rows(text: str) -> list[list[Text]]:
    """Return the cells of a page's rows."""
    return [[*block.cells] for block in read_layout(text, "text")[1] if isinstance(block, Row)]


def words(text: str) -> list[Block]:
    """Return the words of a page."""
    return [block for block in read_layout(text, "text")[1] if isinstance(block, str) and block]


def test_a_rule_across_one_column_parts_its_caption_from_those_below() -> None:
    """The others continue beside it."""
    captions, parts, *_ = rows(TABLE)
    assert [plain_text(cell) for cell in captions] == [
        "1. Title of Security", "3. Transaction Code", "", "5. Amount of Owned", "6. Ownership Form",
    ]  # fmt: skip
    assert parts == ["", "Code", "V", "", ""]


def test_a_rule_from_side_to_side_ends_a_row() -> None:
    """Cells are wrapped, and a marker may be, too."""
    assert rows(TABLE)[2:] == [
        ["Common Stock,\npar value", "S", "", build_text("519", FootnoteMarker(1)), "D"],
        ["Preferred", "S", "", build_text("7 ", FootnoteMarker(2)), "I"],
    ]


def test_a_band_of_one_cell_is_words() -> None:
    """The title of a table, over all its columns."""
    assert words(TABLE) == ["Table I - Non-Derivative Securities"]


def test_boxes_may_be_drawn_with_plain_characters() -> None:
    """No junctions in the upper rule, and bars at the ends of an inner one."""
    assert rows(ASCII) == [
        ["1. Title of\nSecurity", "3.\nCode", "", "6. Own\nForm"],
        ["", "Code", "V", ""],
        ["Common", "S", "", "D"],
    ]


def test_row_whose_bars_are_not_the_captions_stays_as_it_is() -> None:
    """It has four cells, and none of them has a caption."""
    assert rows(ASCII.replace("| Common       |", "| Com | mon    |"))[2] == ["Com", "mon", "S", "", "D"]


def test_a_box_that_breaks_off_has_no_last_row() -> None:
    """Its number may continue."""
    text = TABLE[: TABLE.index("│ (2)")]
    assert rows(text)[-1][0] == "Common Stock,\npar value"


def test_a_little_box_is_a_check_box_before_the_words_beside_it() -> None:
    """With or without a cross, and wherever on its lines the words begin."""
    for inside, box in (("│  │", "[ ]"), ("│X │", "[X]")):
        text = f"      Check this box if no longer subject\n┌──┐  to Section 16. Form 4\n{inside}  may go on.\n└──┘\n"
        assert words(text) == [f"{box} Check this box if no longer subject to Section 16. Form 4 may go on."]


def test_box_with_only_an_owner_is_a_cell() -> None:
    """A further owner of a joint filing has no cells beside."""
    lines = ["1. Name and Address of Reporting Person", "Wick Ada", "(Last) (First) (Middle)", "(City) (State) (Zip)"]
    width = max(map(len, lines))
    text = "\n".join(["┌" + "─" * width + "┐", *(f"│{line:{width}}│" for line in lines), "└" + "─" * width + "┘"])
    assert rows(text) == [["\n".join(lines)]]
