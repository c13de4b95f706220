"""A cover whose cells ran together: cut at its captions, joined to a value or not."""

from services.parser.form.blocks import Row, display_text
from services.parser.layouts.markdown.joined_cover import cut_cover


def rows_of(*lines: str) -> list[list[str]]:
    """Return the rows of a cover whose lines have a cell each."""
    return [
        list(map(display_text, block.cells))
        for block in cut_cover([[line] for line in lines])
        if isinstance(block, Row)
    ]


def test_caption_joined_to_a_value_is_cut_off_with_its_number() -> None:
    """The number of a caption is one known digit, so any digits before it belong to the value."""
    (row,) = rows_of(
        "1. Name and Address of Reporting Person *",
        "DOE JANE",
        "2. Date of Event Requiring Statement (Month/Day/Year)",
        "09/19/2018",
        "(Last)\t(First)\t(Middle)",
        "1 HILL ROAD, SUITE 1014. Relationship of Reporting Person(s) to Issuer __X__ Director",
        "(Street)",
        "MENLO PARK, CA 940256. Individual or Joint/Group Filing _X_ Form filed by One Reporting Person",
        "(City)\t(State)\t(Zip)",
    )
    assert row[0].split("\n") == [
        "1. Name and Address of Reporting Person *",
        "DOE JANE",
        "(Last)\t(First)\t(Middle) 1 HILL ROAD, SUITE 101 (Street)",
        "MENLO PARK, CA 94025",
        "(City)\t(State)\t(Zip)",
    ]
    assert row[1] == "2. Date of Event Requiring Statement (Month/Day/Year)\n09/19/2018"


def test_number_of_no_caption_stays_with_the_value() -> None:
    """No caption of the cover has the number 9."""
    (row,) = rows_of(
        "1. Name and Address of Reporting Person", "DOE JANE", "(Last)", "SUITE 9Relationship of Reporting Person"
    )
    assert row[0].endswith("SUITE 9")


def test_each_owner_has_a_row() -> None:
    """A page names further owners below the tables."""
    rows = rows_of(
        "1. Name and Address of Reporting Person*", "A CO", "1. Name and Address of Reporting Person*", "B CO"
    )
    assert [row[0].split("\n")[1] for row in rows] == ["A CO", "B CO"]


def test_rules_between_the_parts_of_a_cover_are_no_words() -> None:
    """Dashes and asterisks that a page draws as lines."""
    (row,) = rows_of("1. Name and Address of Reporting Person*", "---", "A CO", "* * *", "(Last)")
    assert row[0].split() == ["1.", "Name", "and", "Address", "of", "Reporting", "Person*", "A", "CO", "(Last)"]


def test_heading_has_a_line_per_part_and_a_cross_before_its_label() -> None:
    """Titles determine the form. A box appears only if it is checked."""
    lines = [["FORM 4", "Washington, D.C. 20549  STATEMENT OF CHANGES"], ["X"], ["Check this box if no longer subject"]]
    blocks = [block for block in cut_cover(lines) if block]
    assert blocks == [
        "FORM 4",
        "Washington, D.C. 20549",
        "STATEMENT OF CHANGES",
        "X",
        "[X] Check this box if no longer subject",
    ]


def test_title_of_a_table_ends_the_cover() -> None:
    """It is in the last of the cover's cells."""
    blocks = list(cut_cover([["(City) (State) (Zip)", "Table I - Non-Derivative Securities Beneficially Owned"]]))
    assert blocks[-1] == "Table I - Non-Derivative Securities Beneficially Owned"
