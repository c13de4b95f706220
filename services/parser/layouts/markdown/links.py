"""Links in markdown: `[text](target)`, and `[text][1]` with the targets listed apart.

A link to a footnote, `[(1)](#F1)`, is a marker, like what is raised, `^(1)^`; one to a company's filings says the
company's CIK.
"""

import re
from typing import Final

from services.parser.form.blocks import cik_mark, marker
from services.parser.form.markup import clean

_INLINE: Final = re.compile(r"\[((?:[^\[\]\\\n]|\\.){0,300})\]\(<?([^()<>\s]{0,300})>?(?: \"[^\"\n]{0,100}\")?\)")
_REFERENCE: Final = re.compile(r"\[((?:[^\[\]\\\n]|\\.){0,300})\]\[([0-9]{1,3})\]")
_TARGET: Final = re.compile(r"^ {0,3}\[([0-9]{1,3})\]: ?<?([^\s<>]{1,300})>?.{0,100}$", re.MULTILINE)
_NUMBER: Final = re.compile(r"\\?[\[(]{0,2}([0-9]{1,2})\\?[\])]{0,2}")
_FOOTNOTE: Final = re.compile(r"#F([0-9]{1,2})")
_CIK: Final = re.compile(r"[?&]CIK=([0-9]{1,10})(?![0-9])", re.IGNORECASE)
_ADJOINING: Final = re.compile(r"(?<=[^\s*])\*\* ?\*\*(?=[^\s*])")
_MARKED: Final = re.compile(r"[\[\\*_<&⁽^]")
_RAISED: Final = re.compile(r"\^(?:\\?\(?([0-9]{1,2})\\?\)?|\\?\*{1,2})\^")
_EMPHASIS: Final = re.compile(r"([_*])(?![_*\s])([^_*\n]{1,300})(?<![_*\s])\1")


class Links:
    """A text's links, and its cells without them."""

    def __init__(self, text: str) -> None:
        """Take the targets that `text` lists apart."""
        self._targets = dict(_TARGET.findall(text)) if "]: " in text else {}

    def clean(self, cell: str) -> str:
        """A cell as a `page` has it: links as markers, CIKs or words; and no emphasis around the whole of it."""
        if not cell or cell.isspace() or _MARKED.search(cell) is None:
            return cell.strip()
        if "^" in cell:
            cell = _RAISED.sub(lambda match: marker(int(match.group(1))) if match.group(1) else "*", cell)
        if "](" in cell:
            cell = _INLINE.sub(lambda match: _linked(*match.groups()), cell)
        if self._targets and "][" in cell:
            cell = _REFERENCE.sub(self._referred, cell)
        if cell.count("**") > 2:  # noqa: PLR2004 - more than one pair
            cell = _ADJOINING.sub("\n", cell)
        text = clean(cell)
        emphasized = _EMPHASIS.fullmatch(text)
        return emphasized.group(2) if emphasized else text

    def _referred(self, match: re.Match[str]) -> str:
        target = self._targets.get(match.group(2))
        return match.group() if target is None else _linked(match.group(1), target)


def _linked(text: str, target: str) -> str:
    number = _NUMBER.fullmatch(text)
    footnote = _FOOTNOTE.fullmatch(target)
    if number and footnote and number.group(1) == footnote.group(1):
        return marker(int(number.group(1)))
    party = _CIK.search(target)
    return text + cik_mark(party.group(1)) if party else text
