"""The tables of pre-2003 forms: columns by bars, else by the places of `<S>` and `<C>`.

The number of a caption determines the field of a column, and its words only which part: captions were cut wherever a
line was full. A cell continues below, even in the middle of a word if its line was full.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Block, Row, Unreadable
from services.parser.layouts.aligned_text import aligned_table
from services.parser.layouts.aligned_text.text_columns import column_start, covered_by, crosses, cut, whole_paragraphs
from services.parser.layouts.legacy_ascii.legacy_cells import Wrapping

_NONE: Final = re.compile(r"\W*(?:None|N/A|Not applicable)\W*", re.IGNORECASE)
"""A row that says that there is none."""

_RULE: Final = re.compile(r"[-_=]{4,}")
_RULE_CHARACTERS: Final = " \t|_-=+"
_TAGS: Final = re.compile(r"</?(?:TABLE|CAPTION|PAGE|FN)>", re.IGNORECASE)
_COLUMN_TAG: Final = re.compile(r"<[SC]>")
_TITLE: Final = re.compile(r"[\s|]*1 ?\. ?Title of\b", re.IGNORECASE)
_BAR: Final = re.compile(r"\|")
_NUMBER: Final = re.compile(r"\s*([0-9]{1,2}[Aa]?) ?(?:\.|$)")
_NUMBERED: Final = re.compile(r"(?<!\S)([0-9]{1,2}[Aa]?) ?\.(?=\s|$|[A-Z])")
_FEWEST_BARS: Final = 3

_Caption = tuple[str, tuple[str, ...]]
"""A whole caption, and the captions of its parts."""

_AMOUNT_AND_LETTER: Final[_Caption] = ("Securities Acquired (A) or Disposed of (D)", ("Amount", "(A) or (D)"))
_BOTH_AMOUNTS: Final[_Caption] = ("Number of Derivative Securities Acquired (A) or Disposed of (D)", ("(A)", "(D)"))
_OWNED: Final[_Caption] = ("Amount of Securities Beneficially Owned", ())
_FORM: Final[_Caption] = ("Ownership Form", ())
_NATURE: Final[_Caption] = ("Nature of Indirect Beneficial Ownership", ())
_DATES: Final[_Caption] = ("Date Exercisable and Expiration Date", ("Date Exercisable", "Expiration Date"))
_UNDERLYING: Final[_Caption] = ("Title and Amount of Underlying Securities", ("Title", "Amount or Number of Shares"))
_EXERCISE: Final[_Caption] = ("Conversion or Exercise Price", ())
_DAY: Final[_Caption] = ("Transaction Date", ())
_DEEMED: Final[_Caption] = ("Deemed Execution Date", ())
_CODE: Final[_Caption] = ("Transaction Code", ("Code", "V"))
_ACQUIRED: Final[_Caption] = ("Securities Acquired (A) or Disposed of (D)", ("Amount", "(A) or (D)", "Price"))
_OF_TITLE: Final[_Caption] = ("1. Title of Security", ())
_OF_DERIVATIVE: Final[_Caption] = ("1. Title of Derivative Security", ())
_PRICE: Final[_Caption] = ("Price of Derivative Security", ())

_FORMS: Final[Mapping[tuple[bool, str], Mapping[str, _Caption]]] = {
    (False, "7"): {
        "1": _OF_TITLE, "2": _DAY, "2A": _DEEMED, "3": _CODE, "4": _ACQUIRED, "5": _OWNED, "6": _FORM, "7": _NATURE,
    },
    (True, "11"): {
        "1": _OF_DERIVATIVE, "2": _EXERCISE, "3": _DAY, "3A": _DEEMED, "4": _CODE, "5": _BOTH_AMOUNTS, "6": _DATES,
        "7": _UNDERLYING, "8": _PRICE, "9": _OWNED, "10": _FORM, "11": _NATURE,
    },
    (False, "4"): {"1": _OF_TITLE, "2": _OWNED, "3": _FORM, "4": _NATURE},
    (True, "6"): {
        "1": _OF_DERIVATIVE, "2": _DATES, "3": _UNDERLYING, "4": _EXERCISE, "5": _FORM, "6": _NATURE,
    },
}  # fmt: skip
"""Tables by whether they are of derivatives and by the number of their last caption: Forms 4 and 5, and Form 3."""

_DEEMED_NUMBERS: Final = frozenset({"2A", "3A"})
"""Captions that only forms since 2002 have."""

_DISPOSED_ALONE: Final = frozenset({"(D)", "D"})
"""Captions of the second column of derivatives acquired or disposed of, if each has its own column."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where columns begin, the number of the caption above each, and the words just above it. `ruled`: by bars."""

    starts: Sequence[int]
    numbers: Sequence[str]
    own: Sequence[str]
    ruled: bool


