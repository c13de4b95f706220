"""The cover of a rendering: owners, addresses, relationship, issuer, dates."""

import pytest

from services.parser.document import RawDocument, RawOwner
from services.parser.form.addresses import read_city
from services.parser.form.blocks import PartyLink, PossibleWrap, build_text, display_text, linked_cik
from services.parser.form.check_boxes import leading_box_value
from services.parser.form.cover import read_cover_cell, read_owners
from services.parser.form.form_hints import FormHints
from services.parser.form.relationship import read_relationship

CAPTION = "5. Relationship of Reporting Person(s) to Issuer (Check all applicable) "


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("AMHERST NY 14228", ("AMHERST", "NY", "14228")),
        ("EAST ST LOUIS IL 62201-1234", ("EAST ST LOUIS", "IL", "62201-1234")),
        ("VANCOUVER, A1 V5Y 0A1", ("VANCOUVER", "A1", "V5Y 0A1")),
        ("VANCOUVER A1 V5Y 0A1", ("VANCOUVER", "A1", "V5Y 0A1")),
        ("LONDON X0", ("LONDON", "X0", None)),
    ],
)
def test_city_state_and_zip_are_divided_if_there_is_one_way(line: str, parts: tuple[str, str, str | None]) -> None:
    """State codes have two characters, and those of countries a letter and a digit."""
    owner = RawOwner()
    read_city(owner, line)
    assert (owner.values["city"], owner.values["state"], owner.values.get("zip_code")) == parts
    assert not owner.problems


def test_a_city_line_of_two_readings_is_left_out() -> None:
    """A guess at the state would be one at the city, too."""
    owner = RawOwner()
    read_city(owner, "EAST ST LOUIS IL")
    assert owner.values == {}
    assert owner.problems == [("ambiguous_address", "city", "EAST ST LOUIS IL")]


def test_streets_joined_on_one_line_are_left_out() -> None:
    """A comma may part the two streets, or be part of one."""
    (owner,) = read_owners(["1. Name and Address of Reporting Person * X Y", "(Last) (First) (Middle) C/O Z, 1 A ST"])
    assert owner.values == {"name": "X Y"}
    assert owner.problems == [("ambiguous_address", "street1", "C/O Z, 1 A ST")]


@pytest.mark.parametrize(
    ("text", "checked"),
    [
        ("[X] Director 10% Owner Officer (give title below) Other (specify below)", {"is_director"}),
        ("Director [X] 10% Owner Officer (give title below) Other (specify below)", {"is_ten_percent_owner"}),
        ("__X__ Director _____ 10% Owner _____ Officer (give title below) _____ Other", {"is_director"}),
        (
            "X Director X 10% Owner Officer (give title below) X Other",
            {"is_director", "is_ten_percent_owner", "is_other"},
        ),
        ("[ ] Director [ ] 10% Owner [X] Officer (give title below) [ ] Other", {"is_officer"}),
        ("\nDirector X\n10% Owner\nOfficer (give title below) X\nOther (specify below)", {"is_director", "is_officer"}),
        ("Director\n10% Owner\nOfficer (give title below)\nOther (specify below) X\nMember of a group", {"is_other"}),
        ("Director [X] 10% Owner [ ] Officer (give title below) [ ] Other [ ]", {"is_director"}),
        ("\nDirector\tX\t10% Owner\n\tOfficer (give title below)\t\tOther", {"is_ten_percent_owner"}),
    ],
)
def test_the_box_beside_a_label_is_its_own(text: str, checked: set[str]) -> None:
    """In every fashion that converters print boxes in, before the label or after it."""
    owner = RawOwner()
    assert read_relationship(CAPTION + text, owner)
    assert {name for name, value in owner.values.items() if value == "true"} == checked
    assert len(owner.values.keys() - {"other_text"}) == 4


