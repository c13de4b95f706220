"""A cover of captions side by side, its relationship boxes, and the words below the tables."""

import pytest

from services.parser.form.blocks import FootnoteMarker, Row, Unreadable, build_text, may_be_wrapped, plain_text
from services.parser.layouts.aligned_text.aligned_cover import begins_cover, cell_of_cover, end_of_cover, read_cover
from services.parser.layouts.aligned_text.aligned_notes import read_notes
from services.parser.layouts.aligned_text.aligned_owners import read_owners
from services.parser.layouts.aligned_text.aligned_relationship import read_boxes

COVER = """\
1. Name and Address of Reporting       2. Issuer Name and Ticker or Trading  5. Relationship of Reporting
Person ^*                              Symbol                                Person(s) to Issuer
Van Wick Ada                         X Lanterns Inc. [LAMP]                          (Check all applicable)
                                                                             __X__ Director    _____ 10% Owner
   (Last)      (First)      (Middle) 3. Date of Earliest Transaction         _____ Officer     __X__ Other
1 MAIN STREET                        (Month/Day/Year)                        (give title       (specify below)
                                     04/26/2022                              below)
               (Street)                                                           Member of a group
AMHERST, NY 14228                    4. If Amendment, Date Original Filed    6. Individual or Joint/Group
                                     (Month/Day/Year)                        Filing
   (City)      (State)       (Zip)                    Table I - Non-Derivative Securities
"""
BOXES = """\
     X     Director                 10% Owner
           Officer                  Other
     X     (give title              (specify
          below)                   below)
           Chief Lamp               In a group
           Officer
"""


def test_a_cover_has_a_cell_for_each_caption() -> None:
    """Values may begin left of their caption, and captions are wrapped."""
    lines = COVER.split("\n")
    assert begins_cover(lines[0])
    row, title = read_cover(lines[: end_of_cover(lines, 0)])
    assert isinstance(row, Row)
    assert row.cells[:4] == [
        (
            "1. Name and Address of Reporting Person\nVan Wick Ada\n(Last)\t(First)\t(Middle)\n1 MAIN STREET\n"
            "(Street)\nAMHERST, NY 14228\n(City)\t(State)\t(Zip)"
        ),
        "2. Issuer Name and Ticker or Trading Symbol\nX Lanterns Inc. [LAMP]",
        (
            "5. Relationship of Reporting Person(s) to Issuer\n(Check all applicable)\n[X] Director\t[ ] 10% Owner\n"
            "[ ] Officer (give title below)\t[X] Other (specify below)\nMember of a group"
        ),
        "3. Date of Earliest Transaction (Month/Day/Year)\n04/26/2022",
    ]
    assert title == "Table I - Non-Derivative Securities"


def test_single_caption_does_not_begin_a_cover() -> None:
    """No other caption is beside it."""
    assert not begins_cover("1. Name and Address of Reporting Person")


def test_values_side_by_side_that_continue_below_stay_in_their_columns() -> None:
    """The city has two words."""
    assert cell_of_cover(["MOUNTAIN    CA    94043", "VIEW"]) == "MOUNTAIN VIEW\tCA\t94043"


def test_cross_may_be_beside_any_line_of_its_label() -> None:
    """And each half has its own words below."""
    assert read_boxes(BOXES.split("\n")) == (
        "[X] Director\t10% Owner\n[X] Officer (give title below)\tOther (specify below)\nChief Lamp Officer\nIn a group"
    )


@pytest.mark.parametrize("mark", ["[v]", "yes", "#"])
def test_unknown_mark_in_a_box_is_kept_for_the_reader_of_the_cell(mark: str) -> None:
    """Redrawing it as an empty box would report that the owner is not a director."""
    lines = [f"{mark:>6}     Director      [ ]     10% Owner", "[X]        Officer       [ ]     Other"]
    assert str(read_boxes(lines)).split("\n")[0] == f"{mark} Director\t[ ] 10% Owner"


def test_four_labels_without_any_box_are_not_drawn_with_empty_ones() -> None:
    """The page lost the boxes: four empty ones would be four false statements."""
    assert read_boxes(["Director     10% Owner", "Officer      Other"]) == (
        "Director\t10% Owner\nOfficer (give title below)\tOther (specify below)"
    )


def test_a_title_that_reaches_over_the_middle_is_one() -> None:
    """On all of its lines."""
    lines = [*BOXES.split("\n")[:4], "       Executive Vice President and Chief", "          Officer"]
    assert str(read_boxes(lines)).endswith("\nExecutive Vice President and Chief Officer")


@pytest.mark.parametrize(
    "text",
    ["Director 10% Owner", "10% Owner   Director\nOther   Officer", "X Director\n10% Owner\nX Officer\nOther", ""],
)
def test_boxes_without_four_labels_side_by_side_are_not_read(text: str) -> None:
    """They are not guessed."""
    assert read_boxes(text.split("\n")) is None


