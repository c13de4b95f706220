"""The owners' table in aligned text: name and address in lines, with crosses under the captions beside them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Block, Row, Unreadable
from services.parser.form.phrases import OWNER_NAME_AND_ADDRESS, REPORTING_OWNERS
from services.parser.layouts.aligned_text.text_columns import (
    cell_of,
    column_start,
    covered_by,
    cut,
    paragraphs_of,
    whole_paragraphs,
)

_CAPTIONS: Final = re.compile(
    r"\s*(?:Reporting Owner Name ?/ ?Address )?\s*(Director)\s+(10% Owner)\s+(Officer)\s+(Other)\s*"
)


def begins_owners(line: str) -> bool:
    """Return whether a line is the heading of the table, alone.

    >>> begins_owners("  Reporting Owners ")
    True
    """
    return line.strip().lower() == REPORTING_OWNERS.lower()


def read_owners(lines: Sequence[str], *, whole: bool) -> Iterator[Block]:
    """Return the rows of the table whose heading is the first line: captions, then one per owner.

    Blank lines part the owners. If not `whole`, the text breaks off, and so may its last owner.

    >>> table = ["Reporting Owners", "Director  10% Owner  Officer  Other", "", "DOE JANE"]
    >>> list(read_owners(table, whole=True))[0]
    'Reporting Owners'
    """
    yield REPORTING_OWNERS
    found = next(((at, match) for at, line in enumerate(lines) if (match := _CAPTIONS.fullmatch(line))), None)
    if found is None:
        yield from map(_unreadable, paragraphs_of(lines[1:]))
        return
    first, captions = found
    lines = lines[first:]
    covered = covered_by(lines)
    bounds = [0, *(column_start(covered, captions.start(group)) for group in range(1, 5))]
    yield Row([OWNER_NAME_AND_ADDRESS, *captions.groups()])
    owners, broken = whole_paragraphs(lines[1:], whole=whole)
    for paragraph in owners:
        cells = [cut(line, bounds) for line in paragraph]
        yield (
            Row([cell_of(column) for column in zip(*cells, strict=True)]) if _is_one(cells) else _unreadable(paragraph)
        )
    yield from map(_unreadable, broken)


def _is_one(cells: Sequence[Sequence[str]]) -> bool:
    """Return whether lines between blank ones are one owner's: their marks have one cross, and adjoin each other."""
    marked = [[*map(str.strip, marks)] for _, *marks in cells]
    beside = [at for at, marks in enumerate(marked) if any(marks)]
    adjoining = not beside or beside[-1] - beside[0] < len(beside)
    return len(cells) > 1 and sum("X" in marks for marks in marked) <= 1 and adjoining


def _unreadable(lines: Sequence[str]) -> Unreadable:
    return Unreadable(collapse_whitespace(" ".join(lines)))
