"""Fetch the filings of the accuracy table from EDGAR, so that anyone can repeat the measurements.

    python -m tests.filings.fetch --contact 'Jane Doe jane@example.com' [--into ../shared/corpus]

`corpus.tsv` lists the accession numbers. Each costs one request, through the watcher's own client: at most 8 requests
in any second, with the contact in the User-Agent. Files that exist are skipped, so an interrupted run can be repeated.
"""

import argparse
import asyncio
import csv
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from contracts.errors import InsidertapeError
from services.runtime.clock import Clock, SystemClock
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.responses import NotThere
from services.watcher.publication import MOST_READ
from tests.filings.corpus import CORPUS

LISTING: Final = Path(__file__).parent / "corpus.tsv"
EDGAR: Final = "https://www.sec.gov"
_XML: Final = re.compile(rb"<XML>\s*(.*?)\s*</XML>", re.DOTALL)


class ListedFiling(NamedTuple):
    """A filing of the corpus. `measured_in` names the rows of the accuracy table that it is part of."""

    accession_number: str
    form_type: str
    period_of_report: str
    issuer_cik: str
    measured_in: frozenset[str]

    @property
    def path(self) -> str:
        """Return the submission's path on EDGAR."""
        return f"/Archives/edgar/data/{int(self.issuer_cik)}/{self.accession_number}.txt"

    def file_in(self, directory: Path) -> Path:
        """Return the file for it: the full submission, or the XML document if only that was measured."""
        if "submissions" in self.measured_in:
            return directory / "txt" / f"{self.accession_number}.txt"
        return directory / "xml" / f"{self.accession_number}.xml"


def listed_filings() -> list[ListedFiling]:
    """Read the listing."""
    with LISTING.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return [ListedFiling(**row | {"measured_in": frozenset(row["measured_in"].split())}) for row in rows]


def xml_of(submission: bytes) -> bytes | None:
    """Return the ownership document of a submission; None if it has no XML, as before mid-2003."""
    found = _XML.search(submission)
    return found[1] + b"\n" if found else None


async def fetch(filings: Sequence[ListedFiling], directory: Path, client: EdgarClient) -> list[str]:
    """Fetch the filings that the directory lacks; return the problems, each with its accession number."""
    problems: list[str] = []
    for filing in filings:
        file = filing.file_in(directory)
        if file.exists():
            continue
        try:
            content = await client.get(filing.path, bytes, most=MOST_READ)
        except NotThere as error:
            problems.append(f"{filing.accession_number}: {error}")
            continue
        wanted = content if file.suffix == ".txt" else xml_of(content)
        if wanted is None:
            problems.append(f"{filing.accession_number}: the submission contains no XML document")
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_bytes(wanted)
        partial.rename(file)  # so that an interrupted run leaves no incomplete file behind
    return problems


async def fetch_from(origin: str, contact: str, directory: Path, *, clock: Clock | None = None) -> list[str]:
    """Fetch all listed filings from EDGAR, or from what takes its place."""
    clock = clock or SystemClock()
    async with EdgarClient(origin, contact, clock, RequestLimiter(clock)) as client:
        return await fetch(listed_filings(), directory, client)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch the corpus; return 1 if a filing is missing."""
    options = argparse.ArgumentParser(prog="python -m tests.filings.fetch", description=__doc__)
    options.add_argument("--contact", required=True, help="name and e-mail address, required by the SEC")
    options.add_argument("--into", type=Path, default=CORPUS, help=f"directory to write to (default: {CORPUS})")
    options.add_argument("--origin", default=EDGAR, help="origin of the requests")
    chosen = options.parse_args(arguments)
    try:
        problems = asyncio.run(fetch_from(chosen.origin, chosen.contact, chosen.into))
    except InsidertapeError as error:
        problems = [str(error)]
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