def test_words_after_the_boxes_are_the_title_or_the_other_text() -> None:
    """If both boxes are checked, or neither is, they could be either."""
    labels = ("Director 10% Owner ", "Officer (give title below) ", "Other (specify below) ")
    for boxes, field in ((("[X]", ""), "officer_title"), (("", "[X]"), "other_text")):
        owner = RawOwner()
        read_relationship(f"{CAPTION}{labels[0]}{boxes[0]}{labels[1]}{boxes[1]}{labels[2]}Chief", owner)
        assert owner.values[field] == "Chief"
    owner = RawOwner()
    read_relationship(f"{CAPTION}{labels[0]}[X]{labels[1]}[X]{labels[2]}Chief", owner)
    assert owner.problems == [("ambiguous_relationship", "officer_title", "Chief")]


def test_relationship_without_its_labels_is_ambiguous() -> None:
    """A cross without a column means nothing."""
    owner = RawOwner()
    assert read_relationship(CAPTION + "X", owner)
    assert owner.problems[0][0] == "ambiguous_relationship"
    assert not read_relationship("Director", owner)


@pytest.mark.parametrize(
    "text",
    [
        "Director X 10% Owner Officer (give title below) X Other (specify below)",
        "Director X\n10% Owner\nX Officer (give title below)\nOther (specify below)",
        "Director 10% Owner Officer (give title below) Other (specify below)",
        "X Director 10% Owner",
    ],
)
def test_boxes_on_both_sides_or_on_neither_give_no_flag(text: str) -> None:
    """A cross between two labels may belong to either, so the whole owner has one problem."""
    owner = RawOwner()
    assert read_relationship(CAPTION + text, owner)
    assert owner.values == {}
    assert [problem[:2] for problem in owner.problems] == [("ambiguous_relationship", None)]


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("[X] Director Owner [ ] 10% Owner [ ] Officer (give title below) [ ] Other", "Owner [ ]"),
        ("[X] Director 10% Owner [ ] Officer (give title below) [ ] Other", ""),
        ("[X] Director [v] 10% Owner [ ] Officer (give title below) [ ] Other", "[v]"),
        ("__X__ Director (x) 10% Owner _____ Officer (give title below) _____ Other", "(x)"),
        ("Director [X] 10% Owner Officer [ ] Other [ ]", ""),
    ],
)
def test_one_box_that_cannot_be_read_leaves_its_own_flag_out(text: str, raw: str) -> None:
    """The other boxes are plain, and false for this one would be a statement that the page does not make."""
    owner = RawOwner()
    assert read_relationship(CAPTION + text, owner)
    assert owner.values == {"is_director": "true", "is_officer": "false", "is_other": "false"}
    assert owner.problems == [("ambiguous_relationship", "is_ten_percent_owner", raw)]


def test_unknown_mark_before_the_first_label_leaves_its_flag_out() -> None:
    """The caption's own note in parentheses is not a mark."""
    owner = RawOwner()
    assert read_relationship(CAPTION + "* Director [X] 10% Owner [ ] Officer [ ] Other", owner)
    assert "is_director" not in owner.values
    assert owner.problems == [("ambiguous_relationship", "is_director", "*")]


def test_words_below_boxes_that_are_half_read_stay_ambiguous() -> None:
    """If the officer's box is unreadable, the words may be a title or another's description."""
    owner = RawOwner()
    read_relationship(CAPTION + "[ ] Director [ ] 10% Owner Officer (give title below) [X] Other Chief", owner)
    assert owner.values == {"is_director": "false", "is_ten_percent_owner": "false", "is_other": "true"}
    assert [problem[1] for problem in owner.problems] == ["is_officer", "officer_title"]


def test_issuer_and_dates_follow_their_captions() -> None:
    """An issuer without brackets has no symbol, and an empty date is None."""
    document = RawDocument(source_format="text")
    for cell in (
        "2. Issuer Name and Ticker or Trading Symbol Lamp Co [ LAMP ]",
        "3. Date of Earliest Transaction (Month/Day/Year) \n10/29/2019\n",
        "4. If Amendment, Date of Original Filed (Month/Day/Year)",
    ):
        read_cover_cell(cell, document)
    assert document.issuer == {"name": "Lamp Co", "trading_symbol": "LAMP"}
    assert document.filing == {"period_of_report": "10/29/2019"}
    bare = RawDocument(source_format="text")
    read_cover_cell("2. Issuer Name and Ticker or Trading Symbol Lamp Co", bare)
    assert bare.issuer == {"name": "Lamp Co"}


