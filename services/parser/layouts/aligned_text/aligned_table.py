"""A table of columns without rules: its columns begin with its captions, and blank columns of characters part the rest.

A caption of several columns (`4. Securities Acquired (A) or Disposed of (D)`) has the captions of its parts below it.
Those are parted by the columns of characters that are blank in every line of parts and of values. If there are several
ways to part them, the best is the one that puts values of the right kind under each caption. If several are equally
good, the columns stay one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.alignment import fits
from services.parser.form.blocks import Block, Row, Text, Unreadable, plain_text
from services.parser.form.captions import PARTS, Column, captioned_table, columns_of, part_captions, slots_of
from services.parser.form.cell_values import read_cell
from services.parser.layouts.aligned_text.text_columns import (
    WIDEST_LINE,
    cell_of,
    covered_by,
    crosses,
    cut,
    whole_paragraphs,
)

_NUMBERED: Final = re.compile(r"(?<!\S)([0-9]{1,2})[AaBb]?\.(?=\s|$|[A-Z])")
_FIRST: Final = re.compile(r"\s*1\. ?Title of\b", re.IGNORECASE)
_FEWEST_CAPTIONS: Final = 3
_PART_WORDS: Final = frozenset({word for name in PARTS for word in name.split()})
_CAPTION_WORDS: Final = _PART_WORDS | frozenset(
    {
        "(instr.", "3", "4", "5", "3)", "4)", "5)", "and", "owned", "security", "securities", "ownership", "(i)", "(s)",
        "(month/day/year)", "year)", "transaction(s)",
    }
)  # fmt: skip
"""Words that the last line of captions may have."""

_MOST_RUNS: Final = 16
"""Runs of characters under one caption that are tried: the captions of its parts have at most seven words."""

_DATE: Final = re.compile(r"[0-9](?<!\S[0-9])[0-9]?/[0-9]{1,2}/[0-9]{2,4}(?!\S)")
_LETTER_ALONE: Final = re.compile(r"[DI](?<=  [DI])(?=(?: ?\^?\([0-9]{1,2}\))*(?:  |\s*$))")
_OWNED: Final = re.compile(r"\s*[DI](?: ?\^?\([0-9]{1,2}\))*\s*")
_UNKNOWN: Final = "?"
"""The caption of a column that may be of two values: nothing is read from under it."""

_RUN: Final = re.compile(rb"\x01+")


@dataclass(frozen=True, slots=True)
class _Group:
    """A caption and its parts, and where their columns begin."""

    caption: Text
    parts: Sequence[str]
    bounds: Sequence[int]


def begins_table(line: str) -> bool:
    """Return whether captions side by side begin on this line: `1. Title of Security` and at least two more.

    >>> begins_table("1. Title of Security   2. Amount   3. Form")
    True
    """
    return _FIRST.match(line) is not None and len(_starts(line)) >= _FEWEST_CAPTIONS


def _starts(line: str) -> list[int]:
    """Return where the numbered captions begin, as long as they count up."""
    starts: list[int] = []
    last = 0
    for match in _NUMBERED.finditer(line):
        number = int(match.group(1))
        if number not in (last, last + 1):
            break
        starts.append(match.start())
        last = number
    return starts


def read_aligned_table(lines: Sequence[str], *, whole: bool) -> Iterator[Block]:
    """Return the rows of the table whose captions begin on the first line: captions, their parts, values.

    If not `whole`, the text breaks off, and so may its last row.

    >>> table = ["1. Title of Security   2. Amount   3. Form", "", "Common Stock           500         D", ""]
    >>> list(read_aligned_table(table, whole=True))[-1].cells
    ['Common Stock', '500', 'D']
    """
    end = _end_of_captions(lines)
    rows, broken = whole_paragraphs(lines[end:], whole=whole)
    captions, parts, bounds = _columns(lines[:end], list(_one_line_rows(rows)))
    if captioned_table([plain_text(captions[0])]) is None or (end == len(lines) and not whole):
        yield _unreadable(lines)
        return
    yield Row(captions)
    if any(parts):
        yield Row(parts)
    ownership = _index_of("ownership", columns_of([plain_text(caption) for caption in captions], parts))
    parted = end == len(lines) or not lines[end].strip()
    separable = parted or end == 1 or _CAPTION_WORDS.issuperset(lines[end - 1].lower().split())
    for row in rows:
        yield from _read_row(row, bounds, ownership, parted=parted) if separable else [_unreadable(row)]
    yield from map(_unreadable, broken)


def _one_line_rows(rows: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Return the rows, those with a form of ownership on each line as a row per line."""
    for row in rows:
        yield from ([line] for line in row) if all(map(_LETTER_ALONE.search, row)) else (row,)


