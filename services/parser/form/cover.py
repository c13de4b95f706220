"""What stands above the tables: reporting owners, issuer, dates and boxes; and the owners' table below.

Values follow their captions, in whatever layout: `NAME (Last) (First) (Middle) STREETS (Street) CITY STATE ZIP (City)
(State) (Zip)`. A CIK is known only where the page has a link to the party.
"""

import re
from collections.abc import Sequence
from typing import Final

from contracts.codes import DiagnosticCode
from services.parser.document import RawDocument, RawOwner, folded
from services.parser.form.blocks import CHECKED, MAYBE_WRAPPED, UNCHECKED, said, without_cik
from services.parser.form.state_codes import state_code_of

_LONGEST_BLOCK: Final = 3000
_CITY_PARTS: Final = 3
_MOST_STREETS: Final = 2
_FEWEST_LINES: Final = 3
"""Lines of an address that may be more than streets and a city: a line each for city, state, ZIP code and country."""

_OWNER: Final = re.compile(r"Name and Address of Reporting Person(?:\s?\^?\(?\*\)?)?")
_ISSUER: Final = re.compile(r"Issuer Name and Ticker or Trading Symbol")
_SYMBOL: Final = re.compile(r"\[([^\[\]]{0,60})\]")
_PERIOD: Final = re.compile(
    r"(?:Date of Earliest Transaction|Date of Event Requiring Statement"
    r"|Statement for Issuer['\u2019]?s Fiscal Year Ended|Statement for) ?\(Month/Day/Year\)"
)
_ORIGINAL: Final = re.compile(r"If Amendment, Date (?:of )?Original(?:ly)? Filed ?\(Month/Day/Year\)")
_OF_A_DAY: Final = ((_PERIOD, "period_of_report"), (_ORIGINAL, "date_of_original_submission"))
_OF_A_MONTH: Final = (
    ("Statement for Month/Year ", "period_of_report"),
    ("If Amendment, Date of Original Filed Month/Year ", "date_of_original_submission"),
)
"""Dates of the forms before mid-2003 that name no day: kept as they are written, for the diagnostic."""

_DATE: Final = re.compile(r"\s{0,3}([0-9]{1,2}/[0-9]{1,2}/[0-9]{4})")
_STATE: Final = re.compile(r"[A-Z][A-Z0-9]")
_WORD: Final = re.compile(r"[A-Za-z]{3,}")
"""What no ZIP code has: a word of a city's that was wrapped."""

_AT_HOME: Final = frozenset({"", "US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})
_US_ZIP: Final = re.compile(r"[0-9]{5}(?:-?[0-9]{4})?")
_MARK: Final = re.compile(r"_*X_*(?!\S)")
_BLANK: Final = re.compile(r"__+(?!\S)")
_CAPTIONS: Final = (
    "SECURITIES AND EXCHANGE COMMISSION", "OMB ", "Estimated average burden", "hours per response", "Reporting Person",
    "Issuer Name", "If Amendment", "(Month/Day/Year)", "(Last)", "(Street)", "(City)", "(Country)", "Joint/Group",
)  # fmt: skip
_OF_OWNER: Final = re.compile(
    r"^(?:(?:1\. ?)?Name and Address of Reporting Person|\((?:Last|Street|City)\))", re.MULTILINE
)


def is_of_cover(words: Sequence[str]) -> bool:
    """Whether a row of cells above the tables is of the cover, and not of a table."""
    text = " ".join(words)
    return any(caption in text for caption in _CAPTIONS)


def is_of_owner(words: Sequence[str]) -> bool:
    """Whether a row of cells is of a further owner, whom a page names below the tables."""
    return _OF_OWNER.search("\n".join(words)) is not None


def read_owners(columns: Sequence[str]) -> list[RawOwner]:
    """The owners named in the first cells of the cover's rows, in order."""
    text = "\n".join(columns)
    starts = list(_OWNER.finditer(text))
    owners: list[RawOwner] = []
    for index, start in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(text)
        block = text[start.end() : min(end, start.end() + _LONGEST_BLOCK)]
        owner = _owner_of(block)
        if owner.values:
            owners.append(owner)
    return owners


def _owner_of(block: str) -> RawOwner:
    owner = RawOwner()
    block, cik = without_cik(block)
    _set(owner, "cik", cik or "")
    name, _, rest = block.partition("(Last)")
    streets, street_caption, rest = rest.replace("(First)", "").replace("(Middle)", "").partition("(Street)")
    city_line, _, country = rest.partition("(City)") if street_caption else ("", "", "")
    city_line = city_line.strip(" \n")
    _set(owner, "name", folded(name))
    lines = [line for line in map(folded, streets.split("\n")) if line]
    if MAYBE_WRAPPED in streets:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "street1", folded(streets.replace(MAYBE_WRAPPED, ""))))
    elif len(lines) == 1 and "," in lines[0] and ("\n" not in streets or "," in city_line):
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "street1", lines[0]))
    else:
        read_streets(owner, lines)
    parts = [folded(part) for part in city_line.split("\t")]
    if len(parts) == _CITY_PARTS and "\n" not in city_line:
        _read_city_parts(owner, *parts, domestic="UNITED STATES" in country)
    else:
        read_city(owner, folded(city_line))
    nation, named, _ = country.rpartition("(Zip)")[2].partition("(Country)")
    if named and folded(nation).upper().replace(".", "") not in _AT_HOME:
        owner.problems.append((DiagnosticCode.UNREAD_COUNTRY, "country", folded(nation)))
    return owner


