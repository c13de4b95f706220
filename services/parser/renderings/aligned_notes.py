"""The words below the tables of a layout in space: signatures, and footnotes numbered beside their middle line."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.parser.document import folded
from services.parser.renderings.space import marked

_NUMBER: Final = re.compile(r"(\s*)(\([0-9]{1,2}\)|\*{1,2})(?=\s|$)")
_SIGNED: Final = "signature of reporting person"


def read_notes(lines: Sequence[str]) -> Iterator[str]:
    """The lines as words: the number of a footnote before its first line, and a heading before signatures."""
    paragraph: list[str] = []
    for at, line in enumerate(lines):
        if line.strip():
            paragraph.append(line)
        if paragraph and (not line.strip() or at + 1 == len(lines)):
            signed = _begins_signature(paragraph, lines, at)
            if signed:
                yield "Signatures"
            yield from paragraph if signed else _numbered(paragraph)
            yield ""
            paragraph = []


def _begins_signature(paragraph: Sequence[str], lines: Sequence[str], end: int) -> bool:
    """Whether the caption of a signature is the paragraph's last line, or follows it."""
    if _SIGNED in paragraph[-1].lower():
        return len(paragraph) > 1
    return end + 1 < len(lines) and _SIGNED in lines[end + 1].lower()


def _numbered(paragraph: Sequence[str]) -> Iterator[str]:
    """The paragraph with its number first, where that stands alone in the margin of one of its lines."""
    margins = [len(line) - len(line.lstrip()) for line in paragraph]
    found = [(at, match) for at, line in enumerate(paragraph) if (match := _NUMBER.match(line))]
    if len(found) == 1 and found[0][0] > 0:
        at, match = found[0]
        if all(margin >= match.end() for other, margin in enumerate(margins) if other != at):
            yield f"{match.group(2)} {folded(paragraph[0])}"
            yield from paragraph[1:at]
            yield paragraph[at][match.end() :]
            yield from paragraph[at + 1 :]
            return
    yield from map(marked, paragraph)
