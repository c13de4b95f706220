"""What the SGML header that EDGAR puts before a submission's documents says of the filing.

Two styles of header are read: `KEY:  value` lines within `<SEC-HEADER>`, and `<TAG>value` lines without closing tags
within `<SUBMISSION>`. Whatever stands before the header (a privacy-enhanced message's own) is passed over.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from contracts.enumerations import FormType
from contracts.filing_published import PartyHint
from services.section16.edgar_calendar import EASTERN
from services.section16.identity import ACCESSION_NUMBER, cik_of
from services.section16.vocabulary import form_type_of

_TAGGED: Final = re.compile(r"[ \t]*<(/?)([A-Z][A-Z0-9-]*)>(.*)")
_KEYED: Final = re.compile(r"[ \t]*([A-Z][A-Z0-9 /-]*):(.*)")
_ACCEPTED: Final = re.compile(r"[0-9]{14}")
_DAY: Final = re.compile(r"[0-9]{8}")
_HEADER_LENGTH: Final = 8_192
_HEADER_ACCESSION: Final = re.compile(
    r"^[ \t]*(?:ACCESSION NUMBER:|<ACCESSION-NUMBER>)[ \t]*([0-9]{10}-[0-9]{2}-[0-9]{6})[ \t]*$", re.MULTILINE
)
_OWNER_SECTIONS: Final = frozenset({"REPORTING-OWNER", "FILED BY", "FILED-BY"})
_ISSUER_SECTIONS: Final = frozenset({"ISSUER", "SUBJECT COMPANY", "SUBJECT-COMPANY"})
_PARTY_KEYS: Final = {
    "COMPANY CONFORMED NAME": "name",
    "CONFORMED-NAME": "name",
    "CENTRAL INDEX KEY": "cik",
    "CIK": "cik",
}


@dataclass(slots=True)
class Header:
    """What the SGML header knows. `accepted_at` is UTC."""

    accession_number: str | None = None
    form_type: FormType | None = None
    period_of_report: date | None = None
    filed_on: date | None = None
    accepted_at: datetime | None = None
    issuer: PartyHint | None = None
    owners: list[PartyHint] = field(default_factory=list)


def read_header(text: str) -> Header:
    """The facts of a header; what it lacks stays None."""
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
    """The accession number in a full submission's SGML header; None where the text begins with no such header."""
    start = text[:_HEADER_LENGTH]
    if "ACCESSION" not in start:  # told at once of most texts: a pattern would try every line
        return None
    found = _HEADER_ACCESSION.search(start.replace("\r", "\n"))
    return found[1] if found else None


def _hint(party: dict[str, str]) -> PartyHint:
    return PartyHint(cik=cik_of(party.get("cik", "")), name=" ".join(party.get("name", "").split()) or None)


def _entry(line: str) -> tuple[str | None, str, bool]:
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
    try:
        return datetime.strptime(value, "%Y%m%d").date() if _DAY.fullmatch(value) else None  # noqa: DTZ007 - a day
    except ValueError:
        return None


def _accepted_at(value: str) -> datetime | None:
    """`20221108201810`, US Eastern, as UTC. Of the hour that comes twice in November, the first is taken."""
    if _ACCEPTED.fullmatch(value) is None:
        return None
    try:
        return datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=EASTERN).astimezone(UTC)
    except (ValueError, OverflowError):  # the latter at the ends of time, where there is no other zone
        return None
