"""The ledger's cases: each case is run through all checks."""

from collections.abc import Callable

import pytest

from tests.holdings_cases.case import Case
from tests.holdings_cases.cases import (
    accounts,
    alerts,
    amendments,
    chains,
    explanations,
    filing_order,
    lateness,
    matching,
    owners,
    prices_and_expiry,
    transfers,
)
from tests.holdings_cases.checks import CHECKS

CASES = {
    case.name: case
    for module in (
        accounts,
        alerts,
        amendments,
        chains,
        explanations,
        matching,
        lateness,
        prices_and_expiry,
        filing_order,
        owners,
        transfers,
    )
    for case in module.CASES
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case_holds(case: Case, check: Callable[[Case], list[str]]) -> None:
    """Each case shows one rule of the ledger; a failure names the rule that no longer holds."""
    assert check(case) == [], case.says
