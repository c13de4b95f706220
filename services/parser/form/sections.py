"""The sections of a form, and the lines that head them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from contracts.enumerations import Table
from services.parser.form.blocks import Text
from services.parser.form.phrases import EXPLANATION, REMARKS, REPORTING_OWNERS, SIGNATURES

_TABLE: Final = re.compile(r"table (ii?)\b")
_HEADINGS: Final = ("reporting owner", "table ", "explanation", REMARKS.lower(), SIGNATURES.lower())


class FormSection(Enum):
    """The section of a form that a line belongs to."""

    COVER = "cover"
    TABLE = "table"
    OWNERS = "owners"
    SIGNATURES = "signatures"
    FOOTNOTES = "footnotes"
    REMARKS = "remarks"


_WHOLE_LINES: Final = {SIGNATURES.lower(): FormSection.SIGNATURES, REPORTING_OWNERS.lower(): FormSection.OWNERS}
_STARTS: Final = (
    ("reporting owner name", FormSection.OWNERS),  # the first caption of the owners' table: its heading may be lost
    (EXPLANATION.lower(), FormSection.FOOTNOTES),
    (REMARKS.lower(), FormSection.REMARKS),
)


@dataclass(slots=True)
class TableText:
    """A table's rows as printed. `table` is None if the document begins within one.

    `ruled` and `in_order` are as in `blocks.Row`. `continues`: it is the second half of the table before it.
    """

    table: Table | None
    captions: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    rows: list[Sequence[Text]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    ruled: bool = False
    in_order: bool = False
    continues: bool = False

    def joined_to(self, first: "TableText") -> "TableText | None":
        """Return this second half behind its first half, row by row; None if they do not have a row for each other.

        >>> first = TableText("derivative", captions=["1. Title", "2. Price"], rows=[["Option", "5"]])
        >>> TableText("derivative", captions=["8. Price"], rows=[["7"]]).joined_to(first).rows
        [['Option', '5', '7']]
        """
        width = len(first.captions)
        whole = not (self.unreadable or first.unreadable) and len(self.rows) == len(first.rows)
        if not whole or any(len(row) > width or not row[0] for row in first.rows):
            return None
        rows: list[Sequence[Text]] = [
            [*above, *[""] * (width - len(above)), *below] for above, below in zip(first.rows, self.rows, strict=True)
        ]
        parts = [*first.parts, *[""] * (width - len(first.parts)), *self.parts]
        return TableText(first.table, [*first.captions, *self.captions], parts if any(parts) else [], rows)


def holds_a_table(words: Sequence[str]) -> bool:
    """Return whether a cell held another table, which a converter left as rules among the words.

    >>> holds_a_table(["Title", "---", "Amount"])
    True
    """
    return "---" in words


def section_headed_by(lowered: str) -> FormSection | None:
    """Return the section that a line, in lower case, is the heading of; None for any other line.

    >>> section_headed_by("table ii - derivative securities"), section_headed_by("common stock")
    (<FormSection.TABLE: 'table'>, None)
    """
    lowered = lowered.lstrip("# ")  # as converters mark headings
    if not lowered.startswith(_HEADINGS):
        return None
    if _TABLE.match(lowered):
        return FormSection.TABLE
    if lowered in _WHOLE_LINES:
        return _WHOLE_LINES[lowered]
    return next((section for start, section in _STARTS if lowered.startswith(start)), None)
