"""What holds of the ledger whatever filings say, and in whatever order they come."""

from datetime import date, timedelta
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.codec import decode, encode
from contracts.positions_updated import PositionsUpdated
from contracts.transactions_reported import Holding, Transaction, TransactionsReported
from services.holdings.alerts import alert_of
from services.holdings.book import Book
from services.holdings.classes import normalized_title
from services.holdings.ledger import apply
from tests.unit.holdings.builders import DAY, holding, report, traded

HOLDERS: Final = (None, "By Trust", "Fund I, L.P.", "See footnote", "Spouse")
TITLES: Final = ("Common Stock", "COMMON STOCK, $.01 par value", "Class B", None)

amount_texts = st.one_of(
    st.none(),
    st.integers(0, 40).map(str),
    st.sampled_from(["100", "100.5", "99.75", "1000", "500", "-5", "+7", ".5", "3.", "9" * 40]),
)
days = st.one_of(st.none(), st.integers(0, 4).map(lambda days: DAY + timedelta(days)))
shared: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(TITLES),
    "by": st.sampled_from(HOLDERS),
    "table": st.sampled_from(["non_derivative", "derivative"]),
    "value_owned_following": st.one_of(st.none(), st.sampled_from(["0", "50", "100"])),
    "footnotes": st.sampled_from([{}, {"nature_of_ownership": ("F1",)}, {"nature_of_ownership": ("F2", "F9")}]),
    "expiration_date": days,
}


@st.composite
def lines(draw: st.DrawFn) -> Transaction | Holding:
    """Any line, well formed or not, from few enough values that lines meet."""
    fields = {name: draw(values) for name, values in shared.items()}
    if draw(st.booleans()):
        return holding(draw(amount_texts), **fields)
    return traded(
        draw(st.sampled_from(["A", "D", None])),
        draw(amount_texts),
        draw(amount_texts),
        day=draw(days),
        code=draw(st.sampled_from(["P", "S", "M", "G", "L"])),
        price_per_share=draw(amount_texts),
        total_value=draw(amount_texts),
        **fields,
    )


@st.composite
def reports(draw: st.DrawFn) -> TransactionsReported:
    """Any report of the one owner."""
    return report(
        *draw(st.lists(lines(), max_size=6)),
        filing_id=f"0000000001-24-{draw(st.integers(1, 9)):06}",
        form=draw(st.sampled_from(["3", "3/A", "4", "4/A", "5", "5/A"])),
        period=draw(days),
        filed_on=draw(days),
        footnotes={"F1": "The Doe Trust", "F2": "A fund"},
    )


any_number_of_reports = st.lists(reports(), min_size=1, max_size=6)


@given(any_number_of_reports)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_filings_say_the_books_add_up(filings: list[TransactionsReported]) -> None:
    """Never an error; versions contiguous; a change is reported or unexplained; each filing once; JSON keeps all."""
    book: Book | None = None
    for version, filing in enumerate({each.filing.filing_id: each for each in filings}.values(), start=1):
        result = apply(book, filing)
        assert result.book.version == version
        assert result.book.applied_filings[-1] == result.book.updated_by == filing.filing.filing_id
        assert decode(encode(result.book), PositionsUpdated) == result.book
        ids = [position.position_id for position in result.book.positions]
        assert len(set(ids)) == len(ids)
        alerts = [alert_of(change, filing) for change in result.changes]
        assert len({alert.alert_id for alert in alerts}) == len(alerts)
        for change in result.changes:
            if change.unexplained is not None:
                assert change.before is not None
                assert change.after is not None
                assert change.reported is not None
                assert change.after - change.before == change.reported + change.unexplained
            assert (change.explanation is not None) == bool(change.unexplained)
        again = apply(result.after, filing)
        assert again.book is result.book
        assert not again.changes
        book = result.after


