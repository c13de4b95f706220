"""Signatures: the name and date of whoever signed a form."""

import re
from collections.abc import Sequence
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.written_dates import WRITTEN_DATE, as_printed

_DATE: Final = re.compile(f"({WRITTEN_DATE})")
_DATE_CAPTION: Final = re.compile(r"[\s,;]*\b(?:Dated?|DATED?):?\s*$")
_RULE: Final = re.compile(r"[-_]{3,}")
_TORN_DATE: Final = re.compile(r"(?<![0-9/])[0-9]{1,2}/(?:[0-9]{1,2}/?)?(?![0-9/])|-{4}")

Signature = tuple[str | None, str | None]
"""A name and a date, as printed."""


def read_signature_row(words: Sequence[str], captions: Sequence[str]) -> Signature:
    """Return the signature in a row over its captions: the name over the longer of them, and the date.

    >>> read_signature_row(["/s/ Jane Doe", "02/07/2024"], ["** Signature of Reporting Person", "Date"])
    ('/s/ Jane Doe', '02/07/2024')
    """
    over = {caption.lower(): word for word, caption in zip(words, captions, strict=False) if caption}
    name = next((word for caption, word in over.items() if "signature" in caption), "")
    if name and "date" in over:
        return name, as_printed(over["date"]) or None
    signature, _ = read_signature([" ".join(filter(None, words))])
    return signature or (None, None)


def is_torn(signature: Signature) -> bool:
    """Return whether a name without a date has a piece of a date in it, or a rule: two columns ran together.

    >>> is_torn(("/s/ Jane 02/ Doe", None))
    True
    """
    name, day = signature
    return name is not None and day is None and _TORN_DATE.search(name) is not None


def read_signature(paragraphs: Sequence[str]) -> tuple[Signature | None, Sequence[str]]:
    """Return the signature at the end of `paragraphs`, and the paragraphs before it.

    A converter may wrap the name around the date, or repeat its last word after it.

    >>> read_signature(["A remark.", "/s/ Jane Doe 02/07/2024"])
    (('/s/ Jane Doe', '02/07/2024'), ['A remark.'])
    """
    if not paragraphs:
        return None, paragraphs
    *before, last = paragraphs
    dates = list(_DATE.finditer(last))
    if not dates:
        return (collapse_whitespace(last), None), before
    date = dates[-1]
    name = collapse_whitespace(_DATE_CAPTION.sub("", _RULE.sub(" ", last[: date.start()])))
    rest = collapse_whitespace(_RULE.sub(" ", last[date.end() :]))
    if rest and not name.endswith(rest):
        name = f"{name} {rest}".strip()
    if not name and before:
        *before, previous = before
        name = collapse_whitespace(previous)
    return (name or None, as_printed(date.group(1))), before
