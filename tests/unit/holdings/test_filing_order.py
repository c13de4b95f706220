"""The order of filings, and the day that a filing's amounts are of."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.enumerations import FormType
from contracts.filing_day import filed_day
from contracts.structs import Filing, Signature
from services.holdings.chains import ChainStep
from services.holdings.effective_dates import effective_day, trade_day
from services.holdings.filed_report import FiledReport
from services.holdings.filing_order import comes_last, day_in_order, sort_filings
from tests.unit.holdings.builders import DAY, chain, filed, label, listed, report, step

NEXT = DAY + timedelta(1)
PERIOD = date(2025, 1, 6)
NOON = datetime(2024, 3, 4, 17, tzinfo=UTC)


def part(number: int, before: int, after: int, *, by: str | None = None, **facts: Any) -> FiledReport:
    """Make a part of a day: a filing that trades from one amount to another."""
    return filed(chain(label(by=by), step(after - before, after)), filing_id=f"0000000001-24-{number:06}", **facts)


def numbers(filings: list[FiledReport]) -> list[int]:
    """Return the last digits of the filings' accession numbers, in their order."""
    return [int(each.filing_id[-6:]) for each in sort_filings(filings)]


@pytest.mark.parametrize(
    ("facts", "signed", "expected"),
    [
        ({"accepted_at": datetime(2024, 3, 6, 2, tzinfo=UTC), "filed_on": NEXT}, "2024-03-04", date(2024, 3, 5)),
        ({"filed_on": NEXT}, "2024-03-07", NEXT),
        ({}, "2024-03-06", date(2024, 3, 6)),
        ({}, "2024-03-06-05:00", date(2024, 3, 6)),
        ({}, "2024-02-26", date(2024, 2, 26)),
        ({}, "2023-03-06", DAY),
        ({}, "2042-03-06", DAY),
        ({}, "03/06/2024", DAY),
        ({"period": None}, "2024-03-06", date(2024, 3, 6)),
        ({"period": None}, None, None),
    ],
)
def test_day_in_order_is_of_acceptance_else_filing_else_signature_else_period(
    facts: dict[str, Any], signed: str | None, expected: date | None
) -> None:
    """Most files have no header; signatures are typed by people, and some are years off."""
    filing = report(**{"signatures": (Signature(name="/s/", date=signed),), **facts}).filing
    assert day_in_order(filing) == expected


def test_day_of_filing_is_eastern() -> None:
    """Accepted at two in the morning UTC is the evening before at EDGAR."""
    accepted = datetime(2024, 3, 6, 2, tzinfo=UTC)
    filing = Filing(filing_id="x", form_type="4", source_format="xml")
    assert filed_day(replace(filing, accepted_at=accepted)) == date(2024, 3, 5)
    assert filed_day(replace(filing, accepted_at=accepted, filed_on=DAY)) == DAY
    assert filed_day(filing) is None


def test_days_come_first_and_filings_without_one_are_the_oldest() -> None:
    """An undated filing must not be reported as current."""
    assert numbers([part(1, 10, 20, day=NEXT), part(2, 70, 80), part(3, 50, 60, day=None)]) == [3, 2, 1]


def test_parts_of_a_day_numbered_backwards_follow_their_amounts() -> None:
    """EDGAR numbers the parts of one day in no order, and many files have no acceptance time."""
    parts = [part(4, 1000, 900), part(3, 900, 800), part(2, 800, 700), part(1, 700, 600)]
    for arrived in permutations(parts):
        assert numbers(list(arrived)) == [4, 3, 2, 1]


def test_amounts_that_continue_are_stronger_than_acceptance_times() -> None:
    """The second of two parts may have been accepted first."""
    first = part(9, 1000, 900, accepted_at=NOON + timedelta(hours=1))
    assert numbers([part(8, 900, 800, accepted_at=NOON), first]) == [9, 8]


def test_parts_that_do_not_continue_are_in_order_of_acceptance_then_number() -> None:
    """Files without an acceptance time come behind those that have one, files without a number last."""
    late = part(1, 10, 20, accepted_at=NOON + timedelta(hours=1))
    nameless = filed(chain(label(), step(-1, 5)), filing_id="sha256:" + "0" * 32, name="a.xml")
    assert sort_filings([nameless, part(3, 50, 60), late, part(2, 30, 40, accepted_at=NOON)])[-1] is nameless
    assert numbers([part(3, 50, 60), part(4, 90, 80), late, part(2, 30, 40, accepted_at=NOON)]) == [2, 1, 3, 4]