@given(any_number_of_reports)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_filings_give_the_same_bytes(filings: list[TransactionsReported]) -> None:
    """Books and alerts follow from the input alone: no clock, no chance, no order of a set."""

    def told() -> list[bytes]:
        book: Book | None = None
        events: list[bytes] = []
        for filing in filings:
            result = apply(book, filing)
            book = result.after
            events += [encode(result.book), *(encode(alert_of(change, filing)) for change in result.changes)]
        return events

    assert told() == told()


HELD: Final = [(title, holder) for title in ("Common Stock", "Class B") for holder in (None, "Trust A", "Trust B")]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[TransactionsReported], dict[tuple[str, str | None], str]]:
    """Well-formed filings in their true order, and what is held of each class by each holder at their end.

    A Form 3, then trades, holding lines, and disposals of all that is held. Amounts are each holder's own and no label
    drifts, so that nothing could be taken for another's; within a day holders only sell, so that no amount comes back.
    """
    held = {each: 1_000_000 * (place + 1) for place, each in enumerate(HELD)}
    day: date = DAY
    first = [holding(str(amount), title=title, by=by) for (title, by), amount in held.items()]
    filings = [report(*first, filing_id="0000000001-24-000000", form="3", period=day - timedelta(9))]
    for number in range(1, draw(st.integers(1, 6)) + 1):
        same_day = number > 1 and draw(st.booleans())
        day = day if same_day else day + timedelta(draw(st.integers(1, 3)))
        moves: list[Transaction | Holding] = []
        for title, by in draw(st.lists(st.sampled_from(HELD), min_size=1, max_size=4, unique=True)):
            most = held[title, by]
            sold = draw(st.sampled_from([most, min(most, draw(st.integers(1, 99)))]))
            kind = draw(st.sampled_from(["sold", "told"] if same_day else ["sold", "told", "bought"]))
            if kind == "told" or (kind == "sold" and not sold):
                moves.append(holding(str(most), title=title, by=by))
                continue
            shares = sold if kind == "sold" else draw(st.integers(1, 99))
            held[title, by] += -shares if kind == "sold" else shares
            traded_as = "D" if kind == "sold" else "A"
            moves.append(traded(traded_as, str(shares), str(held[title, by]), title=title, by=by, day=day))
        filings.append(report(*moves, filing_id=f"0000000001-24-{number:06}", period=day))
    return filings, {each: str(amount) for each, amount in held.items()}


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_the_order_of_arrival_does_not_matter_for_what_is_held(
    history: tuple[list[TransactionsReported], dict[tuple[str, str | None], str]], chance: Any
) -> None:
    """Late filings change nothing current: any order ends in the positions that the true order ends in."""
    filings, expected = history
    arrived = list(filings)
    chance.shuffle(arrived)
    book: Book | None = None
    for filing in arrived:
        book = apply(book, filing).after
    assert book is not None
    found = {
        (position.security_title, position.nature_of_ownership): position.shares for position in book.event.positions
    }
    assert found == expected
    assert len(book.event.positions) == len(expected)


@given(any_number_of_reports, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_filings_delivered_again_at_any_time_change_nothing(filings: list[TransactionsReported], chance: Any) -> None:
    """Whatever came in between: the book is the very same, and nothing is told twice."""
    book: Book | None = None
    for number, filing in enumerate(filings):
        book = apply(book, filing).after
        again = apply(book, chance.choice(filings[: number + 1]))
        assert (again.after, again.changes, again.outcome) == (book, (), "duplicate")


@given(any_number_of_reports)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_book_read_back_from_its_bytes_goes_on_alike(filings: list[TransactionsReported]) -> None:
    """What a process keeps decoded is what another restores: after each filing, and for the next."""
    kept: Book | None = None
    restored: Book | None = None
    for filing in filings:
        kept = apply(kept, filing).after
        restored = Book.of(decode(encode(apply(restored, filing).book), PositionsUpdated))
        assert restored == kept


@given(st.text(min_size=1))
def test_any_title_has_a_class(title: str) -> None:
    """A title never normalizes to nothing, and its case never matters."""
    assert normalized_title(title)
    assert normalized_title(title.upper()) == normalized_title(title)
