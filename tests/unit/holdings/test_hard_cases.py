"""The hard cases of the field, each from filing to book: what must come out, in a sentence."""

from datetime import date
from itertools import permutations
from time import process_time
from typing import Any, Final

import pytest

from contracts.section16 import Table
from services.holdings.ledger import apply
from tests.unit.holdings.builders import DAY, amounts, applied, holding, only, report, row, traded

NEXT = DAY.replace(day=5)
THIRD = DAY.replace(day=6)
DERIVATIVE: Table = "derivative"


def test_a_filing_split_into_five_is_one_run_of_trades_in_whatever_order_its_parts_arrive() -> None:
    """EDGAR takes 30 lines a table, so 150 trades of a day are five filings."""
    start = report(holding("1000"), form="3", filing_id="0000000001-24-000000", period=DAY)
    parts = [
        report(
            traded("D", "10", str(990 - 20 * part), day=NEXT),
            traded("D", "10", str(980 - 20 * part), day=NEXT),
            filing_id=f"0000000001-24-{part + 1:06}",
            remarks=f"This is number {part + 1} of five Form 4s",
        )
        for part in range(5)
    ]
    for arrived in permutations(parts):
        assert amounts(applied(start, *arrived).book) == ["900"]


def test_several_lots_of_one_position_in_one_filing_are_one_change() -> None:
    """Bought in three lots at three prices: one position, one alert."""
    start = report(holding("100"), form="3", filing_id="a")
    lots = (traded("A", "10", "110", day=NEXT), traded("A", "20", "130", day=NEXT), traded("A", "5", "135", day=NEXT))
    result = applied(start, report(*lots))
    change = only(result.changes)
    assert row(change.kind, change.before, change.after, change.reported) == ("increased", 100, 135, 35)
    assert len(change.lines) == 3
    assert amounts(result.book) == ["135"]


def test_the_same_filing_in_two_renderings_is_counted_once() -> None:
    """Under one accession number it is a duplicate; under a hash of each text the second tells nothing new."""
    start = report(holding("100"), form="3", filing_id="a")
    lines = (traded("D", "10", "90", day=NEXT, by=None, price_per_share="5"), traded("D", "20", "70", day=NEXT))
    known = applied(start, report(*lines, filing_id="0000000001-24-000007"))
    as_text = report(*lines, filing_id="0000000001-24-000007", source_format="text", schema_version=None)
    assert apply(known.after, as_text).outcome == "duplicate"
    unnumbered = report(
        *(line.model_copy(update={"price_per_share": None}) for line in lines),
        filing_id="sha256:1",
        source_format="text",
    )
    result = apply(known.after, unnumbered)
    assert (result.changes, amounts(result.book)) == ((), ["70"])


def test_each_of_joint_owners_has_a_book_of_the_same_positions() -> None:
    """One trade, two reports: each owner's book is as it would be alone."""
    one = report(traded("A", "5", "105", by="Fund"), filing_id="a")
    other = one.model_copy(update={"owner": one.owner.model_copy(update={"key": "name:ROE"}), "owner_index": 1})
    books = [applied(each).book for each in (one, other)]
    assert [amounts(book) for book in books] == [["105"], ["105"]]
    assert books[0].positions[0].position_id != books[1].positions[0].position_id


def test_a_split_between_two_filings_is_explained_and_the_position_goes_on() -> None:
    """Three for one overnight, and a sale after it."""
    start = report(holding("1000"), holding("200", by="Trust"), form="3", filing_id="a")
    sold = report(traded("D", "100", "2900", day=NEXT), holding("600", by="Trust"), period=NEXT)
    result = applied(start, sold)
    assert [change.explanation for change in result.changes] == ["split", "split"]
    assert [row(change.unexplained) for change in result.changes] == [row(2000), row(400)]
    assert [p.position_id for p in result.book.positions] == [p.position_id for p in applied(start).book.positions]


