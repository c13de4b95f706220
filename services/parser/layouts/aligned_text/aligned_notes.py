"""The words below the tables in aligned text: signatures, and footnotes numbered beside their middle line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Block, Unreadable
from services.parser.form.phrases import SIGNATURE, SIGNATURES, is_boilerplate
from services.parser.layouts.aligned_text.text_columns import paragraphs_of, read_raised, rejoined

_NUMBER: Final = re.compile(r"(\s*)(\([0-9]{1,2}\)|\*{1,2})(?=\s|$)")
_LONG_PRINT: Final = "Intentional misstatements"
_SIGNED: Final = re.compile(r"\*\*? ?signature of\b|signature of reporting")


def read_notes(lines: Sequence[str]) -> Iterator[Block]:
    """Return the lines as words: the number of a footnote before its text, and a heading before signatures.

    >>> list(read_notes(["    A note that", "(1) goes on.", ""]))
    ['(1) A note that goes on.', '', '']
    """
    paragraphs = paragraphs_of(lines)
    for paragraph, following in zip_longest(paragraphs, paragraphs[1:], fillvalue=[""]):
        caption = _caption_of(paragraph)
        if caption is None and _is_signed(following[0]):
            yield from (SIGNATURES, *paragraph, "")
            continue
        rest: Sequence[str] = paragraph
        while caption is not None:
            if caption:
                yield from (SIGNATURES, *rest[:caption])
            yield from ("", SIGNATURE)
            rest = _without_caption(rest[caption + 1 :])
            caption = _caption_of(rest)
        yield from _numbered(rest)
        yield ""


def _caption_of(paragraph: Sequence[str]) -> int | None:
    """Return the line with the caption under a signature; None if there is none."""
    return next((at for at, line in enumerate(paragraph) if _is_signed(line)), None)


def _is_signed(line: str) -> bool:
    """Return whether a line has the caption under a signature."""
    lowered = line.lower()
    return "signature of" in lowered and _SIGNED.search(lowered) is not None


def _without_caption(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines below a signature's caption, without its last words if they were wrapped."""
    last = " ".join(lines[0].split()).removesuffix(" Date") if lines else ""
    return lines[1:] if last and SIGNATURE.endswith(last) else lines


def _numbered(paragraph: Sequence[str]) -> Iterator[Block]:
    """Return the paragraph's lines, small print joined, and a footnote's number first if it is in the margin."""
    if not paragraph:
        return
    small = next((at for at, line in enumerate(paragraph) if is_boilerplate(line.strip().lower())), len(paragraph))
    lines, print_ = paragraph[:small], paragraph[small:]
    found = {at: match for at, line in enumerate(lines) if (match := _NUMBER.match(line))}
    text = max((match.end() for match in found.values()), default=0)
    if found and all(at in found or len(line) - len(line.lstrip()) >= text for at, line in enumerate(lines)):
        yield from _notes(lines, found)
    else:
        yield from map(read_raised, rejoined(map(str.strip, lines)))
    yield from _small_print(print_)


def _notes(lines: Sequence[str], found: Mapping[int, re.Match[str]]) -> Iterator[Block]:
    """Return the footnotes whose numbers are in the margin, each beside any of its lines.

    If no blank line parts several footnotes, only those are certain whose neighbours leave them a single line. The
    others are unreadable.
    """
    if _are_beside_first_lines(lines, found):
        ends = [*list(found)[1:], len(lines)]
        for (at, match), end in zip(found.items(), ends, strict=True):
            text = [lines[at][match.end() :], *lines[at + 1 : end]]
            yield f"{match.group(2)} {collapse_whitespace(' '.join(rejoined(map(str.strip, text))))}"
        return
    if len(found) == 1:
        ((at, match),) = found.items()
        text = [*lines[:at], lines[at][match.end() :], *lines[at + 1 :]]
        yield f"{match.group(2)} {collapse_whitespace(' '.join(rejoined(map(str.strip, text))))}"
        return
    uncertain = list(range(len(lines)))
    for at, match in found.items():
        above, below = at - 1 in found or at == 0, at + 1 in found or at + 1 == len(lines)
        if len(found) == len(lines) or (above and below):
            uncertain.remove(at)
            yield f"{match.group(2)} {collapse_whitespace(lines[at][match.end() :])}"
    if uncertain:
        yield Unreadable(collapse_whitespace(" ".join(lines[at] for at in uncertain)))


def _are_beside_first_lines(lines: Sequence[str], found: Mapping[int, re.Match[str]]) -> bool:
    """Return whether numbers are beside the first lines of their texts, as small print of three lines or more shows."""
    for at, match in found.items():
        if lines[at][match.end() :].strip().startswith(_LONG_PRINT) and at + 2 < len(lines):
            return 0 in found and found.keys().isdisjoint({at + 1, at + 2})
    return False


def _small_print(lines: Sequence[str]) -> Iterator[str]:
    """Return the form's own words, one sentence per line, however they were wrapped."""
    sentence: list[str] = []
    for line in lines:
        if sentence and is_boilerplate(line.strip().lower()):
            yield collapse_whitespace(" ".join(sentence))
            sentence = []
        sentence.append(line)
    yield collapse_whitespace(" ".join(sentence))
