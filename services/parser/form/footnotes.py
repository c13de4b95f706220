"""The explanation of responses: the footnotes, by number, and explanations that have no number."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final, NamedTuple

from services.parser.document import collapse_whitespace

_NUMBERED: Final = re.compile(r"(?:\(([0-9]{1,2})\)|([0-9]{1,2})\.|\[([0-9]{1,2})\])(?:[ \t]+|$)")
_BULLET: Final = re.compile(r"[-•*][ \t]+(?=\S)")


class NumberedNote(NamedTuple):
    """A footnote in its own row, whose number is beyond doubt."""

    number: int
    text: str


NoteLine = str | NumberedNote


def begins_footnote(line: NoteLine) -> bool:
    """Return whether a line has a footnote's number or bullet before its text.

    >>> begins_footnote("(1) A note."), begins_footnote("A note.")
    (True, False)
    """
    if isinstance(line, NumberedNote):
        return True
    return (_NUMBERED.match(line) or _BULLET.match(line)) is not None


def read_footnotes(lines: Sequence[NoteLine]) -> dict[str, str]:
    """Return the footnotes by id (`F1`): numbered `1.`, `(1)` or `[1]`, or bulleted and then numbered by their order.

    A line that begins no footnote continues the one before. So does a number out of turn, unless it is beyond doubt.

    >>> read_footnotes(["(1) A note", "that continues.", "(2) Another."])
    {'F1': 'A note that continues.', 'F2': 'Another.'}
    """
    footnotes: dict[str, list[str]] = {}
    current = 0
    for line in lines:
        if isinstance(line, NumberedNote):
            current = line.number
            footnotes[f"F{current}"] = [line.text]
            continue
        text = line.strip()
        number, note = split_number(text)
        bullet = _BULLET.match(text)
        if number and number == (current + 1 if current else number):
            current = number
            footnotes[f"F{current}"] = [note]
        elif bullet:
            current += 1
            footnotes[f"F{current}"] = [text[bullet.end() :]]
        elif text and current:
            footnotes[f"F{current}"].append(text)
    return {identity: collapse_whitespace(" ".join(parts)) for identity, parts in footnotes.items()}


def before_footnotes(lines: Sequence[NoteLine]) -> list[str]:
    """Return the explanations before the first footnote. They have no number or bullet, so no cell can cite them.

    >>> before_footnotes(["See Exhibit 99.", "(1) A note."])
    ['See Exhibit 99.']
    """
    kept = takewhile(lambda line: not begins_footnote(line), (_stripped(line) for line in lines))
    return [line for line in kept if isinstance(line, str) and line]


def _stripped(line: NoteLine) -> NoteLine:
    return line.strip() if isinstance(line, str) else line


def split_number(text: str) -> tuple[int, str]:
    """Return the number that a line begins with, 0 if there is none, and the rest of the line.

    >>> split_number("(3) A note.")
    (3, 'A note.')
    """
    numbered = _NUMBERED.match(text)
    if numbered is None:
        return 0, text
    return int(next(group for group in numbered.groups() if group)), text[numbered.end() :]
