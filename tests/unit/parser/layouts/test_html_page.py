"""HTML as blocks: tables taken apart or flattened, markers, boxes, links, and pages that break off."""

import pytest

from contracts.errors import InvalidFiling
from services.parser.form.blocks import Block, BrokenOff, FootnoteMarker, PartyLink, Row, Text, build_text
from services.parser.layouts.html.html_page import read_html
from services.parser.layouts.html.tag_actions import MOST_TAGS
from services.parser.layouts.html.tree import MOST_NESTED

TWO_ROWS = [Row(["a", "b"]), Row(["c", "d"])]


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
        "<TABLE BORDER=1><TBODY><TR><TD>a<TD>b<TR><TD>c<TD>d</TBODY></TABLE>",
        "<table><tr><th>a</th><td> b\n</td><tr><td><p>c</p><td><font size=2>d</font></table>",
        "<table><td>a</td><td>b</td><tr><td>c</td><td>d</td></tr></table>",
        "<tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
        "<table><tr><td title='x > y'>a</td><td>b<!-- <td>x --></td><tr><td>c<td>d<script>'<td>'</script></table>",
        "<?xml version='1.0'?><!DOCTYPE html><table><tr><td>a</td><td>&#98;</tr><td>c</td><td>&nbsp;d<br/></table>",
    ],
    ids=["closed", "capitals and nothing closed", "headings", "no first row", "no table", "unseen", "XHTML"],
)
def test_a_table_is_its_rows_however_it_is_tagged(page: str) -> None:
    """End tags left out, capitals, comments, scripts, entities: the same rows."""
    assert read_html(page) == TWO_ROWS


def test_spanning_cells_leave_empty_cells() -> None:
    """So that a second line of captions is under the first."""
    page = (
        "<table><tr><th rowspan=2>Title<th colspan='2'>Code<th ROWSPAN=\"2\">Owned</tr><tr><th>Code<th>V</tr>"
        "<tr><td>A<td>S<td>V<td>5</tr></table>"
    )
    assert read_html(page) == [
        Row(["Title", "Code", "", "Owned"]),
        Row(["", "Code", "V", ""]),
        Row(["A", "S", "V", "5"]),
    ]


def test_a_row_that_spans_end_short_of_what_is_above_is_filled_up() -> None:
    """A cell that reaches down into the last column."""
    page = "<table><tr><td>a<td>b<td rowspan=2>c</tr><tr><td>d</tr><tr><td>e</table>"
    assert read_html(page) == [Row(["a", "b", "c"]), Row(["d", "", ""]), Row(["e"])]


def test_a_table_within_a_cell_is_lines_of_the_cell() -> None:
    """Tabs part its values side by side."""
    page = "<table><tr><td>Name<table><tr><td>X Y</table><hr><table><tr><td>(Last)<td>(First)</table></td><td>b</table>"
    assert read_html(page) == [Row(["Name\nX Y\n(Last)\t(First)", "b"])]


def test_layout_table_is_taken_apart() -> None:
    """Whether it is the only content of its cell, or is nested beside other cells of the page."""
    rows = "<table><tr><td>a<td>b<tr><td>c<td>d</table>"
    assert read_html(f"<table><tr><td>{rows}</td></tr></table>") == TWO_ROWS
    around = f"<table><tr><td>Menu</td><td><table><tr><td>{rows}</td></tr></table></td></tr></table>"
    assert read_html(around) == [Row(["Menu", ""]), *TWO_ROWS]


