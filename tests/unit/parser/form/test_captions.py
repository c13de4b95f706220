"""Captions: the slots of each column, even if captions were lost."""

from services.parser.form.captions import are_part_captions, captioned_table, columns_of, standard_columns

TABLE_I = [
    "1. Title of Security (Instr. 3)", "2. Transaction Date (Month/Day/Year)", "2A. Deemed Execution Date, if any",
    "3. Transaction Code (Instr. 8)", "", "4. Securities Acquired (A) or Disposed Of (D)", "", "",
    "5. Amount of Securities Beneficially Owned Following Reported Transaction(s)", "6. Ownership Form: Direct (D)",
    "7. Nature of Indirect Beneficial Ownership",
]  # fmt: skip
PARTS_I = ["", "", "", "Code", "V", "Amount", "(A) or (D)", "Price", "", "", ""]


def test_a_caption_row_is_known_by_its_first_caption() -> None:
    """With or without its number."""
    assert captioned_table(TABLE_I) == "non_derivative"
    assert captioned_table(["1.Title of Security"]) == "non_derivative"
    assert captioned_table(["Title of Derivative Security (Instr. 3)"]) == "derivative"
    assert captioned_table(["Common Stock"]) is None
    assert captioned_table([]) is None


def test_second_line_of_captions_has_nothing_but_part_captions() -> None:
    """A row of values is not one."""
    assert are_part_captions(PARTS_I)
    assert not are_part_captions(["Common Stock", "Code"])
    assert not are_part_captions(["", ""])


def test_full_captions_give_the_standard_columns() -> None:
    """Each column one slot."""
    assert columns_of(TABLE_I, PARTS_I) == standard_columns("non_derivative", "4")


def test_without_the_second_line_a_group_of_full_width_goes_by_order() -> None:
    """Code and V, amount and A or D and price."""
    assert columns_of(TABLE_I, []) == standard_columns("non_derivative", "4")


def test_a_part_that_lost_its_caption_is_the_one_that_is_left() -> None:
    """V is missing, and can be nothing else."""
    assert columns_of(["3. Transaction Code", ""], ["Code", ""]) == (("code",), ("voluntary",))


def test_a_lost_column_leaves_its_slots_open() -> None:
    """One column under two slots may be either."""
    assert columns_of(["4. Transaction Code"], [""]) == (("code", "voluntary"),)
    assert columns_of(["7. Title and Amount of Underlying Securities"], []) == (
        ("underlying_title", "underlying_amount"),
    )


def test_shifted_captions_leave_both_slots_possible() -> None:
    """Column 5 was lost, so its (A) and (D) are under column 6."""
    assert columns_of(["6. Date Exercisable and Expiration Date", ""], ["(A)", "(D)"]) == (
        ("exercise_date", "acquired"),
        ("expiration_date", "disposed"),
    )


def test_an_unknown_caption_has_no_slot() -> None:
    """Nothing is read from under it."""
    assert columns_of(["Something else"], []) == ((),)


def test_form_3_has_its_own_columns() -> None:
    """Four in Table I, and eight in Table II."""
    assert len(standard_columns("non_derivative", "3")) == 4
    assert len(standard_columns("derivative", "3/A")) == 8
