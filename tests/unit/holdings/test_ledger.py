"""What a report does to an owner's book."""

from datetime import date

import pytest

from services.holdings import ledger
from services.holdings.ledger import apply
from tests.unit.holdings.builders import DAY, amounts, applied, holding, only, report, row, traded

NEXT = DAY.replace(day=5)
THIRD = DAY.replace(day=6)


def test_a_form_3_opens_what_it_lists() -> None:
    """The owner is new and nobody knew: news, without a before."""
    change = only(applied(report(holding("100"), form="3")).changes)
    assert row(change.kind, change.before, change.after, change.reported, change.unexplained) == (
        "opened",
        None,
        100,
        0,
        None,
    )


@pytest.mark.parametrize("form", ["4", "5"])
def test_a_holding_line_of_another_form_is_taken_in_silently(form: str) -> None:
    """It was held before the ledger began to watch."""
    result = applied(report(holding("100"), form=form))  # type: ignore[arg-type]
    assert (result.changes, amounts(result.book)) == ((), ["100"])


def test_a_form_5_line_that_belongs_on_form_3_opens() -> None:
    """A holding that the Form 3 left out is reported on Form 5, as what it is."""
    assert only(applied(report(holding("100", form_type="3"), form="5")).changes).kind == "opened"


def test_a_first_purchase_of_all_that_is_held_opens() -> None:
    """The reported change explains the whole amount."""
    change = only(applied(report(traded("A", "785", "785"))).changes)
    assert row(change.kind, change.before, change.after, change.unexplained) == ("opened", 0, 785, None)


def test_a_first_seen_purchase_takes_its_baseline_silently() -> None:
    """What the chain says was held before is believed, and nothing is unexplained against it."""
    change = only(applied(report(traded("A", "785", "12759"))).changes)
    assert row(change.kind, change.before, change.after) == ("increased", 11974, 12759)
    assert row(change.reported, change.unexplained) == (785, None)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (traded("A", "5", "105", day=NEXT), "increased"),
        (traded("D", "5", "95", day=NEXT), "decreased"),
        (traded("D", "100", "0", day=NEXT), "closed"),
        (holding("90"), "restated"),
    ],
)
def test_the_kinds_of_change(line: object, kind: str) -> None:
    """Each by what happened to the amount the ledger knew."""
    result = applied(report(holding("100"), form="3", filing_id="a"), report(line, period=NEXT))  # type: ignore[arg-type]
    change = only(result.changes)
    assert row(change.kind, change.before) == (kind, 100)
    assert change.after is not None
    assert change.unexplained == change.after - 100 - (change.reported or 0)


@pytest.mark.parametrize("following", ["100", "100.6", "99"])
def test_a_holding_that_repeats_the_ledger_or_rounds_it_is_no_alert(following: str) -> None:
    """The amount is taken as filed all the same."""
    result = applied(report(holding("100"), form="3", filing_id="a"), report(holding(following), period=NEXT))
    assert (result.changes, amounts(result.book)) == ((), [following])


def test_an_exercise_sold_the_same_day_is_an_alert() -> None:
    """The amount is as it was, and what happened is news: the last trade gives the kind."""
    start = report(holding("100"), form="3", filing_id="a")
    sold = report(traded("A", "50", "150", code="M", day=NEXT), traded("D", "50", "100", code="S", day=NEXT))
    change = only(applied(start, sold).changes)
    assert row(change.kind, change.before, change.after, change.unexplained) == ("decreased", 100, 100, 0)
    change = only(applied(report(traded("A", "50", "50", code="M"), traded("D", "50", "0", code="S"))).changes)
    assert row(change.kind, change.before, change.after) == ("closed", 0, 0)


def test_a_line_without_an_amount_following_moves_the_position() -> None:
    """The signed shares, where the filing gives no amount."""
    result = applied(report(holding("100"), form="3", filing_id="a"), report(traded("D", "30", None, day=NEXT)))
    change = only(result.changes)
    assert row(change.kind, change.after, change.unexplained) == ("decreased", 70, 0)


def test_a_trade_of_an_unknown_position_without_amounts_invents_none() -> None:
    """Bought is known, how many are held is not."""
    result = applied(report(traded("A", "30", None)))
    change = only(result.changes)
    assert row(change.kind, change.before, change.after, change.reported) == ("increased", None, None, 30)
    assert amounts(result.book) == [None]


def test_a_trade_whose_shares_cannot_be_read_leaves_no_sum() -> None:
    """The amount following counts; reported and unexplained stay null."""
    result = applied(report(holding("100"), form="3", filing_id="a"), report(traded("A", None, "130", day=NEXT)))
    change = only(result.changes)
    assert row(change.kind, change.after, change.reported, change.unexplained) == ("increased", 130, None, None)


def test_a_malformed_line_moves_nothing() -> None:
    """No amount and no shares: the filing is applied, the position stays."""
    start = report(holding("100"), form="3", filing_id="a")
    result = applied(start, report(traded("A", None, None, day=NEXT)))
    assert (result.changes, amounts(result.book)) == ((), ["100"])


