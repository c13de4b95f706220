"""An endless timeline of generated filings, whose correct outcome is known without the product's parser or ledger.

Every issuer has four parties (an owner, or a couple filing jointly), which file in turn. Each filing moves the party's
only position from one known amount to the next. Everything follows from a filing's number.
"""

import hashlib
import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from contracts.codec import encode
from contracts.envelope import Headers, new_envelope
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, TRANSACTIONS, positions_key
from services.runtime.port import Output
from tests.chaos.invariants import ExpectedHolding
from tests.chaos.observed_records import POISON

ISSUERS: Final = 240
PARTIES: Final = 4
CHAINS: Final = ISSUERS * PARTIES
SELLS_OUT_EVERY: Final = 17
SENT_TWICE_EVERY: Final = 97
UNDECODABLE_EVERY: Final = 211
NO_FILING_EVERY: Final = 307
NO_REPORT_EVERY: Final = 401
OVERSIZE_EVERY: Final = 5_003
FIRST_OVERSIZE: Final = 250
REPEATED_EVERY: Final = 10
FOREIGN_FROM: Final = 900_000
"""The first number of the filings outside the timeline, which have the headers of foreign producers."""
REPUBLISHED_HEADER: Final = "again"
"""Header that marks a filing republished by the second publisher."""

_BEGINNING: Final = datetime(2020, 1, 1, 12, tzinfo=UTC)
_TOO_MUCH: Final = "for the record, " * 280_000
"""A filing with these remarks fits its topic, but the parser's event from it does not."""


@dataclass(frozen=True, slots=True)
class PlannedFiling:
    """The filing with this number: the `step`th of its party, whose shares it changes from `before` to `after`."""

    number: int

    @classmethod
    def of(cls, filing_id: str) -> "PlannedFiling":
        """Return the planned filing with this id."""
        return cls(int(filing_id.rpartition("-")[2]))

    @property
    def chain(self) -> int:
        """Return the number of its party. Each filing outside the timeline has its own party."""
        return self.number % CHAINS if self.number < FOREIGN_FROM else CHAINS + self.number - FOREIGN_FROM

    @property
    def step(self) -> int:
        """Return how many filings the party has made before."""
        return self.number // CHAINS if self.number < FOREIGN_FROM else 0

    @property
    def issuer(self) -> str:
        """Return the issuer's CIK."""
        return f"{8_000_000 + self.chain // PARTIES:010d}"

    @property
    def owners(self) -> tuple[str, ...]:
        """Return the CIKs of the owners; the first party of each issuer is a couple."""
        first = 8_100_000 + 2 * self.chain
        return tuple(f"{first + place:010d}" for place in range(2 if self.chain % PARTIES == 0 else 1))

    @property
    def filing_id(self) -> str:
        """Return the accession number."""
        return f"0009000000-20-{self.number:06d}"

    @property
    def before(self) -> int:
        """Return the shares held before."""
        return 0 if self.step == 0 else PlannedFiling(self.number - CHAINS).after

    @property
    def after(self) -> int:
        """Return the shares held after: never as many as before, and sometimes none."""
        if self.step % SELLS_OUT_EVERY == SELLS_OUT_EVERY - 1:
            return 0
        return 1_000 + 2 * (zlib.crc32(f"{self.chain}/{self.step}".encode()) % 45_000) + self.step % 2

    @property
    def held(self) -> tuple[ExpectedHolding, ...]:
        """Return the holding of each owner after the filing."""
        return tuple(ExpectedHolding(positions_key(self.issuer, owner), self.after) for owner in self.owners)

    @property
    def day(self) -> date:
        """Return the day of its trades, which is later than that of the party's previous filing."""
        return _BEGINNING.date() + timedelta(days=self.step)


def holdings_after(filing_id: str) -> Sequence[ExpectedHolding]:
    """Return the holdings of a filing's owners after it, the reference for the invariants."""
    return PlannedFiling.of(filing_id).held