def read_legacy_table(lines: Sequence[str], *, derivative: bool, whole: bool = True) -> Iterator[Block]:
    """Return the rows of a table, given the lines after its title: captions and parts as later forms have them, values.

    If not `whole`, the text breaks off, and so may the last row, unless a rule or an empty line ends it.

    >>> table = ["1. Title of Security|2. Amount|3. Form|4. Nature", "--------|---|---|------",
    ...          "Common Stock        |500      |I      |By trust "]
    >>> list(read_legacy_table(table, derivative=False))[-1].cells
    ['Common Stock', '500', 'I', 'By trust']
    """
    captions, tags, values = _divided(lines)
    rows, broken = _rows(values, whole=whole or _is_end("\n".join(values[-2:])))
    yield from map(_unreadable, broken)
    if _is_aligned(captions, tags, lines):
        without_rules = ["" if _is_rule(line) else line for line in values]
        yield from aligned_table.read_aligned_table([*captions, *without_rules], whole=whole)
    elif not rows:
        yield from _empty(captions, derivative=derivative)
    else:
        columns = _columns_of(captions, tags, [line for row in rows for line in row])
        yield from _read_rows(rows, columns, captions + values, derivative=derivative)


def _unreadable(row: Sequence[str]) -> Unreadable:
    return Unreadable(collapse_whitespace(" ".join(row)))


def _is_aligned(captions: Sequence[str], tags: str | None, lines: Sequence[str]) -> bool:
    """Return whether nothing but blanks parts the columns: then the table is read as aligned text."""
    if tags is not None or not captions or not aligned_table.begins_table(captions[0]):
        return False
    return not any("|" in line for line in lines)


def _read_rows(
    rows: Sequence[Sequence[str]], columns: _Columns | None, lines: Sequence[str], *, derivative: bool
) -> Iterator[Block]:
    """Return the captions, then the rows; all rows are unreadable if it is not certain what the columns are."""
    headed = _headed(columns, derivative=derivative)
    if columns is None or headed is None:
        yield from map(_unreadable, rows)
        return
    yield from map(Row, headed)
    cells = [_cells(row, columns) for row in rows]
    wrapping = Wrapping(lines, (column for row in cells for column in zip(*row, strict=True)))
    for row, cut_up in zip(rows, cells, strict=True):
        begun = _row_starts(row, cut_up, columns)
        if begun is None:
            yield _unreadable(row)
            continue
        for first, last in zip(begun, [*begun[1:], len(row)], strict=True):
            by_column = zip(*cut_up[first:last], strict=True)
            yield Row([wrapping.cell_of(column) for column in by_column], ruled=columns.ruled)


def _empty(captions: Sequence[str], *, derivative: bool) -> Iterator[Block]:
    """Return the captions of a table without rows, if their numbers are those of a form."""
    numbers = [number for line in captions for _, number in (*_numbers_by_bars(line), *_numbers_by_places(line))]
    last = "11" if derivative else "7"  # of a table without captions, whose only row says that there is none
    table = _FORMS.get((derivative, max(numbers, key=lambda number: int(number.rstrip("Aa")), default=last)))
    if table is not None:
        yield Row([caption for caption, _ in table.values()])


def _divided(lines: Sequence[str]) -> tuple[list[str], str | None, list[str]]:
    """Return the lines of captions, the line of `<S>` and `<C>` or None, and the lines of values with their rules."""
    lines = [line.removeprefix("- ") if line.startswith("- -") else line for line in lines]
    lines = [line for line in lines if not _TAGS.fullmatch(line.strip())]
    tags = next((at for at, line in enumerate(lines) if _COLUMN_TAG.match(line.strip())), None)
    if tags is not None:
        return [line for line in lines[:tags] if not _is_rule(line)], lines[tags], lines[tags + 1 :]
    first = next((at for at, line in enumerate(lines) if _TITLE.match(line)), None)
    if first is None:
        return [], None, lines
    end = next((at for at in range(first, len(lines)) if _is_rule(lines[at]) or not _visible(lines[at])), len(lines))
    return lines[first:end], None, lines[end:]


def _is_rule(line: str) -> bool:
    return not line.strip(_RULE_CHARACTERS) and _RULE.search(line) is not None


def _is_end(lines: str) -> bool:
    """Return whether the last two lines end a row: a rule and the end of its line, or two empty lines."""
    above, _, last = lines.rpartition("\n")
    return not last.strip() and (_is_rule(above) or not above.strip(" |"))


def _visible(line: str) -> str:
    return line.strip(_RULE_CHARACTERS)


def _rows(lines: Sequence[str], *, whole: bool) -> tuple[list[list[str]], list[list[str]]]:
    """Return the lines between rules and empty lines, and those that may break off. A lone dash is neither."""
    blanked = ("" if _is_rule(line) or not line.strip(" |") else line for line in lines)
    found, broken = whole_paragraphs(blanked, whole=whole)
    return [row for row in found if not _NONE.fullmatch(" ".join(row))], broken


