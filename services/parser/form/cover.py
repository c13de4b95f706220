"""The cover of a form: reporting owners, issuer and dates, and the owners' blocks that some pages repeat below.

Values follow their captions, in whatever layout: `NAME (Last) (First) (Middle) STREETS (Street) CITY STATE ZIP (City)
(State) (Zip)`. A CIK is known only if the page has a link to the party.
"""

import re
from collections.abc import Sequence
from typing import Final

from contracts.codes import DiagnosticCode
from services.parser.document import RawDocument, RawOwner, collapse_whitespace
from services.parser.form.addresses import CITY_PARTS, read_city, read_city_parts, read_streets, set_value
from services.parser.form.blocks import (
    Text,
    display_text,
    join_text,
    linked_cik,
    may_be_wrapped,
    plain_text,
    slice_text,
)
from services.parser.form.phrases import (
    CITY,
    COUNTRY,
    EVENT_DATE,
    FIRST_NAME,
    ISSUER_AND_SYMBOL,
    LAST_NAME,
    MIDDLE_NAME,
    NAME_AND_ADDRESS,
    STATEMENT_FOR,
    STREET,
    TRANSACTION_DATE,
    ZIP,
)
from services.parser.form.state_codes import is_state_code
from services.parser.form.written_dates import WRITTEN_DATE, as_printed

_LONGEST_BLOCK: Final = 3000
_OWNER: Final = re.compile(rf"{NAME_AND_ADDRESS}(?:\s?\^?\(?\*\)?)?")
_SYMBOL: Final = re.compile(r"\[([^\[\]]{0,60})\]")
_PERIOD: Final = re.compile(
    rf"(?:{TRANSACTION_DATE}|{EVENT_DATE}|Statement for Issuer['\u2019]?s Fiscal Year Ended|{STATEMENT_FOR})"
    r" ?\(?Month/Day/Year\)?"
)
_ORIGINAL: Final = re.compile(r"If Amendment, Date (?:of )?Original(?:ly)?(?: Filed)? ?\(?Month/Day/Year\)?")
_DATES: Final = ((_PERIOD, "period_of_report"), (_ORIGINAL, "date_of_original_submission"))
_MONTHS: Final = (
    (re.compile(rf"{STATEMENT_FOR} \(?Month/Year\)? (\S.*)"), "period_of_report"),
    (re.compile(r"If Amendment, Date of Original(?: Filed)? \(?Month/Year\)? (\S.*)"), "date_of_original_submission"),
)
"""Dates of the pre-2003 forms that name no day: kept as they are written, for the diagnostic."""

_DATE: Final = re.compile(rf"\s{{0,3}}({WRITTEN_DATE})")
_SYMBOL_AT_END: Final = re.compile(r"(.*\S) ?\(((?:[A-Za-z]{3,6} ?: ?)?[A-Z]{1,5}(?:[./-][A-Z])?)\)")
_NO_SYMBOLS: Final = frozenset({"USA", "US", "UK", "PLC", "LLC", "INC", "LTD", "THE", "NV", "SA", "AG", "BV", "LP"})
"""Words in brackets behind a name that are part of it, besides states."""