def test_a_conversion_moves_shares_from_a_derivative_to_the_common_stock() -> None:
    """Both sides are trades: one position closes, the other grows, and nothing is unexplained."""
    preferred = {"title": "Series A Preferred", "table": DERIVATIVE, "underlying_title": "Common Stock"}
    start = report(holding("100"), holding("488", **preferred), form="3", filing_id="a")  # type: ignore[arg-type]
    converted = report(
        traded("A", "488", "588", day=NEXT, code="C"),
        traded("D", "488", "0", day=NEXT, code="C", **preferred),  # type: ignore[arg-type]
    )
    result = applied(start, converted)
    assert [row(c.kind, c.unexplained) for c in result.changes] == [row("increased", 0), row("closed", 0)]
    assert amounts(result.book) == ["588", "0"]


def test_value_based_holdings_are_kept_in_dollars_through_amendment_and_disposal() -> None:
    """A note of 1,500 dollars, restated, then repaid."""
    note = {"title": "Note", "by": "Partnership"}
    start = report(holding(None, value_owned_following="1500", **note), form="3", filing_id="a")  # type: ignore[arg-type]
    restated = report(holding(None, value_owned_following="1600", **note), form="3/A", filing_id="b")  # type: ignore[arg-type]
    repaid = report(
        traded("D", None, None, day=NEXT, total_value="1600", value_owned_following="0", **note)  # type: ignore[arg-type]
    )
    assert only(applied(start, restated).changes).kind == "restated"
    change = only(applied(start, restated, repaid).changes)
    assert row(change.kind, change.before, change.after, change.unexplained) == ("closed", 1600, 0, 0)


def test_what_was_disposed_of_is_held_at_zero_and_opens_again_as_the_same_position() -> None:
    """Zero is an amount: it is kept, and told from not known."""
    start = report(holding("100"), form="3", filing_id="a")
    sold = report(traded("D", "100", "0", day=NEXT), filing_id="b")
    bought = report(traded("A", "7", "7", day=THIRD), filing_id="c")
    assert amounts(applied(start, sold).book) == ["0"]
    result = applied(start, sold, bought)
    assert (only(result.changes).kind, amounts(result.book)) == ("opened", ["7"])
    assert result.book.positions[0].position_id == applied(start).book.positions[0].position_id


@pytest.mark.parametrize(
    "title", ["COMMON STOCK", "Common Stock, par value $.01", "Common Stock (1)", "common stock, no par value"]
)
def test_a_title_that_drifts_is_the_same_class(title: str) -> None:
    """The position goes on, even with an amount that does not, and takes the words of the last filing."""
    start = report(holding("100"), form="3", filing_id="a")
    position = only(applied(start, report(traded("D", "10", "80", day=NEXT, title=title))).book.positions)
    assert (position.shares, position.security_title) == ("80", title)


@pytest.mark.parametrize("nature", ["by trust (1)", "Held by Trust", "TRUST", "through the Trust"])
def test_a_nature_that_drifts_is_the_same_holder(nature: str) -> None:
    """By the words that name nobody nothing is told apart."""
    start = report(holding("100", by="By Trust"), holding("100", by="Spouse"), form="3", filing_id="a")
    book = applied(start, report(traded("D", "10", "80", day=NEXT, by=nature))).book
    assert [(p.nature_of_ownership, p.shares) for p in book.positions] == [(nature, "80"), ("Spouse", "100")]


def test_a_form_3_after_the_first_form_4_changes_nothing_that_the_form_4_told() -> None:
    """It speaks of before; what only it knows of is opened, as the news that it is."""
    sold = report(traded("D", "10", "90", day=NEXT), filing_id="b")
    initial = report(holding("100"), holding("50", by="Trust"), form="3", filing_id="a", period=DAY)
    result = applied(sold, initial)
    assert amounts(result.book) == ["90", "50"]
    assert row(only(result.changes).kind, only(result.changes).after) == ("opened", 50)


def test_an_exit_filing_reports_its_trades_and_closes_nothing_else() -> None:
    """A former director's last form: no longer subject to Section 16 is not no longer an owner."""
    start = report(holding("100"), holding("50", by="Trust"), form="3", filing_id="a")
    last = report(traded("D", "10", "90", day=NEXT), filing_id="b", not_subject_to_section16=True)
    result = applied(start, last)
    assert (only(result.changes).kind, amounts(result.book)) == ("decreased", ["90", "50"])


