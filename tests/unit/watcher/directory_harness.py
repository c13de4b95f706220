"""Small filings for the watcher's tests, and a directory source that is run as an engine runs it."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from contracts.codec import decode
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, WATCHER_CURSOR, WATCHER_DEAD_LETTERS, Topic
from services.runtime.port import Output, Record, WriteResult
from services.watcher.directory_source import DirectorySource

NOW = datetime(2024, 5, 20, 21, 30, tzinfo=UTC)
CIK = "0001288776"


def ownership_xml(*, cik: str = CIK, period: str = "2024-05-17", remarks: str = "") -> str:
    """Return an ownership document with the parts that the watcher reads."""
    return (
        '<?xml version="1.0"?>\n<ownershipDocument>\n'
        f"    <documentType>4</documentType>\n    <periodOfReport>{period}</periodOfReport>\n"
        f"    <issuer>\n        <issuerCik>{cik}</issuerCik>\n    </issuer>\n"
        f"    <remarks>{remarks}</remarks>\n</ownershipDocument>\n"
    )


def submission(
    accession_number: str, *, cik: str = CIK, period: str = "20240517", accepted: str = "", filed: str = ""
) -> str:
    """Return the header of a full submission, without documents; empty `accepted` and `filed` are left out."""
    return (
        f"<SEC-DOCUMENT>{accession_number}.txt : 20240520\n<SEC-HEADER>{accession_number}.hdr.sgml : 20240520\n"
        + (f"<ACCEPTANCE-DATETIME>{accepted}\n" if accepted else "")
        + f"ACCESSION NUMBER:\t\t{accession_number}\nCONFORMED SUBMISSION TYPE:\t4\n"
        f"CONFORMED PERIOD OF REPORT:\t{period}\n" + (f"FILED AS OF DATE:\t\t{filed}\n" if filed else "") + "\n"
        "REPORTING-OWNER:\n\n\tOWNER DATA:\t\n\t\tCOMPANY CONFORMED NAME:\t\t\tDOE JANE\n"
        "\t\tCENTRAL INDEX KEY:\t\t\t0009999999\n\n"
        "ISSUER:\t\t\n\n\tCOMPANY DATA:\t\n\t\tCOMPANY CONFORMED NAME:\t\t\tACME CORP\n"
        f"\t\tCENTRAL INDEX KEY:\t\t\t{cik}\n</SEC-HEADER>\n"
    )


@dataclass
class Log:
    """The outputs of a source's batches that an engine has committed."""

    outputs: list[Output] = field(default_factory=list)

    def of(self, topic: Topic) -> list[Output]:
        """Return the outputs to one topic."""
        return [output for output in self.outputs if output.topic == topic]

    def filings(self) -> list[FilingPublished]:
        """Return the published filings."""
        return [decode(output.value, FilingPublished) for output in self.of(FILINGS)]

    def contents(self) -> list[str]:
        """Return the texts of the published filings."""
        return [filing.content for filing in self.filings()]

    def dead_letters(self) -> list[Output]:
        """Return the dead letters."""
        return self.of(WATCHER_DEAD_LETTERS)

    def noted(self) -> list[str]:
        """Return the names of the files that the cursor contains."""
        entries = [json.loads(output.value or b"") for output in self.of(WATCHER_CURSOR)]
        return [entry["uri"].rpartition("/")[2] for entry in entries]


def new_source(
    *directories: Path,
    follow: bool = False,
    poll_interval: float = 0.05,
    force_polling: bool = False,
    settle: float = 0.01,
    ignored: Sequence[Path] = (),
    on_found: Callable[[int], None] = lambda _: None,
) -> DirectorySource:
    """Return a source over the directories.

    Its clock stands still before any file's modification time, and files settle almost at once by default.
    """
    return DirectorySource(
        directories,
        now=lambda: NOW,
        follow=follow,
        poll_interval=poll_interval,
        force_polling=force_polling,
        settle=settle,
        ignored=ignored,
        on_found=on_found,
    )


def restored(source: DirectorySource, log: Log) -> DirectorySource:
    """Return the source after it has restored the log's cursor."""
    for offset, output in enumerate(log.of(WATCHER_CURSOR)):
        source.restore(Record(WATCHER_CURSOR.name, 0, offset, output.key, output.value, output.headers))
    return source


async def run_once(*directories: Path, log: Log | None = None, ignored: Sequence[Path] = ()) -> Log:
    """Return what a new source writes in a single pass over the directories, after restoring the given log."""
    source = restored(new_source(*directories, ignored=ignored), log or Log())
    return await drive(source)


async def drive(source: DirectorySource) -> Log:
    """Run the source until it has no more batches, and return its outputs."""
    log = Log()
    while (outputs := await source.next_batch()) is not None:
        first = len(log.outputs)
        log.outputs += outputs
        source.committed([WriteResult(0, first + number) for number, _ in enumerate(outputs)])
    return log


def touch(path: Path) -> None:
    """Change only the modification time of a file."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
