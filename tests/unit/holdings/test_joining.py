"""Which position a chain moves."""

from contracts.transactions_reported import TransactionsReported
from tests.unit.holdings.builders import DAY, amounts, applied, holding, report, row, traded

NEXT = DAY.replace(day=5)


def form3(*lines: object, **more: object) -> TransactionsReported:
    """An earlier Form 3 that gives the ledger its positions."""
    return report(*lines, form="3", filing_id="0000000001-24-000000", **more)  # type: ignore[arg-type]


def later(*lines: object, **more: object) -> TransactionsReported:
    """A Form 4 of the day after."""
    return report(*lines, period=NEXT, **more)  # type: ignore[arg-type]


def test_same_holder_and_continuous_amount_come_first() -> None:
    """Of two positions under one label the one whose amount goes on is meant."""
    book = applied(
        form3(holding("500", by="Trust"), holding("100", by="Trust")),
        later(traded("D", "10", "90", by="Trust", day=NEXT)),
    ).book
    assert amounts(book) == ["500", "90"]


def test_a_label_that_drifted_keeps_its_position_and_takes_the_new_label() -> None:
    """Continuous amount alone: the id stays, the words are the latest."""
    first = applied(form3(holding("500", by="By Trust"), holding("7", by="Spouse"))).book
    book = applied(
        form3(holding("500", by="By Trust"), holding("7", by="Spouse")),
        later(traded("D", "10", "490", by="Doe Family Trust dated 1999", day=NEXT)),
    ).book
    assert [p.position_id for p in book.positions] == [p.position_id for p in first.positions]
    assert book.positions[0].nature_of_ownership == "Doe Family Trust dated 1999"
    assert amounts(book) == ["490", "7"]


def test_a_label_that_is_still_in_use_has_not_drifted() -> None:
    """Two funds of equal amounts: the one named in the filing keeps its position although its amount jumped."""
    book = applied(
        form3(holding("100", by="Fund A")),
        later(traded("A", "50", "150", by="Fund B", day=NEXT), traded("D", "10", "30", by="Fund A", day=NEXT)),
    ).book
    assert [(p.nature_of_ownership, p.shares) for p in book.positions] == [("Fund A", "30"), ("Fund B", "150")]


def test_of_several_drifted_labels_the_likest_is_taken() -> None:
    """Where two positions have the amount, shared words decide."""
    book = applied(
        form3(holding("100", by="Spouse"), holding("100", by="Doe Family Trust")),
        later(traded("D", "10", "90", by="The Doe Trust", day=NEXT)),
    ).book
    assert amounts(book) == ["100", "90"]


def test_nothing_held_continues_nothing() -> None:
    """A closed position of one holder is not continued by another's first purchase."""
    book = applied(
        form3(holding("100", by="Fund A")),
        later(traded("D", "100", "0", by="Fund A", day=NEXT), filing_id="0000000001-24-000001"),
        later(traded("A", "5", "5", by="Fund B", day=NEXT), filing_id="0000000001-24-000002"),
    ).book
    assert [(p.nature_of_ownership, p.shares) for p in book.positions] == [("Fund A", "0"), ("Fund B", "5")]


def test_a_label_known_from_a_later_filing_has_not_drifted() -> None:
    """A late sale of Trust A is not Trust B's, whose amount happens to be where it began."""
    known = form3(holding("890", by="Trust A"), holding("1000", by="Trust B"), period=NEXT)
    late = report(traded("D", "5", "995", by="Trust A"), filing_id="0000000001-24-000009")
    result = applied(known, late)
    assert (result.outcome, amounts(result.book)) == ("late", ["890", "1000"])


def test_an_end_at_nothing_is_not_the_beginning_of_anothers() -> None:
    """A late sale of all that Trust B had does not lead to Trust A, which has bought its first shares since."""
    bought = form3(traded("A", "88", "88", by="Trust A", day=NEXT))
    sold = report(traded("D", "6000", "0", by="Trust B"), filing_id="0000000001-24-000009")
    book = applied(bought, sold).book
    assert [(p.nature_of_ownership, p.shares) for p in book.positions] == [("Trust A", "88"), ("Trust B", "0")]


