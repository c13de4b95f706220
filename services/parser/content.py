"""A filing's content: its text, whatever the encoding, and its format, recognised by content and never by name."""

import re
from typing import Final, Literal

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling
from services.section16.text_decoding import decode_filing

ContentFormat = Literal["xml", "submission", "html", "text"]

LARGEST_CONTENT: Final = 16 * 1024 * 1024
"""Bytes (or characters) of the largest content that is read: twice the maximum of the filings topic."""

_START_LENGTH: Final = 64 * 1024
_SUBMISSION: Final = re.compile(
    r"^[ \t]*<(?:SEC-DOCUMENT|SEC-HEADER|IMS-DOCUMENT|IMS-HEADER|SUBMISSION)>", re.MULTILINE
)
_SUBMISSION_MARKS: Final = ("<SEC-", "<IMS-", "<SUBMISSION>")
_HTML: Final = re.compile(r"<(?:!doctype[ \t\r\n]+html|html|head|body|t[drh]|div|font|span)[\s>]", re.IGNORECASE)
"""A page's tags. `<TABLE>` is not among them: ASCII forms have it too."""

_HTML_ROOT: Final = re.compile(r"<html[\s>]", re.IGNORECASE)
_OWNERSHIP_ROOT: Final = re.compile(r"<(?:[A-Za-z_][\w.-]{0,30}:)?ownershipDocument[\s>/]", re.IGNORECASE)
_START_TAG: Final = re.compile(r"<[A-Za-z_]")
_LETTER: Final = re.compile(r"[A-Za-z]")


def decode(content: bytes | str) -> str:
    r"""Return the content as text with newlines alone: UTF-8 or UTF-16, with or without a mark, else Windows-1252.

    >>> decode(b"FORM 4\r\n")
    'FORM 4\n'

    Raises:
        InvalidFiling: it is empty, larger than `LARGEST_CONTENT`, or binary.
    """
    if len(content) > LARGEST_CONTENT:
        raise InvalidFiling(ErrorCode.TOO_LARGE, f"content of {len(content)} is over the limit of {LARGEST_CONTENT}")
    text = content if isinstance(content, str) else decode_filing(content)
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text or text.isspace():
        raise InvalidFiling(ErrorCode.EMPTY, "the content is empty")
    if "\x00" in text:
        raise InvalidFiling(ErrorCode.BINARY, "the content holds NUL characters: it is not text")
    if isinstance(content, str) and not _is_encodable(text):
        raise InvalidFiling(ErrorCode.BINARY, "the content holds half characters (lone surrogates): it is not text")
    return text


def _is_encodable(text: str) -> bool:
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def detect_format(text: str) -> ContentFormat:
    """Return the format of the filing.

    >>> detect_format("<ownershipDocument>"), detect_format("<html>"), detect_format("FORM 4")
    ('xml', 'html', 'text')

    Raises:
        InvalidFiling: there is no word in it.
    """
    start = text[:_START_LENGTH]
    if start.startswith(("<?xml", "<ownershipDocument")) and _first_element_is_ownership(start):
        return "xml"
    if _is_submission(start):
        return "submission"
    if holds_ownership_document(start):
        return "xml"
    if start.lstrip().startswith("<?xml"):
        return "html" if _HTML_ROOT.search(start) else "xml"
    if start.lstrip()[:1] == "<" and _HTML.search(start):
        return "html"
    if not _LETTER.search(start):
        raise InvalidFiling(ErrorCode.NOT_A_FILING, "there is no word in it")
    return "text"


def _is_submission(start: str) -> bool:
    return any(mark in start for mark in _SUBMISSION_MARKS) and _SUBMISSION.search(start) is not None


def _first_element_is_ownership(start: str) -> bool:
    """Return whether the first tag is an ownership document's, which settles it for most filings."""
    first = _START_TAG.search(start)
    return first is not None and _OWNERSHIP_ROOT.match(start, first.start()) is not None


def ownership_root(text: str) -> re.Match[str] | None:
    """Return the start tag of an ownership document's root element; None if there is none.

    >>> ownership_root("<XML><ownershipDocument>").start()
    5
    """
    return _OWNERSHIP_ROOT.search(text)


def holds_ownership_document(text: str) -> bool:
    """Return whether an ownership document's root element begins in the text.

    >>> holds_ownership_document("<XML><ownershipDocument>")
    True
    """
    # Bytes are lowered at twice the speed of text, and the name of the element is ASCII.
    may_hold = "ownershipDocument" in text or b"ownershipdocument" in text.encode(errors="surrogatepass").lower()
    return may_hold and _OWNERSHIP_ROOT.search(text) is not None
