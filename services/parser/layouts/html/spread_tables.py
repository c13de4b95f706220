"""Tables of pages that agents made by hand before mid-2003: cells that only make space, values below captions.

A table of securities has an empty column beside most others, or one for the dollar sign. A cover has its captions in
a separate row, and their values in the rows below.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from services.parser.form.blocks import Text, build_text, display_text, join_text, plain_text
from services.parser.form.captions import are_part_captions, captioned_table, continue_captions

_NUMBER: Final = re.compile(r"[0-9]{1,2}[AB]?\.")
_FIRST: Final = re.compile(r"1\. ?Name and Address")
_ITEM: Final = re.compile(
    r"[1-8]\. ?(?:Name and Address|Issuer Name|Date of|Statement for|If Amendment|Relationship|Individual|I\.?R\.?S)\b"
)
_BOX_APART: Final = re.compile(r"(\[[X ]\])\t")
_DOLLAR: Final = "$"
_OF_AMOUNTS: Final = frozenset("0123456789.")
_ENDS_OF_JOINED: Final = frozenset({".", _DOLLAR})
_BELOW: Final = "(Last)"


def gathered(rows: Sequence[list[Text]]) -> Sequence[list[Text]]:
    """Return the rows of a table without cells that only make space, or of a cover with values under their captions.

    >>> gathered([["", "1. Title of Security", "", "2. Amount"], ["", "Common", "$", "5"]])[1]
    ['Common', '$5']
    """
    rows = [_with_cells_joined(row) for row in rows]
    for at, row in enumerate(rows):
        if not _may_be_captions(row):
            continue  # as most rows
        filled = list(filter(None, _words_of(row)))
        if _are_captions(filled):
            return [*rows[:at], *_without_space(rows[at:])]
        first = next(filter(_FIRST.match, filled), None)
        if first is not None:
            return rows if _BELOW in first else [*rows[:at], *_cover(rows[at:])]
    return rows


def _may_be_captions(row: Sequence[Text]) -> bool:
    """Cheap prefilter: return whether a cell has one of the words that the captions have, or marks among its words."""
    return any([not isinstance(cell, str) or "itle" in cell or "Name" in cell for cell in row])  # noqa: C419 - faster


def _words_of(row: Sequence[Text]) -> list[str]:
    return [plain_text(cell) if cell else "" for cell in row]


def _are_captions(filled: Sequence[str]) -> bool:
    """Return whether the filled cells of a row are the captions of a table of securities."""
    if not filled:
        return False
    return ("itle of" in filled[0] and captioned_table(filled) is not None) or continue_captions(filled)


def _with_cells_joined(texts: list[Text]) -> list[Text]:
    """Return a row with a caption's number, or an amount's dollar sign, in one cell with what follows it."""
    for at, text in enumerate(texts[:-1]):
        if not isinstance(text, str) or text[-1:] not in _ENDS_OF_JOINED:
            continue  # as most cells
        following = texts[at + 1]
        first = display_text(following)[:1]
        if first.isalpha() and _NUMBER.fullmatch(text):
            texts[at], texts[at + 1] = build_text(f"{text} ", following), ""
        elif text == _DOLLAR and first in _OF_AMOUNTS:
            texts[at], texts[at + 1] = "", build_text(text, following)
    return texts


def _without_space(rows: Sequence[list[Text]]) -> list[list[Text]]:
    """Return the rows with one cell per column, given the row of captions first."""
    captions = _filled_columns(_words_of(rows[0]))
    below = _words_of(rows[1]) if len(rows) > 1 else []
    parts = _filled_columns(below) if are_part_captions(below) else []
    ends = [*captions[1:], len(rows[0])]
    further = [
        at
        for start, end in zip(captions, ends, strict=True)
        for at in [part for part in parts if start <= part < end][1:]  # the first part begins with its caption
    ]
    starts = sorted([*captions, *further])
    if len(starts) == len(rows[0]):
        return list(rows)
    return [_joined(row, starts) for row in rows]


def _filled_columns(words: Sequence[str]) -> list[int]:
    return [at for at, word in enumerate(words) if word]


def _joined(row: Sequence[Text], starts: Sequence[int]) -> list[Text]:
    """Return the cells from each start to the next one as one. Anything before the first belongs to it."""
    ends = [*starts[1:], max(len(row), starts[-1])]
    cells: list[Text] = []
    for start, end in zip([0, *starts[1:]], ends, strict=True):
        cells.append(join_text(" ", [cell for cell in row[start:end] if cell]))
    return cells


def _cover(rows: Sequence[list[Text]]) -> list[list[Text]]:
    """Return the cover as one row with a cell per caption: its own lines, and those below it in its columns."""
    items: dict[tuple[int, int], list[Text]] = {}
    active: dict[int, tuple[int, int]] = {}
    for number, row in enumerate(rows):
        for at in (at for at, word in enumerate(_words_of(row)) if _ITEM.match(word)):
            active[at] = (number, at)
            items[number, at] = []
        by_item: dict[tuple[int, int], list[Text]] = {}
        for at, cell in enumerate(row):
            item = _item_above(at, active) if cell else None
            if item is not None:
                by_item.setdefault(item, []).append(cell)
        for item, cells in by_item.items():
            items[item].append(join_text("\t", cells))
    return [list(_cells(items.values()))]


def _item_above(at: int, active: Mapping[int, tuple[int, int]]) -> tuple[int, int] | None:
    """Return the latest caption of the nearest column up to this one that has had any; None if there is none."""
    start = max((start for start in active if start <= at), default=None)
    return None if start is None else active[start]


def _cells(items: Iterable[list[Text]]) -> Iterator[Text]:
    for lines in items:
        caption, *below = lines
        text = join_text("\n", [plain_text(caption) if _ITEM.match(display_text(caption)) else caption, *below])
        yield _BOX_APART.sub(r"\1 ", text) if isinstance(text, str) else text
