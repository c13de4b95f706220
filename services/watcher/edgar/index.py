"""Read EDGAR's indexes: the Section 16 filings that a daily or quarterly `form.idx` or `master.idx` lists.

An index has one line per party of a filing, so one filing is listed several times, in several folders. The columns of
`form.idx` are not of fixed width: a value too long for its column pushes the others to the right.
"""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from contracts.codes import ErrorCode
from contracts.enumerations import FormType
from contracts.errors import TransientError
from services.section16.identity import ACCESSION_NUMBER
from services.section16.vocabulary import FORM_TYPES

_FORMS: Final[dict[str, FormType]] = {form: form for form in FORM_TYPES}
_MASTER_TITLE: Final = re.compile(r"CIK\|Company Name\|Form Type\|Date Filed\|File ?name", re.IGNORECASE)
_FORM_TITLE: Final = re.compile(r"Form Type +Company Name +CIK +Date Filed +File ?name", re.IGNORECASE)
_LAST_DATA: Final = re.compile(r"^Last Data Received:\s*([A-Za-z]{3,9})\s+([0-9]{1,2}),\s*([0-9]{4})\s*$", re.MULTILINE)
_PREAMBLE: Final = 4_096
_TITLE_WITHIN: Final = 40
"""Lines that a preamble may have before the column titles."""
_MASTER_LINE: Final = re.compile(
    r"(?P<cik>[0-9]{1,10})\|(?P<name>.*)\|(?P<form>[^|]*)\|(?P<date>[^|]*)\|(?P<path>[^|]*)"
)
_FORM_LINE: Final = re.compile(
    r"(?P<form>\S+)\s+(?P<name>\S.*?)\s+(?P<cik>[0-9]{1,10})\s+(?P<date>[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2})\s+(?P<path>\S+)"
)


@dataclass(frozen=True, slots=True)
class IndexParty:
    """A party of a filing in an index, which does not distinguish issuers from owners. `cik` has ten digits."""

    cik: str
    name: str


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One Section 16 filing of an index. `path` is the first one listed, relative to `/Archives/`."""

    accession_number: str
    form_type: FormType
    filed_on: date
    path: str
    parties: tuple[IndexParty, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """The Section 16 filings of an index: each accession number once, in the index's order.

    `unreadable` are damaged lines of these forms, and a damaged last line of any form. If there are any, the index is
    truncated or damaged and must not be taken as complete. `reaches` is its last day, None if it does not give one.
    """

    entries: tuple[IndexEntry, ...]
    unreadable: tuple[str, ...] = ()
    reaches: date | None = None


def read_index(content: bytes) -> Index:
    """Read a `form.idx` or `master.idx`, daily or quarterly.

    Raises:
        TransientError: it is not an index, but an error page or empty.
    """
    lines = map(_text, io.BytesIO(content))  # line by line: a quarter's index as one str takes five times its size
    pattern = _line_pattern(lines)
    found: dict[str, IndexEntry] = {}
    unreadable = []
    line = ""
    for line in lines:
        if (form := _section16_form(line, pattern)) is None:
            continue
        if (entry := _entry(line, pattern, form)) is None:
            unreadable.append(line.strip())
        elif (known := found.get(entry.accession_number)) is None:
            found[entry.accession_number] = entry
        else:
            found[entry.accession_number] = _merged(known, entry)
    if line.strip("- \n") and not pattern.fullmatch(line.strip()) and line.strip() not in unreadable:
        unreadable.append(line.strip())  # a truncated index may end at any form
    return Index(tuple(found.values()), tuple(unreadable), _reaches(_text(content[:_PREAMBLE])))


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")  # names in older indexes


def _reaches(preamble: str) -> date | None:
    found = _LAST_DATA.search(preamble)
    if found is None:
        return None
    for month in ("%B", "%b"):  # quarterly indexes write it out, daily ones do not
        with suppress(ValueError):
            return datetime.strptime(" ".join(found.groups()), f"{month} %d %Y").date()  # noqa: DTZ007 - a day
    return None


def _line_pattern(lines: Iterator[str]) -> re.Pattern[str]:
    """Return the pattern of the lines below the titles, and consume the lines down to the titles."""
    for _, line in zip(range(_TITLE_WITHIN), lines, strict=False):
        if _MASTER_TITLE.match(line):
            return _MASTER_LINE
        if _FORM_TITLE.match(line):
            return _FORM_LINE
    raise TransientError(ErrorCode.UNREADABLE_INDEX, "the response does not have the column titles of an index")


def _section16_form(line: str, pattern: re.Pattern[str]) -> FormType | None:
    """Return the form of a line if it is one of the six. Cheap prefilter: most lines are about other forms."""
    if pattern is _FORM_LINE:
        return _FORMS.get(line[: line.find(" ")])
    before, *fields = line.rsplit("|", 3)
    return _FORMS.get(fields[0]) if "|" in before else _form_of_truncated_line(line)


def _form_of_truncated_line(line: str) -> FormType | None:
    """Return the form of a truncated line of `master.idx`, if it still has that column."""
    return next((form for form in map(_FORMS.get, line.strip().split("|")[2:]) if form), None)


def _entry(line: str, pattern: re.Pattern[str], form: FormType) -> IndexEntry | None:
    found = pattern.fullmatch(line.strip())
    accession_number = ACCESSION_NUMBER.search(found["path"]) if found else None
    if not found or not accession_number or found["form"] != form or not found["path"].endswith(".txt"):
        return None
    try:
        filed_on = date.fromisoformat(found["date"])
    except ValueError:
        return None
    party = IndexParty(found["cik"].zfill(10), " ".join(found["name"].split()))
    return IndexEntry(accession_number[1], form, filed_on, found["path"], (party,))


def _merged(known: IndexEntry, other: IndexEntry) -> IndexEntry:
    """Merge two lines of one filing, for two of its parties."""
    new = tuple(party for party in other.parties if party not in known.parties)
    return IndexEntry(known.accession_number, known.form_type, known.filed_on, known.path, known.parties + new)
