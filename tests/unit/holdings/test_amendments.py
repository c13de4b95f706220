"""Which filing an amendment corrects, which account of it, and what becomes of that account and of those after it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from services.holdings.accounts import Account
from services.holdings.amendments import (
    OriginalAccounts,
    apply_correction,
    find_original,
    merge_chains,
    shift_later_accounts,
)
from services.holdings.chains import Chain, ChainStep
from services.holdings.filed_report import FiledReport
from services.holdings.labels import Label
from services.holdings.position_index import PositionIndex
from tests.unit.holdings.builders import DAY, account, chain, filed, label, listed, position, row, step

DIRECT: Final = label()
TRUST: Final = label(by="Trust")
LATER: Final = DAY + timedelta(2)


def filing(name: str, day: date, *chains: Chain, form: str = "4", **facts: Any) -> FiledReport:
    """Make a filing whose period is a day and that was filed the day after."""
    period = facts.pop("period", day)
    return filed(*chains, filing_id=name, day=day + timedelta(1), form_type=form, period=period, **facts)


def original(amendment: FiledReport, *earlier: FiledReport) -> str | None:
    """Return the name of the filing that an amendment corrects."""
    place = find_original(amendment, earlier)
    return None if place is None else earlier[place].filing_id


SALE: Final = chain(DIRECT, step(-10, 90))
OTHER: Final = chain(DIRECT, step(-20, 70, code="G"))


def test_original_is_the_filing_of_the_date_of_original_submission() -> None:
    """That is the day on which it was filed, whatever its period."""
    filings = (filing("a", DAY, SALE), filing("b", LATER, SALE))
    assert original(filing("c", LATER, SALE, form="4/A", original=DAY + timedelta(1)), *filings) == "a"


def test_without_that_date_or_filing_the_original_is_of_the_same_period() -> None:
    """Paper-age amendments lack the date, and some name a wrong one."""
    filings = (filing("a", DAY, SALE), filing("b", LATER, SALE))
    assert original(filing("c", DAY, OTHER, form="4/A"), *filings) == "a"
    assert original(filing("c", DAY, OTHER, form="4/A", original=date(1999, 1, 1)), *filings) == "a"
    assert original(filing("c", date(1999, 1, 1), SALE, form="4/A"), *filings) is None
    assert original(filing("c", DAY, SALE, form="4/A", period=None), *filings) is None


def test_of_several_the_one_with_most_lines_in_common_is_the_original() -> None:
    """Two parts of one day: the amendment repeats most lines of the one it corrects."""
    filings = (filing("a", DAY, SALE, OTHER), filing("b", DAY, chain(DIRECT, step(-1, 9))))
    assert original(filing("c", DAY, SALE, form="4/A"), *filings) == "a"
    assert original(filing("c", DAY, chain(DIRECT, step(-5, 5)), form="4/A"), *filings) == "b"


def test_original_is_of_the_same_form_and_is_not_an_amendment_if_there_is_another() -> None:
    """A second amendment corrects the original as well; the first amendment only if the original is missing."""
    first = filing("b", DAY, SALE, form="4/A")
    assert original(filing("c", DAY, SALE, form="4/A"), filing("a", DAY, OTHER), first) == "a"
    assert original(filing("c", DAY, SALE, form="4/A"), first) == "b"
    assert original(filing("c", DAY, SALE, form="5/A"), filing("a", DAY, SALE)) is None


def target(of: Chain, *accounts: tuple[Label, Account]) -> tuple[str, int] | None:
    """Return the position and the account index that a chain of an amendment of filing 1 corrects."""
    first = account(0, 5, filing=0, days=-9)
    held = [position(each, first, found, position_id=str(place)) for place, (each, found) in enumerate(accounts)]
    result = OriginalAccounts(1, PositionIndex(held)).find_target(of)
    return None if result is None else (result[0].position_id, result[1])


def test_chain_corrects_the_account_of_the_same_holder() -> None:
    """Even if its amounts are another's: those are what is corrected."""
    accounts = ((DIRECT, account(90, 80, filing=1)), (TRUST, account(50, 40, filing=1)))
    assert target(chain(TRUST, step(-10, 80)), *accounts) == ("1", 1)
    assert target(chain(DIRECT, step(-1, 2)), *accounts) == ("0", 1)


def test_of_several_accounts_the_one_with_an_amount_of_the_chain_is_corrected() -> None:
    """Two trusts of one label; or a holder written in another way."""
    accounts = ((TRUST, account(50, 40, filing=1)), (TRUST, account(90, 80, filing=1)))
    assert target(chain(TRUST, step(-5, 85)), *accounts) == ("1", 1)
    assert target(chain(TRUST, step(-5, 7)), *accounts) == ("0", 1)
    assert target(chain(label(by="Family"), step(-5, 85)), *accounts) == ("1", 1)
    assert target(chain(label(by="Family"), step(-5, 7)), *accounts) is None


