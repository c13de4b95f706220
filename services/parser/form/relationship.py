"""The relationship cell of a cover: four boxes with their labels, and the words that an officer or another adds.

A box is before its label, as the form prints it, or after it. All boxes of one cell are on the same side. If that
side cannot be determined, the owner has no flags and one problem, about the whole owner. A single box that cannot be
read leaves its own flag out, with a problem about that field.
"""

import re
from collections.abc import Sequence
from typing import Final

from contracts.codes import DiagnosticCode
from services.parser.document import RawOwner, collapse_whitespace
from services.parser.form.blocks import Text, display_text
from services.parser.form.check_boxes import ANY_BOX, BOX_AFTER_LABEL, DRAWN_BOX, relationship_flags

_LONGEST_CELL: Final = 3000
_CAPTION: Final = re.compile(r"Relationship\sof\sReporting\sPerson\(s\)\sto\sIssuer")
_NOTES: Final = r"(?:\s?\((?:give\stitle|specify)\sbelow\)){0,2}"
_LABELS: Final = (
    ("is_director", re.compile("Director")),
    ("is_ten_percent_owner", re.compile(r"10%\sOwner")),
    ("is_officer", re.compile(f"Officer{_NOTES}")),
    ("is_other", re.compile(f"Other{_NOTES}")),
)
_WORDS: Final = {"is_officer": "officer_title", "is_other": "other_text"}
"""The boxes that have words below, in their order on the page."""

_TITLES_APART: Final = 2
_BREAK: Final = "\n"
"""Parts the lines of a cell, and values side by side on one line."""

_SPACES: Final = re.compile(r"\s+")
_CAPTION_NOTE: Final = re.compile(r"\([A-Za-z]{3}[A-Za-z ]*\)")


def read_relationship(cell: Text, owner: RawOwner) -> bool:
    r"""Read the four boxes of a relationship cell, and the words below them; return whether it is such a cell.

    >>> owner = RawOwner()
    >>> cell = "Relationship of Reporting Person(s) to Issuer\n[X] Director\t[ ] 10% Owner\n[ ] Officer\t[ ] Other"
    >>> read_relationship(cell, owner)
    True
    >>> owner.values
    {'is_director': 'true', 'is_ten_percent_owner': 'false', 'is_officer': 'false', 'is_other': 'false'}
    """
    shown = display_text(cell)
    if "Relationship" not in shown:
        return False
    lines = shown[:_LONGEST_CELL].split("\n")
    apart = _titles_apart(lines)
    text = _SPACES.sub(_as_break, "\n".join(lines[:-1] if apart else lines))
    caption = _CAPTION.search(text)
    if caption is None:
        return False
    text = text[caption.end() :]
    gaps = _between_labels(text)
    beside = _beside_labels(gaps) if gaps else None
    flags = relationship_flags(beside[0]) if beside else []
    if beside is None or all(flag is None for flag in flags):
        owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, None, collapse_whitespace(text)))
        return True
    boxes, rest = beside
    _read_flags(flags, boxes, owner)
    _read_titles(collapse_whitespace(rest).strip(" _"), apart, owner)
    return True


def _read_flags(flags: Sequence[bool | None], boxes: Sequence[str], owner: RawOwner) -> None:
    for (field, _), flag, box in zip(_LABELS, flags, boxes, strict=True):
        if flag is None:
            owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, field, collapse_whitespace(box)))
        else:
            owner.values[field] = "true" if flag else "false"


def _as_break(match: re.Match[str]) -> str:
    return " " if match.group().isspace() and not {"\n", "\t"} & set(match.group()) else _BREAK


def _titles_apart(lines: Sequence[str]) -> tuple[str, ...]:
    """Return an officer's title and another's words if they are side by side below the labels; else nothing."""
    values = [collapse_whitespace(value) for value in lines[-1].split("\t")]
    if not any("Other" in line for line in lines[:-1]):
        return ()
    if len(values) == len(_LABELS) and not values[0] and not values[2]:
        values = [values[1], values[3]]
    return tuple(values) if len(values) == _TITLES_APART else ()


def _between_labels(text: str) -> list[str] | None:
    """Return the text before the first label, between each two, and after the last; None if a label is missing."""
    gaps: list[str] = []
    at = 0
    for _, label in _LABELS:
        found = label.search(text, at)
        if found is None:
            return None
        gaps.append(text[at : found.start()])
        at = found.end()
    return [*gaps, text[at:]]


def _beside_labels(gaps: Sequence[str]) -> tuple[list[str], str] | None:
    """Return the text that holds each label's box, and the text after the last one; None if the side is ambiguous."""
    first, *between, last = gaps
    after = BOX_AFTER_LABEL.match(last)
    are_before = ANY_BOX.search(first) is not None or any(map(_ends_with_box, between))
    are_after = after is not None or any(map(_begins_with_box, between))
    if are_before and are_after:
        return None
    if after is not None:
        return [*between, after.group()], last[after.end() :]
    if are_after:
        return [*between, ""], last
    if are_before or _are_parted(between):
        return [_CAPTION_NOTE.sub("", first), *between], last
    return None


def _ends_with_box(gap: str) -> bool:
    """Return whether there is a box on the last of several lines between two labels: it is before the second."""
    _, parted, piece = gap.rpartition(_BREAK)
    return bool(parted) and ANY_BOX.search(piece) is not None


def _begins_with_box(gap: str) -> bool:
    """Return whether there is a box on the first of several lines between two labels: it is after the first."""
    return _BREAK in gap and BOX_AFTER_LABEL.match(gap) is not None


def _are_parted(between: Sequence[str]) -> bool:
    """Return whether the boxes between labels belong to the label after them, as a line break or a rule shows."""
    boxed = [gap for gap in between if ANY_BOX.search(gap)]
    return bool(boxed) and all(_BREAK in gap or DRAWN_BOX.search(gap) for gap in boxed)


def _read_titles(rest: str, apart: Sequence[str], owner: RawOwner) -> None:
    """Read an officer's title and another's words: side by side, or one of them if only one box is checked."""
    checked = [field for box, field in _WORDS.items() if owner.values.get(box) == "true"]
    stated = {field: words for field, words in zip(_WORDS.values(), apart, strict=False) if words}
    if not rest and stated.keys() <= set(checked):
        owner.values.update(stated)
        return
    rest = " ".join(filter(None, (rest, *apart)))
    if len(checked) == 1 and _WORDS.keys() <= owner.values.keys():
        owner.values[checked[0]] = rest
    else:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, "officer_title", rest))
