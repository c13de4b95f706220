"""Hostile filings in linear time: EDGAR accepts 30 lines per table, and what holds thousands must not stop a partition.

The work is counted in calls, not measured by the clock: twice the lines may take little more than twice the calls.
Only patterns, whose work is not in calls, are held to seconds: a quadratic one would take minutes.
"""

import sys
from collections.abc import Callable
from time import process_time
from typing import Any, Final

import pytest
from msgspec.structs import replace

from contracts.structs import Diagnostic, TransactionsReported
from services.holdings import (
    amendments,
    chain_building,
    change_application,
    footnotes,
    labels,
    ledger,
    matching_candidates,
    position_index,
    text_normalization,
)
from services.holdings.alerts import build_alert
from services.holdings.book import Book
from services.holdings.ledger import apply
from tests.holdings_cases.filing_builders import Line, filing, hold, option, rsu, sell, trade
from tests.unit.holdings.builders import label

Lines = Callable[[int, int], Line]
"""Makes the line of a number in the first or the second filing."""

AT_AMOUNT: Final = {"shares_owned_following": ("F1",)}

FILINGS: Final[dict[str, Lines]] = {
    "direct holdings": lambda n, which: hold(1000 * n + which),
    "holdings under one label": lambda n, which: hold(1000 * n + 7 * which, by="Trust"),
    "sales under one label": lambda n, which: sell(10, 1000 * n + 7 * which, by="Trust"),
    "equal sales under one label": lambda _n, which: sell(10, 1000 - 10 * which, by="Trust"),
    "labels that all drift": lambda n, which: sell(10, 1000 * n + 7 * which, by=f"Trust {which} {n}"),
    "labels that all drift at equal amounts": lambda n, which: sell(10, 1000 - 10 * which, by=f"Trust {which} {n}"),
    "classes that are all renamed": lambda n, which: sell(10, 1000 * n + 7 * which, title=f"Class {which} {n}"),
    "grants of equal amounts": lambda _n, which: rsu(trade("A", "A", 1000, 1000) if which == 0 else sell(10, 990)),
    "amounts that all double": lambda n, which: hold((1001 + n) * (1 + which), by=f"Trust {n}"),
    "lines that continue one another": lambda n, which: sell(10, (77 * n, 10**7 - 10 * n)[which == 0], by="Trust"),
    "lines listed latest first": lambda n, which: sell(10, 1000 + 10 * n + which),
    "sides that are all mistyped": lambda n, _which: trade("S", "D" if n == 1 else "A", n, 10**7 - n * (n + 1) // 2),
    "lines without amounts": lambda n, which: sell(10, None, by="Trust" if which == 0 else f"Trust {n}"),
    "every other line unreadable": lambda n, _which: sell(None, None) if n % 2 else sell(10, 1000 + n),
    "grants of unknown amount": lambda n, which: option((hold(None), sell(10, 0))[which], price=f"{n + which / 2}"),
    "footnotes at each amount": lambda n, which: sell(10, 1000 * n + 7 * which, notes=AT_AMOUNT),
    "options of many prices": lambda n, which: option(sell(10, 1000 * n + 7 * which), price=n + which),
    "options without a price": lambda n, which: option(sell(10, 1000 * n + which), price=(None, n)[n % 2]),
    "options after a split": lambda n, which: option(hold(1000 * n * (1 + which)), price=str(n / (1 + which))),
}  # fmt: skip

LINES: Final = 60
LIMITS: Final = {
    (amendments, "CROWD"): 8,
    (matching_candidates, "CROWD"): 8,
    (change_application, "CROWD"): 8,
    (ledger, "ACCOUNTS_KEPT"): 30,
    (ledger, "ACCOUNTS_LEFT"): 20,
    (position_index, "_CLASSES_COMPARED"): 20,
    (chain_building, "_CHAINS_COMPARED"): 8,
}
"""The limits on what is compared and kept, reduced: only beyond them is the time proportional to the lines."""


@pytest.fixture(autouse=True)
def low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few lines be many."""
    for (module, name), limit in LIMITS.items():
        assert getattr(module, name) > limit
        monkeypatch.setattr(module, name, limit)


def reports(lines: Lines, count: int) -> tuple[TransactionsReported, TransactionsReported]:
    """Make two filings of `lines` lines each."""
    note = {"F1": "Includes " + ", ".join(f"{1237 * each} shares" for each in range(1, 40)) + " after a 2-for-1 split."}
    first = filing(1, "2023-05-01", *(lines(number, 0) for number in range(1, count + 1)), notes=note)
    return first, filing(2, "2023-06-01", *(lines(number, 1) for number in range(1, count + 1)), notes=note)


def apply_all(*filings: TransactionsReported) -> None:
    """Apply filings, and make their alerts."""
    book: Book | None = None
    for each in filings:
        result = apply(book, each)
        book = result.book
        for draft in result.drafts:
            build_alert(draft, each)


def calls(function: Callable[[], object]) -> int:
    """Count the calls, of Python and of C functions, that a function makes."""
    count = 0

    def profile(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def assert_linear(make: Callable[[int], tuple[TransactionsReported, ...]]) -> None:
    """Fail if twice the lines take much more than twice the calls."""
    small, large = make(LINES), make(2 * LINES)
    apply_all(*small)  # fills what is remembered
    assert calls(lambda: apply_all(*large)) < 2.6 * calls(lambda: apply_all(*small))


@pytest.mark.parametrize("lines", FILINGS.values(), ids=FILINGS)
def test_twice_the_lines_take_twice_the_work(lines: Lines) -> None:
    """Each line is compared with a few others, however many there are."""
    assert_linear(lambda count: reports(lines, count))


def amendment(count: int) -> tuple[TransactionsReported, ...]:
    """Make a filing, and an amendment of all of its lines."""
    first, _ = reports(lambda n, _which: sell(10, 1000 * n, by=f"Trust {n}"), count)
    lines = (sell(20, 1000 * number - 10, by=f"Trust {number}") for number in range(1, count + 1))
    return first, filing(2, "2023-05-01", *lines, form="4/A", filed="2023-06-01")


def repetition(count: int) -> tuple[TransactionsReported, ...]:
    """Make a filing, and another that repeats it word for word."""
    first, _ = reports(lambda n, _which: sell(10, 1000 * n, by=f"Trust {n}"), count)
    return first, replace(first, filing=replace(first.filing, filing_id="sha256:" + "0" * 32))


def diagnosed(count: int) -> tuple[TransactionsReported, ...]:
    """Make a filing with something unreadable in each line."""
    first, _ = reports(lambda n, _which: sell(10, 1000 * n, by=f"Trust {n}"), count)
    unread = (f"transactions[{place}].price_per_share" for place in range(count))
    return (replace(first, diagnostics=tuple(Diagnostic(code="x", field=each) for each in unread)),)


def footnoted(count: int) -> tuple[TransactionsReported, ...]:
    """Make two filings with a footnote for each line, all different."""
    filings: list[TransactionsReported] = []
    for number, day in ((1, "2023-05-01"), (2, "2023-06-01")):
        cited = [{"shares_owned_following": (f"F{place}",), "ownership": (f"F{place}",)} for place in range(count)]
        lines = (sell(10, 1000 * place + 7 * number, by="See footnote", notes=cited[place]) for place in range(count))
        notes = {
            f"F{place}": f"Held by Trust {place}. Includes {place} shares, {number}-for-3 split."
            for place in range(count)
        }
        filings.append(filing(number, day, *lines, notes=notes))
    return tuple(filings)


@pytest.mark.parametrize("make", [amendment, repetition, diagnosed, footnoted])
def test_twice_the_lines_of_special_filings_take_twice_the_work(make: Any) -> None:
    """Amendments, repetitions, filings that the parser could hardly read, and a footnote for each line."""
    assert_linear(make)


LONG: Final = 100_000
REPEATED: Final = (
    *("1", "1,", "111,", "1.", " ", "-", "$", "$1", "a", "1 a b c d ", "_", "split one-for-one-for-", "1-for-", "1:"),
    *(
        "1 new shares ",
        "1 (1",
        "5% stock ",
        "Jan",
        "Jan 1, ",
        "1 Jan ",
        "1/1/",
        "Rule -",
        "Section (",
        "10b5-1 a",
        "plan",
    ),
    *("adjust", "(1", "[F", "par value of ", "$.01 par ", "see the ", "see footnote 1 and ", "held of record by the "),
)
"""What long texts are made of: the beginnings of all that the patterns look for."""


@pytest.mark.parametrize("prefix", ["", "held by split $1"])
def test_long_footnotes_titles_and_names_are_read_in_linear_time(prefix: str) -> None:
    """Each takes a tenth of a second; a pattern that backtracks over 100,000 characters takes minutes."""
    for part in REPEATED:
        text = prefix + part * (LONG // len(part))
        started = process_time()
        footnotes._read_amount_note.__wrapped__(text)
        footnotes._read_any_note.__wrapped__(text)
        text_normalization.normalized_title.__wrapped__(text)
        labels._holder.__wrapped__(label(by=text))
        labels._holder.__wrapped__(label(by="See footnote", note=text))
        assert process_time() - started < 5, part
