"""Read a page of EDGAR's current feed: its Section 16 filings, once each, however many parties they have.

A request for `type=4` returns every form that begins so (424B2, 497 …), with one entry per party of a filing, newest
first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from lxml import etree

from contracts.codes import ErrorCode
from contracts.enumerations import FormType
from contracts.errors import TransientError
from services.section16.edgar_calendar import eastern_day, utc_of
from services.section16.identity import ACCESSION_NUMBER
from services.section16.vocabulary import FORM_TYPES

PAGE_SIZE: Final = 100
"""Entries per page, the most that EDGAR returns."""
PREFIXES: Final = ("4", "3", "5")
"""The `type` parameters, the busiest first; together they cover all six forms."""

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_FORMS: Final[dict[str, FormType]] = {form: form for form in FORM_TYPES}
_TITLE: Final = re.compile(r"\S+ - (?P<name>.*) \((?P<cik>[0-9]{1,10})\) \((?P<role>[^()]*)\)", re.DOTALL)
_LINK: Final = re.compile(
    r"(?:https?://[^/]+)?(?P<folder>/Archives/edgar/data/[0-9]{1,10}/(?:[0-9]{18}/)?)(?P<accession>[0-9-]{20})-index\.html?"
)
_FILED: Final = re.compile(r"Filed:\s*(?:</b>)?\s*([0-9]{4}-[0-9]{2}-[0-9]{2})")


@dataclass(frozen=True, slots=True)
class FeedParty:
    """A party of a filing: `role` is Issuer or Reporting, `cik` has ten digits."""

    name: str
    cik: str
    role: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A Section 16 filing in the feed. `path` is that of its submission; `accepted_at` is UTC."""

    accession_number: str
    form_type: FormType
    path: str
    parties: tuple[FeedParty, ...]
    accepted_at: datetime
    filed_on: date


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page: its Section 16 filings, newest first.

    `size` counts all its entries, of any form; `moments` are their acceptance times, in UTC. `unreadable` counts those
    of Section 16 that do not identify their filing; the index will list it.
    """

    entries: tuple[FeedEntry, ...]
    size: int
    moments: tuple[datetime, ...]
    unreadable: int = 0


def feed_path(prefix: str, start: int) -> str:
    """Return the path of the page that starts at entry `start`, for forms that begin with `prefix`."""
    return (
        f"/cgi-bin/browse-edgar?action=getcurrent&type={prefix}&owner=only&start={start}&count={PAGE_SIZE}&output=atom"
    )


def read_feed_page(content: bytes) -> FeedPage:
    """Read a page.

    Raises:
        TransientError: it is not a feed, or is truncated. EDGAR sends error pages in its place, with status 200.
    """
    found: dict[str, FeedEntry] = {}
    moments: list[datetime] = []
    size = unreadable = 0
    for element in _entries(content):
        size += 1
        accepted_at = _accepted_at(element)
        moments += [accepted_at] if accepted_at else []
        form = _form(element)
        if form is None:
            continue
        if (entry := _entry(element, form, accepted_at)) is None:
            unreadable += 1
        elif (known := found.get(entry.accession_number)) is None:
            found[entry.accession_number] = entry
        else:
            found[entry.accession_number] = _merged(known, entry)
    return FeedPage(tuple(found.values()), size, tuple(moments), unreadable)


def _entries(content: bytes) -> Iterator[etree._Element]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise TransientError(ErrorCode.NO_FEED, f"the response is not XML: {error}") from None
    if root.tag != f"{_ATOM}feed":
        raise TransientError(ErrorCode.NO_FEED, f"the response is not a feed but {str(root.tag)[:80]!r}")
    return root.iterchildren(f"{_ATOM}entry")


def _form(element: etree._Element) -> FormType | None:
    category = element.find(f"{_ATOM}category")
    return _FORMS.get(category.get("term", "").strip()) if category is not None else None


def _entry(element: etree._Element, form: FormType, accepted_at: datetime | None) -> FeedEntry | None:
    numbered = ACCESSION_NUMBER.search(element.findtext(f"{_ATOM}id", ""))
    link = element.find(f"{_ATOM}link")
    linked = _LINK.fullmatch(link.get("href", "").strip()) if link is not None else None
    if numbered is None or linked is None or linked["accession"] != numbered[1] or accepted_at is None:
        return None
    return FeedEntry(
        accession_number=numbered[1],
        form_type=form,
        path=f"{linked['folder']}{numbered[1]}.txt",
        parties=_parties(element),
        accepted_at=accepted_at,
        filed_on=_filed_on(element) or eastern_day(accepted_at),
    )


def _parties(element: etree._Element) -> tuple[FeedParty, ...]:
    titled = _TITLE.fullmatch(element.findtext(f"{_ATOM}title", "").strip())
    if titled is None:
        return ()
    return (FeedParty(" ".join(titled["name"].split()), titled["cik"].zfill(10), titled["role"]),)


def _accepted_at(element: etree._Element) -> datetime | None:
    try:
        moment = datetime.fromisoformat(element.findtext(f"{_ATOM}updated", "").strip())
        return moment.astimezone(UTC) if moment.tzinfo else utc_of(moment)
    except (ValueError, OverflowError):  # the latter near the years 1 and 9999
        return None


def _filed_on(element: etree._Element) -> date | None:
    filed = _FILED.search(element.findtext(f"{_ATOM}summary", ""))
    try:
        return date.fromisoformat(filed[1]) if filed else None
    except ValueError:
        return None


def _merged(known: FeedEntry, other: FeedEntry) -> FeedEntry:
    """Merge two entries of one filing: for two parties, or for one if the feed moved between two pages."""
    new = tuple(party for party in other.parties if party not in known.parties)
    return FeedEntry(
        known.accession_number, known.form_type, known.path, known.parties + new, known.accepted_at, known.filed_on
    )