_DOMESTIC: Final = frozenset({"", "US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})
_COVER_WORDS: Final = (
    "SECURITIES AND EXCHANGE COMMISSION", "OMB ", "Estimated average burden", "hours per response", "Reporting Person",
    "Issuer Name", "If Amendment", "(Month/Day/Year)", LAST_NAME, STREET, CITY, COUNTRY, "Joint/Group",
)  # fmt: skip
_OWNER_BLOCK: Final = re.compile(rf"^(?:(?:1\. ?)?{NAME_AND_ADDRESS}|\((?:Last|Street|City)\))", re.MULTILINE)


def is_cover_row(words: Sequence[str]) -> bool:
    """Return whether a row of cells above the tables is part of the cover, and not of a table.

    >>> is_cover_row(["2. Issuer Name and Ticker or Trading Symbol", ""])
    True
    """
    text = " ".join(words)
    return any(caption in text for caption in _COVER_WORDS)


def is_owner_row(words: Sequence[str]) -> bool:
    """Return whether a row of cells names a further owner, as some pages do below the tables.

    >>> is_owner_row(["1. Name and Address of Reporting Person*"])
    True
    """
    return _OWNER_BLOCK.search("\n".join(words)) is not None


def read_owners(columns: Sequence[Text]) -> list[RawOwner]:
    r"""Return the owners named in the first cells of the cover's rows, in order.

    >>> [owner.values for owner in read_owners(["Name and Address of Reporting Person*\nDOE JANE (Last)"])]
    [{'name': 'DOE JANE'}]
    """
    text = join_text("\n", columns)
    length = len(display_text(text))
    starts = [match.span() for match in _OWNER.finditer(display_text(text))]
    ends = [*(start for start, _ in starts[1:]), length]
    owners = [
        _read_owner(slice_text(text, begin, min(end, begin + _LONGEST_BLOCK)))
        for (_, begin), end in zip(starts, ends, strict=False)
    ]
    return [owner for owner in owners if owner.values]


def _read_owner(block: Text) -> RawOwner:
    owner = RawOwner()
    set_value(owner, "cik", linked_cik(block) or "")
    name, _, rest = display_text(block).partition(LAST_NAME)
    streets, street_caption, rest = rest.replace(FIRST_NAME, "").replace(MIDDLE_NAME, "").partition(STREET)
    city_line, _, country = rest.partition(CITY) if street_caption else ("", "", "")
    city_line = city_line.strip(" \n")
    set_value(owner, "name", collapse_whitespace(name))
    may_be_one = "\n" not in streets or "," in city_line
    _read_street_lines(owner, streets, wrapped=may_be_wrapped(block), may_be_one=may_be_one)
    parts = [collapse_whitespace(part) for part in city_line.split("\t")]
    if len(parts) == CITY_PARTS and "\n" not in city_line:
        read_city_parts(owner, *parts, domestic="UNITED STATES" in country)
    else:
        read_city(owner, collapse_whitespace(city_line))
    nation, named, _ = country.rpartition(ZIP)[2].partition(COUNTRY)
    if named and collapse_whitespace(nation).upper().replace(".", "") not in _DOMESTIC:
        owner.problems.append((DiagnosticCode.UNREAD_COUNTRY, "country", collapse_whitespace(nation)))
    return owner


def _read_street_lines(owner: RawOwner, streets: str, *, wrapped: bool, may_be_one: bool) -> None:
    """Read the street lines. A comma in the only one may part two, if the page `may_be_one` that joins lines."""
    lines = [line for line in map(collapse_whitespace, streets.split("\n")) if line]
    joined = len(lines) == 1 and "," in lines[0] and may_be_one
    if wrapped or joined:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "street1", collapse_whitespace(streets)))
    else:
        read_streets(owner, lines)


def read_cover_cell(cell: Text, document: RawDocument) -> None:
    """Read issuer and dates from one cell, each after its own caption. Values that were read before stay.

    >>> document = RawDocument("html")
    >>> read_cover_cell("2. Issuer Name and Ticker or Trading Symbol ACME INC [AC]", document)
    >>> document.issuer
    {'name': 'ACME INC', 'trading_symbol': 'AC'}
    """
    text = slice_text(cell, 0, _LONGEST_BLOCK)
    words = plain_text(text)
    _, captioned, issuer = words.partition(ISSUER_AND_SYMBOL) if "Issuer" in words else ("", "", "")
    if captioned and "name" not in document.issuer:
        _read_issuer(issuer, document)
        cik = linked_cik(text)
        if cik is not None:
            document.issuer["cik"] = cik
    _read_dates(words, document)


def _read_dates(words: str, document: RawDocument) -> None:
    for caption, field in _DATES if "Month/Day/Year" in words else ():
        found = caption.search(words)
        day = _DATE.match(words, found.end()) if found else None
        if day:
            document.filing.setdefault(field, as_printed(day.group(1)))
    for caption, field in _MONTHS:
        month = caption.search(words)
        if month:
            document.filing.setdefault(field, month.group(1))


def _read_issuer(text: str, document: RawDocument) -> None:
    text, _, foreign = text.partition("2a. Foreign Trading Symbol")
    name, symbol = _name_and_symbol(text.strip(), document)
    abroad = _SYMBOL.search(foreign)
    foreign_symbol = abroad.group(1).strip() if abroad else ""
    found = {"name": name, "trading_symbol": symbol, "foreign_trading_symbol": foreign_symbol}
    document.issuer.update({field: value for field, value in found.items() if value})


def _name_and_symbol(text: str, document: RawDocument) -> tuple[str, str]:
    """Return an issuer's name and symbol: in square brackets, or in round ones at the end; else it is empty."""
    bracketed = _SYMBOL.search(text)
    if bracketed:
        return text[: bracketed.start()].strip(), bracketed.group(1).strip()
    at_end = _SYMBOL_AT_END.fullmatch(text)
    if at_end is None:
        return text, ""
    name, symbol = at_end.groups()
    if is_state_code(symbol):  # a state, or a symbol
        document.report(DiagnosticCode.MALFORMED_TEXT, symbol, field="issuer.trading_symbol")
        return name, ""
    return (text, "") if symbol in _NO_SYMBOLS else (name, symbol)
