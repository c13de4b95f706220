"""Forms filed in ASCII before mid-2003, laid out like the paper form: numbered items, then tables.

Values that are read exactly are put under the captions of later forms. A month without a day stays as it is written.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Block, Row
from services.parser.form.check_boxes import CHECKED, UNCHECKED, replace_typed_boxes
from services.parser.form.phrases import SIGNATURE, SIGNATURES
from services.parser.form.written_dates import as_printed
from services.parser.layouts.aligned_text import aligned_cover
from services.parser.layouts.aligned_text.text_columns import WIDEST_LINE
from services.parser.layouts.legacy_ascii.legacy_cover import cell_of_item
from services.parser.layouts.legacy_ascii.legacy_table import read_legacy_table

_MARK: Final = re.compile(
    r"^[ \t]*(?:<[sc]>|[1-8]\. {0,8}statement for \(?month\b|[1-8]\. {0,8}(?:irs|i\.r\.s\.) )", re.MULTILINE
)
_WORDS_OF_MARK: Final = ("<s>", "<c>", "statement for month", "statement for (month", "irs ", "i.r.s. ")
_ITEM: Final = re.compile(
    r"\s*[1-8] ?\. {0,8}(?=Name and Address|Issuer Name|IRS\b|I\.R\.S\.|Statement for|Date of Event|If Amendment"
    r"|Relationship|Individual or)",
    re.IGNORECASE,
)
_TABLE: Final = re.compile(r"[\s|_*-]*TABLE (II?)\b", re.IGNORECASE)
_TABLE_BEGIN: Final = re.compile(r"\s*<TABLE>", re.IGNORECASE)
_TABLE_END: Final = re.compile(r"\s*</TABLE>", re.IGNORECASE)
_TAG: Final = re.compile(r"\s*</?[A-Z]{1,10}>\s*", re.IGNORECASE)
_EXPLANATION: Final = re.compile(r"[\s*]*EXPLANATION OF RESPONSES", re.IGNORECASE)
_SIGNED: Final = re.compile(r"\W*SIGNATURE OF REPORTING PERSON", re.IGNORECASE)
_DATE: Final = re.compile(r"\W*DATE\b:?\s*(.*)", re.IGNORECASE)
_DATED: Final = re.compile(
    r"(.*?)\s+((?:[0-9]{1,2}[-/][0-9]{1,2}[-/](?:[0-9]{4}|[0-9]{2}))|(?:[A-Z][a-z]{2,8}\.? [0-9]{1,2} ?, ?[0-9]{4}))"
)
_MOST_LINES_OF_BOX: Final = 6


def is_legacy_ascii(text: str) -> bool:
    """Return whether a text has the column tags of such a form, or an item that later forms do not have.

    >>> is_legacy_ascii("<S>   <C>   <C>")
    True
    """
    lowered = text.lower()
    return any(map(lowered.__contains__, _WORDS_OF_MARK)) and _MARK.search(lowered) is not None


def read_legacy_ascii(text: str) -> Iterator[Block]:
    """Return the blocks of such a form.

    >>> list(read_legacy_ascii("FORM 4"))[0]
    'FORM 4'
    """
    lines = list(map(_in_columns, text.split("\n")))
    tables = [at for at, line in enumerate(lines) if _TABLE.match(line)]
    notes = next((at for at, line in enumerate(lines) if _EXPLANATION.match(line) or _SIGNED.match(line)), len(lines))
    parts = [*(at for at in tables if at < notes), notes]
    yield from _cover(lines[: parts[0]])
    for at, end in pairwise(parts):
        title = collapse_whitespace(lines[at].strip(" \t|_*"))
        yield title
        derivative = title.upper().startswith("TABLE II")
        yield from _tables(lines[at + 1 : end], derivative=derivative, whole=end < len(lines))
    yield from _notes(lines[notes:])


def _in_columns(line: str) -> str:
    """Return a line whose columns are at the places of its characters. One that is too wide has only words."""
    return line.expandtabs() if len(line) <= WIDEST_LINE else collapse_whitespace(line)


def _tables(lines: Sequence[str], *, derivative: bool, whole: bool) -> Iterator[Block]:
    """Return the rows below a table's title, and words between its ends and its continuations on further pages."""
    ends = [at for at, line in enumerate(lines) if _TABLE_END.match(line)]
    start = 0
    for end in ends:
        yield from read_legacy_table(lines[start:end], derivative=derivative)
        start = next((at for at in range(end + 1, len(lines)) if _TABLE_BEGIN.match(lines[at])), len(lines))
        yield from (collapse_whitespace(line) for line in lines[end:start] if not _TAG.fullmatch(line))
    if not ends or start < len(lines):
        yield from read_legacy_table(lines[start:], derivative=derivative, whole=whole)