def test_same_holder_alone_joins_with_a_difference() -> None:
    """The amount filed is the truth, and the ledger's difference is unexplained."""
    result = applied(form3(holding("100")), later(traded("A", "10", "300", day=NEXT)))
    assert amounts(result.book) == ["300"]
    assert row(result.changes[0].before, result.changes[0].unexplained) == (100, 190)


def test_of_several_of_the_holder_the_nearest_amount_is_meant() -> None:
    """Nothing goes on exactly: the least difference is the likeliest."""
    book = applied(
        form3(holding("500", by="Trust"), holding("100", by="Trust")),
        later(traded("D", "10", "110", by="Trust", day=NEXT)),
    ).book
    assert amounts(book) == ["500", "110"]


def test_an_amount_that_goes_on_but_for_rounding_comes_before_one_that_does_not() -> None:
    """The first line's chain fits nothing, and must not take the position that the second's goes on from."""
    book = applied(
        form3(holding("100", by="Trust")),
        later(traded("D", "5", "145", by="Trust", day=NEXT), traded("D", "10", "90.4", by="Trust", day=NEXT)),
    ).book
    assert amounts(book) == ["90.4", "145"]


def test_a_grant_reported_after_a_vesting_of_the_same_day_is_known() -> None:
    """It ends at what the vesting says was held before: no lot beside."""
    vested = report(traded("D", "200", "600", title="RSU", table="derivative"), filing_id="x-2")
    granted = report(traded("A", "800", "800", title="RSU", table="derivative"), filing_id="y-1")
    result = applied(vested, granted)
    assert (result.outcome, amounts(result.book)) == ("late", ["600"])


def test_only_what_may_be_late_ends_at_what_was_held_before() -> None:
    """A newer filing that happens to end where an older one began is of the position that it is nearest to."""
    sold = report(traded("D", "50", "100", by="Trust"), holding("210", by="Trust"), filing_id="a")
    book = applied(sold, later(traded("D", "50", "150", by="Trust", day=NEXT))).book
    assert amounts(book) == ["100", "150"]


def test_a_closed_position_opens_again_under_its_id() -> None:
    """What was held before is joined again."""
    reports = (form3(holding("100")), later(traded("D", "100", "0", day=NEXT)))
    first = applied(*reports).book.positions[0].position_id
    result = applied(*reports, report(traded("A", "5", "5", day=NEXT.replace(day=6)), filing_id="0000000001-24-000009"))
    assert [p.position_id for p in result.book.positions] == [first]
    assert [row(c.kind, c.before) for c in result.changes] == [("opened", 0)]


def test_a_new_grant_is_a_position_beside_the_holders_others() -> None:
    """Restricted stock units of two grants share a class; acquired from nothing is not a difference of the other."""
    book = applied(
        form3(holding("900", title="RSU", table="derivative")),
        later(traded("A", "300", "300", title="RSU", table="derivative", day=NEXT)),
    ).book
    assert amounts(book) == ["900", "300"]


def test_a_position_of_unknown_amount_is_taken_only_where_there_is_no_other() -> None:
    """A known amount is evidence, an unknown one is none; where nothing else is there, even a grant fills it."""
    unit = {"title": "RSU", "table": "derivative"}
    unknown = holding(None, **unit)  # type: ignore[arg-type]
    sold = later(traded("D", "10", "440", day=NEXT, **unit))  # type: ignore[arg-type]
    assert amounts(applied(form3(unknown, holding("500", **unit)), sold).book) == [None, "440"]  # type: ignore[arg-type]
    granted = later(traded("A", "800", "800", day=NEXT, **unit))  # type: ignore[arg-type]
    assert amounts(applied(form3(unknown), granted).book) == ["800"]


def test_no_position_takes_two_chains() -> None:
    """Two trusts under one label, one of them new: the known goes on, the other opens."""
    book = applied(
        form3(holding("100", by="Trust")),
        later(traded("D", "10", "90", by="Trust", day=NEXT), traded("A", "7", "7", by="Trust", day=NEXT)),
    ).book
    assert amounts(book) == ["90", "7"]


def test_dollars_do_not_join_shares() -> None:
    """A class reported by value and the same by shares are two positions."""
    debt = holding(None, title="Note", value_owned_following="100")
    book = applied(form3(debt), later(traded("A", "5", "105", title="Note", day=NEXT))).book
    assert [(p.shares, p.value) for p in book.positions] == [(None, "100"), ("105", None)]
