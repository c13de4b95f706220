"""The parts of a form, and the lines that head them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from contracts.enumerations import Table
from services.parser.form.form_hints import is_sec_number

_TABLE: Final = re.compile(r"table (ii?)\b")
_BOILERPLATE: Final = (
    "reminder:", "note: file three", "persons who respond", "potential persons", "* if the form is filed",
    "if the form is filed by", "** intentional", "intentional misstatements", "(e.g., puts", "(print or type",
)  # fmt: skip
_OWNERS: Final = "reporting owner name"
"""The first caption of the owners' table: its heading may be lost."""

REMARKS: Final = "remarks:"
_BEGINNINGS: Final = ("reporting owner", "table ", "explanation", REMARKS, "signatures")


class FormSection(Enum):
    """Where in the form a line stands."""

    COVER = "cover"
    TABLE = "table"
    OWNERS = "owners"
    SIGNATURES = "signatures"
    FOOTNOTES = "footnotes"
    REMARKS = "remarks"


@dataclass(slots=True)
class TableText:
    """A table's rows as they stand. `table` is None where the document begins within one; `ruled` as a page's row."""

    table: Table | None
    captions: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    ruled: bool = False


def is_boilerplate(lowered: str) -> bool:
    """Whether a line, in lower case, is the form's own small print."""
    return lowered.startswith(_BOILERPLATE) or ("sec " in lowered and is_sec_number(lowered))


def holds_a_table(words: Sequence[str]) -> bool:
    """Whether a cell held a table of its own, which a converter left as rules among the words."""
    return "---" in words


def part_begun(lowered: str) -> FormSection | None:
    """The part whose heading a line, in lower case, is; None where it is none. A converter may mark it with `#`."""
    lowered = lowered.lstrip("# ")
    if not lowered.startswith(_BEGINNINGS):
        return None
    if lowered.startswith(_OWNERS):
        return FormSection.OWNERS
    if _TABLE.match(lowered):
        return FormSection.TABLE
    if lowered.startswith("explanation of responses"):
        return FormSection.FOOTNOTES
    if lowered.startswith(REMARKS):
        return FormSection.REMARKS
    return {"signatures": FormSection.SIGNATURES, "reporting owners": FormSection.OWNERS}.get(lowered)
