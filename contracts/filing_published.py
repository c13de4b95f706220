"""FilingPublished: a filing's text, as filed, on its way to the parsers."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.base import AccessionNumber, Cik, Contract, Sha256, Text, UtcDatetime
from contracts.enumerations import FormType

FilingSource = Literal["edgar-current", "edgar-index", "edgar-bulk", "directory"]


class PartyHint(Contract):
    """An issuer or owner, as an index or an SGML header describes it; the text may lack this."""

    cik: Cik | None = Field(
        default=None,
        description="Central Index Key, ten digits with leading zeros; null if the source does not have it",
    )
    name: Text | None = Field(
        default=None, description="name as EDGAR conforms it; null if the source does not have it"
    )
    trading_symbol: Text | None = Field(
        default=None, description="trading symbol of an issuer; null for an owner, or if the source does not have it"
    )


class Hints(Contract):
    """Facts about the parties that travel with a filing. If the document differs, the document wins."""

    issuer: PartyHint | None = Field(
        default=None, description="the company whose securities are reported; null if the source does not name it"
    )
    owners: tuple[PartyHint, ...] = Field(
        default=(), description="the reporting owners, in the source's order; empty if the source names none"
    )


class FilingPublished(Contract):
    """One filing as a source published it. Key: `filing_id`."""

    filing_id: Text = Field(
        description="the filing's identity: accession number, else `sha256:` and 32 hex digits of its text's hash"
    )
    accession_number: AccessionNumber | None = Field(
        default=None, description="EDGAR's identifier of the submission, with dashes; null if the source has none"
    )
    form_type: FormType | None = Field(
        default=None, description="form type by the index, feed or header; null if only the text states it"
    )
    content: str = Field(
        description="the text exactly as filed, decoded; without its exhibits if it is too large with them"
    )
    content_sha256: Sha256 = Field(description="SHA-256 of `content` in UTF-8, in lower-case hexadecimal")
    source: FilingSource = Field(
        description="where the filing was found: edgar-current (the feed), edgar-index (an index), edgar-bulk (a day's "
        "archive) or directory"
    )
    source_url: Text | None = Field(default=None, description="URL that the text was fetched from; null if it has none")
    filed_on: date | None = Field(
        default=None, description="EDGAR's filing date, in Eastern time; null if the source does not have it"
    )
    accepted_at: UtcDatetime | None = Field(
        default=None, description="time of EDGAR's acceptance, in UTC; null if the source does not have it"
    )
    observed_at: UtcDatetime = Field(description="time at which the source first saw the filing, in UTC")
    hints: Hints = Field(default=Hints(), description="facts about the parties that the text may lack")
