"""Full submissions: the SGML header that EDGAR puts before the documents, and the ownership document among them.

Two styles of header are read: `KEY:  value` lines within `<SEC-HEADER>`, and `<TAG>value` lines without closing tags
within `<SUBMISSION>`. Whatever stands before the header (a privacy-enhanced message's own) is passed over.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from contracts.errors import InvalidFiling
from contracts.filing_published import PartyHint
from contracts.section16 import ACCESSION_NUMBER, FormType
from services.parser.detect import holds_ownership_document
from services.parser.document import folded
from services.parser.values import cik_of, date_of, form_type_of

EASTERN: Final = ZoneInfo("America/New_York")
"""EDGAR's clock."""

_DOCUMENT: Final = re.compile(r"^[ \t]*<DOCUMENT>", re.MULTILINE)
_DOCUMENT_END: Final = re.compile(r"^[ \t]*</DOCUMENT>", re.MULTILINE)
_TEXT: Final = re.compile(r"<(?:XML|TEXT)>")
_TEXT_END: Final = re.compile(r"</(?:XML|TEXT)>")
_TYPE: Final = re.compile(r"^[ \t]*<TYPE>([^\n<]*)", re.MULTILINE)
_TAGGED: Final = re.compile(r"[ \t]*<(/?)([A-Z][A-Z0-9-]*)>(.*)")
_KEYED: Final = re.compile(r"[ \t]*([A-Z][A-Z0-9 /-]*):(.*)")
_ACCEPTED: Final = re.compile(r"([0-9]{14})")
_LONGEST_HEADER: Final = 256 * 1024

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


@dataclass(frozen=True, slots=True)
class Submission:
    """A full submission: its header, the text of its ownership document, and how many more of those it holds."""

    header: Header
    document: str
    further_documents: int


def read_submission(text: str) -> Submission:
    """The header and the ownership document of a full submission.

    Raises:
        InvalidFiling: it holds no document, or none that is a Form 3, 4 or 5.
    """
    first = _DOCUMENT.search(text)
    header = read_header(text[: first.start() if first else _LONGEST_HEADER])
    if first is None:
        raise InvalidFiling("no_document", "the submission is a header alone")
    documents: list[str] = []
    of_other_dress: list[str] = []
    position: re.Match[str] | None = first
    while position is not None:
        following = _DOCUMENT.search(text, position.end())
        end = _DOCUMENT_END.search(text, position.end(), following.start() if following else len(text))
        whole = text[position.end() : end.start() if end else following.start() if following else len(text)]
        kind = _TYPE.search(whole, 0, 2000)
        body = _body(whole)
        if holds_ownership_document(body):
            documents.append(body)
        elif kind and form_type_of(kind.group(1)):
            of_other_dress.append(body)
        position = following
    if not documents:
        documents = of_other_dress
    if not documents:
        raise InvalidFiling("not_section_16", "none of the submission's documents is a Form 3, 4 or 5")
    return Submission(header, documents[0], len(documents) - 1)


def _body(document: str) -> str:
    """What the innermost of `<TEXT>` and `<XML>` holds; all of the document where it has neither."""
    start = 0
    for opening in _TEXT.finditer(document):
        if document[start : opening.start()].strip() and start:
            break
        start = opening.end()
    ending = _TEXT_END.search(document, start)
    return document[start : ending.start() if ending else len(document)]


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


def _hint(party: dict[str, str]) -> PartyHint:
    return PartyHint(cik=cik_of(party.get("cik", "")), name=folded(party.get("name", "")) or None)


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
        header.period_of_report = date_of(value)
    elif key in ("FILED AS OF DATE", "FILING-DATE"):
        header.filed_on = date_of(value)
    elif key == "ACCEPTANCE-DATETIME":
        header.accepted_at = _accepted_at(value)
    elif key == "SEC-DOCUMENT" and header.accession_number is None:
        match = ACCESSION_NUMBER.search(value)
        header.accession_number = match.group(1) if match else None


def _accepted_at(value: str) -> datetime | None:
    """`20221108201810`, US Eastern, as UTC. Of the hour that comes twice in November, the first is taken."""
    match = _ACCEPTED.fullmatch(value)
    if match is None:
        return None
    try:
        return datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=EASTERN).astimezone(UTC)
    except ValueError:
        return None
