"""Text that has lost its columns: cells side by side with single spaces, as lynx and html-to-text print tables.

The cover is cut at its captions. Rows are unreadable, because titles and natures of ownership have several words, and
nothing shows where a cell ends. So are the words below the tables, because lines are wrapped anywhere.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Block, PossibleWrap, Row, Unreadable, build_text, collapse_text
from services.parser.form.phrases import EXPLANATION, NAME_AND_ADDRESS, ZIP, is_boilerplate
from services.parser.form.sections import FormSection, section_headed_by
from services.parser.layouts.aligned_text.text_columns import read_raised
from services.parser.layouts.markdown.joined_cover import cut_cover

_TITLE: Final = r"1\. ?Title of (?:Derivative )?Security"
_TABLE: Final = re.compile(rf"{_TITLE}(?=(?:[ \n][^\s|]+){{15,150}}?[ \n]Nature[ \n]of[ \n]Indirect)")
"""Captions with nothing but single spaces and the breaks of lines between their words."""

_LAST_CAPTION: Final = re.compile(
    r"Nature\sof\sIndirect(?:\sBeneficial)?(?:\sOwnership)?(?:\s\(Instr\.\s[0-9]\))?"
    r"(?:\s{0,2}(?:Code|V\b|Amount\sor\sNumber\sof\sShares|Amount|\(A\)\sor\s\(D\)|Price|\(A\)|\(D\)|Date\sExercisable"
    r"|Expiration\sDate|Title))*"
)
_NUMBERED: Final = re.compile(r"\s*(?=(?:1[01]|[1-9])[AB]?\. ?[A-Z])(?<![0-9])")
_RULE: Final = re.compile(r"\s*[-_=*]{3,}\s*")
_LINK_NUMBER: Final = re.compile(r"\[[0-9]{1,3}\](?=\S)")


def is_flattened(text: str) -> bool:
    """Return whether the captions of a table are running text.

    >>> is_flattened("1. Title of Security " + "caption " * 15 + "7. Nature of Indirect Beneficial Ownership")
    True
    """
    return "Title of" in text and _TABLE.search("\n".join(map(str.strip, text.split("\n")))) is not None


def read_flattened(text: str) -> Iterator[Block]:
    """Return the blocks of such a text.

    >>> list(read_flattened("FORM 4"))
    ['FORM 4']
    """
    if "\nReferences" in text:  # the list of links that lynx adds
        text = _LINK_NUMBER.sub("", text)
    lines = ["" if _RULE.fullmatch(line) else line.strip() for line in text.replace("\xa0", " ").split("\n")]
    at = 0
    while at < len(lines):
        line = lines[at]
        section = section_headed_by(line.lower())
        end = at + 1
        if NAME_AND_ADDRESS in line:
            end = _end_of_cover(lines, at)
            yield from _cover(lines[at:end])
        elif re.match(_TITLE, line):
            end = _end(lines, at)
            yield from _table("\n".join(lines[at:end]))
        elif section is FormSection.OWNERS:
            end = _end(lines, at)
            yield line
            yield from _unreadable(lines[at + 1 : end])
        elif section in (FormSection.SIGNATURES, FormSection.FOOTNOTES, FormSection.REMARKS):
            end = len(lines)
            yield EXPLANATION
            yield from _unreadable(lines[at:])
        else:
            yield line
        at = end


def _end(lines: Sequence[str], first: int) -> int:
    """Return the line after a table: a heading, small print, or the next owner."""
    for at in range(first + 1, len(lines)):
        lowered = lines[at].lower()
        headed = section_headed_by(lowered)
        captioned = headed is FormSection.OWNERS and lowered.startswith("reporting owner name")
        if (headed and not captioned) or is_boilerplate(lowered) or NAME_AND_ADDRESS in lines[at]:
            return at
    return len(lines)


def _end_of_cover(lines: Sequence[str], first: int) -> int:
    """Return the line after a cover, or after a further owner's address, which has no other item."""
    end = next((at for at in range(first + 1, len(lines)) if NAME_AND_ADDRESS in lines[at]), len(lines))
    for at in range(first + 1, end):
        if section_headed_by(lines[at].lower()) is not None or re.match(_TITLE, lines[at]):
            return at
    return next((at + 1 for at in range(first, end) if ZIP in lines[at]), end)


def _cover(lines: Sequence[str]) -> Iterator[Block]:
    """Return the items of the cover. Lines may have been wrapped anywhere, so that a break parts nothing."""
    for block in cut_cover([[read_raised(line)] for line in lines]):
        if isinstance(block, Row):
            first, *others = block.cells
            yield Row([build_text(first, PossibleWrap()) if first else "", *map(collapse_text, others)])
        else:
            yield block


def _table(text: str) -> Iterator[Block]:
    last = _LAST_CAPTION.search(text)
    end = last.end() if last else len(text)
    captions = [collapse_whitespace(caption) for caption in _NUMBERED.split(text[:end]) if caption.strip()]
    yield Row(captions)
    yield from (Unreadable(line) for line in text[end:].split("\n") if line.strip())


def _unreadable(lines: Sequence[str]) -> Iterator[Unreadable]:
    """Return each paragraph, except for the form's small print."""
    for paragraph in "\n".join(lines).split("\n\n"):
        words = collapse_whitespace(paragraph)
        if words and not is_boilerplate(words.lower()):
            yield Unreadable(words)