def _columns_of(captions: Sequence[str], tags: str | None, lines: Sequence[str]) -> _Columns | None:
    bars = {tuple(match.start() for match in _BAR.finditer(line)) for line in lines}
    if len(bars) == 1 and len(*bars) >= _FEWEST_BARS:
        return _columns_by_bars(captions, next(iter(bars)), lines)
    if tags is None or not lines or any("|" in line for line in lines):
        return None
    return _columns_by_tags(captions, tags, lines)


def _columns_by_bars(captions: Sequence[str], bars: Sequence[int], lines: Sequence[str]) -> _Columns | None:
    """Return the columns between the bars that stand at the same places on every line."""
    starts = [0, *(place + 1 for place in bars)]
    if bars[0] == 0:
        del starts[0]
    if not any(line[starts[-1] :].strip() for line in lines):
        del starts[-1]
    numbered = [(start, number) for line in captions for start, number in _numbers_by_bars(line)]
    own = [_own(captions, start, end - 1) for start, end in zip(starts, [*starts[1:], len(lines[0])], strict=True)]
    return _numbered(starts, numbered, own, ruled=True)


def _columns_by_tags(captions: Sequence[str], tags: str, lines: Sequence[str]) -> _Columns | None:
    """Return the columns under `<S>` and `<C>`: each begins after the nearest blank column of characters."""
    covered = covered_by(lines)
    starts = [column_start(covered, match.start()) for match in _COLUMN_TAG.finditer(tags)]
    if len(starts) < _FEWEST_BARS or any(left >= right for left, right in pairwise(starts)):
        return None
    numbered = [found for line in captions for found in _numbers_by_places(line)]
    by_column = zip(*(cut(line, starts) for line in captions[-1:]), strict=True)
    own = [collapse_whitespace(" ".join(column)) for column in by_column]
    return _numbered(starts, numbered, own or [""] * len(starts), ruled=False)


def _numbers_by_bars(line: str) -> Iterator[tuple[int, str]]:
    """Return the caption numbers that follow a bar, each with where its column begins."""
    start = 0
    for part in line.split("|"):
        number = _NUMBER.match(part)
        if number:
            yield start, number.group(1)
        start += len(part) + 1


def _numbers_by_places(line: str) -> Iterator[tuple[int, str]]:
    """Return the caption numbers that follow a space, each with its place."""
    return ((match.start(), match.group(1)) for match in _NUMBERED.finditer(line))


def _own(captions: Sequence[str], start: int, end: int) -> str:
    """Return the words between the two bars of one column, from the lines that have both bars."""
    words = (line[start:end] for line in captions if line[end : end + 1] == "|" and "|" not in line[start:end]
             and (start == 0 or line[start - 1 : start] == "|"))  # fmt: skip
    return "".join("".join(words).split())


def _numbered(
    starts: Sequence[int], numbered: Sequence[tuple[int, str]], own: Sequence[str], *, ruled: bool
) -> _Columns | None:
    """Return each column with the last caption number that begins no further right than the column."""
    numbers = [
        max(((place, number.upper()) for place, number in numbered if place <= start + 1), default=(0, ""))[1]
        for start in starts
    ]
    return _Columns(starts, numbers, own, ruled) if all(numbers) else None


def _headed(columns: _Columns | None, *, derivative: bool) -> tuple[list[str], list[str]] | None:
    """Return the whole captions and those of their parts; None if the numbers are not a form's, or columns are lost."""
    if columns is None:
        return None
    table = _FORMS.get((derivative, columns.numbers[-1]))
    found = list(dict.fromkeys(columns.numbers))
    if table is None or found != [number for number in table if number in found or number not in _DEEMED_NUMBERS]:
        return None
    captions: list[str] = []
    parts: list[str] = []
    for number in found:
        own = [words for other, words in zip(columns.numbers, columns.own, strict=True) if other == number]
        caption, below = table[number]
        if table[number] is _BOTH_AMOUNTS and own[-1].upper() not in _DISPOSED_ALONE:
            caption, below = _AMOUNT_AND_LETTER
        if len(own) not in (1, len(below)):
            return None
        captions.extend([caption, *("" for _ in own[1:])])
        parts.extend(below if len(own) == len(below) else [""])
    return captions, parts


def _cells(row: Sequence[str], columns: _Columns) -> list[list[str]]:
    """Return the cells of each line."""
    return [[cell.removesuffix("|") if columns.ruled else cell for cell in cut(line, columns.starts)] for line in row]


def _row_starts(row: Sequence[str], cells: Sequence[Sequence[str]], columns: _Columns) -> list[int] | None:
    """Return the lines between two rules on which rows begin: if there are several, those with D or I for ownership.

    None if a line may belong to the row above or below, or if words reach across from one column to the next.
    """
    if not columns.ruled and any(crosses(line, columns.starts) for line in row):
        return None
    ownership = len(columns.starts) - 2
    owned = [at for at, line in enumerate(cells) if line[ownership].strip("() ").upper() in ("D", "I")]
    if len(owned) <= 1:
        return [0]
    return owned if owned[0] == 0 and (len(owned) == len(cells) or owned[-1] < len(cells) - 1) else None
