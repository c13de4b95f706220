"""The corpus's recorded sweeps of EDGAR's feed: their filings, and a fault that replays their pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args

from aiohttp import web
from lxml import etree

from tests.edgar import pages
from tests.edgar.fake_edgar import Fault, Respond
from tests.edgar.filings import SECTION_16, Filing, Party, Role

SWEEPS: Final = Path("../shared/corpus/feeds/getcurrent")
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_TITLE: Final = re.compile(r"(?P<form>.+?) - (?P<name>.*) \((?P<cik>\d{10})\) \((?P<role>[^()]+)\)", re.DOTALL)
_PLACE: Final = re.compile(r"_start(\d+)_count100_")


@dataclass(frozen=True)
class RecordedSweep:
    """A recorded sweep: its pages by `start`, a hundred entries each, and their filings."""

    pages: dict[int, bytes]
    filings: tuple[Filing, ...]
    swept_at: datetime

    @property
    def section_16(self) -> set[str]:
        """The distinct accession numbers of Section 16."""
        return {filing.accession for filing in self.filings if filing.form in SECTION_16}


def names() -> list[str]:
    """Return the names of the recorded sweeps; none if the corpus is missing."""
    return sorted(folder.name for folder in SWEEPS.glob("sweep_*"))


def sweep(name: str) -> RecordedSweep:
    """Read a recorded sweep."""
    places = {file: found for file in sorted((SWEEPS / name).iterdir()) if (found := _PLACE.search(file.name))}
    recorded = {int(place[1]): file.read_bytes() for file, place in places.items()}
    roots = [etree.fromstring(page) for page in recorded.values()]
    parties: dict[tuple[str, str, datetime], dict[Party, None]] = {}
    for root in roots:
        for key, party in _entries(root):
            parties.setdefault(key, {})[party] = None
    filings = tuple(
        Filing(accession, form, moment, tuple(of), moment) for (accession, form, moment), of in parties.items()
    )
    return RecordedSweep(
        recorded, filings, max(datetime.fromisoformat(str(root.findtext(f"{_ATOM}updated"))) for root in roots)
    )


def replayed(recorded: RecordedSweep) -> Fault:
    """Return a fault that replays the recorded pages for any type: they were recorded without one."""

    async def fault(request: web.Request, _now: datetime, respond: Respond) -> web.StreamResponse:
        if request.query.get("action") != "getcurrent":
            return await respond()
        page = recorded.pages.get(int(request.query.get("start") or 0))
        if page is None:
            return web.Response(status=503, body=pages.UNAVAILABLE, content_type="text/html")
        return web.Response(body=page, content_type="application/atom+xml")

    return fault


def _entries(root: "etree._Element") -> Iterator[tuple[tuple[str, str, datetime], Party]]:
    """Yield accession number, form and acceptance time of each entry, and its party."""
    for entry in root.iter(f"{_ATOM}entry"):
        accession = str(entry.findtext(f"{_ATOM}id")).rpartition("=")[2]
        (form,) = [str(category.get("term")) for category in entry.iter(f"{_ATOM}category")]
        moment = datetime.fromisoformat(str(entry.findtext(f"{_ATOM}updated"))).astimezone(UTC)
        if (titled := _TITLE.fullmatch(str(entry.findtext(f"{_ATOM}title")))) is not None:
            roles = [role for role in get_args(Role) if role == titled["role"]]
            yield (accession, form, moment), Party(titled["name"], int(titled["cik"]), (*roles, "Filer")[0])
