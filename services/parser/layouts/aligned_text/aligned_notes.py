"""The words below the tables of a layout in space: signatures, and footnotes numbered beside their middle line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from services.parser.document import folded
from services.parser.form.sections import is_boilerplate
from services.parser.layouts.aligned_text.text_columns import marked, paragraphs_of, rejoined

_NUMBER: Final = re.compile(r"(\s*)(\([0-9]{1,2}\)|\*{1,2})(?=\s|$)")
_SIGNED: Final = re.compile(r"\*\*? ?signature of\b|signature of reporting")
_HEADING: Final = "Signatures"
_CAPTION: Final = "Signature of Reporting Person"


def read_notes(lines: Sequence[str]) -> Iterator[str]:
    """The lines as words: the number of a footnote before its text, and a heading before signatures."""
    paragraphs = paragraphs_of(lines)
    for paragraph, following in zip_longest(paragraphs, paragraphs[1:], fillvalue=[""]):
        caption = next((at for at, line in enumerate(paragraph) if _is_signed(line)), None)
        if caption is None and _is_signed(following[0]):
            yield from (_HEADING, *paragraph)
        elif caption is None:
            yield from _numbered(paragraph)
        else:
            if caption:
                yield from (_HEADING, *paragraph[:caption])
            yield from ("", _CAPTION)
            yield from _numbered(_without_caption(paragraph[caption + 1 :]))
        yield ""


def _is_signed(line: str) -> bool:
    """Whether a line has the caption under a signature."""
    lowered = line.lower()
    return "signature of" in lowered and _SIGNED.search(lowered) is not None


def _without_caption(lines: Sequence[str]) -> Sequence[str]:
    """The lines below a signature's caption, without its last words where they were wrapped."""
    last = " ".join(lines[0].split()).removesuffix(" Date") if lines else ""
    return lines[1:] if last and _CAPTION.endswith(last) else lines


def _numbered(paragraph: Sequence[str]) -> Iterator[str]:
    """The paragraph's lines, small print on one, and the number of a footnote first where it stands in the margin."""
    if not paragraph:
        return
    small = next((at for at, line in enumerate(paragraph) if is_boilerplate(line.strip().lower())), len(paragraph))
    lines, print_ = paragraph[:small], paragraph[small:]
    found = {at: match for at, line in enumerate(lines) if (match := _NUMBER.match(line))}
    text = max((match.end() for match in found.values()), default=0)
    if found and all(at in found or len(line) - len(line.lstrip()) >= text for at, line in enumerate(lines)):
        yield from _notes(lines, found)
    else:
        yield from map(marked, rejoined(map(str.strip, lines)))
    yield from _small_print(print_)


def _notes(lines: Sequence[str], found: Mapping[int, re.Match[str]]) -> Iterator[str]:
    """The footnotes whose numbers stand in the margin, each beside any of its lines.

    Where several are not parted by a blank line, only those whose neighbours leave them one line can be told.
    """
    if len(found) == 1:
        ((at, match),) = found.items()
        text = [*lines[:at], lines[at][match.end() :], *lines[at + 1 :]]
        yield f"{match.group(2)} {folded(' '.join(rejoined(map(str.strip, text))))}"
        return
    for at, match in found.items():
        above, below = at - 1 in found or at == 0, at + 1 in found or at + 1 == len(lines)
        if len(found) == len(lines) or (above and below):
            yield f"{match.group(2)} {folded(lines[at][match.end() :])}"


def _small_print(lines: Sequence[str]) -> Iterator[str]:
    """The form's own words, a sentence to a line however they were wrapped."""
    sentence: list[str] = []
    for line in lines:
        if sentence and is_boilerplate(line.strip().lower()):
            yield folded(" ".join(sentence))
            sentence = []
        sentence.append(line)
    yield folded(" ".join(sentence))
