"""What a glance at a filing's text tells without parsing it: whose issuer it is, and when it is from.

The glance decides only where and in which order filings travel, so that all of one issuer's stay in order whatever
the number of partitions; the parser alone decides what a filing says.
"""

import re
from typing import Final

GLANCE: Final = 128 * 1024
"""Bytes or characters from the beginning of a filing that a glance takes in."""
_XML_CIK: Final = re.compile(r"<(?:[\w.-]{1,30}:)?issuerCik>\s{0,80}([0-9]{1,10})\s{0,80}<")
_HEADER_CIK: Final = re.compile(
    r"^[ \t]{0,80}(?:ISSUER|SUBJECT COMPANY):\s{0,200}COMPANY DATA:[^\n]{0,80}(?:\n[^\n]{0,200}){0,3}?"
    r"\n\s{0,80}CENTRAL INDEX KEY:\s{0,80}([0-9]{1,10})"
    r"|^[ \t]{0,80}<(?:ISSUER|SUBJECT-COMPANY)>(?:\n[^\n]{0,200}){0,6}?\n[ \t]{0,80}<CIK>([0-9]{1,10})",
    re.MULTILINE,
)
_XML_DATE: Final = re.compile(r"<(?:[\w.-]{1,30}:)?periodOfReport>\s{0,80}([0-9]{4})-([0-9]{2})-([0-9]{2})")
_HEADER_DATE: Final = re.compile(
    r"^[ \t]{0,80}(?:CONFORMED PERIOD OF REPORT:|<PERIOD>)[ \t]{0,80}([0-9]{4})([0-9]{2})([0-9]{2})", re.MULTILINE
)
_US_DATE: Final = re.compile(
    r"(?:Earliest Transaction|Date of Event|Fiscal Year Ended)[^0-9]{1,200}([0-9]{2})/([0-9]{2})/([0-9]{4})"
)
UNKNOWN_ISSUER: Final = b"issuer unknown"
"""Routes every filing that names no issuer CIK: they too stay in order, all together."""


def issuer_routing(text: str) -> bytes:
    """The bytes that decide a filing's partition: its issuer's CIK, where the text has one."""
    seen = _glance(text)
    # a word looked for first costs a hundredth of a pattern that tries every place
    found = _XML_CIK.search(seen) if "issuerCik>" in seen else _HEADER_CIK.search(seen)
    return next(cik for cik in found.groups() if cik).zfill(10).encode() if found else UNKNOWN_ISSUER


def period(text: str) -> str:
    """The date the filing is of, in ISO form; the empty string where a glance does not find it."""
    seen = _glance(text)
    if found := _XML_DATE.search(seen) if "periodOfReport>" in seen else _HEADER_DATE.search(seen):
        return "-".join(found.groups())
    if found := _US_DATE.search(seen):
        return f"{found[3]}-{found[1]}-{found[2]}"
    return ""


def _glance(text: str) -> str:
    seen = text[:GLANCE]
    return seen.replace("\r\n", "\n").replace("\r", "\n") if "\r" in seen else seen
