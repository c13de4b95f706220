"""Peek at a filing's text without parsing it, for its issuer and the dates that order filings.

A peek determines only the partition and the order of filings, so that those of one issuer stay in order with any
number of partitions. The parser alone determines what a filing reports.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from services.section16.sgml_header import Acceptance, header_acceptance, header_issuer_cik, header_period

PEEK_LENGTH: Final = 128 * 1024
"""Bytes or characters that a peek reads from the start of a filing."""
_XML_CIK: Final = re.compile(r"<(?:[\w.-]{1,30}:)?issuerCik>\s{0,80}([0-9]{1,10})\s{0,80}<")
_XML_DATE: Final = re.compile(r"<(?:[\w.-]{1,30}:)?periodOfReport>\s{0,80}([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CAPTIONS: Final = ("Earliest Transaction", "Date of Event", "Fiscal Year Ended")
_US_DATE: Final = re.compile(rf"(?:{'|'.join(_CAPTIONS)})[^0-9]{{1,200}}([0-9]{{2}})/([0-9]{{2}})/([0-9]{{4}})")
_XML_SIGNED: Final = re.compile(r"<(?:[\w.-]{1,30}:)?signatureDate>\s{0,80}([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SIGNATURE_CAPTION: Final = "Signature of Reporting"
_CAPTION_REACH: Final = 320
"""Characters before the caption of a signature within which its date is, including a page's markup."""
_SIGNED: Final = re.compile(r"(?<![0-9/])([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?![0-9/])")
_BEFORE_HINT: Final = 80
"""Characters of a match that come before its hint: white space, or the start of a tag with its namespace."""
UNKNOWN_ISSUER: Final = b"issuer unknown"
"""Routes all filings without an issuer CIK to one partition, so that they stay in order too."""


def issuer_routing(text: str) -> bytes:
    """Return the bytes that decide a filing's partition: its issuer's CIK if the text has one."""
    start = _normalized_start(text)
    if "issuerCik>" in start:
        found = _search(_XML_CIK, start, "issuerCik>")
        cik = found[1] if found else None
    else:
        cik = header_issuer_cik(start)
    return cik.zfill(10).encode() if cik else UNKNOWN_ISSUER


def period(text: str) -> str:
    """Return the filing's period of report in ISO form; the empty string if it is not found."""
    start = _normalized_start(text)
    if found := _search(_XML_DATE, start, "periodOfReport>"):
        return _valid(*found.groups())
    if (reported := header_period(start)) is not None:
        return reported
    if found := _search(_US_DATE, start, *_CAPTIONS):
        return _valid(found[3], found[1], found[2])
    return ""


def acceptance(text: str) -> Acceptance | None:
    """Return when EDGAR accepted the filing, else its filing date without a time; None if no SGML header has either."""
    return header_acceptance(_normalized_start(text))


def signature_days(text: str) -> list[str]:
    """Return the days on which the filing was signed, in ISO form and in the order of the text; invalid ones left out.

    A rendering shows a signature's date before its caption, at most `_CAPTION_REACH` characters away.
    """
    start = _normalized_start(text)
    first = _first(start, "signatureDate>")
    found = _captioned_days(start) if first is None else (_valid(*each) for each in _XML_SIGNED.findall(start, first))
    return [day for day in found if day]


def _search(pattern: re.Pattern[str], text: str, *hints: str) -> re.Match[str] | None:
    """Search from the first of the hints, one of which every match contains near its start; None without a match."""
    first = _first(text, *hints)
    return None if first is None else pattern.search(text, first)


def _first(text: str, *hints: str) -> int | None:
    """Return the earliest offset at which a match can start; None if the text has none of the hints.

    Cheap prefilter: trying the pattern at every tag takes ten times as long.
    """
    found = [at for hint in hints if (at := text.find(hint)) >= 0]
    return max(0, min(found) - _BEFORE_HINT) if found else None


def _captioned_days(text: str) -> Iterator[str]:
    start, caption = 0, text.find(_SIGNATURE_CAPTION)
    while caption >= 0:
        # windows do not overlap, so the time stays linear in the text
        dates = list(_SIGNED.finditer(text, max(start, caption - _CAPTION_REACH), caption))
        if dates:
            month, day, year = dates[-1].groups()  # the nearest: a footnote may end just before the signature
            yield _valid(year, month, day)
        start = caption + len(_SIGNATURE_CAPTION)
        caption = text.find(_SIGNATURE_CAPTION, start)


def _valid(year: str, month: str, day: str) -> str:
    """Return the day in ISO form; the empty string if it does not exist."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _normalized_start(text: str) -> str:
    start = text[:PEEK_LENGTH]
    return start.replace("\r\n", "\n").replace("\r", "\n") if "\r" in start else start
