"""The vocabulary of Section 16: forms and transaction codes.

Source: the SEC's Forms 3, 4 and 5 with their general instructions (transaction codes: instruction 8 of Form 4) and
the EDGAR Ownership XML Technical Specification v5.5.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from contracts.enumerations import FormType

FORM_TYPES: Final[tuple[FormType, ...]] = ("3", "3/A", "4", "4/A", "5", "5/A")

SIGNED_BEFORE_PERIOD: Final = timedelta(days=7)
"""The longest time that a signature can precede its period of report; an earlier date of signature is mistyped.

A few days can be right, if the period is a vesting still to come: 0001181431-10-034759 has the period 2010-06-28, and
was signed and filed on 2010-06-25. EDGAR does not check the date: another filing with the period 2016-01-04 has the
date of signature 2015-01-06.
"""

SEC_FORM_NUMBERS: Final[dict[str, FormType]] = {"1473": "3", "1474": "4", "2270": "5"}
"""The SEC's own number of each form, printed in its footer."""


@dataclass(frozen=True, slots=True)
class TransactionCode:
    """One transaction code: its letter, a short label for tables, and its meaning."""

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
"""The transaction codes by letter. They are not the A and D of a line, which mean acquired and disposed."""


def form_type_of(raw: str) -> FormType | None:
    """Return the form type that a text names; None if it is not one of the six.

    >>> form_type_of("Form 4"), form_type_of("4 / a"), form_type_of("10-K") is None
    ('4', '4/A', True)
    """
    text = "".join(raw.upper().split()).removeprefix("FORM")
    for form_type in FORM_TYPES:
        if text == form_type:
            return form_type
    return None
