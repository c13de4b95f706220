"""Convert a full submission to the event that carries its text, with the facts of its header."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from contracts.base import utc_text
from contracts.codes import ErrorCode
from contracts.enumerations import FormType
from contracts.errors import PermanentError, TransientError
from contracts.filing_published import FilingPublished, FilingSource, Hints, PartyHint
from contracts.topics import FILINGS, WATCHER_DEAD_LETTERS
from services.runtime.dead_letters import reason_headers
from services.runtime.port import Output
from services.section16.sgml_header import LONGEST_HEADER, Header, header_accession_number, header_text, read_header
from services.section16.text_decoding import decode_filing

SOURCE: Final = "watcher/edgar"
"""The source in the envelope of every filing from EDGAR, and the stage in the headers of its dead letters."""

_ENDS: Final = ("</SEC-DOCUMENT>", "</SUBMISSION>", "-----END PRIVACY-ENHANCED MESSAGE-----")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a submission was found, and the facts known there. Facts in its header take precedence.

    `hints` name the parties of a submission without a header.
    """

    accession_number: str
    form_type: FormType
    source: FilingSource
    url: str
    filed_on: date | None = None
    accepted_at: datetime | None = None
    hints: Hints = field(default_factory=Hints)

    @property
    def facts(self) -> Mapping[str, object]:
        """The fields of the filing's log line."""
        return {"url": self.url, "filing_id": self.accession_number, "source": self.source}


def refusal_facts(origin: Origin, error: PermanentError) -> Mapping[str, object]:
    """Return the fields of the log line of a dead letter."""
    return {**origin.facts, "code": error.code, "error": error.message}


def filing_from_submission(content: bytes, origin: Origin, *, observed_at: datetime) -> FilingPublished:
    """Return the filing that a submission contains.

    Raises:
        TransientError: the content is another submission, or not a submission, such as an error page.
        InvalidFiling: it is not text.
    """
    verify_accession_number(content, origin)
    text = decode_filing(content)
    header = read_header(header_text(text))
    return FilingPublished(
        filing_id=origin.accession_number,
        accession_number=origin.accession_number,
        form_type=header.form_type or origin.form_type,
        content=text,
        content_sha256=_sha256(text),
        source=origin.source,
        source_url=origin.url,
        filed_on=header.filed_on or origin.filed_on,
        accepted_at=header.accepted_at or origin.accepted_at,
        observed_at=observed_at,
        hints=_hints(header, origin.hints),
    )


def is_truncated(content: bytes) -> bool:
    """Return whether the submission lacks its end mark. A few were filed so; others were cut off on their way."""
    return not content[-1_024:].decode("latin-1").rstrip().endswith(_ENDS)


def dead_letter(origin: Origin, error: PermanentError, *, observed_at: datetime, content: bytes = b"") -> Output:
    """Return the dead letter of a submission: its bytes, or a pointer to it if they are missing or too many."""
    value = content
    if not content or len(content) > FILINGS.max_value_bytes:
        value = json.dumps({"source_url": origin.url, "observed_at": utc_text(observed_at)}).encode()
    pointer = (("insidertape_source_url", origin.url.encode()),)
    return Output(
        WATCHER_DEAD_LETTERS, origin.accession_number.encode(), value, pointer + reason_headers(error, stage=SOURCE)
    )


def verify_accession_number(content: bytes, origin: Origin) -> None:
    """Check that the content is the requested submission.

    Raises:
        TransientError: it is not.
    """
    found = header_accession_number(content[:LONGEST_HEADER].decode("latin-1"))
    if found != origin.accession_number:
        problem = f"belongs to {found}" if found else f"has no header and starts with {content[:40]!r}"
        raise TransientError(ErrorCode.NO_SUBMISSION, f"the response for {origin.accession_number} {problem}")


def _hints(header: Header, known: Hints) -> Hints:
    owners: tuple[PartyHint, ...] = tuple(header.owners)
    return Hints(issuer=header.issuer or known.issuer, owners=owners or known.owners)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
