"""Markdown of whole pages as two families of converters write it: a small invented filing in both."""

import pytest

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from services.parser.form.blocks import Row
from services.parser.layouts.markdown.markdown_page import MOST_BARS, is_markdown, read_markdown
from tests.unit.parser.layouts.markdown_pages import NESTED, OPEN, VIEWER_NESTED, VIEWER_OPEN

ALL = pytest.mark.parametrize("page", [NESTED, OPEN, VIEWER_NESTED, VIEWER_OPEN], ids=["nested", "open", "v", "vo"])


@ALL
def test_a_page_gives_its_event(page: str) -> None:
    """Cover, line, owner, signature and footnote."""
    (event,) = parse_filing(page)
    assert (event.filing.form_type, str(event.filing.period_of_report)) == ("4", "2025-01-23")
    assert (event.issuer.name, event.issuer.trading_symbol) == ("ACME INC", "AC")
    owner = event.owner
    assert (owner.name, owner.street1, owner.street2) == ("DOE JANE", "C/O ACME INC", "1 ROAD, SUITE 560")
    assert (owner.city, owner.state, owner.zip_code) == ("SMALLVILLE", "MN", "55416")
    assert (owner.is_director, owner.is_officer, owner.is_ten_percent_owner) == (True, True, False)
    assert owner.officer_title == "Chief Cook"
    (line,) = event.transactions
    assert (line.security_title, str(line.transaction_date), line.code) == ("Common Stock", "2025-01-23", "S")
    assert (line.shares, line.price_per_share, line.shares_owned_following) == ("835", "41.5", "334646")
    assert (line.acquired_disposed, line.ownership, line.nature_of_ownership) == ("D", "I", "By Trust")
    assert dict(line.footnotes) == {"price_per_share": ("F1",)}
    assert event.footnotes == {"F1": "An average price."}
    assert [(one.name, one.date) for one in event.filing.signatures] == [("/s/ Jane Doe", "2025-01-24")]
    assert event.filing.remarks is None


@ALL
def test_page_truncated_anywhere_gives_no_wrong_number(page: str) -> None:
    """It is refused, or its values of the line are those of the whole page."""
    (whole,) = parse_filing(page)
    row, footnote = page.index("Common Stock"), page.index("An average price")
    for end in (*range(1, row, 7), *range(row, footnote), *range(footnote, len(page), 7)):
        try:
            (event,) = parse_filing(page[:end])
        except InvalidFiling:
            continue
        assert event.transactions in ((), whole.transactions), end
        assert event.owner.name == whole.owner.name, end


def test_a_marker_is_one_though_its_footnote_is_cut_off() -> None:
    """A page that breaks off among the footnotes has lost some of them."""
    page = VIEWER_OPEN.replace("By Trust", "By Trust(2)").replace("price.", "price.  \n2\\. The Doe trust.")
    events = [parse_filing(page), parse_filing(page[: page.index("price") + 2])]
    assert [event.transactions[0].nature_of_ownership for (event,) in events] == ["By Trust", "By Trust"]
    assert [event.transactions[0].footnotes["nature_of_ownership"] for (event,) in events] == [("F2",), ("F2",)]
    assert "truncated" in {problem.code for problem in events[1][0].diagnostics}


@ALL
def test_trailing_spaces_may_be_lost(page: str) -> None:
    """An editor strips them."""
    stripped = "\n".join(line.rstrip() for line in page.split("\n"))
    assert parse_filing(stripped)[0].transactions == parse_filing(page)[0].transactions


def test_a_wrapped_page_reads_like_one_that_is_not() -> None:
    """A line without two spaces at its end continues on the next."""
    wrapped = OPEN.replace("Common Stock | 01/23/2025|", "Common\nStock | 01/23/2025|").replace(
        "An average", "An\naverage"
    )
    assert wrapped != OPEN
    assert parse_filing(wrapped)[0].transactions == parse_filing(OPEN)[0].transactions
    assert parse_filing(wrapped)[0].footnotes == {"F1": "An average price."}


