"""Pages of aligned text, with drawn boxes or without, of any width: w3m, links, and similar converters.

The cover, the tables and the owners' table are found by their captions, and read by columns of characters. All other
lines are words. Above the explanations, two spaces part the pieces of a line.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.parser.form.blocks import Block, Text
from services.parser.form.check_boxes import LEADING_BOX, box, is_checked_rule
from services.parser.layouts.aligned_text import aligned_cover, aligned_owners, aligned_table
from services.parser.layouts.aligned_text.aligned_notes import read_notes
from services.parser.layouts.aligned_text.drawn_tables import read_box, take_boxes
from services.parser.layouts.aligned_text.text_columns import WIDEST_LINE, Piece, pieces_of, read_raised

_TABLE_ENDS: Final = re.compile(
    r"\s*(?:Reminder:|Table II?\b|Persons who|Potential persons|Reporting Owners?\s*$|Signatures?\s*$|Explanation of Re"
    r"|Remarks:|1\. ?Name and Address)",
    re.IGNORECASE,
)
_NOTES: Final = re.compile(r"\s*(?:Explanation of Responses|Signatures\s*$|Remarks:)", re.IGNORECASE)
_BEGINNINGS: Final = ("1.", "reporting owners", "explanation", "signatures", "remarks:")
"""The words that a section of the page begins with, after blanks, in lower case: a converter may capitalize them."""

_LONGEST_BEGINNING: Final = 20

_FIRST_CAPTION: Final = "1."
_CORNERS: Final = ("┌─", "┏━", "╔═", "\n+--", " +--")


def is_aligned_text(text: str) -> bool:
    """Return whether a text has captions side by side with only spaces between them, or a drawn box.

    >>> is_aligned_text("1. Title of Security   2. Amount   3. Form   4. Nature")
    True
    """
    if any(corner in text for corner in _CORNERS):
        return True
    lines = (line for line in text.split("\n") if _FIRST_CAPTION in line and "  " in line)
    return any(map(_has_captions, lines))


def _has_captions(line: str) -> bool:
    if len(line) > WIDEST_LINE or "\t" in line or "|" in line:
        return False
    return aligned_table.begins_table(line) or aligned_cover.begins_cover(line)


def read_aligned_text(text: str) -> Iterator[Block]:
    """Return the blocks of a page of aligned text.

    >>> list(read_aligned_text("FORM 4   OMB APPROVAL"))
    ['FORM 4', 'OMB APPROVAL']
    """
    lines, boxes = take_boxes(text.replace("\xa0", " ").expandtabs().split("\n"))
    words = _Words()
    at = 0
    while at < len(lines):
        end, blocks = _section(lines, at)
        if blocks is None:
            yield from words.read(lines[at])
        else:
            yield from words.end()
            yield from blocks
        for line in range(at, end):
            for drawn in boxes.get(line, ()):
                yield from words.end()
                yield from read_box(drawn)
        at = end
    yield from words.end()


def _section(lines: Sequence[str], at: int) -> tuple[int, Iterator[Block] | None]:
    """Return the line after the section that begins on a line, and its blocks; None for blocks if it is words."""
    line = lines[at]
    if len(line) > WIDEST_LINE or not line.lstrip()[:_LONGEST_BEGINNING].lower().startswith(_BEGINNINGS):
        return at + 1, None
    if aligned_cover.begins_owner(line):
        end = aligned_cover.end_of_cover(lines, at)
        read = aligned_cover.read_cover if aligned_cover.begins_cover(line) else aligned_cover.read_owner
        return end, read(lines[at:end])
    if aligned_table.begins_table(line) or aligned_owners.begins_owners(line):
        end = _end_of(lines, at)
        whole = end < len(lines) or not "".join(lines[-2:]).strip()
        of_owners = aligned_owners.begins_owners(line)
        rows = aligned_owners.read_owners if of_owners else aligned_table.read_aligned_table
        return end, rows(lines[at:end], whole=whole)
    if _NOTES.match(line):
        return len(lines), read_notes(lines[at:])
    return at + 1, None


def _end_of(lines: Sequence[str], first: int) -> int:
    return next((at for at in range(first + 1, len(lines)) if _TABLE_ENDS.match(lines[at])), len(lines))


class _Words:
    """Lines of words above the explanations. A box and its label, which may continue below in its column, are one."""

    def __init__(self) -> None:
        """Begin without a label."""
        self._label: list[str] = []
        self._starts: tuple[int, ...] = ()

    def read(self, line: str) -> Iterator[Text]:
        """Return the words of a line, piece by piece. An empty line ends a paragraph.

        >>> list(_Words().read("FORM 4   OMB APPROVAL"))
        ['FORM 4', 'OMB APPROVAL']
        """
        if len(line) > WIDEST_LINE or not line.strip():
            yield from self.end()
            yield line.strip()
            return
        pieces = pieces_of(line)
        drawn = LEADING_BOX.match(line)
        if drawn:
            yield from self.end()
            self._starts = (len(line) - len(line.lstrip()), drawn.end())
            first, *pieces = pieces_of(line[drawn.end() :]) or [Piece(0, 0, "")]
            self._label = [box(checked=is_checked_rule(drawn.group())), first.text]
        elif self._label and pieces[0].start in self._starts:
            self._label.append(pieces[0].text)
            pieces = pieces[1:]
        yield from (read_raised(piece.text) for piece in pieces)

    def end(self) -> Iterator[Text]:
        """Return the label that was begun.

        >>> words = _Words()
        >>> list(words.read("[X] Check this box")), list(words.end())
        ([], ['[X] Check this box'])
        """
        if self._label:
            yield read_raised(" ".join(self._label))
            self._label = []
