"""Forms filed in ASCII before mid-2003, on the pattern of the paper: numbered items one below the other, then tables.

What is read exactly is brought to the captions that later forms have; a month without a day is left as it is written.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from services.parser.document import folded
from services.parser.form.blocks import CHECKED, UNCHECKED, Block, Row
from services.parser.layouts.aligned_text import aligned_cover
from services.parser.layouts.aligned_text.text_columns import WIDEST_LINE
from services.parser.layouts.legacy_ascii.legacy_cover import cell_of_item
from services.parser.layouts.legacy_ascii.legacy_table import read_table
from services.parser.layouts.legacy_ascii.written_dates import printed

_MARK: Final = re.compile(
    r"^[ \t]*(?:<[sc]>|[1-8]\. ?statement for \(?month\b|[1-8]\. ?(?:irs|i\.r\.s\.) )", re.MULTILINE
)
_WORDS_OF_MARK: Final = ("<s>", "<c>", "statement for month", "statement for (month", "irs ", "i.r.s. ")
_ITEM: Final = re.compile(
    r"\s*[1-8] ?\. ?(?=Name and Address|Issuer Name|IRS\b|I\.R\.S\.|Statement for|Date of Event|If Amendment"
    r"|Relationship|Individual or)",
    re.IGNORECASE,
)
_TABLE: Final = re.compile(r"[\s|_*-]*TABLE (II?)\b", re.IGNORECASE)
_TAG: Final = re.compile(r"\s*</?[A-Z]{1,10}>\s*", re.IGNORECASE)
_BOX: Final = re.compile(r"[(\[] ?([Xx]?) ?[)\]]|(?<!\S)_{1,8}([Xx]?)_{1,8}(?!\S)")
_EXPLANATION: Final = re.compile(r"[\s*]*EXPLANATION OF RESPONSES", re.IGNORECASE)
_SIGNED: Final = re.compile(r"\W*SIGNATURE OF REPORTING PERSON", re.IGNORECASE)
_DATE: Final = re.compile(r"\W*DATE\b:?\s*(.*)", re.IGNORECASE)
_DATED: Final = re.compile(
    r"(.*?)\s+((?:[0-9]{1,2}[-/][0-9]{1,2}[-/](?:[0-9]{4}|[0-9]{2}))|(?:[A-Z][a-z]{2,8}\.? [0-9]{1,2} ?, ?[0-9]{4}))"
)
_MOST_LINES_OF_BOX: Final = 6


def is_legacy_ascii(text: str) -> bool:
    """Whether a text has the column tags of such a form, or an item that later forms do not have."""
    lowered = text.lower()
    return any(map(lowered.__contains__, _WORDS_OF_MARK)) and _MARK.search(lowered) is not None


def read_legacy_ascii(text: str) -> Iterator[Block]:
    """The blocks of such a form."""
    lines = [line.expandtabs() if len(line) <= WIDEST_LINE else folded(line) for line in text.split("\n")]
    tables = [at for at, line in enumerate(lines) if len(line) <= WIDEST_LINE and _TABLE.match(line)]
    notes = next((at for at, line in enumerate(lines) if _EXPLANATION.match(line) or _SIGNED.match(line)), len(lines))
    parts = [*(at for at in tables if at < notes), notes]
    yield from _cover(lines[: parts[0]])
    for at, end in pairwise(parts):
        title = folded(lines[at].strip(" \t|_*"))
        yield title
        derivative = title.upper().startswith("TABLE II")
        yield from read_table(lines[at + 1 : end], derivative=derivative, whole=end < len(lines))
    yield from _notes(lines[notes:])


def _cover(lines: Sequence[str]) -> Iterator[Block]:
    """The lines above the items as words, and the items as the cells of one row."""
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
            words.append(_with_boxes(line))
        at += 1
    yield from _sentences(words)
    if items:
        yield Row([cell_of_item([_with_boxes(line) for line in item]) for item in items])


def _with_boxes(line: str) -> str:
    return _BOX.sub(lambda match: CHECKED if match.group(1) or match.group(2) else UNCHECKED, line)


def _sentences(lines: Sequence[str]) -> Iterator[str]:
    """The lines, and a box with the words that go on below it as one."""
    sentence: list[str] = []
    for line in (*lines, ""):
        words = folded(line)
        if sentence and words and not words.startswith((CHECKED, UNCHECKED)) and len(sentence) < _MOST_LINES_OF_BOX:
            sentence.append(words)
            continue
        if sentence:
            yield " ".join(sentence)
        sentence = [words] if words.startswith((CHECKED, UNCHECKED)) else []
        if not sentence:
            yield words


def _notes(lines: Sequence[str]) -> Iterator[str]:
    """Explanations, remarks and signatures; a signature may stand above its caption, or below it with its date."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if _SIGNED.match(line):
            name, at = _signature_below(lines, at)
            yield from ("", *name, "", "Signature of Reporting Person")
            continue
        if _is_above_signature(lines, at):
            yield from ("", "Signatures", _dated(line))
        elif not _TAG.fullmatch(line):
            yield folded(line)
        at += 1


def _is_above_signature(lines: Sequence[str], at: int) -> bool:
    """Whether the caption of a signature follows this line, with no more than rules between."""
    if not lines[at].strip(" _-"):
        return False
    following = next((line for line in lines[at + 1 : at + 4] if line.strip(" _-")), "")
    signed = "/s/" in lines[at].lower() or _DATED.fullmatch(folded(lines[at])) is not None
    return signed and _SIGNED.match(following) is not None


def _signature_below(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """The name and date below the caption on line `at`, where they are, and the line after them."""
    after = lines[at + 1 : at + 8]
    dated = next((index for index, line in enumerate(after) if _DATE.match(line)), None)
    if dated is None or _DATE.match(lines[at].upper().partition("PERSON")[2].strip(" *")):
        return [], at + 1
    name = folded(" ".join(line.strip(" _") for line in after[:dated]))
    found = _DATE.match(after[dated])
    day = found.group(1).strip() if found else ""
    last = dated
    if not day:
        last = next((index for index in range(dated + 1, len(after)) if after[index].strip()), dated)
        day = after[last].strip()
    return (["Signatures", f"{name}  {printed(folded(day))}"] if name else []), at + 2 + last


def _dated(line: str) -> str:
    """A line of name and date, the date printed."""
    found = _DATED.fullmatch(folded(line))
    return f"{found.group(1)}  {printed(found.group(2))}" if found else folded(line)
