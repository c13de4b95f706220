"""Links in markdown: `[text](target)`, and `[text][1]` with the targets listed apart.

A link to a footnote, `[(1)](#F1)`, is a marker, like raised text, `^(1)^`. A link to a company's filings contains the
company's CIK.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from services.parser.form.blocks import (
    FootnoteMarker,
    Mark,
    PartyLink,
    Text,
    build_text,
    display_text,
    map_text,
    slice_text,
)
from services.parser.layouts.converter_markup import read_markup, replace_matches

_INLINE: Final = re.compile(r"\[((?:[^\[\]\\\n]|\\.){0,300})\]\(<?([^()<>\s]{0,300})>?(?: \"[^\"\n]{0,100}\")?\)")
_REFERENCE: Final = re.compile(r"\[((?:[^\[\]\\\n]|\\.){0,300})\]\[([0-9]{1,3})\]")
_TARGET: Final = re.compile(r"^ {0,3}\[([0-9]{1,3})\]: ?<?([^\s<>]{1,300})>?.{0,100}$", re.MULTILINE)
_NUMBER: Final = re.compile(r"\\?[\[(]{0,2}([0-9]{1,2})\\?[\])]{0,2}")
_FOOTNOTE: Final = re.compile(r"#F([0-9]{1,2})")
_CIK: Final = re.compile(r"[?&]CIK=([0-9]{1,10})(?![0-9])", re.IGNORECASE)
_ADJOINING_BOLD: Final = re.compile(r"(?<![\s*])\*\* ?\*\*(?![\s*])")
_MARKUP: Final = re.compile(r"[\[\\*_<&⁽^]")
_RAISED_STARS: Final = re.compile(r"\^\\?\*{1,2}\^")
_RAISED: Final = re.compile(r"\^\\?\(?([0-9]{1,2})\\?\)?\^")
_EMPHASIS: Final = re.compile(r"([_*])(?![_*\s])([^_*\n]{1,300})(?<![_*\s])\1")

_MOST_KEPT: Final = 1000
_LONGEST_KEPT: Final = 200
"""Size of the cache of cells, and characters of the longest one kept. All filings have the same captions and links."""


class Links:
    """A text's links, and its cells without them."""

    def __init__(self, text: str) -> None:
        """Collect the targets that `text` lists apart."""
        self._targets = dict(_TARGET.findall(text)) if "]: " in text else {}

    def read(self, cell: str) -> Text:
        """Return a cell as blocks have it: links as marks or words, and no emphasis around the whole of it.

        >>> Links("").read("_[DOE JANE](/browse?CIK=912346)_")
        MarkedText(tokens=('DOE JANE', PartyLink(cik='912346')))
        """
        if not cell or cell.isspace() or _MARKUP.search(cell) is None:
            return cell.strip()
        if self._targets:
            return _read_cell(cell, self._reference_link)
        return _read_short(cell) if len(cell) <= _LONGEST_KEPT else _read_cell(cell, None)

    def _reference_link(self, match: re.Match[str]) -> Text | Mark:
        target = self._targets.get(match.group(2))
        return match.group() if target is None else _linked(match.group(1), target)


@lru_cache(_MOST_KEPT)
def _read_short(cell: str) -> Text:
    return _read_cell(cell, None)


def _read_cell(cell: str, reference_link: Callable[[re.Match[str]], Text | Mark] | None) -> Text:
    words = _RAISED_STARS.sub("*", cell) if "^" in cell else cell
    text: Text = words
    if "](" in cell:
        text = replace_matches(_INLINE, _inline_link, words)
    if reference_link is not None and "][" in cell:
        text = map_text(lambda piece: replace_matches(_REFERENCE, reference_link, piece), text)
    if cell.count("**") > 2:  # noqa: PLR2004 - more than one pair
        text = map_text(lambda piece: _ADJOINING_BOLD.sub("\n", piece), text)
    # Links come first: a link's own text may have raised markers in it.
    if "^" in cell:
        text = map_text(lambda piece: replace_matches(_RAISED, _raised_marker, piece), text)
    return _without_emphasis(read_markup(text))


def _raised_marker(match: re.Match[str]) -> Mark:
    return FootnoteMarker(int(match.group(1)))


def _inline_link(match: re.Match[str]) -> Text | Mark:
    return _linked(match.group(1), match.group(2))


def _linked(text: str, target: str) -> Text | Mark:
    number = _NUMBER.fullmatch(text)
    footnote = _FOOTNOTE.fullmatch(target)
    if number and footnote and number.group(1) == footnote.group(1):
        return FootnoteMarker(int(number.group(1)))
    party = _CIK.search(target)
    return build_text(text, PartyLink(party.group(1))) if party else text


def _without_emphasis(text: Text) -> Text:
    """Return the text without the emphasis around the whole of it, which may have marks within."""
    first = text if isinstance(text, str) else text.tokens[0]
    if not isinstance(first, str) or not first.startswith(("_", "*")):
        return text
    emphasized = _EMPHASIS.fullmatch(display_text(text))
    if emphasized is None:
        return text
    return slice_text(text, *emphasized.span(2))
