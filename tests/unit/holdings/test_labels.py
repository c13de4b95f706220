"""When lines refer to the same class and the same holder."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from services.holdings.labels import Holder, Label, read_label
from services.holdings.text_normalization import normalized_title
from tests.unit.holdings.builders import applied, holding, label, only, report

NEW_YEAR = date(2030, 1, 1)


@pytest.mark.parametrize(
    "title",
    [
        "Common Stock",
        "COMMON STOCK",
        "Common Stock, $.01 par value",
        "Common Stock, par value $0.01 per share",
        "Common Stock (par value $0.0001)",
        "$.001 Par Value Common Stock",
        "Common Stock, no par value",
        "Common Stock, without par value",
        "Common Stock (1)",
        "Common  Stock\u207d\u00b9\u207e",
        "Common Stock [F2]",
        "Common Stocks",
        "Common Shares",
        "Common Share",
    ],
)
def test_case_punctuation_plural_par_value_and_markers_do_not_make_another_class(title: str) -> None:
    """One class is written in many ways, by different agents or by one on different days."""
    assert normalized_title(title) == "COMMON STOCK"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Class A Common Stock", "Class B Common Stock"),
        ("Series C-1 Preferred Stock", "Series C-2 Preferred Stock"),
        ("Class 2 par value $.01", "Class 3 par value $.01"),
        ("Common Stock", "Common Stock (restricted)"),
        ("ADS", "AD"),
        ("Class", "Clas"),
        ("***", "###"),
    ],
)
def test_words_that_distinguish_classes_are_kept(one: str, other: str) -> None:
    """Folding too much adds the shares of two classes up."""
    assert normalized_title(one) != normalized_title(other)


def test_derivative_terms_distinguish_classes_regardless_of_number_format() -> None:
    """Options of two prices are two positions; 6.24 and 6.2400 are one price."""
    option = label("Option", exercise_price="6.24", expiration_date=NEW_YEAR, underlying="Common Stock")
    assert option.security == option._replace(exercise_price="6.2400", title="OPTIONS").security
    for other in (
        option._replace(exercise_price="6.25"),
        option._replace(expiration_date=NEW_YEAR.replace(year=2031)),
        option._replace(underlying="Class A"),
    ):
        assert not option.security.fits(other.security)


@pytest.mark.parametrize("blank", [{"exercise_price": None}, {"exercise_price": "0"}, {"underlying": None}, {}])
def test_blank_term_matches_any_term_but_not_another_ownership(blank: dict[str, Any]) -> None:
    """A later filing often leaves the price or the expiration of an option out."""
    option = label("Option", exercise_price="6.24", underlying="Common Stock")
    other = option._replace(**blank)
    assert option.security.fits(other.security)
    assert not option.security.fits(other._replace(ownership="I").security)
    assert option.security.fits_however_held(other._replace(ownership="I").security)


def test_terms_in_table_one_are_ignored() -> None:
    """Common stock has no expiration date, whatever a filer puts into the column."""
    line = holding("5", exercise_price="1", expiration_date=NEW_YEAR)
    assert read_label(line, {}).security == read_label(holding("5"), {}).security


@pytest.mark.parametrize(
    "nature",
    ["By Trust", "by trust", "Trust", "Held by Trust", "By Trust (1)", "Trust.", "By the Trust", "By Trusts"],
)
def test_words_around_a_holders_name_are_ignored(nature: str) -> None:
    """Filers write the same trust with and without them."""
    assert label(by=nature).holder.key == "TRUST"


@pytest.mark.parametrize(("one", "other"), [("Fund I, L.P.", "Fund I LP"), ("Doe's Trust", "Does Trust")])
def test_periods_and_apostrophes_within_a_word_do_not_split_it(one: str, other: str) -> None:
    """L.P. is LP: the names of funds are written both ways."""
    assert label(by=one).holder == label(by=other).holder


@pytest.mark.parametrize(
    "nature", ["See Footnote", "see footnotes 2 and 3", "See Footnote (2)", "Footnote 2", "Please refer to notes below"]
)
def test_nature_that_only_refers_to_a_footnote_takes_the_holder_from_it(nature: str) -> None:
    """Five positions of one class, each "See footnote", differ only in their footnotes."""
    notes = {"F1": "By Fund I.", "F2": "By Fund II."}
    one, other = (
        read_label(holding("5", by=nature, footnotes={field: (note,)}), notes)
        for field, note in (("nature_of_ownership", "F1"), ("ownership", "F2"))
    )
    assert (one.note, other.note) == ("By Fund I.", "By Fund II.")
    assert one.holder != other.holder


def test_reference_to_a_missing_footnote_names_no_holder() -> None:
    """The filing lacks the footnote, so there is no text to compare."""
    missing = read_label(holding("5", by="See footnote", footnotes={"nature_of_ownership": ("F9",)}), {})
    assert (missing.holder.key, missing.note) == ("", None)


@pytest.mark.parametrize(
    "note",
    [
        "The shares are held of record by Fund One, L.P. The general partner is Doe GP.",
        "Securities held directly by the Fund One, of which the reporting person is a member.",
        "Held by Fund One; see also note 2.",
        "These are HELD BY FUND ONE (the Fund).",
        "Held by the\nFund  One.",
    ],
)
def test_footnotes_with_the_same_name_after_held_by_name_one_holder(note: str) -> None:
    """The text around the name changes from filing to filing."""
    line = holding("5", by="See footnote", footnotes={"nature_of_ownership": ("F1",)})
    assert read_label(line, {"F1": note}).holder.named == "FUND ONE"


def test_direct_holder_is_the_owner_whatever_the_nature_of_ownership() -> None:
    """Shares held directly are one position, even "jointly with spouse"."""
    line = replace(holding("5"), nature_of_ownership="jointly with spouse")
    assert read_label(line, {}).holder == Holder("") == label().holder


@pytest.mark.parametrize("by", [None, "By Trust", "See footnote"])
def test_restored_position_has_the_holder_of_its_line(by: str | None) -> None:
    """A restored book must recognize the same holder."""
    line = holding("5", by=by, footnotes={"nature_of_ownership": ("F1",)})
    notes = {"F1": "Shares of the Doe Family Trust."}
    found = only(applied(report(line, form="3", footnotes=notes)).event.positions)
    stored = Label(found.table, found.security_title, found.ownership, found.nature_of_ownership, found.holder_note)
    assert stored.holder == read_label(line, notes).holder


def test_blank_terms_are_filled_in_from_another_label() -> None:
    """The position keeps its price if the latest filing omits it; terms in the filing take precedence."""
    known = label("Option", exercise_price="5", expiration_date=NEW_YEAR, underlying="Common")
    filled = label("Options", exercise_price="0", underlying="Class A").with_terms_of(known)
    assert (filled.title, filled.exercise_price, filled.expiration_date) == ("Options", "5", NEW_YEAR)
    assert filled.underlying == "Class A"


def test_footnotes_of_a_holder_are_kept_up_to_a_length() -> None:
    """A made-up filing could cite one long footnote on each of its lines."""
    line = holding("5", by="See footnote", footnotes={"nature_of_ownership": ("F1",)})
    assert len(read_label(line, {"F1": "x" * 100_000}).note or "") == 4_000
