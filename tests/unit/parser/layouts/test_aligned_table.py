"""Tables of columns without rules: columns by captions, by what stays blank, and by the kinds of values."""

from services.parser.form.blocks import FootnoteMarker, Row, Text, Unreadable, build_text
from services.parser.layouts.aligned_text.aligned_table import begins_table, read_aligned_table

CAPTIONS = """\
1.Title of    2.          3.           4. Securities        5. Amount of  6. Ownership  7. Nature of
Security      Transaction Transaction  Acquired (A) or      Securities    Form          Indirect
(Instr. 3)    Date (Month Code         Disposed of (D)      Beneficially  (Instr. 4)    Ownership
              /Day/Year)  (Instr. 8)   (Instr. 3, 4 and 5)  Owned
                                               (A)
                                               or
                           Code    V   Amount  (D)  Price
"""
ROWS = """
                                                    $
Common Stock, 04/04/2024    S^(1)      141,981 D    6.7116  661,756 ^(3)  I             See
par value                                           ^(2)                                footnote ^
                                                                                        (4)

Common Stock  04/05/2024     G     V   1,806   D    $ 0     8,418         D
"""
FORM_3 = """\
1. Title of Derivative   2. Date Exercisable    3. Title and Amount of Underlying  4. Ownership
Security                 and Expiration Date    Securities                         Form
                         Date        Expiration Title        Amount or Number of
                         Exercisable Date                    Shares
"""


def table(text: str, *, whole: bool = True) -> list[list[Text] | str]:
    """Return the cells of rows, and the text that could not be read."""
    blocks = list(read_aligned_table(text.split("\n"), whole=whole))
    assert all(isinstance(block, Row | Unreadable) for block in blocks)
    return [[*block.cells] if isinstance(block, Row) else str(getattr(block, "text", "")) for block in blocks]


def test_captions_side_by_side_begin_a_table() -> None:
    """Numbered one after the other."""
    assert begins_table(CAPTIONS.split("\n", maxsplit=1)[0])
    assert not begins_table("1. Title of Security")
    assert not begins_table("1. Title of Security   9. Price   2. Date")
    assert not begins_table("Common Stock   2. Date   3. Code")


def test_parts_of_a_caption_are_separate_columns() -> None:
    """Even if a caption takes three lines."""
    captions, parts, *_ = table(CAPTIONS + ROWS)
    assert [bool(cell) for cell in captions] == [True, True, True, False, True, False, False, True, True, True]
    assert parts == ["", "", "Code", "V", "Amount", "(A) or (D)", "Price", "", "", ""]


def test_row_is_the_lines_between_blank_ones() -> None:
    """Its cells are wrapped and centred, and so are its markers."""
    assert table(CAPTIONS + ROWS)[2:] == [
        [
            "Common Stock,\npar value", "04/04/2024", build_text("S", FootnoteMarker(1)), "", "141,981", "D",
            build_text("$\n6.7116\n", FootnoteMarker(2)),
            build_text("661,756 ", FootnoteMarker(3)), "I", build_text("See\nfootnote ", FootnoteMarker(4)),
        ],
        ["Common Stock", "04/05/2024", "G", "V", "1,806", "D", "$ 0", "8,418", "D", ""],
    ]  # fmt: skip


def test_blank_column_within_words_is_recognised_by_kinds_of_values() -> None:
    """All titles have two words, and a number follows."""
    row = "\nOption                   01/02/2020  01/02/2030 Common Stock 83,334                D\n"
    assert table(FORM_3 + row)[1:] == [
        ["", "Date Exercisable", "Expiration Date", "Title", "Amount or Number of Shares", ""],
        ["Option", "01/02/2020", "01/02/2030", "Common Stock", "83,334", "D"],
    ]


def test_columns_that_cannot_be_divided_are_not_read() -> None:
    """Two words under two captions, and neither is a number: either may be the title."""
    row = "\nOption                   01/02/2020  01/02/2030 Common Stock all                   D\n"
    assert "?" in table(FORM_3 + row)[0]


def test_a_row_that_reaches_over_the_columns_is_unreadable() -> None:
    """The others are not."""
    row = "\nCommon Stock of the Company, as amended 1,000 D\n"
    assert table(CAPTIONS + ROWS + row)[-1] == "Common Stock of the Company, as amended 1,000 D"
    assert table(CAPTIONS + ROWS + row)[:-1] == table(CAPTIONS + ROWS)


def test_rows_without_blank_lines_are_read_if_each_is_one_line() -> None:
    """A further line may belong to the row above or below it."""
    lines = "Common        04/05/2024     G         1,806   D    $ 0     8,418         D\n"
    assert [row[7] for row in table(CAPTIONS + lines * 2)[2:]] == ["8,418", "8,418"]
    wrapped = CAPTIONS + lines + "Stock\n" + lines
    assert len(table(wrapped)) == len(table(CAPTIONS)) + 1
    assert isinstance(table(wrapped)[-1], str)


def test_parts_under_rows_without_blank_lines_are_divided_by_each_row() -> None:
    """Together, the values of a column are of no kind."""
    line = "Option                   01/02/2020  01/02/2030 Common Stock 83,334                  D\n"
    assert table(FORM_3 + line * 2)[2:] == [["Option", "01/02/2020", "01/02/2030", "Common Stock", "83,334", "D"]] * 2


def test_the_last_row_of_a_text_that_breaks_off_is_unreadable() -> None:
    """So are captions that do."""
    assert isinstance(table(CAPTIONS + ROWS, whole=False)[-1], str)
    assert [type(row) for row in table(CAPTIONS.rstrip("\n"), whole=False)] == [str]
