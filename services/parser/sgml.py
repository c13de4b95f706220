"""Full submissions: the SGML header that EDGAR puts before the documents, and the ownership document among them."""

import re
from dataclasses import dataclass
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling
from services.parser.content import holds_ownership_document, ownership_root
from services.section16.sgml_header import LONGEST_HEADER, Header, read_header
from services.section16.vocabulary import form_type_of

_DOCUMENT: Final = re.compile(r"^[ \t]*<DOCUMENT>", re.MULTILINE)
_DOCUMENT_END: Final = re.compile(r"^[ \t]*</DOCUMENT>", re.MULTILINE)
_TEXT: Final = re.compile(r"<(?:XML|TEXT)>")
_TEXT_END: Final = re.compile(r"</(?:XML|TEXT)>")
_TYPE: Final = re.compile(r"^[ \t]*<TYPE>([^\n<]*)", re.MULTILINE)
_LONGEST_START: Final = 2000
"""Characters of a document that may have its type."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A full submission: its header, the text of its ownership document, and the number of further ones.

    `repaired`: the document's own tag is missing.
    """

    header: Header
    document: str
    further_documents: int
    repaired: bool = False


def read_submission(text: str) -> Submission:
    r"""Return the header and the ownership document of a full submission.

    >>> text = "<SEC-HEADER>\n<DOCUMENT>\n<TYPE>4\n<TEXT>\n<ownershipDocument/>\n</TEXT>\n</DOCUMENT>"
    >>> read_submission(text).document.strip()
    '<ownershipDocument/>'

    Raises:
        InvalidFiling: it holds no document, or none that is a Form 3, 4 or 5.
    """
    head, *parts = _DOCUMENT.split(text)
    if not parts:
        return _without_document(text)
    header = read_header(head)
    wholes = [_DOCUMENT_END.split(part, maxsplit=1)[0] for part in parts]
    documents = [body for body in map(_body, wholes) if holds_ownership_document(body)]
    documents = documents or [_body(whole) for whole in wholes if _is_section_16(whole)]
    if not documents:
        raise InvalidFiling(ErrorCode.NOT_SECTION_16, "none of the submission's documents is a Form 3, 4 or 5")
    return Submission(header, documents[0], len(documents) - 1)


def _without_document(text: str) -> Submission:
    """Return a submission whose document follows the header without its own tag."""
    begin = _TEXT.search(text) or ownership_root(text)
    header = read_header(text[: begin.start() if begin else LONGEST_HEADER])
    body = _body(text[begin.start() :]) if begin else ""
    if not holds_ownership_document(body) and (header.form_type is None or not body.strip()):
        raise InvalidFiling(ErrorCode.NO_DOCUMENT, "the submission has a header but no document")
    return Submission(header, body, 0, repaired=True)


def _is_section_16(document: str) -> bool:
    kind = _TYPE.search(document, 0, _LONGEST_START)
    return kind is not None and form_type_of(kind.group(1)) is not None


def _body(document: str) -> str:
    """Return the content of the innermost of `<TEXT>` and `<XML>`; the whole document if it has neither."""
    start = 0
    for opening in _TEXT.finditer(document):
        if document[start : opening.start()].strip() and start:
            break
        start = opening.end()
    ending = _TEXT_END.search(document, start)
    return document[start : ending.start() if ending else len(document)]
