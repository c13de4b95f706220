"""Real and made-up filings of kinds that the corpus lacks: every value as the page shows it, or null."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.structs import TransactionsReported
from services.parser import parse_filing
from tests.filings.corpus import CORPUS

CASES = CORPUS.parent / "cases" / "parser"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason=f"needs the cases in {CASES}")


def read(name: str) -> list[TransactionsReported]:
    """Return the events of a case."""
    return parse_filing((CASES / name).read_bytes())


def values(part: Any, *names: str) -> tuple[Any, ...]:
    """Return the values of some fields."""
    return tuple(getattr(part, name) for name in names)


def test_form_3_of_2003_has_holdings_alone() -> None:
    """First Mid-Illinois: a holding with shares in the place of a transaction's."""
    (event,) = read("xml-2003/0000700565-03-000110.xml")
    assert event.transactions == ()
    amounts = [values(line, "shares_owned_following", "ownership", "underlying_shares") for line in event.holdings]
    assert amounts == [("220.5830", "I", None), (None, "D", "1000")]
    assert event.issuer.tickers == ("FMBH",)


def test_form_5_of_2003_has_its_prices() -> None:
    """Education Lending: `transactionValue` is the price of a gift."""
    (event,) = read("xml-2003/0001181431-03-009430.xml")
    prices = [values(line, "code", "shares", "price_per_share", "acquired_disposed") for line in event.transactions]
    assert prices == [("G", "500", "3.75", "D"), ("G", "35000", "3.85", "A")]
    assert (event.diagnostics, event.issuer.tickers) == ((), ("EDLG",))


def test_form_type_with_a_nested_field_is_read() -> None:
    """Starbucks: the form type has another field within it."""
    (event,) = read("xml-2003/0001209191-03-003774.xml")
    assert values(event.filing, "form_type", "no_securities_owned") == ("3", False)
    assert [line.shares_owned_following for line in event.holdings] == ["57864", "200", None, None]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a01_mangled_attribute.xml", "repaired_markup"),
        ("a17_bad_charref.xml", "repaired_markup"),
        ("a20_trailing_garbage.xml", "repaired_markup"),
        ("a24_upper_tags.xml", "repaired_markup"),
        ("s23_doctype_nested.xml", "repaired_markup"),
    ],
)
def test_malformed_document_with_one_reading_is_read(name: str, code: str) -> None:
    """The sale is the same in all of them."""
    (event,) = read(f"malformed/{name}")
    (sale,) = event.transactions
    assert values(sale, "code", "shares", "price_per_share", "shares_owned_following") == ("S", "1000", "10.50", "9000")
    assert [found.code for found in event.diagnostics] == [code]
    assert event.filing.form_type == "4"


def test_submission_without_document_tag_is_read() -> None:
    """Its header was said to be alone."""
    events = read("malformed/s30_header_then_xml_without_document.txt")
    assert [event.owner.name for event in events] == ["Fund GP LLC", "Fund LP"]
    assert events[0].filing.accession_number == "0000000000-26-000001"


def test_price_in_euros_carries_its_currency() -> None:
    """10.50 euros are not 10.50 dollars."""
    (event,) = read("malformed/n40_currency.xml")
    assert values(event.transactions[0], "price_per_share", "currency") == ("10.50", "EUR")
    assert event.diagnostics == ()


def test_line_break_in_a_footnote_parts_words() -> None:
    """`Trust.` and `Second` are two words."""
    (event,) = read("malformed/a32_markup_note.xml")
    assert event.footnotes == {"F1": "Held by the Roe Family Trust. Second line"}


@pytest.mark.parametrize("name", ["chromium_andyevers_form4.txt", "spaces_chromium_andyevers_form4.txt"])
def test_pasted_page_has_every_value(name: str) -> None:
    """Apple: copied out of Chromium with tabs, and with four spaces for each."""
    (event,) = read(f"pasted/{name}")
    assert values(event.owner, "name", "officer_title", "is_officer") == (
        "O'BRIEN DEIRDRE",
        "Senior Vice President",
        True,
    )
    assert values(event.filing, "rule_10b5_1_plan", "period_of_report") == (True, date(2023, 8, 5))
    amounts = [
        values(line, "code", "shares", "price_per_share", "shares_owned_following") for line in event.transactions
    ]
    assert amounts == [
        ("M", "31896", None, "168341"),
        ("F", "16477", "181.99", "151864"),
        ("S", "15419", "178.56", "136445"),
        ("M", "31896", None, "0"),
    ]
    assert event.transactions[3].footnotes["exercise_date"] == ("F6",)
    assert event.diagnostics == ()


