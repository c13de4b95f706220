"""What a cell of a form filed before mid-2003 says: its lines put together, its value in the form's own spelling."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from services.parser.document import folded
from services.parser.layouts.aligned_text.text_columns import marked
from services.parser.layouts.legacy_ascii.written_dates import printed

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
"""Words that titles and natures are made of, besides those that a table has whole."""

_NOTHING: Final = re.compile(r"-+")
_LETTER: Final = re.compile(r"\(([ADIVadiv])\)")


class Wrapping:
    """How a program wrapped its cells: between words, or wherever a line was full.

    It wrapped within words if anywhere it parted one that the text has whole elsewhere.
    """

    def __init__(self, lines: Iterable[str], cells: Iterable[Sequence[str]]) -> None:
        """Learn the words of a table, and from its cells' lines whether any was parted."""
        self._words = _COMMON.union(word.lower() for line in lines for word in _WORD.findall(line))
        self._within = False
        self._within = any(self._parted(left, right) for cell in cells for left, right in pairwise(cell))

    def cell_of(self, lines: Sequence[str]) -> str:
        """A cell from the lines of its column, each as wide as the column."""
        text = ""
        above = ""
        for line in lines:
            if line.strip():
                text = f"{text}{'' if self._parted(above, line) else ' '}{line.strip()}"
            above = line
        return _in_full(folded(text))

    def _parted(self, above: str, below: str) -> bool:
        """Whether a full line breaks off within a word or a number that goes on below."""
        if not above[-1:].strip() or not below[:1].strip():
            return False
        whole = above.rsplit(maxsplit=1)[-1] + below.split(maxsplit=1)[0]
        if _OF_NUMBERS.fullmatch(whole):
            return _NUMBER.fullmatch(whole) is not None
        return self._within or whole.strip(",.;()").lower() in self._words


def _in_full(text: str) -> str:
    """The value as later forms spell it: no dashes for nothing, no bracketed letter, no year without its century."""
    if _NOTHING.fullmatch(text):
        return ""
    letter = _LETTER.fullmatch(text)
    return letter.group(1) if letter else marked(printed(text))
