"""What a peek at a filing's text shows without parsing it: whose issuer it is, and the dates that order filings.

A peek decides only where and in which order filings travel, so that all of one issuer's stay in order whatever the
number of partitions; the parser alone decides what a filing says.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

PEEK_LENGTH: Final = 128 * 1024
"""Bytes or characters from the beginning of a filing that a peek takes in."""
_XML_CIK: Final = re.compile(r"<(?:[\w.-]{1,30}:)?issuerCik>\s{0,80}([0-9]{1,10})\s{0,80}<")
_HEADER_CIK: Final = re.compile(
    r"^[ \t]{0,80}(?:ISSUER|SUBJECT COMPANY):\s{0,200}COMPANY DATA:[^\n]{0,80}(?:\n[^\n]{0,200}){0,3}?"
    r"\n\s{0,80}CENTRAL INDEX KEY:\s{0,80}([0-9]{1,10})"
    r"|^[ \t]{0,80}<(?:ISSUER|SUBJECT-COMPANY)>(?:\n[^\n]{0,200}){0,6}?\n[ \t]{0,80}<CIK>([0-9]{1,10})",
    re.MULTILINE,
)
_ISSUERS: Final = ("ISSUER", "SUBJECT")
_ACCEPTED: Final = re.compile(
    r"^[ \t]{0,80}<ACCEPTANCE-DATETIME>[ \t]{0,80}([0-9]{4})([0-9]{2})([0-9]{2})"
    r"((?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9])(?![0-9])",
    re.MULTILINE,
)
_FILED: Final = re.compile(
    r"^[ \t]{0,80}(?:FILED AS OF DATE:|<FILING-DATE>)[ \t]{0,80}([0-9]{4})([0-9]{2})([0-9]{2})(?![0-9])", re.MULTILINE
)
_XML_DATE: Final = re.compile(r"<(?:[\w.-]{1,30}:)?periodOfReport>\s{0,80}([0-9]{4})-([0-9]{2})-([0-9]{2})")
_HEADER_DATE: Final = re.compile(
    r"^[ \t]{0,80}(?:CONFORMED PERIOD OF REPORT:|<PERIOD>)[ \t]{0,80}([0-9]{4})([0-9]{2})([0-9]{2})", re.MULTILINE
)
_CAPTIONS: Final = ("Earliest Transaction", "Date of Event", "Fiscal Year Ended")
_US_DATE: Final = re.compile(rf"(?:{'|'.join(_CAPTIONS)})[^0-9]{{1,200}}([0-9]{{2}})/([0-9]{{2}})/([0-9]{{4}})")
_XML_SIGNED: Final = re.compile(r"<(?:[\w.-]{1,30}:)?signatureDate>\s{0,80}([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SIGNATURE_CAPTION: Final = "Signature of Reporting"
_CAPTION_REACH: Final = 320
"""Characters before the caption of a signature in which its date is, with the markup of a page between them."""
_SIGNED: Final = re.compile(r"(?<![0-9/])([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?![0-9/])")
_BEFORE_CLUE: Final = 80
"""Characters of a match that come before its clue: white space, or what opens a tag and names its namespace."""
UNKNOWN_ISSUER: Final = b"issuer unknown"
"""Routes every filing that names no issuer CIK: they too stay in order, all together."""


class Acceptance(NamedTuple):
    """When EDGAR accepted a filing: the US Eastern day in ISO form, and the time as `hhmmss`, empty if unknown."""

    day: str
    time: str


def issuer_routing(text: str) -> bytes:
    """Return the bytes that decide a filing's partition: its issuer's CIK if the text has one."""
    seen = _glance(text)
    found = _search(_XML_CIK, seen, "issuerCik>") if "issuerCik>" in seen else _search(_HEADER_CIK, seen, *_ISSUERS)
    return next(cik for cik in found.groups() if cik).zfill(10).encode() if found else UNKNOWN_ISSUER


def period(text: str) -> str:
    """Return the filing's period of report in ISO form; the empty string if a peek does not find it."""
    seen = _glance(text)
    if (found := _search(_XML_DATE, seen, "periodOfReport>")) or (
        found := _search(_HEADER_DATE, seen, "CONFORMED PERIOD OF REPORT:", "<PERIOD>")
    ):
        return _valid(*found.groups())
    if found := _search(_US_DATE, seen, *_CAPTIONS):
        return _valid(found[3], found[1], found[2])
    return ""


def acceptance(text: str) -> Acceptance | None:
    """Return when EDGAR accepted the filing, else its filing date without a time; None if no SGML header has either."""
    seen = _glance(text)
    if found := _search(_ACCEPTED, seen, "<ACCEPTANCE-DATETIME>"):
        *day, time = found.groups()
        if accepted := _valid(*day):
            return Acceptance(accepted, time)
    if found := _search(_FILED, seen, "FILED AS OF DATE:", "<FILING-DATE>"):
        filed = _valid(*found.groups())
        return Acceptance(filed, "") if filed else None
    return None


def signature_days(text: str) -> list[str]:
    """Return the days on which the filing was signed, in ISO form and in the order of the text; invalid ones left out.

    A rendering shows a signature's date before its caption, at most `_CAPTION_REACH` characters away.
    """
    seen = _glance(text)
    first = _first(seen, "signatureDate>")
    found = _captioned_days(seen) if first is None else (_valid(*each) for each in _XML_SIGNED.findall(seen, first))
    return [day for day in found if day]


def _search(pattern: re.Pattern[str], text: str, *clues: str) -> re.Match[str] | None:
    """Search from the first of the clues, one of which every match holds near its beginning; None if there is none."""
    first = _first(text, *clues)
    return None if first is None else pattern.search(text, first)


def _first(text: str, *clues: str) -> int | None:
    """Return where a match that holds one of the clues can begin at the earliest; None if the text has none of them.

    Cheap prefilter: a pattern tried at every tag takes ten times as long.
    """
    found = [at for clue in clues if (at := text.find(clue)) >= 0]
    return max(0, min(found) - _BEFORE_CLUE) if found else None


def _captioned_days(text: str) -> Iterator[str]:
    start, caption = 0, text.find(_SIGNATURE_CAPTION)
    while caption >= 0:
        # no window overlaps the one before it, so the time stays linear in the text
        dates = list(_SIGNED.finditer(text, max(start, caption - _CAPTION_REACH), caption))
        if dates:
            month, day, year = dates[-1].groups()  # the nearest: a footnote may end just before the signature
            yield _valid(year, month, day)
        start = caption + len(_SIGNATURE_CAPTION)
        caption = text.find(_SIGNATURE_CAPTION, start)


def _valid(year: str, month: str, day: str) -> str:
    """Return the day in ISO form; the empty string if no calendar has it."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _glance(text: str) -> str:
    seen = text[:PEEK_LENGTH]
    return seen.replace("\r\n", "\n").replace("\r", "\n") if "\r" in seen else seen
