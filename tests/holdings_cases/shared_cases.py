"""The chains of ../shared/cases/ledger as cases, with what its README expects. The chains themselves are not here."""

from functools import cache
from typing import Final

from contracts.structs import TransactionsReported
from services.parser import parse_filing
from tests.filings.corpus import SHARED
from tests.holdings_cases.case import Case
from tests.holdings_cases.shared_corrections import CORRECTIONS
from tests.holdings_cases.shared_expected import Expected
from tests.holdings_cases.shared_trades import TRADES

FOLDER: Final = SHARED / "cases" / "ledger"
EXPECTED: Final[dict[str, Expected]] = TRADES | CORRECTIONS


@cache
def read_case(name: str) -> Case:
    """Parse the files of a case, and combine them with what is expected."""
    expected = EXPECTED[name]
    filings: dict[str, tuple[TransactionsReported, ...]] = {
        file.stem: tuple(parse_filing(file.read_bytes())) for file in sorted((FOLDER / name).iterdir())
    }
    return Case(name, "../shared/cases/ledger/README.md", filings, expected.held, expected.alerts)
