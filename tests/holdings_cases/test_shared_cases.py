"""The chains of filings in ../shared/cases/ledger, each with what its README expects of it."""

from collections.abc import Callable

import pytest

from tests.filings.corpus import SHARED
from tests.holdings_cases.case import Case
from tests.holdings_cases.checks import CHECKS
from tests.holdings_cases.shared_cases import EXPECTED, FOLDER, read_case

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"there are no ledger cases in ../{FOLDER.relative_to(SHARED.parent)}"
)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("name", EXPECTED)
def test_shared_case_holds(name: str, check: Callable[[Case], list[str]]) -> None:
    """The chains are the contract: they come from a reader of Section 16, not from the ledger."""
    assert check(read_case(name)) == []


def test_every_shared_case_has_expectations() -> None:
    """A case that is added to the shared directory must not go unnoticed."""
    assert {each.name for each in FOLDER.iterdir() if each.is_dir()} == EXPECTED.keys()
