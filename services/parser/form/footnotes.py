"""The words after the tables: explanation of responses (the footnotes), remarks, and signatures."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from services.parser.document import folded
from services.parser.form.blocks import MARKER_END, MARKER_START

_NUMBERED: Final = re.compile(
    r"(?:\(([0-9]{1,2})\)|([0-9]{1,2})\.|\[([0-9]{1,2})\]"
    f"|{MARKER_START}([0-9]{{1,2}}){MARKER_END})"
    r"(?:[ \t]+|$)"
)
_BULLET: Final = re.compile(r"[-•*][ \t]+(?=\S)")
_DATE: Final = re.compile(r"(?<![0-9/])([0-9]{1,2}/[0-9]{1,2}/[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9/])")

_TORN: Final = re.compile(r"(?<![0-9/])[0-9]{1,2}/(?:[0-9]{1,2}/?)?(?![0-9/])|-{4}")

Signature = tuple[str | None, str | None]


def begins_footnote(line: str) -> bool:
    """Whether a line has a footnote's number or bullet before its text."""
    return (_NUMBERED.match(line) or _BULLET.match(line)) is not None


def read_footnotes(lines: Sequence[str]) -> dict[str, str]:
    """The footnotes by id (`F1`): numbered `1.`, `(1)` or `[1]`, or bulleted and then numbered by their order.

    A line that begins none goes on with the one before; so does a number out of turn, unless it is a sure marker.
    """
    footnotes: dict[str, list[str]] = {}
    current = 0
    for line in lines:
        text = line.strip()
        number, note = numbered_note(text)
        bullet = _BULLET.match(text)
        if number and (text.startswith(MARKER_START) or number == (current + 1 if current else number)):
            current = number
            footnotes[f"F{current}"] = [note]
        elif bullet:
            current += 1
            footnotes[f"F{current}"] = [text[bullet.end() :]]
        elif text and current:
            footnotes[f"F{current}"].append(text)
    return {identity: folded(" ".join(parts)) for identity, parts in footnotes.items()}


def before_footnotes(lines: Sequence[str]) -> list[str]:
    """The explanations before the first footnote: without a number or a bullet, or with a letter, none can be cited."""
    return list(takewhile(lambda line: not begins_footnote(line), filter(None, map(str.strip, lines))))


def numbered_note(text: str) -> tuple[int, str]:
    """The number that a line begins with and the rest of it; 0 where there is none."""
    numbered = _NUMBERED.match(text)
    if numbered is None:
        return 0, text
    return int(next(group for group in numbered.groups() if group)), text[numbered.end() :]


def signature_of_row(words: Sequence[str], captions: Sequence[str]) -> Signature:
    """A signature in a row over its captions: the name over the longer of them, and the date."""
    over = {caption.lower(): word for word, caption in zip(words, captions, strict=False) if caption}
    name = next((word for caption, word in over.items() if "signature" in caption), "")
    if name and "date" in over:
        return name, over["date"] or None
    signature, _ = read_signature([" ".join(filter(None, words))])
    return signature or (None, None)


def is_torn(signature: Signature) -> bool:
    """Whether a name without a date has a piece of one among its words, or a rule: two columns ran together."""
    name, day = signature
    return name is not None and day is None and _TORN.search(name) is not None


def read_signature(paragraphs: Sequence[str]) -> tuple[Signature | None, Sequence[str]]:
    """The signature at the end of `paragraphs`, and the paragraphs before it.

    A converter may wrap the name around the date, or repeat its last word after it.
    """
    if not paragraphs:
        return None, paragraphs
    *before, last = paragraphs
    found = None
    for found in _DATE.finditer(last):  # noqa: B007 - the last one found is the one wanted
        pass
    if found is None:
        return (folded(last), None), before
    name, rest = folded(last[: found.start()]), folded(last[found.end() :])
    if rest and not name.endswith(rest):
        name = f"{name} {rest}".strip()
    if not name and before:
        *before, previous = before
        name = folded(previous)
    return (name or None, found.group(1)), before
