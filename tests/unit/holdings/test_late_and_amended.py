"""What comes late, what amends, and what comes twice under two numbers."""

from tests.unit.holdings.builders import DAY, amounts, applied, holding, only, report, row, traded

NEXT = DAY.replace(day=5)


def test_a_late_filing_changes_nothing_current() -> None:
    """Older than the position's date: recorded, and no alert."""
    newer = report(traded("D", "20", "80", day=NEXT), filing_id="b")
    older = report(traded("D", "10", "100"), filing_id="a")
    result = applied(newer, older)
    assert (result.outcome, result.changes, amounts(result.book)) == ("late", (), ["80"])
    assert (result.book.version, result.book.applied_filings) == (2, ("b", "a"))


def test_a_late_filing_opens_what_was_unknown_until_then() -> None:
    """What no later filing spoke of is news even late."""
    newer = report(traded("D", "20", "80", day=NEXT), filing_id="b")
    older = report(traded("A", "10", "10", by="Trust"), filing_id="a")
    result = applied(newer, older)
    assert (result.outcome, only(result.changes).kind) == ("applied", "opened")
    assert amounts(result.book) == ["80", "10"]
    assert result.book.as_of == NEXT


def test_a_late_grant_is_not_opened_beside_what_became_of_it() -> None:
    """The grant that a vesting already took its baseline from is known."""
    vested = report(traded("D", "200", "600", title="RSU", table="derivative", day=NEXT), filing_id="b")
    granted = report(traded("A", "800", "800", title="RSU", table="derivative"), filing_id="a")
    assert amounts(applied(vested, granted).book) == ["600"]


def test_what_a_late_filing_says_of_the_owner_is_out_of_date() -> None:
    """Names and addresses are those of the latest filing."""
    newer = report(holding("5"), period=NEXT, filing_id="b")
    older = report(holding("5"), filing_id="a")
    older = older.model_copy(update={"owner": older.owner.model_copy(update={"name": "DOE J"})})
    assert applied(newer, older).book.owner.name == "DOE JANE"
    assert applied(older, newer).book.owner.name == "DOE JANE"


def test_an_amendment_restates_the_line_it_corrects() -> None:
    """Its trades were counted with the original's: only the difference is left, and it is unexplained."""
    start = report(holding("1000"), form="3", filing_id="a")
    original = report(traded("D", "100", "900", day=NEXT), filing_id="b")
    amendment = report(traded("D", "110", "890", day=NEXT), filing_id="c", form="4/A")
    change = only(applied(start, original, amendment).changes)
    assert row(change.kind, change.before, change.after) == ("restated", 900, 890)
    assert row(change.reported, change.unexplained) == (0, -10)


def test_an_amendment_of_something_else_than_amounts_is_no_alert() -> None:
    """A corrected price moves no position."""
    original = report(traded("D", "100", "900", price_per_share="5"), filing_id="b")
    amendment = report(traded("D", "100", "900", price_per_share="6"), filing_id="c", form="4/A")
    result = applied(original, amendment)
    assert (result.changes, amounts(result.book)) == ((), ["900"])


def test_an_amendment_that_adds_a_line_goes_on_from_the_original() -> None:
    """A forgotten trade of the same day is a trade."""
    original = report(traded("D", "100", "900"), filing_id="b")
    amendment = report(traded("D", "50", "850"), filing_id="c", form="4/A")
    change = only(applied(original, amendment).changes)
    assert row(change.kind, change.reported, change.unexplained) == ("decreased", -50, 0)


def test_an_amendment_whose_original_never_came_is_applied_as_filed() -> None:
    """Nothing of it was counted yet."""
    start = report(holding("1000"), form="3", filing_id="a")
    change = only(applied(start, report(traded("D", "100", "900", day=NEXT), form="4/A")).changes)
    assert row(change.kind, change.reported, change.unexplained) == ("decreased", -100, 0)


def test_an_amendment_of_later_trades_is_applied_with_its_difference() -> None:
    """Its date is newer than the ledger's: the original's trades were never counted, so they are now."""
    start = report(holding("1000"), form="3", filing_id="a")
    change = only(applied(start, report(traded("D", "100", "850", day=NEXT), form="4/A")).changes)
    assert row(change.kind, change.reported, change.unexplained) == ("decreased", -100, -50)


def test_an_amendment_of_a_line_in_between_leaves_what_is_held_after_the_last() -> None:
    """The first, or the second of three: the lines after it left the amount that they said."""
    start = report(holding("100"), form="3", filing_id="a", period=DAY)
    lines = (("10", "90"), ("20", "70"), ("30", "40"))
    original = report(*(traded("D", shares, left, day=NEXT) for shares, left in lines), filing_id="b")
    for shares, left in (("15", "85"), ("25", "65"), ("20", "70")):
        amendment = report(traded("D", shares, left, day=NEXT), filing_id="c", form="4/A")
        result = applied(start, original, amendment)
        assert (result.changes, amounts(result.book)) == ((), ["40"])


def test_an_amendment_of_the_last_line_restates_the_position() -> None:
    """What is held after it is what is held; and so it is where all lines are given again."""
    start = report(holding("100"), form="3", filing_id="a", period=DAY)
    lines = (("10", "90"), ("20", "70"), ("30", "40"))
    original = report(*(traded("D", shares, left, day=NEXT) for shares, left in lines), filing_id="b")
    last = report(traded("D", "35", "35", day=NEXT), filing_id="c", form="4/A")
    all_again = report(
        *(traded("D", s, left, day=NEXT) for s, left in (*lines[:2], ("35", "35"))), filing_id="c", form="4/A"
    )
    for amendment in (last, all_again):
        change = only(applied(start, original, amendment).changes)
        assert row(change.kind, change.before, change.after) == ("restated", 40, 35)


def test_an_amendment_of_the_first_of_two_filings_of_a_day_leaves_what_the_second_did() -> None:
    """A day's filings are one run of lines: all of the first is still not the end of the day."""
    start = report(holding("100"), form="3", filing_id="a", period=DAY)
    first = report(traded("D", "10", "90", day=NEXT), traded("D", "10", "80", day=NEXT), filing_id="b")
    second = report(traded("D", "10", "70", day=NEXT), traded("D", "10", "60", day=NEXT), filing_id="c")
    amendment = report(traded("D", "15", "85", day=NEXT), traded("D", "10", "75", day=NEXT), filing_id="d", form="4/A")
    assert amounts(applied(start, first, second, amendment).book) == ["60"]
    assert applied(start, first, second).book.positions[0].day_amounts == ("100", "90", "80", "70", "60")


def test_an_amendment_wipes_nothing_it_leaves_out() -> None:
    """A holdings-only 4/A must not erase the original's trades."""
    original = report(traded("D", "100", "900"), traded("A", "5", "5", by="Trust"), filing_id="b")
    amendment = report(holding("7", by="Spouse"), filing_id="c", form="4/A")
    result = applied(original, amendment)
    assert (result.changes, amounts(result.book)) == ((), ["900", "5", "7"])


def test_the_same_trade_in_a_second_filing_is_no_second_change() -> None:
    """Filed twice under two accession numbers: it begins and ends where the ledger was and is."""
    one, two = (report(traded("D", "100", "900"), filing_id=name) for name in ("x-1", "x-2"))
    result = applied(one, two)
    assert (result.changes, amounts(result.book)) == ((), ["900"])