def outputs_of(number: int) -> list[Output]:
    """Return the records for a number: its filing, sometimes twice, sometimes with poison before it."""
    planned = PlannedFiling(number)
    routing = planned.issuer.encode()
    filing = filing_output(planned)
    outputs = [filing, filing] if number % SENT_TWICE_EVERY == 0 else [filing]
    for every, name, poison in (
        (UNDECODABLE_EVERY, "undecodable", b"\xff\xfe not an event"),
        (NO_FILING_EVERY, "no-filing", encode(_published(planned, "<html>A press release.</html>"))),
    ):
        if number % every == every - 1:
            outputs.insert(0, Output(FILINGS, f"{POISON}{name}/{number}".encode(), poison, routing=routing))
    if number % OVERSIZE_EVERY == FIRST_OVERSIZE:
        oversize = encode(_published(planned, ownership_xml(planned, remarks=_TOO_MUCH)))
        outputs.insert(0, Output(FILINGS, f"{POISON}oversize/{number}".encode(), oversize, routing=routing))
    if number % NO_REPORT_EVERY == NO_REPORT_EVERY - 1:
        outputs.append(Output(TRANSACTIONS, f"{POISON}no-report/{number}".encode(), b"{}", routing=routing))
    return outputs


def filing_output(planned: PlannedFiling, *, again: bool = False) -> Output:
    """Return the record of a filing; with `again` as the second publisher republishes it, with its own trace."""
    marked: Headers = ((REPUBLISHED_HEADER, b"1"),) if again else ()
    envelope = new_envelope(
        event_name="filing_published",
        source="chaos",
        subject=planned.filing_id,
        identity=planned.filing_id + ("/again" if again else ""),
        time=_BEGINNING,
    )
    return Output(
        FILINGS,
        planned.filing_id.encode(),
        encode(_published(planned, ownership_xml(planned))),
        envelope.headers() + marked,
        routing=planned.issuer.encode(),
    )


def _published(planned: PlannedFiling, content: str) -> FilingPublished:
    return FilingPublished(
        filing_id=planned.filing_id,
        accession_number=planned.filing_id,
        content=content,
        content_sha256=hashlib.sha256(content.encode()).hexdigest(),
        source="edgar-bulk",
        observed_at=_BEGINNING,
    )


def ownership_xml(planned: PlannedFiling, *, remarks: str = "") -> str:
    """Return the filing's text, a Form 4; its trades (two in every third filing) match its reported amounts."""
    change = planned.after - planned.before
    halfway = planned.before + change // 2
    amounts = [planned.before, halfway, planned.after] if planned.number % 3 == 0 else [planned.before, planned.after]
    trades = "".join(_trade(after - before, after, planned.day) for before, after in itertools.pairwise(amounts))
    owners = "".join(
        f"<reportingOwner><reportingOwnerId><rptOwnerCik>{cik}</rptOwnerCik><rptOwnerName>OWNER {cik}</rptOwnerName>"
        "</reportingOwnerId><reportingOwnerRelationship><isDirector>1</isDirector></reportingOwnerRelationship>"
        "</reportingOwner>"
        for cik in planned.owners
    )
    return (
        "<?xml version='1.0'?><ownershipDocument><schemaVersion>X0508</schemaVersion><documentType>4</documentType>"
        f"<periodOfReport>{planned.day}</periodOfReport><issuer><issuerCik>{planned.issuer}</issuerCik>"
        f"<issuerName>ISSUER {planned.issuer}</issuerName><issuerTradingSymbol>CHAO</issuerTradingSymbol></issuer>"
        f"{owners}<nonDerivativeTable>{trades}</nonDerivativeTable><remarks>{remarks}</remarks>"
        f"<ownerSignature><signatureName>/s/ one of them</signatureName><signatureDate>{planned.day}</signatureDate>"
        "</ownerSignature></ownershipDocument>"
    )


def _trade(change: int, after: int, day: date) -> str:
    code, direction = ("P", "A") if change > 0 else ("S", "D")
    return (
        "<nonDerivativeTransaction><securityTitle><value>Common Stock</value></securityTitle>"
        f"<transactionDate><value>{day}</value></transactionDate><transactionCoding>"
        f"<transactionFormType>4</transactionFormType><transactionCode>{code}</transactionCode>"
        "<equitySwapInvolved>0</equitySwapInvolved></transactionCoding><transactionAmounts>"
        f"<transactionShares><value>{abs(change)}</value></transactionShares>"
        "<transactionPricePerShare><value>12.5</value></transactionPricePerShare>"
        f"<transactionAcquiredDisposedCode><value>{direction}</value></transactionAcquiredDisposedCode>"
        "</transactionAmounts><postTransactionAmounts><sharesOwnedFollowingTransaction>"
        f"<value>{after}</value></sharesOwnedFollowingTransaction></postTransactionAmounts><ownershipNature>"
        "<directOrIndirectOwnership><value>D</value></directOrIndirectOwnership></ownershipNature>"
        "</nonDerivativeTransaction>"
    )
