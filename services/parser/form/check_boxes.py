"""Check boxes, in all the ways that pages draw them: as characters, between brackets, on a rule, or as inputs of HTML.

`CHECKED` and `UNCHECKED` are what a page's blocks have for a box. If nothing better is drawn, a lone `X` is a
checked box too, and a rule of underscores an unchecked one.
"""

import re
from typing import Final

CHECKED: Final = "[X]"
UNCHECKED: Final = "[ ]"

_CHARACTERS: Final = str.maketrans(dict.fromkeys("☑☒✓✔✗✘", CHECKED) | dict.fromkeys("☐□", UNCHECKED))

_LONE_X: Final = r"(?<![^\s_])X(?![^\s_])"
ANY_BOX: Final = re.compile(rf"\[[X ]\]|{_LONE_X}|_{{2,}}")
"""A box anywhere in a relationship cell, or the rule or the lone X that stands for one."""

DRAWN_BOX: Final = re.compile(r"\[[X ]\]|_")
BOX_AFTER_LABEL: Final = re.compile(r" ?(?:\[[X ]\]|_*X_*(?!\S))")
_DRAWN_EMPTY: Final = re.compile(r"\[ \]|(?<!\S)__+(?!\S)")
_CROSS: Final = re.compile(rf"\[X\]|{_LONE_X}")
_BESIDE_BOX: Final = re.compile(r"[\s_]*")

_CROSS_ON_RULE: Final = re.compile(r"_*X_*(?!\S)")
_EMPTY_RULE: Final = re.compile(r"__+(?!\S)")
_CROSS_AT_END: Final = re.compile(r"\s_*X_*$")
_LONGEST_CROSS: Final = 10

_COLUMN_CROSS: Final = re.compile(r"\[[X ]\]|_*X?_*")

ALIGNED_BOX: Final = re.compile(r"[\[(]? ?_*[Xx*]?_* ?[\])]?")
"""A box alone before its label, in text whose columns are aligned."""

LEADING_BOX: Final = re.compile(r"\s*(?:\[[ xX*]?\]|_{1,8}[xX]?_{1,8}(?!\S)) *")
LABELLED_BOX: Final = re.compile(r"\s*(?:\[.\]|_+X?_+)\s*(?:Director|10% Owner|Officer|Other)\b")
_TYPED_CROSS: Final = re.compile(r"[xX*]")
_TYPED_BOX: Final = re.compile(r"[(\[][ _]?([Xx]?)[ _]?[)\]]|\|[_ ]?([Xx]?)[_ ]?\||(?<!\S)_{1,8}([Xx]?)_{1,8}(?!\S)")

_HTML_INPUT: Final = re.compile(r"<input\b([^<>]{0,200})>", re.IGNORECASE)
_HTML_BOX_TYPE: Final = re.compile(r"\btype\s*+=\s*+[\"']?(?:checkbox|radio)", re.IGNORECASE)
_HTML_CHECKED: Final = re.compile(r"\schecked(?![\w-])", re.IGNORECASE)


def box(*, checked: bool) -> str:
    """Return a box as blocks have it.

    >>> box(checked=True)
    '[X]'
    """
    return CHECKED if checked else UNCHECKED


def replace_box_characters(text: str) -> str:
    """Return the text with the characters that draw a check box as `[X]` and `[ ]`.

    >>> replace_box_characters("☒ Director ☐ Officer")
    '[X] Director [ ] Officer'
    """
    return text.translate(_CHARACTERS)


def replace_typed_boxes(line: str) -> str:
    """Return a line with the boxes that a typist made, `(X)`, `[ ]`, `|X|` or `__X__`, as `[X]` and `[ ]`.

    >>> replace_typed_boxes("( X ) Director  ____ Officer")
    '[X] Director  [ ] Officer'
    """
    return _TYPED_BOX.sub(lambda match: box(checked=any(match.groups())), line)


def replace_html_inputs(text: str) -> str:
    """Return the text with inputs of HTML as `[X]` and `[ ]`.

    >>> replace_html_inputs('<input type="checkbox" checked> Director')
    '[X] Director'
    """
    return _HTML_INPUT.sub(lambda match: box(checked="checked" in match.group(1).lower()), text)


def html_box_state(attributes: str) -> bool | None:
    """Return whether an input of HTML is checked, by its attributes; None if it is not a check box.

    >>> html_box_state(' type="checkbox" checked'), html_box_state(' type="text"')
    (True, None)
    """
    return _HTML_CHECKED.search(attributes) is not None if _HTML_BOX_TYPE.search(attributes) else None


def is_checked_rule(drawn: str) -> bool:
    """Return whether a box in aligned text has a cross in it.

    >>> is_checked_rule("__X__"), is_checked_rule("[ ]")
    (True, False)
    """
    return _TYPED_CROSS.search(drawn) is not None


def leading_box_value(text: str) -> str | None:
    """Return the value of a line's own box, `"true"` or `"false"`; None if the converter left no box.

    >>> leading_box_value("X Check this box"), leading_box_value("Check this box")
    ('true', None)
    """
    if CHECKED in text or _CROSS_ON_RULE.match(text):
        return "true"
    return "false" if UNCHECKED in text or _EMPTY_RULE.match(text) else None


def ends_with_cross(text: str) -> bool:
    """Return whether a cross follows the words.

    >>> ends_with_cross("Form 3 Holdings Reported X")
    True
    """
    return _CROSS_AT_END.search(text[-_LONGEST_CROSS:]) is not None


def column_cross(text: str) -> bool | None:
    """Return whether the mark in a column of the owners' table is a cross; None if it is not a mark at all.

    >>> column_cross("X"), column_cross(""), column_cross("CEO")
    (True, False, None)
    """
    return "X" in text if _COLUMN_CROSS.fullmatch(text) else None


def relationship_flags(boxes: list[str]) -> list[bool | None]:
    """Return whether each box is checked; None for a box that is missing among drawn ones, or holds another mark.

    Most converters print nothing for an unchecked box. But if a cell draws one unchecked box, it draws all of them, so
    a label without a box has lost it.

    >>> relationship_flags(["[X]", "[ ]", ""])
    [True, False, None]
    """
    all_drawn = any(_DRAWN_EMPTY.search(drawn) for drawn in boxes)
    return [_is_checked(drawn) if _is_readable(drawn, all_drawn=all_drawn) else None for drawn in boxes]


def _is_readable(drawn: str, *, all_drawn: bool) -> bool:
    missing = all_drawn and ANY_BOX.search(drawn) is None
    return not missing and _BESIDE_BOX.fullmatch(ANY_BOX.sub("", drawn)) is not None


def _is_checked(drawn: str) -> bool:
    """Return whether a box is checked: the last of several is the label's own."""
    checked, unchecked = drawn.rfind(CHECKED), drawn.rfind(UNCHECKED)
    return checked > unchecked or (unchecked < 0 and _CROSS.search(drawn) is not None)
