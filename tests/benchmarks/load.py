"""Hundreds of thousands of filings: real ones repeated, each copy with other issuers and owners."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contracts.topics import FILINGS
from services.runtime.port import Output
from services.watcher.directory import filing_from_file
from services.watcher.publication import filing_output
from tests.filings.corpus import CORPUS, files_of

SAMPLES: Final = Path(__file__).resolve().parents[2] / "deploy" / "samples"
_CIK: Final = re.compile(rb"(<(?:issuerCik|rptOwnerCik)>)\s*([0-9]+)")
_STEP: Final = 7_919
_FILES_PER_FOLDER: Final = 1_000


def originals() -> list[bytes]:
    """Return the ownership XML of the shared corpus, or of the samples without it."""
    found = files_of(CORPUS / "xml", "*.xml") or files_of(SAMPLES, "*.xml")
    return [path.read_bytes() for path in found]


def filings(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` filings with unique accession numbers."""
    texts = originals()
    for number in range(count):
        copy, which = divmod(number, len(texts))
        yield f"{1_000_000_000 + copy:010d}-24-{number % 1_000_000:06d}", _with_other_parties(texts[which], copy)


def write_filings(directory: Path, count: int) -> int:
    """Write `count` filings below the directory; return their total size in bytes."""
    size = 0
    for number, (accession_number, content) in enumerate(filings(count)):
        folder = directory / f"{number // _FILES_PER_FOLDER:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{accession_number}.xml").write_bytes(content)
        size += len(content)
    return size


def published(count: int) -> list[Output]:
    """Return `count` filings as a watcher publishes them."""
    now = datetime.now(UTC)
    return [
        filing_output(
            filing_from_file(Path(f"/{name}.xml"), content, observed_at=now, most=FILINGS.max_value_bytes),
            source="benchmark",
        )
        for name, content in filings(count)
    ]


def _with_other_parties(content: bytes, copy: int) -> bytes:
    return _CIK.sub(lambda found: found[1] + b"%010d" % ((int(found[2]) + copy * _STEP) % 10**10), content)