@pytest.mark.parametrize("loop", [[(1, 10, 20), (2, 20, 10)], [(1, 10, 20), (2, 20, 30), (3, 30, 10)]])
def test_parts_whose_amounts_form_a_cycle_are_ordered_by_number(loop: list[tuple[int, int, int]]) -> None:
    """Bought and sold again: each part continues another, and any order would do."""
    assert numbers([part(*each) for each in reversed(loop)]) == [each[0] for each in loop]


def test_amounts_of_another_holder_do_not_order_parts() -> None:
    """900 in the trust does not relate to 900 held directly."""
    assert numbers([part(2, 1000, 900, by="Trust"), part(1, 900, 800)]) == [1, 2]


def test_amendments_are_not_ordered_by_their_amounts() -> None:
    """A corrected amount is that of another time."""
    assert numbers([part(2, 1000, 900, form_type="4/A"), part(1, 900, 800)]) == [1, 2]


def test_day_with_more_parts_than_are_compared_is_ordered_by_number() -> None:
    """Comparing each with each of a thousand would take minutes."""
    parts = [part(number, 1000 - number, 1001 - number) for number in range(1, 30)]
    assert numbers(parts) == list(range(1, 30))


def test_filing_comes_last_only_if_the_order_of_the_others_stays() -> None:
    """Otherwise the book is folded again: the newest part of a day may belong before the others."""
    known = [part(3, 500, 400, day=DAY - timedelta(1)), part(2, 900, 800)]
    assert comes_last(part(1, 5, 4), [])
    assert comes_last(part(1, 800, 700), known)
    assert comes_last(part(1, 5, 4, day=NEXT), known)
    assert not comes_last(part(9, 1000, 900), known)
    assert not comes_last(part(9, 5, 4, day=None), known)
    assert not comes_last(part(9, 5, 4, day=DAY - timedelta(1)), known)


@pytest.mark.parametrize(
    ("day", "expected", "contradicts"),
    [
        (PERIOD, PERIOD, False),
        (date(2025, 1, 7), date(2025, 1, 7), False),
        (date(2034, 1, 7), PERIOD, True),
        (date(2024, 1, 7), PERIOD, True),
        (date(2024, 6, 7), date(2024, 6, 7), False),
        (date(2025, 1, 3), date(2025, 1, 3), False),
        (date(2024, 2, 29), date(2024, 2, 29), False),
        (None, PERIOD, False),
    ],
)
def test_trade_is_of_its_date_unless_the_year_is_mistyped(day: date | None, expected: date, contradicts: bool) -> None:
    """2034 for 2025, or last year in January; other dates before the period are common and true."""
    found = trade_day(step(-1, 5, day=day), filed(day=date(2025, 1, 8), period=PERIOD))
    assert (found.day, found.contradicts) == (expected, contradicts)


@pytest.mark.parametrize(
    ("form", "steps", "expected"),
    [
        ("4", [step(-1, 5, day=DAY), step(-1, 4, day=NEXT)], NEXT),
        ("4", [listed(5)], PERIOD.replace(day=8)),
        ("4/A", [listed(5)], PERIOD.replace(day=8)),
        ("3", [listed(5)], PERIOD),
        ("5", [step(-1, 5, day=DAY)], PERIOD),
        ("5", [listed(5)], PERIOD),
    ],
)
def test_amounts_of_a_form_5_are_of_its_period_those_of_a_form_4_of_the_last_trade(
    form: FormType, steps: list[ChainStep], expected: date
) -> None:
    """A Form 5 reports a gift in spring with the amount at the end of the year."""
    assert effective_day(steps, filed(form_type=form, day=date(2025, 1, 8), period=PERIOD)) == expected


@pytest.mark.parametrize("form", ["3", "4", "5"])
def test_missing_period_or_day_is_replaced_by_the_other(form: FormType) -> None:
    """Without either, amounts are of no day."""
    assert effective_day([listed(5)], filed(form_type=form, day=DAY, period=None)) == DAY
    assert effective_day([listed(5)], filed(form_type=form, day=None, period=DAY)) == DAY
    assert effective_day([listed(5)], filed(form_type=form, day=None, period=None)) is None