def test_page_with_a_paragraph_for_each_cell_has_every_value_but_a_side() -> None:
    """Apple: turndown leaves no empty cells, so that the column of 31,896 in Table II, (A) or (D), is lost."""
    (event,) = read("pasted/turndown.md")
    (whole,) = read("pasted/chromium_andyevers_form4.txt")
    assert event.transactions == (*whole.transactions[:3], replace(whole.transactions[3], acquired_disposed=None))
    assert [values(found, "code", "raw") for found in event.diagnostics] == [("ambiguous_column", "31,896")]
    assert replace(event.owner, key=whole.owner.key, cik=whole.owner.cik) == whole.owner
    assert values(event.owner, "cik") == ("0001767094",)


def test_pasted_page_of_a_holding_has_it() -> None:
    """Microsoft: a holding in Table I, a grant in Table II."""
    (event,) = read("pasted/chromium_edgar4j_MSFT.txt")
    assert [values(line, "shares_owned_following", "ownership") for line in event.holdings] == [("3398", "D")]
    assert [values(line, "shares", "price_per_share") for line in event.transactions] == [("1619", "0")]
    assert values(event.owner, "street1", "street2") == ("C/O MICROSOFT CORPORATION", "ONE MICROSOFT WAY")


def test_pasted_page_at_tab_stops_has_its_cover_alone() -> None:
    """Evans: the columns of its row are lost, and its title is not part of the caption below."""
    (event,) = read("pasted/expand_chromium_EVBN_01-24-2023_SULLIVAN-NORA-B_f4.txt")
    assert (event.transactions, event.owner.officer_title) == ((), None)
    assert [found.code for found in event.diagnostics] == ["unreadable_row"]


def test_page_of_2003_as_agents_filed_it_is_read() -> None:
    """Dates as people wrote them, a symbol in brackets, a signature without columns."""
    (event,) = read("html-2002/2_simple_2003.htm")
    assert values(event.issuer, "name", "tickers") == ("Example Widgets, Inc.", ("EXW",))
    assert event.filing.period_of_report == date(2003, 1, 15)
    assert [values(each, "name", "date") for each in event.filing.signatures] == [("/s/ Ada B. Roe", "2003-01-15")]
    (sale,) = event.transactions
    assert values(sale, "transaction_date", "shares", "price_per_share") == (date(2003, 1, 13), "5000", "21.35")
    assert event.diagnostics == ()


def test_ascii_form_with_bars_is_read() -> None:
    """A cell broken at the end of a full line is broken between words, as elsewhere in the table."""
    (event,) = read("ascii/a1_pipe_underscore.txt")
    option = event.transactions[2]
    assert values(option, "security_title", "exercise_price", "expiration_date") == (
        "Stock Option (right to buy)",
        "22.50",
        date(2010, 10, 16),
    )
    assert [line.shares_owned_following for line in event.transactions] == [None, "738749000", "10000"]


def test_ascii_form_with_stacked_captions_is_read() -> None:
    """Boxes between bars, captions over nine lines, words below the table, a signature over rules."""
    (event,) = read("ascii/b2_submission.txt")
    assert values(event.owner, "name", "city", "is_director", "is_officer", "officer_title") == (
        "Roe Ada B.",
        "Springfield",
        True,
        True,
        "President",
    )
    assert values(event.owner, "is_ten_percent_owner", "is_other") == (False, False)
    lines = [values(line, "code", "shares", "price_per_share", "shares_owned_following") for line in event.transactions]
    assert lines == [("P", "1200", "17.25", None), ("P", "800", "17.50", "52000")]
    assert [values(line, "shares_owned_following", "nature_of_ownership") for line in event.holdings] == [
        ("3100", "By 401(k)")
    ]
    assert [values(each, "name", "date") for each in event.filing.signatures] == [("/s/ Ada B. Roe", "2001-09-07")]
    assert [values(found, "code", "raw") for found in event.diagnostics] == [("malformed_date", "8/01")]


def test_page_with_spacing_cells_has_its_cover_and_what_its_tables_show() -> None:
    """SurModics: boxes in Wingdings, a table cut in two, whose halves are joined."""
    (event,) = read("html-2002/0000950134-02-014785.txt")
    assert values(event.issuer, "name", "tickers") == ("SurModics, Inc.", ("SRDX",))
    assert values(event.owner, "name", "street1", "city", "state") == (
        "Meslow John A.",
        "1386 Knollwood Lane",
        "Mendota Heights",
        "MN",
    )
    assert values(event.owner, "is_director", "is_officer", "is_ten_percent_owner", "is_other") == (
        True,
        False,
        False,
        False,
    )
    (grant,), (held,) = event.transactions, event.holdings
    assert values(grant, "exercise_price", "transaction_date", "code", "shares") == (
        "34.85",
        date(2001, 11, 21),
        "A",
        "1000",
    )
    assert held.shares_owned_following is None
    assert values(grant, "expiration_date", "underlying_shares", "shares_owned_following", "ownership") == (
        date(2011, 11, 21),
        "1000",
        "1000",
        "D",
    )
    raws = [found.raw for found in event.diagnostics if found.code in ("malformed_number", "unreadable_row")]
    assert "28,000*" in raws
    assert any(raw and "Previously Reported" in raw and "10,000*" in raw for raw in raws)
