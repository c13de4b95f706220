"""Forms filed in ASCII before mid-2003: items below one another, tables with tags, bars or neither; broken words."""

import pytest
from msgspec.structs import asdict, replace

from contracts.errors import InvalidFiling
from contracts.structs import Diagnostic, TransactionsReported
from services.parser import parse_filing
from services.parser.form.written_dates import as_printed
from tests.event_json import stated_in

COVER = """\
FORM 4
[ ] Check this box if no longer
    subject to Section 16.
1. Name and Address of Reporting Person*
     Wick, Ada B.
     1 Main Street
     Suite 2
     Amherst, NY  14228-1234
     USA
2. Issuer Name and Ticker or Trading Symbol
     Example Lanterns, Inc. (LAMP)
3. I.R.S. Identification Number of Reporting Person, if an entity (Voluntary)

4. Statement for Month/Year
     {period}
5. If Amendment, Date of Original (Month/Year)

6. Relationship of Reporting Person(s) to Issuer (Check all applicable)
     ( ) Director   ( ) 10% Owner
     (X) Officer (give title below)   ( ) Other (specify below)
     Vice President, Lamps
7. Individual or Joint/Group Filing (Check Applicable Line)
     (X) Form filed by One Reporting Person
"""
TAGGED = """\
<TABLE>
<CAPTION>
Table I - Non-Derivative Securities Acquired, Disposed of, or Beneficially Owned

1. Title of Security    2. Trans-   3. Trans-   4. Securities Acquired (A)    5. Amount of    6. Owner-  7. Nature of
                        action      action      or Disposed of (D)            Securities      ship       Indirect
                        Date        Code                                      Owned at End    Form       Ownership
                                    Code   V    Amount    (A) or   Price      of Month
                                                          (D)
<S>                     <C>         <C>    <C>  <C>       <C>      <C>        <C>             <C>        <C>
"""
BARS = """\
____________________________________________________________________________________________
Table II -- Derivative Securities Acquired, Disposed of, or Beneficially Owned             |
___________________________________________________________________________________________|
1.Title of |2.Con- |3.   |4.    |5.Number of|6.Date Exer|7.Title and |8.Pri|9.Num|10|11.Na- |
  Derivati |version|Trans|Trans |Derivative |cisable and|Amount of   |ce of|ber  |Di|ture of|
  ve Secur |Price  |     |Code  |Secur. A/D |Expiration |Underlying  |Deriv|Owned|re|Indi-  |
  ity      |       |Date |Code|V|Amount |A/D|Exer |Expir|Title |Shares|ative|     |ct|rect   |
___________________________________________________________________________________________|
{rows}___________________________________________________________________________________________|
"""
ENDING = """\
Explanation of Responses:
(1) The reporting person disclaims
    beneficial ownership.

/s/ Ada B. Wick                    November 9, 1998
**Signature of Reporting Person    Date
"""


def event_of(*tables: str, period: str = "10/31/98") -> TransactionsReported:
    """Return the one event of a form with these tables."""
    (event,) = parse_filing(COVER.format(period=period) + "".join(tables) + ENDING)
    return event


def reported(event: TransactionsReported) -> list[Diagnostic]:
    """Return the values that could not be read."""
    return list(event.diagnostics)


def test_items_below_one_another_are_read() -> None:
    """Name, streets and city in lines; the symbol in brackets; boxes in round brackets; dates in words."""
    event = event_of(TAGGED)
    owner = event.owner
    assert (owner.name, owner.street1, owner.street2) == ("Wick, Ada B.", "1 Main Street", "Suite 2")
    assert (owner.city, owner.state, owner.zip_code) == ("Amherst", "NY", "14228-1234")
    assert (owner.is_officer, owner.is_director, owner.officer_title) == (True, False, "Vice President, Lamps")
    assert (event.issuer.name, event.issuer.trading_symbol) == ("Example Lanterns, Inc.", "LAMP")
    assert (str(event.filing.period_of_report), event.filing.not_subject_to_section16) == ("1998-10-31", False)
    assert [(signed.name, signed.date) for signed in event.filing.signatures] == [("/s/ Ada B. Wick", "1998-11-09")]
    assert event.footnotes == {"F1": "The reporting person disclaims beneficial ownership."}


def test_month_without_a_day_is_not_a_date() -> None:
    """It is reported in a diagnostic."""
    event = event_of(TAGGED, period="10/98")
    assert event.filing.period_of_report is None
    assert reported(event) == [Diagnostic(code="malformed_date", field="filing.period_of_report", raw="10/98")]


def test_columns_are_found_by_their_tags() -> None:
    """A row is a line with its letter of ownership. A cell that is not a number is reported."""
    rows = """\
Common Stock            10/02/98    S           1,000     D        $12.50     20,500          D
Common Stock,           10/15/98    P      V    200       (A)      11 1/8     20,700          (D)
par value $.01
Common Stock                                                                  3,000           I          By spouse (1)
par value $.01
"""
    event = event_of(TAGGED + rows + "</TABLE>\n")
    sale, purchase = event.transactions
    (holding,) = event.holdings
    assert (sale.shares, sale.price_per_share, sale.shares_owned_following) == ("1000", "12.50", "20500")
    assert (str(sale.transaction_date), sale.code, sale.acquired_disposed) == ("1998-10-02", "S", "D")
    assert (purchase.security_title, purchase.form_type) == ("Common Stock, par value $.01", "5")
    assert (purchase.acquired_disposed, purchase.ownership, purchase.price_per_share) == ("A", "D", "11.125")
    assert (holding.nature_of_ownership, holding.footnotes) == ("By spouse", {"nature_of_ownership": ("F1",)})
    assert [(found.field, found.raw) for found in reported(event)] == []