@pytest.mark.parametrize("by", [None, "Trust"])
def test_a_filing_of_thousands_of_lines_that_fit_nothing_takes_no_square_of_them_in_time(by: str | None) -> None:
    """EDGAR takes 30 a table; what has 2,000, twice, must not stop a partition for minutes."""
    started = process_time()
    first = report(*(holding(str(1_000 * number), by=by) for number in range(1, 2_001)), filing_id="a")
    second = report(
        *(holding(str(1_000 * number + 7), by=by) for number in range(1, 2_001)), filing_id="b", period=NEXT
    )
    assert len(applied(first, second).book.positions) == 2_000
    assert process_time() - started < 10


def test_an_option_on_a_form_3_is_known_without_its_number() -> None:
    """Form 3 has no column for it: what the option is convertible into is another number, and is not taken for it."""
    option = {"title": "Option", "table": DERIVATIVE, "underlying_title": "Common Stock", "underlying_shares": "5000"}
    start = report(holding(None, **option), form="3", filing_id="a")  # type: ignore[arg-type]
    assert amounts(applied(start).book) == [None]
    exercised = report(traded("D", "1000", "4000", day=NEXT, code="M", **option))  # type: ignore[arg-type]
    change = only(applied(start, exercised).changes)
    assert row(change.before, change.after, change.unexplained) == (5000, 4000, None)


OPTION: Final = {"table": DERIVATIVE, "underlying_title": "Common Stock", "expiration_date": date(2030, 8, 13)}


def _option(price: str, *, title: str = "Stock Option (right to buy)", **more: Any) -> dict[str, Any]:
    return {**OPTION, "exercise_price": price, "title": title, **more}


def test_an_option_goes_on_through_a_split_at_its_new_price() -> None:
    """Five for one: five times the options at a fifth of the price, rounded up to a cent, and the title retyped."""
    start = report(holding("5099901", **_option("31.17")), form="3", filing_id="a")
    retyped = _option("6.24", title="Stock Opton")
    used = report(traded("D", "2154572", "23344933", day=NEXT, code="M", **retyped), period=NEXT)
    result = applied(start, used)
    change = only(result.changes)
    assert row(change.kind, change.before, change.after) == row("increased", 5099901, 23344933)
    assert row(change.reported, change.unexplained, change.explanation) == row(-2154572, 20399604, "split")
    position = only(result.book.positions)
    assert position.position_id == only(applied(start).book.positions).position_id
    assert position.exercise_price == "6.24"


def test_a_late_filing_of_before_the_split_finds_the_option_and_moves_nothing() -> None:
    """The same two in the other order."""
    start = report(holding("5099901", **_option("31.17")), form="3", filing_id="a")
    used = report(traded("D", "2154572", "23344933", day=NEXT, code="M", **_option("6.24")), period=NEXT)
    result = applied(used, start)
    assert result.outcome == "late"
    assert amounts(result.book) == ["23344933"]


@pytest.mark.parametrize(
    "other",
    [
        _option("6.26"),
        _option("6.24", expiration_date=date(2031, 8, 13)),
        _option("6.24", expiration_date=None),
        _option("6.24", underlying_title="Preferred Stock"),
        _option("6.24", by="Trust"),
    ],
)
def test_an_option_on_other_terms_is_another_option(other: dict[str, Any]) -> None:
    """A price that the split does not give, another expiry or none, another security, another holder."""
    start = report(holding("5099901", **_option("31.17")), form="3", filing_id="a")
    used = report(traded("D", "2154572", "23344933", day=NEXT, code="M", **other), period=NEXT)
    assert amounts(applied(start, used).book) == ["5099901", "23344933"]


def test_of_two_options_alike_neither_is_taken_for_the_one_that_was_split() -> None:
    """Two grants of one size and price: a guess would be as good as wrong."""
    start = report(
        holding("1000", **_option("30", title="Option A")),
        holding("1000", **_option("30", title="Option B")),
        form="3",
        filing_id="a",
    )
    used = report(traded("D", "500", "4500", day=NEXT, code="M", **_option("6", title="Option")), period=NEXT)
    assert amounts(applied(start, used).book) == ["1000", "1000", "4500"]