def test_chain_corrects_nothing_in_another_filing_or_class() -> None:
    """It then moves its position like any other filing."""
    assert target(chain(TRUST, step(-5, 85)), (TRUST, account(90, 80, filing=2))) is None
    assert target(chain(TRUST, step(-5, 85)), (TRUST, account(90, 0, filing=1, kind="ended"))) is None
    assert target(chain(label("Class B", by="Trust"), step(-5, 85)), (TRUST, account(90, 80, filing=1))) is None


def test_chains_that_correct_one_account_are_one() -> None:
    """Holding lines are ignored if there are trades."""
    one = merge_chains([chain(DIRECT, listed(70)), SALE, chain(DIRECT, step(-20, 60))])
    assert row(one.before, one.after, one.total, len(one.steps)) == (100, 60, -30, 2)
    assert merge_chains([chain(DIRECT, listed(70))]).after == 70


LINES: Final = (step(-10, 90), step(-20, 70), step(-30, 40))


def amended(
    *steps: ChainStep, lines: tuple[ChainStep, ...] = LINES, first: int = 100, **more: Any
) -> tuple[object, ...]:
    """Return before, after and total of an account of lines as amended, and what was held before the lines."""
    known = account(first, str(lines[-1].reported_after), **more)
    held = position(DIRECT, account(0, 100, filing=-1, days=-9), known)
    result = apply_correction(held, 1, lines, chain(DIRECT, *steps), 7)
    new = result.position.accounts[1]
    assert new.amended_by == 7
    return row(new.before, new.after, new.total, result.ledger_before)


def test_all_lines_are_replaced_by_as_many_that_begin_at_the_same_amount() -> None:
    """The whole filing over again, right this time."""
    again = (step(-15, 85, day=LATER), step(-20, 65, day=LATER), step(-30, 35, day=LATER))
    assert amended(*again) == (100, 35, -65, 100)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (step(-15, 85), (100, 35, -65, 100)),
        (step(-25, 65), (100, 35, -65, 90)),
        (step(-35, 35), (100, 35, -65, 70)),
        (step(-5, 35, code="G"), (100, 35, -65, 40)),
        (step(-20, 70), (100, 40, -60, 90)),
    ],
)
def test_amended_line_replaces_the_most_similar_line_of_its_date_and_code(
    line: ChainStep, expected: tuple[object, ...]
) -> None:
    """The difference moves the amount after; a line that was left out is added."""
    assert amended(line) == expected


def test_corrected_last_amount_replaces_the_computed_one() -> None:
    """Shares were right, the amount following was not."""
    assert amended(step(-30, 45)) == (100, 45, -60, 70)


def test_holding_line_of_an_amendment_replaces_the_amount() -> None:
    """It erases no trade."""
    assert amended(listed(35)) == (100, 35, -60, 40)
    assert amended(listed(35), lines=(listed(40),), first=40, kind="holding") == (35, 35, 0, 40)
    assert amended(listed(None)) == (100, 40, -60, 40)


def after_shift(*accounts: Account, uncorrected: int = 90) -> list[object]:
    """Return before and after of each account, if the first ended at 85 instead of another amount."""
    held = position(DIRECT, account(100, 85), *accounts)
    return [row(each.before, each.after) for each in shift_later_accounts(held, 0, Decimal(uncorrected)).accounts[1:]]


def test_accounts_that_start_from_the_uncorrected_amount_are_shifted() -> None:
    """The filer went on from the wrong amount, until one that knows better."""
    assert after_shift(account(90, 80), account(80, 60)) == [(85, 75), (75, 55)]
    assert after_shift(account(90, 80), account(77, 60), account(60, 50)) == [(85, 75), (77, 60), (60, 50)]
    assert after_shift(account(90, 80, kind="holding"), account(80, 60)) == [(90, 80), (80, 60)]


def test_account_that_starts_from_the_corrected_amount_is_no_longer_unexplained() -> None:
    """The amendment now explains the difference between the two."""
    held = position(DIRECT, account(100, 85), account(85, 80, still_unexplained=Decimal(-5)))
    assert shift_later_accounts(held, 0, Decimal(90)).accounts[1].still_unexplained is None
    first = position(DIRECT, account(100, 85), account(85, 80, still_unexplained=Decimal(7), is_first_amount=True))
    assert shift_later_accounts(first, 0, Decimal(90)).accounts[1].still_unexplained == 7
