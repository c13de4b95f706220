"""The owners' table of a layout in space: name and address in lines, and beside them a cross under each caption."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.parser.document import folded
from services.parser.form.blocks import Block, Row, Unreadable
from services.parser.layouts.aligned_text.text_columns import cell_of, column_start, covered_by, cut, paragraphs_of

_HEADING: Final = "Reporting Owners"
_NAMES: Final = "Reporting Owner Name / Address"
_CAPTIONS: Final = re.compile(
    r"\s*(?:Reporting Owner Name ?/ ?Address )?\s*(Director)\s+(10% Owner)\s+(Officer)\s+(Other)\s*"
)


def begins_owners(line: str) -> bool:
    """Whether the heading of the table stands on this line, alone."""
    return line.strip() == _HEADING


def read_owners(lines: Sequence[str], *, whole: bool) -> Iterator[Block]:
    """The rows of the table whose heading is the first line: captions, and an owner each, blank lines between them.

    Not `whole`: the text breaks off, and so may its last owner.
    """
    yield _HEADING
    found = next(((at, match) for at, line in enumerate(lines) if (match := _CAPTIONS.fullmatch(line))), None)
    if found is None:
        yield from (Unreadable(folded(" ".join(paragraph))) for paragraph in paragraphs_of(lines[1:]))
        return
    first, captions = found
    lines = lines[first:]
    covered = covered_by(lines)
    bounds = [0, *(column_start(covered, captions.start(group)) for group in range(1, 5))]
    yield Row([_NAMES, *captions.groups()])
    owners = paragraphs_of(lines[1:])
    broken = owners.pop() if owners and not whole else []
    for paragraph in owners:
        cells = [cut(line, bounds) for line in paragraph]
        crossed = [at for at, (_, *marks) in enumerate(cells) if "X" in map(str.strip, marks)]
        beside = [at for at, (_, *marks) in enumerate(cells) if any(map(str.strip, marks))]
        if len(cells) > 1 and len(crossed) <= 1 and beside[-1:] <= [beside[0] + len(beside) - 1 if beside else 0]:
            yield Row([cell_of(column) for column in zip(*cells, strict=True)])
        else:
            yield Unreadable(folded(" ".join(paragraph)))
    if broken:
        yield Unreadable(folded(" ".join(broken)))
