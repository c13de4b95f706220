"""Regression tests for the findings of fuzzing, and a check that its invariants can fail."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from contracts.structs import TransactionsReported
from services.parser import parse_filing
from tests.fuzz import invariants
from tests.fuzz.invariants import Broken, check

HERE = Path(__file__).resolve().parent
FINDINGS = sorted((HERE / "findings").glob("[!.]*"))
SAMPLE = (HERE.parent / "filings" / "golden" / "tab_rows.txt").read_bytes()


@pytest.mark.parametrize("path", FINDINGS, ids=[path.name for path in FINDINGS])
def test_a_finding_stays_fixed(path: Path) -> None:
    """Events of the contract, or InvalidFiling."""
    check(path.read_bytes())


def test_whole_filing_satisfies_the_invariants() -> None:
    """The invariants hold on a filing with values to check."""
    assert parse_filing(SAMPLE)
    check(SAMPLE)


def test_a_number_that_is_not_in_the_text_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that made one up would be found."""

    def inventive(content: bytes, **facts: object) -> list[TransactionsReported]:
        del facts
        (event,) = parse_filing(content)
        made_up = replace(event.holdings[0], shares_owned_following="31415926")
        return [replace(event, holdings=(made_up,))]

    monkeypatch.setattr(invariants, "parse_filing", inventive)
    with pytest.raises(Broken, match="31415926"):
        check(SAMPLE)


def test_a_crash_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only InvalidFiling is an answer."""

    def crashing(content: bytes, **facts: object) -> list[TransactionsReported]:
        del facts
        raise IndexError(content[:1])

    monkeypatch.setattr(invariants, "parse_filing", crashing)
    with pytest.raises(IndexError):
        check(SAMPLE)
