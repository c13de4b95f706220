"""The owners' table: crosses and words by column, addresses in lines, and what it adds to the cover's owner."""

import pytest

from services.parser.document import RawOwner
from services.parser.form.addresses import read_address
from services.parser.form.blocks import PartyLink, Text, build_text
from services.parser.form.owners import merge_owner, read_owner_row, relationship_columns, without_duplicates

CAPTIONS = ["", "Director", "10% Owner", "Officer", "Other"]
COLUMNS = {1: "is_director", 2: "is_ten_percent_owner", 3: "is_officer", 4: "is_other"}


def test_columns_are_found_by_their_captions() -> None:
    """In any order. If the name's column has lost its place, the others move by one."""
    assert relationship_columns(CAPTIONS) == COLUMNS
    assert relationship_columns(CAPTIONS[1:]) == COLUMNS
    assert relationship_columns(["", "Officer", "Director", "Other", "10% Owner"]) == {
        1: "is_officer", 2: "is_director", 3: "is_other", 4: "is_ten_percent_owner",
    }  # fmt: skip
    assert relationship_columns(["Reporting Owner Name / Address", "Relationships", "", "", ""]) is None


def test_cross_or_officers_title_sets_the_relationship() -> None:
    """An empty cell means false."""
    name = build_text("FUND LP", PartyLink("7"), "\n1 A ST\nAUSTIN, TX 78701")
    cells: list[Text] = [name, "X", "", "Chief Executive", "[X]"]
    owner = read_owner_row(cells, COLUMNS, [])
    assert owner is not None
    assert owner.values == {
        "name": "FUND LP", "cik": "0000000007", "street1": "1 A ST", "city": "AUSTIN", "state": "TX",
        "zip_code": "78701", "is_director": "true", "is_ten_percent_owner": "false", "is_officer": "true",
        "officer_title": "Chief Executive", "is_other": "true",
    }  # fmt: skip


def test_words_that_are_no_cross_are_left_out_with_a_diagnostic() -> None:
    """A director's column has no place for words."""
    owner = read_owner_row(["FUND LP", "see note", "", "", ""], COLUMNS, [])
    assert owner is not None
    assert "is_director" not in owner.values
    assert owner.problems == [("ambiguous_relationship", "is_director", "see note")]


@pytest.mark.parametrize("cells", [["FUND LP", "", "", "", ""], ["FUND LP"]])
def test_row_without_any_cross_leaves_the_relationship_out(cells: list[str]) -> None:
    """Every owner has a relationship, so four empty cells mean that the page lost the crosses."""
    owner = read_owner_row(cells, COLUMNS, [])
    assert owner is not None
    assert owner.values == {"name": "FUND LP"}


def test_row_that_breaks_off_leaves_the_missing_columns_out() -> None:
    """A cell that is not there was not read: it is neither checked nor unchecked."""
    owner = read_owner_row(["FUND LP", "X", ""], COLUMNS, [])
    assert owner is not None
    assert owner.values == {"name": "FUND LP", "is_director": "true", "is_ten_percent_owner": "false"}


def test_name_joined_to_its_address_is_read_only_if_the_cover_has_it() -> None:
    """The street shows where the name ends, and another name may begin with it."""
    cells = ["FUND GP LP 1 A ST AUSTIN, TX 78701", "X", "", "", ""]
    known = [RawOwner({"name": name, "street1": "1 A ST"}) for name in ("FUND", "FUND GP LP")]
    owner = read_owner_row(cells, COLUMNS, known)
    assert owner is not None
    assert owner.values["name"] == "FUND GP LP"
    assert read_owner_row(cells, COLUMNS, []) is None
    assert read_owner_row(cells, COLUMNS, known[:1]) is None


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        (["1 A ST", "SUITE 5", "AUSTIN, TX 78701"], ("1 A ST", "SUITE 5", "AUSTIN", "TX", "78701")),
        (["1 A ST", "AUSTIN", "TEXAS", "78701", "UNITED STATES"], ("1 A ST", None, "AUSTIN", "TX", "78701")),
        (["1 A ST", "5", "AUSTIN", "TEXAS", "", "UNITED STATES"], ("1 A ST", "5", "AUSTIN", "TX", None)),
        (["1 A ST", "TORONTO, A6 M5J 2T3", ""], ("1 A ST", None, "TORONTO", "A6", "M5J 2T3")),
    ],
)
def test_an_address_has_its_city_in_one_line_or_in_one_for_each_part(
    lines: list[str], values: tuple[str | None, ...]
) -> None:
    """The newest stylesheets write a line each, and the state in words."""
    owner = RawOwner()
    read_address(owner, lines)
    assert tuple(owner.values.get(name) for name in ("street1", "street2", "city", "state", "zip_code")) == values
    assert owner.problems == []


def test_ambiguous_lines_of_an_address_abroad_are_left_out() -> None:
    """Street or city, territory or code: nothing shows which."""
    owner = RawOwner()
    read_address(owner, ["1 A ST", "TORONTO", "ONTARIO", "CANADA"])
    assert owner.values == {}
    assert owner.problems == [("ambiguous_address", None, "1 A ST / TORONTO / ONTARIO / CANADA")]


def test_boxes_are_from_the_cover_and_titles_from_the_table() -> None:
    """The cover joins title and other words, and the table shows an officer without a title as if not an officer."""
    cover = RawOwner(
        {"name": "A", "is_director": "false", "is_officer": "true", "officer_title": "CEO / Trustee"},
        [("ambiguous_address", "street1", "1 A ST, SUITE 5")],
    )
    table = RawOwner({"name": "A", "is_director": "false", "is_officer": "true", "officer_title": "CEO",
                      "other_text": "Trustee", "street1": "1 A ST"})  # fmt: skip
    found = merge_owner(cover, [RawOwner({"name": "B"}), table])
    assert found.values == table.values
    assert found.problems == []
    untitled = merge_owner(cover, [RawOwner({"name": "A", "is_director": "false", "is_officer": "false"})])
    assert (untitled.values["is_officer"], untitled.values.get("officer_title")) == ("true", None)
    assert merge_owner(cover, [RawOwner({"name": "B"})]) is cover


def test_table_with_all_boxes_settles_a_cover_that_could_not_be_read() -> None:
    """The diagnostic would contradict the four booleans beside it."""
    cover = RawOwner({"name": "A"}, [("ambiguous_relationship", None, "X")])
    boxes = dict.fromkeys(COLUMNS.values(), "false")
    found = merge_owner(cover, [RawOwner({"name": "A", **boxes, "is_director": "true"})])
    assert found.values == {"name": "A", **boxes, "is_director": "true"}
    assert found.problems == []
    part = merge_owner(cover, [RawOwner({"name": "A", "is_director": "true"})])
    assert part.problems == cover.problems


def test_owner_named_twice_is_one() -> None:
    """By CIK if the page has it, else by name."""
    same = [RawOwner({"name": "A", "cik": "1"}), RawOwner({"name": "A B", "cik": "1"}), RawOwner({"name": "C"})]
    assert without_duplicates([*same, RawOwner({"name": "C"})]) == [same[0], same[2]]
