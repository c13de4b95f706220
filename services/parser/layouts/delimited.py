"""The simplest layout: each row of a table is a line of tabs or of pipes, and every other line is words."""

import re
from collections.abc import Iterator
from typing import Final

from services.parser.form.blocks import Block, Row, strip_text
from services.parser.layouts.converter_markup import read_markup, split_at_bars

_RULE: Final = re.compile(r"[-:=_ ]+")


def read_delimited(text: str) -> Iterator[Block]:
    """Return the blocks of a text whose lines are its rows.

    >>> list(read_delimited("| Common Stock | 500 |"))
    [Row(cells=['Common Stock', '500'], ruled=False)]
    """
    for line in text.split("\n"):
        cells = cells_of(line)
        if cells is None:
            yield strip_text(read_markup(line), "# ")
        elif cells:
            yield Row([read_markup(cell) if cell else "" for cell in cells])


def cells_of(line: str) -> list[str] | None:
    r"""Return the cells of a row of tabs or pipes, none for a rule between rows; None for any other line.

    >>> cells_of("| a | b |"), cells_of("| --- | --- |"), cells_of("words")
    (['a', 'b'], [], None)
    """
    stripped = line.strip(" ")
    if stripped.startswith("|"):
        cells = [cell.strip() for cell in split_at_bars(stripped.removeprefix("|").removesuffix("|"))]
    elif "\t" in line:
        cells = [cell.strip() for cell in line.split("\t")]
    else:
        return None
    return [] if all(_RULE.fullmatch(cell) for cell in cells) else cells
