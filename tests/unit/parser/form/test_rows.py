"""Rows: a cell is assigned to its only possible slot, or left out and reported."""

from contracts.enumerations import Table
from services.parser.document import RawLine
from services.parser.form.captions import Column, standard_columns
from services.parser.form.cell_values import read_cell
from services.parser.form.rows import read_row
from services.parser.layouts.converter_markup import read_markup

FORM_4 = standard_columns("non_derivative", "4")
FORM_4_DERIVATIVE = standard_columns("derivative", "4")


def row(text: str, columns: tuple[Column, ...] = FORM_4, table: Table = "non_derivative") -> RawLine | None:
    """Return the line of a row whose cells have bars between them."""
    cells = [read_cell(read_markup(cell), {}) for cell in text.split("|")]
    return read_row(cells, columns, standard_columns(table, "4"), table)


def test_a_whole_row_is_read_by_place() -> None:
    """Every column of Table I."""
    line = row("Common Stock|10/29/2019||s (1)|V|5,000|D|$38|460,022|I|By Trust")
    assert line is not None
    assert line.is_transaction
    assert line.values == {
        "security_title": "Common Stock", "transaction_date": "10/29/2019", "code": "s", "form_type": "5",
        "shares": "5,000", "acquired_disposed": "D", "price_per_share": "$38", "shares_owned_following": "460,022",
        "ownership": "I", "nature_of_ownership": "By Trust",
    }  # fmt: skip
    assert line.footnotes == {"code": ["F1"]}


def test_empty_trailing_cells_may_be_left_out() -> None:
    """A direct holding ends with its D."""
    line = row("Common Stock|||||||| 1,887|D")
    assert line is not None
    assert not line.is_transaction
    assert line.values == {"security_title": "Common Stock", "shares_owned_following": "1,887", "ownership": "D"}


def test_a_holding_that_lost_columns_is_read_by_kind() -> None:
    """There is but one amount that a holding has."""
    line = row("Common Stock||900|I|By Spouse's IRA")
    assert line is not None
    assert line.values["shares_owned_following"] == "900"
    assert not line.problems


def test_a_transaction_that_lost_its_empty_columns_is_read_by_kind() -> None:
    """The order of date, code, amount, A or D leaves no choice."""
    line = row("Common Stock|10/29/2019|S|5,000|D|$38|460,022|I|By Trust")
    assert line is not None
    assert (line.values["shares"], line.values["price_per_share"]) == ("5,000", "$38")
    assert line.values["shares_owned_following"] == "460,022"


def test_one_amount_that_may_be_price_or_holding_is_left_out() -> None:
    """Either would be a guess, with or without a currency sign."""
    for amount in ("460,022", "$9"):
        line = row(f"Common Stock|10/29/2019|S|5,000|D|{amount}|D")
        assert line is not None
        assert line.problems == [("ambiguous_column", None, amount)]
        assert not {"price_per_share", "shares_owned_following", "value_owned_following"} & set(line.values)


def test_a_transaction_that_lost_its_code_is_not_read_by_kind() -> None:
    """Its D may be of three columns."""
    assert row("Common Stock|10/29/2019|300|D|$9|D") is None


def test_row_without_a_title_is_not_a_line() -> None:
    """Nor is a row of words."""
    assert row("one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve") is None
    assert row("|||||||| 1,887|D") is None


def test_number_under_a_letters_column_makes_the_row_unreadable() -> None:
    """The row has its width, but an anchor of the wrong kind."""
    assert row("Common Stock|10/29/2019||S||5,000|7|$38|460,022|I|By Trust") is None


def test_words_under_a_numbers_column_are_kept_for_the_diagnostic() -> None:
    """The anchors hold the row in place: the field is what cannot be read, not the row."""
    line = row("Common Stock|10/29/2019||S||5,000|D|see below|460,022|I|By Trust")
    assert line is not None
    assert line.values["price_per_share"] == "see below"


def test_acquired_and_disposed_derivatives_have_separate_columns() -> None:
    """The column of the amount decides."""
    line = row("Option|$5|10/29/2019||M|||100||04/14/2028|Common Stock|100|$0|400|D|", FORM_4_DERIVATIVE, "derivative")
    assert line is not None
    assert (line.values["shares"], line.values["acquired_disposed"]) == ("100", "D")


def test_a_derivatives_amount_that_lost_its_column_has_no_direction() -> None:
    """The shares are certain, acquired or disposed is not."""
    line = row(
        "Option|$5|10/29/2019|M|100|01/01/2020|04/14/2028|Common Stock|100|$0|400|D", FORM_4_DERIVATIVE, "derivative"
    )
    assert line is not None
    assert line.values["shares"] == "100"
    assert "acquired_disposed" not in line.values
    assert ("ambiguous_column", "acquired_disposed", "100") in line.problems


def test_a_currency_sign_makes_an_amount_a_value() -> None:
    """Notes are reported in dollars, not shares."""
    line = row(
        "Note|$17|10/29/2019||A||$30,000||||Common Stock|1,000|$30,000|$30,000|D|", FORM_4_DERIVATIVE, "derivative"
    )
    assert line is not None
    assert (line.values["total_value"], line.values["value_owned_following"]) == ("$30,000", "$30,000")
    assert "shares" not in line.values


def test_form_5_codes_carry_the_form_they_belonged_on() -> None:
    """A late line, one that belonged on Form 4, and an equity swap."""
    late = row("Common Stock|10/29/2019||S5||5,000|D|$38|460,022|D|")
    other = row("Common Stock|10/29/2019||P/K4||5,000|A|$38|460,022|D|")
    assert late is not None
    assert other is not None
    assert (late.values["code"], late.values["form_type"], late.values["timeliness"]) == ("S", "5", "L")
    assert (other.values["code"], other.values["form_type"], other.values["equity_swap_involved"]) == ("P", "4", "true")
