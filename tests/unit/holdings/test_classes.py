"""What makes lines speak of the same class and the same holder."""

import pytest

from services.holdings.classes import class_of, holder_of_line, holder_of_position, normalized_title
from tests.unit.holdings.builders import applied, holding, only, report


@pytest.mark.parametrize(
    "title",
    [
        "Common Stock",
        "COMMON STOCK",
        "Common Stock, $.01 par value",
        "Common Stock, par value $0.01 per share",
        "Common Stock (par value $0.0001)",
        "Common Stock, no par value",
        "Common Stock, without par value",
        "Common Stock (1)",
        "Common  Stock\u207d\u00b9\u207e",
        "Common Stock [F2]",
    ],
)
def test_case_punctuation_par_value_and_markers_do_not_make_another_class(title: str) -> None:
    """One class is written in many ways."""
    assert normalized_title(title) == "COMMON STOCK"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Class A Common Stock", "Class B Common Stock"),
        ("Series C-1 Preferred Stock", "Series C-2 Preferred Stock"),
        ("Class 2 par value $.01", "Class 3 par value $.01"),
        ("Common Stock", "Common Stock (restricted)"),
        ("***", "###"),
    ],
)
def test_what_tells_classes_apart_stays(one: str, other: str) -> None:
    """Normalizing folds what carries no meaning and nothing else."""
    assert normalized_title(one) != normalized_title(other)


def test_derivatives_of_other_terms_are_other_classes() -> None:
    """Exercise price, expiration and underlying are part of a derivative's class; the number's dress is not."""
    option = holding("5", title="Option", table="derivative", exercise_price="6.24", expiration_date="2030-01-01")
    same = option.model_copy(update={"exercise_price": "6.2400", "security_title": "OPTION"})
    assert class_of(option) == class_of(same)
    for terms in ({"exercise_price": "6.25"}, {"expiration_date": None}, {"underlying_title": "Class A"}):
        assert class_of(option) != class_of(option.model_copy(update=terms))


def test_a_line_without_a_title_has_no_class() -> None:
    """A fragment's line cannot be given to a class."""
    assert class_of(holding("5", title=None)) is None


@pytest.mark.parametrize("nature", ["By Trust", "by trust", "Trust", "Held by Trust", "By Trust (1)", "Trust."])
def test_the_words_around_a_holder_are_not_the_holder(nature: str) -> None:
    """By trust, Trust and held by trust are one."""
    assert holder_of_line(holding("5", by=nature), {}).key == "TRUST"


@pytest.mark.parametrize("nature", ["See Footnote", "see footnotes 2 and 3", "See Footnote (2)", "Footnote 2"])
def test_a_nature_that_only_points_names_the_holder_by_its_footnote(nature: str) -> None:
    """Five `See footnote` positions in one class are told apart by what the footnotes say."""
    one, other = (
        holder_of_line(
            holding("5", by=nature, footnotes={"nature_of_ownership": (note,)}),
            {"F1": "By Fund I.", "F2": "By Fund II."},
        )
        for note in ("F1", "F2")
    )
    assert one.note == "By Fund I."
    assert one != other


def test_a_footnote_on_the_form_of_ownership_names_the_holder_too() -> None:
    """Filers cite it on the D or I beside."""
    line = holding("5", by="See footnote", footnotes={"ownership": ("F1",)})
    assert holder_of_line(line, {"F1": "By Fund I."}).note == "By Fund I."


def test_a_pointer_to_a_footnote_that_is_missing_names_nobody() -> None:
    """Nothing is invented for a footnote that the filing lacks."""
    holder = holder_of_line(holding("5", by="See footnote", footnotes={"nature_of_ownership": ("F9",)}), {})
    assert (holder.key, holder.note) == ("", None)


def test_a_direct_holder_is_the_owner_whatever_the_nature_says() -> None:
    """Direct is direct."""
    line = holding("5").model_copy(update={"nature_of_ownership": "jointly with spouse"})
    assert holder_of_line(line, {}) == holder_of_line(holding("5"), {})


@pytest.mark.parametrize("by", [None, "By Trust", "See footnote"])
def test_a_position_names_its_holder_as_the_line_that_set_it_did(by: str | None) -> None:
    """The ledger's own words lead back to the same holder."""
    line = holding("5", by=by, footnotes={"nature_of_ownership": ("F1",)})
    notes = {"F1": "Shares of the Doe Family Trust."}
    position = only(applied(report(line, form="3", footnotes=notes)).book.positions)
    assert holder_of_position(position) == holder_of_line(line, notes)
