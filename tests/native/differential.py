"""The native reader against the Python reader, which defines what is right: the same bytes, or no answer."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from contracts.filing_published import Hints, PartyHint
from services.parser.filing import parse_filing
from services.parser.filing_json import EncodedFiling, encoded, read_natively
from tests.filings.corpus import CORPUS

ROOT: Final = Path(__file__).resolve().parents[2]
CORPUS_FOLDERS: Final = (CORPUS / "xml", CORPUS / "txt")
CASES: Final = CORPUS.parent / "cases"
OWN_FOLDERS: Final = (ROOT / "deploy" / "samples", ROOT / "tests" / "filings" / "golden")

ISSUER: Final = PartyHint(cik="0001318605", name="Tesla, Inc.", trading_symbol="TSLA")
FACTS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"filing_id": "0001127602-24-029999", "accession_number": "0001127602-24-029999", "form_type": "4"},
    {"filed_on": date(2024, 12, 30), "accepted_at": datetime(2024, 12, 30, 21, 15, tzinfo=UTC), "form_type": "5/A"},
    {"source_url": "https://www.sec.gov/Archives/edgar/data/1/1.txt", "hints": Hints(issuer=ISSUER)},
    {"hints": Hints(owners=(PartyHint(cik="0001494730", name="Musk Elon"), PartyHint(name="Somebody Else")))},
    {"hints": Hints(issuer=PartyHint(trading_symbol='A "B" C')), "accepted_at": datetime(2024, 1, 1, 0, 0, 0, 5, UTC)},
)
"""Facts that agree with some filings and contradict others."""


def contents(*folders: Path) -> list[bytes]:
    """Return all XML filings and submissions below the folders."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [content for content in (path.read_bytes() for path in files) if b"ownershipDocument" in content]


def agreeing_hints(content: bytes | str) -> Hints:
    """Return the parties of a filing as an index has them: in the words of EDGAR, not in those of the document."""
    reports = parse_filing(content)
    issuer = reports[0].issuer
    owners = tuple(PartyHint(cik=report.owner.cik, name=f"{report.owner.name} /DE/") for report in reports)
    return Hints(issuer=PartyHint(cik=issuer.cik, name=issuer.name.upper(), trading_symbol="XYZ"), owners=owners)


def difference(content: bytes | str, **facts: Any) -> tuple[EncodedFiling | None, str]:
    """Return what the native reader answers, and in which way Python's events differ; empty if they are the same.

    The answer is None if the native reader declines.
    """
    answer = read_natively(content, **facts)
    if isinstance(answer, str):
        return None, "it panicked" if answer == "defect" else ""
    try:
        reports = parse_filing(content, **facts)
    except Exception as error:  # noqa: BLE001 - whatever Python says is right
        return answer, f"Python refuses it: {error!r}"
    return answer, "" if answer == encoded(reports) else "Python has other events"