def _read_city_parts(owner: RawOwner, city: str, state: str, zip_code: str, *, domestic: bool) -> None:
    """City, state and ZIP code apart. Words are a state's in an address of the United States alone."""
    _set(owner, "city", city)
    code = state if _STATE.fullmatch(state) else state_code_of(state) if domestic else None
    if code is not None:
        owner.values["state"] = code
    elif state:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "state", state))
    _set(owner, "zip_code", zip_code)


def _set(owner: RawOwner, field: str, value: str) -> None:
    if value:
        owner.values[field] = value


def read_address(owner: RawOwner, lines: Sequence[str]) -> None:
    """An address in lines: one or two of streets; city, state and ZIP code in one, or in one each with a country."""
    lines = list(lines)
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return
    if lines[-1].upper() == "UNITED STATES" and len(lines) > _CITY_PARTS:
        *streets, city, state, zip_code, _ = lines
        if not zip_code or _US_ZIP.fullmatch(zip_code):
            read_streets(owner, [line for line in streets if line])
            _read_city_parts(owner, city, state, zip_code, domestic=True)
            return
    of_city = RawOwner()
    read_city(of_city, lines[-1])
    if of_city.problems and len(lines) >= _FEWEST_LINES:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, None, " / ".join(lines)))
        return
    read_streets(owner, [line for line in lines[:-1] if line])
    owner.values.update(of_city.values)
    owner.problems.extend(of_city.problems)


def read_streets(owner: RawOwner, lines: Sequence[str]) -> None:
    """The one or two lines of a street address; of more, some were wrapped, and which is not told."""
    if len(lines) > _MOST_STREETS:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "street1", " / ".join(lines)))
        return
    for field, line in zip(("street1", "street2"), lines, strict=False):
        _set(owner, field, line)


def read_city(owner: RawOwner, line: str) -> None:
    """City, state and ZIP code from one line, where there is but one way to part them."""
    if not line:
        return
    city, comma, rest = line.rpartition(", ")
    words = rest.split() if comma else line.split()
    first = 0 if comma else 1
    if len(words) > first and _US_ZIP.fullmatch(words[-1]) and len(words) - 2 >= first and _STATE.fullmatch(words[-2]):
        at = len(words) - 2
    else:
        states = [index for index in range(first, len(words)) if _STATE.fullmatch(words[index])]
        if comma and states[:1] == [0]:
            at = 0
        elif len(states) == 1:
            at = states[0]
        else:
            owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "city", line))
            return
    if any(map(_WORD.fullmatch, words[at + 1 :])):
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "city", line))
        return
    _set(owner, "city", " ".join([city, *words[:at]] if comma else words[:at]).strip())
    _set(owner, "state", words[at])
    _set(owner, "zip_code", " ".join(words[at + 1 :]))


def read_cell_of_cover(raw: str, document: RawDocument) -> None:
    """Issuer and dates from one cell, each after its own caption; what is there already stays."""
    spaced = said(raw[:_LONGEST_BLOCK])
    issuer = _ISSUER.search(spaced) if "Issuer" in spaced else None
    if issuer and "name" not in document.issuer:
        _read_issuer(spaced[issuer.end() :], document)
        _, cik = without_cik(raw[:_LONGEST_BLOCK])
        if cik is not None:
            document.issuer["cik"] = cik
    dated = "Month/Day/Year" in spaced
    for caption, field in _OF_A_DAY if dated else ():
        found = caption.search(spaced)
        day = _DATE.match(spaced, found.end()) if found else None
        if day:
            document.filing.setdefault(field, day.group(1))
    for start, field in _OF_A_MONTH:
        if start in spaced:
            document.filing.setdefault(field, spaced.partition(start)[2].strip())


def _read_issuer(text: str, document: RawDocument) -> None:
    text, _, foreign = text.partition("2a. Foreign Trading Symbol")
    abroad = _SYMBOL.search(foreign)
    if abroad and abroad.group(1).strip():
        document.issuer["foreign_trading_symbol"] = abroad.group(1).strip()
    symbol = _SYMBOL.search(text)
    name = (text[: symbol.start()] if symbol else text).strip()
    if name:
        document.issuer["name"] = name
    if symbol and symbol.group(1).strip():
        document.issuer["trading_symbol"] = symbol.group(1).strip()


def box_of(text: str) -> str | None:
    """What a line's own box says, as a boolean's text; None where the converter left no box."""
    if CHECKED in text or _MARK.match(text):
        return "true"
    return "false" if UNCHECKED in text or _BLANK.match(text) else None
