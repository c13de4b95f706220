"""Golden pairs: each filing gives exactly the events beside it."""

from pathlib import Path

import pytest

from tests.filings.golden import events_of, expected_of, filings, written


@pytest.mark.parametrize("filing", filings(), ids=lambda path: path.name)
def test_golden_filing_gives_its_expected_events(filing: Path) -> None:
    """Byte for byte. After an intended change, `python -m tests.filings.golden` writes them again."""
    assert written(events_of(filing)) == expected_of(filing).read_text(encoding="utf-8")


def test_no_expected_file_has_lost_its_filing() -> None:
    """A pair is a pair."""
    folder = filings()[0].parent
    assert {path.name for path in folder.glob("*.json")} == {expected_of(path).name for path in filings()}


def test_every_format_is_among_the_golden_filings() -> None:
    """XML of today and of 2003, full submissions of both headers, tab rows, pipe tables and a fragment."""
    names = {path.stem for path in filings()}
    assert names >= {
        "every_element",
        "schema_x0101",
        "submission_sec_document",
        "submission_tags",
        "tab_rows",
        "pipe_tables",
        "fragment",
    }