def test_hyphen_at_the_end_of_a_wrapped_line_is_part_of_its_word() -> None:
    """A word is broken after its hyphen. Before `and` there was a space, and after a number too."""
    note = "pre- and post-split shares, of Series 2- or so"
    wrapped = OPEN.replace("An average price", "pre-\nand post-\nsplit shares, of Series 2-\nor so")
    assert parse_filing(wrapped)[0].footnotes == {"F1": f"{note}."}


def test_headings_without_a_blank_line_below_are_recognised() -> None:
    """Some converters leave no blank lines."""
    close = OPEN.replace("## Reporting Owners\n\n", "## Reporting Owners\n").replace(
        "## Signatures\n\n", "## Signatures\n"
    )
    assert parse_filing(close)[0].owner == parse_filing(OPEN)[0].owner
    assert parse_filing(close)[0].filing.signatures == parse_filing(OPEN)[0].filing.signatures


def test_brackets_may_be_escaped() -> None:
    """A converter that escapes all it may."""
    escaped = VIEWER_OPEN.replace("(Instr", "\\(Instr").replace("Form 4 |", "Form 4 |")
    assert parse_filing(escaped)[0].transactions == parse_filing(VIEWER_OPEN)[0].transactions


def test_first_row_of_a_table_may_be_its_head() -> None:
    """Then the rule follows the captions, on the same line."""
    empty_head, captions = NESTED[NESTED.index("| |  |  |  |  |  |  |  |  |  |  |  |") :].split(" 1.Title", 1)
    columns, rest = captions.split("| Code", 1)
    rule = empty_head[empty_head.index("| ---") : empty_head.rindex("|")]
    headed = NESTED.replace(f"{empty_head} 1.Title{columns}", f"| | 1.Title{columns}{rule}| ")
    assert headed != NESTED
    assert rest in headed
    assert parse_filing(headed)[0].transactions == parse_filing(NESTED)[0].transactions


def test_a_row_may_break_within_its_cells() -> None:
    """It begins with a bar and ends with one; a bar with a space behind it opens a cell."""
    (whole,) = parse_filing(VIEWER_NESTED)
    row = "| Common Stock | 01/23/2025 |  | S |  | 835 | D | $41.5(1) | 334,646 | I | By Trust |"
    broken = VIEWER_NESTED.replace(row, row.replace("| 835 ", "| \n 835\n\n ").replace("| Common", "| \n Common"))
    assert parse_filing(broken)[0].transactions == whole.transactions
    torn = VIEWER_NESTED.replace(row, row.replace("| 835 |", "| \n 835 |\n"))
    (event,) = parse_filing(torn)
    assert event.transactions == ()
    assert "unreadable_row" in {problem.code for problem in event.diagnostics}


def test_rows_with_bars_at_both_ends_are_delimited_text() -> None:
    """Each row is on its own line, as in the simplest texts."""
    assert not is_markdown(
        "FORM 4\n\n| 1. Title of Security | 2. Date |\n| --- | --- |\n| Common Stock | 01/23/2025 |\n"
    )
    assert is_markdown(NESTED)
    assert is_markdown(OPEN)


@pytest.mark.parametrize(
    "hostile", ["|", "[", "\\", "*", "[(1)](", "| --- ", "1. Title of Security|", "(Last)", "[X]|\n"]
)
@pytest.mark.parametrize("page", [NESTED, OPEN])
def test_a_page_of_anything_is_read_in_one_pass(hostile: str, page: str) -> None:
    """A hundred thousand of each: blocks, and no more of them than the text has lines and bars."""
    times = 100_000
    assert len(list(read_markdown(page + "\n" + hostile * times))) <= times * len(hostile)


def test_a_line_of_more_bars_than_any_form_ends_the_page() -> None:
    """The scan refuses a row so wide."""
    *_, last = read_markdown("a|b\n---|---\n" + "|" * (MOST_BARS + 1))
    assert isinstance(last, Row)
    assert len(last.cells) > MOST_BARS
