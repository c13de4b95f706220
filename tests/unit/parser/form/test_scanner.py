"""A page's rows sorted into the parts of a form: heading and boxes, footnotes, remarks, signatures, further owners."""

import pytest

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from services.parser.form.blocks import Block, BrokenOff, Row, plain_text
from services.parser.form.footnotes import read_footnotes
from services.parser.form.scanner import FormScanner

TABLE = Row(["1. Title of Security", "2. Amount", "3. Ownership Form", "4. Nature of Indirect Ownership"])
SIGNED = Row(["", "** Signature of Reporting Person", "Date"])


def scanned(*blocks: Block, whole_rows: bool = False) -> FormScanner:
    """Return the scan of the blocks."""
    scan = FormScanner(whole_rows=whole_rows)
    scan.read(blocks)
    return scan


def test_heading_is_read_line_by_line_and_box_by_box() -> None:
    """A box precedes its caption: in the same cell, in the one before it, or in a line of a cell."""
    scan = scanned(
        Row(["FORM 5\n[X]\tForm 3 Holdings Reported", "ANNUAL STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP"]),
        Row(["X", "Check this box if no longer subject to Section 16."]),
        Row(["[ ]", "a written plan under Rule 10b5-1(c). See Instruction 10."]),
        Row(["", "Form 4 Transactions Reported"]),
    )
    assert scan.hints.forms == ["5", "5"]
    assert scan.hints.boxes == {
        "form3_holdings_reported": "true", "not_subject_to_section16": "true", "rule_10b5_1_plan": "false",
    }  # fmt: skip
    assert scan.tables == []


def test_words_of_a_box_in_the_notes_are_not_a_box() -> None:
    """Footnotes and remarks mention Rule 10b5-1(c), too."""
    scan = scanned("Explanation of Responses:", Row(["X", "a plan under Rule 10b5-1(c)"]), "[X] under Rule 10b5-1(c)")
    assert scan.hints.boxes == {}


def test_sec_number_in_a_footer_gives_the_form() -> None:
    """Below Table I on old pages, and in the last line of the newest. Neither is a row or a note."""
    scan = scanned(
        TABLE,
        Row(["Reminder: Report on a separate line", "", "", "SEC 1474 (9-02)"]),
        Row(["Explanation of Responses:"]),
        Row(["(1)", "A note."]),
        "* Form 4: SEC 1474 (03-26)",
    )
    assert scan.hints.forms == ["4", "4"]
    assert scan.tables[0].rows == []
    assert read_footnotes(scan.notes.footnotes) == {"F1": "A note."}


def test_a_row_is_a_footnote_though_numbers_are_left_out() -> None:
    """In a list of lines, such a number would be taken for words."""
    scan = scanned(
        Row(["Explanation of Responses:"]), Row(["(1)", "One."]), Row(["(3)", "Three,\nand more."]), Row(["5. Five."])
    )
    assert read_footnotes(scan.notes.footnotes) == {"F1": "One.", "F3": "Three, and more.", "F5": "Five."}


def test_remarks_are_below_their_heading_in_its_cell_or_in_a_row() -> None:
    """Lines are joined. A signature's row is not a remark."""
    assert scanned(Row(["Remarks:\nExhibit 24\nattached", ""])).notes.remarks == ["Exhibit 24 attached"]
    scan = scanned(Row(["Remarks:"]), Row(["Exhibit 24"]), Row(["", "/s/ X Y", "01/02/2024"]), SIGNED)
    assert scan.notes.remarks == ["Exhibit 24"]
    assert scan.notes.signatures == [("/s/ X Y", "01/02/2024")]


def test_each_signature_is_in_the_row_above_its_captions() -> None:
    """There may be several, one without a date, and no heading between table and signature."""
    scan = scanned(
        TABLE, Row(["Stock", "5", "D", ""]), Row(["", "/s/ X", "01/02/2024"]), SIGNED, Row(["", "/s/ Y", ""]), SIGNED
    )
    assert scan.notes.signatures == [("/s/ X", "01/02/2024"), ("/s/ Y", None)]
    assert [row[0] for row in scan.tables[0].rows] == ["Stock"]


def test_in_a_table_only_an_owners_own_captions_begin_another_owner() -> None:
    """A line's nature of ownership may well name the reporting person."""
    scan = scanned(
        TABLE,
        Row(["Stock", "5", "I", "By Reporting Person's spouse"]),
        Row(["1. Name and Address of Reporting Person*\nX Y\n(Last)\t(First)\t(Middle)"]),
    )
    assert [row[3] for row in scan.tables[0].rows] == ["By Reporting Person's spouse"]
    assert [plain_text(cell)[:12] for cell in scan.cover.first_cells] == ["1. Name and "]


def test_words_around_a_form_of_whole_rows_are_skipped() -> None:
    """They are the foot of the page. If rows are lines of text, they may be the end of a wrapped one."""
    blocks: tuple[Block, ...] = (Row(["Explanation of Responses:"]), Row(["1. One."]), "Copyright")
    assert read_footnotes(scanned(*blocks, whole_rows=True).notes.footnotes) == {"F1": "One."}
    assert read_footnotes(scanned(*blocks).notes.footnotes) == {"F1": "One. Copyright"}


def test_at_the_end_of_a_broken_off_page_a_row_without_number_is_left_out() -> None:
    """It may have been a signature, whose captions are lost."""
    blocks = (Row(["Remarks:"]), Row(["Exhibit 24"]), Row(["", "/s/ X Y", "01/02/2024"]), BrokenOff())
    scan = scanned(*blocks)
    assert scan.broken_off
    assert (scan.notes.remarks, scan.notes.signatures) == (["Exhibit 24"], [])


def test_tables_ruled_only_with_dashes_are_refused() -> None:
    """Lines of such a table may be rows, or one row that was wrapped."""
    text = "FORM 4\n\n  ------- -------\n  1. Title of Security   D\n  ------- -------\n"
    with pytest.raises(InvalidFiling, match="dashes"):
        parse_filing(text)
