"""From raw text to the contract's value types. A reader returns None if the value is not certain: it never guesses.

`LINE_READERS` maps each field of a line to its reader, and to the code of the diagnostic if the reader returns None.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from contracts.codes import DiagnosticCode
from services.parser.document import Problem, collapse_whitespace
from services.section16.vocabulary import TRANSACTION_CODES

LONGEST_NUMBER: Final = 40
"""Characters of the longest text that is read as a number: no count of shares comes near."""

_is_plain: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)").fullmatch
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_DOLLARS: Final = re.compile(r"([+-]?) ?(?:(?:US ?)?\$|USD) ?(?=[0-9.])")
_MIXED: Final = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9})[ -]([0-9]{1,2})/(2|4|8|16|32|64)")
_ISO_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")
_ISO_LENGTH: Final = len("2024-07-19")
_COMPACT_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_PRINTED_DATE: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_BOOLEANS: Final = {
    "1": True, "true": True, "y": True, "yes": True, "t": True,
    "0": False, "false": False, "n": False, "no": False, "f": False,
}  # fmt: skip


def decimal_of(raw: str) -> str | None:
    """Return a number as filed, without grouping commas and dollar sign; None if any character is not understood.

    An amount in another currency is not one of dollars, so it is None too.

    >>> decimal_of("1,234.50"), decimal_of("$38"), decimal_of("US$38"), decimal_of("12 1/2")
    ('1234.50', '38', '38', '12.5')
    >>> [decimal_of(raw) for raw in ("30,7836", "17,408(2)", "(500)", "5%", "N/A", "\u20ac10.50", "C$10")]
    [None, None, None, None, None, None, None]
    """
    if len(raw) <= LONGEST_NUMBER and raw.isascii() and raw.replace(".", "", 1).isdigit():
        return raw  # as nearly all numbers are
    text = raw.strip()
    if len(text) > LONGEST_NUMBER:
        return None
    if _is_plain(text):
        return text
    text = _DOLLARS.sub(r"\1", text, count=1) if _DOLLARS.match(text) else text
    if _is_plain(text):
        return text
    if _GROUPED.fullmatch(text):
        return text.replace(",", "")
    mixed = _MIXED.fullmatch(text)
    return _decimal_of_mixed(*mixed.groups()) if mixed else None


def _decimal_of_mixed(whole: str, numerator: str, denominator: str) -> str | None:
    """Return a number with a fraction, as prices had until 2001, as a decimal: `12 1/2` is 12.5, without rounding."""
    if int(numerator) >= int(denominator):
        return None
    fraction = Decimal(numerator) / Decimal(denominator)
    return str(Decimal(whole.replace(",", "")) + fraction)


def date_of(raw: str) -> date | None:
    """Return a date from `2024-07-19`, `07/19/2024` or `20240719`. A time or zone may follow, and never shifts it.

    >>> date_of("2024-07-19-05:00"), date_of("07/19/2024"), date_of("19 July")
    (datetime.date(2024, 7, 19), datetime.date(2024, 7, 19), None)
    """
    if len(raw) == _ISO_LENGTH and raw[4] == raw[7] == "-":
        try:
            return date.fromisoformat(raw)
        except ValueError:
            return None
    text = raw.strip()
    match = _ISO_DATE.match(text) or _COMPACT_DATE.fullmatch(text)
    if match:
        year, month, day = match.groups()
    elif match := _PRINTED_DATE.fullmatch(text):
        month, day, year = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def boolean_of(raw: str) -> bool | None:
    """Return the value of a box: `1`, `0`, `true`, `false`, `Y`, `N` and similar words, in any case.

    >>> boolean_of("1"), boolean_of("False"), boolean_of("X")
    (True, False, None)
    """
    value = _BOOLEANS.get(raw)
    return value if value is not None else _BOOLEANS.get(raw.strip().lower())


def one_of(*choices: str) -> Callable[[str], str | None]:
    """Return a reader of a letter among `choices`, in either case.

    >>> one_of("A", "D")("a"), one_of("A", "D")("B")
    ('A', None)
    """
    known = {spelled: choice for choice in choices for spelled in (choice, choice.lower())}

    def read(raw: str) -> str | None:
        return known.get(raw) or known.get(raw.strip())

    return read


def code_of(raw: str) -> str:
    """Return a transaction code: in upper case if that makes it a known one, else as filed.

    >>> code_of("s"), code_of("Zz")
    ('S', 'Zz')
    """
    if raw in TRANSACTION_CODES:
        return raw
    text = collapse_whitespace(raw)
    upper = text.upper()
    return upper if upper in TRANSACTION_CODES else text


Reader = Callable[[str], Any]

_TEXT: Final[tuple[Reader, str]] = (collapse_whitespace, DiagnosticCode.MALFORMED_TEXT)
_NUMBER: Final[tuple[Reader, str]] = (decimal_of, DiagnosticCode.MALFORMED_NUMBER)
_DATE: Final[tuple[Reader, str]] = (date_of, DiagnosticCode.MALFORMED_DATE)
_BOOLEAN: Final[tuple[Reader, str]] = (boolean_of, DiagnosticCode.MALFORMED_BOOLEAN)

LINE_READERS: Final[dict[str, tuple[Reader, str]]] = {
    "security_title": _TEXT,
    "form_type": (one_of("3", "4", "5"), DiagnosticCode.MALFORMED_FORM_TYPE),
    "shares_owned_following": _NUMBER,
    "value_owned_following": _NUMBER,
    "ownership": (one_of("D", "I"), DiagnosticCode.MALFORMED_OWNERSHIP),
    "nature_of_ownership": _TEXT,
    "exercise_price": _NUMBER,
    "exercise_date": _DATE,
    "expiration_date": _DATE,
    "underlying_title": _TEXT,
    "underlying_shares": _NUMBER,
    "underlying_value": _NUMBER,
    "transaction_date": _DATE,
    "deemed_execution_date": _DATE,
    "code": (code_of, DiagnosticCode.MALFORMED_CODE),
    "equity_swap_involved": _BOOLEAN,
    "timeliness": (one_of("E", "L"), DiagnosticCode.MALFORMED_TIMELINESS),
    "shares": _NUMBER,
    "total_value": _NUMBER,
    "price_per_share": _NUMBER,
    "acquired_disposed": (one_of("A", "D"), DiagnosticCode.MALFORMED_ACQUIRED_DISPOSED),
}
FILING_READERS: Final[dict[str, tuple[Reader, str]]] = {
    "period_of_report": _DATE,
    "date_of_original_submission": _DATE,
    "schema_version": _TEXT,
    "no_securities_owned": _BOOLEAN,
    "not_subject_to_section16": _BOOLEAN,
    "form3_holdings_reported": _BOOLEAN,
    "form4_transactions_reported": _BOOLEAN,
    "rule_10b5_1_plan": _BOOLEAN,
    "remarks": _TEXT,
}
OWNER_READERS: Final[dict[str, tuple[Reader, str]]] = {
    "street1": _TEXT,
    "street2": _TEXT,
    "city": _TEXT,
    "state": _TEXT,
    "zip_code": _TEXT,
    "country": _TEXT,
    "state_description": _TEXT,
    "non_us_state_territory": _TEXT,
    "non_us_address": _BOOLEAN,
    "good_address": _BOOLEAN,
    "is_director": _BOOLEAN,
    "is_officer": _BOOLEAN,
    "is_ten_percent_owner": _BOOLEAN,
    "is_other": _BOOLEAN,
    "officer_title": _TEXT,
    "other_text": _TEXT,
}


def read_into(
    fields: dict[str, Any], values: Mapping[str, str], readers: Mapping[str, tuple[Reader, str]]
) -> list[Problem]:
    """Read `values` into `fields`, and return a problem for each value that is not certain, which is left out.

    Values without a reader are skipped.

    >>> fields: dict[str, Any] = {}
    >>> read_into(fields, {"shares": "500", "price_per_share": "many"}, LINE_READERS)
    [(<DiagnosticCode.MALFORMED_NUMBER: 'malformed_number'>, 'price_per_share', 'many')]
    >>> fields
    {'shares': '500'}
    """
    problems: list[Problem] = []
    for name, raw in values.items():
        entry = readers.get(name)
        if entry is None:
            continue
        reader, code = entry
        value = reader(raw)
        if value is None:
            problems.append((code, name, collapse_whitespace(raw)))
        else:
            fields[name] = value
    return problems