def test_a_line_that_may_be_of_the_row_above_or_below_leaves_both_unread() -> None:
    """The first row ends, or the second begins, with it."""
    row = "Common Stock            10/02/98    S           1,000     D        $12.50     20,500          D\n"
    event = event_of(TAGGED + row + "par value $.01\n" + row)
    assert event.transactions == ()
    assert [found.code for found in reported(event)] == ["unreadable_row"]


def test_bars_determine_the_columns() -> None:
    """Cells break within words and numbers, a dash means nothing, and an ambiguous cell is reported."""
    rows = """\
Options to |$1,000.|2/7/9|A   |V|12,000 |A  |2/7/9|2/7/0|Common|12,000|-    |12,00|D | -     |
Purchase Co|50     |8    |    | |       |   |9    |8    | Stock|      |     |0    |  |       |
mmon Stock |       |     |    | |       |   |     |     |      |      |     |     |  |       |
- ------------------------------------------------------------------------------------------|
Warrants   |see (1)|2/8/9|D   | |12,000-|A,D|     |2/7/4|Stock |  |   |     |5    |I |By LLC |
           |       |8    |    | |       |   |     |5    |      |      |     |     |  |       |
"""
    event = event_of(BARS.format(rows=rows.replace("|  |   |     |5", "|100   |     |5")))
    option, warrant = event.transactions
    assert stated_in(option) == {
        "line": 0, "table": "derivative", "security_title": "Options to Purchase Common Stock", "form_type": "5",
        "exercise_price": "1000.50", "transaction_date": "1998-02-07", "code": "A", "shares": "12000",
        "acquired_disposed": "A", "exercise_date": "1999-02-07", "expiration_date": "2008-02-07",
        "underlying_title": "Common Stock", "underlying_shares": "12000", "shares_owned_following": "12000",
        "ownership": "D",
    }  # fmt: skip
    assert (warrant.shares, warrant.acquired_disposed, warrant.expiration_date) == (None, None, None)
    assert (warrant.underlying_shares, warrant.ownership) == ("100", "I")
    assert sorted((found.field, found.raw) for found in reported(event)) == [
        ("transactions[1].acquired_disposed", "A,D"), ("transactions[1].exercise_price", "see"),
        ("transactions[1].expiration_date", "2/7/45"), ("transactions[1].shares", "12,000-"),
    ]  # fmt: skip


def test_bars_out_of_line_make_a_table_unreadable() -> None:
    """No column of any line is certain then."""
    row = "Warrant|$1|2/7/98|A| |10|A|2/7/98|2/7/08|Stock|10||10|D||\n"
    event = event_of(BARS.format(rows=row + row.replace("$1", "$10")))
    assert (event.transactions, [found.code for found in reported(event)]) == ((), ["unreadable_row"])


def test_captions_without_tags_or_bars_are_read_by_their_places() -> None:
    """As a text browser's are."""
    table = TAGGED[TAGGED.index("Table I") : TAGGED.index("<S>")].replace("(A) or   Price", "(A)      Price")
    table = table.replace("(D)       ", "or        ", 0).replace("                (D)\n", "                or\n")
    row = "\nCommon Stock            10/02/98    S           1,000     D        $12.50     20,500          D\n\n"
    below = "                                                          (D)\n"
    event = event_of(table + below + row)
    (sale,) = event.transactions
    assert (sale.shares, sale.price_per_share, sale.acquired_disposed) == ("1000", "12.50", "D")


def test_form_without_rows_has_no_lines() -> None:
    """And needs no diagnostic."""
    event = event_of(TAGGED + "</TABLE>\n")
    assert (event.transactions, event.holdings, reported(event)) == ((), (), [])


def test_a_form_that_breaks_off_gives_no_other_number() -> None:
    """Wherever it does, a line of it is one of the whole form's, or a part of that."""
    rows = "Common Stock            10/02/98    S           1,000     D        $12.50     20,500          D\n\n" * 2
    text = COVER.format(period="10/31/98") + TAGGED + rows + ENDING
    (whole,) = parse_filing(text)
    known = asdict(replace(whole.transactions[0], footnotes={}))
    for end in range(len(text) - len(ENDING) - len(rows), len(text)):
        for event in parse_filing(text[:end]):
            for line in event.transactions:
                shown = asdict(replace(line, line=known["line"], footnotes={}))
                assert all(value in (None, known[name]) for name, value in shown.items()), end


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2/7/00", "02/07/2000"),
        ("12-31-98", "12/31/1998"),
        ("2/7/05", "02/07/2005"),
        ("2/7/45", "2/7/45"),
        ("2/7/1945", "02/07/1945"),
        ("March 13, 2000", "03/13/2000"),
        ("Sept. 1,1999", "09/01/1999"),
        ("Lamp 13, 2000", "Lamp 13, 2000"),
        ("10/98", "10/98"),
    ],
)
def test_date_gets_its_century_if_that_is_certain(text: str, shown: str) -> None:
    """The forms are from 1993 to 2003."""
    assert as_printed(text) == shown


def test_line_of_blanks_takes_linear_time() -> None:
    """There are two million of them: a pattern that tries every division would never end."""
    with pytest.raises(InvalidFiling) as refused:
        parse_filing("FORM 4\n4. Statement for Month/Year\n" + " " * 2_000_000)
    assert refused.value.code == "unsupported_rendering"
