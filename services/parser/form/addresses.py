"""The address of an owner: its streets, then city, state and ZIP code, together on one line or each on its own."""

import re
from collections.abc import Sequence
from typing import Final

from contracts.codes import DiagnosticCode
from services.parser.document import RawOwner, without_last_empty
from services.parser.form.state_codes import state_code_of

CITY_PARTS: Final = 3
"""City, state and ZIP code."""

_MOST_STREETS: Final = 2
_FEWEST_LINES: Final = 3
"""Lines of an address that may be more than streets and a city: a line each for city, state, ZIP code and country."""

_STATE: Final = re.compile(r"[A-Z][A-Z0-9]")
_CITY_WORD: Final = re.compile(r"[A-Za-z]{3,}")
"""A word that no ZIP code has: it is the end of a city's name that was wrapped."""

_US_ZIP: Final = re.compile(r"[0-9]{5}(?:-?[0-9]{4})?")


def set_value(owner: RawOwner, field: str, value: str) -> None:
    """Set a field of the owner, unless the value is empty.

    >>> owner = RawOwner()
    >>> set_value(owner, "city", "AUSTIN")
    >>> owner.values
    {'city': 'AUSTIN'}
    """
    if value:
        owner.values[field] = value


def read_address(owner: RawOwner, lines: Sequence[str]) -> None:
    """Read an address from its lines: one or two of streets, then the city on one line, or in parts with a country.

    >>> owner = RawOwner()
    >>> read_address(owner, ["1 MAIN ST", "AUSTIN, TX 78701"])
    >>> owner.values
    {'street1': '1 MAIN ST', 'city': 'AUSTIN', 'state': 'TX', 'zip_code': '78701'}
    """
    lines = without_last_empty(lines)
    if not lines:
        return
    if _ends_in_parts(lines):
        *streets, city, state, zip_code, _ = lines
        read_streets(owner, [line for line in streets if line])
        read_city_parts(owner, city, state, zip_code, domestic=True)
        return
    of_city = RawOwner()
    read_city(of_city, lines[-1])
    if of_city.problems and len(lines) >= _FEWEST_LINES:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, None, " / ".join(lines)))
        return
    read_streets(owner, [line for line in lines[:-1] if line])
    owner.values.update(of_city.values)
    owner.problems.extend(of_city.problems)


def _ends_in_parts(lines: Sequence[str]) -> bool:
    """Return whether city, state, ZIP code and country have a line each."""
    if lines[-1].upper() != "UNITED STATES" or len(lines) <= CITY_PARTS:
        return False
    return not lines[-2] or _US_ZIP.fullmatch(lines[-2]) is not None


def read_streets(owner: RawOwner, lines: Sequence[str]) -> None:
    """Read the one or two lines of a street address. Of more lines, some were wrapped, but not which.

    >>> owner = RawOwner()
    >>> read_streets(owner, ["C/O A LLC", "1 MAIN", "ST"])
    >>> owner.problems[0][2]
    'C/O A LLC / 1 MAIN / ST'
    """
    if len(lines) > _MOST_STREETS:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "street1", " / ".join(lines)))
        return
    for field, line in zip(("street1", "street2"), lines, strict=False):
        set_value(owner, field, line)


def read_city_parts(owner: RawOwner, city: str, state: str, zip_code: str, *, domestic: bool) -> None:
    """Read city, state and ZIP code that are apart. Words are read as a state only in an address of the United States.

    >>> owner = RawOwner()
    >>> read_city_parts(owner, "AUSTIN", "TEXAS", "78701", domestic=True)
    >>> owner.values["state"]
    'TX'
    """
    set_value(owner, "city", city)
    code = state if _STATE.fullmatch(state) else state_code_of(state) if domestic else None
    if code is not None:
        owner.values["state"] = code
    elif state:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "state", state))
    set_value(owner, "zip_code", zip_code)


def read_city(owner: RawOwner, line: str) -> None:
    """Read city, state and ZIP code from one line, if there is only one way to divide it.

    >>> owner = RawOwner()
    >>> read_city(owner, "NEW YORK NY 10017")
    >>> owner.values
    {'city': 'NEW YORK', 'state': 'NY', 'zip_code': '10017'}
    """
    if not line:
        return
    city, comma, rest = line.rpartition(", ")
    words = rest.split() if comma else line.split()
    at = _state_index(words, after_comma=bool(comma))
    if at is None or any(map(_CITY_WORD.fullmatch, words[at + 1 :])):
        owner.problems.append((DiagnosticCode.AMBIGUOUS_ADDRESS, "city", line))
        return
    set_value(owner, "city", " ".join([city, *words[:at]] if comma else words[:at]).strip())
    set_value(owner, "state", words[at])
    set_value(owner, "zip_code", " ".join(words[at + 1 :]))


def _state_index(words: Sequence[str], *, after_comma: bool) -> int | None:
    """Return which of the words is the state; None unless exactly one can be."""
    first = 0 if after_comma else 1  # without a comma, the first word is the city's
    if len(words) - 2 >= first and _US_ZIP.fullmatch(words[-1]) and _STATE.fullmatch(words[-2]):
        return len(words) - 2
    states = [index for index in range(first, len(words)) if _STATE.fullmatch(words[index])]
    if after_comma and states[:1] == [0]:
        return 0
    return states[0] if len(states) == 1 else None
