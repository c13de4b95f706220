"""Full submissions: the SGML header that EDGAR puts before the documents, and the ownership document among them."""

import re
from dataclasses import dataclass
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling
from services.parser.content import holds_ownership_document
from services.section16.sgml_header import LONGEST_HEADER, Header, read_header
from services.section16.vocabulary import form_type_of

_DOCUMENT: Final = re.compile(r"^[ \t]*<DOCUMENT>", re.MULTILINE)
_DOCUMENT_END: Final = re.compile(r"^[ \t]*</DOCUMENT>", re.MULTILINE)
_TEXT: Final = re.compile(r"<(?:XML|TEXT)>")
_TEXT_END: Final = re.compile(r"</(?:XML|TEXT)>")
_TYPE: Final = re.compile(r"^[ \t]*<TYPE>([^\n<]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Submission:
    """A full submission: its header, the text of its ownership document, and the number of further ones."""

    header: Header
    document: str
    further_documents: int


def read_submission(text: str) -> Submission:
    r"""Return the header and the ownership document of a full submission.

    >>> text = "<SEC-HEADER>\n<DOCUMENT>\n<TYPE>4\n<TEXT>\n<ownershipDocument/>\n</TEXT>\n</DOCUMENT>"
    >>> read_submission(text).document.strip()
    '<ownershipDocument/>'

    Raises:
        InvalidFiling: it holds no document, or none that is a Form 3, 4 or 5.
    """
    first = _DOCUMENT.search(text)
    header = read_header(text[: first.start() if first else LONGEST_HEADER])
    if first is None:
        raise InvalidFiling(ErrorCode.NO_DOCUMENT, "the submission has a header but no document")
    documents: list[str] = []
    of_other_format: list[str] = []
    position: re.Match[str] | None = first
    while position is not None:
        following = _DOCUMENT.search(text, position.end())
        end = _DOCUMENT_END.search(text, position.end(), following.start() if following else len(text))
        whole = text[position.end() : end.start() if end else following.start() if following else len(text)]
        kind = _TYPE.search(whole, 0, 2000)
        body = _body(whole)
        if holds_ownership_document(body):
            documents.append(body)
        elif kind and form_type_of(kind.group(1)):
            of_other_format.append(body)
        position = following
    if not documents:
        documents = of_other_format
    if not documents:
        raise InvalidFiling(ErrorCode.NOT_SECTION_16, "none of the submission's documents is a Form 3, 4 or 5")
    return Submission(header, documents[0], len(documents) - 1)


def _body(document: str) -> str:
    """Return the content of the innermost of `<TEXT>` and `<XML>`; the whole document if it has neither."""
    start = 0
    for opening in _TEXT.finditer(document):
        if document[start : opening.start()].strip() and start:
            break
        start = opening.end()
    ending = _TEXT_END.search(document, start)
    return document[start : ending.start() if ending else len(document)]
