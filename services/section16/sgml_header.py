"""The one reader of the SGML header that EDGAR puts before a submission's documents.

Two styles of header exist: `KEY:  value` lines within `<SEC-HEADER>`, and `<TAG>value` lines without closing tags
within `<SUBMISSION>`. Anything before the header is skipped, such as a privacy-enhanced message's own.

`read_header` reads all of it. The other functions find one fact at the beginning of a text, at a fraction of that cost:
the watcher needs them for each file of a directory and each member of an archive. Each searches from the first of
several substrings, one of which every match contains: trying a pattern at every line would take ten times as long.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from contracts.enumerations import FormType
from contracts.filing_published import PartyHint
from services.section16.edgar_calendar import EASTERN
from services.section16.identity import ACCESSION_NUMBER, cik_of
from services.section16.vocabulary import FORM_TYPES, form_type_of

LONGEST_HEADER: Final = 256 * 1024
"""Characters of the longest header; only that of a text without documents is cut off there."""

_TAGGED: Final = re.compile(r"[ \t]*<(/?)([A-Z][A-Z0-9-]*)>(.*)")
_KEYED: Final = re.compile(r"[ \t]*([A-Z][A-Z0-9 /-]*):(.*)")
_ACCEPTED: Final = re.compile(r"[0-9]{14}")
_DAY: Final = re.compile(r"[0-9]{8}")
_OWNER_SECTIONS: Final = frozenset({"REPORTING-OWNER", "FILED BY", "FILED-BY"})
_ISSUER_SECTIONS: Final = frozenset({"ISSUER", "SUBJECT COMPANY", "SUBJECT-COMPANY"})
_PARTY_KEYS: Final = {
    "COMPANY CONFORMED NAME": "name",
    "CONFORMED-NAME": "name",
    "CENTRAL INDEX KEY": "cik",
    "CIK": "cik",
}

_PEEK_LENGTH: Final = 8_192
_BEFORE_CLUE: Final = 80
"""Blanks that may come before the key or tag of a line."""
_PEEK_NUMBER: Final = re.compile(
    r"^[ \t]*(?:ACCESSION NUMBER:|<ACCESSION-NUMBER>)[ \t]*([0-9]{10}-[0-9]{2}-[0-9]{6})[ \t]*$", re.MULTILINE
)
_PEEK_ISSUER: Final = re.compile(
    r"^[ \t]{0,80}(?:ISSUER|SUBJECT COMPANY):\s{0,200}COMPANY DATA:[^\n]{0,80}(?:\n[^\n]{0,200}){0,3}?"
    r"\n\s{0,80}CENTRAL INDEX KEY:\s{0,80}([0-9]{1,10})"
    r"|^[ \t]{0,80}<(?:ISSUER|SUBJECT-COMPANY)>(?:\n[^\n]{0,200}){0,6}?\n[ \t]{0,80}<CIK>([0-9]{1,10})",
    re.MULTILINE,
)
_PEEK_ACCEPTED: Final = re.compile(
    r"^[ \t]{0,80}<ACCEPTANCE-DATETIME>[ \t]{0,80}([0-9]{8})((?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9])(?![0-9])",
    re.MULTILINE,
)
_PEEK_FILED: Final = re.compile(
    r"^[ \t]{0,80}(?:FILED AS OF DATE:|<FILING-DATE>)[ \t]{0,80}([0-9]{8})(?![0-9])", re.MULTILINE
)
_PEEK_PERIOD: Final = re.compile(
    r"^[ \t]{0,80}(?:CONFORMED PERIOD OF REPORT:|<PERIOD>)[ \t]{0,80}([0-9]{8})", re.MULTILINE
)
_PEEK_TYPE: Final = re.compile(
    r"^[ \t]{0,80}(?:<TYPE>|CONFORMED SUBMISSION TYPE:)[ \t]{0,80}([^\s<]{1,20})[ \t]*$", re.MULTILINE | re.ASCII
)
_PEEK_ARCHIVED_NUMBER: Final = re.compile(
    r"^[ \t]{0,80}(?:<ACCESSION-NUMBER>|ACCESSION NUMBER:)[ \t]{0,80}([0-9]{10}-[0-9]{2}-[0-9]{6})", re.MULTILINE
)
_PEEK_DELETION: Final = re.compile(r"^<DELETION>", re.MULTILINE)


@dataclass(slots=True)
class Header:
    """The facts of an SGML header. `accepted_at` is UTC."""

    accession_number: str | None = None
    form_type: FormType | None = None
    period_of_report: date | None = None
    filed_on: date | None = None
    accepted_at: datetime | None = None
    issuer: PartyHint | None = None
    owners: list[PartyHint] = field(default_factory=list)


class Acceptance(NamedTuple):
    """When EDGAR accepted a filing: the US Eastern day in ISO form, and the time as `hhmmss`, empty if unknown."""

    day: str
    time: str


def header_text(text: str) -> str:
    r"""Return the header of a submission, with newlines alone ending its lines.

    >>> header_text("<SEC-HEADER>\r\n</SEC-HEADER>\r\n<DOCUMENT>\r\n")
    '<SEC-HEADER>\n</SEC-HEADER>\n'
    """
    end = text.find("<DOCUMENT>", 0, LONGEST_HEADER)
    return _with_newlines(text[: end if end >= 0 else LONGEST_HEADER])


def read_header(text: str) -> Header:
    r"""Read the facts of a header; a missing one is None.

    >>> header = read_header("ACCESSION NUMBER:\t\t0001127602-24-029999\nFILED AS OF DATE:\t\t20241230\n")
    >>> header.accession_number, header.filed_on, header.form_type
    ('0001127602-24-029999', datetime.date(2024, 12, 30), None)
    """
    header = Header()
    issuer: dict[str, str] | None = None
    owners: list[dict[str, str]] = []
    party: dict[str, str] | None = None
    for line in text.split("\n"):
        key, value, closing = _entry(line)
        if key is None or closing:
            continue
        if key in _ISSUER_SECTIONS:
            party = {}
            issuer = issuer if issuer is not None else party
        elif key in _OWNER_SECTIONS:
            party = {}
            owners.append(party)
        elif party is None:
            _read_fact(key, value, header)
        elif key in _PARTY_KEYS:
            party.setdefault(_PARTY_KEYS[key], value)
    header.issuer = _hint(issuer) if issuer is not None else None
    header.owners = [_hint(owner) for owner in owners]
    return header


def header_accession_number(text: str) -> str | None:
    r"""Find the accession number in a full submission's header; None if the text does not begin with a header.

    >>> header_accession_number("<SUBMISSION>\n<ACCESSION-NUMBER>0001127602-24-029999\n")
    '0001127602-24-029999'
    """
    start = text[:_PEEK_LENGTH]
    if "ACCESSION" not in start:  # rules out most texts: the pattern would be tried at every line
        return None
    found = _PEEK_NUMBER.search(start.replace("\r", "\n"))
    return found[1] if found else None


def header_acceptance(text: str) -> Acceptance | None:
    r"""Find when EDGAR accepted a filing, else its filing date without a time; None if no header has either.

    >>> header_acceptance("<ACCEPTANCE-DATETIME>20241230161500\n")
    Acceptance(day='2024-12-30', time='161500')
    >>> header_acceptance("FILED AS OF DATE:\t\t20241230\n")
    Acceptance(day='2024-12-30', time='')
    """
    if (found := _search(_PEEK_ACCEPTED, text, "<ACCEPTANCE-DATETIME>")) and (day := _day_of(found[1])):
        return Acceptance(day.isoformat(), found[2])
    if found := _search(_PEEK_FILED, text, "FILED AS OF DATE:", "<FILING-DATE>"):
        filed = _day_of(found[1])
        return Acceptance(filed.isoformat(), "") if filed else None
    return None


def header_period(text: str) -> str | None:
    r"""Find the period of report in ISO form; empty if no calendar has that day, None if no header states a period.

    >>> header_period("CONFORMED PERIOD OF REPORT:\t20241227\n")
    '2024-12-27'
    """
    found = _search(_PEEK_PERIOD, text, "CONFORMED PERIOD OF REPORT:", "<PERIOD>")
    if found is None:
        return None
    day = _day_of(found[1])
    return day.isoformat() if day else ""


def header_issuer_cik(text: str) -> str | None:
    r"""Find the issuer's CIK, as filed; None if no header has it.

    >>> header_issuer_cik("<SUBMISSION>\n<ISSUER>\n<COMPANY-DATA>\n<CIK>0001318605\n")
    '0001318605'
    """
    found = _search(_PEEK_ISSUER, text, "ISSUER", "SUBJECT")
    return (found[1] or found[2]) if found else None


def header_form_type(text: str) -> FormType | None:
    r"""Find the form type of a submission; None if it is not one of the Section 16 forms.

    >>> header_form_type("<SUBMISSION>\n<TYPE>4/A\n"), header_form_type("<SUBMISSION>\n<TYPE>10-K\n")
    ('4/A', None)
    """
    found = _PEEK_TYPE.search(text)
    return next((form for form in FORM_TYPES if form == found[1]), None) if found else None


def archived_accession_number(text: str) -> str | None:
    r"""Find the accession number of an archive's member; None if there is none, or if it only reports a deletion.

    >>> archived_accession_number("<SUBMISSION>\n<ACCESSION-NUMBER>0001127602-24-029999\n")
    '0001127602-24-029999'
    >>> archived_accession_number("<SUBMISSION>\n<ACCESSION-NUMBER>0001127602-24-029999\n<DELETION>\n") is None
    True
    """
    found = _PEEK_ARCHIVED_NUMBER.search(text)
    return found[1] if found and not _PEEK_DELETION.search(text) else None


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _search(pattern: re.Pattern[str], text: str, *clues: str) -> re.Match[str] | None:
    """Search from the first of the clues, one of which begins every match but for blanks; None if none is there."""
    found = [at for clue in clues if (at := text.find(clue)) >= 0]
    return pattern.search(text, max(0, min(found) - _BEFORE_CLUE)) if found else None


def _hint(party: dict[str, str]) -> PartyHint:
    return PartyHint(cik=cik_of(party.get("cik", "")), name=" ".join(party.get("name", "").split()) or None)


def _entry(line: str) -> tuple[str | None, str, bool]:
    """Split a line into key, value and whether it is a closing tag; the key is None if it is neither style."""
    tagged = _TAGGED.match(line)
    if tagged:
        return tagged.group(2), tagged.group(3).strip(), bool(tagged.group(1))
    keyed = _KEYED.match(line)
    if keyed:
        return keyed.group(1).strip(), keyed.group(2).strip(), False
    return None, "", False


def _read_fact(key: str, value: str, header: Header) -> None:
    if key in ("ACCESSION NUMBER", "ACCESSION-NUMBER"):
        match = ACCESSION_NUMBER.search(value)
        header.accession_number = match.group(1) if match else None
    elif key in ("CONFORMED SUBMISSION TYPE", "TYPE"):
        header.form_type = form_type_of(value)
    elif key in ("CONFORMED PERIOD OF REPORT", "PERIOD"):
        header.period_of_report = _day_of(value)
    elif key in ("FILED AS OF DATE", "FILING-DATE"):
        header.filed_on = _day_of(value)
    elif key == "ACCEPTANCE-DATETIME":
        header.accepted_at = _accepted_at(value)
    elif key == "SEC-DOCUMENT" and header.accession_number is None:
        match = ACCESSION_NUMBER.search(value)
        header.accession_number = match.group(1) if match else None


def _day_of(value: str) -> date | None:
    if _DAY.fullmatch(value) is None:
        return None
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None


def _accepted_at(value: str) -> datetime | None:
    """Return `20221108201810`, US Eastern, as UTC. If the hour occurs twice, in November, the first is taken."""
    if _ACCEPTED.fullmatch(value) is None:
        return None
    try:
        return datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=EASTERN).astimezone(UTC)
    except (
        ValueError,
        OverflowError,
    ):  # the latter near the first and last year, if the conversion leaves the calendar
        return None
