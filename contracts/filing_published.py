"""FilingPublished: a filing's text, as filed, on its way to the parsers."""

from datetime import date
from typing import Literal

from contracts.base import AccessionNumber, Cik, Contract, Sha256, Text, UtcDatetime
from contracts.section16 import FormType

FilingSource = Literal["edgar-current", "edgar-index", "edgar-bulk", "directory"]


class PartyHint(Contract):
    """What an index or an SGML header knows of an issuer or owner, and the text may lack."""

    cik: Cik | None = None
    name: Text | None = None
    trading_symbol: Text | None = None


class Hints(Contract):
    """Knowledge of the parties that travels with a filing. Where the document disagrees, the document wins."""

    issuer: PartyHint | None = None
    owners: tuple[PartyHint, ...] = ()


class FilingPublished(Contract):
    """One filing as a source published it. Key: `filing_id`.

    `filed_on` is EDGAR's filing date; `accepted_at` and `observed_at` are UTC. `content` is the text exactly as
    filed, less its exhibits where it is too large with them, and `content_sha256` the hash of its UTF-8 bytes.
    """

    filing_id: Text
    accession_number: AccessionNumber | None = None
    form_type: FormType | None = None
    content: str
    content_sha256: Sha256
    source: FilingSource
    source_url: Text | None = None
    filed_on: date | None = None
    accepted_at: UtcDatetime | None = None
    observed_at: UtcDatetime
    hints: Hints = Hints()
