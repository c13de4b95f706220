"""The simplest layout: each row of a table is a line of tabs or of pipes, and every other line is words."""

import re
from collections.abc import Iterator
from typing import Final

from services.parser.form.blocks import Block, Row
from services.parser.form.markup import clean, split_at_bars

_RULE: Final = re.compile(r"[-:=_ ]+")


def read_delimited(text: str) -> Iterator[Block]:
    """The blocks of a text whose lines are its rows."""
    for line in text.split("\n"):
        cells = cells_of(line)
        if cells is None:
            yield clean(line).strip("# ")
        elif cells:
            yield Row([clean(cell) if cell else "" for cell in cells])


def cells_of(line: str) -> list[str] | None:
    """The cells of a row of tabs or pipes; None for any other line. A rule between rows has none."""
    stripped = line.strip(" ")
    if stripped.startswith("|"):
        cells = [cell.strip() for cell in split_at_bars(stripped.removeprefix("|").removesuffix("|"))]
    elif "\t" in line:
        cells = [cell.strip() for cell in line.split("\t")]
    else:
        return None
    return [] if all(_RULE.fullmatch(cell) for cell in cells) else cells
