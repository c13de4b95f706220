"""Tables on one line, taken apart by counting."""

from collections.abc import Iterator

import pytest

from services.parser.form.blocks import Block, Row, Text, Unreadable
from services.parser.layouts.markdown.nested_tables import TableRows, cells_between, read_nested_table

CAPTIONS = (
    "| 1.Title of Security (Instr. 3) | 2. Transaction Date (Month/Day/Year) | 3. Transaction Code (Instr. 8) | | "
    "4. Securities Acquired (A) or Disposed of (D) (Instr. 3, 4 and 5) | | | 6. Ownership Form: Direct (D) or Indirect "
    "(I) (Instr. 4) | 7. Nature of Indirect Beneficial Ownership (Instr. 4) |"
)
PARTS = "| Code | V | Amount | (A) or (D) | Price |"
PLAIN = "| Common Stock | 01/23/2025 | S |  | 835 | D | $ 42 | I | By Trust |"
EMPTY_END = "| Common Stock | 01/24/2025 | S |  | 1,436 | D | $ 41 | D |  |"
WIDTH = 9


def blocks_of(line: str) -> list[Block]:
    """Return the blocks of a table that is on one line, within a cell of another."""
    return list(read_nested_table(cells_between(line)))


def rows_of(blocks: list[Block]) -> list[list[Text]]:
    """Return the rows behind the captions' two lines."""
    return [[*block.cells] for block in blocks if isinstance(block, Row)][2:]


def test_rows_are_divided_by_their_width() -> None:
    """Captions that span columns, their shorter second line, and an empty last cell all count."""
    blocks = blocks_of(f"{CAPTIONS} {PARTS} {PLAIN} {EMPTY_END} {PLAIN} |")
    first, second, _ = rows_of(blocks)
    assert first == ["Common Stock", "01/23/2025", "S", "", "835", "D", "$ 42", "I", "By Trust"]
    assert second == ["Common Stock", "01/24/2025", "S", "", "1,436", "D", "$ 41", "D", ""]
    captions, parts = (block.cells for block in blocks[:2] if isinstance(block, Row))
    assert len(captions) == len(parts) == WIDTH
    assert parts == ["", "", "Code", "V", "Amount", "(A) or (D)", "Price", "", ""]


def test_spans_of_captions_may_be_lost() -> None:
    """A converter may write each caption once: then its second line shows how wide it is."""
    without = CAPTIONS.replace("| |", "|").replace("| |", "|")
    assert blocks_of(f"{without} {PARTS} {PLAIN} |") == blocks_of(f"{CAPTIONS} {PARTS} {PLAIN} |")


def test_table_without_rows_gives_only_captions() -> None:
    """As on a form that reports derivatives only."""
    assert len(blocks_of(f"{CAPTIONS} {PARTS} |")) == len([CAPTIONS, PARTS])


def test_row_under_no_captions_is_unreadable() -> None:
    """A rule is not a caption, and gives a row no width."""
    assert blocks_of("| --- | Common Stock | 835 |") == [Row([]), Unreadable("Common Stock | 835")]


@pytest.mark.parametrize(
    "row",
    [
        "| Common | Stock | 01/23/2025 | S |  | 835 | D | $ 42 | I | By Trust |",
        "| Common Stock | 01/23/2025 | S | 835 | D | $ 42 | I | By Trust |",
        "|  | 01/23/2025 | S |  | 835 | D | $ 42 | I | By Trust |",
    ],
)
def test_nothing_is_read_after_a_row_of_another_width(row: str) -> None:
    """If one row does not come out even, all that follow could be shifted."""
    blocks = blocks_of(f"{CAPTIONS} {PARTS} {PLAIN} {row} {PLAIN} |")
    assert len(rows_of(blocks)) == 1
    assert isinstance(blocks[-1], Unreadable)
    assert "835" in blocks[-1].text


def test_last_row_of_a_truncated_table_is_not_read() -> None:
    """Wherever it breaks off, the rows before stay, and no cell is shorter than it was."""
    whole = f"{CAPTIONS} {PARTS} {PLAIN} {PLAIN} |"
    expected = rows_of(blocks_of(whole))
    for end in range(len(CAPTIONS) + len(PARTS) + 2, len(whole)):
        rows = rows_of(blocks_of(whole[:end]))
        assert rows == expected[: len(rows)]


def takes(*lines: str, whole: bool = True) -> Iterator[Block]:
    """Return the blocks of a table with one row per line."""
    rows = TableRows(["1. Title of Security (Instr. 4)", "2. Amount of Securities Beneficially Owned (Instr. 4)"])
    for line in lines:
        yield from rows.take([cell.strip() for cell in cells_between(line, open_rows=True)], whole=whole)
    yield from rows.end()


def test_rows_on_lines_of_their_own_have_the_captions_width_or_are_unreadable() -> None:
    """One cell too many, one too few, or broken off."""
    assert list(takes("Common Stock | 5"))[1:] == [Row(["Common Stock", "5"])]
    assert list(takes("Common | Stock | 5"))[1:] == [Unreadable("Common | Stock | 5")]
    assert list(takes("Common Stock"))[1:] == [Unreadable("Common Stock")]
    assert list(takes("Common Stock | 5", whole=False))[1:] == [Unreadable("Common Stock | 5")]


def test_escaped_bar_is_part_of_its_cell() -> None:
    """A backslash precedes it."""
    assert cells_between(r"| a \| b | c |") == [r" a \| b ", " c "]
