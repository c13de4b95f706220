"""Facts beside a filing: a sidecar gives what its page lacks."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from services.watcher.directory import files_in, filing_from_file
from services.watcher.filing_facts import NO_FACTS, FilingFacts


def sidecar(path: Path, text: str) -> None:
    """Write a file's sidecar."""
    path.with_name(f"{path.name}.hints.json").write_text(text)


def test_sidecar_gives_a_filing_its_issuer_and_form(tmp_path: Path) -> None:
    """The page of a fragment names neither."""
    page = tmp_path / "page.txt"
    page.write_text("Common Stock")
    sidecar(page, '{"issuer_cik": 1318605, "issuer_name": "ACME", "ticker": "AC", "form": "4"}')
    filing = filing_from_file(page, page.read_bytes(), observed_at=datetime(2024, 1, 1, tzinfo=UTC), most=1000)
    assert filing.hints.issuer == PartyHint(cik="0001318605", name="ACME", trading_symbol="AC")
    assert filing.form_type == "4"
    assert [path.name for path, _ in files_in([tmp_path])] == ["page.txt"]


def test_fact_that_is_given_stands(tmp_path: Path) -> None:
    """An option is more specific than a file."""
    page = tmp_path / "page.txt"
    sidecar(page, '{"issuer_name": "ACME", "form": "4"}')
    given = FilingFacts(Hints(issuer=PartyHint(name="OTHER")))
    known = given.with_sidecar(page)
    assert (known.hints.issuer, known.form_type) == (PartyHint(name="OTHER"), "4")


@pytest.mark.parametrize("text", ["{", "[]", '{"issuer": "ACME"}', '{"form": "10-K"}', '{"issuer_cik": "x"}'])
def test_sidecar_with_a_mistake_refuses_the_filing(tmp_path: Path, text: str) -> None:
    """A misspelled fact must not be lost silently."""
    page = tmp_path / "page.txt"
    sidecar(page, text)
    with pytest.raises(InvalidFiling) as refusal:
        NO_FACTS.with_sidecar(page)
    assert refusal.value.code == ErrorCode.INVALID_HINTS
