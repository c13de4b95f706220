"""The order in which a directory's filings are published: by filing time, as far as a peek at each file shows."""

import os
from collections.abc import Sequence
from datetime import date, timedelta
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple

from contracts.errors import InvalidFiling
from services.section16.sgml_header import header_accession_number
from services.section16.text_decoding import decode_filing
from services.section16.vocabulary import SIGNED_BEFORE_PERIOD
from services.watcher.directory import accession_number_in_name
from services.watcher.peek import PEEK_LENGTH, acceptance, period, signature_days

_HEAD: Final = 4_096
"""Bytes read of every file. They contain the SGML header's dates, and the period of nearly every XML document."""
_TAIL: Final = 4_096
"""Bytes at the end of an XML document that contain its signatures."""
_SIGNED_AHEAD: Final = timedelta(days=1)
"""How far ahead of today (Eastern) a signature may be dated: the signer may be in a later time zone."""
_END_OF_DAY: Final = "240000"
_NO_NUMBER: Final = "~"
"""Sorts after every accession number."""


class FilingOrder(NamedTuple):
    """A filing's sort key, compared field by field; the ledger orders an owner's filings in the same way.

    `day` is the US Eastern day in ISO form: of acceptance, else of filing, else of the signature, else the period. An
    unknown day is empty and comes first. `time` is that of acceptance (`hhmmss`, Eastern), and `accession_number` the
    header's, else the file name's: within a day, filings without a time or number come last.
    """

    day: str
    time: str
    accession_number: str
    file_name: str


def order_of_file(path: Path, *, today: date) -> FilingOrder:
    """Return the sort key of the filing in a file. `today` is the current Eastern day.

    Reads 4 KB. Only if these have no acceptance or filing date it also reads the file's end, or `PEEK_LENGTH` bytes. A
    file that cannot be read has no day.
    """
    try:
        with path.open("rb", buffering=0) as file:
            day, time, number = _peek(file, today)
    except (OSError, InvalidFiling):
        day, time, number = "", "", None
    number = number or accession_number_in_name(path.name)
    return FilingOrder(day, time or _END_OF_DAY, number or _NO_NUMBER, path.name)


def signature_day(signed: Sequence[str], period_of_report: str, *, today: date) -> str:
    """Return the latest day of signature that can be trusted; the empty string if there is none. All are ISO dates.

    People type this day and EDGAR does not check it. A day later than tomorrow is mistyped (a signer may be ahead of
    Eastern time), and so is one too long before the period: with a period of May 17, a signature of May 3 is rejected.
    A day long after the period is accepted, since filings may be late. A period later than tomorrow is ignored.
    """
    latest = (today + _SIGNED_AHEAD).isoformat()
    if not period_of_report or period_of_report > latest:
        return max((day for day in signed if day <= latest), default="")
    reported = date.fromisoformat(period_of_report)
    possible = (day for day in signed if day <= latest and reported - date.fromisoformat(day) <= SIGNED_BEFORE_PERIOD)
    return max(possible, default="")


def _peek(file: FileIO, today: date) -> tuple[str, str, str | None]:
    """Return the day and time of a filing and its header's accession number, reading no more than needed."""
    head = file.read(_HEAD)
    text = decode_filing(head, whole=False)
    number = header_accession_number(text)
    if accepted := acceptance(text):
        return accepted.day, accepted.time, number
    reported, signed = period(text), signature_days(text)
    if len(head) == _HEAD:
        signed = signature_days(f"{text}\n{_tail_of(file)}")
        if not (reported and signed):
            file.seek(0)
            text = decode_filing(file.read(PEEK_LENGTH), whole=False)
            reported, signed = period(text), signed or signature_days(text)
    return signature_day(signed, reported, today=today) or reported, "", number


def _tail_of(file: FileIO) -> str:
    """Return the end of a file beyond its head. Dates and tags are ASCII, so other characters may be garbled."""
    file.seek(max(_HEAD, os.fstat(file.fileno()).st_size - _TAIL))
    return file.read(_TAIL).replace(b"\0", b"").decode(errors="replace")
