"""The cells of pre-2003 forms: their lines joined, their values spelled as on later forms."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Text
from services.parser.form.written_dates import as_printed
from services.parser.layouts.aligned_text.text_columns import read_raised

_WORD: Final = re.compile(r"[A-Za-z]+")
_OF_NUMBERS: Final = re.compile(r"[-0-9.,/$]+")
_NUMBER: Final = re.compile(
    r"\$?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3})(?:\.[0-9]+)?|[0-9]{1,2}[-/][0-9]{1,2}[-/](?:[0-9]{2}){1,2}"
)
_COMMON: Final = frozenset(
    {
        "stock", "common", "preferred", "option", "options", "shares", "series", "convertible", "debenture",
        "warrant", "warrants", "purchase", "employee", "qualified", "nonqualified", "restricted", "ordinary", "units",
        "spouse", "trust", "trustee", "custodian", "partnership", "children", "foundation",
    }
)  # fmt: skip
"""Words of titles and natures of ownership, besides those that the table itself has unbroken."""

_MARKS: Final = ",.;()"
_NOTHING: Final = re.compile(r"-+")
_LETTER: Final = re.compile(r"\(([ADIVadiv])\)")


class Wrapping:
    """How a program wrapped its cells: between words, or wherever a line was full.

    It wrapped within words if it broke any word that is unbroken elsewhere in the text. For example, `Com` above `mon`
    in one cell, and `Common` in another.
    """

    def __init__(self, lines: Iterable[str], cells: Iterable[Sequence[str]]) -> None:
        """Collect the words of a table, and check its cells' lines for a broken one."""
        self._words = _COMMON.union(word.lower() for line in lines for word in _WORD.findall(line))
        self._within = False
        lines_of_cells = ((left, right) for cell in cells for left, right in pairwise(cell))
        self._within = any(self._is_broken(left, right) and right[:1].isalpha() for left, right in lines_of_cells)

    def cell_of(self, lines: Sequence[str]) -> Text:
        """Return a cell from the lines of its column, each as wide as the column.

        >>> Wrapping(["Common Stock"], []).cell_of(["Com", "mon"])
        'Common'
        """
        text = ""
        above = ""
        for line in lines:
            if line.strip():
                text = f"{text}{'' if self._is_broken(above, line) else ' '}{line.strip()}"
            above = line
        return _as_later_forms(collapse_whitespace(text))

    def _is_broken(self, above: str, below: str) -> bool:
        """Return whether a full line breaks a word or a number that continues below."""
        if not above[-1:].strip() or not below[:1].strip():
            return False
        last, first = above.rsplit(maxsplit=1)[-1], below.split(maxsplit=1)[0]
        whole = last + first
        if _OF_NUMBERS.fullmatch(whole):
            return _NUMBER.fullmatch(whole) is not None
        return whole.strip(_MARKS).lower() in self._words or (self._within and not self._are_words(last, first))

    def _are_words(self, *parts: str) -> bool:
        """Return whether both ends of a break are words of the text themselves, so that it may be between them."""
        return all(part.strip(_MARKS).lower() in self._words for part in parts)


def _as_later_forms(text: str) -> Text:
    """Return the value as later forms spell it: no dashes for nothing, no bracketed letter, years with a century."""
    if _NOTHING.fullmatch(text):
        return ""
    letter = _LETTER.fullmatch(text)
    return letter.group(1) if letter else read_raised(as_printed(text))
