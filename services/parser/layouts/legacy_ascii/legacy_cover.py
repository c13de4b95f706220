"""An item of a pre-2003 form's cover, as the cell that later forms have: values after their captions."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.written_dates import as_printed

_CAPTION: Final = re.compile(
    r"\s*([1-8]) ?\. {0,8}(Name and Address of Reporting Person|Issuer Name and Ticker or Trading Symbol"
    r"|Statement for \(?Month(?:/Day)?/Year\)?|Date of Event Requiring Statement(?: ?\(Month/Day/Year\))?"
    r"|If Amendment,? Date of Original(?: Filed)?(?: ?\(Month(?:/Day)?/Year\))?"
    r"|Relationship of Reporting Persons?(?:\(s\))? to Issuer)[ *:]*(.*)",
    re.IGNORECASE,
)
_CITY: Final = re.compile(r"\S.*,? +[A-Z]{2}\.? +[0-9]{5}(?:-[0-9]{4})?")
_PARTS_OF_NAME: Final = re.compile(r"\(Last\)|\(Street\)|\(City\)", re.IGNORECASE)
_SYMBOL: Final = re.compile(r"[(\[\"]?((?:[A-Z]+ ?: ?)?[A-Z]{1,5}(?:[./-][A-Z]{1,2})?)[)\]\"]?")
_BRACKETED: Final = re.compile(r"(.*\S) *[(\[\"]((?:[A-Z]+ ?: ?)?[A-Z]{1,5}(?:[./-][A-Z]{1,2})?)[)\]\"]")
_WHOLE_DATE: Final = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}")


def cell_of_item(lines: Sequence[str]) -> str:
    """Return the cell. An item that belongs to no field stays as it is.

    >>> cell_of_item(["4. Statement for Month/Year  2/2000"])
    '4. Statement for Month/Year 2/2000'
    """
    found = _CAPTION.match(lines[0])
    if found is None:
        return "\n".join(collapse_whitespace(line) for line in lines)
    number, caption, beside = found.groups()
    values = [line.strip() for line in (beside, *lines[1:]) if line.strip(" _")]
    return f"{number}. {_ITEMS[caption.lower().partition(' ')[0]](values)}"


def _relationship(values: Sequence[str]) -> str:
    return "\n".join(["Relationship of Reporting Person(s) to Issuer", *map(collapse_whitespace, values)])


def _dated(caption: str) -> Callable[[Sequence[str]], str]:
    """Return the reader of an item with that caption and a date, which may be a month alone."""

    def read(values: Sequence[str]) -> str:
        day = as_printed(collapse_whitespace(values[0])) if values else ""
        unit = "(Month/Day/Year)" if not day or _WHOLE_DATE.fullmatch(day) else "Month/Year"
        return f"{caption} {unit} {day}"

    return read


def _owner(values: Sequence[str]) -> str:
    """Return name, streets and city, each before its caption. A line after the city is the country."""
    if not values or any(_PARTS_OF_NAME.search(value) for value in values):
        return "\n".join(["Name and Address of Reporting Person", *values])
    name, *address = values
    city = next(
        (at for at in reversed(range(len(address))) if _CITY.fullmatch(collapse_whitespace(address[at]))),
        len(address) - 1,
    )
    streets, last = (address[:city], address[city:]) if address else ([], [])
    return "\n".join(
        ["Name and Address of Reporting Person", name, "(Last) (First) (Middle)", *streets, "(Street)",
         last[0] if last else "", "(City) (State) (Zip)",
         *([" ".join(last[1:]), "(Country)"] if last[1:] else [])]
    )  # fmt: skip


def _issuer(values: Sequence[str]) -> str:
    """Return the name and, in square brackets, the symbol: from its own line, in brackets, or after two spaces."""
    if not values:
        return "Issuer Name and Ticker or Trading Symbol"
    *names, last = values
    if not names:
        parts = re.split(r" {2,}", last)
        names, last = parts[:-1], parts[-1]
    symbol = _SYMBOL.fullmatch(last) if names else None
    issuer = collapse_whitespace(" ".join(names if symbol else [*names, last]))
    bracketed = _BRACKETED.fullmatch(issuer)
    if symbol:
        issuer = f"{issuer} [{symbol.group(1)}]"
    elif bracketed:
        issuer = f"{bracketed.group(1)} [{bracketed.group(2)}]"
    return f"Issuer Name and Ticker or Trading Symbol\n{issuer}"


_ITEMS: Final[Mapping[str, Callable[[Sequence[str]], str]]] = {
    "name": _owner,
    "issuer": _issuer,
    "statement": _dated("Statement for"),
    "date": _dated("Date of Event Requiring Statement"),
    "if": _dated("If Amendment, Date of Original Filed"),
    "relationship": _relationship,
}
"""The reader of each item, by the first word of its caption."""