def test_words_outside_tables_are_lines_and_paragraphs() -> None:
    """Line breaks part lines; headings and the like, paragraphs. Text between cells goes before its table."""
    page = "<h2>One\n two</h2>three<br>four<p>five<table>six<tr><td>a<td>b</table>"
    blocks: list[Block] = ["One two", "", "three", "four", "", "five", "", "six", "", Row(["a", "b"])]
    assert [block for block in read_html(page) if block] == [block for block in blocks if block]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("17,408<sup>(2)</sup>", build_text("17,408", FootnoteMarker(2))),
        ('<span class="FormData">7</span><span class="FootnoteData">(1)</span>', build_text("7", FootnoteMarker(1))),
        (
            '7<a href="#F1"><sup>(1)</sup></a><a href="#F12"><sup>(12)</sup></a>',
            build_text("7", FootnoteMarker(1), FootnoteMarker(12)),
        ),
        ('7 <a href="https://www.sec.gov/form4.xml#F3">(3)</a>', build_text("7 ", FootnoteMarker(3))),
        ("7<sup>(1)(2)</sup>", build_text("7", FootnoteMarker(1), FootnoteMarker(2))),
        ("7<sup>1, 2</sup>", build_text("7", FootnoteMarker(1), FootnoteMarker(2))),
        ("7<sup>st</sup>", "7st"),
        ("Person<sup>*</sup>", "Person*"),
        ("Notes (2)", "Notes (2)"),
        ("7<sup>(100)</sup>", "7(100)"),
        ("&#2;1&#3;", "1"),
    ],
)
def test_raised_number_or_link_to_a_footnote_is_a_marker(cell: str, text: Text) -> None:
    """Only if there is nothing but footnote numbers in it. A page's own control characters are never markers."""
    assert read_html(f"<table><tr><td>a</td><td>{cell}</td></tr></table>") == [Row(["a", text])]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<input type=checkbox checked> Director", "[X] Director"),
        ("<INPUT TYPE='checkbox' disabled>Director", "[ ] Director"),
        ('<input type="radio" checked="true" data-x>Director', "[X] Director"),
        ('<input type="checkbox" data-checked="1">Director', "[ ] Director"),
        ('<input type="hidden" value="7">Director', "Director"),
        ("☒ Director &#9744; Officer", "[X] Director [ ] Officer"),
        ("<table border=1><tr><td>&nbsp;</td></tr></table>Director", "[ ]Director"),
        ("<table border=1><tr></tr><tr><td>&nbsp;</td></tr></table>Director", "[ ]Director"),
        ("<table border=0><tr><td>&nbsp;</td></tr></table>Director", "Director"),
    ],
)
def test_boxes_are_inputs_characters_or_an_empty_cell_with_a_border(cell: str, text: str) -> None:
    """Checked or not; other inputs are nothing to read."""
    assert read_html(f"<table><tr><td>a</td><td>{cell}</td></tr></table>") == [Row(["a", text])]


def test_touching_values_are_separated_by_their_class() -> None:
    """An officer's title and another's words share a cell; the second alone follows a tab."""
    both = '<span class="FormData">CEO</span><span class="FormData">Adviser</span>'
    second = '<span class="FormData"></span><span class="FormData">Adviser</span>'
    page = f"<table><tr><td>a<td>{both}<td>{second}</table>"
    assert read_html(page) == [Row(["a", "CEO\tAdviser", "\tAdviser"])]


def test_link_to_a_company_gives_its_cik() -> None:
    """The reader of the cover looks for the CIK after the name."""
    page = '<table><tr><td>a<td><a href="/cgi-bin/browse-edgar?action=getcompany&amp;CIK=0001295032">X Y</a></table>'
    assert read_html(page) == [Row(["a", build_text("X Y", PartyLink("0001295032"))])]


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><table><tr><td>a<td>b</tr><tr><td>c<td>17,40",
        "<html><body><table><tr><td>a<td>b</tr><tr><td>c<td>17,408</td><td cla",
        "<table><tr><td>a<td>b</tr><tr><td>c</td><td>17,408</td></tr>",
        "<html><table><tr><td>a<td>b</tr></table>17,4",
    ],
)
def test_last_block_of_a_truncated_page_is_left_out(page: str) -> None:
    """Nothing shows whether it was complete."""
    assert read_html(page) == [Row(["a", "b"]), BrokenOff()]


def test_a_page_without_end_tags_is_whole_if_the_page_itself_ends() -> None:
    """Cells, rows and tables that are never closed end with it."""
    assert read_html("<html><table><tr><td>a<td>b<tr><td>c<td>d</html>") == TWO_ROWS
    assert read_html("<body><table><tr><td>a<td>b<tr><td>c<td>d</body>") == TWO_ROWS


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ("<table><tr><td>" * (MOST_NESTED + 1), "too_deep"),
        ("<br>" * (MOST_TAGS + 1), "too_much_markup"),
        ("<table><tr><td colspan=999999>", "too_much_markup"),
        ("<table><tr>" + "<td rowspan=999999>x" * 2, "too_much_markup"),
    ],
    ids=["deep", "long", "wide", "high"],
)
def test_more_than_any_page_has_is_refused(page: str, code: str) -> None:
    """Before it is laid out."""
    with pytest.raises(InvalidFiling) as refused:
        read_html(page)
    assert refused.value.code == code
