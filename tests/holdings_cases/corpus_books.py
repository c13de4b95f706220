"""The corpus of real filings as reports, completed from their SGML headers and the manifest."""

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from contracts.errors import InvalidFiling
from contracts.structs import TransactionsReported
from services.parser import parse_filing
from tests.filings.corpus import CORPUS
from tests.holdings_cases.ledger_harness import BookKey, by_book, in_order

FOLDERS: Final = ("xml", "txt", "html")
_EASTERN: Final = ZoneInfo("America/New_York")


@cache
def corpus_books() -> dict[BookKey, list[TransactionsReported]]:
    """Return the reports of each owner in each issuer, in the order of filing; empty without a corpus."""
    return {key: in_order(reports) for key, reports in by_book(_reports()).items()}


def _reports() -> Iterator[TransactionsReported]:
    """Parse each filing once: a filing that is there in two renderings counts as its first."""
    read: set[str] = set()
    for row in _manifest():
        identity = row["accession"] or row["path"]
        paired = (path for path in row["pair_of"].split(";") if path.startswith(FOLDERS))
        if not row["path"].startswith(FOLDERS) or identity in read or not read.isdisjoint(paired):
            continue
        try:
            yield from _parsed(row)
        except InvalidFiling:
            continue
        read |= {identity, row["path"]}


def _manifest() -> list[dict[str, str]]:
    listing = CORPUS / "MANIFEST.tsv"
    if not listing.is_file():
        return []
    with listing.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    places = {folder: place for place, folder in enumerate(FOLDERS)}
    return sorted(rows, key=lambda row: (places.get(row["path"].partition("/")[0], len(places)), row["path"]))


def _parsed(row: dict[str, str]) -> list[TransactionsReported]:
    accession = row["accession"] or None
    header = _header(CORPUS / "headers" / f"{accession}.header.json")
    day, accepted = header.get("FILING-DATE") or row["filing_date"], header.get("ACCEPTANCE-DATETIME")
    return parse_filing(
        (CORPUS / row["path"]).read_bytes(),
        accession_number=accession,
        filed_on=date.fromisoformat(day) if day else None,
        accepted_at=datetime.strptime(accepted, "%Y%m%d%H%M%S").replace(tzinfo=_EASTERN) if accepted else None,
    )


def _header(path: Path) -> dict[str, Any]:
    """Read the SGML header of a filing as JSON; empty if there is none."""
    if not path.is_file():
        return {}
    submission: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["submission"]
    return submission
