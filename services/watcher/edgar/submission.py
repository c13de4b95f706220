"""A full submission's text as the event that carries it, with what its header knows."""

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
from services.section16.sgml_header import Header, header_accession_number, read_header
from services.section16.text_decoding import decode_filing

SOURCE: Final = "watcher/edgar"
"""The source in the envelope of every filing that comes from EDGAR, and the stage in a dead letter's headers."""

_ENDS: Final = ("</SEC-DOCUMENT>", "</SUBMISSION>", "-----END PRIVACY-ENHANCED MESSAGE-----")
_LONGEST_HEADER: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a submission was found, and what was known of it there; its header knows better.

    `url` is where it can be had again. `parties` are hints for a submission without a header of its own.
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
        """What a line in the log says of the filing."""
        return {"url": self.url, "filing_id": self.accession_number, "source": self.source}


def refusal_facts(origin: Origin, error: PermanentError) -> Mapping[str, object]:
    """Return what a line in the log says of a submission that has become a dead letter."""
    return {**origin.facts, "code": error.code, "error": error.message}


def filing_from_submission(content: bytes, origin: Origin, *, observed_at: datetime) -> FilingPublished:
    """The filing that a submission is.

    Raises:
        TransientError: it is not the submission that it should be: a page that says sorry, say, or another's.
        InvalidFiling: it is, and is no text.
    """
    see_that_it_is(content, origin)
    text = decode_filing(content)
    header = read_header(_head(text))
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


def breaks_off(content: bytes) -> bool:
    """Whether the submission lacks the mark that ends it. A few were filed so; the others are to be asked for again."""
    return not content[-1_024:].decode("latin-1").rstrip().endswith(_ENDS)


def dead_letter(origin: Origin, error: PermanentError, *, observed_at: datetime, content: bytes = b"") -> Output:
    """What stands in for a submission that cannot be published: its bytes, or, where those are too many, a pointer."""
    value = content
    if not content or len(content) > FILINGS.max_value_bytes:
        value = json.dumps({"source_url": origin.url, "observed_at": utc_text(observed_at)}).encode()
    pointer = (("insidertape_source_url", origin.url.encode()),)
    return Output(
        WATCHER_DEAD_LETTERS, origin.accession_number.encode(), value, pointer + reason_headers(error, stage=SOURCE)
    )


def see_that_it_is(content: bytes, origin: Origin) -> None:
    """See to it that what was sent is the submission that was asked for.

    Raises:
        TransientError: it is not.
    """
    found = header_accession_number(content[:_LONGEST_HEADER].decode("latin-1"))
    if found != origin.accession_number:
        what = f"is that of {found}" if found else f"has no header and begins with {content[:40]!r}"
        raise TransientError(ErrorCode.NO_SUBMISSION, f"what was sent for {origin.accession_number} {what}")


def _head(text: str) -> str:
    """The header of a submission, whichever way its lines end."""
    end = text.find("<DOCUMENT>", 0, _LONGEST_HEADER)
    head = text[: end if end >= 0 else _LONGEST_HEADER]
    return head.replace("\r\n", "\n").replace("\r", "\n")


def _hints(header: Header, known: Hints) -> Hints:
    owners: tuple[PartyHint, ...] = tuple(header.owners)
    return Hints(issuer=header.issuer or known.issuer, owners=owners or known.owners)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