def test_unreadable_boxes_leave_only_their_caption() -> None:
    """The reader of the cover reports them."""
    lines = ["5. Relationship of Reporting Person(s) to Issuer", "X Director", "10% Owner X", "Officer", "Other"]
    assert cell_of_cover(lines) == "Relationship of Reporting Person(s) to Issuer"


def test_number_of_a_footnote_may_be_beside_any_of_its_lines() -> None:
    """It is put first, and a word that was broken at its slash is joined."""
    lines = ["", "     Held by a trust dated 7/1/", "(12) 11, of which the person", "     is a trustee.", ""]
    assert [line for line in read_notes(lines) if line] == [
        "(12) Held by a trust dated 7/1/11, of which the person is a trustee."
    ]


def test_footnotes_without_blank_lines_are_read_if_each_is_one_line() -> None:
    """The lines beside (2) may belong to (1) or (3): they are kept as they are."""
    lines = ["(1) One.", "    more", "(2) Two.", "    more", "(3) Three.", "(4) Four.", "(5) Five."]
    unreadable = Unreadable("(1) One. more (2) Two. more (3) Three.")
    assert [line for line in read_notes(lines) if line] == ["(4) Four.", "(5) Five.", unreadable]


def test_long_small_print_shows_that_numbers_are_beside_first_lines() -> None:
    """So that the lines below a number are its text, although no blank line parts the footnotes."""
    lines = ["**   Intentional misstatements or", "     omissions of facts", "     constitute violations.", "(1)  One.",
             "     more", "(2)  Two."]  # fmt: skip
    assert [line for line in read_notes(lines) if line][1:] == ["(1) One. more", "(2) Two."]


def test_signatures_without_blank_lines_are_separate() -> None:
    """A name that goes on below its date is not the next signer's."""
    lines = ["/s/ A. Wick, General   09/20/2021", "Partner of Wick LP", "**Signature of Reporting Person   Date"] * 2
    name = ["Signatures", "/s/ A. Wick, General   09/20/2021", "Partner of Wick LP", "Signature of Reporting Person"]
    assert [line for line in read_notes(lines) if line] == name * 2


def test_signature_is_above_its_caption_and_small_print_is_joined() -> None:
    """However both are wrapped."""
    lines = [
        "Remarks:", "None.", "", "      /s/ Ada Wick,   05/05/2025", "      by proxy", "      ** Signature of  Date",
        "      Reporting Person", "Reminder: Report on a", "separate line.",
    ]  # fmt: skip
    assert [plain_text(line) for line in read_notes(lines) if line and isinstance(line, str)] == [
        "Remarks:", "None.", "Signatures", "/s/ Ada Wick, 05/05/2025", "by proxy", "Signature of Reporting Person",
        "Reminder: Report on a separate line.",
    ]  # fmt: skip


def test_owners_have_their_crosses_by_column() -> None:
    """And a title where an officer's cross would be."""
    text = """\
Reporting Owners
                               Relationships
 Reporting Owner Name / Address
                        Director  10% Owner   Officer   Other

Wick Ada
1 MAIN STREET              X                 Chief Lamp
AMHERST, NY 14228                             Officer

Trust of Wick                         X
1 MAIN STREET
"""
    heading, *rows = read_owners(text.split("\n"), whole=True)
    assert heading == "Reporting Owners"
    assert [row.cells for row in rows if isinstance(row, Row)] == [
        ["Reporting Owner Name / Address", "Director", "10% Owner", "Officer", "Other"],
        ["Wick Ada\n1 MAIN STREET\nAMHERST, NY 14228", "X", "", "Chief Lamp\nOfficer", ""],
        ["Trust of Wick\n1 MAIN STREET", "", "X", "", ""],
    ]
    *_, last = read_owners(text.split("\n"), whole=False)
    assert isinstance(last, Unreadable)


def test_owners_with_nothing_between_them_are_unreadable() -> None:
    """A name may be the line after an address."""
    text = (
        "Reporting Owners\n         Director 10% Owner Officer Other\nWick       X\nMain St\nTrust      X\nMain St\n\n"
    )
    *_, last = read_owners(text.split("\n"), whole=True)
    assert isinstance(last, Unreadable)


def test_raised_markers_are_separated_from_their_words() -> None:
    """`^(1)`, also after a blank."""
    assert cell_of_cover(["Trust ^(1) ^", "(2)"]) == build_text("Trust ", FootnoteMarker(1), " ", FootnoteMarker(2))


def test_streets_that_may_be_wrapped_are_marked() -> None:
    """Only if the next word would not have fit within the widest line."""
    for street, marked in (("1 MAIN ST", False), ("1600 AMPHITHEATRE", True)):
        cell = cell_of_cover(["1. Name and Address of", "DOE JANE", "(Last) (First)", street, "PARKWAY", "(Street)"])
        assert may_be_wrapped(cell) is marked
