"""A filing's events as JSON in UTF-8: by the native reader if it is installed and certain, else by the Python reader.

The Python reader is the definition. The native one (`native/`) returns the same bytes or declines, and is ten times as
fast.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, TypedDict, Unpack

from contracts.base import utc_text
from contracts.codec import encode
from contracts.enumerations import FormType, SourceFormat
from contracts.filing_published import Hints
from contracts.structs import TransactionsReported
from services.parser.filing import parse_filing
from services.section16.tickers import tickers_of

Answer = tuple[str, str, str, int, list[str], list[bytes]]
"""The first fields of an `EncodedFiling`, in its order."""

_read: Callable[..., Answer | str] | None
try:
    from services.parser import _native
except ImportError:  # it was installed without the native reader
    _read = None
else:
    _read = _native.read

NOT_INSTALLED: Final = "not_installed"
NOT_OF_CONTRACT: Final = "facts"
"""A reason to decline: Python reports what is wrong with the facts."""


@dataclass(frozen=True, slots=True)
class EncodedFiling:
    """The events of one filing as JSON, one per owner in document order, and facts about them.

    `diagnostics` are the codes in all events. `declined` is the reason why the native reader did not read the filing;
    None if it did.
    """

    filing_id: str
    form_type: str
    issuer_key: str
    lines: int
    diagnostics: list[str]
    events: list[bytes]
    source_format: SourceFormat = "xml"
    declined: str | None = None


def active_reader() -> Literal["native", "python"]:
    """Return the reader that XML and full submissions are read with first.

    >>> active_reader() in ("native", "python")
    True
    """
    return "python" if _read is None else "native"


class FilingFacts(TypedDict, total=False):
    """Facts that travel with a filing: the keywords of `parse_filing`."""

    hints: Hints | None
    filing_id: str | None
    accession_number: str | None
    form_type: FormType | None
    filed_on: date | None
    accepted_at: datetime | None
    source_url: str | None


def parse_filing_json(content: bytes | str, **facts: Unpack[FilingFacts]) -> list[bytes]:
    """Return the encoded events of `parse_filing`, as JSON in UTF-8, in a fraction of the time.

    >>> text = "<ownershipDocument><documentType>4</documentType><issuer><issuerName>ACME</issuerName></issuer>"
    >>> text += "<reportingOwner><reportingOwnerId><rptOwnerName>DOE JANE</rptOwnerName></reportingOwnerId>"
    >>> text += "</reportingOwner></ownershipDocument>"
    >>> [b'"name":"DOE JANE"' in event for event in parse_filing_json(text)]
    [True]

    Raises:
        InvalidFiling: the content cannot be read as a Form 3, 4 or 5; `code` gives the reason.
    """
    return encode_filing(content, **facts).events


def encode_filing(content: bytes | str, **facts: Unpack[FilingFacts]) -> EncodedFiling:
    """Return the events of one filing as JSON, and facts about them.

    >>> text = "<ownershipDocument><documentType>4</documentType><issuer><issuerName>ACME</issuerName></issuer>"
    >>> text += "<reportingOwner><reportingOwnerId><rptOwnerName>DOE JANE</rptOwnerName></reportingOwnerId>"
    >>> encode_filing(text + "</reportingOwner></ownershipDocument>").issuer_key
    'name:ACME'

    Raises:
        InvalidFiling: the content cannot be read as a Form 3, 4 or 5; `code` gives the reason.
    """
    answer = read_natively(content, **facts)
    if isinstance(answer, EncodedFiling):
        return answer
    return encoded(parse_filing(content, **facts), declined=answer)


def encoded(reports: Sequence[TransactionsReported], declined: str | None = None) -> EncodedFiling:
    r"""Return the events of the Python reader as JSON, and facts about them.

    >>> page = "FORM 3\n1. Title of Security\t2. Amount\t3. Ownership Form\t4. Nature of\nStock\t500\tD\t"
    >>> from contracts.filing_published import PartyHint
    >>> hints = Hints(issuer=PartyHint(name="ACME"), owners=(PartyHint(name="DOE JANE"),))
    >>> encoded(parse_filing(page, hints=hints)).lines
    1
    """
    first = reports[0]
    return EncodedFiling(
        filing_id=first.filing.filing_id,
        form_type=first.filing.form_type,
        issuer_key=first.issuer.key,
        lines=len(first.transactions) + len(first.holdings),
        diagnostics=[found.code for report in reports for found in report.diagnostics],
        events=[encode(report) for report in reports],
        source_format=first.filing.source_format,
        declined=declined,
    )


def read_natively(content: bytes | str, **facts: Unpack[FilingFacts]) -> EncodedFiling | str:
    """Return the answer of the native reader, or the reason why it declines.

    >>> read_natively("FORM 4") in ("prologue", NOT_INSTALLED)
    True
    """
    if _read is None:
        return NOT_INSTALLED
    filed_on, accepted_at = facts.get("filed_on"), facts.get("accepted_at")
    if accepted_at is not None and accepted_at.tzinfo is None:
        return NOT_OF_CONTRACT
    try:
        answer = _read(
            content,
            facts.get("hints"),
            facts.get("filing_id"),
            facts.get("accession_number"),
            facts.get("form_type"),
            filed_on.isoformat() if filed_on is not None else None,
            utc_text(accepted_at) if accepted_at is not None else None,
            facts.get("source_url"),
            tickers_of,
        )
    except (TypeError, UnicodeEncodeError):
        return NOT_OF_CONTRACT
    return answer if isinstance(answer, str) else EncodedFiling(*answer)