def _cover(lines: Sequence[str]) -> Iterator[Block]:
    """Return the lines above the items as words, and the items as the cells of one row."""
    items: list[list[str]] = []
    words: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if aligned_cover.begins_cover(line):
            end = aligned_cover.end_of_cover(lines, at)
            yield from aligned_cover.read_cover(lines[at:end])
            at = end
            continue
        if _TAG.fullmatch(line) or not line.strip(" _-=|"):
            line = ""
        if _ITEM.match(line):
            items.append([line])
        elif items:
            items[-1].append(line)
        else:
            words.append(replace_typed_boxes(line))
        at += 1
    yield from _sentences(words)
    if items:
        yield Row([cell_of_item([replace_typed_boxes(line) for line in item]) for item in items])


def _sentences(lines: Sequence[str]) -> Iterator[str]:
    """Return the lines, each box joined with the words that continue below it."""
    sentence: list[str] = []
    for line in (*lines, ""):
        words = collapse_whitespace(line)
        if sentence and words and not words.startswith((CHECKED, UNCHECKED)) and len(sentence) < _MOST_LINES_OF_BOX:
            sentence.append(words)
            continue
        if sentence:
            yield " ".join(sentence)
        sentence = [words] if words.startswith((CHECKED, UNCHECKED)) else []
        if not sentence:
            yield words


def _notes(lines: Sequence[str]) -> Iterator[str]:
    """Return explanations, remarks and signatures. A signature may be above its caption, or below it with its date."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if _SIGNED.match(line):
            name, at = _signature_below(lines, at)
            yield from ("", *name, "", SIGNATURE)
            continue
        if _is_above_signature(lines, at):
            yield from ("", SIGNATURES, _dated(line))
        elif not _TAG.fullmatch(line):
            yield collapse_whitespace(line)
        at += 1


def _is_above_signature(lines: Sequence[str], at: int) -> bool:
    """Return whether the caption of a signature follows this line, with nothing but rules between."""
    if not lines[at].strip(" _-"):
        return False
    following = next((line for line in lines[at + 1 : at + 4] if line.strip(" _-")), "")
    signed = "/s/" in lines[at].lower() or _DATED.fullmatch(collapse_whitespace(lines[at])) is not None
    return signed and _SIGNED.match(following) is not None


def _signature_below(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """Return the name and date below the caption on line `at`, if they are there, and the line after them."""
    after = lines[at + 1 : at + 8]
    dated = next((index for index, line in enumerate(after) if _DATE.match(line)), None)
    if dated is None or _DATE.match(lines[at].upper().partition("PERSON")[2].strip(" *")):
        return [], at + 1
    name = collapse_whitespace(" ".join(line.strip(" _") for line in after[:dated]))
    found = _DATE.match(after[dated])
    day = found.group(1).strip() if found else ""
    last = dated
    if not day:
        last = next((index for index in range(dated + 1, len(after)) if after[index].strip()), dated)
        day = after[last].strip()
    return ([SIGNATURES, f"{name}  {as_printed(collapse_whitespace(day))}"] if name else []), at + 2 + last


def _dated(line: str) -> str:
    """Return a line of name and date, with the date as later forms print it."""
    found = _DATED.fullmatch(collapse_whitespace(line))
    return f"{found.group(1)}  {as_printed(found.group(2))}" if found else collapse_whitespace(line)
