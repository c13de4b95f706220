"""The vocabulary of Section 16: forms, transaction codes, and the identities of issuers and owners.

Source: the SEC's Forms 3, 4 and 5 with their general instructions (transaction codes: instruction 8 of Form 4) and
the EDGAR Ownership XML Technical Specification v5.5.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

FormType = Literal["3", "3/A", "4", "4/A", "5", "5/A"]
FORM_TYPES: Final[tuple[FormType, ...]] = ("3", "3/A", "4", "4/A", "5", "5/A")

LineFormType = Literal["3", "4", "5"]
"""The form a single line belongs on: a 5 on a Form 4 is a line reported early, of one's own accord."""

Table = Literal["non_derivative", "derivative"]
Ownership = Literal["D", "I"]
AcquiredDisposed = Literal["A", "D"]
Timeliness = Literal["E", "L"]
SourceFormat = Literal["xml", "html", "text"]

SIGNED_BEFORE_PERIOD: Final = timedelta(days=7)
"""The longest that a signature can come before its period of report; a day of signature before that is mistyped.

A few days before can be right, where the period is a vesting still to come: 0001181431-10-034759 has the period
2010-06-28, and was signed and filed on 2010-06-25. Nobody checks the day: 2015-01-06 for a period of 2016-01-04.
"""

ACCESSION_NUMBER: Final = re.compile(r"(?<![0-9])([0-9]{10}-[0-9]{2}-[0-9]{6})(?![0-9])")

_CIK: Final = re.compile(r"[0-9]{1,10}")

SEC_FORM_NUMBERS: Final[dict[str, FormType]] = {"1473": "3", "1474": "4", "2270": "5"}
"""The SEC's own number of each form, printed in its footer."""


@dataclass(frozen=True, slots=True)
class TransactionCode:
    """One transaction code: its letter, a word for a table's cell, and what it stands for."""

    code: str
    label: str
    meaning: str


TRANSACTION_CODES: Final[dict[str, TransactionCode]] = {
    entry.code: entry
    for entry in (
        TransactionCode("P", "purchase", "open market or private purchase"),
        TransactionCode("S", "sale", "open market or private sale"),
        TransactionCode("V", "voluntary", "transaction reported earlier than required"),
        TransactionCode("A", "grant", "grant, award or other acquisition from the issuer (Rule 16b-3(d))"),
        TransactionCode("D", "to issuer", "disposition to the issuer (Rule 16b-3(e))"),
        TransactionCode("F", "tax", "payment of exercise price or tax by delivering or withholding securities"),
        TransactionCode("I", "discretionary", "discretionary transaction under Rule 16b-3(f)"),
        TransactionCode("M", "exercise", "exercise or conversion of a derivative exempt under Rule 16b-3"),
        TransactionCode("C", "conversion", "conversion of a derivative security"),
        TransactionCode("E", "short expiry", "expiration of a short derivative position"),
        TransactionCode("H", "long expiry", "expiration or cancellation of a long derivative with value received"),
        TransactionCode("O", "exercise (out)", "exercise of an out-of-the-money derivative"),
        TransactionCode("X", "exercise (in)", "exercise of an in-the-money or at-the-money derivative"),
        TransactionCode("G", "gift", "bona fide gift"),
        TransactionCode("L", "small acquisition", "small acquisition under Rule 16a-6"),
        TransactionCode("W", "inheritance", "acquisition or disposition by will or the laws of descent"),
        TransactionCode("Z", "voting trust", "deposit into or withdrawal from a voting trust"),
        TransactionCode("J", "other", "other acquisition or disposition, described in a footnote"),
        TransactionCode("K", "swap", "equity swap or instrument with similar characteristics"),
        TransactionCode("U", "tender", "disposition to a tender of shares in a change of control"),
    )
}
"""The one table of transaction codes. A and D of a line mean acquired and disposed, not bought and sold."""


def cik_of(raw: str) -> str | None:
    """A CIK in its ten digits."""
    text = raw.strip()
    return text.zfill(10) if _CIK.fullmatch(text) and text.strip("0") else None


def form_type_of(raw: str) -> FormType | None:
    """One of the six form types: `4`, `4/A`, also as `Form 4` or `4 / a`."""
    text = "".join(raw.upper().split()).removeprefix("FORM")
    for form_type in FORM_TYPES:
        if text == form_type:
            return form_type
    return None


def normalized_name(name: str) -> str:
    """A name as keys carry it: upper case, runs of white space made one space."""
    return " ".join(name.upper().split())


def party_key(cik: str | None, name: str) -> str:
    """The key of an issuer or owner: its ten-digit CIK, else `name:` and its normalized name."""
    return cik if cik is not None else f"name:{normalized_name(name)}"


def filing_id_of(accession_number: str | None, content: str) -> str:
    """The identity of a filing: its accession number where known, else a hash of its text."""
    if accession_number is not None:
        return accession_number
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return f"sha256:{digest[:32]}"


def tickers_of(symbol: str | None) -> tuple[str, ...]:
    """The ticker symbols in a trading symbol as filed.

    `NYSE:NYCB` is NYCB, `HEI, HEI.A` and `MOGA/MOGB` are two, `(SIRI)` is SIRI; `N/A`, `NONE` and `-` are none.
    """
    if symbol is None:
        return ()
    text = symbol.upper().strip()
    if _NO_TICKER.fullmatch(text):
        return ()
    found: dict[str, None] = {}
    for part in _TICKER_SEPARATOR.split(text):
        ticker = part.rsplit(":", 1)[-1].strip(" ()[]\"'*")
        if _TICKER.fullmatch(ticker) and not _NO_TICKER.fullmatch(ticker) and ticker not in _EXCHANGES:
            found[ticker] = None
    return tuple(found)


_NO_TICKER: Final = re.compile(
    r"[^A-Z0-9]*(?:N\.?/?A\.?|NONE|NOT APPLICABLE|NOT LISTED|NO TICKER|UNLISTED|PRIVATE|TBD|NULL)?[^A-Z0-9]*"
)
_TICKER_SEPARATOR: Final = re.compile(r"[,;/|&\s]+(?:AND\s+)?")
_TICKER: Final = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,9}")
_EXCHANGES: Final = frozenset({"NYSE", "NASDAQ", "NSDQ", "AMEX", "OTC", "OTCBB", "OTCQB", "OTCQX", "TSX", "AND"})
