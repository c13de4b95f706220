"""The words that are printed on Forms 3, 4 and 5 themselves, whoever files them."""

import re
from typing import Final

from services.section16.vocabulary import SEC_FORM_NUMBERS

NAME_AND_ADDRESS: Final = "Name and Address of Reporting Person"
ISSUER_AND_SYMBOL: Final = "Issuer Name and Ticker or Trading Symbol"
RELATIONSHIP: Final = "Relationship of Reporting Person(s) to Issuer"
EVENT_DATE: Final = "Date of Event Requiring Statement"
TRANSACTION_DATE: Final = "Date of Earliest Transaction"
FISCAL_YEAR: Final = "Statement for Issuer's Fiscal Year Ended"
STATEMENT_FOR: Final = "Statement for"
ORIGINAL_DATE: Final = "If Amendment, Date of Original Filed"
WHOLE_DATE: Final = "(Month/Day/Year)"

LAST_NAME: Final = "(Last)"
FIRST_NAME: Final = "(First)"
MIDDLE_NAME: Final = "(Middle)"
STREET: Final = "(Street)"
CITY: Final = "(City)"
STATE: Final = "(State)"
ZIP: Final = "(Zip)"
COUNTRY: Final = "(Country)"

REPORTING_OWNERS: Final = "Reporting Owners"
OWNER_NAME_AND_ADDRESS: Final = "Reporting Owner Name / Address"
EXPLANATION: Final = "Explanation of Responses"
SIGNATURES: Final = "Signatures"
REMARKS: Final = "Remarks:"
SIGNATURE: Final = "Signature of Reporting Person"

OMB_NUMBERS: Final = {"3235-0104": "3", "3235-0287": "4", "3235-0362": "5"}
"""Numbers of the Office of Management and Budget, and the form that each is printed on."""

TITLES: Final = (
    ("ANNUAL STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP", "5"),
    ("STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP", "4"),
    ("INITIAL STATEMENT OF BENEFICIAL OWNERSHIP", "3"),
)
FORM_BOXES: Final = (
    ("no longer subject to section 16", "not_subject_to_section16"),
    ("form 3 holdings reported", "form3_holdings_reported"),
    ("form 4 transactions reported", "form4_transactions_reported"),
    ("rule 10b5-1(c)", "rule_10b5_1_plan"),
)
"""Words beside the boxes of a form's heading, in lower case, and the filing's fields."""

_SMALL_PRINT: Final = (
    "reminder:", "note: file three", "persons who respond", "potential persons", "* if the form is filed",
    "if the form is filed by", "** intentional", "intentional misstatements", "(e.g., puts", "(print or type",
)  # fmt: skip
_SEC_NUMBER: Final = re.compile(r"(?:\* ?FORM [345]: ?)?SEC ([0-9]{4})T?\b(?: ?\([0-9-]{3,5}\))?\.?")
_NO_SECURITIES: Final = "no securities are beneficially owned"


def sec_number_form(words: str) -> str | None:
    """Return the form whose SEC number the words begin with, as its footer prints it.

    >>> sec_number_form("SEC 1474 (9-02)")
    '4'
    """
    footer = _SEC_NUMBER.match(words.upper())
    return SEC_FORM_NUMBERS.get(footer.group(1)) if footer else None


def is_boilerplate(lowered: str) -> bool:
    """Return whether a line, in lower case, is the form's own small print.

    >>> is_boilerplate("reminder: report on a separate line"), is_boilerplate("sec 1474 (9-02)")
    (True, True)
    """
    if lowered.startswith(_SMALL_PRINT):
        return True
    return "sec " in lowered and _SEC_NUMBER.fullmatch(lowered.upper()) is not None


def reports_no_securities(text: str) -> bool:
    """Return whether the words say that no securities are owned, as a Form 3 may.

    >>> reports_no_securities("No securities are beneficially owned.")
    True
    """
    return text.lower().startswith(_NO_SECURITIES)
