"""Properties of the ledger for any filings in any order of arrival."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import to_builtins
from msgspec.structs import replace

from contracts.codec import decode, encode
from contracts.structs import Holding, HoldingChanged, PositionsUpdated, Transaction, TransactionsReported
from services.holdings.alerts import build_alert
from services.holdings.book import Book
from services.holdings.ledger import apply
from services.holdings.text_normalization import normalized_title
from tests.holdings_cases.case import held
from tests.holdings_cases.contradictions import contradictions, contradicts_ledger
from tests.holdings_cases.generated_histories import History, histories
from tests.holdings_cases.ledger_harness import (
    AppliedReport,
    alerted_lines,
    fold,
    in_order,
    lines_in_trades,
    reported_lines,
)
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
    "footnotes": st.sampled_from(
        [
            {},
            {"nature_of_ownership": ("F1",)},
            {"nature_of_ownership": ("F2", "F9")},
            {"shares_owned_following": ("F3",)},
        ]
    ),
    "expiration_date": days,
    "exercise_price": st.sampled_from([None, "0", "10", "20"]),
    "underlying_title": st.sampled_from([None, "Common Stock"]),
}


@st.composite
def lines(draw: st.DrawFn) -> Transaction | Holding:
    """Draw a line, well formed or not, from so few values that lines often match."""
    fields = {name: draw(values) for name, values in shared.items()}
    if draw(st.booleans()):
        return holding(draw(amount_texts), **fields)
    return traded(
        draw(st.sampled_from(["A", "D", None])),
        draw(amount_texts),
        draw(amount_texts),
        day=draw(days),
        code=draw(st.sampled_from(["P", "S", "M", "G", "L", "?"])),
        price_per_share=draw(amount_texts),
        total_value=draw(amount_texts),
        **fields,
    )


@st.composite
def reports(draw: st.DrawFn) -> TransactionsReported:
    """Draw a report of the one owner."""
    return report(
        *draw(st.lists(lines(), max_size=6)),
        filing_id=f"0000000001-24-{draw(st.integers(1, 9)):06}",
        form=draw(st.sampled_from(["3", "3/A", "4", "4/A", "5", "5/A"])),
        period=draw(days),
        filed_on=draw(days),
        date_of_original_submission=draw(days),
        footnotes={
            "F1": "Held by the Doe Trust",
            "F2": "A fund",
            "F3": "Includes 20 shares; a two-for-one split.",
        },
    )


any_number_of_reports = st.lists(reports(), min_size=1, max_size=6)
hostile = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def once_each(filings: Sequence[TransactionsReported]) -> list[TransactionsReported]:
    """Return the filings, of those of one id the last."""
    return list({each.filing.filing_id: each for each in filings}.values())


def shuffled(filings: Sequence[TransactionsReported], chance: Any) -> list[TransactionsReported]:
    """Return the filings in an order of arrival."""
    arrived = list(filings)
    chance.shuffle(arrived)
    return arrived


def positions(steps: Sequence[AppliedReport]) -> list[dict[str, Any]]:
    """Return the positions at the end without their ids, which are assigned as positions come."""
    book = steps[-1].applied.event
    return sorted((to_builtins(replace(each, position_id="")) for each in book.positions), key=str)


def sums(alerts: Sequence[HoldingChanged]) -> dict[tuple[str, str | None, str | None], Decimal]:
    """Sum the shares of all trades by filing, code and side."""
    found: dict[tuple[str, str | None, str | None], Decimal] = {}
    for alert in alerts:
        for entry in alert.trades:
            key = (alert.filing.filing_id, entry.code, entry.acquired_disposed)
            found[key] = found.get(key, Decimal(0)) + Decimal(entry.shares or 0)
    return found


@given(any_number_of_reports)
@hostile
def test_books_add_up_for_any_filings(filings: list[TransactionsReported]) -> None:
    """Never an error; versions contiguous; what is unexplained is what the sums leave; JSON keeps all."""
    for version, step in enumerate(fold(once_each(filings)), start=1):
        book = step.applied.event
        assert book.version == version
        assert book.updated_by == step.report.filing.filing_id
        assert decode(encode(book), PositionsUpdated) == book
        ids = [position.position_id for position in book.positions]
        assert len(set(ids)) == len(ids)
        assert len({alert.alert_id for alert in step.alerts}) == len(step.alerts)
        for alert in step.alerts:
            assert decode(encode(alert), HoldingChanged) == alert
            if alert.unexplained_change is not None:
                assert None not in (alert.after, alert.ledger_before, alert.reported_change)
                after, before, reported = map(Decimal, (alert.after, alert.ledger_before, alert.reported_change))  # type: ignore[arg-type]  # none is None
                assert Decimal(alert.unexplained_change) == after - before - reported


@given(any_number_of_reports, st.randoms(use_true_random=False))
@hostile
def test_every_trade_line_is_in_exactly_one_alert(filings: list[TransactionsReported], chance: Any) -> None:
    """The invariant: each trade is reported regardless of age, order of arrival and malformed fields."""
    for step in fold(shuffled(once_each(filings), chance)):
        assert alerted_lines(step.report, step.alerts) == reported_lines(step.report)
        assert lines_in_trades(step.alerts) == reported_lines(step.report)


@given(any_number_of_reports, st.randoms(use_true_random=False))
@hostile
def test_any_order_of_arrival_ends_in_the_same_positions(filings: list[TransactionsReported], chance: Any) -> None:
    """A late report is inserted and the book is folded again, even if its lines are malformed."""
    unique = once_each(filings)
    assert positions(fold(shuffled(unique, chance))) == positions(fold(unique))


@given(any_number_of_reports)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_same_filings_give_the_same_bytes(filings: list[TransactionsReported]) -> None:
    """Books and alerts follow from the input alone: no clock, no chance, no order of a set."""

    def told() -> list[bytes]:
        return [encode(event) for step in fold(filings) for event in (step.applied.event, *step.alerts)]

    assert told() == told()


@given(any_number_of_reports, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_redelivered_filings_change_nothing(filings: list[TransactionsReported], chance: Any) -> None:
    """Kafka may deliver a record twice: the book stays unchanged, and nothing is reported twice."""
    book: Book | None = None
    for number, filing in enumerate(filings):
        book = apply(book, filing).book
        again = apply(book, chance.choice(filings[: number + 1]))
        assert (again.book, again.drafts, again.status) == (book, (), "duplicate")


@given(any_number_of_reports)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_decoded_book_continues_like_the_original(filings: list[TransactionsReported]) -> None:
    """A process and one that restores its state must agree, after each filing and for the next."""
    kept: Book | None = None
    restored: Book | None = None
    for filing in filings:
        one, other = apply(kept, filing), apply(restored, filing)
        assert encode(one.event) == encode(other.event)
        assert [build_alert(each, filing) for each in one.drafts] == [
            build_alert(each, filing) for each in other.drafts
        ]
        kept, restored = one.book, Book.from_event(decode(encode(other.event), PositionsUpdated))


@given(histories())
@settings(max_examples=200, deadline=None)
def test_well_formed_filings_in_order_leave_nothing_unknown(history: History) -> None:
    """Trades, gifts, grants, vestings, amendments and a split are accounted for, and the holdings are the true ones."""
    steps = fold(history.filings)
    assert held([steps[-1].applied.event]) == history.held()
    for step in steps:
        for alert in step.alerts:
            assert contradictions(alert, step.report) + contradicts_ledger(alert) == []
            assert alert.explanation in (None, "split", "amendment")
            assert alert.explanation is not None or alert.unexplained_change in (None, "0")


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_well_formed_filings_in_any_order_end_in_the_true_holdings(history: History, chance: Any) -> None:
    """The order of arrival changes neither the positions nor the sum of the reported trades."""
    arrived = fold(shuffled(history.filings, chance))
    in_turn = fold(in_order(history.filings))
    assert held([arrived[-1].applied.event]) == history.held()
    assert positions(arrived) == positions(in_turn)
    alerts, alerts_in_turn = ([alert for step in steps for alert in step.alerts] for steps in (arrived, in_turn))
    assert sums(alerts) == sums(alerts_in_turn)
    for step in arrived:
        assert lines_in_trades(step.alerts) == reported_lines(step.report)
        assert {alert.filing.filing_id for alert in step.alerts} <= {step.report.filing.filing_id}
        assert [what for alert in step.alerts for what in contradictions(alert, step.report)] == []


@given(histories(), st.sets(st.integers(0, 6)), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_positions_keep_the_last_listed_amount_if_filings_are_missing(
    history: History, missing: set[int], chance: Any
) -> None:
    """A gap leaves the last amount of each holder standing, in any order of arrival.

    A trust whose sale of all is missing and that begins at 0 again is another position of the same label.
    """
    places = [place for place in range(len(history.filings)) if place not in missing]
    assume(places)
    listed = {by: amount for place in places for by, amount in history.listed[place].items()}
    steps = fold([history.filings[place] for place in places])
    arrived = fold(shuffled([history.filings[place] for place in places], chance))
    assert positions(arrived) == positions(steps)
    told = [(step.report, alert) for step in steps for alert in step.alerts]
    assert [what for filing, alert in told for what in contradictions(alert, filing)] == []
    # With filings missing, two amounts can agree by chance: one with the holding before the trade, which the ledger
    # takes for stale, or a trust's whole amount with what another position lacks, which it takes for a transfer.
    assume(all(alert.explanation not in {"line_error", "transfer"} for _, alert in told))
    found = held([steps[-1].applied.event])
    for by, amount in listed.items():
        label = f"Common Stock {'D' if by is None else f'I {by}'}"
        assert amount in found.get(label, [0])


@given(st.text(min_size=1))
def test_any_title_has_a_class(title: str) -> None:
    """A title never normalizes to nothing, and its case never matters."""
    assert normalized_title(title)
    assert normalized_title(title.upper()) == normalized_title(title)