def _columns(captions: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[Text], list[str], list[int]]:
    """Return the captions of columns, those of their parts, and where columns begin, given the lines of captions."""
    starts = [0, *_starts(captions[0])[1:]]
    whole_rows = [row for row in rows if not any(crosses(line, starts) for line in row)]
    found: list[Text] = []
    parts: list[str] = []
    bounds: list[int] = []
    for start, stop in zip(starts, [*starts[1:], WIDEST_LINE], strict=True):
        group = _group([line[start:stop] for line in captions], whole_rows, slice(start, stop))
        found.extend([group.caption, *("" for _ in group.bounds[1:])])
        parts.extend(group.parts)
        bounds.extend(start + bound for bound in group.bounds)
    return found, parts, bounds


def _end_of_captions(lines: Sequence[str]) -> int:
    """Return the first line after the captions. A blank line ends them, and so does a date, or a lone D or I."""
    for at, line in enumerate(lines):
        if not line.strip():
            return at
        if at and (("/" in line and _DATE.search(line)) or _LETTER_ALONE.search(line)):
            return at
    return len(lines)


def _index_of(slot: str, columns: Sequence[Column]) -> int | None:
    return next((at for at, column in enumerate(columns) if column == (slot,)), None)


def _read_row(lines: Sequence[str], bounds: Sequence[int], ownership: int | None, *, parted: bool) -> Iterator[Block]:
    """Return the row between two blank lines. If nothing parts the rows, return each line as one, or none."""
    cells = [cut(line, bounds) for line in lines]
    owned = sum(_OWNED.fullmatch(line[ownership]) is not None for line in cells) if ownership is not None else 0
    if any(crosses(line, bounds) for line in lines):
        yield _unreadable(lines)
    elif owned == len(lines):
        for line in cells:
            yield Row([cell_of([cell]) for cell in line])
    elif parted and owned <= 1:
        yield Row([cell_of(column) for column in zip(*cells, strict=True)])
    else:
        yield _unreadable(lines)


def _unreadable(lines: Sequence[str]) -> Unreadable:
    return Unreadable(collapse_whitespace(" ".join(lines)))


def _group(captions: Sequence[str], table: Sequence[Sequence[str]], place: slice) -> _Group:
    """Return one caption's columns, by its lines and by the values under it, at `place` in the rows of the table."""
    whole = cell_of(captions)
    names = part_captions(slots_of(plain_text(whole)))
    end = len(captions)
    while end and set(captions[end - 1].lower().split()) <= _PART_WORDS:
        end -= 1
    if not names or not "".join(captions[end:]).strip():
        return _Group(_UNKNOWN if "title" in names else whole, [""], [0])
    rows = [[line[place] for line in row] for row in table]
    covered = covered_by([*captions[end:], *(line for row in rows for line in row)])
    runs = [match.start() for match in _RUN.finditer(covered)]
    divisions = list(_divisions(captions[end:], runs, names)) if len(runs) <= _MOST_RUNS else []
    chosen = _best_of(divisions, rows, names)
    if chosen is None:
        return _Group(_UNKNOWN, [""], [0])
    starts, words = chosen
    return _Group(cell_of(captions[:end]), words, [0, *starts[1:]])


_Division = tuple[list[int], list[str]]
"""Where columns begin, and the words of their captions."""


def _divisions(lines: Sequence[str], runs: Sequence[int], names: Mapping[str, str]) -> Iterator[_Division]:
    """Return each division of the runs of characters into columns whose words are among the names, in their order.

    This enumerates combinations: at most C(15, 2) = 105 of them, since a caption has at most three parts.
    """
    order = {name: at for at, name in enumerate(names)}
    for count in range(min(len(names), len(runs)), 1, -1):
        found = False
        for starts in combinations(runs[1:], count - 1):
            bounds = [runs[0], *starts]
            words = [
                collapse_whitespace(" ".join(column))
                for column in zip(*(cut(line, bounds) for line in lines), strict=True)
            ]
            places = [order.get(name.lower(), -1) for name in words]
            if places[0] >= 0 and all(left < right for left, right in pairwise(places)):
                found = True
                yield bounds, words
        if found:
            return


def _best_of(
    divisions: Sequence[_Division], rows: Sequence[Sequence[str]], names: Mapping[str, str]
) -> _Division | None:
    """Return the only division, or the one that puts most values under captions of their kind; None if several do."""
    if len(divisions) <= 1:
        return divisions[0] if divisions else None
    scores = [_score(division, rows, names) for division in divisions]
    best = max(scores)
    return divisions[scores.index(best)] if scores.count(best) == 1 else None


def _score(division: _Division, rows: Sequence[Sequence[str]], names: Mapping[str, str]) -> int:
    bounds, words = division
    score = 0
    for row in rows:
        for name, column in zip(words, zip(*(cut(line, bounds) for line in row), strict=True), strict=True):
            score += fits(names[name.lower()], read_cell(cell_of(column), None))
    return score
