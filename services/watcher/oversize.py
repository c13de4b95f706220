"""Submissions too large to carry: without their exhibits most of them are not.

A Form 4 is some kilobytes; what makes a submission large are scanned powers of attorney and other exhibits, which say
nothing of holdings.
"""

import re
from dataclasses import dataclass
from typing import Final

from services.section16.vocabulary import FORM_TYPES

_TAG: Final = re.compile(r"<(/?)DOCUMENT>(?:\r\n?|\n)?")
_BEFORE_TAG: Final = 80
"""Spaces that may indent a tag."""
_TYPE: Final = re.compile(r"<DOCUMENT>\s{0,80}<TYPE>[ \t]{0,80}([^\s<]{1,40})")
_MOST_TYPES: Final = 20


@dataclass(frozen=True, slots=True)
class Stripped:
    """What is left of a submission, and the types of what is not, each once in their order; the first few of many."""

    text: str
    exhibits: tuple[str, ...]


def without_exhibits(text: str) -> Stripped:
    """The submission with its header and its Section 16 forms, and none of its other documents.

    A document that does not say its type stays: it may be the form. A text that is no submission stays as it is.
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
    """Where each document begins and ends, its tags included; one that is not closed ends where the next begins."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for tag in _TAG.finditer(text):
        if not _begins_line(text, tag.start()):
            continue
        if start is not None:
            found.append((start, tag.end() if tag[1] else tag.start()))
        start = None if tag[1] else tag.start()
    if start is not None:
        found.append((start, len(text)))
    return found


def _begins_line(text: str, place: int) -> bool:
    """Whether nothing but spaces stands before it on its line, whichever way lines end."""
    before = text[max(0, place - _BEFORE_TAG) : place].rstrip(" \t")
    return not before or before[-1] in "\r\n"