def test_a_holding_of_unknown_amount_is_kept_and_filled_by_the_first_trade() -> None:
    """A Form 3's preferred stock is known to exist; its conversion tells how much there was."""
    series = {"title": "Series A", "table": "derivative", "by": "Trust"}
    start = report(holding(None, **series), form="3", filing_id="a")  # type: ignore[arg-type]
    assert (applied(start).changes, amounts(applied(start).book)) == ((), [None])
    result = applied(start, report(traded("D", "488", "0", day=NEXT, code="C", **series)))  # type: ignore[arg-type]
    change = only(result.changes)
    assert row(change.kind, change.before, change.after, change.unexplained) == ("closed", 488, 0, None)
    assert result.book.positions[0].position_id == applied(start).book.positions[0].position_id


def test_a_holding_without_its_amount_does_not_touch_a_known_position() -> None:
    """A blank is no zero."""
    start = report(holding("100"), form="3", filing_id="a")
    assert applied(start, report(holding(None), period=NEXT)).book.positions == applied(start).book.positions


def test_a_filing_without_lines_is_recorded_all_the_same() -> None:
    """No securities owned: the book exists, and the filing is in it."""
    result = applied(report(form="3", no_securities_owned=True))
    assert (result.book.positions, result.changes, result.book.version) == ((), (), 1)
    assert result.book.applied_filings == ("0000000001-24-000001",)


def test_the_same_filing_twice_is_applied_once() -> None:
    """The second time changes nothing at all."""
    first = applied(report(traded("A", "5", "5")))
    again = apply(first.after, report(traded("A", "5", "5")))
    assert again.book is first.book
    assert (again.changes, again.outcome) == ((), "duplicate")


def test_versions_are_contiguous_and_filings_in_order() -> None:
    """Each filing is one version more, newest last."""
    book = applied(*(report(holding("1"), filing_id=name) for name in ("a", "b", "c"))).book
    assert (book.version, book.applied_filings, book.updated_by) == (3, ("a", "b", "c"), "c")


def test_the_filings_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten, and the book stays small."""
    monkeypatch.setattr(ledger, "APPLIED_FILINGS_KEPT", 2)
    book = applied(*(report(holding("1"), filing_id=name) for name in ("a", "b", "c"))).book
    assert book.applied_filings == ("b", "c")


def test_the_closed_positions_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those closed longest are forgotten; what is held never is."""
    monkeypatch.setattr(ledger, "CLOSED_POSITIONS_KEPT", 1)
    sold = [
        report(traded("D", "5", "0", title=title, day=DAY.replace(day=day)), filing_id=title)
        for title, day in (("One", 4), ("Two", 5), ("Three", 6))
    ]
    book = applied(report(holding("7"), filing_id="a"), *sold).book
    assert [p.security_title for p in book.positions] == ["Common Stock", "Three"]


def test_an_exercised_option_is_forgotten_once_it_has_expired() -> None:
    """It can never open again; one that is held is kept even past its date, for nobody reported its end."""
    option = {"title": "Option", "table": "derivative", "expiration_date": "2024-03-05"}
    sold = report(traded("D", "5", "0", **option), traded("D", "5", "3", exercise_price="2", **option), filing_id="a")  # type: ignore[arg-type]
    assert amounts(applied(sold).book) == ["0", "3"]
    assert amounts(applied(sold, report(holding("1"), period=THIRD)).book) == ["3", "1"]


def test_value_positions_move_in_dollars() -> None:
    """Value, not shares, where the filer reports value."""
    debt = {"title": "Note"}
    start = report(holding(None, value_owned_following="1000", **debt), form="3", filing_id="a")  # type: ignore[arg-type]
    more = report(traded("A", None, None, day=NEXT, total_value="500", value_owned_following="1500", **debt))  # type: ignore[arg-type]
    result = applied(start, more)
    assert [(p.shares, p.value) for p in result.book.positions] == [(None, "1500")]
    assert row(only(result.changes).before, only(result.changes).unexplained) == (1000, 0)


def test_long_numbers_lose_nothing() -> None:
    """Amounts are exact, however many digits they have."""
    start = report(holding("10000000000000000000.0000000002"), form="3", filing_id="a")
    result = applied(start, report(traded("A", "0.0000000001", None, day=NEXT)))
    assert amounts(result.book) == ["10000000000000000000.0000000003"]


def test_a_negative_amount_is_not_taken_for_a_baseline() -> None:
    """Nobody held less than nothing: before stays unknown."""
    change = only(applied(report(traded("A", "100", "40"))).changes)
    assert row(change.kind, change.before, change.after) == ("increased", None, 40)
    change = only(applied(report(traded("A", "100.5", "100"))).changes)
    assert row(change.kind, change.before) == ("opened", 0)


def test_a_filing_without_any_date_is_applied() -> None:
    """It cannot be late, and leaves the position's date as it was."""
    start = report(holding("100"), form="3", filing_id="a")
    undated = report(traded("D", "10", "90", day=None), period=None, filing_id="b")
    book = applied(start, undated).book
    assert (amounts(book), book.positions[0].as_of, book.as_of) == (["90"], DAY, DAY)
    assert applied(undated).book.positions[0].as_of is None


def test_position_ids_are_given_at_opening_and_deterministic() -> None:
    """The same filing opens the same ids; two lines open two."""
    lines = (holding("1"), holding("2", by="Trust"))
    one, two = (applied(report(*lines, form="3")).book.positions for _ in range(2))
    assert one == two
    assert one[0].position_id != one[1].position_id
    other = applied(report(*lines, form="3", filing_id="other", period=date(2020, 1, 1))).book.positions
    assert other[0].position_id != one[0].position_id