def test_box_of_a_line_is_true_false_or_missing() -> None:
    """A bullet in its place means nothing."""
    said = {"[X] Check": "true", "[ ] Check": "false", "- Check": None, "X Check": "true", "Xerox": None}
    said |= {"__X__ Check": "true", "_____ Check": "false", "_X Check": "true"}
    assert {text: leading_box_value(text) for text in said} == said


@pytest.mark.parametrize(
    ("values", "boxes"),
    [
        (["__X__ Check this box if no longer subject to Section 16."], {"not_subject_to_section16": "true"}),
        (["_____ Check this box if no longer subject to Section 16."], {"not_subject_to_section16": "false"}),
        (["Check this box if no longer subject to Section 16. X"], {"not_subject_to_section16": "true"}),
        (["X", "Check this box to indicate ... Rule 10b5-1(c)."], {"rule_10b5_1_plan": "true"}),
        (["Check this box if no longer subject to Section 16."], {}),
    ],
)
def test_box_of_the_filing_is_at_either_end_of_its_words(values: list[str], boxes: dict[str, str]) -> None:
    """Or alone before them. If there is no box, the field stays empty."""
    clues = FormHints()
    assert clues.read_boxes(values)
    assert clues.boxes == boxes


def test_party_has_the_cik_that_its_name_links_to() -> None:
    """The CIK is not part of the name, nor of displayed text."""
    block = build_text(
        "1. Name and Address of Reporting Person*\nDOE JANE", PartyLink("912346"), "\n(Last) (First) (Middle)"
    )
    assert read_owners([block])[0].values == {"name": "DOE JANE", "cik": "0000912346"}
    document = RawDocument(source_format="text")
    cell = build_text("2. Issuer Name and Ticker or Trading Symbol ACME", PartyLink("0000912345"), " [AC]")
    read_cover_cell(cell, document)
    assert document.issuer == {"name": "ACME", "trading_symbol": "AC", "cik": "0000912345"}


def test_two_different_links_give_no_cik() -> None:
    """Either CIK could be the party's."""
    text = build_text("A", PartyLink("1"), " B", PartyLink("2"))
    assert (display_text(text), linked_cik(text)) == ("A B", None)


def test_street_lines_that_may_be_wrapped_are_left_out() -> None:
    """A third line shows that one was, and a mark that one may have been. No ZIP code contains a word."""
    ending = "(Street)\nAUSTIN TX 78701\n(City) (State) (Zip)"
    name = "1. Name and Address of Reporting Person ^*\nDOE JANE\n(Last)\n"
    for streets in ("C/O A LLC\n1 B\nST\n", build_text("C/O A LLC\n1 B ST", PossibleWrap(), "\n")):
        (owner,) = read_owners([build_text(name, streets, ending)])
        assert owner.values == {"name": "DOE JANE", "city": "AUSTIN", "state": "TX", "zip_code": "78701"}
        assert [problem[:2] for problem in owner.problems] == [("ambiguous_address", "street1")]
    owner = RawOwner()
    read_city(owner, "MOUNTAIN CA VIEW 94043")
    assert owner.values == {}
    assert owner.problems == [("ambiguous_address", "city", "MOUNTAIN CA VIEW 94043")]


def test_country_in_words_is_reported_and_not_read() -> None:
    """Except for the United States, which needs no country."""
    for country, problems in (("CANADA", [("unread_country", "country", "CANADA")]), ("UNITED STATES", [])):
        address = f"1 ST\n(Street)\nAUSTIN TX 78701\n(City) (State) (Zip)\n{country}\n(Country)"
        (owner,) = read_owners([f"1. Name and Address of Reporting Person\nDOE\n(Last)\n{address}"])
        assert owner.problems == problems
