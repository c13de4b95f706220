"""Made-up filings for the fake EDGAR: parties, times, and the text of the full submission, created on demand."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

EASTERN: Final = ZoneInfo("America/New_York")
SECTION_16: Final = frozenset({"3", "3/A", "4", "4/A", "5", "5/A"})

Role = Literal["Issuer", "Reporting", "Filer", "Subject", "Filed by"]


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a filing, in the role that the feed names. `cik` has no leading zeros."""

    name: str
    cik: int
    role: Role


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing. `accepted_at` is UTC. `shown_at` is when the feed begins to show it; None for never."""

    accession: str
    form: str
    accepted_at: datetime
    parties: tuple[Party, ...]
    shown_at: datetime | None

    @property
    def accepted_eastern(self) -> datetime:
        """The acceptance time in Eastern time, as on EDGAR's pages."""
        return self.accepted_at.astimezone(EASTERN)

    @property
    def filed_on(self) -> date:
        """The filing date: the day of acceptance, until 22:00 Eastern."""
        return self.accepted_eastern.date()

    @property
    def is_section_16(self) -> bool:
        """Whether the watcher is expected to publish it."""
        return self.form in SECTION_16

    @property
    def folder(self) -> str:
        """The accession number without dashes, as in folder names."""
        return self.accession.replace("-", "")

    def path(self, party: Party) -> str:
        """Return the path of the submission for one of its parties, as in the indexes."""
        return f"edgar/data/{party.cik}/{self.accession}.txt"


def submission_text(filing: Filing) -> str:
    """Return the full submission, as EDGAR serves it under the accession number."""
    day = f"{filing.filed_on:%Y%m%d}"
    parties = "".join(_header_of(party, filing) for party in filing.parties)
    return (
        f"<SEC-DOCUMENT>{filing.accession}.txt : {day}\n"
        f"<SEC-HEADER>{filing.accession}.hdr.sgml : {day}\n"
        f"<ACCEPTANCE-DATETIME>{filing.accepted_eastern:%Y%m%d%H%M%S}\n"
        f"ACCESSION NUMBER:\t\t{filing.accession}\n"
        f"CONFORMED SUBMISSION TYPE:\t{filing.form}\n"
        "PUBLIC DOCUMENT COUNT:\t\t1\n"
        f"CONFORMED PERIOD OF REPORT:\t{day}\n"
        f"FILED AS OF DATE:\t\t{day}\n"
        f"DATE AS OF CHANGE:\t\t{day}\n"
        f"{parties}</SEC-HEADER>\n"
        f"<DOCUMENT>\n<TYPE>{filing.form}\n<SEQUENCE>1\n<FILENAME>doc4.xml\n<TEXT>\n<XML>\n"
        f"{_ownership(filing)}</XML>\n</TEXT>\n</DOCUMENT>\n</SEC-DOCUMENT>\n"
    )


def bulk_text(filing: Filing) -> str:
    """Return the submission as daily archives carry it: tags only in the header, and no acceptance time."""
    day = f"{filing.filed_on:%Y%m%d}"
    return (
        f"<SUBMISSION>\n<ACCESSION-NUMBER>{filing.accession}\n<TYPE>{filing.form}\n<PUBLIC-DOCUMENT-COUNT>1\n"
        f"<PERIOD>{day}\n<FILING-DATE>{day}\n<DATE-OF-FILING-DATE-CHANGE>{day}\n"
        f"{''.join(_tags_of(party) for party in filing.parties)}"
        f"<DOCUMENT>\n<TYPE>{filing.form}\n<SEQUENCE>1\n<FILENAME>doc4.xml\n<TEXT>\n<XML>\n"
        f"{_ownership(filing)}</XML>\n</TEXT>\n</DOCUMENT>\n</SUBMISSION>\n"
    )


def _header_of(party: Party, filing: Filing) -> str:
    section, data = ("ISSUER", "COMPANY DATA") if party.role == "Issuer" else ("REPORTING-OWNER", "OWNER DATA")
    values = "" if party.role == "Issuer" else f"\n\tFILING VALUES:\n\t\tFORM TYPE:\t\t{filing.form}\n"
    return (
        f"\n{section}:\n\n\t{data}:\n\t\tCOMPANY CONFORMED NAME:\t\t\t{party.name}\n"
        f"\t\tCENTRAL INDEX KEY:\t\t\t{party.cik:010}\n{values}"
    )


