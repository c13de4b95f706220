"""Makes untrusted text safe to display: control characters on terminals, formulas in spreadsheets. Pure.

Filings are written by others. A control character or a bidirectional override in one can command a terminal, or make
a line read otherwise than it is; a cell that begins with `=` is run by a spreadsheet.
"""

import re
from typing import Final

_WHITE_SPACE: Final = re.compile(r"\s")
_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 but tab, line feed and carriage return; DEL and C1
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible, bidirectional
    "\ud800-\udfff\U000e0000-\U000e007f]"  # half of a pair; tags
)
_FORMULA: Final = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")  # also the full-width = + - @
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+")


def printable(text: str) -> str:
    """Return the text as one line: white space becomes a space, and what commands instead of showing is escaped.

    >>> printable("two" + chr(10) + "lines"), len(printable(chr(27)))
    ('two lines', 6)
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _display_text(character) for character in text)


def escaped(text: str) -> str:
    r"""Return the text with control and bidirectional characters as `\u202e`; tabs and line ends stay.

    Within a line of JSON that escape is JSON's own: the line means what it meant.

    >>> escaped("\u202e")
    '\\u202e'
    """
    return text if text.isprintable() else _CONTROLS.sub(lambda found: _escape(found[0]), text)


def spreadsheet_cell(value: object) -> object:
    """Return a value for a cell of CSV: text that a spreadsheet would run begins with `'`; numbers stay numbers.

    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("-5")
    ("'=1+1", '-5')
    """
    if not isinstance(value, str):
        return value
    text = escaped(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _display_text(character: str) -> str:
    return " " if _WHITE_SPACE.match(character) else _escape(character)


def _escape(character: str) -> str:
    """Return the escape that JSON has for the character: of one beyond U+FFFF, those of its surrogate pair."""
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
