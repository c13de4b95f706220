"""When a filing speaks: the order in which filings apply, whatever the order in which they arrive."""

from datetime import date, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from contracts.transactions_reported import Filing, TransactionsReported
from services.holdings.book import Held
from services.holdings.chains import Chain

EASTERN: Final = ZoneInfo("America/New_York")
"""EDGAR's own time."""


class Moment(NamedTuple):
    """A filing's place in the order: `date` is the last that it speaks of, `accepted_at` is UTC."""

    date: date | None
    accepted_at: datetime | None
    filing_id: str


def moment_of(report: TransactionsReported) -> Moment:
    """The filing's place: by its last transaction, or its period where it reports none.

    A Form 5 is placed by its period, the end of the issuer's fiscal year: the amounts that it states are those of that
    day (its columns say so), not those after its transactions.

    A date past the day of filing is a slip of the pen ("2109" for 2019): it would make every later filing late, so it
    counts for that day.
    """
    filing = report.filing
    dates = [line.transaction_date for line in report.transactions if line.transaction_date is not None]
    filed = filed_day(filing)
    if filing.form_type.startswith("5") and filing.period_of_report is not None:
        dates.append(filing.period_of_report)
    spoken = max(dates, default=filing.period_of_report)
    if filed is not None and (spoken is None or spoken > filed):
        spoken = max((day for day in dates if day <= filed), default=filed)
    return Moment(spoken, filing.accepted_at, filing.filing_id)


def filed_day(filing: Filing) -> date | None:
    """The day of filing: EDGAR's filing date, else that of acceptance in Eastern time; None where neither is known."""
    if filing.filed_on is not None:
        return filing.filed_on
    return filing.accepted_at.astimezone(EASTERN).date() if filing.accepted_at is not None else None


def is_late(chain: Chain, held: Held, moment: Moment) -> bool:
    """Whether what the chain tells came before what the ledger knows of the position.

    Filings of one day ("first of five Form 4s") are told apart by their amounts: one that starts from what is held
    comes after; one that ends at what was held before the last filing came before that. Where amounts don't tell,
    the time of acceptance does, and then the accession number, if the same agent gave both.
    """
    if moment.date is None or held.as_of is None:
        return False
    if moment.date != held.as_of:
        return moment.date < held.as_of
    follows = chain.baseline is not None and chain.baseline == held.amount
    precedes = chain.amount is not None and chain.amount == held.held_before
    if follows != precedes:
        return precedes
    accepted, known = moment.accepted_at, held.position.accepted_at
    if accepted is not None and known is not None and accepted != known:
        return accepted < known
    return _numbered_before(moment.filing_id, held.position.filing_id)


def _numbered_before(one: str, other: str) -> bool:
    """Whether the accession number `one` was given before `other` by the same filer agent in the same year."""
    agent, _, _ = one.rpartition("-")
    return bool(agent) and agent == other.rpartition("-")[0] and one < other