def _tags_of(party: Party) -> str:
    outer, inner = ("ISSUER", "COMPANY-DATA") if party.role == "Issuer" else ("REPORTING-OWNER", "OWNER-DATA")
    return f"<{outer}>\n<{inner}>\n<CONFORMED-NAME>{party.name}\n<CIK>{party.cik:010}\n</{inner}>\n</{outer}>\n"


def _ownership(filing: Filing) -> str:
    """Return a document with one purchase, or plain text for forms outside Section 16."""
    if not filing.is_section_16:
        return f"{filing.form}\n"
    issuers = [party for party in filing.parties if party.role == "Issuer"]
    owners = [party for party in filing.parties if party.role != "Issuer"]
    return (
        '<?xml version="1.0"?>\n<ownershipDocument>\n    <schemaVersion>X0508</schemaVersion>\n'
        f"    <documentType>{filing.form}</documentType>\n"
        f"    <periodOfReport>{filing.filed_on}</periodOfReport>\n"
        + "".join(_ISSUER.format(party.cik, escape(party.name)) for party in issuers)
        + "".join(_OWNER.format(party.cik, escape(party.name)) for party in owners)
        + (_HOLDING if filing.form[0] == "3" else _PURCHASE.format(filing.filed_on, filing.form[0]))
        + "".join(_SIGNATURE.format(escape(party.name), filing.filed_on) for party in owners)
        + "</ownershipDocument>\n"
    )


_ISSUER: Final = (
    "    <issuer>\n        <issuerCik>{:010}</issuerCik>\n        <issuerName>{}</issuerName>\n"
    "        <issuerTradingSymbol>NONE</issuerTradingSymbol>\n    </issuer>\n"
)
_OWNER: Final = (
    "    <reportingOwner>\n        <reportingOwnerId>\n            <rptOwnerCik>{:010}</rptOwnerCik>\n"
    "            <rptOwnerName>{}</rptOwnerName>\n        </reportingOwnerId>\n"
    "        <reportingOwnerRelationship>\n            <isDirector>1</isDirector>\n"
    "        </reportingOwnerRelationship>\n    </reportingOwner>\n"
)
_AFTER: Final = (
    "            <postTransactionAmounts><sharesOwnedFollowingTransaction><value>1200</value>"
    "</sharesOwnedFollowingTransaction></postTransactionAmounts>\n            <ownershipNature>"
    "<directOrIndirectOwnership><value>D</value></directOrIndirectOwnership></ownershipNature>\n"
)
_PURCHASE: Final = (
    "    <nonDerivativeTable>\n        <nonDerivativeTransaction>\n"
    "            <securityTitle><value>Common Stock</value></securityTitle>\n"
    "            <transactionDate><value>{}</value></transactionDate>\n"
    "            <transactionCoding><transactionFormType>{}</transactionFormType>"
    "<transactionCode>P</transactionCode><equitySwapInvolved>0</equitySwapInvolved></transactionCoding>\n"
    "            <transactionAmounts><transactionShares><value>200</value></transactionShares>"
    "<transactionPricePerShare><value>12.5</value></transactionPricePerShare><transactionAcquiredDisposedCode>"
    "<value>A</value></transactionAcquiredDisposedCode></transactionAmounts>\n"
    + _AFTER
    + "        </nonDerivativeTransaction>\n    </nonDerivativeTable>\n"
)
_HOLDING: Final = (
    "    <nonDerivativeTable>\n        <nonDerivativeHolding>\n"
    "            <securityTitle><value>Common Stock</value></securityTitle>\n"
    + _AFTER
    + "        </nonDerivativeHolding>\n    </nonDerivativeTable>\n"
)
_SIGNATURE: Final = (
    "    <ownerSignature>\n        <signatureName>/s/ {}</signatureName>\n"
    "        <signatureDate>{}</signatureDate>\n    </ownerSignature>\n"
)
