"""Shrink oversized submissions by removing their exhibits.

A Form 4 has some kilobytes. Submissions grow large by scanned powers of attorney and other exhibits, which do not
report holdings.
"""

import re
from dataclasses import dataclass
from typing import Final

from services.section16.vocabulary import FORM_TYPES

_TAG: Final = re.compile(r"<(/?)DOCUMENT>(?:\r\n?|\n)?")
_MOST_INDENT: Final = 80
"""Spaces and tabs that may indent a tag."""
_TYPE: Final = re.compile(r"<DOCUMENT>\s{0,80}<TYPE>[ \t]{0,80}([^\s<]{1,40})")
_MOST_TYPES: Final = 20


@dataclass(frozen=True, slots=True)
class Stripped:
    """The remaining text of a submission, and the types of the removed exhibits, each once and only the first few."""

    text: str
    exhibits: tuple[str, ...]


def without_exhibits(text: str) -> Stripped:
    """Return the submission with its header and its Section 16 forms, without its other documents.

    A document without a type is kept, since it may be the form. A text that is not a submission is returned unchanged.
    """
    kept: list[str] = []
    exhibits: dict[str, None] = {}
    copied = 0
    for start, end in _documents(text):
        found = _TYPE.match(text, start)
        if found is None or found[1] in FORM_TYPES:
            continue
        exhibits[found[1]] = None
        kept.append(text[copied:start])
        copied = end
    kept.append(text[copied:])
    return Stripped("".join(kept), tuple(exhibits)[:_MOST_TYPES])


def _documents(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each document, tags included. An unclosed one ends where the next begins."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for tag in _TAG.finditer(text):
        if not _starts_line(text, tag.start()):
            continue
        if start is not None:
            found.append((start, tag.end() if tag[1] else tag.start()))
        start = None if tag[1] else tag.start()
    if start is not None:
        found.append((start, len(text)))
    return found


def _starts_line(text: str, offset: int) -> bool:
    """Return whether only spaces and tabs precede the offset on its line, with any line ends."""
    before = text[max(0, offset - _MOST_INDENT) : offset].rstrip(" \t")
    return not before or before[-1] in "\r\n"
