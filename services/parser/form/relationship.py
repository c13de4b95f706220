"""The relationship cell of a cover: four boxes with their labels, and the words that an officer or another adds.

A box stands before its label, as the form prints it, or after it; one cell has it all the same way. If that cannot be
determined, the owner has no flags and one problem, about the whole owner. A single box that cannot be read leaves its
own flag out, with a problem about that field. Most converters print nothing for an unchecked box. But if a cell draws
one unchecked box, it draws all of them, so a label without a box has lost it.
"""

import re
from collections.abc import Sequence
from typing import Final

from contracts.codes import DiagnosticCode
from services.parser.document import RawOwner, folded
from services.parser.form.blocks import CHECKED, UNCHECKED, shown

_LONGEST_CELL: Final = 3000
_CAPTION: Final = re.compile(r"Relationship\sof\sReporting\sPerson\(s\)\sto\sIssuer")
_NOTES: Final = r"(?:\s?\((?:give\stitle|specify)\sbelow\)){0,2}"
_LABELS: Final = (
    ("is_director", re.compile("Director")),
    ("is_ten_percent_owner", re.compile(r"10%\sOwner")),
    ("is_officer", re.compile(f"Officer{_NOTES}")),
    ("is_other", re.compile(f"Other{_NOTES}")),
)
_WORDS_APART: Final = 2
_BREAK: Final = "\n"
"""What parts the lines of a cell, and what stands side by side on one."""

_SPACES: Final = re.compile(r"\s+")
_MARK: Final = re.compile(r"\[X\]|(?<![^\s_])X(?![^\s_])")
_BOX: Final = re.compile(rf"\[[X ]\]|{_MARK.pattern}|_{{2,}}")
_DRAWN: Final = re.compile(r"\[[X ]\]|_")
_DRAWN_EMPTY: Final = re.compile(r"\[ \]|(?<!\S)__+(?!\S)")
_NOTE_OF_CAPTION: Final = re.compile(r"\([A-Za-z]{3}[A-Za-z ]*\)")
_BESIDE_BOX: Final = re.compile(r"[\s_]*")
_BOX_AFTER: Final = re.compile(r" ?(?:\[[X ]\]|_*X_*(?!\S))")


def read_relationship(raw: str, owner: RawOwner) -> bool:
    """The four boxes of a relationship cell and the words below; whether it is such a cell."""
    if "Relationship" not in raw:
        return False
    lines = shown(raw[:_LONGEST_CELL]).split("\n")
    apart = _words_apart(lines)
    text = _SPACES.sub(_as_break, "\n".join(lines[:-1] if apart else lines))
    caption = _CAPTION.search(text)
    if caption is None:
        return False
    text = text[caption.end() :]
    gaps = _between_labels(text)
    beside = _beside_labels(gaps) if gaps else None
    flags = _flags(beside[0]) if beside else []
    if beside is None or all(flag is None for flag in flags):
        owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, None, folded(text)))
        return True
    boxes, rest = beside
    for (field, _), flag, box in zip(_LABELS, flags, boxes, strict=True):
        if flag is None:
            owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, field, folded(box)))
        else:
            owner.values[field] = "true" if flag else "false"
    _read_words(folded(rest).strip(" _"), apart, owner)
    return True


def _as_break(match: re.Match[str]) -> str:
    return " " if match.group().isspace() and not {"\n", "\t"} & set(match.group()) else _BREAK


def _words_apart(lines: Sequence[str]) -> tuple[str, ...]:
    """An officer's title and another's words, where they stand side by side below the labels; else nothing."""
    values = [folded(value) for value in lines[-1].split("\t")]
    if not any("Other" in line for line in lines[:-1]):
        return ()
    if len(values) == len(_LABELS) and not values[0] and not values[2]:
        values = [values[1], values[3]]
    return tuple(values) if len(values) == _WORDS_APART else ()


def _between_labels(text: str) -> list[str] | None:
    """What stands before the first label, between each and the next, and after the last; None where one is missing."""
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
    """Return the text that holds each label's box, and what follows the last one; None if the side is ambiguous."""
    first, *between, last = gaps
    after = _BOX_AFTER.match(last)
    boxes = [[_BOX.search(piece) is not None for piece in gap.split(_BREAK)] for gap in between]
    stand_before = _BOX.search(first) is not None or any(len(pieces) > 1 and pieces[-1] for pieces in boxes)
    stand_after = after is not None or any(_BREAK in gap and _BOX_AFTER.match(gap) is not None for gap in between)
    if stand_before and stand_after:
        return None
    if stand_after and after is not None:
        return [*between, after.group()], last[after.end() :]
    if stand_after:
        return [*between, ""], last
    boxed = [gap for gap in between if _BOX.search(gap)]
    if not stand_before and not all(_BREAK in gap or _DRAWN.search(gap) for gap in boxed):
        return None
    if not stand_before and not boxed:
        return None
    return [_NOTE_OF_CAPTION.sub("", first), *between], last


def _flags(boxes: Sequence[str]) -> list[bool | None]:
    """Return whether each box is checked; None for a box that is missing among drawn ones, or holds another mark."""
    all_drawn = any(_DRAWN_EMPTY.search(box) for box in boxes)
    return [_is_marked(box) if _is_readable(box, all_drawn=all_drawn) else None for box in boxes]


def _is_readable(box: str, *, all_drawn: bool) -> bool:
    missing = all_drawn and _BOX.search(box) is None
    return not missing and _BESIDE_BOX.fullmatch(_BOX.sub("", box)) is not None


def _is_marked(box: str) -> bool:
    """Return whether a box is checked: the last of several is the label's own."""
    checked, unchecked = box.rfind(CHECKED), box.rfind(UNCHECKED)
    return checked > unchecked or (unchecked < 0 and _MARK.search(box) is not None)


def _read_words(rest: str, apart: Sequence[str], owner: RawOwner) -> None:
    """Read an officer's title and another's words: side by side, or one of them if one box alone is checked."""
    officer, other = (owner.values.get(name) == "true" for name in ("is_officer", "is_other"))
    known = {"is_officer", "is_other"} <= owner.values.keys()
    if apart and not rest and (officer or not apart[0]) and (other or not apart[1]):
        owner.values.update({"officer_title": apart[0]} if apart[0] else {})
        owner.values.update({"other_text": apart[1]} if apart[1] else {})
        return
    rest = " ".join(filter(None, (rest, *apart)))
    if rest and known and officer != other:
        owner.values["officer_title" if officer else "other_text"] = rest
    elif rest:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, "officer_title", rest))
