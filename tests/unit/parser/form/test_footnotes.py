"""Footnotes however they are numbered, and signatures however they are wrapped."""

from services.parser.form.footnotes import before_footnotes, read_footnotes
from services.parser.form.signatures import is_torn, read_signature


def test_footnotes_are_numbered_or_counted() -> None:
    """`1.`, `(1)`, `[1]`, or a bullet."""
    for first, second in (("1.", "2."), ("(1)", "(2)"), ("[1]", "[2]"), ("-", "-"), ("•", "•")):
        assert read_footnotes([f"{first} One.", f"{second} Two."]) == {"F1": "One.", "F2": "Two."}


def test_a_footnote_goes_on_over_lines_and_numbers_out_of_turn() -> None:
    """A year or a list within it begins no other."""
    assert read_footnotes(["1. Vests in", "2013. It ends", "5. years later", "", "2. Two."]) == {
        "F1": "Vests in 2013. It ends 5. years later",
        "F2": "Two.",
    }


def test_fragment_may_begin_with_a_later_footnote() -> None:
    """Its number is kept."""
    assert read_footnotes(["lost words", "(3) Three.", "(4) Four."]) == {"F3": "Three.", "F4": "Four."}


def test_a_signature_is_a_name_and_a_date() -> None:
    """In one paragraph, in two, or wrapped around the date."""
    assert read_signature(["Remark.", "Ada Wicker 06/25/2021"]) == (("Ada Wicker", "06/25/2021"), ["Remark."])
    assert read_signature(["Ada Wicker", "06/25/2021"]) == (("Ada Wicker", "06/25/2021"), [])
    assert read_signature(["for Ada 06/25/2021 Wicker"]) == (("for Ada Wicker", "06/25/2021"), [])
    assert read_signature(["for Ada Wicker 06/25/2021 Wicker"]) == (("for Ada Wicker", "06/25/2021"), [])


def test_signature_may_lack_its_date_or_its_name() -> None:
    """The missing part is None."""
    assert read_signature(["Ada Wicker"]) == (("Ada Wicker", None), [])
    assert read_signature(["06/25/2021"]) == ((None, "06/25/2021"), [])
    assert read_signature([]) == (None, [])


def test_a_name_with_a_piece_of_a_date_among_its_words_is_torn() -> None:
    """A narrow page wraps the date beside the name; a date within a name is whole."""
    names = (
        "/s/ A B 09/20/ 2021",
        "/s/ A B, 03/30 Partner /2022",
        "02/ /s/ A B 08/ 2024",
        "A Trust U/A/D 5/1/99",
        "A B",
    )
    assert [is_torn((name, None)) for name in names] == [True, True, True, False, False]
    assert not is_torn(("A 1/", "01/02/2024"))


def test_explanations_without_a_number_are_separated() -> None:
    """They precede the first that has one. A letter is not a number."""
    assert before_footnotes(["(a) By trust.", "", "Held so.", "1. One.", "Two."]) == ["(a) By trust.", "Held so."]
    assert before_footnotes(["(1) One.", "Two."]) == []
