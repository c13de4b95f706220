"""Filings without end, made up so that what they should come to is known without the product's parser or ledger.

Every issuer has four parties (an owner, or a couple who file jointly), who file in turn: each filing moves the party's
only position from one known amount to the next. The number of a filing alone decides all of it.
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
from tests.chaos.facts import POISON
from tests.chaos.invariants import Held

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
STRANGERS_FROM: Final = 900_000
"""The first number of a filing that is published past the story, with headers as strangers write them."""
AGAIN: Final = "again"
"""Name of the header of a filing that the second publisher has published again."""

_BEGINNING: Final = datetime(2020, 1, 1, 12, tzinfo=UTC)
_TOO_MUCH: Final = "for the record, " * 280_000
"""A filing with these remarks fits its topic, and the event that the parser makes of it does not."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The filing of a number: the `step`th of a party, which holds `before` shares, and `after` it `after`."""

    number: int

    @classmethod
    def of(cls, filing_id: str) -> "Chapter":
        """That of the filing's id."""
        return cls(int(filing_id.rpartition("-")[2]))

    @property
    def chain(self) -> int:
        """Which party's. The filings of strangers are each of a party that never files again."""
        return self.number % CHAINS if self.number < STRANGERS_FROM else CHAINS + self.number - STRANGERS_FROM

    @property
    def step(self) -> int:
        """How many filings the party has made before."""
        return self.number // CHAINS if self.number < STRANGERS_FROM else 0

    @property
    def issuer(self) -> str:
        """The issuer's CIK."""
        return f"{8_000_000 + self.chain // PARTIES:010d}"

    @property
    def owners(self) -> tuple[str, ...]:
        """The CIKs of the owners: the first party of each issuer is a couple."""
        first = 8_100_000 + 2 * self.chain
        return tuple(f"{first + place:010d}" for place in range(2 if self.chain % PARTIES == 0 else 1))

    @property
    def filing_id(self) -> str:
        """An accession number."""
        return f"0009000000-20-{self.number:06d}"

    @property
    def before(self) -> int:
        """Shares held before."""
        return 0 if self.step == 0 else Chapter(self.number - CHAINS).after

    @property
    def after(self) -> int:
        """Shares held after: never as many as before, and none at all now and then."""
        if self.step % SELLS_OUT_EVERY == SELLS_OUT_EVERY - 1:
            return 0
        return 1_000 + 2 * (zlib.crc32(f"{self.chain}/{self.step}".encode()) % 45_000) + self.step % 2

    @property
    def held(self) -> tuple[Held, ...]:
        """What each owner holds after the filing."""
        return tuple(Held(positions_key(self.issuer, owner), self.after) for owner in self.owners)

    @property
    def day(self) -> date:
        """The day of its trades, later than that of the party's last filing."""
        return _BEGINNING.date() + timedelta(days=self.step)


def told(filing_id: str) -> Sequence[Held]:
    """What the owners of a filing hold after it: what the invariants measure the pipeline by."""
    return Chapter.of(filing_id).held


def outputs_of(number: int) -> list[Output]:
    """What the publisher publishes for a number: its filing, now and then twice, and now and then poison before it."""
    chapter = Chapter(number)
    routing = chapter.issuer.encode()
    filing = filing_output(chapter)
    outputs = [filing, filing] if number % SENT_TWICE_EVERY == 0 else [filing]
    for every, name, poison in (
        (UNDECODABLE_EVERY, "undecodable", b"\xff\xfe no event"),
        (NO_FILING_EVERY, "no-filing", encode(_published(chapter, "<html>A press release.</html>"))),
    ):
        if number % every == every - 1:
            outputs.insert(0, Output(FILINGS, f"{POISON}{name}/{number}".encode(), poison, routing=routing))
    if number % OVERSIZE_EVERY == FIRST_OVERSIZE:
        oversize = encode(_published(chapter, ownership_xml(chapter, remarks=_TOO_MUCH)))
        outputs.insert(0, Output(FILINGS, f"{POISON}oversize/{number}".encode(), oversize, routing=routing))
    if number % NO_REPORT_EVERY == NO_REPORT_EVERY - 1:
        outputs.append(Output(TRANSACTIONS, f"{POISON}no-report/{number}".encode(), b"{}", routing=routing))
    return outputs


def filing_output(chapter: Chapter, *, again: bool = False) -> Output:
    """The record of a filing; `again` as the second publisher publishes it, with a trace of its own."""
    marked: Headers = ((AGAIN, b"1"),) if again else ()
    envelope = new_envelope(
        event_name="filing_published",
        source="chaos",
        subject=chapter.filing_id,
        identity=chapter.filing_id + ("/again" if again else ""),
        time=_BEGINNING,
    )
    return Output(
        FILINGS,
        chapter.filing_id.encode(),
        encode(_published(chapter, ownership_xml(chapter))),
        envelope.headers() + marked,
        routing=chapter.issuer.encode(),
    )


def _published(chapter: Chapter, content: str) -> FilingPublished:
    return FilingPublished(
        filing_id=chapter.filing_id,
        accession_number=chapter.filing_id,
        content=content,
        content_sha256=hashlib.sha256(content.encode()).hexdigest(),
        source="edgar-bulk",
        observed_at=_BEGINNING,
    )


def ownership_xml(chapter: Chapter, *, remarks: str = "") -> str:
    """The filing's text: a Form 4 whose trades, two of them in every third filing, tie to its amounts following."""
    change = chapter.after - chapter.before
    halfway = chapter.before + change // 2
    amounts = [chapter.before, halfway, chapter.after] if chapter.number % 3 == 0 else [chapter.before, chapter.after]
    trades = "".join(_trade(after - before, after, chapter.day) for before, after in itertools.pairwise(amounts))
    owners = "".join(
        f"<reportingOwner><reportingOwnerId><rptOwnerCik>{cik}</rptOwnerCik><rptOwnerName>OWNER {cik}</rptOwnerName>"
        "</reportingOwnerId><reportingOwnerRelationship><isDirector>1</isDirector></reportingOwnerRelationship>"
        "</reportingOwner>"
        for cik in chapter.owners
    )
    return (
        "<?xml version='1.0'?><ownershipDocument><schemaVersion>X0508</schemaVersion><documentType>4</documentType>"
        f"<periodOfReport>{chapter.day}</periodOfReport><issuer><issuerCik>{chapter.issuer}</issuerCik>"
        f"<issuerName>ISSUER {chapter.issuer}</issuerName><issuerTradingSymbol>CHAO</issuerTradingSymbol></issuer>"
        f"{owners}<nonDerivativeTable>{trades}</nonDerivativeTable><remarks>{remarks}</remarks>"
        f"<ownerSignature><signatureName>/s/ one of them</signatureName><signatureDate>{chapter.day}</signatureDate>"
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
